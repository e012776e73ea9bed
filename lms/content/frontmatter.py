"""The block between two `---` lines: YAML read as plain text, so that `no` stays a word and values have lines."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, TypeAlias

import yaml

from lms import vietnamese
from lms.content.files import Files
from lms.content.rules import Fault, Severity

ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
CODE = re.compile(r"[A-Z0-9]{2,12}\Z")
"""Of a module."""
ID_CURE = "Mã chỉ gồm chữ thường không dấu, số và dấu gạch nối, ví dụ: so-luong-co-cau."
LARGEST_FILE = 500_000
DEEPEST_YAML = 20
LONGEST_EXCERPT = 80

Node: TypeAlias = yaml.Node | None


class Word(NamedTuple):
    """A short text of a list, and where it stands."""

    text: str
    line: int
    column: int


class Page:
    """One text file of a module: its lines, and the faults found in it so far.

    Lines and columns count from 1, columns in composed letters. `is_readable` turns False where the file or its
    declarations cannot be read: what they would have said is then not reported as missing, too.
    """

    def __init__(self, files: Files, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []
        self.errors = 0
        self.is_readable = True
        self.lines: list[str] = []
        self.text = self._read(files.get(name))

    def _read(self, raw: bytes | None) -> str:
        if raw is None:
            return self._unreadable(1, "missing-file", "Thiếu tệp này.", "Tạo tệp theo mẫu trong content/README.md.")
        if len(raw) > LARGEST_FILE:
            message = f"Tệp lớn hơn {LARGEST_FILE // 1000} KB."
            return self._unreadable(1, "too-large", message, "Chia nội dung thành nhiều bài.")
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self.lines = raw.decode("utf-8", "replace").split("\n")
            before = raw[: error.start].split(b"\n")
            cure, column = "Lưu lại tệp với mã hóa UTF-8.", len(before[-1].decode()) + 1
            return self._unreadable(len(before), "encoding", "Tệp không phải UTF-8.", cure, column)
        raw_lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.lines = [vietnamese.nfc(line) for line in raw_lines]
        for number, line_text in enumerate(raw_lines, 1):
            self._judge_letters(number, line_text)
        return "\n".join(self.lines)

    def _judge_letters(self, number: int, line: str) -> None:
        if not vietnamese.is_nfc(line):
            cure = "Chuyển văn bản sang Unicode dựng sẵn (NFC) rồi lưu lại."
            message = "Chữ có dấu đang ở dạng Unicode tổ hợp."
            pairs = zip(line, self.lines[number - 1], strict=False)
            column = next((at for at, (one, other) in enumerate(pairs, 1) if one != other), 1)
            self.fault(number, "not-nfc", message, cure, Severity.WARNING, column)
        if vietnamese.looks_like_legacy_font(line):
            cure = "Chuyển mã sang Unicode bằng công cụ chuyển mã, rồi dán lại."
            words = (word for word in re.finditer(r"\S+", line) if vietnamese.looks_like_legacy_font(word[0]))
            column = next((word.start() + 1 for word in words), 1)
            message = "Dòng này còn mã phông cũ (TCVN3 hoặc VNI)."
            self.fault(number, "legacy-font", message, cure, column=column)

    def _unreadable(self, line: int, code: str, message: str, cure: str, column: int = 1) -> str:
        self.is_readable = False
        self.fault(line, code, message, cure, column=column)
        return ""

    def fault(
        self, line: int, code: str, message: str, cure: str, severity: Severity = Severity.ERROR, column: int = 1
    ) -> None:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        self.faults.append(Fault(self.name, line, column, code, severity, message, cure, excerpt(text, column)))
        self.errors += severity is Severity.ERROR

    @property
    def is_sound(self) -> bool:
        return self.errors == 0


def excerpt(line: str, column: int) -> str:
    """What stands around a column, short enough to be shown beside a message."""
    start = max(0, min(column - 1 - LONGEST_EXCERPT // 2, len(line) - LONGEST_EXCERPT))
    end = start + LONGEST_EXCERPT
    shown = re.sub(r"[\x00-\x1f\x7f]", " ", line[start:end]).strip()
    return f"{'…' * (start > 0)}{shown}{'…' * (end < len(line))}"


class Fields:
    """The keys of a YAML mapping, each asked for once by its kind; a wrong one is a fault with its line."""

    def __init__(self, page: Page, node: Node, known: Sequence[str], line: int = 1) -> None:
        self.page, self.line, self.column = page, line, 1
        self.nodes: dict[str, yaml.Node] = {}
        self.is_readable = page.is_readable
        if node is None:
            return
        self.line = _line(node)
        self.column = _column(node)
        if not isinstance(node, yaml.MappingNode):
            self.is_readable = False
            self.fault("", "wrong-type", "Chỗ này phải là các dòng “khóa: giá trị”.", "Xem mẫu trong sổ tay.")
            return
        for key_node, value in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else "[…]"
            if key not in known:
                cure = f"Các khóa dùng được: {', '.join(known)}."
                fault_at(page, key_node, "unknown-key", f"Không có khóa “{key}”.", cure)
            elif key in self.nodes:
                fault_at(page, key_node, "duplicate-key", f"Khóa “{key}” viết hai lần.", "Giữ lại một dòng.")
            else:
                self.nodes[key] = value

    def place_of(self, key: str) -> tuple[int, int]:
        """Line and column of a value that is there."""
        return _line(self.nodes[key]), _column(self.nodes[key])

    def fault(self, key: str, code: str, message: str, cure: str, severity: Severity = Severity.ERROR) -> None:
        """Something wrong with the value of a key; with a key that is not there, or none, it is the whole mapping."""
        if node := self.nodes.get(key):
            fault_at(self.page, node, code, message, cure, severity)
        else:
            self.page.fault(self.line, code, message, cure, severity, self.column)

    def _missing(self, key: str) -> None:
        if self.is_readable:
            self.fault(key, "missing-key", f"Thiếu khóa “{key}”.", f"Thêm dòng “{key}: …”.")

    def _wrong(self, key: str, message: str, cure: str) -> None:
        self.fault(key, "wrong-type", f"“{key}”: {message}", cure)

    def text(self, key: str, *, most: int = 400, required: bool = True) -> str:
        node = self.nodes.get(key)
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value.strip()):
            if required:
                self._missing(key)
            return ""
        if not isinstance(node, yaml.ScalarNode):
            self._wrong(key, "phải là một dòng chữ.", "Nếu trong chữ có dấu hai chấm, đặt cả dòng trong dấu nháy kép.")
            return ""
        value = vietnamese.squeeze(node.value)
        if len(value) > most:
            self._wrong(key, f"dài {len(value)} ký tự, quá {most}.", "Viết gọn lại.")
        return value

    def id(self, key: str) -> str:
        value = self.text(key, most=80)
        if value and not ID.match(value):
            self._wrong(key, f"mã “{value}” chưa đúng.", ID_CURE)
        return value

    def whole(self, key: str, least: int, most: int) -> int:
        value = self.text(key)
        if not value:
            return least
        if not value.isascii() or not value.isdigit() or len(value) > 9 or not least <= int(value) <= most:
            self._wrong(key, f"“{value}” phải là số nguyên từ {least} đến {most}.", "Sửa lại con số.")
            return least
        return int(value)

    def score(self, key: str) -> float:
        value = self.text(key).replace(",", ".")
        try:
            number = float(value or 0)
        except ValueError:
            number = -1
        if not 0 <= number <= 10:
            self._wrong(key, f"“{value}” phải là điểm từ 0 đến 10.", "Sửa lại con số.")
            return 0
        return number

    def day(self, key: str, *, required: bool) -> date | None:
        value = self.text(key, required=required)
        if not value:
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self._wrong(key, f"“{value}” không phải ngày.", "Viết năm-tháng-ngày, ví dụ 2026-11-21.")
            return None

    def words(self, key: str) -> list[Word]:
        """A list of short texts."""
        node = self.nodes.get(key)
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            self._missing(key)
            return []
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._wrong(key, "phải là danh sách có ít nhất một mục.", f"Viết mỗi mục một dòng “- …” dưới “{key}:”.")
            return []
        words = []
        for item in node.value:
            if isinstance(item, yaml.ScalarNode) and item.value.strip():
                words.append(Word(vietnamese.squeeze(item.value), _line(item), _column(item)))
            else:
                message = f"“{key}”: mục này phải là một dòng chữ."
                fault_at(self.page, item, "wrong-type", message, "Đặt cả dòng trong dấu nháy kép.")
        return words

    def items(self, key: str, known: Sequence[str]) -> "list[Fields]":
        """A list of mappings."""
        node = self.nodes.get(key)
        if node is None:
            self._missing(key)
            return []
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            cure = f"Viết mỗi mục bắt đầu bằng “- ” dưới “{key}:”."
            self._wrong(key, "phải là danh sách có ít nhất một mục.", cure)
            return []
        return [Fields(self.page, item, known) for item in node.value]


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _column(node: yaml.Node) -> int:
    return int(node.start_mark.column) + 1


def fault_at(
    page: Page, node: yaml.Node, code: str, message: str, cure: str, severity: Severity = Severity.ERROR
) -> None:
    page.fault(_line(node), code, message, cure, severity, _column(node))


def compose(page: Page, text: str, first_line: int = 1) -> Node:
    """The YAML tree of a text, with lines counted in the file; None with a fault where it cannot be read."""
    text = "\n" * (first_line - 1) + text
    try:
        if too_deep := _line_too_deep(text):
            page.fault(too_deep, "yaml", "Phần khai báo lồng nhau quá sâu.", "Viết như mẫu trong sổ tay.")
        else:
            return yaml.compose(text, Loader=yaml.CBaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (first_line, 1)
        cure = "Thường do dấu hai chấm trong chữ (đặt cả dòng trong dấu nháy kép) hoặc thụt dòng lệch."
        page.fault(line, "yaml", "Không đọc được phần khai báo.", cure, column=column)
    except yaml.YAMLError:
        page.fault(first_line, "yaml", "Không đọc được phần khai báo.", "Xóa các ký tự lạ trong phần khai báo.")
    page.is_readable = False
    return None


def _line_too_deep(text: str) -> int | None:
    """Where lists in lists go too deep: composing such a tree would overrun the C stack and end the whole program."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST_YAML and event.start_mark:
                return event.start_mark.line + 1
    except yaml.MarkedYAMLError as error:
        if error.problem != "exceeded maximum nesting depth" or not error.problem_mark:
            raise
        return int(error.problem_mark.line) + 1  # newer libraries have a limit of their own, met before the event
    return None


def split(page: Page, known: Sequence[str]) -> tuple[Fields, str, int]:
    """Front matter as fields, the Markdown body, and the line on which the body begins."""
    lines = page.text.split("\n")
    if not page.text:
        return Fields(page, None, known), "", 1
    end = next((at for at, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if lines[0].rstrip() != "---" or end is None:
        page.fault(1, "no-front-matter", "Thiếu phần khai báo đầu tệp.", "Bắt đầu tệp bằng --- … --- như trong sổ tay.")
        page.is_readable = False
        return Fields(page, None, known), page.text, 1
    fields = Fields(page, compose(page, "\n".join(lines[1:end]), 2), known)
    return fields, "\n".join(lines[end + 1 :]), end + 2
