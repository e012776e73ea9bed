"""The tables of people, their posts, accounts, sign-ins and roles."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.access import Role
from lms.db import FOREVER, Model, Word
from lms.people.rules import Position, TextSize
from lms.units.models import Unit


class Person(Model):
    """A cadre or member. `code` is what spreadsheets call them and never changes."""

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    folded_name: Mapped[str] = mapped_column(index=True)
    sort_key: Mapped[str]
    birth_year: Mapped[int | None]
    birth_date: Mapped[date | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]

    account: Mapped["Account | None"] = relationship(back_populates="person")
    posts: Mapped[list["Post"]] = relationship(back_populates="person", order_by="Post.valid_from")


class Post(Model):
    """A person holds a position in a unit between two days; on any day at most one post is the main one."""

    __table_args__ = (
        UniqueConstraint("person_id", "unit_id", "position", "valid_from"),
        CheckConstraint("valid_from <= valid_to", name="dates"),
        Index(
            "uq_post_open_main",
            "person_id",
            unique=True,
            sqlite_where=text("is_main AND valid_to = '9999-12-31'"),
            postgresql_where=text("is_main AND valid_to = '9999-12-31'"),
        ),
        Index("ix_post_unit_id", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    position: Mapped[Position] = mapped_column(Word(Position))
    full_time: Mapped[bool] = mapped_column(default=False)
    is_main: Mapped[bool] = mapped_column(default=True)
    managing_unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    """Who manages this cadre, where that is not the unit of the post itself (phân cấp quản lý cán bộ)."""
    valid_from: Mapped[date]
    valid_to: Mapped[date] = mapped_column(default=FOREVER)

    person: Mapped[Person] = relationship(back_populates="posts")
    unit: Mapped[Unit] = relationship(foreign_keys=unit_id)


class Account(Model):
    """How a person signs in: a user name with a one-time code first, then a password of their own."""

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id), unique=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    code_hash: Mapped[str | None]
    code_expires_at: Mapped[datetime | None]
    is_open: Mapped[bool] = mapped_column(default=True)
    text_size: Mapped[TextSize] = mapped_column(Word(TextSize), default=TextSize.NORMAL)
    high_contrast: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship(back_populates="account")


class SignIn(Model):
    """A device that is signed in. Only the SHA-256 of its token is kept."""

    __table_args__ = (Index("ix_sign_in_account_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey(Account.id))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str]
    by_code: Mapped[bool]
    """Signed in with a one-time code and has not chosen a password yet."""


class SignInFailure(Model):
    """Failed tries in a row for one key.

    An account seen from strange devices, one known device, an address, or an address that tries receipts.
    """

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class RoleGrant(Model):
    """A person holds a role over a unit and everything under it between two days."""

    __table_args__ = (
        UniqueConstraint("person_id", "role", "unit_id", "valid_from"),
        CheckConstraint("valid_from <= valid_to", name="dates"),
        Index("ix_role_grant_unit_id", "unit_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    role: Mapped[Role] = mapped_column(Word(Role))
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    valid_from: Mapped[date]
    valid_to: Mapped[date] = mapped_column(default=FOREVER)

    person: Mapped[Person] = relationship()
    unit: Mapped[Unit] = relationship()


class Absence(Model):
    """A person is away from the first to the last day: on leave, ill. One entered wrongly is withdrawn."""

    __table_args__ = (
        CheckConstraint("first_day <= last_day", name="days"),
        Index("ix_absence_person_id", "person_id", "last_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str]
    entered_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
