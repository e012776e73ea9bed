"""The words of a .docx or .odt. Runs in the child process, and needs nothing of the application.

The XML is read directly: a library unpacks everything and would have to be bounded all the same.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from lms.bounded import DEEPEST, Archive, elements, fed, local, tangled
from lms.refusals import Unreadable

MOST_TEXT = 3_000_000
"""Characters that are gathered at all; how long a reflection may be is asked afterwards."""
MOST_ELEMENTS = 2_000_000

CLEAN_CURE = "Chép phần chữ sang một tệp mới, lưu dạng .docx thường rồi gửi lại."


@dataclass(frozen=True)
class Dialect:
    """How a format marks its words: which elements are what, by their names without namespace."""

    paragraphs: Collection[str]
    texts: Collection[str]
    """Only what stands in these counts; empty when everything in a paragraph does."""
    skipped: Collection[str]
    signs: Mapping[str, str]
    cell: str
    row: str
    items: Collection[str]
    """Mark a paragraph as one of a list."""


WORD = Dialect(
    paragraphs=("p",),
    texts=("t",),
    skipped=("del", "moveFrom", "Fallback"),
    signs={"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
    cell="tc",
    row="tr",
    items=("numPr",),
)
OPEN = Dialect(
    paragraphs=("p", "h"),
    texts=(),
    skipped=("note", "annotation", "tracked-changes", "ruby-text"),
    signs={"tab": "\t", "line-break": "\n"},
    cell="table-cell",
    row="table-row",
    items=("list-item",),
)


class _Words:
    """Gathers the paragraphs of a document while its XML is read."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.parser: Any = None
        self.blocks: list[str] = []
        self.pieces: list[str] = []
        self.cells: list[str] = []
        self.depth = self.elements = self.size = 0
        self.inside = self.texts = self.skipping = self.in_cell = 0
        self.is_item = False

    def start(self, name: str, given: dict[str, str]) -> None:
        tag, dialect = local(name), self.dialect
        self.depth, self.elements = self.depth + 1, self.elements + 1
        if self.depth > DEEPEST or self.elements > MOST_ELEMENTS:
            raise tangled()
        if self.skipping or tag in dialect.skipped:
            self.skipping += 1
            return
        if tag in dialect.paragraphs:
            self.inside += 1
        elif tag in dialect.texts:
            self.texts += 1
        elif tag == dialect.cell:
            self.in_cell += 1
        elif tag in dialect.items:
            self.is_item = True
        elif self.inside and tag in dialect.signs:
            self.pieces.append(dialect.signs[tag])
        elif self.inside and tag == "s" and not dialect.texts:
            count = next((value for key, value in given.items() if local(key) == "c"), "1")
            self.pieces.append(" " * min(int(count) if re.fullmatch("[0-9]{1,3}", count) else 1, 100))

    def data(self, text: str) -> None:
        if self.inside and not self.skipping and (self.texts or not self.dialect.texts):
            self.size += len(text)
            if self.size > MOST_TEXT:
                raise too_long(None)
            self.pieces.append(text)

    def end(self, name: str) -> None:
        tag, dialect = local(name), self.dialect
        self.depth -= 1
        if self.skipping:
            self.skipping -= 1
        elif tag in dialect.paragraphs:
            self.inside -= 1
            if not self.inside:
                self._close_paragraph()
        elif tag in dialect.texts:
            self.texts -= 1
        elif tag == dialect.cell:
            self.in_cell -= 1
            if not self.in_cell:
                self.cells.append(" ".join("".join(self.pieces).split()))
                self.pieces.clear()
        elif tag == dialect.row and not self.in_cell:
            self.blocks.append("\t".join(self.cells))
            self.cells.clear()

    def _close_paragraph(self) -> None:
        if self.in_cell:
            self.pieces.append(" ")
            return
        text = "".join(self.pieces)
        self.pieces.clear()
        self.blocks.append(f"- {text}" if self.is_item and text.strip() else text)
        self.is_item = False

    def close(self) -> None: ...


def too_long(words: int | None) -> Unreadable:
    count = f"{words:,} từ".replace(",", ".") if words else "quá nhiều chữ"
    return Unreadable(
        f"Tệp có {count}; một bài thu hoạch nhận nhiều nhất 200.000 ký tự, khoảng 40.000 từ.",
        "Tách riêng phần bài thu hoạch sang một tệp rồi gửi lại.",
    )


def words_of(xml: bytes, dialect: Dialect) -> str:
    """The paragraphs, parted by empty lines; a row of a table is one line."""
    gathered = _Words(dialect)
    for _piece in fed(xml, gathered):
        pass
    lines = (re.sub(r"[^\S\n]+", " ", block).strip() for block in gathered.blocks)
    return "\n\n".join(line for line in lines if line)


# --- .docx ------------------------------------------------------------------------------------------------------------

_HARMLESS_TARGET = re.compile(r"(?i)(file:///)?[a-z]:[\\/]|[^:/\\]+\Z")


def read_docx(data: bytes) -> str:
    """The words of a Word document; `Unreadable` where it carries programs or draws on something outside itself."""
    archive = Archive(data)
    names = archive.names
    document = next((name for name in names if re.fullmatch(r"word/document\d{0,2}\.xml", name)), "")
    kinds = archive.read("[Content_Types].xml")
    if not document or not kinds:
        raise Unreadable("Tệp không phải văn bản Word (.docx), hoặc đã hỏng.", "Mở bằng Word, lưu lại dạng .docx.")
    has_program = any(re.search(r"(?i)vbaproject|vbadata|/activex/", name) for name in names)
    if has_program or b"macroenabled" in kinds.lower():
        raise Unreadable("Tệp Word có chứa macro (chương trình), nên không nhận.", CLEAN_CURE)
    for name in names:
        if name.endswith(".rels"):
            _refuse_foreign(archive.read(name))
    return words_of(archive.read(document), WORD)


def _refuse_foreign(rels: bytes) -> None:
    """A link that a reader follows is no harm; what Word itself would fetch when it opens the file is."""
    for relation in elements(rels, ("Relationship",)):
        kind, target = relation.attributes.get("Type", ""), relation.attributes.get("Target", "")
        if relation.attributes.get("TargetMode", "").lower() != "external" or kind.endswith("/hyperlink"):
            continue
        if kind.endswith("/attachedTemplate") and _HARMLESS_TARGET.match(target):
            continue
        raise _draws_on_others()


def _draws_on_others() -> Unreadable:
    return Unreadable("Tệp lấy nội dung từ nơi khác bên ngoài tệp (ảnh hoặc mẫu liên kết), nên không nhận.", CLEAN_CURE)


# --- .odt -------------------------------------------------------------------------------------------------------------

_OPEN_TEXT = b"application/vnd.oasis.opendocument.text"


def read_odt(data: bytes) -> str:
    """The words of an OpenDocument text, with the same refusals."""
    archive = Archive(data)
    if archive.read("mimetype").strip() != _OPEN_TEXT or not archive.read("content.xml"):
        raise Unreadable("Tệp không phải văn bản .odt, hoặc đã hỏng.", "Mở bằng LibreOffice, lưu lại dạng .odt.")
    manifest = archive.read("META-INF/manifest.xml")
    if manifest and next(elements(manifest, ("encryption-data",)), None):
        raise Unreadable("Tệp có đặt mật khẩu.", "Bỏ mật khẩu của tệp rồi lưu lại.")
    content = archive.read("content.xml")
    if any(re.match(r"(?i)(basic|scripts|dialogs)/.", name) for name in archive.names) or _has_listeners(content):
        raise Unreadable("Tệp .odt có chứa macro (chương trình), nên không nhận.", CLEAN_CURE)
    for part in filter(None, (content, archive.read("styles.xml"))):
        for node in elements(part, ("image", "object", "plugin", "applet", "section-source")):
            if re.match(r"(?i)\s*([a-z][a-z0-9+.-]*:|//|\\\\|\.\./)", node.attributes.get("href", "")):
                raise _draws_on_others()
    return words_of(content, OPEN)


def _has_listeners(content: bytes) -> bool:
    return next(elements(content, ("event-listener", "script")), None) is not None
