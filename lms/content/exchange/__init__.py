"""Questions from and to other programs: text and Word of the Vietnamese habit, GIFT, Aiken, Moodle XML, a sheet.

A file per format, all read into the same drafts (`items.py`), written as our Markdown (`markdown.py`). What cannot be
carried over is a remark at its line or cell; nothing is dropped in silence.
"""

import string
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lms.bounded import MOST_BYTES, MOST_TEXT, SMALLER_CURE, Archive, text_of, too_large
from lms.content.exchange import aiken, gift, markdown, moodle_xml, sheet, vietnamese_text, word
from lms.content.exchange.items import CHOICES, Item, Reading, Remark
from lms.content.questions import CheckKind
from lms.content.rules import Option, Severity
from lms.errors import BadInput
from lms.refusals import Unreadable

MOST_LINES = 300_000
AUTO = "auto"

TEXT_FORMATS: Mapping[str, Callable[[str], Reading]] = {
    "gift": gift.read,
    "aiken": aiken.read,
    "moodle-xml": moodle_xml.read,
    "text": lambda text: vietnamese_text.read(vietnamese_text.lines_of(text)),
}
FORMATS = (AUTO, *TEXT_FORMATS, "word", "sheet")
TEXT_SUFFIXES = (".xml", ".gift", ".txt", ".aiken")

_AS_TEXT = "Mở bằng Word rồi lưu dạng .docx, hoặc chép sang tệp văn bản .txt (UTF-8)."


@dataclass(frozen=True)
class Imported:
    """What came out of a file. `markdown` is the text of a question file with all items; empty where there are none."""

    items: list[Item]
    remarks: list[Remark]
    markdown: str

    @property
    def refused(self) -> int:
        """How many questions stayed out."""
        return sum(remark.severity is Severity.ERROR for remark in self.remarks)


def read(
    name: str,
    data: bytes,
    *,
    kinds: Mapping[str, CheckKind],
    lesson: str,
    sources: Sequence[str],
    taken: Collection[str],
    form: str = AUTO,
) -> Imported:
    """Read a file of any format; one that cannot be read at all is a single remark about line 0.

    `lesson` and `sources` stand in where the file names none; empty, they leave a place that the checker reports.
    `taken` are the ids that questions of the module have already, `kinds` the checks of the question kinds.
    """
    try:
        reading = _reading(name, data, form)
    except BadInput as error:
        message, cure = (error.message, error.cure) if isinstance(error, Unreadable) else (error.sentence, "")
        return Imported([], [Remark(0, message, cure, Severity.ERROR)], "")
    items, refused = _checked(reading.items(lesson, sources, taken), kinds)
    remarks = [*reading.remarks, *refused, *_to_fill_in(items)]
    if not items and not remarks:
        cure = "Xem các dạng đọc được ở mục “Nhập và xuất câu hỏi” trong sổ tay."
        remarks = [Remark(0, "Không thấy câu hỏi nào trong tệp.", cure, Severity.ERROR)]
    return Imported(items, sorted(remarks, key=lambda remark: remark.line), markdown.written(items))


def _checked(items: Sequence[Item], kinds: Mapping[str, CheckKind]) -> tuple[list[Item], list[Remark]]:
    """What is typed, paired or put in order must pass the check of its kind, like everything that authors write."""
    good, refused = [], []
    for item in items:
        options = [
            Option(letter, escape(markdown.words(one.text), quote=False), one.is_right, "")
            for letter, one in zip(string.ascii_lowercase, item.options, strict=False)
        ]
        wrong = (
            None if item.kind in CHOICES else kinds[item.kind](options, escape(markdown.words(item.stem), quote=False))
        )
        if wrong:
            cure = "Sửa câu này trong tệp gốc rồi nhập lại."
            refused.append(Remark(item.line, wrong, cure, Severity.ERROR, item.cell))
        else:
            good.append(item)
    return good, refused


def _reading(name: str, data: bytes, form: str) -> Reading:
    if len(data) > MOST_BYTES:
        raise too_large(len(data), MOST_BYTES)
    if data.startswith(b"PK"):
        return _from_zip(name, data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(
            "Tệp là Word hoặc Excel kiểu cũ (.doc, .xls), hoặc có đặt mật khẩu.", "Lưu lại dạng .docx hoặc .xlsx."
        )
    if data.startswith((b"%PDF", b"{\\rtf")):
        raise Unreadable("Không đọc được câu hỏi từ tệp PDF hoặc RTF.", _AS_TEXT)
    if form in ("word", "sheet") and not name.lower().endswith((".csv", ".tsv")):
        raise Unreadable("Tệp không phải .docx hoặc .xlsx, hoặc đã hỏng.", "Lưu lại dạng .docx hoặc .xlsx.")
    if form == "sheet" or (form == AUTO and name.lower().endswith((".csv", ".tsv"))):
        return sheet.read(name, data)
    return _from_text(data, form)


def _from_zip(name: str, data: bytes) -> Reading:
    """A document, a workbook, or a question file packed together with its pictures."""
    archive = Archive(data)
    if word.document_in(archive):
        return vietnamese_text.read(list(word.read(archive)))
    if "xl/workbook.xml" in archive.names:
        return sheet.read(name, data)
    texts = [one for one in archive.names if one.lower().endswith(TEXT_SUFFIXES) and not one.startswith("__MACOSX/")]
    if len(texts) != 1:
        message = f"Tệp nén có {len(texts)} tệp câu hỏi (.xml, .gift, .txt); cần đúng một."
        raise Unreadable(message, "Giải nén rồi nhập từng tệp.")
    reading = _from_text(archive.read(texts[0]), AUTO)
    if others := len(archive.names) - 1:
        reading.warn(0, f"Không mang theo {others} tệp khác trong tệp nén (ảnh, âm thanh).")
    return reading


def _from_text(data: bytes, form: str) -> Reading:
    text = markdown.without_controls(text_of(data, MOST_BYTES if data.lstrip()[:1] == b"<" else MOST_TEXT))
    if form == AUTO:
        form = next((name for name, module in _GUESSES.items() if module(text)), "text")
    if form != "moodle-xml" and text.count("\n") > MOST_LINES:
        raise Unreadable(f"Tệp có hơn {MOST_LINES} dòng.", SMALLER_CURE)
    return TEXT_FORMATS[form](text)


_GUESSES: Mapping[str, Callable[[str], bool]] = {
    "moodle-xml": moodle_xml.looks_like,
    "aiken": aiken.looks_like,
    "gift": gift.looks_like,
}


def _to_fill_in(items: Sequence[Item]) -> list[Remark]:
    """What the author still has to write, for each question and for all of them."""
    remarks = []
    for item in items:
        letters = [
            letter for letter, one in zip(string.ascii_lowercase, item.options, strict=False) if not one.explanation
        ]
        if letters:
            message = f"Câu “{item.id}”: phương án {', '.join(letters)} chưa có lời giải thích."
            remarks.append(Remark(item.line, message, "Viết vào sau dấu “>” dưới phương án.", Severity.HINT))
    for count, what, cure in (
        (sum(not item.lesson for item in items), "bài cần đọc lại", f"Thay “{markdown.NO_LESSON}” bằng mã bài học."),
        (sum(not item.sources for item in items), "nguồn", f"Thay “{markdown.NO_SOURCE}” bằng mã nguồn của dữ kiện."),
    ):
        if count:
            remarks.append(Remark(0, f"{count} câu chưa ghi {what}.", cure, Severity.HINT))
    return remarks
