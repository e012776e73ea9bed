"""Attempts and answers, what they say about the questions, and what some people are given beyond the rules."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.content.models import Module, ModuleVersion
from lms.content.rules import Counts, Feedback, Practice
from lms.db import FOREVER, Json, Model, Word
from lms.drives.models import Drive, Summons, VenuePoint
from lms.people.models import Person
from lms.quizzes.anomalies import Anomaly, Verdict
from lms.quizzes.lateness import Attempted
from lms.quizzes.marking import Correction, Effect
from lms.quizzes.rules import RULES, Extra
from lms.quizzes.timeline import Event, Fact
from lms.units.models import Unit


class Attempt(Model):
    """One go at a module's quiz under a summons; at most one is open at a time.

    The result is worked out at hand-in from answers that never change afterwards, so it can be worked out again.
    """

    __table_args__ = (
        UniqueConstraint("summons_id", "module_id", "number"),
        Index(
            "uq_attempt_open",
            "summons_id",
            "module_id",
            unique=True,
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
        Index(
            "ix_attempt_due",
            "due_at",
            sqlite_where=text("submitted_at IS NULL"),
            postgresql_where=text("submitted_at IS NULL"),
        ),
        Index(
            "ix_attempt_pending",
            "version_id",
            sqlite_where=text("submitted_at IS NOT NULL AND passed IS NULL"),
            postgresql_where=text("submitted_at IS NOT NULL AND passed IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id))
    module_id: Mapped[int] = mapped_column(ForeignKey(Module.id))
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    number: Mapped[int]
    seed: Mapped[int]
    question_keys: Mapped[list[str]] = mapped_column(Json)
    """The questions drawn, in the order shown."""
    sections: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Title and number of questions of each section, in the same order; empty where the quiz has none."""
    is_shuffled: Mapped[bool] = mapped_column(default=True)
    """Are the options shown in an order of this attempt's own?"""
    grace_seconds: Mapped[int] = mapped_column(default=15)
    """How long after `due_at` an answer on its way still counts."""
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    by_timeout: Mapped[bool] = mapped_column(default=False)
    points: Mapped[float | None]
    """Out of `most_points`."""
    passed: Mapped[bool | None]
    """None until handed in, and then until a person has marked what only a person can."""
    out_of: Mapped[int | None]
    """How many questions count, where that is not all of them: a correction may leave one out."""
    opened_at: Mapped[datetime | None]
    """When the learner handed in or asked for the result: from then on no late answer counts."""

    @property
    def most_points(self) -> int:
        return len(self.question_keys) if self.out_of is None else self.out_of

    @property
    def is_pending(self) -> bool:
        """Is it handed in, and a person has still something to mark?"""
        return self.submitted_at is not None and self.passed is None

    def state(self) -> Attempted:
        return Attempted(
            self.started_at, self.due_at, self.submitted_at, self.by_timeout, self.opened_at, grace=self.grace
        )

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_seconds)

    @property
    def percent(self) -> float:
        return 100 * (self.points or 0) / max(1, self.most_points)


class AttemptEvent(Model):
    """One thing that happened to an attempt. Rows are only ever added; after a time their address is forgotten."""

    __table_args__ = (
        Index("ix_attempt_event_attempt_id", "attempt_id"),
        Index(
            "ix_attempt_event_at",
            "at",
            sqlite_where=text("address IS NOT NULL"),
            postgresql_where=text("address IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id))
    at: Mapped[datetime]
    kind: Mapped[Event] = mapped_column(Word(Event))
    question_key: Mapped[str | None]
    chosen: Mapped[list[str] | None] = mapped_column(Json)
    counter: Mapped[int | None] = mapped_column(BigInteger)
    tick_at: Mapped[datetime | None]
    """Of an answer that came late: the moment of the server's tick behind it."""
    written_at: Mapped[datetime | None]
    """Of an answer that came late: when it was written, by that tick and the browser's count."""
    note: Mapped[str | None]
    sign_in_id: Mapped[int | None]
    """The device, as the sign-in on it; None is the system itself."""
    address: Mapped[str | None]

    def fact(self, device: str | None) -> Fact:
        return Fact(
            self.at,
            self.kind,
            self.question_key,
            tuple(self.chosen or ()),
            self.tick_at,
            self.written_at,
            self.note,
            self.address,
            device,
        )


class QuizSettings(Model):
    """The organisers' own rules for a module's quiz in a drive; None is what the module says."""

    __table_args__ = (
        CheckConstraint("opens_at IS NULL OR closes_at IS NULL OR opens_at < closes_at", name="window"),
        CheckConstraint("minutes > 0 AND pass_percent BETWEEN 1 AND 100", name="bounds"),
    )

    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id), primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey(Module.id), primary_key=True)
    opens_at: Mapped[datetime | None]
    closes_at: Mapped[datetime | None]
    minutes: Mapped[int | None]
    attempts: Mapped[int | None]
    wait_minutes: Mapped[int | None]
    counts: Mapped[Counts | None] = mapped_column(Word(Counts))
    pass_percent: Mapped[int | None]
    feedback: Mapped[Feedback | None] = mapped_column(Word(Feedback))
    show_marks: Mapped[bool | None]
    show_answers: Mapped[bool | None]
    show_explanations: Mapped[bool | None]
    shuffle: Mapped[bool | None]
    one_a_page: Mapped[bool | None]
    grace_seconds: Mapped[int | None]
    practice: Mapped[Practice | None] = mapped_column(Word(Practice))
    set_at: Mapped[datetime]
    set_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))

    def own(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in RULES}


class Answer(Model):
    """The latest answer to a question of an attempt. `counter` is the client's own: a late or repeated save loses."""

    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id), primary_key=True)
    question_key: Mapped[str] = mapped_column(primary_key=True)
    chosen: Mapped[list[str]] = mapped_column(Json)
    """Option ids, never positions."""
    by_hand: Mapped[list[str] | None] = mapped_column(Json)
    """What a person last gave this very answer, as its kind reads it; a newer answer waits for a person again."""
    counter: Mapped[int] = mapped_column(BigInteger)
    saved_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    """When its learner had it checked while the attempt ran; from then on it stays as it is."""

    @property
    def given(self) -> tuple[str, ...]:
        """What marking goes by."""
        return (*self.chosen, *(self.by_hand or ()))


class HandMark(Model):
    """What a person gave an answer that only a person can mark. Rows are added; the last one for an answer counts.

    `counter` is the answer's own: where the answer was replaced after it was marked, the row is about the former one.
    """

    __table_args__ = (Index("ix_hand_mark_attempt_id", "attempt_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id))
    question_key: Mapped[str]
    counter: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[list[str]] = mapped_column(Json)
    note: Mapped[str]
    """What the learner reads beside it."""
    reason: Mapped[str | None]
    """Why it was marked again; None the first time."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]

    made_by: Mapped[Person] = relationship()


class QuestionFlag(Model):
    """Whether a learner wants to come back to a question of a running attempt. `counter` is as that of an answer."""

    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id), primary_key=True)
    question_key: Mapped[str] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    counter: Mapped[int] = mapped_column(BigInteger)


class TryOut(Model):
    """The answer with which a person last tried whether their device reaches the server; it counts for nothing."""

    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), primary_key=True)
    chosen: Mapped[str]
    saved_at: Mapped[datetime]


class KeyCorrection(Model):
    """A question of a drive's quiz counts otherwise than it was published; published versions themselves never change.

    While `is_settled` is false, attempts with a number above `reached_id` still have to be marked anew. Taken back, the
    row stays with its reason and counts no more.
    """

    __table_args__ = (
        Index(
            "uq_key_correction_in_force",
            *("drive_id", "version_id", "question_key"),
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id))
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    question_key: Mapped[str]
    effect: Mapped[Effect] = mapped_column(Word(Effect))
    right: Mapped[list[str]] = mapped_column("right_options", Json)
    """The ids of the options that are right from now on."""
    further: Mapped[list[str]] = mapped_column(Json, default=list)
    """What counts besides, a line each, as organisers wrote it."""
    reason: Mapped[str]
    form_token: Mapped[str] = mapped_column(unique=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
    reached_id: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    """How many attempts the marking anew has changed so far; counted again from zero when it is taken back."""
    is_settled: Mapped[bool] = mapped_column(default=False)
    undone_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    undone_at: Mapped[datetime | None]
    undone_because: Mapped[str | None]

    version: Mapped[ModuleVersion] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=made_by_id)

    def correction(self) -> Correction:
        return Correction(self.effect, tuple(self.right), tuple(self.further))


class FormerMark(Model):
    """The mark that an attempt had until a correction, the taking back of one, or marking by hand again changed it."""

    __table_args__ = (CheckConstraint("(correction_id IS NULL) <> (hand_mark_id IS NULL)", name="cause"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id), index=True)
    correction_id: Mapped[int | None] = mapped_column(ForeignKey(KeyCorrection.id))
    hand_mark_id: Mapped[int | None] = mapped_column(ForeignKey(HandMark.id))
    reason: Mapped[str]
    """Why it changed, as the learner reads it."""
    is_undo: Mapped[bool]
    points: Mapped[float]
    most_points: Mapped[int]
    passed: Mapped[bool]
    replaced_at: Mapped[datetime]


class ItemStatistics(Model):
    """What the first attempts at a module's quiz in a drive say about its questions, as the worker last counted them.

    The row of the drive's own unit is about everybody who was summoned; the row of a unit right below it is about the
    people counted there or under it, and holds facilities only.
    """

    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id), primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    n: Mapped[int]
    """How many first attempts were counted."""
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    computed_at: Mapped[datetime]


SUBJECT = """
    CASE WHEN person_id IS NULL THEN 0 ELSE 1 END + CASE WHEN unit_id IS NULL THEN 0 ELSE 1 END
    + CASE WHEN point_id IS NULL THEN 0 ELSE 1 END = 1
"""


class QuizException(Model):
    """More than the rules give at a drive's quizzes: for a person, for all counted under a unit, or for all at a point.

    It stays with its reason after it is withdrawn; then it gives nothing any more.
    """

    __table_args__ = (
        CheckConstraint(SUBJECT, name="subject"),
        CheckConstraint("extra_minutes >= 0 AND extra_attempts >= 0", name="extras"),
        CheckConstraint("extra_minutes + extra_attempts > 0 OR open_until IS NOT NULL", name="gives"),
        Index("ix_quiz_exception_drive_id", "drive_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id))
    module_id: Mapped[int | None] = mapped_column(ForeignKey(Module.id))
    """None is every module of the drive."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    point_id: Mapped[int | None] = mapped_column(ForeignKey(VenuePoint.id))
    extra_minutes: Mapped[int]
    extra_attempts: Mapped[int]
    open_until: Mapped[datetime | None]
    reason: Mapped[str]
    form_token: Mapped[str] = mapped_column(unique=True)
    """Of the form that made it, so that a form sent twice makes one row."""
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]

    person: Mapped[Person | None] = relationship(foreign_keys=person_id)
    unit: Mapped[Unit | None] = relationship()
    point: Mapped[VenuePoint | None] = relationship()
    made_by: Mapped[Person] = relationship(foreign_keys=made_by_id)

    def extra(self) -> Extra:
        return Extra(self.reason, self.extra_minutes, self.extra_attempts, self.open_until)


class Allowance(Model):
    """A share of time, in percent, that a person gets beyond the minutes of every quiz between two days."""

    __table_args__ = (
        CheckConstraint("percent > 0", name="percent"),
        CheckConstraint("valid_from <= valid_to", name="dates"),
        Index("ix_allowance_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    percent: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date] = mapped_column(default=FOREVER)
    reason: Mapped[str]
    form_token: Mapped[str] = mapped_column(unique=True)
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str | None]

    person: Mapped[Person] = relationship(foreign_keys=person_id)
    made_by: Mapped[Person] = relationship(foreign_keys=made_by_id)


class AnomalyScan(Model):
    """How far the worker has looked through the finished attempts at a drive's quiz, a portion of units at a time."""

    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id), primary_key=True)
    n: Mapped[int]
    """How many attempts were finished when this round began."""
    reached_id: Mapped[int]
    """The last unit that was looked at."""
    is_done: Mapped[bool]
    begun_at: Mapped[datetime]


class AnomalyFound(Model):
    """Something about one attempt or two that a person should look at; it never changes a mark by itself."""

    __table_args__ = (
        UniqueConstraint("kind", "attempt_id", "other_id"),
        CheckConstraint("attempt_id <= other_id", name="order"),
        Index("ix_anomaly_found_drive_id", "drive_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    drive_id: Mapped[int] = mapped_column(ForeignKey(Drive.id))
    kind: Mapped[Anomaly] = mapped_column(Word(Anomaly))
    attempt_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id))
    other_id: Mapped[int] = mapped_column(ForeignKey(Attempt.id))
    """The second attempt; the same one where only one is concerned."""
    figures: Mapped[dict[str, Any]] = mapped_column(Json)
    found_at: Mapped[datetime]
    verdict: Mapped[Verdict | None] = mapped_column(Word(Verdict))
    """The last one; None while nobody has judged."""

    judgements: Mapped[list["AnomalyJudgement"]] = relationship(order_by="AnomalyJudgement.id")


class AnomalyJudgement(Model):
    """What a person made of an anomaly, and why. Rows are added; the last one counts."""

    __table_args__ = (Index("ix_anomaly_judgement_anomaly_id", "anomaly_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    anomaly_id: Mapped[int] = mapped_column(ForeignKey(AnomalyFound.id))
    verdict: Mapped[Verdict] = mapped_column(Word(Verdict))
    note: Mapped[str]
    made_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    made_at: Mapped[datetime]

    made_by: Mapped[Person] = relationship()
