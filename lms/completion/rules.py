"""Completion as a pure function of facts. Nobody stores "complete"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import gettext as _

from lms.drives.rules import RATING_ORDER, Rating
from lms.reflections.rules import State as ReflectionState


class State(StrEnum):
    """Where a learner stands. Exactly one holds for everybody who is summoned, so the numbers sum."""

    DONE = "done"
    EXEMPT = "exempt"
    """All that is still asked is done, and no reflection is asked: never counted as done."""
    WAITING_FOR_US = "waiting_for_us"
    OVERDUE = "overdue"
    OPEN = "open"


STATE_NAMES = {
    State.DONE: "Hoàn thành",
    State.EXEMPT: "Được miễn thu hoạch",
    State.WAITING_FOR_US: "Chờ chấm, công bố",
    State.OVERDUE: "Quá hạn",
    State.OPEN: "Đang học",
}


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
    rewrite_by: datetime | None = None
    """Until when a returned reflection may come in again, where reviewers gave more time than the drive."""
    quizzes_waiting: int = 0
    """Quizzes that are not passed, and not failed either, because a person has still something to mark."""
    extended_to: datetime | None = None
    """The day that an extension gives."""
    is_exempt: bool = False
    """No reflection is asked of this learner; one that is handed in is graded all the same."""


class Lack(StrEnum):
    """Something that is missing on the learner's side."""

    LESSONS = "lessons"
    QUIZZES = "quizzes"
    SESSIONS = "sessions"
    REFLECTION = "reflection"
    HAND_IN = "hand_in"
    REWRITING = "rewriting"
    RATING = "rating"


SENTENCES: dict[Lack, Callable[[int], str]] = {
    Lack.LESSONS: lambda n: _("Còn %(n)s bài học chưa đọc.", n=n),
    Lack.QUIZZES: lambda n: _("Còn %(n)s bài kiểm tra chưa đạt.", n=n),
    Lack.SESSIONS: lambda n: _("Còn thiếu %(n)s buổi tham dự.", n=n),
    Lack.REFLECTION: lambda n: _("Chưa viết bài thu hoạch."),
    Lack.HAND_IN: lambda n: _("Bài thu hoạch đang viết, chưa nộp."),
    Lack.REWRITING: lambda n: _("Bài thu hoạch được trả lại, cần viết thêm và nộp lại."),
    Lack.RATING: lambda n: _("Bài thu hoạch chưa đạt mức xếp loại cần có."),
}


@dataclass(frozen=True)
class Standing:
    """The state, and how many of what is missing on the learner's side."""

    state: State
    lacks: tuple[tuple[Lack, int], ...]

    @property
    def missing(self) -> list[str]:
        """What is missing, each as a sentence; put into words only where it is shown."""
        return [SENTENCES[lack](number) for lack, number in self.lacks]


def due_for(demand: Demand, facts: Facts) -> datetime:
    """When this learner's work is due: with the drive, or later by an extension or where their text was returned."""
    return max(demand.due_at, facts.rewrite_by or demand.due_at, facts.extended_to or demand.due_at)


def standing(demand: Demand, facts: Facts, now: datetime) -> Standing:
    """Work out where a learner stands."""
    lacks = tuple(_lacks(demand, facts))
    if lacks:
        return Standing(State.OVERDUE if now > due_for(demand, facts) else State.OPEN, lacks)
    if facts.quizzes < demand.quizzes:
        return Standing(State.WAITING_FOR_US, ())
    if not demand.reflection:
        return Standing(State.DONE, ())
    if facts.is_exempt and (facts.reflection in OPEN or _is_below(demand, facts)):
        return Standing(State.EXEMPT, ())
    return Standing(State.DONE if facts.reflection is ReflectionState.RELEASED else State.WAITING_FOR_US, ())


OPEN = (None, ReflectionState.DRAFT, ReflectionState.RETURNED)
"""States in which a reflection is on its author's side."""


def _lacks(demand: Demand, facts: Facts) -> Iterator[tuple[Lack, int]]:
    if facts.lessons < demand.lessons:
        yield Lack.LESSONS, demand.lessons - facts.lessons
    if (missing := demand.quizzes - facts.quizzes - facts.quizzes_waiting) > 0:
        yield Lack.QUIZZES, missing
    if facts.sessions < demand.sessions:
        yield Lack.SESSIONS, demand.sessions - facts.sessions
    if demand.reflection and not facts.is_exempt and (lack := _reflection_lack(demand, facts)):
        yield lack, 1


def _reflection_lack(demand: Demand, facts: Facts) -> Lack | None:
    if facts.reflection is None:
        return Lack.REFLECTION
    if facts.reflection is ReflectionState.DRAFT:
        return Lack.HAND_IN
    if facts.reflection is ReflectionState.RETURNED:
        return Lack.REWRITING
    return Lack.RATING if _is_below(demand, facts) else None


def _is_below(demand: Demand, facts: Facts) -> bool:
    return facts.rating is not None and RATING_ORDER.index(facts.rating) < RATING_ORDER.index(demand.least_rating)
