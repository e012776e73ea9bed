"""What a grading lead looks at before results go out: pure rules over the marks that wait.

An open criterion holds a text back for good; the other concerns hold it back until the lead has looked and says so.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby

from flask_babel import gettext as _

from lms.vietnamese import format_number, squeeze

SAME_IN_A_ROW = 3
"""So many texts one after the other of one reviewer with the very same comment are worth a look."""
LEAST_WORDS = 3
"""A comment with fewer words says nothing about a low mark."""


class Concern(StrEnum):
    """Why a text should not go out as it is."""

    OPEN_CRITERION = "open_criterion"
    LOW_WITHOUT_COMMENT = "low_without_comment"
    SAME_COMMENT = "same_comment"


HOLDS_BACK = frozenset({Concern.OPEN_CRITERION})
"""Nobody may look past these."""

CONCERN_NAMES: dict[Concern, Callable[[], str]] = {
    Concern.OPEN_CRITERION: lambda: _("còn tiêu chí chưa có điểm"),
    Concern.LOW_WITHOUT_COMMENT: lambda: _("điểm thấp mà chưa có nhận xét"),
    Concern.SAME_COMMENT: lambda: _("nhận xét giống hệt nhau liền mấy bài"),
}


def threshold(concern: Concern, low: float) -> str:
    """The rule behind a concern in words, with its numbers; `low` is the least mark that still passes."""
    if concern is Concern.OPEN_CRITERION:
        return _("Thang chấm có tiêu chí mà bài chưa được cho điểm. Bài này phải chấm đủ mới công bố được.")
    if concern is Concern.LOW_WITHOUT_COMMENT:
        return _(
            "Điểm chung hoặc điểm một tiêu chí dưới %(low)s, nhận xét chung chưa đến %(n)s từ và không có nhận xét "
            "tại chỗ: người viết sẽ không biết vì sao.",
            low=format_number(low),
            n=LEAST_WORDS,
        )
    return _(
        "Một giám khảo ghi cùng một nhận xét cho từ %(n)s bài liền nhau theo thứ tự chấm.",
        n=SAME_IN_A_ROW,
    )


@dataclass(frozen=True)
class Marked:
    """A text that waits, with the mark that would go out."""

    id: int
    reviewer_id: int
    decided_at: datetime
    mark: Decimal
    scores: Mapping[str, str]
    criteria: Collection[str]
    """The ids of the criteria that the rubric asks for."""
    comment: str
    has_remarks: bool


def concerns(texts: Iterable[Marked], low: float) -> dict[int, frozenset[Concern]]:
    """By text, what is to be looked at; texts without a concern are not in it."""
    found: dict[int, set[Concern]] = {}
    in_order = sorted(texts, key=lambda one: (one.reviewer_id, one.decided_at, one.id))
    for one in in_order:
        if is_open(one.scores, one.criteria):
            found.setdefault(one.id, set()).add(Concern.OPEN_CRITERION)
        if is_unexplained(one, low):
            found.setdefault(one.id, set()).add(Concern.LOW_WITHOUT_COMMENT)
    for _key, run in groupby(in_order, key=lambda one: (one.reviewer_id, squeeze(one.comment).casefold())):
        same = list(run)
        if len(same) >= SAME_IN_A_ROW and same[0].comment.strip():
            for one in same:
                found.setdefault(one.id, set()).add(Concern.SAME_COMMENT)
    return {id: frozenset(these) for id, these in found.items()}


def is_open(scores: Mapping[str, str], criteria: Collection[str]) -> bool:
    return not set(criteria) <= scores.keys()


def is_unexplained(one: Marked, low: float) -> bool:
    """A low mark of which the author would not learn why."""
    least = min((Decimal(score) for score in one.scores.values()), default=one.mark)
    says_why = one.has_remarks or len(one.comment.split()) >= LEAST_WORDS
    return min(one.mark, least) < Decimal(str(low)) and not says_why


def passes(these: Collection[Concern], accepted: Collection[Concern]) -> bool:
    """The text may go out when the lead looks past these concerns."""
    return set(these) <= set(accepted) - HOLDS_BACK
