"""Answers that come after the end: which of them the server's signed ticks let count, and what can be forged."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.audit import AuditEntry
from lms.db import db as database
from lms.errors import BadInput, NotFound, Refused
from lms.quizzes import lateness, queries, services, ticks, timeline
from lms.quizzes.lateness import DRIFT, LATE_FOR, Attempted, Claim, Tick
from lms.quizzes.models import Attempt
from lms.quizzes.rules import GRACE
from lms.quizzes.timeline import Event, Fact
from tests.factories import NOON, an_organiser
from tests.quizzes.test_services import MINUTES, Seat, a_wrong_answer, saved, the_right_answer

DUE = NOON + MINUTES
BACK = DUE + timedelta(minutes=5)
"""When the network returns; the worker has been there."""

moments = st.integers(-3600_000, 200_000_000).map(lambda ms: NOON + timedelta(milliseconds=ms))
counts = st.integers(-10_000, 100_000_000).map(lambda ms: timedelta(milliseconds=ms))


@given(tick_at=moments, elapsed=counts, now=moments, closed=st.booleans())
def test_what_counts_late_was_written_between_start_and_end_and_before_it_came(tick_at, elapsed, now, closed):
    claim = Claim(Tick(1, 2, tick_at), elapsed)
    state = Attempted(NOON, DUE, DUE if closed else None, by_timeout=closed)

    if lateness.tampering(1, 2, NOON, claim, now) is None and lateness.refusal_of_late(state, claim, now) is None:
        assert NOON - lateness.MILLISECOND <= tick_at + elapsed <= min(DUE + GRACE, now + DRIFT)
        assert now <= DUE + LATE_FOR


@given(elapsed=counts, now=moments, attempt=st.integers(1, 3), person=st.integers(1, 3))
def test_a_tick_speaks_for_its_own_attempt_and_person_alone(elapsed, now, attempt, person):
    claim = Claim(Tick(1, 1, NOON), elapsed)

    if (attempt, person) != (1, 1):
        assert lateness.tampering(attempt, person, NOON, claim, now) is not None


@given(tick_at=moments, elapsed=counts, more=st.integers(1, 10_000), now=moments)
def test_writing_later_or_arriving_later_never_helps(tick_at, elapsed, more, now):
    state, later = Attempted(NOON, DUE, DUE, by_timeout=True), timedelta(seconds=more)
    early, late = Claim(Tick(1, 1, tick_at), elapsed), Claim(Tick(1, 1, tick_at), elapsed + later)

    if lateness.refusal_of_late(state, early, now) is not None:
        assert lateness.refusal_of_late(state, late, now) is not None
        assert lateness.refusal_of_late(state, early, now + later) is not None


def test_nothing_counts_late_once_it_was_handed_in_or_the_result_was_seen():
    claim = Claim(Tick(1, 1, NOON), timedelta())

    assert lateness.refusal_of_late(Attempted(NOON, DUE, DUE, by_timeout=True), claim, BACK) is None
    assert lateness.refusal_of_late(Attempted(NOON, DUE, NOON), claim, BACK) is not None
    assert lateness.refusal_of_late(Attempted(NOON, DUE, DUE, True, opened_at=BACK), claim, BACK) is not None


@given(st.lists(st.integers(0, 3600), max_size=12), st.integers(0, 3600))
def test_a_timeline_keeps_every_line_and_shows_every_long_silence(seconds, end):
    facts = [Fact(NOON + timedelta(seconds=one), Event.SAVE) for one in seconds]

    shown = timeline.lines(facts, NOON + timedelta(seconds=end))

    order = sorted(seconds)
    assert [line.fact.at for line in shown] == [NOON + timedelta(seconds=one) for one in order]
    gaps = [b - a for a, b in pairwise(order) if b - a >= timeline.GAP.total_seconds()]
    assert [line.silence.total_seconds() for line in shown if line.silence] == gaps
    assert sum(line.is_after_end for line in shown) == sum(one > end for one in seconds)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


STEPS = st.lists(st.tuples(st.integers(0, 700), st.sampled_from(["a", "b", "c", None])), max_size=8)


@given(STEPS)
def test_the_time_of_questions_agrees_with_walking_along_the_timeline(steps):
    """Second by second: a second belongs to the only question that is saved next, unless the silence is long."""
    seen = sorted({second for second, _question in steps})
    slowly = {}
    for second in range(max(seen, default=0)):
        start = max((one for one in seen if one <= second), default=None)
        end = min((one for one in seen if one > second), default=None)
        if start is None or end is None or end - start >= timeline.GAP.total_seconds():
            continue
        saved = {question for moment, question in steps if moment == end}
        if len(saved) == 1 and None not in saved:
            slowly[saved.copy().pop()] = slowly.get(saved.copy().pop(), 0) + 1

    assert timeline.seconds_spent([(at(second), question) for second, question in steps]) == slowly


def test_answers_that_come_in_together_take_no_time_of_anybodys():
    form = [(at(0), None), (at(60), "a"), (at(60), "b"), (at(60.2), "c"), (at(90), "c")]

    assert timeline.seconds_spent(form) == {"c": 30}


class Offline(Seat):
    """A learner whose network goes right after the start, and comes back when the attempt is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.attempt = self.start()
        self.tick = ticks.tick(self.attempt.id, self.person.id, NOON)
        self.questions = queries.questions_of(self.attempt)

    def arrive(
        self,
        number: int,
        chosen: list[str],
        *,
        tick: str = "",
        elapsed: timedelta,
        counter: int = 9,
        at: datetime = BACK,
    ) -> services.Saved:
        claim = Claim(ticks.read(tick or self.tick), elapsed)
        key = self.questions[number].id
        return services.save_answer(self.learner, self.attempt.id, key, chosen, counter, at=at, claim=claim)

    def now(self) -> Attempt:
        return database.session.get_one(Attempt, self.attempt.id, populate_existing=True)

    def happened(self) -> list[Event]:
        return [event.kind for event, _device in queries.events_of(self.attempt.id)]


def decisions(action: str) -> list[AuditEntry]:
    return list(database.session.query(AuditEntry).filter_by(action=action).order_by(AuditEntry.id))


@pytest.mark.parametrize("worker", ["has been there", "has not come yet"])
def test_answers_written_in_time_count_though_they_come_after_the_end(db, worker):
    seat = Offline()
    if worker == "has been there":
        services.close_due(at=BACK)

    for number, question in enumerate(seat.questions):
        seat.arrive(number, the_right_answer(question), elapsed=MINUTES - timedelta(seconds=10))
    services.close_due(at=BACK)

    assert (seat.now().submitted_at, seat.now().points, seat.now().passed) == (DUE, 3, True)
    assert [entry.after["points"] for entry in decisions("late_answer") if entry.after] == (
        [1, 2, 3] if worker == "has been there" else []
    )
    assert seat.happened().count(Event.LATE) == 3
    late = [event for event, _device in queries.events_of(seat.attempt.id) if event.kind is Event.LATE]
    assert {(event.tick_at, event.written_at, event.at) for event in late} == {
        (NOON, DUE - timedelta(seconds=10), BACK)
    }


def test_a_late_answer_that_comes_again_or_out_of_order_changes_nothing(db):
    seat = Offline()
    services.close_due(at=BACK)
    first = seat.questions[0]

    seat.arrive(0, the_right_answer(first), elapsed=timedelta(minutes=2), counter=5)
    again = seat.arrive(0, the_right_answer(first), elapsed=timedelta(minutes=2), counter=5)
    older = seat.arrive(0, a_wrong_answer(first), elapsed=timedelta(minutes=1), counter=4)

    assert (again.is_newest, older.is_newest) == (True, False)
    assert saved(seat.attempt) == {first.id: the_right_answer(first)}
    assert len(decisions("late_answer")) == seat.happened().count(Event.LATE) == 1


@pytest.mark.parametrize("forged", ["signature", "another attempt", "another person", "from the future", "nonsense"])
def test_a_forged_tick_is_refused_and_stands_on_the_timeline(db, forged, caplog):
    seat = Offline()
    services.close_due(at=BACK)
    tick, elapsed = {
        "signature": (seat.tick[:-3] + "AAA", timedelta(minutes=1)),
        "another attempt": (ticks.tick(seat.attempt.id + 1, seat.person.id, NOON), timedelta(minutes=1)),
        "another person": (ticks.tick(seat.attempt.id, seat.person.id + 1, NOON), timedelta(minutes=1)),
        "from the future": (ticks.tick(seat.attempt.id, seat.person.id, BACK), timedelta(minutes=1)),
        "nonsense": ("ư" * 9000, timedelta(minutes=1)),
    }[forged]

    with pytest.raises(Refused, match="không được tính"):
        seat.arrive(0, ["a"], tick=tick, elapsed=elapsed)

    assert saved(seat.attempt) == {}
    assert seat.happened() == [Event.START, Event.CLOSE, Event.REFUSED]
    assert "Dấu giờ" in caplog.text


def test_what_was_written_after_the_end_or_comes_after_a_day_does_not_count(db):
    seat = Offline()
    services.close_due(at=BACK)

    with pytest.raises(Refused, match="sau khi hết giờ"):
        seat.arrive(0, ["a"], elapsed=MINUTES + GRACE + timedelta(milliseconds=1))
    with pytest.raises(Refused, match="đến quá muộn"):
        seat.arrive(0, ["a"], elapsed=timedelta(), at=DUE + LATE_FOR + timedelta(seconds=1))
    with pytest.raises(BadInput):
        seat.arrive(0, ["z"], elapsed=timedelta(minutes=1))

    assert (saved(seat.attempt), decisions("late_answer")) == ({}, [])


def test_whoever_has_seen_the_result_answers_no_more(db):
    seat = Offline()
    services.close_due(at=BACK)
    assert not lateness.result_is_shown(seat.now().state(), BACK)

    seat.hand_in(seat.attempt, BACK)

    assert lateness.result_is_shown(seat.now().state(), BACK)
    with pytest.raises(Refused, match="đã được xem"):
        seat.arrive(0, ["a"], elapsed=timedelta(minutes=1))
    assert (saved(seat.attempt), seat.happened()) == ({}, [Event.START, Event.CLOSE, Event.OPEN])


def test_an_answer_to_a_question_that_is_not_asked_smells_and_is_noted(db):
    seat = Offline()

    with pytest.raises(BadInput):
        services.save_answer(seat.learner, seat.attempt.id, "cau-la", ["a"], 1, at=NOON)

    assert seat.happened() == [Event.START, Event.REFUSED]


def test_a_timeline_tells_devices_and_addresses_to_the_organiser_of_its_drive_only(db):
    seat = Offline()
    origin = services.Origin(None, "10.1.2.3")
    services.save_answer(seat.learner, seat.attempt.id, seat.questions[0].id, ["a"], 1, at=NOON, origin=origin)

    drive = queries.drive_for_timelines(an_organiser(seat.drive), seat.drive.code)
    events = queries.events_of(queries.attempt_of(drive.id, seat.attempt.id).attempt.id)
    assert [(event.kind, event.address) for event, _device in events] == [(Event.START, None), (Event.SAVE, "10.1.2.3")]
    with pytest.raises(NotFound):
        queries.drive_for_timelines(seat.learner, seat.drive.code)
    with pytest.raises(NotFound):
        queries.attempt_of(drive.id + 1, seat.attempt.id)

    assert services.forget_addresses(365, at=NOON + timedelta(days=365)) == 0
    assert services.forget_addresses(365, at=NOON + timedelta(days=366)) == 1
    assert [event.address for event, _device in queries.events_of(seat.attempt.id)] == [None, None]
