"""Sending handed-in texts to the unit that grades them, and on when nobody there can.

Only texts that wait for grading move; what was graded stays with the unit that graded it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from lms import access, audit, clock, vietnamese
from lms.access import ROLES_FOR, Action, Role
from lms.db import db, transaction
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.people.models import Person, Post, RoleGrant
from lms.people.queries import found_by, held_on, holder_units, is_away, is_direct, main_post, nearest_holder_unit
from lms.people.viewer import SignedIn
from lms.reflections import destinations
from lms.reflections.destinations import Holder
from lms.reflections.models import Reflection, Rerouting
from lms.reflections.rules import State
from lms.units import queries as units
from lms.units.models import Unit, UnitClosure, valid_on
from lms.vietnamese import day_of

GRADERS = ROLES_FOR[Action.GRADE]
PAGE = 50
AT_ONCE = 500
"""Texts that one run of the worker moves; the next minute takes the rest."""


def route(reflection: Reflection, summons: Summons, drive: Drive, *, on: date) -> None:
    """Set where the text goes: the unit that manages the author's main post that day, or the nearest above that can."""
    post = main_post(summons.person_id, on)
    start = (post.managing_unit_id or post.unit_id) if post else summons.unit_id
    reflection.routed_from_id = start
    reflection.managing_unit_id = nearest_holder_unit(
        start, GRADERS, on, besides=summons.person_id, forbids_direct=drive.forbids_direct
    )


def _start(day: date) -> ColumnElement[int]:
    """Where the way up begins for the author of the surrounding query; the same as in `route`."""
    main = (
        select(func.coalesce(Post.managing_unit_id, Post.unit_id))
        .where(Post.person_id == Summons.person_id, held_on(Post, day))
        .order_by(Post.is_main.desc(), Post.valid_from, Post.id)
        .limit(1)
        .correlate(Summons)
        .scalar_subquery()
    )
    return func.coalesce(main, Summons.unit_id)


def reroute_due(*, at: datetime) -> int:
    """Move the texts whose author was transferred, or whose unit has nobody left who can grade; say how many moved."""
    return sum(_moved_on(reflection_id, at) for reflection_id in db.session.scalars(_due(day_of(at))).all())


def _due(day: date) -> Select[int]:
    start = _start(day)

    def nearest(of: ColumnElement[Any]) -> Select[int]:
        found = holder_units(
            of, GRADERS, day, besides=Summons.person_id, forbids_direct=Drive.forbids_direct.expression
        )
        return found.limit(1)

    stays = nearest(Reflection.managing_unit_id.expression).where(UnitClosure.depth == 0).exists()
    was_moved = and_(Reflection.routed_from_id.is_not(None), Reflection.routed_from_id != start)
    elsewhere = Reflection.managing_unit_id.is_distinct_from(nearest(start).scalar_subquery())
    return (
        select(Reflection.id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Reflection.state == State.SUBMITTED, or_(was_moved, and_(~stays, elsewhere)))
        .order_by(Reflection.submitted_at, Reflection.id)
        .limit(AT_ONCE)
    )


def _moved_on(reflection_id: int, at: datetime) -> bool:
    """Route once more under lock; somebody else may have graded or moved the text since."""
    day = day_of(at)
    with transaction() as session:
        reflection = session.get_one(Reflection, reflection_id, with_for_update=True, populate_existing=True)
        if (
            reflection.state is not State.SUBMITTED
            or session.scalar(_due(day).where(Reflection.id == reflection_id)) is None
        ):
            return False
        summons = session.get_one(Summons, reflection.summons_id)
        here, start = reflection.managing_unit_id, reflection.routed_from_id
        route(reflection, summons, session.get_one(Drive, summons.drive_id), on=day)
        if reflection.managing_unit_id == here:
            return False
        was_moved = start is not None and reflection.routed_from_id != start
        if here is None:
            reason = _("Nay đã có giám khảo.")
        else:
            reason = (
                _("Người viết chuyển đơn vị.") if was_moved else _("Không còn giám khảo nào ở đó chấm được bài này.")
            )
        _note(reflection, here, reason, by=None, at=at)
        return True


def _note(reflection: Reflection, here: int | None, reason: str, *, by: int | None, at: datetime) -> None:
    there = reflection.managing_unit_id
    row = Rerouting(reflection_id=reflection.id, from_unit_id=here, to_unit_id=there, reason=reason, by_id=by, at=at)
    db.session.add(row)
    before, after = {"unit": here}, {"unit": there}
    audit.record(
        "reroute_reflection", "reflection", reflection.id, by=by, at=at, before=before, after=after, reason=reason
    )


# --- what organisers and grading leads see and do


@dataclass(frozen=True)
class Row:
    """A text that waits for grading, without a word of what it says."""

    id: int
    author_id: int
    author: str
    unit: str
    submitted_at: datetime
    at_unit_id: int | None
    at_unit: str | None


def _in_reach(viewer: SignedIn, drive_code: str) -> Select[*tuple[Any, ...]]:
    """The texts of a drive that the viewer may send elsewhere, never their own.

    Where texts are graded without names, none that the viewer grades: the list says whose each is.
    """
    today, here = clock.today(), aliased(Unit)
    leads, organises = viewer.unit_ids([Role.GRADING_LEAD]), viewer.unit_ids([Role.ORGANISER])
    grades = units.within(Reflection.managing_unit_id, viewer.unit_ids(GRADERS), today)
    return (
        select(Reflection.id, Person.id, Person.full_name, Unit.name, Reflection.submitted_at, here.id, here.name)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .outerjoin(here, here.id == Reflection.managing_unit_id)
        .where(
            Drive.code == drive_code,
            Person.id != viewer.person_id,
            Reflection.state == State.SUBMITTED,
            or_(~Drive.is_blind, Reflection.managing_unit_id.is_(None), ~grades),
            or_(
                units.within(Drive.unit_id, organises, today),
                and_(units.within(Summons.unit_id, leads, today), ~Drive.is_blind),
            ),
        )
    )


def drive_for(viewer: SignedIn, code: str) -> Drive:
    """A drive that the viewer organises, or to which persons of the viewer's units as grading lead are summoned.

    Where texts are graded without names, organisers alone send them elsewhere: whoever leads the grading grades, too.
    """
    today = clock.today()
    leads, organises = viewer.unit_ids([Role.GRADING_LEAD]), viewer.unit_ids([Role.ORGANISER])
    summoned = select(Summons.id).where(Summons.drive_id == Drive.id, units.within(Summons.unit_id, leads, today))
    drive = db.session.scalars(
        select(Drive).where(
            Drive.code == code,
            or_(units.within(Drive.unit_id, organises, today), and_(summoned.exists(), ~Drive.is_blind)),
        )
    ).one_or_none()
    if drive is None:
        raise NotFound()
    return drive


def waiting(viewer: SignedIn, drive_code: str, *, words: str = "", placed: bool = True) -> list[Row]:
    """One page of the texts that wait in some unit's queue, or of those that are in nobody's."""
    statement = _in_reach(viewer, drive_code).order_by(Reflection.submitted_at, Reflection.id).limit(PAGE)
    has_place = Reflection.managing_unit_id.is_not(None)
    statement = statement.where(has_place if placed else ~has_place)
    return [Row(*row) for row in db.session.execute(statement.where(found_by(words)) if words else statement)]


def row_for(viewer: SignedIn, drive_code: str, reflection_id: int) -> Row:
    row = db.session.execute(_in_reach(viewer, drive_code).where(Reflection.id == reflection_id)).first()
    if row is None:
        raise NotFound()
    return Row(*row)


def holders(reflection_ids: Collection[int]) -> dict[int, list[Holder]]:
    """Whoever may grade on the way up from each text's author, nearest first. One query."""
    day = clock.today()
    author = aliased(Person)
    rows = db.session.execute(
        select(
            Reflection.id,
            UnitClosure.depth,
            Unit.id,
            Unit.name,
            Person.full_name,
            RoleGrant.person_id == author.id,
            is_away(RoleGrant.person_id, day),
            is_direct(RoleGrant.person_id, author.id, day),
        )
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(author, author.id == Summons.person_id)
        .join(UnitClosure, and_(UnitClosure.descendant_id == _start(day), valid_on(UnitClosure, day)))
        .join(Unit, Unit.id == UnitClosure.ancestor_id)
        .join(RoleGrant, and_(RoleGrant.unit_id == Unit.id, RoleGrant.role.in_(GRADERS), held_on(RoleGrant, day)))
        .join(Person, Person.id == RoleGrant.person_id)
        .where(Reflection.id.in_(reflection_ids))
        .order_by(UnitClosure.depth, Person.sort_key, RoleGrant.id)
    )
    found: dict[int, list[Holder]] = {reflection_id: [] for reflection_id in reflection_ids}
    for reflection_id, *facts in rows:
        holder = Holder(*cast(Any, facts))
        if holder not in found[reflection_id]:
            found[reflection_id].append(holder)
    return found


def trail_of(reflection_id: int) -> list[Rerouting]:
    """Every move of a text, first to last."""
    return list(
        db.session.scalars(
            select(Rerouting)
            .options(joinedload(Rerouting.from_unit), joinedload(Rerouting.to_unit), joinedload(Rerouting.by))
            .where(Rerouting.reflection_id == reflection_id)
            .order_by(Rerouting.id)
        )
    )


def targets(viewer: SignedIn, row: Row, drive: Drive) -> list[Unit]:
    """The units to which the viewer may send the text: on the author's way up or under the viewer, with a grader."""
    day, above = clock.today(), aliased(UnitClosure)
    upward = (
        select(above.ancestor_id)
        .join(Summons, above.descendant_id == _start(day))
        .join(Reflection, Reflection.summons_id == Summons.id)
        .where(Reflection.id == row.id, valid_on(above, day))
    )
    can = holder_units(Unit.id.expression, GRADERS, day, besides=row.author_id, forbids_direct=drive.forbids_direct)
    can = can.where(UnitClosure.depth == 0)
    mine = units.within(Unit.id, viewer.unit_ids(ROLES_FOR[Action.ROUTE]), day)
    found = select(Unit).where(or_(Unit.id.in_(upward), mine), can.exists()).order_by(Unit.sort_key, Unit.id)
    return [unit for unit in db.session.scalars(found.limit(200)) if unit.id != row.at_unit_id]


def reroute(viewer: SignedIn, drive_code: str, reflection_id: int, unit_id: int, reason: str, *, at: datetime) -> None:
    """Send a waiting text to another unit, with the reason. Twice is once."""
    access.require(viewer, Action.ROUTE)
    reason = vietnamese.squeeze(reason)
    drive, row = drive_for(viewer, drive_code), row_for(viewer, drive_code, reflection_id)
    with transaction() as session:
        reflection = session.get_one(Reflection, reflection_id, with_for_update=True, populate_existing=True)
        here, is_open = reflection.managing_unit_id, reflection.state is State.SUBMITTED
        if refusal := destinations.refusal_to_reroute(is_open, reason):
            raise Refused(refusal)
        if here == unit_id:
            return
        if unit_id not in {unit.id for unit in targets(viewer, row, drive)}:
            raise Refused(_("Đơn vị được chọn không có ai chấm được bài này. Đồng chí chọn đơn vị khác."))
        reflection.managing_unit_id = unit_id
        _note(reflection, here, reason, by=viewer.person_id, at=at)
