"""Look-ups of drives: for learners by their own summons, for organisers by the units they organise for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from lms import clock
from lms.access import ROLES_FOR, Action
from lms.content.models import Module, ModuleVersion, QuestionVersion
from lms.content.queries import is_withdrawn
from lms.db import db, fetch, one_or_not_found
from lms.drives.models import Attendance, Drive, DriveModule, DriveSession, Summons, VenuePoint
from lms.errors import NotFound
from lms.people.models import Person, Post
from lms.people.queries import found_by, held_on
from lms.people.viewer import SignedIn
from lms.units import queries as units
from lms.units.models import Unit


@dataclass(frozen=True)
class Place:
    """Where in the learner's work a request stands: their summons, its drive, and one module pinned in it."""

    summons_id: int
    drive_id: int
    drive_code: str
    drive_title: str
    opens_at: datetime
    closes_at: datetime
    module_id: int
    version_id: int
    version_number: int
    slug: str
    title: str


PLACE = (
    select(
        Summons.id,
        Drive.id,
        Drive.code,
        Drive.title,
        Drive.opens_at,
        Drive.closes_at,
        DriveModule.module_id,
        DriveModule.version_id,
        ModuleVersion.number,
        Module.slug,
        ModuleVersion.title,
    )
    .join(Drive, Drive.id == Summons.drive_id)
    .join(DriveModule, DriveModule.drive_id == Drive.id)
    .join(ModuleVersion, ModuleVersion.id == DriveModule.version_id)
    .join(Module, Module.id == DriveModule.module_id)
    .where(
        Summons.person_id == bindparam("person"),
        Summons.withdrawn_at.is_(None),
        Drive.code == bindparam("drive"),
        Module.slug == bindparam("slug"),
    )
)
"""Asked by every learner page, so put together once."""


def place_for(viewer: SignedIn, drive_code: str, slug: str) -> Place:
    """Where the viewer stands; another person's drive and an absent one are the same 404."""
    found = fetch(PLACE, {"person": viewer.person_id, "drive": drive_code, "slug": slug}).first()
    if found is None:
        raise NotFound()
    return Place(*found)


def summonses_of(viewer: SignedIn) -> list[Summons]:
    """The viewer's own summonses, the drive that is due first in front, closed ones last."""
    return list(
        db.session.scalars(
            select(Summons)
            .join(Summons.drive)
            .options(contains_eager(Summons.drive))
            .where(Summons.person_id == viewer.person_id, Summons.withdrawn_at.is_(None))
            .order_by(case((Drive.closes_at < clock.now(), 1), else_=0), Drive.reflection_due_at)
        )
    )


def summons_for(viewer: SignedIn, drive_code: str) -> Summons:
    """The viewer's own summons to a drive, with the drive."""
    return one_or_not_found(
        select(Summons)
        .join(Summons.drive)
        .options(contains_eager(Summons.drive))
        .where(Summons.person_id == viewer.person_id, Summons.withdrawn_at.is_(None), Drive.code == drive_code)
    )


def modules_of(drive_id: int) -> list[DriveModule]:
    return list(
        db.session.scalars(
            select(DriveModule)
            .join(DriveModule.version)
            .join(ModuleVersion.module)
            .options(contains_eager(DriveModule.version).contains_eager(ModuleVersion.module))
            .where(DriveModule.drive_id == drive_id)
            .order_by(DriveModule.position)
        )
    )


@dataclass(frozen=True)
class BankNote:
    """What an organiser should know of a module that the drive has pinned."""

    newest: int
    """The number of the module's newest version."""
    withdrawn: int
    """Questions that new attempts no longer draw, because a fact behind them no longer holds."""
    left: int


def bank_notes(drive_id: int, day: date) -> dict[int, BankNote]:
    """By module id."""
    newest = (
        select(func.max(ModuleVersion.number))
        .where(ModuleVersion.module_id == DriveModule.module_id)
        .correlate(DriveModule)
        .scalar_subquery()
    )
    withdrawn = func.coalesce(func.sum(case((is_withdrawn(day), 1), else_=0)), 0)
    rows = db.session.execute(
        select(DriveModule.module_id, newest, withdrawn, func.count(QuestionVersion.id) - withdrawn)
        .outerjoin(QuestionVersion, QuestionVersion.version_id == DriveModule.version_id)
        .where(DriveModule.drive_id == drive_id)
        .group_by(DriveModule.id, DriveModule.module_id)
    )
    return {module_id: BankNote(*row) for module_id, *row in rows}


def sessions_of(drive_id: int) -> list[DriveSession]:
    return list(
        db.session.scalars(
            select(DriveSession).where(DriveSession.drive_id == drive_id).order_by(DriveSession.starts_at)
        )
    )


def points_of(drive_id: int) -> list[tuple[VenuePoint, int]]:
    """The points of a drive with how many people take part there, the central one first."""
    rows = db.session.execute(
        select(VenuePoint, func.count(Summons.id))
        .outerjoin(Summons, and_(Summons.point_id == VenuePoint.id, Summons.withdrawn_at.is_(None)))
        .where(VenuePoint.drive_id == drive_id)
        .group_by(VenuePoint.id)
        .order_by(VenuePoint.is_central.desc(), VenuePoint.id)
    )
    return [(point, count) for point, count in rows]


def organised_by(viewer: SignedIn) -> Select[Drive]:
    """The drives of the units that the viewer organises for."""
    roots = viewer.unit_ids(ROLES_FOR[Action.ORGANISE_DRIVES])
    return select(Drive).where(units.within(Drive.unit_id, roots, clock.today())).order_by(Drive.opens_at.desc())


def drive_for_organiser(viewer: SignedIn, code: str) -> Drive:
    statement = organised_by(viewer).where(Drive.code == code)
    return one_or_not_found(
        statement.options(
            selectinload(Drive.modules).selectinload(DriveModule.version).selectinload(ModuleVersion.module),
            selectinload(Drive.documents),
            selectinload(Drive.sessions),
            selectinload(Drive.unit),
        )
    )


def drives_touching(roots: Collection[int], day: date) -> Select[Drive]:
    """The drives that these units organise, or to which somebody under them is summoned; newest first."""
    summoned = exists().where(
        Summons.drive_id == Drive.id, Summons.withdrawn_at.is_(None), units.within(Summons.unit_id, roots, day)
    )
    ours = or_(units.within(Drive.unit_id, roots, day), summoned)
    return select(Drive).where(ours).order_by(Drive.opens_at.desc())


def summoned(drive_id: int, *, words: str = "") -> Select[Summons]:
    """Everyone called to a drive, in Vietnamese order of given names, with person and unit."""
    statement = (
        select(Summons)
        .join(Summons.person)
        .join(Summons.unit)
        .options(contains_eager(Summons.person), contains_eager(Summons.unit))
        .where(Summons.drive_id == drive_id, Summons.withdrawn_at.is_(None))
        .order_by(Person.sort_key, Person.id)
    )
    return statement.where(found_by(words)) if words else statement


def attendances(session_id: int) -> dict[int, Attendance]:
    rows = db.session.scalars(select(Attendance).where(Attendance.session_id == session_id))
    return {row.summons_id: row for row in rows}


def candidates(roots: Collection[int], day: date) -> Select[Person, Post]:
    """Persons with their main post in these subtrees on a day."""
    return (
        select(Person, Post)
        .join(Post, Post.person_id == Person.id)
        .where(Post.is_main, held_on(Post, day), units.within(Post.unit_id, roots, day))
        .order_by(Person.sort_key, Person.id)
    )


def units_named(codes: Collection[str]) -> dict[str, Unit]:
    return {unit.code: unit for unit in db.session.scalars(select(Unit).where(Unit.code.in_(codes)))}


def count_summoned(drive_ids: Collection[int]) -> dict[int, int]:
    rows = db.session.execute(
        select(Summons.drive_id, func.count())
        .where(Summons.drive_id.in_(drive_ids), Summons.withdrawn_at.is_(None))
        .group_by(Summons.drive_id)
    )
    return dict(rows.all())
