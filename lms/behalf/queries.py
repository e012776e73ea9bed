"""Entries within the reach of whoever may enter on somebody's behalf, never about themselves."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from lms import clock, vietnamese
from lms.access import ROLES_FOR, Action
from lms.behalf.models import BehalfEntry
from lms.behalf.rules import UNDECIDED
from lms.content.models import ModuleVersion
from lms.content.rules import Prompt
from lms.db import db
from lms.drives.models import Drive, Summons
from lms.errors import NotFound
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import OPEN_TO_AUTHOR
from lms.units import queries as units
from lms.units.models import Unit

SIZE = 50


def _in_reach(viewer: SignedIn) -> ColumnElement[bool]:
    roots = viewer.unit_ids(ROLES_FOR[Action.ENTER_ON_BEHALF])
    return and_(units.within(Summons.unit_id, roots, clock.today()), Summons.person_id != viewer.person_id)


def _entries(viewer: SignedIn) -> Select[BehalfEntry]:
    return (
        select(BehalfEntry)
        .join(BehalfEntry.summons)
        .join(Summons.drive)
        .join(Summons.person)
        .join(Summons.unit)
        .options(
            contains_eager(BehalfEntry.summons).options(
                contains_eager(Summons.drive), contains_eager(Summons.person), contains_eager(Summons.unit)
            ),
            joinedload(BehalfEntry.made_by),
            joinedload(BehalfEntry.decided_by),
        )
        .where(_in_reach(viewer))
    )


def drive_for(viewer: SignedIn, code: str) -> Drive:
    """A drive with a reflection to which somebody within the viewer's reach is summoned."""
    summoned = select(Summons.id).where(Summons.drive_id == Drive.id, _in_reach(viewer)).exists()
    drive = db.session.scalars(
        select(Drive).where(Drive.code == code, Drive.reflection_version_id.is_not(None), summoned)
    ).one_or_none()
    if drive is None:
        raise NotFound()
    return drive


def entries(viewer: SignedIn, drive: Drive) -> Sequence[BehalfEntry]:
    """The newest entries of a drive, those that wait for a decision first."""
    return db.session.scalars(
        _entries(viewer)
        .where(Summons.drive_id == drive.id)
        .order_by(BehalfEntry.state.not_in(UNDECIDED), BehalfEntry.id.desc())
        .limit(SIZE)
    ).all()


def entry_for(viewer: SignedIn, drive_code: str, entry_id: int) -> BehalfEntry:
    """One entry with its author, drive and unit."""
    found = db.session.scalars(
        _entries(viewer)
        .where(Drive.code == drive_code, BehalfEntry.id == entry_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found


def prompts_of(entry: BehalfEntry) -> list[Prompt]:
    """What the author was asked: as fixed with their own first save, else as the drive asks now."""
    fixed = select(Reflection.version_id).where(Reflection.summons_id == entry.summons_id)
    version_id = db.session.scalar(fixed) or entry.summons.drive.reflection_version_id
    return db.session.get_one(ModuleVersion, version_id).prompt_list()


def without_hand_in(viewer: SignedIn, drive: Drive, words: str) -> Sequence[Summons]:
    """The summoned within reach whose reflection is not handed in and whom nobody enters for, by name or code."""
    folded = vietnamese.fold(words)
    undecided = select(BehalfEntry.id).where(BehalfEntry.summons_id == Summons.id, BehalfEntry.state.in_(UNDECIDED))
    return db.session.scalars(
        select(Summons)
        .join(Summons.person)
        .join(Summons.unit)
        .outerjoin(Reflection, Reflection.summons_id == Summons.id)
        .options(contains_eager(Summons.person), contains_eager(Summons.unit))
        .where(
            Summons.drive_id == drive.id,
            Summons.withdrawn_at.is_(None),
            _in_reach(viewer),
            or_(Reflection.id.is_(None), Reflection.state.in_(OPEN_TO_AUTHOR)),
            ~undecided.exists(),
            or_(
                Person.folded_name.contains(folded, autoescape=True),
                Person.code.icontains(folded, autoescape=True),
                Unit.folded_name.contains(folded, autoescape=True),
            ),
        )
        .order_by(Person.sort_key, Person.id)
        .limit(SIZE)
    ).all()


def summons_for(viewer: SignedIn, drive: Drive, summons_id: int) -> Summons:
    """A place in the drive within the viewer's reach."""
    found = db.session.scalars(
        select(Summons).where(
            Summons.id == summons_id,
            Summons.drive_id == drive.id,
            Summons.withdrawn_at.is_(None),
            _in_reach(viewer),
        )
    ).one_or_none()
    if found is None:
        raise NotFound()
    return found
