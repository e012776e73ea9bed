"""What happened to an attempt, in the order of the server's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


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
