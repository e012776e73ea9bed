"""The tables of the organisation. Nothing is deleted: a change closes one row and opens the next."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql import ColumnElement

from lms.db import FOREVER, Model


def valid_on(table: type["UnitLink | UnitName | UnitClosure | TierPreset"], day: date) -> ColumnElement[bool]:
    """The rows of a dated table that hold on this day; both ends belong to a validity."""
    return and_(table.valid_from <= day, table.valid_to >= day)


class TierPreset(Model):
    """One arrangement of tiers and the days between which it holds."""

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date]


class UnitKind(Model):
    """A kind of unit, such as a grassroots union."""

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class PresetKind(Model):
    """In this preset the kind exists and stands on this tier (1 is the top)."""

    preset_code: Mapped[str] = mapped_column(ForeignKey(TierPreset.code), primary_key=True)
    kind_code: Mapped[str] = mapped_column(ForeignKey(UnitKind.code), primary_key=True)
    tier: Mapped[int]
    tier_name: Mapped[str]


class PresetParent(Model):
    """In this preset a unit of one kind may stand under a unit of the other."""

    preset_code: Mapped[str] = mapped_column(ForeignKey(TierPreset.code), primary_key=True)
    kind_code: Mapped[str] = mapped_column(ForeignKey(UnitKind.code), primary_key=True)
    parent_kind_code: Mapped[str] = mapped_column(ForeignKey(UnitKind.code), primary_key=True)


class UnitCategory(Model):
    """What sort of workplace a unit belongs to, apart from its tier: school, commune, non-state …"""

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int]


class Unit(Model):
    """One union organisation. `code` is what spreadsheets call it and never changes."""

    __table_args__ = (CheckConstraint("valid_from <= valid_to", name="dates"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind_code: Mapped[str] = mapped_column(ForeignKey(UnitKind.code))
    category_code: Mapped[str | None] = mapped_column(ForeignKey(UnitCategory.code))
    name: Mapped[str]
    """Today's name; `UnitName` keeps every name with its days."""
    folded_name: Mapped[str]
    sort_key: Mapped[str]
    member_count: Mapped[int | None]
    """Members at the last report; `UnitStat` keeps every report."""
    valid_from: Mapped[date]
    valid_to: Mapped[date] = mapped_column(default=FOREVER)

    kind: Mapped[UnitKind] = relationship()
    category: Mapped[UnitCategory | None] = relationship()


class UnitName(Model):
    """What the unit was called between two days; a certificate of 2023 keeps the name of 2023."""

    __table_args__ = (
        UniqueConstraint("unit_id", "valid_from"),
        CheckConstraint("valid_from <= valid_to", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    name: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date] = mapped_column(default=FOREVER)


class UnitStat(Model):
    """Members of the unit as it reported them on a day."""

    unit_id: Mapped[int] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    as_of: Mapped[date] = mapped_column(primary_key=True)
    member_count: Mapped[int]


class UnitLink(Model):
    """Child stands under parent between two days; on any day a unit has at most one parent."""

    __table_args__ = (
        UniqueConstraint("child_id", "valid_from"),
        CheckConstraint("valid_from <= valid_to", name="dates"),
        CheckConstraint("child_id <> parent_id", name="not_itself"),
        Index("ix_unit_link_parent_id", "parent_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    child_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    parent_id: Mapped[int] = mapped_column(ForeignKey(Unit.id))
    valid_from: Mapped[date]
    valid_to: Mapped[date] = mapped_column(default=FOREVER)


class UnitClosure(Model):
    """Descendant stands somewhere under ancestor (depth 0: itself) between two days.

    Derived from `UnitLink` by `services.rebuild_closure`, so that a question about a subtree is one indexed range.
    """

    __table_args__ = (Index("ix_unit_closure_descendant_id", "descendant_id", "depth"),)

    ancestor_id: Mapped[int] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    descendant_id: Mapped[int] = mapped_column(ForeignKey(Unit.id), primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date]
    depth: Mapped[int]
