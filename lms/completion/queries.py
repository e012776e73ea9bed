"""The facts behind completion, in a fixed number of queries for one learner or for a province."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from lms.completion.rules import Demand, Facts
from lms.content.models import LessonVersion, Module, ModuleVersion
from lms.db import db, fetch
from lms.drives.models import Attendance, Drive, DriveModule, DriveSession, Summons
from lms.drives.rules import Presence
from lms.grading.models import Release
from lms.lessons.models import LessonRead
from lms.people.models import Person
from lms.quizzes.models import Attempt
from lms.reflections.models import Reflection
from lms.units.models import Unit, UnitClosure, UnitLink, valid_on

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


def demand_of(drive: Drive) -> Demand:
    """What the drive asks, counted in the versions that it pins."""
    lessons, quizzes = fetch(DEMANDED, {"drive": drive.id}).one()
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


def _learners(scope: ColumnElement[bool]) -> Select[Any]:
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
    quizzes = _counted(
        select(Attempt.summons_id, func.count(Attempt.module_id.distinct()))
        .join(Summons, Summons.id == Attempt.summons_id)
        .join(DriveModule, and_(DriveModule.drive_id == Summons.drive_id, DriveModule.module_id == Attempt.module_id))
        .join(ModuleVersion, and_(ModuleVersion.id == DriveModule.version_id, ModuleVersion.quiz.is_not(None)))
        .where(Attempt.passed.is_(True), Attempt.summons_id.in_(chosen))
        .group_by(Attempt.summons_id)
    )
    sessions = _counted(
        select(Attendance.summons_id, func.count())
        .where(Attendance.presence.in_([Presence.PRESENT, Presence.MADE_UP]), Attendance.summons_id.in_(chosen))
        .group_by(Attendance.summons_id)
    )
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
        )
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .outerjoin(lessons, lessons.c.summons_id == Summons.id)
        .outerjoin(quizzes, quizzes.c.summons_id == Summons.id)
        .outerjoin(sessions, sessions.c.summons_id == Summons.id)
        .outerjoin(Reflection, Reflection.summons_id == Summons.id)
        .outerjoin(Release, Release.reflection_id == Reflection.id)
        .where(Summons.withdrawn_at.is_(None), scope)
        .order_by(Unit.sort_key, Unit.id, Person.sort_key, Person.id)
    )


ONE_LEARNER = _learners(Summons.id == bindparam("summons"))


def learners(scope: ColumnElement[bool]) -> Iterator[Learner]:
    """Everybody whom a condition on their summons chooses, by unit and name: one query, whatever the number."""
    return map(_learner, db.session.execute(_learners(scope)))


def learner(summons: Summons) -> Learner:
    """One person's facts."""
    return _learner(fetch(ONE_LEARNER, {"summons": summons.id}).one())


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
    quiz: Mapping[str, Any] | None
    """How the quiz is assembled."""
    tries: int
    passed: bool
    open_attempt: int | None

    @property
    def is_read(self) -> bool:
        return self.lessons_read >= self.lessons

    @property
    def may_try(self) -> bool:
        """Is there a quiz, and another try at it?"""
        return self.quiz is not None and not 0 < self.quiz["attempts"] <= self.tries


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
    passed = select(Attempt.id).where(mine, Attempt.passed.is_(True)).correlate(DriveModule).exists()
    tries = select(func.count(Attempt.id)).where(mine).correlate(DriveModule).scalar_subquery()
    open_one = select(Attempt.id).where(mine, Attempt.submitted_at.is_(None)).correlate(DriveModule).scalar_subquery()
    return (
        select(
            Module.slug,
            ModuleVersion.title,
            total,
            read,
            unread,
            ModuleVersion.quiz,
            tries,
            passed,
            open_one,
        )
        .select_from(DriveModule)
        .join(ModuleVersion, ModuleVersion.id == DriveModule.version_id)
        .join(Module, Module.id == DriveModule.module_id)
        .where(DriveModule.drive_id == bindparam("drive"))
        .order_by(DriveModule.position)
    )


MODULE_PROGRESS = _module_progress()


def module_progress(summons: Summons) -> list[ModuleProgress]:
    """The learner's way through the modules of their drive: one query."""
    rows = fetch(MODULE_PROGRESS, {"summons": summons.id, "drive": summons.drive_id})
    return [ModuleProgress(*row) for row in rows]


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
