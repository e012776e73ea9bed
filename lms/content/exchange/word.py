"""Word's .docx, read as lines of the Vietnamese habit: what is bold, underlined, highlighted, and list letters.

Only three members of the zip are opened, and their XML is read directly: a library would unpack pictures and styles
that no question needs, and does not tell which letter an automatic list shows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lms.bounded import Archive, Node, elements
from lms.content.exchange.markdown import clean
from lms.content.exchange.vietnamese_text import BOLD, COLOURED, HIGHLIGHTED, ITALIC, UNDERLINED, Line
from lms.refusals import Unreadable

NUMBERING = "word/numbering.xml"
MOST_PARAGRAPHS = 100_000

_PROPERTIES = {"b": BOLD, "i": ITALIC, "u": UNDERLINED, "highlight": HIGHLIGHTED, "shd": HIGHLIGHTED, "color": COLOURED}
_OFF = ("0", "false", "off", "none", "nil", "clear", "auto", "000000", "ffffff")
_LOST = {
    **dict.fromkeys(("drawing", "pict", "object"), "hình ảnh hoặc khung chữ"),
    **dict.fromkeys(("oMath", "oMathPara"), "công thức"),
    **dict.fromkeys(("footnoteReference", "endnoteReference"), "chú thích cuối trang"),
    "commentReference": "ghi chú bên lề",
    "sym": "ký hiệu của phông riêng",
}
_SKIPPED = ("del", "moveFrom", "instrText", "txbxContent", "Fallback", "pPr", "rPr")
_SPACES = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-"}


@dataclass
class _Level:
    """How a list shows its numbers: `%1` in `text` is the number of the first level."""

    form: str
    text: str
    start: int


@dataclass
class _Lists:
    """The automatic numbers of the document, counted as Word does."""

    levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    counts: dict[str, dict[int, int]] = field(default_factory=dict)

    def label(self, number: str, level: int) -> str:
        """What Word shows before the next paragraph of a list; empty for bullets."""
        levels, counts = self.levels.get(number, {}), self.counts.setdefault(number, {})
        if level not in levels:
            return ""
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        if levels[level].form in ("bullet", "none"):
            return ""
        label = levels[level].text
        for at in range(level + 1):
            if at in levels:
                label = label.replace(f"%{at + 1}", _counted(counts.get(at, levels[at].start), levels[at].form))
        return f"{label} "


def document_in(archive: Archive) -> str:
    """The member that holds the text; empty where the zip is no Word document."""
    return next((name for name in archive.names if re.fullmatch(r"word/document\d{0,2}\.xml", name)), "")


def read(archive: Archive) -> Iterator[Line]:
    """The paragraphs in reading order, numbered from 1; a row of a table is one line with its cells parted by tabs."""
    lists = _read_lists(archive.read(NUMBERING))
    number = 0
    for block in elements(archive.read(document_in(archive)), ("p", "tbl")):
        for paragraphs in [[block]] if block.tag == "p" else _rows(block):
            number += 1
            if number > MOST_PARAGRAPHS:
                raise Unreadable(f"Văn bản có hơn {MOST_PARAGRAPHS} đoạn.", "Chia thành nhiều tệp.")
            yield from _lines(number, paragraphs, lists)


def _rows(table: Node) -> Iterator[list[Node]]:
    for row in table.outermost("tr"):
        yield list(row.outermost("p"))


def _lines(number: int, paragraphs: list[Node], lists: _Lists) -> Iterator[Line]:
    """One line, or several where the author broke it by hand."""
    texts: list[str] = []
    flags: list[bytes] = []
    lost: dict[str, None] = {}
    for at, paragraph in enumerate(paragraphs):
        pieces = [("\t", 0)] if at else []
        pieces += [(_label(paragraph, lists), 0), *_pieces(paragraph, lost)]
        for raw, flag in pieces:
            text = clean(raw)
            texts.append(text)
            flags.append(bytes([flag]) * len(text))
    text, shown = "".join(texts), b"".join(flags)
    start = 0
    for part in text.split("\n"):
        yield Line(number, part, shown[start : start + len(part)], tuple(lost))
        start, lost = start + len(part) + 1, {}


def _label(paragraph: Node, lists: _Lists) -> str:
    properties = paragraph.find("pPr")
    numbering = properties.find("numPr") if properties else None
    number, level = (numbering.find("numId"), numbering.find("ilvl")) if numbering else (None, None)
    if number is None:
        return ""
    return lists.label(number.attributes.get("val", ""), _whole(level.attributes.get("val", "0") if level else "0"))


def _pieces(paragraph: Node, lost: dict[str, None]) -> Iterator[tuple[str, int]]:
    """The text of each run with its flags; what was deleted in review does not count."""
    todo: list[tuple[Node, int]] = [(paragraph, 0)]
    while todo:
        node, flags = todo.pop()
        if node.tag in _LOST:
            lost[_LOST[node.tag]] = None
        if node.tag in _SKIPPED:
            continue
        if node.tag == "r":
            flags = _flags(node)
        if node.tag == "t":
            yield node.text, flags
        elif node.tag == "br":
            yield (" " if node.attributes.get("type") in ("page", "column") else "\n"), 0
        elif node.tag in _SPACES:
            yield _SPACES[node.tag], flags
        else:
            todo.extend((child, flags) for child in reversed(node.children))


def _flags(run: Node) -> int:
    properties = run.find("rPr")
    flags = 0
    for child in properties.children if properties else ():
        value = child.attributes.get("fill" if child.tag == "shd" else "val", "" if child.tag in "bi" else "none")
        if child.tag in _PROPERTIES and value.lower() not in _OFF:
            flags |= _PROPERTIES[child.tag]
    return flags


def _read_lists(xml: bytes) -> _Lists:
    lists = _Lists()
    abstract: dict[str, dict[int, _Level]] = {}
    for node in elements(xml, ("abstractNum", "num")) if xml else ():
        if node.tag == "abstractNum":
            abstract[node.attributes.get("abstractNumId", "")] = {
                _whole(level.attributes.get("ilvl", "0")): _level(level) for level in node.all("lvl")
            }
            continue
        base = node.find("abstractNumId")
        levels = dict(abstract.get(base.attributes.get("val", ""), {}) if base else {})
        for override in node.all("lvlOverride"):
            at = _whole(override.attributes.get("ilvl", "0"))
            own, start = override.find("lvl"), override.find("startOverride")
            if own:
                levels[at] = _level(own)
            if start and at in levels:
                levels[at] = _Level(levels[at].form, levels[at].text, _whole(start.attributes.get("val", "1")))
        lists.levels[node.attributes.get("numId", "")] = levels
    return lists


def _level(node: Node) -> _Level:
    def value(tag: str, default: str) -> str:
        found = node.find(tag)
        return found.attributes.get("val", default) if found else default

    return _Level(value("numFmt", "decimal"), value("lvlText", ""), _whole(value("start", "1")))


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _counted(number: int, form: str) -> str:
    if form in ("upperLetter", "lowerLetter") and 1 <= number <= 26:
        letter = chr(ord("A") + number - 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman") and 1 <= number <= 39:
        roman = "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]
        return roman if form == "upperRoman" else roman.lower()
    return str(number)
