"""The one clock. Rules take time as an argument; views, commands and jobs ask here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

from lms.vietnamese import day_of

_stopped_at: datetime | None = None


def now() -> datetime:
    """This moment in UTC. Only the server's clock decides about windows and deadlines."""
    return _stopped_at or datetime.now(UTC)


def today() -> date:
    """The calendar day in Việt Nam, where posts begin and end and deadlines fall."""
    return day_of(now())


@contextmanager
def stopped_at(moment: datetime) -> Iterator[None]:
    """Stand still at `moment`: for demonstration data and for tests of deadlines."""
    global _stopped_at
    before, _stopped_at = _stopped_at, moment
    try:
        yield
    finally:
        _stopped_at = before
