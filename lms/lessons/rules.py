"""Words and rules of reading: what a reading is worth after the lesson changed, and how a text can be pointed into."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """What a learner's reading of a lesson is worth now."""

    UNREAD = "unread"
    READ = "read"
    CHANGED = "changed"
    """It counts, but the text has changed since."""
    AGAIN = "again"
    """The text has changed, and its author asks for another reading."""


def standing(read_version: int | None, read_since: int, *, is_changed: bool) -> Standing:
    if read_version is None:
        return Standing.UNREAD
    if read_version < read_since:
        return Standing.AGAIN
    return Standing.CHANGED if is_changed else Standing.READ


MOST_PARAGRAPHS = 4_000
"""No text has more blocks than `richtext` allows tags."""


@dataclass(frozen=True)
class Dressed:
    """A lesson's HTML whose places can be linked to."""

    html: str
    paragraphs: tuple[str, ...]
    """The ids of its blocks, in order."""


VOID = {"br", "hr", "img"}
_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")*) ?/?>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_CITED = re.compile(r' href="#nguon-([\w-]+)"')


def dressed(html: str, *, name: str = "", lessons: Mapping[str, str] | None = None) -> Dressed:
    """Cleaned HTML with an id on each of its blocks (`doan-…`) and on the first citation of each source (`trich-…`).

    Links to `lessons`, by key, lead to these addresses. With a name the lesson is one of several on a page: it stands
    two levels of headings deeper, and the name goes in front of its ids and into the names of its landmarks.
    """
    return _Dressing(name, lessons or {}).of(html)


class _Dressing:
    def __init__(self, name: str, lessons: Mapping[str, str]) -> None:
        self.name, self.lessons = name, lessons
        self.front = f"{name}-" if name else ""
        self.depth = 0
        self.paragraphs: list[str] = []
        self.cited: set[str] = set()

    def of(self, html: str) -> Dressed:
        return Dressed(_TAG.sub(self._tag, html), tuple(self.paragraphs))

    def _tag(self, match: re.Match[str]) -> str:
        slash, tag, attributes = match.groups()
        if self.name and tag in ("h2", "h3"):
            tag = f"h{int(tag[1]) + 2}"
        if slash:
            self.depth -= 1
            return f"</{tag}>"
        given = {key: self._value(key, value) for key, value in _ATTRIBUTE.findall(attributes)}
        if (source := _CITED.search(attributes)) and source[1] not in self.cited:
            self.cited.add(source[1])
            given["id"] = f"{self.front}trich-{source[1]}"
        if self.depth == 0:
            self.paragraphs.append(given.setdefault("id", f"{self.front}doan-{len(self.paragraphs)}"))
        self.depth += tag not in VOID
        return f"<{tag}" + "".join(f' {key}="{value}"' for key, value in given.items()) + ">"

    def _value(self, key: str, value: str) -> str:
        if key == "id":
            return self.front + value
        if key == "aria-label" and self.name:
            return f"{value}, bài {self.name}"
        if key == "href" and value.startswith("#"):
            return f"#{self.front}{value[1:]}"
        if key == "href":
            return self.lessons.get(value, value)
        return value
