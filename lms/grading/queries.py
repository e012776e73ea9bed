"""The reviewer's queue and the author's result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import aliased, contains_eager, undefer

from lms import clock
from lms.access import ROLES_FOR, Action
from lms.content.models import ModuleVersion
from lms.db import db
from lms.drives.models import Drive, Summons
from lms.errors import NotFound
from lms.grading import rules
from lms.grading.models import Claim, Grade, Release
from lms.grading.rules import Decision
from lms.people.models import Person
from lms.people.queries import is_direct
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection, Revision
from lms.reflections.queries import Desk
from lms.reflections.rules import State
from lms.units import queries as units
from lms.units.models import Unit

PAGE = 50


def routed_to(viewer: SignedIn, action: Action) -> ColumnElement[bool]:
    """The reflections that went to a unit in which the viewer may do this, never the viewer's own.

    Where the drive forbids it, those of the viewer's direct superiors and subordinates are left out, too.
    """
    roots, today, drive = viewer.unit_ids(ROLES_FOR[action]), clock.today(), aliased(Drive)
    within = units.within(Reflection.managing_unit_id, roots, today)
    clash = exists().where(
        drive.id == Summons.drive_id,
        drive.forbids_direct,
        is_direct(Summons.person_id, viewer.person_id, today),
    )
    return and_(within, Summons.person_id != viewer.person_id, ~clash)


@dataclass(frozen=True)
class Row:
    """A line of the queue."""

    id: int
    author: str
    unit: str
    drive: str
    submitted_at: datetime
    words: int
    state: State
    taken_by: str | None


def _rows(viewer: SignedIn, action: Action, states: Sequence[State]) -> Select[Any]:
    holder = aliased(Person)
    reviewer = select(holder.full_name).where(holder.id == Claim.reviewer_id).correlate(Claim).scalar_subquery()
    return (
        select(
            Reflection.id,
            Person.full_name,
            Unit.name,
            Drive.title,
            Reflection.submitted_at,
            Reflection.words,
            Reflection.state,
            reviewer,
        )
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .outerjoin(
            Claim,
            and_(
                Claim.reflection_id == Reflection.id,
                Claim.until > clock.now(),
                Claim.reviewer_id != viewer.person_id,
            ),
        )
        .where(Reflection.state.in_(states), routed_to(viewer, action))
        .order_by(Reflection.submitted_at, Reflection.id)
    )


def queue(viewer: SignedIn, states: Sequence[State], action: Action = Action.GRADE) -> list[Row]:
    """What waits for the viewer, the longest waiting first; one page of it."""
    return [Row(*row) for row in db.session.execute(_rows(viewer, action, states).limit(PAGE))]


def waiting(viewer: SignedIn) -> dict[State, int]:
    """How many texts are in each state of those that the viewer grades."""
    rows = db.session.execute(
        select(Reflection.state, func.count())
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(routed_to(viewer, Action.GRADE))
        .group_by(Reflection.state)
    )
    return dict(rows.all())


def next_in_queue(viewer: SignedIn, *, after: int | None = None) -> int | None:
    """The text to grade next: the longest waiting that nobody else has open, other than the one just done."""
    taken = exists().where(
        Claim.reflection_id == Reflection.id, Claim.until > clock.now(), Claim.reviewer_id != viewer.person_id
    )
    statement = (
        select(Reflection.id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(Reflection.state == State.SUBMITTED, routed_to(viewer, Action.GRADE), ~taken)
        .order_by(Reflection.submitted_at, Reflection.id)
        .limit(1)
    )
    if after is not None:
        statement = statement.where(Reflection.id != after)
    return db.session.scalars(statement).first()


@dataclass(frozen=True)
class Essay:
    """A handed-in text with all that its grading page shows."""

    reflection: Reflection
    revision: Revision
    version: ModuleVersion
    drive: Drive
    author: Person
    unit: Unit
    grades: list[Grade]

    @property
    def current(self) -> Grade | None:
        """The latest mark on this text; a rewritten text starts anew."""
        return next((grade for grade in reversed(self.grades) if grade.revision_id == self.revision.id), None)


def essay_for(viewer: SignedIn, reflection_id: int, action: Action = Action.GRADE) -> Essay:
    """A text that went to the viewer's units; drafts, other units' texts and one's own are not found."""
    row = db.session.execute(
        select(Reflection, Revision, ModuleVersion, Drive, Person, Unit)
        .options(undefer(Reflection.texts))
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.head))
        .join(ModuleVersion, ModuleVersion.id == Reflection.version_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .where(
            Reflection.id == reflection_id,
            Reflection.state.in_([State.SUBMITTED, State.GRADED, State.RELEASED]),
            routed_to(viewer, action),
        )
    ).first()
    if row is None:
        raise NotFound()
    return Essay(*row, grades=grades_of(reflection_id))


def grades_of(reflection_id: int) -> list[Grade]:
    return list(
        db.session.scalars(
            select(Grade)
            .join(Grade.reviewer)
            .options(contains_eager(Grade.reviewer))
            .where(Grade.reflection_id == reflection_id)
            .order_by(Grade.id)
        )
    )


def release_of(reflection_id: int) -> Release | None:
    return db.session.scalars(
        select(Release)
        .join(Release.grade)
        .options(contains_eager(Release.grade))
        .where(Release.reflection_id == reflection_id)
    ).one_or_none()


@dataclass(frozen=True)
class Releasable:
    """A graded text that waits for release, with its current mark."""

    id: int
    author: str
    unit: str
    drive: Drive
    grade: Grade
    reviewer: str


def releasable(viewer: SignedIn) -> list[Releasable]:
    """What the viewer may release, by unit and name; the mark shown is the latest one."""
    latest = (
        select(func.max(Grade.id)).where(Grade.reflection_id == Reflection.id).correlate(Reflection).scalar_subquery()
    )
    reviewer = select(Person.full_name).where(Person.id == Grade.reviewer_id).correlate(Grade).scalar_subquery()
    rows = db.session.execute(
        select(Reflection.id, Person.full_name, Unit.name, Drive, Grade, reviewer)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Grade, Grade.id == latest)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Reflection.state == State.GRADED, routed_to(viewer, Action.RELEASE))
        .order_by(Unit.sort_key, Person.sort_key)
    )
    return [Releasable(*row) for row in rows]


def refusal_to_withdraw(desk: Desk, at: datetime) -> str | None:
    """Why the author cannot take the text of their desk back; one query."""
    assert desk.reflection is not None
    read = select(Claim.reflection_id).where(Claim.reflection_id == desk.reflection.id, Claim.until > at)
    decided = select(Grade.reflection_id).where(Grade.reflection_id == desk.reflection.id)
    has_begun = db.session.execute(read.union_all(decided).limit(1)).first() is not None
    drive = desk.summons.drive
    return rules.refusal_to_withdraw(
        desk.reflection.state, drive.reflection_due_at, at, is_allowed=drive.may_withdraw, has_begun=has_begun
    )


def reason_for_return(reflection_id: int) -> str:
    """Why the text was sent back the last time: for the author's writing page."""
    reasons = select(Grade.comment).where(Grade.reflection_id == reflection_id, Grade.decision == Decision.RETURN)
    return db.session.scalars(reasons.order_by(Grade.id.desc()).limit(1)).first() or ""
