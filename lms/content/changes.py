"""What differs between two texts as they are shown, word by word: for learners who read the earlier, and for authors.

**Bounded work.** Blocks are compared first and words only inside blocks that changed. Comparing costs the product of
both lengths, so a document has a budget; what does not fit in it is marked as a whole, and nothing gets lost.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import escape
from html.parser import HTMLParser
from typing import Literal, NamedTuple

from markupsafe import Markup

EMPTY = {"br", "hr", "img"}
BLOCKS = {"blockquote", "div", "h2", "h3", "hr", "li", "ol", "p", "table", "tbody", "td", "th", "thead", "tr", "ul"}
ALWAYS_PAIRED = {"tbody", "td", "th", "thead"}
"""What must not stand twice where it stands once."""

BUDGET, DEAREST = 2_000_000, 250_000
"""Pairs that a whole document, and one block of it, may compare: about a second, and a tenth of one."""
LEAST_ALIKE = 0.3
"""The share of words that two blocks have in common when one counts as the other, changed."""

_PIECE = re.compile(r"[ \t\r\n\f]+|\w+(?:[.,/:–-]\w+)*|[^ \t\r\n\f\w]")

Attributes = tuple[tuple[str, str], ...]
Tag = tuple[str, Attributes]
Mark = Literal["", "ins", "del"]


class Word(NamedTuple):
    """A word, a sign, or an inline element without content, with the inline elements around it."""

    html: str
    path: tuple[Tag, ...]
    after_space: bool


@dataclass
class Block:
    """A block element, or (with no tag) a run of words: then it holds no blocks, and a block holds no words."""

    tag: str = ""
    attributes: Attributes = ()
    blocks: list["Block"] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def all_words(self) -> Iterator[str]:
        yield from (word.html for word in self.words)
        for block in self.blocks:
            yield from block.all_words()


def is_changed(before_html: str, after_html: str) -> bool:
    """Would a reader of the one see something else in the other?"""
    return before_html != after_html and _read(before_html) != _read(after_html)


def marked(before_html: str, after_html: str) -> Markup:
    """The later text, with what was added in `<ins>` and what was taken away in `<del>`.

    Both must be HTML that `richtext` has cleaned. The marks stand around words, never around blocks, so that every tag
    is where the texts have it. Ids are those of the later text alone.
    """
    return Markup(_Comparison().blocks(_read(before_html).blocks, _read(after_html).blocks))  # noqa: S704


class _Comparison:
    """One pass over two documents, with what is left of its budget."""

    def __init__(self) -> None:
        self.left = BUDGET

    def _may_compare(self, some: int, others: int) -> bool:
        pairs = some * others
        if pairs > min(self.left, DEAREST):
            return False
        self.left -= pairs
        return True

    def blocks(self, before: Sequence[Block], after: Sequence[Block]) -> str:
        return "".join(self._changed(one, other) for one, other in self._aligned(before, after))

    def _changed(self, before: Block | None, after: Block | None) -> str:
        if after is None:
            return _whole(before, "del") if before else ""
        if before is None or before == after:
            return _whole(after, "ins" if before is None else "")
        if not after.tag:
            return self._words(before.words, after.words)
        return _element(after, self.blocks(before.blocks, after.blocks))

    def _aligned(self, before: Sequence[Block], after: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
        """Each block beside what became of it, in reading order; None where it has no counterpart."""
        if len(before) == len(after) and all(map(_are_counterparts, before, after)):
            yield from zip(before, after, strict=True)
        elif not self._may_compare(len(before), len(after)):
            yield from ((block, None) for block in before)
            yield from ((None, block) for block in after)
        else:
            one, other = ([_whole(block, "") for block in blocks] for blocks in (before, after))
            for operation, i, i_end, j, j_end in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
                if operation == "equal":
                    yield from zip(before[i:i_end], after[j:j_end], strict=True)
                else:
                    yield from self._paired(before[i:i_end], after[j:j_end])

    def _paired(self, before: Sequence[Block], after: Sequence[Block]) -> Iterator[tuple[Block | None, Block | None]]:
        """Those pairs, in order, that have most in common."""
        bags, others = ([Counter(block.all_words()) for block in blocks] for blocks in (before, after))
        if not self._may_compare(sum(map(len, bags)), len(after)):
            yield from ((one, None) for one in before)
            yield from ((None, other) for other in after)
            return
        alike = [
            [_likeness(one, other, bag, other_bag) for other, other_bag in zip(after, others, strict=True)]
            for one, bag in zip(before, bags, strict=True)
        ]
        best = [[0.0] * (len(after) + 1) for _ in range(len(before) + 1)]
        for i in reversed(range(len(before))):
            for j in reversed(range(len(after))):
                pairing = alike[i][j] + best[i + 1][j + 1] if alike[i][j] else 0.0
                best[i][j] = max(best[i + 1][j], best[i][j + 1], pairing)
        i = j = 0
        while i < len(before) and j < len(after):
            if alike[i][j] and best[i][j] == alike[i][j] + best[i + 1][j + 1]:
                yield before[i], after[j]
                i, j = i + 1, j + 1
            elif best[i][j] == best[i + 1][j]:
                yield before[i], None
                i += 1
            else:
                yield None, after[j]
                j += 1
        yield from ((one, None) for one in before[i:])
        yield from ((None, other) for other in after[j:])

    def _words(self, before: list[Word], after: list[Word]) -> str:
        """One run of words that became another."""
        runs: list[tuple[Mark, list[Word]]] = [("del", before), ("ins", after)]
        if self._may_compare(len(before), len(after)):
            one, other = ([(word.html, word.path) for word in words] for words in (before, after))
            runs = list(_runs(SequenceMatcher(None, one, other, autojunk=False), before, after))
        return _inline(runs)


def _runs(
    matcher: SequenceMatcher[tuple[str, tuple[Tag, ...]]], before: list[Word], after: list[Word]
) -> Iterator[tuple[Mark, list[Word]]]:
    """The words in reading order. A lone comma that stayed between two changes counts as changed with them."""
    codes = matcher.get_opcodes()
    gone: list[Word] = []
    come: list[Word] = []
    for number, (operation, i, i_end, j, j_end) in enumerate(codes):
        is_between = 0 < number < len(codes) - 1
        if operation != "equal" or (is_between and not any(map(_is_word, after[j:j_end]))):
            gone += before[i:i_end]
            come += after[j:j_end]
        else:
            yield from (("del", gone), ("ins", come), ("", after[j:j_end]))
            gone, come = [], []
    yield from (("del", gone), ("ins", come))


def _is_word(word: Word) -> bool:
    return word.html[0].isalnum() or word.html[0] == "<"


def _are_counterparts(before: Block, after: Block) -> bool:
    """Cells of a row and parts of a table answer to each other by their place."""
    return before.tag == after.tag and before.tag in ALWAYS_PAIRED


def _likeness(one: Block, other: Block, bag: Counter[str], other_bag: Counter[str]) -> float:
    """From 0, which is nothing in common, to 1. A row with more cells is another row."""
    if one.tag != other.tag or (one.tag == "tr" and len(one.blocks) != len(other.blocks)):
        return 0.0
    share = 2 * (bag & other_bag).total() / max(1, bag.total() + other_bag.total())
    return share if share >= LEAST_ALIKE else 0.0


# --- writing HTML


def _whole(block: Block, mark: Mark) -> str:
    if not block.tag:
        return _inline([(mark, block.words)])
    if block.tag in EMPTY:
        return "" if mark == "del" else f"{_opening((block.tag, block.attributes))}\n"
    gone = Block(block.tag, _as_gone(block.attributes)) if mark == "del" else block
    return _element(gone, "".join(_whole(inner, mark) for inner in block.blocks))


def _as_gone(attributes: Attributes) -> Attributes:
    """Without an id, and with another name for a landmark: the later text has its own."""
    kept = ((name, f"{value} trong bản trước" if name == "aria-label" else value) for name, value in attributes)
    return tuple((name, value) for name, value in kept if name != "id")


def _element(block: Block, inner: str) -> str:
    return f"{_opening((block.tag, block.attributes))}{inner}</{block.tag}>\n"


def _opening(tag: Tag) -> str:
    name, attributes = tag
    return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in attributes) + ">"


def _inline(runs: Sequence[tuple[Mark, list[Word]]]) -> str:
    """Words within their elements; each mark stands outside of the elements that begin and end with it."""
    runs = [(mark, words) for mark, words in runs if words]
    shown: list[str] = []
    opened: tuple[Tag, ...] = ()
    for number, (mark, words) in enumerate(runs):
        before = runs[number - 1][1][-1].path if number else ()
        after = runs[number + 1][1][0].path if number + 1 < len(runs) else ()
        depth = _depth(words, before, after)
        for word in words:
            path = (*word.path[:depth], (mark, ()), *word.path[depth:]) if mark else word.path
            shared = _shared(opened, path)
            outside = max(shared, depth + 1) if mark else shared  # a space goes with the word that it leads to
            shown += [f"</{name}>" for name, _ in reversed(opened[shared:])]
            shown += map(_opening, path[shared:outside])
            shown += " " * word.after_space
            shown += map(_opening, path[outside:])
            shown.append(word.html)
            opened = path
    shown += [f"</{name}>" for name, _ in reversed(opened)]
    return "".join(shown)


def _depth(words: Sequence[Word], before: tuple[Tag, ...], after: tuple[Tag, ...]) -> int:
    """How many of the elements around these words go on before or after them."""
    common = words[0].path
    for word in words:
        common = common[: _shared(common, word.path)]
    return max(_shared(common, before), _shared(common, after))


def _shared(one: tuple[Tag, ...], other: tuple[Tag, ...]) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count]:
        count += 1
    return count


# --- reading HTML


def _read(html: str) -> Block:
    reader = _Reader()
    reader.feed(str(html))  # of `Markup` the parser would escape what it holds
    reader.close()
    return reader.root


class _Reader(HTMLParser):
    """Cleaned HTML as blocks and words."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Block("div")
        self.open = [self.root]
        self.path: tuple[Tag, ...] = ()
        self.is_after_space = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = tuple((name, value or "") for name, value in attrs)
        if tag in BLOCKS:
            block = Block(tag, attributes)
            self._around().blocks.append(block)
            if tag not in EMPTY:
                self.open.append(block)
        elif tag in EMPTY:
            self._add(_opening((tag, attributes)))
        else:
            self.path = (*self.path, (tag, attributes))

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS and any(block.tag == tag for block in self.open[1:]):
            while self.open.pop().tag != tag:
                pass
        elif tag not in BLOCKS and any(name == tag for name, _ in self.path):
            while self.path[-1][0] != tag:
                self.path = self.path[:-1]
            self.path = self.path[:-1]

    def handle_data(self, data: str) -> None:
        for piece in _PIECE.findall(data):
            if piece.isspace() and piece != "\xa0":
                self.is_after_space = True
            else:
                self._add(escape(piece, quote=False))

    def _around(self) -> Block:
        """The block element at hand; whatever run of words was open is over."""
        if not self.open[-1].tag:
            self.open.pop()
        return self.open[-1]

    def _add(self, html: str) -> None:
        if self.open[-1].tag:
            run = Block()
            self.open[-1].blocks.append(run)
            self.open.append(run)
            self.is_after_space = False
        self.open[-1].words.append(Word(html, self.path, self.is_after_space))
        self.is_after_space = False
