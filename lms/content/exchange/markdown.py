"""Our Markdown out of plain words, of marked runs and of HTML, written so that it renders the same words."""

import re
import string
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import TYPE_CHECKING, NamedTuple

from lms import vietnamese
from lms.content.rules import Difficulty

if TYPE_CHECKING:
    from lms.content.exchange.items import Item

NO_LESSON, NO_SOURCE = "chua-ghi-ma-bai", "CHUA-GHI-NGUON"
"""What stands where the author still has to write an id; the checker reports both, since neither exists."""

_INSIDE = re.compile(r"(?<=\])\(|[\\*_\[]|<(?=[A-Za-z/!?])|&(?=#?\w+;)")
_ENTITIES = {"<": "&lt;", "&": "&amp;"}
_START = re.compile(r"(?:[-+>#!]|\d+(?=\.(?:\s|\Z))|[A-Za-z](?=[.)](?:\s|\Z)))")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_OLD_BREAKS = dict.fromkeys((0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0x85), " ")


class Run(NamedTuple):
    text: str
    is_bold: bool = False
    is_italic: bool = False


def without_controls(text: str) -> str:
    """Without what no page can show; old signs for a new line or page part words still, but not lines."""
    return _UNPRINTABLE.sub("", text.translate(_OLD_BREAKS))


def clean(text: str) -> str:
    """The stored form of words: NFC, without controls; lines stay."""
    return vietnamese.nfc(without_controls(text))


def escape(text: str) -> str:
    """One line of words as Markdown that shows just these words, wherever it stands."""
    return _start_escaped(_inside_escaped(vietnamese.squeeze(clean(text))))


def _inside_escaped(text: str) -> str:
    def mark(match: re.Match[str]) -> str:
        sign = match[0]
        if sign == "[" and text[match.end() : match.end() + 1] == "^":
            return "&#91;"  # the checker looks for citations in the source, and an escaped one is one to it
        return _ENTITIES.get(sign, "\\" + sign)

    return _INSIDE.sub(mark, text)


def _start_escaped(line: str) -> str:
    """What would open a heading, a list, a quote, a box or an option does not when it is escaped."""
    match = _START.match(line)
    if match is None:
        return line
    sign = match[0]
    return line[: match.end()] + "\\" + line[match.end() :] if sign.isalnum() else "\\" + line


def paragraphs(text: str) -> str:
    """Each line of a text as a paragraph of its own."""
    return "\n\n".join(filter(None, map(escape, clean(text).splitlines())))


def from_runs(runs: Iterable[Run]) -> str:
    """One line of Markdown; marks that touch become one, since Markdown could not tell them apart."""
    joined: list[list[Run]] = []
    for run in runs:
        is_marked = (run.is_bold or run.is_italic) and bool(run.text.strip())
        previous = joined[-1][-1] if joined else Run("")
        touches = is_marked and (previous.is_bold or previous.is_italic)
        same = bool(joined) and (not is_marked and not (previous.is_bold or previous.is_italic))
        if touches or same:
            joined[-1].append(run if is_marked else Run(run.text))
        else:
            joined.append([run if is_marked else Run(run.text)])
    return _start_escaped("".join(map(_marked, joined)).strip())


def _marked(runs: Sequence[Run]) -> str:
    text = re.sub(r"\s+", " ", clean("".join(run.text for run in runs)))
    core = _inside_escaped(text.strip())
    sign = "**" if any(run.is_bold for run in runs) else "*" if any(run.is_italic for run in runs) else ""
    if not sign or not core:
        return _inside_escaped(text)
    return " " * text.startswith(" ") + sign + _start_escaped(core) + sign + " " * text.endswith(" ")


def words(markdown: str) -> str:
    """About what a reader sees, to compare and to name by."""
    return vietnamese.squeeze(unescape(re.sub(r"\\(.)|\*+", r"\1", markdown)))


# --- HTML -------------------------------------------------------------------------------------------------------------

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]*)([^<>]*)>|<(!--|!\[CDATA\[|!|\?)")
_BLOCKS = {"p", "div", "br", "tr", "table", "ul", "ol", "li", "blockquote", "pre", "hr", "section", "dl", "dt", "dd"}
_BLOCKS |= {"h1", "h2", "h3", "h4", "h5", "h6"}
_LOST_TAGS = {
    **dict.fromkeys(("img", "svg", "picture", "canvas"), "hình ảnh"),
    **dict.fromkeys(("audio", "video", "object", "embed", "iframe", "source"), "âm thanh, phim"),
    **dict.fromkeys(("sub", "sup"), "chỉ số trên hoặc dưới (chữ vẫn giữ)"),
    **dict.fromkeys(("u", "ins", "s", "del", "strike", "code", "pre"), "kiểu chữ HTML (chữ vẫn giữ)"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "tiêu đề (chữ vẫn giữ)"),
    **dict.fromkeys(("table", "math"), "bảng hoặc công thức (chữ vẫn giữ)"),
    **dict.fromkeys(("input", "select", "textarea", "button", "form"), "ô nhập liệu"),
    "a": "liên kết (chữ vẫn giữ)",
}
_SILENT = ("script", "style", "title", "head")
_STYLED = re.compile(r"\b(?:style|color|face|bgcolor)\s*=", re.IGNORECASE)


class Html(NamedTuple):
    lines: list[str]
    """Markdown, a line for each block; those of a list begin with its sign."""
    lost: dict[str, None]

    @property
    def block(self) -> str:
        """Paragraphs parted by empty lines; the lines of one list stay together."""
        text = ""
        for before, line in zip(["", *self.lines], self.lines, strict=False):
            together = _LIST.match(before) and _LIST.match(line) and (before[0] == "-") == (line[0] == "-")
            text += ("\n" if together else "\n\n") + line
        return text.strip()

    @property
    def line(self) -> str:
        return " ".join(re.sub(r"\A(?:- |\d+\. )", "", line) for line in self.lines)


_LIST = re.compile(r"- |\d+\. ")


def from_html(html: str, *, keeps_lines: bool = False) -> Html:
    """The words of HTML with bold, italics and lists; what else it holds is named. `keeps_lines`: a new line is one."""
    reader = _HtmlReader()
    for text, closing, tag, attributes in _pieces(html.replace("\r\n", "\n").replace("\r", "\n")):
        if text:
            reader.text(text, keeps_lines)
        if tag:
            reader.tag(tag, bool(closing), attributes)
    reader.end_line()
    return Html(reader.lines, reader.lost)


def _pieces(html: str) -> Iterator[tuple[str, str, str, str]]:
    """Text, and the tag after it: closing sign, name in small letters, attributes. Linear in every input."""
    at, is_open_to_the_end = 0, False
    while match := _TAG.search(html, at):
        before, after = html[at : match.start()], match.end()
        if match[4]:
            close = {"!--": "-->", "![CDATA[": "]]>"}.get(match[4], ">")
            end = -1 if is_open_to_the_end else html.find(close, after)
            if end < 0:
                is_open_to_the_end = True
                yield before + match[0], "", "", ""
            else:
                after = end + len(close)
                yield before, "", "", ""
        else:
            yield before, match[1], match[2].lower(), match[3]
        at = after
    yield html[at:], "", "", ""


class _HtmlReader:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.lost: dict[str, None] = {}
        self.runs: list[Run] = []
        self.sign = ""
        self.lists: list[int] = []
        """Of every open list the number of its last entry; negative where entries have none."""
        self.bold = self.italic = 0
        self.silent = ""

    def text(self, text: str, keeps_lines: bool) -> None:
        if self.silent:
            return
        first, *others = unescape(text).split("\n") if keeps_lines else [unescape(text)]
        self._add(first)
        for line in others:
            self.end_line()
            self._add(line)

    def _add(self, text: str) -> None:
        self.runs.append(Run(text, self.bold > 0, self.italic > 0))

    def tag(self, tag: str, closing: bool, attributes: str) -> None:
        step = -1 if closing else 1
        if self.silent or tag in _SILENT:
            if tag in ("script", "style") and not closing:
                self.lost["mã lệnh"] = None
            self.silent = "" if closing and tag == self.silent else (self.silent or ("" if closing else tag))
            return
        if tag in ("b", "strong"):
            self.bold = max(0, self.bold + step)
        elif tag in ("i", "em"):
            self.italic = max(0, self.italic + step)
        elif tag in ("td", "th") and closing:
            self._add(" ")
        if not closing and (what := _LOST_TAGS.get(tag)):
            self.lost[what] = None
        if not closing and _STYLED.search(attributes):
            self.lost["kiểu chữ HTML (chữ vẫn giữ)"] = None
        if tag in _BLOCKS:
            self.end_line()
            self._list(tag, closing)

    def _list(self, tag: str, closing: bool) -> None:
        if tag in ("ul", "ol") and not closing:
            self.lists.append(0 if tag == "ol" else -1)
        elif tag in ("ul", "ol") and self.lists:
            self.lists.pop()
        elif tag == "li" and not closing and self.lists and self.lists[-1] >= 0:
            self.lists[-1] += 1
            self.sign = f"{self.lists[-1]}. "
        elif tag == "li" and not closing:
            self.sign = "- "

    def end_line(self) -> None:
        line, self.runs = from_runs(self.runs), []
        if line:
            self.lines.append(self.sign + line)
            self.sign = ""


# --- Writing ----------------------------------------------------------------------------------------------------------


def written(items: Iterable["Item"]) -> str:
    """The text of a question file."""
    return "\n".join(map(_question, items))


def _question(item: "Item") -> str:
    lines = [
        f"## {item.id}",
        f"kind: {item.kind}",
        f"lesson: {item.lesson or NO_LESSON}",
        *([f"passage: {item.passage}"] if item.passage else []),
        f"sources: {', '.join(item.sources) or NO_SOURCE}",
        *([f"topic: {item.topic}"] if item.topic else []),
        *([f"difficulty: {item.difficulty}"] if item.difficulty is not Difficulty.MEDIUM else []),
        "",
        item.stem,
        "",
    ]
    for letter, option in zip(string.ascii_lowercase, item.options, strict=False):
        lines += [f"- [{'x' if option.is_right else ' '}] {letter}) {option.text}"]
        lines += [f"    > {option.explanation}".rstrip()]
    return "\n".join(lines) + "\n"
