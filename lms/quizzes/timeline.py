"""What happened to an attempt, in the order of the server's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby


class Event(StrEnum):
    """What happens to an attempt, for its timeline."""

    START = "start"
    SAVE = "save"
    LATE = "late"
    CHECK = "check"
    REFUSED = "refused"
    HAND_IN = "hand_in"
    CLOSE = "close"
    OPEN = "open"


@dataclass(frozen=True)
class Fact:
    """One thing that happened to an attempt."""

    at: datetime
    kind: Event
    question: str | None = None
    chosen: tuple[str, ...] = ()
    tick_at: datetime | None = None
    written_at: datetime | None = None
    note: str | None = None
    address: str | None = None
    device: str | None = None


GAP = timedelta(minutes=5)
"""A silence of this length between two things that happened is shown on the timeline."""


@dataclass(frozen=True)
class Line:
    """A line of the timeline, with the silence before it where that was long, and whether it came after the end."""

    fact: Fact
    silence: timedelta | None
    is_after_end: bool


def lines(facts: Sequence[Fact], due_at: datetime) -> list[Line]:
    """The timeline in the order of the server's clock; what the worker does later leaves no silence behind."""
    shown: list[Line] = []
    before: datetime | None = None
    for fact in sorted(facts, key=lambda fact: fact.at):
        silence = None if before is None or fact.kind is Event.CLOSE else fact.at - before
        shown.append(Line(fact, silence if silence and silence >= GAP else None, fact.at > due_at))
        before = fact.at
    return shown


Moment = tuple[datetime, str | None]
"""When the server, or for what waited without network the browser, saw something happen, and to which question."""


def seconds_spent(moments: Sequence[Moment]) -> dict[str, int]:
    """How long each question took: the time from what happened before to every saving of its answer.

    Nobody's are a silence of `GAP` or longer, and answers that came in together, as from a form without script or after
    a time without network; a question that has less than a second in all is left out.
    """
    spent: dict[str, timedelta] = {}
    before: datetime | None = None
    for at, together in groupby(sorted(moments, key=lambda moment: moment[0]), key=lambda moment: moment[0]):
        questions = {question for _at, question in together}
        question = questions.pop() if len(questions) == 1 else None
        if question is not None and before is not None and at - before < GAP:
            spent[question] = spent.get(question, timedelta()) + (at - before)
        before = at
    return {key: round(time.total_seconds()) for key, time in spent.items() if time >= timedelta(seconds=1)}
