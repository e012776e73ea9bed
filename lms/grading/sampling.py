"""Which graded texts somebody looks at once more: a share by chance, what is borderline, what failed, some of each.

Chance is a number worked out of the seed and the text, so the same seed chooses the same texts, whoever asks and
however many have been graded since.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from flask_babel import gettext as _


class Reason(StrEnum):
    """Why a text is in the sample."""

    CHANCE = "chance"
    BORDERLINE = "borderline"
    FAIL = "fail"
    REVIEWER = "reviewer"


REASON_NAMES: dict[Reason, Callable[[], str]] = {
    Reason.CHANCE: lambda: _("bốc ngẫu nhiên"),
    Reason.BORDERLINE: lambda: _("sát ngưỡng xếp loại"),
    Reason.FAIL: lambda: _("không đạt"),
    Reason.REVIEWER: lambda: _("phần của mỗi giám khảo"),
}


@dataclass(frozen=True)
class Marked:
    """A graded text with its mark and who gave it."""

    id: int
    mark: Decimal
    reviewer_id: int


@dataclass(frozen=True)
class Wanted:
    """How large the sample is to be."""

    percent: int = 10
    near: Decimal = Decimal("0.25")
    """So close to a threshold is borderline."""
    of_each: int = 2
    """At least so many of every reviewer's."""
    seed: int = 1


def sample(texts: Iterable[Marked], thresholds: Collection[Decimal], wanted: Wanted) -> dict[int, frozenset[Reason]]:
    """The texts to look at with the reasons; the least threshold is the one below which a text fails."""
    found: dict[int, set[Reason]] = defaultdict(set)
    by_reviewer: dict[int, list[Marked]] = defaultdict(list)
    for one in texts:
        by_reviewer[one.reviewer_id].append(one)
        if _lot(wanted.seed, one.id) < wanted.percent / 100:
            found[one.id].add(Reason.CHANCE)
        if any(abs(one.mark - threshold) <= wanted.near for threshold in thresholds):
            found[one.id].add(Reason.BORDERLINE)
        if one.mark < min(thresholds):
            found[one.id].add(Reason.FAIL)
    for theirs in by_reviewer.values():
        for one in sorted(theirs, key=lambda one: (_lot(wanted.seed, one.id), one.id))[: wanted.of_each]:
            found[one.id].add(Reason.REVIEWER)
    return {id: frozenset(reasons) for id, reasons in found.items()}


def _lot(seed: int, id: int) -> float:
    """A number from 0 to 1 that the seed and the text decide."""
    return int.from_bytes(sha256(f"{seed}:{id}".encode()).digest()[:7], "big") / 256**7
