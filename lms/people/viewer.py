"""The signed-in person, as every request needs them: one query, no more."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask_login import UserMixin
from sqlalchemy import Date, ScalarSelect, String, and_, bindparam, cast, func, select

from lms import clock
from lms.access import Role
from lms.db import db, fetch
from lms.notices.models import Notice
from lms.people.models import Account, Person, RoleGrant, SignIn
from lms.people.rules import TextSize
from lms.units import queries as units


@dataclass(frozen=True)
class SignedIn(UserMixin):
    """Who is asking: a person on a device, with the roles that they hold today and the units they hold them over."""

    token: str
    sign_in_id: int
    account_id: int
    person_id: int
    full_name: str
    username: str
    seen_at: datetime
    must_choose_password: bool
    grants: tuple[tuple[Role, int], ...]
    text_size: TextSize = TextSize.NORMAL
    high_contrast: bool = False
    unread: int = 0
    """How many notices wait to be read."""

    def get_id(self) -> str:
        return self.token

    def unit_ids(self, roles: Collection[Role]) -> list[int]:
        """The units over which one of these roles is held; each stands for its whole subtree."""
        return sorted({unit_id for role, unit_id in self.grants if role in roles})

    def holds(self, roles: Collection[Role], unit_id: int | None) -> bool:
        roots = self.unit_ids(roles)
        return bool(roots) if unit_id is None else units.is_within(unit_id, roots, clock.today())


def token_hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _grants() -> ScalarSelect[str]:
    """The roles that the person of the surrounding query holds on :today, as "role:unit,role:unit"."""
    pair = cast(RoleGrant.role, String) + ":" + cast(RoleGrant.unit_id, String)
    today = bindparam("today", type_=Date)
    held = and_(RoleGrant.person_id == Person.id, RoleGrant.valid_from <= today, RoleGrant.valid_to >= today)
    return select(func.aggregate_strings(pair, ",")).where(held).correlate(Person).scalar_subquery()


def _unread() -> ScalarSelect[int]:
    """How many notices the person of the surrounding query has not read."""
    waiting = and_(Notice.person_id == Person.id, Notice.read_at.is_(None))
    return select(func.count()).select_from(Notice).where(waiting).correlate(Person).scalar_subquery()


SIGNED_IN = (
    select(
        SignIn.id,
        SignIn.seen_at,
        SignIn.by_code,
        Account.id,
        Account.username,
        Person.id,
        Person.full_name,
        Account.text_size,
        Account.high_contrast,
        _unread(),
        _grants(),
    )
    .join(Account, Account.id == SignIn.account_id)
    .join(Person, Person.id == Account.person_id)
    .where(SignIn.token_hash == bindparam("token"), SignIn.ended_at.is_(None), Account.is_open)
)
"""Asked by every request, so put together once."""


def signed_in(token: str) -> SignedIn | None:
    """The person behind a device's token, while the sign-in and the account are open."""
    row = fetch(SIGNED_IN, {"token": token_hash(token), "today": clock.today()}).first()
    if row is None:
        return None
    sign_in_id, seen_at, by_code, account_id, username, person_id, full_name, text_size, high_contrast, unread, held = (
        row
    )
    return SignedIn(
        token=token,
        sign_in_id=sign_in_id,
        account_id=account_id,
        person_id=person_id,
        full_name=full_name,
        username=username,
        seen_at=seen_at,
        must_choose_password=by_code,
        grants=_pairs(held),
        text_size=text_size,
        high_contrast=high_contrast,
        unread=unread,
    )


def acting_as(person: Person) -> SignedIn:
    """The person as a viewer without a device: for commands that act in somebody's name."""
    held = select(_grants()).select_from(Person).where(Person.id == person.id)
    return SignedIn(
        token="",
        sign_in_id=0,
        account_id=person.account.id if person.account else 0,
        person_id=person.id,
        full_name=person.full_name,
        username=person.account.username if person.account else "",
        seen_at=clock.now(),
        must_choose_password=False,
        grants=_pairs(db.session.scalar(held, {"today": clock.today()})),
    )


def _pairs(held: str | None) -> tuple[tuple[Role, int], ...]:
    pairs = (pair.split(":") for pair in held.split(",")) if held else ()
    return tuple((Role(role), int(unit_id)) for role, unit_id in pairs)
