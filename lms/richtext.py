"""Text becomes HTML here and nowhere else: authors' Markdown is rendered and cleaned, everybody else's text is escaped.

**Two walls.** What Python-Markdown makes goes through bleach and then through nh3. Each parses for itself, and either
alone keeps to `ALLOWED`; they share that table, with our own judgement of addresses, and nothing else.

**Bounded work.** Python-Markdown is quadratic on hostile input, and html5lib (inside bleach) on deep or long rows of
tags. A time limit would need a signal (main thread of a POSIX system only) or a child process, and would refuse today
what it took yesterday. So nothing here looks at a clock. What is expensive and not in our dialect is taken out:
reference links, code, raw HTML, the link parser that counts brackets. `_checked` bounds every paragraph, `_Meter` the
characters that the block parser looks at, `clean` the tags. The same text gets the same answer on every machine.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from itertools import groupby
from types import MappingProxyType
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

import bleach
import nh3
from flask_babel import gettext as _
from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions.admonition import AdmonitionProcessor
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import InlineProcessor
from markdown.treeprocessors import Treeprocessor
from markupsafe import Markup

from lms.vietnamese import fold

LARGEST_SOURCE = 100_000  # bytes in one block of Markdown; a lesson of 1.200 words has about 7.000
LARGEST_HTML, MOST_TAGS = 200_000, 4_000
MOST_LINES, MOST_CHARACTERS, MOST_MARKS = 500, 20_000, 2_000  # in a paragraph, which may be a whole table
MOST_BARS, DEEPEST_LINE = 100, 12  # in a line
BLOCK_WORK = 1_500_000  # characters; those of an honest text are looked at about twice

CALLOUTS = {"note": "Ghi chú", "case": "Tình huống", "todo": "Việc cần làm", "warning": "Lưu ý"}
AWAY = re.compile(
    r"https?://[\w-]+(?:\.[\w-]+)*(?::\d{1,5})?(?:[/?#][^\s\\<>\"`]*)?|mailto:[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.ASCII | re.IGNORECASE,
)
HERE = re.compile(r"#(?:muc|nguon)-[\w-]+|(?!//)[\w.~/-]+(?:\?[\w.~=&-]*)?(?:#[\w-]+)?", re.ASCII)

Rules = Mapping[str, Mapping[str, re.Pattern[str]]]  # tag -> attribute -> what its whole value may be
ALLOWED_INLINE: Rules = {
    "a": {"href": re.compile(f"{AWAY.pattern}|{HERE.pattern}", AWAY.flags), "rel": re.compile("noopener noreferrer")},
    "em": {},
    "strong": {},
    "sup": {"class": re.compile("cite")},
}
ALLOWED: Rules = {
    **ALLOWED_INLINE,
    "abbr": {},
    "small": {"class": re.compile("gloss")},
    "img": {
        "src": re.compile("/content/images/[0-9a-f]{64}"),
        "alt": re.compile(".{1,400}"),
        **dict.fromkeys(("width", "height"), re.compile("[1-9][0-9]{0,4}")),
        "loading": re.compile("lazy"),
    },
    **{tag: {} for tag in ("blockquote", "br", "hr", "li", "table", "tbody", "thead", "tr", "ul")},
    **{tag: {"id": re.compile("muc-[a-z0-9-]+")} for tag in ("h2", "h3")},
    **{tag: {"class": re.compile("align-(?:right|center)"), "scope": re.compile("col")} for tag in ("td", "th")},
    "ol": {"start": re.compile("[0-9]{1,6}")},
    "p": {"class": re.compile("callout-title")},
    "div": {
        "class": re.compile(f"table-scroll|callout callout-(?:{'|'.join(CALLOUTS)})"),
        "tabindex": re.compile("0"),
        "role": re.compile("region"),
        "aria-label": re.compile("Bảng(?: [0-9]{1,4})?"),
    },
}

_of_this_thread = threading.local()
_SCHEMES = {"http", "https", "mailto"}
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_OPENING = re.compile(r"(?:[ \t]|>|[-*+](?=[ \t])|\d+\.(?=[ \t]))*")
_CITATION = r"\[\^([A-Z][A-Za-z0-9-]{0,20})\]"
_IMAGE = r"!\[([^\[\]]+)\]\(\s*([\w./-]+)\s*\)"
_LINK = r"""(?<!!)\[([^\[\]]+)\]\(\s*((?:[^\s()<>]|\([^\s()<>]*\))+)(?:\s+(?:"[^"]*"|'[^']*'))?\s*\)"""

_FOREIGN_BLOCKS = ["code", "setextheader", "reference"]
_BLOCKS = ["indent", "hashheader", "hr", "olist", "ulist", "quote"]
_FOREIGN_INLINE = ["reference", "image_reference", "short_reference", "short_image_ref"]
_FOREIGN_INLINE += ["backtick", "image_link", "automail", "html", "entity"]


@dataclass(frozen=True)
class Rendered:
    """One block of an author's text, ready for a page."""

    html: str
    cited: tuple[str, ...]  # source ids in the order of first citation
    headings: tuple[tuple[int, str, str], ...]  # level, id and text of every h2 and h3


LessonUrl: TypeAlias = Callable[[str], str | None]
"""The address of a lesson as a path on this site, by its id; None where there is none."""
ImageUrl: TypeAlias = Callable[[str], tuple[str, int, int] | None]
"""Address, width and height of a picture, by its path as the author wrote it; None where there is none."""
Glossary: TypeAlias = Mapping[str, str]
"""What an abbreviation stands for."""


_PLAIN = re.compile(r"(?!\d+[.)])[^\W_](?:[^\W_]|[ ,;:?%()/–“”…\"'-]|\.(?!\w)|(?<=\d)\.(?=\d))*(?<! )")
ABBREVIATION = re.compile(r"(?<![\w/.-])[A-ZĐƯÂÊÔĂƠ]{2,12}(?![\w/]|-\w|\.\w)")
"""A word in capitals that is no part of a document's number."""
_UNEXPLAINED = {"h1", "h2", "h3", "h4", "h5", "h6", "a", "sup", "abbr", "img"}


def is_explained(text: str, match: re.Match[str], expansion: str = "") -> bool:
    """Does the author say beside an abbreviation what it stands for: “công đoàn cơ sở (CĐCS)”, “CĐCS (công đoàn …)”?

    Without an expansion to compare with, any words in such a place are taken for it.
    """
    before, after = text[max(0, match.start() - 400) : match.start()], text[match.end() : match.end() + 400]
    if re.search(r"(?:gọi tắt|viết tắt)(?: là|:)?\s*[“\"]?$", before):
        return True
    if after[:1] in (")", ",", ";") and (bracket := re.search(r"\((?:[^()]{1,20} )?$", before)):
        return fold(before[: bracket.start()]).endswith(fold(expansion))
    explanation = re.match(r"\s*\((?=\w)|:?\s+(?:là|tức là|nghĩa là|viết tắt của)\s", after)
    if explanation is None:
        return False
    is_bracket = explanation[0].endswith("(")
    return fold(after[explanation.end() :]).startswith(fold(expansion)) and (is_bracket or bool(expansion))


class TooCostly(ValueError):
    """The text is too large or too tangled to be rendered in a bounded time; the message is for its author."""


def render(
    markdown: str,
    *,
    lesson_url: LessonUrl | None = None,
    image_url: ImageUrl | None = None,
    glossary: Glossary = MappingProxyType({}),
) -> Rendered:
    """An author's Markdown (lesson, stem, prompt, introduction) as clean HTML, or `TooCostly`.

    Headings become h2 and h3 with ids `muc-…`, citations link to `#nguon-ID`. A link to a lesson that `lesson_url` does
    not know, or of another kind, keeps only its words; an image that `image_url` does not know stays as it was typed.
    The first use of an abbreviation in `glossary` that its author did not explain is followed by what it stands for.
    """
    if _is_plain(markdown) and not glossary:
        return Rendered(f"<p>{markdown}</p>", (), ())
    finish = _Finish(lesson_url or (lambda _id: None), glossary)
    return _rendered(_checked(markdown), _dialect(blocks=True, image_url=image_url), ALLOWED, finish)


@lru_cache(maxsize=4_096)
def render_inline(markdown: str) -> Rendered:
    """One line of an author's Markdown (an option, an explanation) as clean HTML without any block element."""
    line = " ".join(map(str.strip, markdown.splitlines()))
    if _is_plain(line):
        return Rendered(line, (), ())
    finish = _Finish(lambda _id: None, {})
    return _rendered(_checked(line), _inline_dialect(), ALLOWED_INLINE, finish)


def paragraphs(text: str) -> Markup:
    """What learners and reviewers type, as it stands: an empty line parts paragraphs, a new line stays one."""
    lines = [_UNPRINTABLE.sub("", line).strip() for line in text.splitlines()]
    blocks = [list(block) for filled, block in groupby(lines, key=bool) if filled]
    return Markup("\n").join(Markup("<p>{}</p>").format(Markup("<br>\n").join(block)) for block in blocks)


def clean(html: str, allowed: Rules = ALLOWED) -> str:
    """HTML with nothing but what is allowed in it; the rest goes, its words stay. May raise `TooCostly`."""
    html = _UNPRINTABLE.sub("", html)
    if len(html) > LARGEST_HTML or html.count("<") > MOST_TAGS:
        raise TooCostly(_("Nội dung quá dài hoặc có quá nhiều thành phần. Hãy tách thành nhiều bài."))
    return second_wall(first_wall(html, allowed), allowed)


def first_wall(html: str, allowed: Rules = ALLOWED) -> str:
    """bleach: html5lib's parser, and a strict allow-list."""

    def keeps(tag: str, name: str, value: str) -> bool:
        return _is_allowed(allowed, tag, name, unescape(value))  # bleach hands attributes over undecoded

    return bleach.clean(html, tags=set(allowed), attributes=keeps, protocols=_SCHEMES, strip=True)


def second_wall(html: str, allowed: Rules = ALLOWED) -> str:
    """nh3: html5ever's parser, and the same strict allow-list."""

    def kept(tag: str, name: str, value: str) -> str | None:
        return value if _is_allowed(allowed, tag, name, value) else None

    tags, names = set(allowed), {tag: set(rules) for tag, rules in allowed.items()}
    return nh3.clean(html, tags, attributes=names, attribute_filter=kept, url_schemes=_SCHEMES, link_rel=None)


def _is_allowed(allowed: Rules, tag: str, name: str, value: str) -> bool:
    """The whole value must match, and invisible characters never do."""
    rule = allowed.get(tag, {}).get(name)
    return rule is not None and value.isprintable() and rule.fullmatch(value) is not None


def _checked(markdown: str) -> str:
    """The source with plain line ends, or `TooCostly`; only within a paragraph do costs outgrow the text."""
    if len(markdown.encode("utf-8", "replace")) > LARGEST_SOURCE:
        raise TooCostly(_("Văn bản dài quá %(limit)d byte. Hãy tách thành nhiều bài.", limit=LARGEST_SOURCE))
    text = _UNPRINTABLE.sub("", markdown.replace("\r\n", "\n").replace("\r", "\n"))
    for blank, group in groupby(enumerate(text.split("\n"), 1), key=lambda pair: not pair[1].strip(" \t")):
        if blank:
            continue
        numbers, lines = zip(*group, strict=True)
        marks = sum(line.count(mark) for line in lines for mark in "*_[<\\`")
        if len(lines) > MOST_LINES or sum(map(len, lines)) > MOST_CHARACTERS or marks > MOST_MARKS:
            raise TooCostly(_("Đoạn từ dòng %(line)d quá dài hoặc quá nhiều ký hiệu. Hãy tách đoạn.", line=numbers[0]))
        for number, line in zip(numbers, lines, strict=True):
            if line.count("|") > MOST_BARS or _nesting(line) > DEEPEST_LINE:
                raise TooCostly(_("Dòng %(line)d lồng quá nhiều cấp hoặc có quá nhiều dấu |.", line=number))
    return text


def _is_plain(text: str) -> bool:
    """Nothing in this line can be Markdown or HTML, as in most options and explanations: it is its own rendering."""
    return len(text) <= 2_000 and _PLAIN.fullmatch(text) is not None


def _nesting(line: str) -> int:
    """How deep a line begins: its quote and list signs, and one for every four columns of space."""
    opening = _OPENING.match(line).group().expandtabs(4)  # type: ignore[union-attr]  # it matches nothing, too
    return len(re.findall(r">|[-*+]|\d+", opening)) + opening.count(" ") // 4


def _dialect(*, blocks: bool, image_url: ImageUrl | None = None) -> Markdown:
    """Python-Markdown with what `content/README.md` promises and no more. Not shared: a parser is full of state, of
    which a refusal in the middle of nested blocks leaves some behind."""
    md = Markdown(output_format="html")
    md.preprocessors.deregister("html_block")
    for name in _FOREIGN_INLINE:
        md.inlinePatterns.deregister(name)
    for name in _FOREIGN_BLOCKS if blocks else _FOREIGN_BLOCKS + _BLOCKS:
        md.parser.blockprocessors.deregister(name)
    md.inlinePatterns.register(_Citation(_CITATION, md), "citation", 175)
    md.inlinePatterns.register(_Link(_LINK, md), "link", 160)
    if image_url:
        md.inlinePatterns.register(_Image(image_url, md), "image", 165)
    if blocks:
        md.registerExtensions([TableExtension(use_align_attribute=True), SaneListExtension()], {})
        md.parser.blockprocessors.register(_Meter(md.parser), "meter", 200)
        md.parser.blockprocessors.register(_Callout(md.parser), "callout", 105)
    return md


def _inline_dialect() -> Markdown:
    """One for each thread: without blocks there is nothing that `reset` would not clear."""
    if not hasattr(_of_this_thread, "inline"):
        _of_this_thread.inline = _dialect(blocks=False)
    md: Markdown = _of_this_thread.inline
    return md.reset()


def _rendered(text: str, md: Markdown, allowed: Rules, finish: "_Finish") -> Rendered:
    md.treeprocessors.register(finish, "finish", -10)  # when escapes have been resolved
    html = clean(md.convert(text), allowed)
    return Rendered(html, tuple(finish.cited), tuple(finish.headings))


class _Meter(BlockProcessor):
    """Takes no block, but counts what is looked at: the rest of a block is put back and looked at again, often."""

    left = BLOCK_WORK

    def test(self, parent: Element, block: str) -> bool:
        self.left -= len(block)
        if self.left < 0:
            raise TooCostly(_("Bố cục quá rối. Tiêu đề, danh sách, trích dẫn phải cách nhau bằng dòng trống."))
        return False


class _Callout(AdmonitionProcessor):
    """`!!! note "Tiêu đề"`: the four kinds of box."""

    CLASSNAME, CLASSNAME_TITLE = "callout", "callout-title"
    RE = re.compile(rf'(?:^|\n)!!! ?({"|".join(CALLOUTS)})(?: +"(.*?)")? *(?:\n|$)')

    def get_class_and_title(self, match: re.Match[str]) -> tuple[str, str]:
        return f"callout-{match[1]}", match[2] or CALLOUTS[match[1]]


class _Citation(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        return Element("sup", source=m[1]), m.start(), m.end()


class _Image(InlineProcessor):
    def __init__(self, image_url: ImageUrl, md: Markdown) -> None:
        super().__init__(_IMAGE, md)
        self.image_url = image_url

    def handleMatch(  # type: ignore[override]  # noqa: N802
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        if (found := self.image_url(m[2])) is None:
            return None, None, None
        address, width, height = found
        alt = " ".join(self.unescape(m[1]).split())
        image = Element("img", src=address, alt=alt, width=str(width), height=str(height), loading="lazy")
        return image, m.start(), m.end()


class _Link(InlineProcessor):
    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: N802
        link = Element("a", href=self.unescape(m[2]))
        link.text = m[1]
        return link, m.start(), m.end()


class _Finish(Treeprocessor):
    """Goes over the finished tree in reading order: numbers citations, names headings, judges links, dresses tables,
    and says what abbreviations stand for."""

    def __init__(self, lesson_url: LessonUrl, glossary: Glossary) -> None:
        super().__init__()
        self.lesson_url, self.tables = lesson_url, 0
        self.glossary = dict(glossary)
        self.cited: dict[str, int] = {}
        self.headings: list[tuple[int, str, str]] = []
        self.names: dict[str, int] = {}

    def run(self, root: Element) -> None:
        steps = {"sup": self._number, "a": self._judge, "th": self._dress, "td": self._dress}
        steps |= dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), self._name)
        for element in list(root.iter()):
            if step := steps.get(element.tag):
                step(element)
            for place, child in enumerate(element):
                if child.tag == "table":
                    element[place] = self._scrolling(child)
        if self.glossary:
            self._explain_within(root)

    def _explain_within(self, element: Element) -> None:
        """Spell abbreviations out in the running text, not in headings, links or marks."""
        place = 0
        if element.tag not in _UNEXPLAINED and element.get("class") != "callout-title":
            element.text, added = self._spelt_out(element.text or "")
            element[0:0] = added
            place = len(added)
            for child in list(element)[place:]:
                self._explain_within(child)
                child.tail, added = self._spelt_out(child.tail or "")
                element[place + 1 : place + 1] = added
                place += 1 + len(added)

    def _spelt_out(self, text: str) -> tuple[str, list[Element]]:
        """The text up to the first abbreviation that needs it, and the elements that hold the rest."""
        for match in ABBREVIATION.finditer(text):
            expansion = self.glossary.pop(match[0], None)
            if expansion and not is_explained(text, match, expansion):
                word, gloss = Element("abbr"), Element("small", {"class": "gloss"})
                word.text, word.tail, gloss.text = match[0], " ", f"({escape(expansion)})"
                gloss.tail, more = self._spelt_out(text[match.end() :])
                return text[: match.start()], [word, gloss, *more]
        return text, []

    def _number(self, mark: Element) -> None:
        source = mark.attrib.pop("source")
        number = self.cited.setdefault(source, len(self.cited) + 1)
        mark.set("class", "cite")
        SubElement(mark, "a", href=f"#nguon-{source}").text = str(number)

    def _judge(self, link: Element) -> None:
        """Keep a link that leads somewhere we allow; of any other only the words, for both walls take `span` away."""
        href = unescape(link.attrib.pop("href"))
        link.tag = "span"
        if {"a", "sup"} & {inner.tag for inner in link.iter()}:
            return  # a link cannot hold a link
        if (lesson := re.fullmatch("bai:([a-z0-9-]+)", href)) and (url := self.lesson_url(lesson[1])):
            link.tag, link.attrib = "a", {"href": url}
        elif AWAY.fullmatch(href) and href.isprintable():
            link.tag, link.attrib = "a", {"href": href, "rel": "noopener noreferrer"}

    def _name(self, heading: Element) -> None:
        """The page's own title is the h1, and two levels are enough below it."""
        words = " ".join(unescape("".join(heading.itertext())).split())
        name = free = "muc-" + (re.sub("[^a-z0-9]+", "-", fold(words))[:60].strip("-") or "phan")
        while free in self.names:
            self.names[name] += 1
            free = f"{name}-{self.names[name]}"
        self.names[free] = 1
        heading.tag = "h2" if heading.tag in ("h1", "h2") else "h3"
        heading.set("id", free)
        self.headings.append((int(heading.tag[1]), free, words))

    def _scrolling(self, table: Element) -> Element:
        """A box that scrolls sideways on a phone and can be reached with the keyboard."""
        self.tables += 1
        label = "Bảng" if self.tables == 1 else f"Bảng {self.tables}"  # landmarks are told apart by their names
        box = Element("div", {"class": "table-scroll", "tabindex": "0", "role": "region", "aria-label": label})
        box.append(table)
        box.tail, table.tail = table.tail, None
        return box

    def _dress(self, cell: Element) -> None:
        if (align := cell.attrib.pop("align", "left")) != "left":
            cell.set("class", f"align-{align}")
        if cell.tag == "th":
            cell.set("scope", "col")
