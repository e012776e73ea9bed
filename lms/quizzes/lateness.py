"""Answers that arrive after the end: which of them count, and which smell of tampering."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from lms.quizzes.rules import GRACE, refusal_to_answer

LATE_FOR = timedelta(hours=24)
"""So long after the end an answer still counts that waited in a browser without network and was written in time."""


DRIFT = timedelta(seconds=5)
"""By so much a browser's clock may run faster than the server's during an attempt."""


@dataclass(frozen=True)
class Tick:
    """What the server signed: at this moment it was in touch with this person's page of this attempt."""

    attempt_id: int
    person_id: int
    at: datetime


@dataclass(frozen=True)
class Claim:
    """When an answer is said to have been written: so long after a tick; no tick when its signature was not ours."""

    tick: Tick | None
    elapsed: timedelta

    @property
    def written_at(self) -> datetime | None:
        return self.tick.at + self.elapsed if self.tick else None


MILLISECOND = timedelta(milliseconds=1)
"""Ticks count in these, so one may look a little older than the attempt it was given for."""


@dataclass(frozen=True)
class Attempted:
    """Where an attempt stands, for deciding about what arrives."""

    started_at: datetime
    due_at: datetime
    submitted_at: datetime | None = None
    by_timeout: bool = False
    opened_at: datetime | None = None
    grace: timedelta = GRACE


def refusal_of_late(state: Attempted, claim: Claim, now: datetime) -> str | None:
    """Say why an answer that arrives after the end does not count; None means that it was written in time.

    That nobody lied is another question: `tampering` asks it first.
    """
    if state.submitted_at is not None and not state.by_timeout:
        return refusal_to_answer(state.submitted_at, state.due_at, now)
    if state.opened_at is not None:
        return _("Kết quả lượt này đã được xem nên không nhận thêm câu trả lời.")
    if now > state.due_at + LATE_FOR:
        return _(
            "Câu trả lời đến quá muộn: chỉ nhận trong %(n)s giờ sau khi hết giờ làm bài.",
            n=int(LATE_FOR.total_seconds() // 3600),
        )
    if claim.written_at is None or claim.written_at > state.due_at + state.grace:
        return _("Câu này được trả lời sau khi hết giờ làm bài nên không được tính.")
    return None


def tampering(attempt_id: int, person_id: int, started_at: datetime, claim: Claim, now: datetime) -> str | None:
    """Say what about a claim cannot come from our own page; None means that it can."""
    tick = claim.tick
    if tick is None:
        return _("Dấu giờ của máy chủ kèm theo câu trả lời không hợp lệ.")
    if (tick.attempt_id, tick.person_id) != (attempt_id, person_id):
        return _("Dấu giờ kèm theo câu trả lời là của lượt làm bài khác.")
    if tick.at < started_at - MILLISECOND or claim.elapsed < timedelta():
        return _("Dấu giờ kèm theo câu trả lời có trước khi bắt đầu lượt làm bài.")
    if tick.at + claim.elapsed > now + DRIFT:
        return _("Dấu giờ kèm theo câu trả lời ở sau giờ máy chủ.")
    return None


def result_is_shown(state: Attempted, now: datetime) -> bool:
    """Has the learner a right to see the result? Not while it could still tell what to answer late.

    Whoever handed in sees it at once. After a timeout it is there once the learner asks for it, which ends the time for
    late answers, or once that time is over.
    """
    if state.submitted_at is None:
        return False
    return not state.by_timeout or state.opened_at is not None or now > state.due_at + LATE_FOR
