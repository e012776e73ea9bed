"""Look-ups of people, for a given viewer and day."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, selectinload

from lms import clock, vietnamese
from lms.access import ROLES_FOR, Action
from lms.db import db, one_or_not_found
from lms.people.models import Absence, Account, Person, Post, RoleGrant
from lms.people.rules import Position
from lms.people.viewer import SignedIn
from lms.units import queries as units
from lms.units.models import Unit, UnitClosure, UnitLink, valid_on

Id = InstrumentedAttribute[int] | ColumnElement[int] | int
"""A person or a unit: one, or the one of a surrounding query."""


def held_on(table: type[Post | RoleGrant], day: date) -> ColumnElement[bool]:
    return and_(table.valid_from <= day, table.valid_to >= day)


def visible_to(viewer: SignedIn) -> Select[Person]:
    """The people whom this viewer administers: those with a post in the subtree of one of their units."""
    today = clock.today()
    roots = viewer.unit_ids(ROLES_FOR[Action.MANAGE_PEOPLE])
    posted = exists().where(Post.person_id == Person.id, held_on(Post, today), units.within(Post.unit_id, roots, today))
    return select(Person).where(posted)


def person_for(viewer: SignedIn, person_id: int) -> Person:
    return one_or_not_found(visible_to(viewer).where(Person.id == person_id))


def found_by(words: str) -> ColumnElement[bool]:
    """Search without diacritics in name, code and user name."""
    folded = vietnamese.fold(words)
    account = exists().where(Account.person_id == Person.id, Account.username.contains(folded, autoescape=True))
    in_name = Person.folded_name.contains(folded, autoescape=True)
    return or_(in_name, Person.code.icontains(folded, autoescape=True), account)


def people_page(viewer: SignedIn, *, words: str, after: int, size: int) -> list[Person]:
    """One page of the people list in Vietnamese order of given names, with main post and account loaded."""
    statement = visible_to(viewer).order_by(Person.sort_key, Person.id).offset(after).limit(size)
    if words:
        statement = statement.where(found_by(words))
    statement = statement.options(selectinload(Person.account), selectinload(Person.posts).selectinload(Post.unit))
    return list(db.session.scalars(statement))


def main_post(person_id: int, day: date) -> Post | None:
    """The person's main post on a day; where none is marked main, the earliest of those they hold."""
    return db.session.scalars(
        select(Post)
        .join(Post.unit)
        .options(contains_eager(Post.unit))
        .where(Post.person_id == person_id, held_on(Post, day))
        .order_by(Post.is_main.desc(), Post.valid_from, Post.id)
        .limit(1)
    ).first()


def is_away(person_id: Id, day: date) -> ColumnElement[bool]:
    """Is the person of this column on leave that day?"""
    return (
        exists()
        .where(
            Absence.person_id == person_id,
            Absence.first_day <= day,
            Absence.last_day >= day,
            Absence.withdrawn_at.is_(None),
        )
        .correlate_except(Absence)
    )


def _standing(post: type[Post]) -> ColumnElement[int]:
    return case((post.position == Position.CHAIR, 0), (post.position == Position.VICE_CHAIR, 1), else_=2)


def is_direct(one_id: Id, other_id: Id, day: date) -> ColumnElement[bool]:
    """`rules.is_direct` for the posts that two persons hold on a day."""
    one, other = aliased(Post), aliased(Post)
    linked = or_(
        and_(UnitLink.child_id == one.unit_id, UnitLink.parent_id == other.unit_id),
        and_(UnitLink.child_id == other.unit_id, UnitLink.parent_id == one.unit_id),
    )
    adjoining = exists().where(valid_on(UnitLink, day), linked).correlate_except(UnitLink)
    met = or_(
        and_(one.unit_id == other.unit_id, _standing(one) != _standing(other)),
        and_(_standing(one) == 0, _standing(other) == 0, adjoining),
    )
    both_held = and_(held_on(one, day), held_on(other, day))
    return (
        exists()
        .where(one.person_id == one_id, other.person_id == other_id, both_held, met)
        .correlate_except(one, other)
    )


def direct_of(person_ids: Collection[int], day: date) -> list[tuple[int, int]]:
    """Each of these persons with everybody of whom `is_direct` is true on the day: two joins for all of them."""
    one, other = aliased(Post), aliased(Post)
    mine = (one.person_id.in_(person_ids), held_on(one, day), held_on(other, day), one.person_id != other.person_id)
    pair = select(one.person_id, other.person_id)
    within = pair.join(other, other.unit_id == one.unit_id).where(*mine, _standing(one) != _standing(other))
    chairs = (*mine, _standing(one) == 0, _standing(other) == 0, valid_on(UnitLink, day))
    upward = (
        pair.join(UnitLink, UnitLink.child_id == one.unit_id)
        .join(other, other.unit_id == UnitLink.parent_id)
        .where(*chairs)
    )
    downward = (
        pair.join(UnitLink, UnitLink.parent_id == one.unit_id)
        .join(other, other.unit_id == UnitLink.child_id)
        .where(*chairs)
    )
    return [(mine_id, theirs) for mine_id, theirs in db.session.execute(union(within, upward, downward))]


def holder_units(
    start: Id, roles: tuple[str, ...], day: date, *, besides: Id, forbids_direct: ColumnElement[bool] | bool
) -> Select[int]:
    """The unit itself and those above it, nearest first, where somebody can act for `besides`.

    Whoever holds one of the roles there counts, unless it is the person, somebody on leave, or, where that is
    forbidden, the person's direct superior or subordinate.
    """
    clash = and_(
        literal(forbids_direct) if isinstance(forbids_direct, bool) else forbids_direct,
        is_direct(RoleGrant.person_id, besides, day),
    )
    free = and_(RoleGrant.person_id != besides, ~is_away(RoleGrant.person_id, day), ~clash)
    holds = and_(RoleGrant.role.in_(roles), held_on(RoleGrant, day))
    holder = exists().where(RoleGrant.unit_id == UnitClosure.ancestor_id, holds, free).correlate_except(RoleGrant)
    return (
        select(UnitClosure.ancestor_id)
        .where(UnitClosure.descendant_id == start, valid_on(UnitClosure, day), holder)
        .order_by(UnitClosure.depth)
        .correlate_except(UnitClosure)
    )


def nearest_holder_unit(
    unit_id: int, roles: tuple[str, ...], day: date, *, besides: int, forbids_direct: bool = False
) -> int | None:
    """The unit itself or the closest above it where someone can act for `besides`."""
    found = holder_units(unit_id, roles, day, besides=besides, forbids_direct=forbids_direct)
    return db.session.scalars(found.limit(1)).first()


def absences_of(person_id: int) -> list[Absence]:
    """What is still to come or running, soonest first."""
    return list(
        db.session.scalars(
            select(Absence)
            .where(Absence.person_id == person_id, Absence.last_day >= clock.today(), Absence.withdrawn_at.is_(None))
            .order_by(Absence.first_day, Absence.id)
        )
    )


def person_or_self(viewer: SignedIn, person_id: int) -> Person:
    """Oneself, or somebody whom the viewer administers."""
    return one_or_not_found(
        select(Person).where(Person.id == person_id)
        if person_id == viewer.person_id
        else visible_to(viewer).where(Person.id == person_id)
    )


def grants_of(person_id: int) -> list[RoleGrant]:
    today = clock.today()
    return list(
        db.session.scalars(
            select(RoleGrant)
            .join(Unit, Unit.id == RoleGrant.unit_id)
            .options(contains_eager(RoleGrant.unit))
            .where(RoleGrant.person_id == person_id, RoleGrant.valid_to >= today)
            .order_by(RoleGrant.role, Unit.sort_key)
        )
    )
