"""`sources.yaml`: the facts, where each is from, and until when it holds."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

import yaml

from lms.content.files import SOURCES, Files
from lms.content.frontmatter import Fields, Page, Word, compose, fault_at
from lms.content.rules import Severity, Source

SOURCE_ID = re.compile(r"[A-Z][A-Za-z0-9-]{0,20}\Z")
CONFIDENCES = ("2", "1", "S", "T", "G")
DOCUMENT = ["document_type", "number", "issued_on", "issuer"]
KEYS = ["statement", "reference", "confidence", *DOCUMENT, "valid_from", "valid_to", "superseded_by"]


def read_sources(files: Files, path: str = SOURCES, shared: Mapping[str, Source] | None = None) -> "Sources":
    """The facts of one file. `shared` are those of all modules, when the file is a module's own."""
    return Sources(Page(files, path), shared)


class Sources:
    """The facts of one file by their ids, each with its place in the file."""

    def __init__(self, page: Page, shared: Mapping[str, Source] | None) -> None:
        self.page, self.is_shared, self.shared = page, page.name == SOURCES, shared or {}
        self.found: dict[str, Source] = {}
        self.lines: dict[str, int] = {}
        node = compose(page, page.text)
        if node is not None and not isinstance(node, yaml.MappingNode):
            cure = "Viết mỗi nguồn bắt đầu bằng “Mã:” như trong sổ tay."
            page.fault(1, "wrong-type", "Tệp này phải là danh sách các nguồn theo mã.", cure)
            page.is_readable = False
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        known = {key.value for key, _value in pairs if isinstance(key, yaml.ScalarNode)} | set(self.shared)
        for key, value in pairs:
            self._read(key, value, known)

    def _read(self, key: yaml.Node, value: yaml.Node, known: set[str]) -> None:
        page = self.page
        name = key.value if isinstance(key, yaml.ScalarNode) else "[…]"
        if not SOURCE_ID.match(name):
            fault_at(page, key, "bad-id", f"Mã nguồn “{name}” chưa đúng.", "Mã bắt đầu bằng chữ hoa, ví dụ C6.")
        if name in self.found:
            fault_at(page, key, "duplicate-id", f"Mã nguồn “{name}” dùng hai lần.", "Đặt mã khác cho một nguồn.")
        if name in self.shared:
            message = f"Mã nguồn “{name}” đã có trong content/sources.yaml."
            fault_at(page, key, "duplicate-id", message, "Đặt mã khác cho nguồn riêng của chuyên đề.")
        self.lines[name] = key.start_mark.line + 1
        fields = Fields(page, value, KEYS, self.lines[name])
        since, until = fields.day("valid_from", required=False), fields.day("valid_to", required=False)
        self.found[name] = Source(
            name,
            fields.text("statement", most=2000),
            fields.text("reference", most=2000),
            _confidence(fields),
            since,
            until,
            fields.text("document_type", most=60, required=False),
            fields.text("number", most=60, required=False),
            fields.day("issued_on", required=False),
            fields.text("issuer", most=200, required=False),
            _successor(fields, name, known),
            self.is_shared,
        )
        if since and until and until < since:
            fields.fault("valid_to", "dates", "valid_to sớm hơn valid_from.", "Sửa lại một trong hai ngày.")


def _confidence(fields: Fields) -> str:
    confidence = fields.text("confidence")
    if confidence and confidence not in CONFIDENCES:
        message = f"Độ tin cậy “{confidence}” không có."
        fields.fault("confidence", "wrong-type", message, f"Dùng: {', '.join(CONFIDENCES)}.")
    return confidence


def _successor(fields: Fields, name: str, known: set[str]) -> str:
    successor = fields.text("superseded_by", required=False)
    if successor and (successor not in known or successor == name):
        message = f"“superseded_by”: không có nguồn “{successor}” nào khác."
        fields.fault("superseded_by", "unknown-source", message, "Ghi mã của nguồn thay thế, hoặc để trống.")
    return successor


def judge(page: Page, word: Word, source: Source, on: date) -> None:
    """Say at the place where a module names a fact whether it may stand on it on the publishing day."""

    def fault(code: str, message: str, cure: str, severity: Severity = Severity.WARNING) -> None:
        page.fault(word.line, code, message, cure, severity, word.column)

    if source.confidence == "G":
        cure = "Tìm nguồn xác nhận rồi sửa “confidence”, hoặc bỏ dữ kiện."
        fault("unverified-fact", f"Nguồn “{source.id}” chưa kiểm chứng (G).", cure, Severity.ERROR)
    elif source.has_lapsed(on):
        until = f" sau ngày {source.valid_to:%d/%m/%Y}" if source.valid_to else ""
        instead = f", được thay bằng nguồn “{source.superseded_by}”" if source.superseded_by else ""
        cure = "Thay bằng quy định hiện hành; chỉ giữ lại nếu bài kể chuyện cũ và nói rõ là cũ."
        fault("expired-fact", f"Nguồn “{source.id}” hết hiệu lực{until}{instead}.", cure)
    elif source.valid_from and source.valid_from > on:
        message = f"Nguồn “{source.id}” đến ngày {source.valid_from:%d/%m/%Y} mới có hiệu lực."
        fault("future-fact", message, "Xuất bản từ ngày đó, hoặc nói rõ trong bài là chưa áp dụng.")


def repealed_documents(sources: Mapping[str, Source], on: date) -> dict[str, Source | None]:
    """The numbers of documents that no longer hold, each with the fact that took its place, where that is known."""
    standing = {source.number for source in sources.values() if not source.has_lapsed(on)}
    lapsed = [source for source in sources.values() if source.number and source.has_lapsed(on)]
    return {source.number: sources.get(source.superseded_by) for source in lapsed if source.number not in standing}


def unlisted(own: Sources, listed: Iterable[str]) -> None:
    """Facts of a module's own that it does not list in `module.md`."""
    for name in own.found.keys() - set(listed):
        message = f"Nguồn riêng “{name}” chưa có trong “sources” của module.md."
        own.page.fault(
            own.lines[name], "unused-source", message, "Thêm mã vào “sources”, hoặc bỏ nguồn.", Severity.WARNING
        )
