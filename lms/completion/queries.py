"""The facts behind completion, in a fixed number of queries for one learner or for a province."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, false, func, or_, select
from sqlalchemy.orm import aliased

from lms import clock
from lms.completion.rules import Demand, Facts
from lms.content.models import LessonVersion, Module, ModuleVersion
from lms.content.rules import Counts
from lms.db import UtcDateTime, db, fetch, json_length
from lms.drives.models import Attendance, Drive, DriveModule, DriveSession, Summons
from lms.drives.rules import Presence
from lms.grading.models import Release
from lms.lessons.models import LessonRead
from lms.people.models import Person
from lms.quizzes.lateness import LATE_FOR
from lms.quizzes.models import Attempt, QuizSettings
from lms.quizzes.queries import AT_QUIZ, Given, given_to, resolved
from lms.quizzes.rules import TOLERANCE, Terms, refusal_to_wait, waits_until
from lms.reflections import dispensations
from lms.reflections.models import Reflection
from lms.units.models import Unit, UnitClosure, UnitLink, valid_on
from lms.vietnamese import day_of

DEMANDED = select(
    select(func.count())
    .select_from(LessonVersion)
    .join(DriveModule, DriveModule.version_id == LessonVersion.version_id)
    .where(DriveModule.drive_id == bindparam("drive"))
    .scalar_subquery(),
    select(func.count())
    .select_from(DriveModule)
    .join(ModuleVersion, ModuleVersion.id == DriveModule.version_id)
    .where(DriveModule.drive_id == bindparam("drive"), ModuleVersion.quiz.is_not(None))
    .scalar_subquery(),
)


def demand_of(drive: Drive, modules: "Sequence[ModuleProgress] | None" = None) -> Demand:
    """What the drive asks, counted in the versions that it pins; who has its modules at hand need not count again."""
    if modules is None:
        lessons, quizzes = fetch(DEMANDED, {"drive": drive.id}).one()
    else:
        lessons, quizzes = sum(one.lessons for one in modules), sum(one.quiz is not None for one in modules)
    return Demand(
        lessons=lessons if drive.needs_lessons else 0,
        quizzes=quizzes if drive.needs_quizzes else 0,
        sessions=drive.needs_sessions,
        reflection=drive.reflection_version_id is not None,
        least_rating=drive.least_rating,
        due_at=drive.reflection_due_at,
    )


@dataclass(frozen=True)
class Learner:
    """A summoned person with the facts of their work."""

    summons_id: int
    person_id: int
    code: str
    name: str
    unit_id: int
    unit: str
    facts: Facts


def _counted(statement: Select[int, int]):  # type: ignore[no-untyped-def]
    """A grouped count as a table with columns summons_id and n."""
    summons_id, count = statement.selected_columns
    return statement.with_only_columns(summons_id.label("summons_id"), count.label("n")).subquery()


COUNTS = func.coalesce(QuizSettings.counts, ModuleVersion.quiz["counts"].as_string(), Counts.BEST.value)
"""Which attempt counts: the organisers' word, else the module's, else the best."""
LEAST_PERCENT = func.coalesce(QuizSettings.pass_percent, ModuleVersion.quiz["pass_percent"].as_integer())


NEVER = false()
NOT_OPENED = and_(
    Attempt.by_timeout.is_(True),
    Attempt.opened_at.is_(None),
    Attempt.due_at >= bindparam("due_since", type_=UtcDateTime()),
)
"""The result of an attempt that ended by itself lies there unopened, and could still tell what to answer late."""


def _verdict(
    counts: ColumnElement[Any], least: ColumnElement[int], not_opened: ColumnElement[bool] = NEVER
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Over the attempts of one learner at one quiz: does the one that counts pass, and if not, does it wait?

    The same as `outcome` in Python; an attempt that is `not_opened` waits like one that a person has still to mark.
    """
    is_in = Attempt.submitted_at.is_not(None)
    is_passed = and_(Attempt.passed.is_(True), ~not_opened)
    is_open = and_(is_in, or_(Attempt.passed.is_(None), not_opened))

    def last(which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.max(case((which, Attempt.number))), 0)

    def first(which: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.min(case((which, Attempt.number))), 0)

    waits = last(is_open) > 0
    questions = func.nullif(func.coalesce(Attempt.out_of, json_length(Attempt.question_keys)), 0)
    average = func.avg(case((is_in, 100.0 * Attempt.points / questions)))
    passes = case(
        (counts == Counts.AVERAGE.value, and_(~waits, func.coalesce(average >= least - TOLERANCE, false()))),
        (counts == Counts.LAST.value, and_(last(is_passed) > 0, last(is_passed) == last(is_in))),
        (counts == Counts.FIRST.value, and_(first(is_passed) > 0, first(is_passed) == first(is_in))),
        else_=last(is_passed) > 0,
    )
    is_waiting = case(
        (counts == Counts.AVERAGE.value, waits),
        (counts == Counts.LAST.value, and_(waits, last(is_open) == last(is_in))),
        (counts == Counts.FIRST.value, and_(waits, first(is_open) == first(is_in))),
        else_=and_(waits, last(is_passed) == 0),
    )
    return passes, is_waiting


def _times(which: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of a group are so."""
    return func.coalesce(func.sum(case((which, 1), else_=0)), 0)


def _learners(scope: ColumnElement[bool], not_opened: ColumnElement[bool] = NEVER) -> Select[Any]:
    """The open summonses that a condition chooses, with their facts, by unit and name."""
    chosen = select(Summons.id).where(Summons.withdrawn_at.is_(None), scope)
    lessons = _counted(
        select(LessonRead.summons_id, func.count())
        .join(Summons, Summons.id == LessonRead.summons_id)
        .join(
            DriveModule,
            and_(DriveModule.drive_id == Summons.drive_id, DriveModule.module_id == LessonRead.module_id),
        )
        .join(
            LessonVersion,
            and_(
                LessonVersion.version_id == DriveModule.version_id,
                LessonVersion.key == LessonRead.lesson_key,
                LessonVersion.read_since <= LessonRead.version_number,
            ),
        )
        .where(LessonRead.summons_id.in_(chosen))
        .group_by(LessonRead.summons_id)
    )
    passes, waits = _verdict(func.max(COUNTS), func.max(LEAST_PERCENT), not_opened)
    each = (
        select(Attempt.summons_id.label("summons_id"), passes.label("passes"), waits.label("waits"))
        .join(Summons, Summons.id == Attempt.summons_id)
        .join(DriveModule, and_(DriveModule.drive_id == Summons.drive_id, DriveModule.module_id == Attempt.module_id))
        .join(ModuleVersion, and_(ModuleVersion.id == DriveModule.version_id, ModuleVersion.quiz.is_not(None)))
        .outerjoin(QuizSettings, AT_QUIZ)
        .where(Attempt.summons_id.in_(chosen))
        .group_by(Attempt.summons_id, Attempt.module_id)
        .subquery()
    )
    quizzes = (
        select(each.c.summons_id, _times(each.c.passes).label("n"), _times(each.c.waits).label("waiting"))
        .group_by(each.c.summons_id)
        .subquery()
    )
    sessions = _counted(
        select(Attendance.summons_id, func.count())
        .where(Attendance.presence.in_([Presence.PRESENT, Presence.MADE_UP]), Attendance.summons_id.in_(chosen))
        .group_by(Attendance.summons_id)
    )
    given = dispensations.given(chosen).subquery()
    return (
        select(
            Summons.id,
            Person.id,
            Person.code,
            Person.full_name,
            Unit.id,
            Unit.name,
            func.coalesce(lessons.c.n, 0),
            func.coalesce(quizzes.c.n, 0),
            func.coalesce(sessions.c.n, 0),
            Reflection.state,
            Release.rating,
            Reflection.rewrite_by,
            func.coalesce(quizzes.c.waiting, 0),
            given.c.until,
            func.coalesce(given.c.is_exempt, 0) == 1,
        )
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .outerjoin(lessons, lessons.c.summons_id == Summons.id)
        .outerjoin(quizzes, quizzes.c.summons_id == Summons.id)
        .outerjoin(sessions, sessions.c.summons_id == Summons.id)
        .outerjoin(given, given.c.summons_id == Summons.id)
        .outerjoin(Reflection, Reflection.summons_id == Summons.id)
        .outerjoin(Release, Release.reflection_id == Reflection.id)
        .where(Summons.withdrawn_at.is_(None), scope)
        .order_by(Unit.sort_key, Unit.id, Person.sort_key, Person.id)
    )


ONE_LEARNER = _learners(Summons.id == bindparam("summons"), NOT_OPENED)


def learners(scope: ColumnElement[bool]) -> Iterator[Learner]:
    """Everybody whom a condition on their summons chooses, by unit and name: one query, whatever the number."""
    return map(_learner, db.session.execute(_learners(scope), {"day": clock.today()}))


def learner(summons: Summons, now: datetime) -> Learner:
    """One person's facts as they may know them themselves: a result that they have not opened waits for them."""
    return _learner(fetch(ONE_LEARNER, {"summons": summons.id, "due_since": now - LATE_FOR, "day": day_of(now)}).one())


def _learner(row: Row[*tuple[Any, ...]]) -> Learner:
    summons_id, person_id, code, name, unit_id, unit, *facts = row
    return Learner(summons_id, person_id, code, name, unit_id, unit, Facts(*facts))


def in_subtree(drive_id: int, unit_id: int, day: date) -> ColumnElement[bool]:
    """The summonses to a drive of people counted under a unit."""
    descendants = select(UnitClosure.descendant_id).where(
        UnitClosure.ancestor_id == unit_id, valid_on(UnitClosure, day)
    )
    return and_(Summons.drive_id == drive_id, Summons.unit_id.in_(descendants))


def child_of_each(unit_id: int, day: date) -> Mapping[int, int]:
    """Every unit under this one mapped to the child through which it hangs there: one query."""
    below, link = aliased(UnitClosure), aliased(UnitLink)
    rows = db.session.execute(
        select(below.descendant_id, below.ancestor_id)
        .join(link, link.child_id == below.ancestor_id)
        .where(
            link.parent_id == unit_id,
            link.valid_from <= day,
            link.valid_to >= day,
            below.valid_from <= day,
            below.valid_to >= day,
        )
    )
    return dict(rows.all())


@dataclass(frozen=True)
class ModuleProgress:
    """A module of the drive as one learner's desk shows it."""

    slug: str
    title: str
    lessons: int
    lessons_read: int
    next_lesson: str | None
    """Key of the first lesson not read yet."""
    quiz: Terms | None
    """What holds for the learner at the quiz."""
    tries: int
    passed: bool
    open_attempt: int | None
    waits: str | None = None
    """Why the next attempt cannot begin just now, though the drive is open."""
    is_pending: bool = False
    """The result that counts is not known yet."""
    unopened: int | None = None
    """An attempt that ended by itself, with a result that the learner has not opened."""

    @property
    def is_read(self) -> bool:
        return self.lessons_read >= self.lessons

    @property
    def may_try(self) -> bool:
        """Is there a quiz, and another try at it now?"""
        return self.quiz is not None and self.waits is None and not 0 < self.quiz.attempts <= self.tries


def _module_progress() -> Select[Any]:
    """The modules of :drive with what was done under :summons."""
    is_read = and_(
        LessonRead.summons_id == bindparam("summons"),
        LessonRead.module_id == DriveModule.module_id,
        LessonRead.lesson_key == LessonVersion.key,
        LessonRead.version_number >= LessonVersion.read_since,
    )
    of_module = select(LessonVersion).where(LessonVersion.version_id == DriveModule.version_id)
    total = of_module.with_only_columns(func.count(LessonVersion.id)).correlate(DriveModule).scalar_subquery()
    read = (
        select(func.count())
        .select_from(LessonVersion)
        .join(LessonRead, is_read)
        .where(LessonVersion.version_id == DriveModule.version_id)
        .correlate(DriveModule)
        .scalar_subquery()
    )
    unread = (
        of_module.with_only_columns(LessonVersion.key)
        .where(~select(LessonRead.read_at).where(is_read).correlate(LessonVersion, DriveModule).exists())
        .order_by(LessonVersion.position)
        .limit(1)
        .correlate(DriveModule)
        .scalar_subquery()
    )
    mine = and_(Attempt.summons_id == bindparam("summons"), Attempt.module_id == DriveModule.module_id)
    passes, waits = (
        select(one).where(mine).correlate(DriveModule, ModuleVersion, QuizSettings).scalar_subquery()
        for one in _verdict(COUNTS, LEAST_PERCENT, NOT_OPENED)
    )
    unopened = select(func.max(Attempt.id)).where(mine, NOT_OPENED).correlate(DriveModule).scalar_subquery()
    last = select(func.max(Attempt.submitted_at)).where(mine).correlate(DriveModule).scalar_subquery()
    tries = select(func.count(Attempt.id)).where(mine).correlate(DriveModule).scalar_subquery()
    open_one = select(Attempt.id).where(mine, Attempt.submitted_at.is_(None)).correlate(DriveModule).scalar_subquery()
    return (
        select(
            Module.slug,
            ModuleVersion.title,
            total,
            read,
            unread,
            tries,
            func.coalesce(passes, false()),
            open_one,
            ModuleVersion.quiz,
            DriveModule.module_id,
            QuizSettings,
            last,
            func.coalesce(waits, false()),
            unopened,
        )
        .select_from(DriveModule)
        .join(ModuleVersion, ModuleVersion.id == DriveModule.version_id)
        .join(Module, Module.id == DriveModule.module_id)
        .outerjoin(
            QuizSettings,
            and_(QuizSettings.drive_id == DriveModule.drive_id, QuizSettings.module_id == DriveModule.module_id),
        )
        .where(DriveModule.drive_id == bindparam("drive"))
        .order_by(DriveModule.position)
    )


MODULE_PROGRESS = _module_progress()


def module_progress(summons: Summons, now: datetime) -> list[ModuleProgress]:
    """The learner's way through the modules of their drive, with all they are given at its quizzes: two queries."""
    given = given_to(summons.id, day_of(now))
    names = {"summons": summons.id, "drive": summons.drive_id, "due_since": now - LATE_FOR}
    rows = db.session.execute(MODULE_PROGRESS, names)
    return [_progress(summons.drive, given, now, *row) for row in rows]


def _progress(drive: Drive, given: Given, now: datetime, *row: Any) -> ModuleProgress:
    slug, title, lessons, read, unread, tries, passed, open_one, quiz, module_id, settings, last, pending, unopened = (
        row
    )
    if not quiz:
        return ModuleProgress(slug, title, lessons, read, unread, None, tries, bool(passed), open_one)
    held = resolved(quiz, settings, drive.opens_at, drive.closes_at)
    terms = given.terms(module_id, held)
    waits = None
    if drive.opens_at <= now <= drive.closes_at:
        waits = refusal_to_wait(held, terms.closes_at, waits_until(held.wait_minutes, last), now)
    return ModuleProgress(
        slug, title, lessons, read, unread, terms, tries, bool(passed), open_one, waits, bool(pending), unopened
    )


@dataclass(frozen=True)
class SessionNote:
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    presence: Presence | None


def session_notes(summons: Summons) -> list[SessionNote]:
    """The sessions of the drive with what was noted of this learner's attendance."""
    rows = db.session.execute(
        select(
            DriveSession.title, DriveSession.starts_at, DriveSession.ends_at, DriveSession.place, Attendance.presence
        )
        .outerjoin(Attendance, and_(Attendance.session_id == DriveSession.id, Attendance.summons_id == summons.id))
        .where(DriveSession.drive_id == summons.drive_id)
        .order_by(DriveSession.starts_at)
    )
    return [SessionNote(*row) for row in rows]
