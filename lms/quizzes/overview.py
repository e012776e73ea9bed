"""Where the questions of a running attempt stand: for the overview, and for the check before handing in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask_babel import gettext as _

T = TypeVar("T")


@dataclass(frozen=True)
class Standing:
    """Where one question stands; `number` counts from 1 in the attempt's order."""

    number: int
    key: str
    is_answered: bool
    is_flagged: bool
    is_checked: bool = False
    """It stays as it is answered."""


def standings(
    keys: Sequence[str],
    given: Mapping[str, Sequence[str]],
    flagged: Collection[str],
    checked: Collection[str] = (),
) -> list[Standing]:
    """In the attempt's order; `given` are the answers that are saved, of which an empty one is none."""
    return [
        Standing(number, key, bool(given.get(key)), key in flagged, key in checked)
        for number, key in enumerate(keys, 1)
    ]


@dataclass(frozen=True)
class Part(Generic[T]):
    """A section of an attempt with what belongs to its questions; without a title where the quiz has no sections."""

    title: str
    rows: Sequence[T]


def parts(sections: Sequence[Any], rows: Sequence[T]) -> list[Part[T]]:
    """The rows of an attempt's questions, cut at its sections."""
    found, start = [], 0
    for title, count in sections or [("", len(rows))]:
        found.append(Part(title, rows[start : start + count]))
        start += count
    return found


def place_in(number: int | None, count: int) -> int:
    """Which question a page shows that was asked for this one."""
    return min(max(number or 1, 1), max(count, 1))


def in_words(rows: Sequence[Standing]) -> str:
    """“Đồng chí đã trả lời 8 trên 10 câu, còn 2 câu chưa trả lời.”"""
    answered = sum(row.is_answered for row in rows)
    if answered == len(rows):
        return _("Đồng chí đã trả lời cả %(n)s câu.", n=len(rows))
    return _(
        "Đồng chí đã trả lời %(n)s trên %(all)s câu, còn %(left)s câu chưa trả lời.",
        n=answered,
        all=len(rows),
        left=len(rows) - answered,
    )
