"""Look-ups of people, for a given viewer and day."""

from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from lms import clock, vietnamese
from lms.access import ROLES_FOR, Action
from lms.db import db, one_or_not_found
from lms.people.models import Account, Person, Post, RoleGrant
from lms.people.viewer import SignedIn
from lms.units import queries as units
from lms.units.models import Unit, UnitClosure, valid_on


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


def nearest_holder_unit(unit_id: int, roles: tuple[str, ...], day: date, *, besides: int) -> int | None:
    """The unit itself or the closest above it where someone other than `besides` holds one of these roles."""
    holder = exists().where(
        RoleGrant.unit_id == UnitClosure.ancestor_id,
        RoleGrant.role.in_(roles),
        RoleGrant.person_id != besides,
        held_on(RoleGrant, day),
    )
    return db.session.scalars(
        select(UnitClosure.ancestor_id)
        .where(UnitClosure.descendant_id == unit_id, valid_on(UnitClosure, day), holder)
        .order_by(UnitClosure.depth)
        .limit(1)
    ).first()


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
