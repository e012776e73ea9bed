"""Completion as a pure function of facts. Nobody stores "complete"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from lms.drives.rules import Rating
from lms.reflections.rules import State as ReflectionState


class State(StrEnum):
    """Where a learner stands. Exactly one holds for everybody who is summoned, so the numbers sum."""

    DONE = "done"
    WAITING_FOR_US = "waiting_for_us"
    OVERDUE = "overdue"
    OPEN = "open"


STATE_NAMES = {
    State.DONE: "Hoàn thành",
    State.WAITING_FOR_US: "Chờ chấm, công bố",
    State.OVERDUE: "Quá hạn",
    State.OPEN: "Đang học",
}

RATING_ORDER = (Rating.FAIL, Rating.AVERAGE, Rating.GOOD, Rating.EXCELLENT)


@dataclass(frozen=True)
class Demand:
    """What a drive asks of everybody."""

    lessons: int
    quizzes: int
    sessions: int
    reflection: bool
    least_rating: Rating
    due_at: datetime


@dataclass(frozen=True)
class Facts:
    """What one learner has done."""

    lessons: int
    quizzes: int
    sessions: int
    reflection: ReflectionState | None
    rating: Rating | None


@dataclass(frozen=True)
class Standing:
    """The state, and what is missing on the learner's side, each as a sentence."""

    state: State
    missing: Sequence[str]


def standing(demand: Demand, facts: Facts, now: datetime) -> Standing:
    """Work out where a learner stands."""
    missing = [sentence for sentence in _missing(demand, facts) if sentence]
    if missing:
        return Standing(State.OVERDUE if now > demand.due_at else State.OPEN, missing)
    if demand.reflection and facts.reflection is not ReflectionState.RELEASED:
        return Standing(State.WAITING_FOR_US, ())
    return Standing(State.DONE, ())


def _missing(demand: Demand, facts: Facts) -> Sequence[str | None]:
    return (
        _("Còn %(n)s bài học chưa đọc.", n=demand.lessons - facts.lessons) if facts.lessons < demand.lessons else None,
        _("Còn %(n)s bài kiểm tra chưa đạt.", n=demand.quizzes - facts.quizzes)
        if facts.quizzes < demand.quizzes
        else None,
        _("Còn thiếu %(n)s buổi tham dự.", n=demand.sessions - facts.sessions)
        if facts.sessions < demand.sessions
        else None,
        _reflection_missing(demand, facts) if demand.reflection else None,
    )


def _reflection_missing(demand: Demand, facts: Facts) -> str | None:
    if facts.reflection is None:
        return _("Chưa viết bài thu hoạch.")
    if facts.reflection is ReflectionState.DRAFT:
        return _("Bài thu hoạch đang viết, chưa nộp.")
    if facts.reflection is ReflectionState.RETURNED:
        return _("Bài thu hoạch được trả lại, cần viết thêm và nộp lại.")
    if facts.rating is not None and RATING_ORDER.index(facts.rating) < RATING_ORDER.index(demand.least_rating):
        return _("Bài thu hoạch chưa đạt mức xếp loại cần có.")
    return None
