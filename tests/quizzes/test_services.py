"""Attempts through the services: whatever is late, repeated, reordered or parallel does no harm."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import count, cycle

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from lms.audit import AuditEntry
from lms.content import services as content
from lms.content.rules import Module, Question
from lms.db import db as database
from lms.drives.models import Drive
from lms.drives.queries import Place
from lms.errors import BadInput, NotFound, Refused
from lms.people.viewer import SignedIn
from lms.quizzes import assembling, corrections, lateness, marking, queries, rules, services
from lms.quizzes.lateness import LATE_FOR
from lms.quizzes.marking import Correction, Effect
from lms.quizzes.models import Attempt, KeyCorrection, QuizException
from lms.quizzes.rules import GRACE
from tests.factories import (
    NOON,
    a_district,
    a_drive,
    a_learner,
    a_place,
    a_unit,
    an_organiser,
    moved_to,
    the_sample,
    viewer,
)
from tests.quizzes.test_kinds import mark_by_hand

FEW = settings(max_examples=12, stateful_step_count=30, phases=[Phase.reuse, Phase.generate])
MINUTES = timedelta(minutes=15)
"""What the sample quiz allows; it asks 3 of its 4 questions, twice at most."""
TICK = timedelta(microseconds=1)


class Seat:
    """A learner before the quiz of the sample module, and what they do there."""

    def __init__(self, drive: Drive | None = None) -> None:
        self.drive = drive or a_drive(a_district())
        self.person = a_learner(self.drive, a_unit())
        self.learner: SignedIn = viewer(self.person)

    @property
    def place(self) -> Place:
        return a_place(self.person, self.drive)

    def start(self, at: datetime = NOON) -> Attempt:
        return services.start_attempt(self.place, at=at)

    def save(
        self, attempt: Attempt, question: Question, chosen: Sequence[str], counter: int = 1, *, at: datetime = NOON
    ) -> services.Saved:
        return services.save_answer(self.learner, attempt.id, question.id, chosen, counter, at=at)

    def hand_in(self, attempt: Attempt, at: datetime = NOON, counter: int = 0, **sent: Sequence[str]) -> Attempt:
        return services.hand_in(self.learner, attempt.id, sent, counter, at=at)


def saved(attempt: Attempt) -> dict[str, list[str]]:
    return {key: list(answer.chosen) for key, answer in queries.answers_of(attempt.id).items()}


def the_right_answer(question: Question) -> list[str]:
    return [option.id for option in question.options if option.is_right]


def a_wrong_answer(question: Question) -> list[str]:
    return [option.id for option in question.options if not option.is_right][:1]


def decisions(action: str) -> int:
    return database.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


def test_starting_twice_gives_one_attempt(db):
    seat = Seat()

    first = seat.start()
    second = seat.start(NOON + timedelta(minutes=1))

    assert second.id == first.id
    assert len(queries.attempts_at(seat.place)) == 1
    assert second.started_at == NOON


def test_an_attempt_draws_its_questions_from_the_version_of_the_drive(db):
    seat = Seat()

    attempt = seat.start()

    bank = [question.id for question in the_sample().questions]
    assert attempt.question_keys == assembling.draw(bank, 3, attempt.seed)
    assert (attempt.number, attempt.due_at) == (1, NOON + MINUTES)


def test_two_learners_get_their_own_attempts(db):
    seat = Seat()
    other = Seat(seat.drive)

    assert seat.start().id != other.start().id


def test_an_attempt_never_lasts_longer_than_its_drive(db):
    seat = Seat()
    last_minutes = seat.drive.closes_at - timedelta(minutes=4)

    attempt = seat.start(last_minutes)

    assert attempt.due_at == seat.drive.closes_at


@pytest.mark.parametrize("moment", ["before it opens", "after it has closed"])
def test_no_attempt_starts_outside_the_drives_window(db, moment):
    seat = Seat()
    at = seat.drive.opens_at - TICK if moment == "before it opens" else seat.drive.closes_at + TICK

    with pytest.raises(Refused):
        seat.start(at)

    assert queries.attempts_at(seat.place) == []


def test_a_quiz_of_two_attempts_starts_twice_and_not_three_times(db):
    seat = Seat()
    seat.hand_in(seat.start())
    second = seat.start(NOON + timedelta(hours=1))
    seat.hand_in(second, NOON + timedelta(hours=1))

    with pytest.raises(Refused, match="đã làm đủ 2 lượt"):
        seat.start(NOON + timedelta(hours=2))

    assert [attempt.number for attempt in queries.attempts_at(seat.place)] == [1, 2]


def test_a_learner_who_comes_back_too_late_starts_anew_and_keeps_what_was_saved(db):
    seat = Seat()
    first = seat.start()
    question = queries.questions_of(first)[0]
    seat.save(first, question, the_right_answer(question))

    second = seat.start(NOON + MINUTES + GRACE + TICK)

    assert (second.id != first.id, second.number) == (True, 2)
    assert (first.submitted_at, first.by_timeout, first.points) == (NOON + MINUTES, True, 1)


def test_a_late_save_never_overwrites_a_newer_answer(db):
    seat = Seat()
    attempt = seat.start()
    question = queries.questions_of(attempt)[0]
    right, wrong = the_right_answer(question), a_wrong_answer(question)

    seat.save(attempt, question, right, 7)
    late = seat.save(attempt, question, wrong, 6)

    assert not late.is_newest
    assert (late.chosen, late.counter) == (right, 7)
    assert saved(attempt) == {question.id: right}


def test_a_newer_save_takes_the_place_of_an_older_one(db):
    seat = Seat()
    attempt = seat.start()
    question = queries.questions_of(attempt)[0]
    right, wrong = the_right_answer(question), a_wrong_answer(question)

    seat.save(attempt, question, wrong, 6)
    newer = seat.save(attempt, question, right, 7)

    assert newer == services.Saved(right, 7, NOON, is_newest=True)
    assert saved(attempt) == {question.id: right}


def test_a_save_that_is_sent_twice_is_one_save(db):
    seat = Seat()
    attempt = seat.start()
    question = queries.questions_of(attempt)[0]
    right, wrong = the_right_answer(question), a_wrong_answer(question)
    seat.save(attempt, question, right, 7)

    again = seat.save(attempt, question, right, 7, at=NOON + timedelta(minutes=1))
    other = seat.save(attempt, question, wrong, 7, at=NOON + timedelta(minutes=1))

    assert again == services.Saved(right, 7, NOON, is_newest=True)
    assert other == services.Saved(right, 7, NOON, is_newest=False)


@pytest.mark.parametrize("counter", [0, 1_794_300_000_000, 2**53 - 1])
def test_a_browser_may_count_its_saves_in_milliseconds(db, counter):
    seat = Seat()
    attempt = seat.start()
    question = queries.questions_of(attempt)[0]

    answer = seat.save(attempt, question, the_right_answer(question), counter)

    assert (answer.counter, answer.is_newest) == (counter, True)


@pytest.mark.parametrize(
    ("key", "sent"),
    [
        ("the first", ["z"]),
        ("the first", [""]),
        ("one that was not drawn", ["a"]),
        ("cau-la", ["a"]),
        ("", ["a"]),
        ("a\x00", ["a"]),
        ("\ud83d", ["a"]),
    ],
)
def test_an_answer_that_fits_no_question_of_the_attempt_is_refused(db, key, sent):
    seat = Seat()
    attempt = seat.start()
    first = queries.questions_of(attempt)[0]
    bank = {question.id for question in the_sample().questions}
    known = {"the first": first.id, "one that was not drawn": min(bank - set(attempt.question_keys))}

    with pytest.raises(BadInput):
        services.save_answer(seat.learner, attempt.id, known.get(key, key), sent, 1, at=NOON)

    assert saved(attempt) == {}
    seat.save(attempt, first, ["a"])
    assert saved(attempt) == {first.id: ["a"]}


def test_two_answers_to_a_question_with_one_are_refused_by_save_and_hand_in(db):
    seat = Seat()
    attempt = seat.start()
    single = next(one for one in queries.questions_of(attempt) if one.kind != "several_choices")

    with pytest.raises(BadInput):
        seat.save(attempt, single, ["a", "b"])
    with pytest.raises(BadInput):
        seat.hand_in(attempt, **{single.id: ["a", "b"]})

    assert (attempt.submitted_at, saved(attempt)) == (None, {})


def test_nobody_answers_or_hands_in_for_somebody_else(db):
    seat = Seat()
    stranger = Seat(seat.drive)
    attempt = seat.start()
    question = queries.questions_of(attempt)[0]

    with pytest.raises(NotFound):
        stranger.save(attempt, question, ["a"])
    with pytest.raises(NotFound):
        stranger.hand_in(attempt)
    with pytest.raises(NotFound):
        queries.sheet_for(stranger.learner, attempt.id)

    assert queries.sheet_for(seat.learner, attempt.id).attempt.submitted_at is None


@pytest.mark.parametrize(("late_by", "is_taken"), [(timedelta(), True), (GRACE, True), (GRACE + TICK, False)])
def test_an_answer_is_taken_until_a_few_seconds_after_the_end(db, late_by, is_taken):
    seat = Seat()
    attempt = seat.start()
    question = queries.questions_of(attempt)[0]

    if is_taken:
        seat.save(attempt, question, ["a"], at=attempt.due_at + late_by)
    else:
        with pytest.raises(Refused, match="Đã hết giờ"):
            seat.save(attempt, question, ["a"], at=attempt.due_at + late_by)

    assert saved(attempt) == ({question.id: ["a"]} if is_taken else {})


def test_handing_in_counts_what_was_saved(db):
    seat = Seat()
    attempt = seat.start()
    first, second, third = queries.questions_of(attempt)
    seat.save(attempt, first, the_right_answer(first))
    seat.save(attempt, second, the_right_answer(second))
    seat.save(attempt, third, a_wrong_answer(third))

    seat.hand_in(attempt, NOON + timedelta(minutes=2))

    assert (attempt.submitted_at, attempt.by_timeout) == (NOON + timedelta(minutes=2), False)
    assert (attempt.points, attempt.passed) == (2, True)


def test_handing_in_twice_finds_the_first_result(db):
    seat = Seat()
    attempt = seat.start()
    question = queries.questions_of(attempt)[0]
    seat.hand_in(attempt, **{question.id: the_right_answer(question)})

    again = seat.hand_in(
        attempt, NOON + timedelta(minutes=1), 9_999_999_999_999, **{question.id: a_wrong_answer(question)}
    )

    assert (again.id, again.submitted_at, again.points) == (attempt.id, NOON, 1)
    assert saved(attempt) == {question.id: the_right_answer(question)}
    assert decisions("hand_in_quiz") == 1


def test_nothing_is_saved_after_handing_in(db):
    seat = Seat()
    attempt = seat.start()
    question = queries.questions_of(attempt)[0]
    seat.save(attempt, question, the_right_answer(question), 1)
    seat.hand_in(attempt)

    with pytest.raises(Refused, match="đã nộp"):
        seat.save(attempt, question, a_wrong_answer(question), 2)

    assert saved(attempt) == {question.id: the_right_answer(question)}


def test_the_form_of_a_hand_in_never_overwrites_an_answer_that_was_saved_later(db):
    seat = Seat()
    attempt = seat.start()
    first, second, _third = queries.questions_of(attempt)
    seat.save(attempt, first, the_right_answer(first), 20)
    seat.save(attempt, second, a_wrong_answer(second), 5)
    form = {first.id: a_wrong_answer(first), second.id: the_right_answer(second), "cau-la": ["a"]}

    seat.hand_in(attempt, counter=10, **form)

    assert saved(attempt) == {first.id: the_right_answer(first), second.id: the_right_answer(second)}
    assert attempt.points == 2


def test_a_form_that_arrives_too_late_is_closed_with_what_was_saved_in_time(db):
    seat = Seat()
    attempt = seat.start()
    first, second, _third = queries.questions_of(attempt)
    seat.save(attempt, first, the_right_answer(first))

    seat.hand_in(attempt, attempt.due_at + GRACE + TICK, 99, **{second.id: the_right_answer(second)})

    assert saved(attempt) == {first.id: the_right_answer(first)}
    assert (attempt.submitted_at, attempt.by_timeout, attempt.points) == (NOON + MINUTES, True, 1)


def test_a_form_without_script_saves_all_its_answers(db):
    seat = Seat()
    attempt = seat.start()
    first, second, third = queries.questions_of(attempt)

    services.save_all(seat.learner, attempt.id, {first.id: ["a"], second.id: ["b"], third.id: []}, 3, at=NOON)

    assert saved(attempt) == {first.id: ["a"], second.id: ["b"]}


def test_a_result_can_be_worked_out_again_at_any_time(db):
    seat = Seat()
    attempt = seat.start()
    questions = queries.questions_of(attempt)
    several = next(one for one in the_sample().questions if one.kind == "several_choices")
    for question in questions:
        seat.save(attempt, question, ["a"])
    seat.hand_in(attempt)

    given = {key: tuple(chosen) for key, chosen in saved(attempt).items()}
    result = marking.mark(queries.questions_of(attempt), given)

    assert float(result.points) == attempt.points
    assert mark_by_hand(several, ["a"]) == 0.5


def the_sample_with_other_answers() -> Module:
    """The sample after an author found that its true statement is false."""
    sample = the_sample()
    turned = [
        replace(question, options=tuple(replace(one, is_right=not one.is_right) for one in question.options))
        if question.kind == "true_false"
        else question
        for question in sample.questions
    ]
    return replace(sample, questions=tuple(turned))


def test_a_new_version_leaves_a_running_attempt_as_it_was_begun(db):
    seat = Seat()
    attempt = seat.start()
    before = queries.questions_of(attempt)
    for question in before:
        seat.save(attempt, question, the_right_answer(question))

    version, is_new = content.publish(the_sample_with_other_answers(), by=None, at=NOON)
    moved_to(version, seat.drive)
    seat.hand_in(attempt)

    assert is_new
    assert seat.place.version_id == version.id != attempt.version_id
    assert queries.questions_of(attempt) == before
    assert attempt.points == 3
    assert seat.start(NOON + timedelta(hours=1)).version_id == version.id


def test_the_worker_hands_in_what_is_overdue_and_finds_nothing_the_second_time(db):
    seat = Seat()
    other = Seat(seat.drive)
    overdue, running = seat.start(), other.start(NOON + timedelta(minutes=10))
    question = queries.questions_of(overdue)[0]
    seat.save(overdue, question, the_right_answer(question))

    in_grace = services.close_due(at=NOON + MINUTES + GRACE)
    first = services.close_due(at=NOON + MINUTES + GRACE + TICK)
    second = services.close_due(at=NOON + MINUTES + GRACE + TICK)

    assert (in_grace, first, second) == (0, 1, 0)
    assert (overdue.submitted_at, overdue.by_timeout, overdue.points) == (NOON + MINUTES, True, 1)
    assert running.submitted_at is None
    assert decisions("close_quiz") == 1


def test_a_learner_who_hands_in_after_the_worker_finds_its_result(db):
    seat = Seat()
    attempt = seat.start()
    services.close_due(at=NOON + timedelta(days=1))

    again = seat.hand_in(attempt, NOON + timedelta(days=1))

    assert (again.submitted_at, again.by_timeout) == (NOON + MINUTES, True)
    assert decisions("hand_in_quiz") == 0


def test_two_workers_at_once_close_every_attempt_once(db):
    drive = a_drive(a_district())
    for _number in range(6):
        Seat(drive).start()
    database.session.commit()

    def work(_worker: int) -> int:
        with db.app_context():
            return services.close_due(at=NOON + timedelta(days=1))

    with ThreadPoolExecutor(2) as workers:
        closed = sum(workers.map(work, range(2)))

    assert closed == 6
    assert decisions("close_quiz") == 6


def test_a_new_attempt_ends_the_time_for_late_answers_to_the_one_before(db):
    seat = Seat()
    first = seat.start()
    question = queries.questions_of(first)[0]
    later = NOON + timedelta(hours=1)
    written_in_time = lateness.Claim(lateness.Tick(first.id, seat.person.id, NOON), timedelta(minutes=1))

    seat.start(later)

    with pytest.raises(Refused, match="đã được xem"):
        services.save_answer(seat.learner, first.id, question.id, ["a"], 1, at=later, claim=written_in_time)
    assert saved(first) == {}


class Sitting(RuleBasedStateMachine):
    """A learner, a bad network and a clock do whatever they like; a plain dictionary says what must have come of it."""

    drive: Drive
    seeds: Iterator[int]

    def __init__(self) -> None:
        super().__init__()
        self.seat = Seat(self.drive)
        self.now = NOON
        self.attempts: list[Attempt] = []
        self.kept: dict[int, dict[str, tuple[int, list[str]]]] = {}
        self.results: dict[int, tuple[datetime, float, int]] = {}
        self.sent: list[tuple[Attempt, Question, list[str], int]] = []
        self.due: dict[int, datetime] = {}
        self.given: list[QuizException] = []
        self.handed_in: set[int] = set()
        self.forms = 0
        self.standing: dict[tuple[int, str], Correction] = {}
        self.corrected: list[KeyCorrection] = []
        self.texts = cycle([the_sample_with_other_answers(), the_sample()])

    def teardown(self) -> None:
        """The drive is there for the next learner, too."""
        for row in self.corrected:
            self.take_back(row)

    @initialize(first=st.integers(0, 9))
    def chance_is_known(self, first: int) -> None:
        """What is drawn depends on the example alone, so that it can be run again."""
        type(self).seeds = count(first)

    def minutes(self) -> timedelta:
        return MINUTES + timedelta(minutes=max((row.extra_minutes for row in self.given), default=0))

    def is_over(self, attempt: Attempt) -> bool:
        return self.now > attempt.due_at + GRACE

    def settle(self, attempt: Attempt, at: datetime) -> None:
        """Work out the result that must stand from now on."""
        if attempt.id not in self.results:
            self.results[attempt.id] = (at, *self.marked(attempt))

    def marked(self, attempt: Attempt) -> tuple[float, int]:
        """Points, and out of how many, by hand."""
        earned, most = Fraction(0), 0
        for question in queries.questions_of(attempt):
            correction = self.standing.get((attempt.version_id, question.id))
            chosen = self.kept[attempt.id].get(question.id, (0, []))[1]
            if correction is not None and correction.effect is Effect.KEY:
                options = tuple(replace(one, is_right=one.id in correction.right) for one in question.options)
                question, correction = replace(question, options=options), None
            if correction is None:
                earned += mark_by_hand(question, chosen)
            elif correction.effect is Effect.FULL:
                earned += 1
            most += correction is None or correction.effect is Effect.FULL
        return round(float(earned), 4), most

    def mark_anew(self, version_id: int) -> None:
        corrections.settle(at=self.now)
        for one in self.attempts:
            if one.version_id == version_id and one.id in self.results:
                self.results[one.id] = (self.results[one.id][0], *self.marked(one))

    def take_back(self, row: KeyCorrection) -> None:
        if row.undone_at is None:
            del self.standing[row.version_id, row.question_key]
        corrections.undo(row, self.drive, because="Đáp án cũ đúng", by=an_organiser(self.drive), at=self.now)
        self.mark_anew(row.version_id)

    @rule()
    def start(self) -> None:
        running = [one for one in self.attempts if one.id not in self.results]
        for one in running:
            if self.is_over(one):
                self.settle(one, one.due_at)
        try:
            attempt = self.seat.start(self.now)
        except Refused:
            assert len(self.attempts) >= 2 + max((row.extra_attempts for row in self.given), default=0)
            return
        if attempt.id not in self.kept:
            self.handed_in |= self.results.keys()
            self.kept[attempt.id] = {}
            self.due[attempt.id] = self.now + self.minutes()
            self.attempts.append(attempt)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), counter=st.integers(0, 4))
    def answer(self, data: st.DataObject, counter: int) -> None:
        attempt = data.draw(st.sampled_from(self.attempts), "attempt")
        question = data.draw(st.sampled_from(queries.questions_of(attempt)), "question")
        ids = [option.id for option in question.options]
        most = len(ids) if question.kind == "several_choices" else 1
        chosen = data.draw(st.lists(st.sampled_from(ids), unique=True, max_size=most), "chosen")
        self.sent.append((attempt, question, chosen, counter))
        self.deliver(*self.sent[-1])

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def an_old_request_arrives_again(self, data: st.DataObject) -> None:
        self.deliver(*data.draw(st.sampled_from(self.sent), "request"))

    def deliver(self, attempt: Attempt, question: Question, chosen: list[str], counter: int) -> None:
        is_closed = attempt.id in self.results or self.is_over(attempt)
        try:
            answer = self.seat.save(attempt, question, chosen, counter, at=self.now)
        except Refused:
            assert is_closed
            return
        assert not is_closed
        kept = self.kept[attempt.id]
        before = kept.get(question.id, (-1, []))
        kept[question.id] = max(before, (counter, sorted(chosen)), key=lambda one: one[0])
        assert (answer.counter, answer.chosen) == kept[question.id]
        assert answer.is_newest == (kept[question.id] == (counter, sorted(chosen)))

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), counter=st.integers(0, 4), minutes=st.sampled_from([0, 5, 14, 16, 40]))
    def an_answer_comes_that_waited_without_network(self, data: st.DataObject, counter: int, minutes: int) -> None:
        """The page got its tick at the start of the attempt, and says how long after it this was written."""
        attempt = data.draw(st.sampled_from(self.attempts), "attempt")
        question = data.draw(st.sampled_from(queries.questions_of(attempt)), "question")
        written_at = attempt.started_at + timedelta(minutes=minutes)
        claim = lateness.Claim(
            lateness.Tick(attempt.id, self.seat.person.id, attempt.started_at), timedelta(minutes=minutes)
        )
        is_closed = attempt.id in self.results or self.is_over(attempt)
        may_be = not is_closed or (
            attempt.id not in self.handed_in
            and written_at <= min(self.now, attempt.due_at + GRACE)
            and self.now <= attempt.due_at + LATE_FOR
        )
        try:
            services.save_answer(self.seat.learner, attempt.id, question.id, ["a"], counter, at=self.now, claim=claim)
        except Refused:
            assert not may_be
            return
        assert may_be
        if counter > self.kept[attempt.id].get(question.id, (-1, []))[0]:
            self.kept[attempt.id][question.id] = (counter, ["a"])
            if attempt.id in self.results:
                closed_at = self.results.pop(attempt.id)[0]
                self.settle(attempt, closed_at)

    @rule(minutes=st.sampled_from([1, 8, 20]), attempts=st.integers(0, 1))
    def more_is_given(self, minutes: int, attempts: int) -> None:
        self.forms += 1
        gift = services.Gift(rules.Extra("Mất điện", minutes, attempts), person=self.seat.person)
        token = f"{self.seat.person.id}-{self.forms}"
        made = services.make_exception(self.drive, gift, token=token, by=an_organiser(self.drive), at=self.now)
        self.given.append(made)
        for one in self.attempts:
            if one.id not in self.results and self.now <= self.due[one.id] + GRACE:
                self.due[one.id] = max(self.due[one.id], one.started_at + self.minutes())

    @precondition(lambda self: self.given)
    @rule(data=st.data())
    def what_was_given_is_withdrawn(self, data: st.DataObject) -> None:
        row = data.draw(st.sampled_from(self.given), "exception")
        self.given.remove(row)
        services.withdraw_exception(row, self.drive, by=an_organiser(self.drive), at=self.now, because="Ghi nhầm")

    @rule()
    def the_content_changes(self) -> None:
        """An author publishes what turns every answer round, and the drive moves on to it."""
        version, _is_new = content.publish(next(self.texts), by=None, at=self.now)
        moved_to(version, self.drive)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), effect=st.sampled_from(Effect))
    def a_key_is_corrected(self, data: st.DataObject, effect: Effect) -> None:
        attempt = data.draw(st.sampled_from(self.attempts), "attempt")
        question = data.draw(st.sampled_from(queries.questions_of(attempt)), "question")
        turned = tuple(sorted(option.id for option in question.options if not option.is_right))
        correction = Correction(effect, turned if effect is Effect.KEY else ())
        subject = corrections.subject_of(self.drive, attempt.version_id, question.id)
        foreseen = {one.attempt_id: one.after for one in corrections.dry_run(subject, correction)}
        self.forms += 1
        try:
            row = corrections.make(
                subject,
                correction,
                reason="Đáp án in sai",
                token=f"{self.seat.person.id}-key-{self.forms}",
                by=an_organiser(self.drive),
                at=self.now,
            )
        except Refused:
            assert (attempt.version_id, question.id) in self.standing or marking.refusal_of_correction(
                question, correction
            )
            return
        self.standing[attempt.version_id, question.id] = correction
        self.corrected.append(row)
        before = dict(self.results)
        self.mark_anew(attempt.version_id)
        for id in self.results:
            assert (id in foreseen) == (self.results[id] != before[id])
            assert id not in foreseen or foreseen[id][:2] == self.results[id][1:]

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def a_correction_is_taken_back(self, data: st.DataObject) -> None:
        """Also one that has been taken back already."""
        self.take_back(data.draw(st.sampled_from(self.corrected), "correction"))

    @rule(minutes=st.sampled_from([1, 7, 16]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @precondition(lambda self: self.attempts)
    @rule(data=st.data(), counter=st.integers(0, 4))
    def hand_in(self, data: st.DataObject, counter: int) -> None:
        attempt = data.draw(st.sampled_from(self.attempts), "attempt")
        question = queries.questions_of(attempt)[0]
        if attempt.id not in self.results:
            kept = self.kept[attempt.id]
            if not self.is_over(attempt) and counter > kept.get(question.id, (-1, []))[0]:
                kept[question.id] = (counter, ["a"])
            self.settle(attempt, attempt.due_at if self.is_over(attempt) else self.now)
        self.handed_in.add(attempt.id)
        self.seat.hand_in(attempt, self.now, counter, **{question.id: ["a"]})

    @rule()
    def the_worker_comes_round(self) -> None:
        for attempt in self.attempts:
            if attempt.id not in self.results and self.is_over(attempt):
                self.settle(attempt, attempt.due_at)
        services.close_due(at=self.now)

    @invariant()
    def what_is_stored_is_what_was_acknowledged(self) -> None:
        stored = queries.attempts_at(self.seat.place)
        assert [one.id for one in stored] == [one.id for one in self.attempts]
        assert sum(one.submitted_at is None for one in stored) <= 1
        for one in stored:
            assert one.due_at == self.due[one.id]
            assert saved(one) == {key: chosen for key, (_counter, chosen) in self.kept[one.id].items()}
            result = (one.submitted_at, one.points, one.most_points) if one.submitted_at else None
            assert result == self.results.get(one.id)
            assert result is None or one.passed == bool(one.most_points and one.percent >= 60)


def test_no_order_of_requests_loses_an_answer_or_changes_a_result(db, monkeypatch):
    Sitting.drive = a_drive(a_district())
    monkeypatch.setattr(services.secrets, "randbits", lambda bits: next(Sitting.seeds))

    run_state_machine_as_test(Sitting, settings=FEW)


def test_coming_back_after_the_last_attempt_ran_out_closes_it_and_says_that_no_try_is_left(db):
    district = a_district()
    drive = a_drive(district)
    place = a_place(a_learner(drive, a_unit(under=district)), drive)
    services.start_attempt(place, at=NOON)
    late = NOON + timedelta(hours=1)
    services.start_attempt(place, at=late)

    with pytest.raises(Refused):
        services.start_attempt(place, at=late + timedelta(hours=1))

    assert [attempt.by_timeout for attempt in queries.attempts_at(place)] == [True, True]


def test_a_question_whose_fact_no_longer_holds_is_not_drawn_any_more(db):
    module = the_sample()
    first = module.questions[0]
    other = replace(module.sources[0], id="B2")
    module = replace(
        module,
        sources=(*module.sources, other),
        questions=(replace(first, sources=("A1", "B2")), *module.questions[1:]),
    )
    drive = a_drive(a_district(), versions=[content.publish(module, by=None, at=NOON)[0]])
    early, late = Seat(drive), Seat(drive)
    running = early.start()

    ended = replace(other, valid_to=NOON.date() - timedelta(days=1))
    content.publish(replace(module, sources=(*module.sources[:1], ended)), by=None, at=NOON)

    assert {first.id} & set(early.start().question_keys) == {first.id} & set(running.question_keys)
    for seat in (late, Seat(drive), Seat(drive)):
        assert first.id not in seat.start().question_keys


def test_a_quiz_without_any_question_left_says_so_and_starts_nothing(db):
    seat = Seat()
    module = the_sample()
    gone = replace(module.sources[0], superseded_by="B2")
    content.publish(replace(module, sources=(gone,)), by=None, at=NOON)

    with pytest.raises(Refused, match="đang được cập nhật"):
        seat.start()

    assert database.session.scalar(select(func.count()).select_from(Attempt)) == 0
