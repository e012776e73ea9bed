"""Every look-up of the organisation, always as of a day."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from lms import vietnamese
from lms.db import db
from lms.units.models import PresetKind, PresetParent, TierPreset, Unit, UnitCategory, UnitClosure, UnitLink, valid_on

UnitColumn = InstrumentedAttribute[int] | InstrumentedAttribute[int | None] | ColumnElement[int]
"""A column of another step that names a unit."""


def subtree(roots: Collection[int], day: date) -> Select[int]:
    """The ids of these units and of all that stand under them on this day."""
    return select(UnitClosure.descendant_id).where(UnitClosure.ancestor_id.in_(roots), valid_on(UnitClosure, day))


def is_within(unit_id: int, roots: Collection[int], day: date) -> bool:
    """Does the unit stand in one of these subtrees?"""
    if unit_id in roots:
        return True
    found = subtree(roots, day).where(UnitClosure.descendant_id == unit_id).limit(1)
    return bool(roots) and db.session.execute(found).first() is not None


def within(
    column: UnitColumn,
    roots: Collection[int],
    day: date,
) -> ColumnElement[bool]:
    """A condition for other steps: their unit column lies in one of these subtrees."""
    return column.in_(subtree(roots, day))


def each_within(column: UnitColumn, roots: Collection[int], day: date) -> ColumnElement[bool]:
    """The same condition, asked of one row after the other: for few rows and a subtree of thousands of units."""
    return subtree(roots, day).where(UnitClosure.descendant_id == column).exists()


def top_ids(day: date) -> list[int]:
    """The units that stand under no other on this day."""
    has_parent = select(UnitLink.id).where(UnitLink.child_id == Unit.id, valid_on(UnitLink, day)).exists()
    return list(db.session.scalars(select(Unit.id).where(Unit.valid_from <= day, Unit.valid_to >= day, ~has_parent)))


def unit_path(unit_id: int, day: date) -> list[Unit]:
    """From the top down to the unit itself."""
    return list(
        db.session.scalars(
            select(Unit)
            .join(UnitClosure, UnitClosure.ancestor_id == Unit.id)
            .where(UnitClosure.descendant_id == unit_id, valid_on(UnitClosure, day))
            .order_by(UnitClosure.depth.desc())
        )
    )


def children(unit_id: int, day: date) -> Select[Unit]:
    return (
        select(Unit)
        .join(UnitLink, UnitLink.child_id == Unit.id)
        .where(UnitLink.parent_id == unit_id, valid_on(UnitLink, day))
        .order_by(Unit.sort_key, Unit.id)
    )


def preset_on(day: date) -> TierPreset | None:
    return db.session.scalars(select(TierPreset).where(valid_on(TierPreset, day))).first()


def allowed_parents(preset: TierPreset) -> dict[str, set[str]]:
    """Each kind in force with the kinds that it may stand under."""
    allowed: dict[str, set[str]] = {
        code: set()
        for code in db.session.scalars(select(PresetKind.kind_code).where(PresetKind.preset_code == preset.code))
    }
    for row in db.session.scalars(select(PresetParent).where(PresetParent.preset_code == preset.code)):
        allowed[row.kind_code].add(row.parent_kind_code)
    return allowed


def units_page(roots: Collection[int], day: date, *, words: str, after: int, size: int) -> list[Unit]:
    """One page of the units in these subtrees, in Vietnamese order; search knows no diacritics."""
    statement = select(Unit).where(Unit.id.in_(subtree(roots, day))).order_by(Unit.sort_key, Unit.id)
    if words:
        folded = vietnamese.fold(words)
        in_name = Unit.folded_name.contains(folded, autoescape=True)
        statement = statement.where(or_(in_name, Unit.code.icontains(folded, autoescape=True)))
    return list(db.session.scalars(statement.options(joinedload(Unit.category)).offset(after).limit(size)))


def category_totals(roots: Collection[int], day: date) -> list[tuple[str, int, int]]:
    """For each category its units and members in these subtrees; units without a category are not counted here."""
    rows = db.session.execute(
        select(UnitCategory.name, func.count(), func.coalesce(func.sum(Unit.member_count), 0))
        .join(Unit, Unit.category_code == UnitCategory.code)
        .where(Unit.id.in_(subtree(roots, day)))
        .group_by(UnitCategory.code, UnitCategory.name, UnitCategory.position)
        .order_by(UnitCategory.position)
    )
    return [(name, count, int(members or 0)) for name, count, members in rows]
