"""Files as authors, programs and attackers make them, and what comes out of reading them."""

import re
from collections.abc import Sequence
from html import unescape
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from lms.content import exchange
from lms.content.exchange import Imported
from lms.content.exchange.items import Item
from lms.content.frontmatter import Page
from lms.content.questions import blocks, read_question
from lms.content.rules import Question
from lms.quizzes.kinds import CHECKS
from lms.vietnamese import squeeze

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def imported(name: str, data: str | bytes, **given: str) -> Imported:
    raw = data.encode() if isinstance(data, str) else data
    return exchange.read(name, raw, kinds=CHECKS, lesson="mot", sources=["A1"], taken=(), **given)


def only(found: Imported) -> Item:
    """The one question of a file, all of which was read."""
    assert [remark.message for remark in found.remarks if remark.severity == "error"] == []
    [item] = found.items
    return item


def keys(found: Imported) -> list[str]:
    """For each question the letters of its right options."""
    return [key_of(item) for item in found.items]


def key_of(item: Item) -> str:
    return "".join(letter for letter, option in zip("ABCDEFGH", item.options, strict=False) if option.is_right)


def options(item: Item) -> list[str]:
    return [option.text for option in item.options]


def told(found: Imported, severity: str = "error") -> list[tuple[str, str]]:
    """Where and what the report says, in the order of the source."""
    return [(remark.where, remark.message) for remark in found.remarks if remark.severity == severity]


def checked(markdown: str) -> tuple[list[Question], list[str]]:
    """The questions and errors of a file in a module with the lesson `mot` and the source `A1`."""
    page = Page({"nhap.md": markdown.encode()}, "nhap.md")
    read = [read_question(page, block, CHECKS, {"mot": "Một"}, {"A1"}) for block in blocks(page)]
    return [question for question in read if question], [
        fault.message for fault in page.faults if fault.severity == "error"
    ]


def a_zip(members: dict[str, str | bytes]) -> bytes:
    stored = BytesIO()
    with ZipFile(stored, "w", ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stored.getvalue()


def run(text: str, *marks: str) -> str:
    """A run of Word; a mark such as `b` or `highlight=yellow`."""
    properties = ""
    for mark in marks:
        name, _, value = mark.partition("=")
        properties += f'<w:{name} w:val="{value}"/>' if value else f"<w:{name}/>"
    pieces = "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(piece)}</w:t>' for piece in text.split("\t"))
    return f"<w:r><w:rPr>{properties}</w:rPr>{pieces}</w:r>"


def paragraph(*runs: str, numbered: tuple[int, int] | None = None) -> str:
    """`numbered` is list and level; plain text becomes a run without marks."""
    properties = ""
    if numbered:
        properties = (
            f'<w:pPr><w:numPr><w:ilvl w:val="{numbered[1]}"/><w:numId w:val="{numbered[0]}"/></w:numPr></w:pPr>'
        )
    return f"<w:p>{properties}{''.join(one if one.startswith('<') else run(one) for one in runs)}</w:p>"


def table(rows: Sequence[Sequence[str]]) -> str:
    cells = ("".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in cells)}</w:tbl>"


def a_docx(*body: str, lists: dict[int, Sequence[tuple[str, str]]] | None = None, before: str = "") -> bytes:
    """A document; `lists` are the form and the shown text of each level, by number."""
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": (
            f'<?xml version="1.0" encoding="UTF-8"?>{before}<w:document xmlns:w="{WORD}"><w:body>'
            f"{''.join(body)}</w:body></w:document>"
        ),
    }
    if lists:
        kinds = numbers = ""
        for number, levels in lists.items():
            inside = "".join(
                f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{form}"/>'
                f'<w:lvlText w:val="{text}"/></w:lvl>'
                for at, (form, text) in enumerate(levels)
            )
            kinds += f'<w:abstractNum w:abstractNumId="{number}">{inside}</w:abstractNum>'
            numbers += f'<w:num w:numId="{number}"><w:abstractNumId w:val="{number}"/></w:num>'
        members["word/numbering.xml"] = f'<w:numbering xmlns:w="{WORD}">{kinds}{numbers}</w:numbering>'
    return a_zip(members)


def plain(html: str) -> str:
    """The words of rendered HTML."""
    return squeeze(unescape(re.sub(r"<[^>]*>", " ", html)))
