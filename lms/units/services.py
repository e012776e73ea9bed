"""Founding, renaming and moving units; each change is dated and leaves the past readable."""

from datetime import date, timedelta

from sqlalchemy import and_, case, delete, insert, literal, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import ColumnElement

from lms import vietnamese
from lms.db import FOREVER, db, transaction
from lms.units.models import (
    PresetKind,
    PresetParent,
    TierPreset,
    Unit,
    UnitCategory,
    UnitClosure,
    UnitKind,
    UnitLink,
    UnitName,
    UnitStat,
)
from lms.units.rules import CATEGORIES, NAMES, PRESETS

DEEPEST = 20
"""No organisation is deeper; a faulty circle of links ends here instead of running on."""


def install_presets() -> None:
    """Put kinds, both presets of tiers, and the categories in place. Running it again changes nothing."""
    with transaction() as session:
        if session.get(TierPreset, PRESETS[0].code):
            return
        session.add_all(UnitKind(code=code, name=name) for code, name in NAMES.items())
        session.add_all(
            UnitCategory(code=code, name=name, position=position)
            for position, (code, name) in enumerate(CATEGORIES.items())
        )
        session.add_all(
            TierPreset(code=preset.code, name=preset.name, valid_from=preset.valid_from, valid_to=preset.valid_to)
            for preset in PRESETS
        )
        session.flush()
        for preset in PRESETS:
            for kind in preset.kinds:
                session.add(
                    PresetKind(
                        preset_code=preset.code,
                        kind_code=kind.code,
                        tier=kind.tier,
                        tier_name=preset.tiers[kind.tier - 1],
                    )
                )
                session.add_all(
                    PresetParent(preset_code=preset.code, kind_code=kind.code, parent_kind_code=parent)
                    for parent in kind.parents
                )


def found_unit(
    *,
    code: str,
    name: str,
    kind: str,
    on: date,
    parent: Unit | None = None,
    category: str | None = None,
    members: int | None = None,
) -> Unit:
    """A new unit from this day on. The caller rebuilds the closure once after the last change."""
    with transaction() as session:
        unit = Unit(
            code=code,
            kind_code=kind,
            category_code=category,
            name=name,
            folded_name=vietnamese.fold(name),
            sort_key=vietnamese.collation_key(name),
            valid_from=on,
        )
        session.add(unit)
        session.flush()
        session.add(UnitName(unit_id=unit.id, name=name, valid_from=on))
        if parent is not None:
            session.add(UnitLink(child_id=unit.id, parent_id=parent.id, valid_from=on))
        if members is not None:
            report_members(unit, members, on=on)
        return unit


def rename_unit(unit: Unit, name: str, *, on: date) -> None:
    """From this day the unit bears another name; until the day before it keeps the old one."""
    with transaction() as session:
        current = session.scalars(
            select(UnitName).where(UnitName.unit_id == unit.id, UnitName.valid_to == FOREVER)
        ).one()
        if current.valid_from == on:
            current.name = name
        else:
            current.valid_to = on - timedelta(days=1)
            session.add(UnitName(unit_id=unit.id, name=name, valid_from=on))
        unit.name, unit.folded_name = name, vietnamese.fold(name)
        unit.sort_key = vietnamese.collation_key(name)


def move_unit(unit: Unit, parent: Unit, *, on: date) -> None:
    """From this day the unit stands under another parent. The caller rebuilds the closure."""
    with transaction() as session:
        current = session.scalars(
            select(UnitLink).where(UnitLink.child_id == unit.id, UnitLink.valid_to == FOREVER)
        ).one_or_none()
        if current is not None and current.valid_from == on:
            current.parent_id = parent.id
            return
        if current is not None:
            current.valid_to = on - timedelta(days=1)
        session.add(UnitLink(child_id=unit.id, parent_id=parent.id, valid_from=on))


def report_members(unit: Unit, count: int, *, on: date) -> None:
    """The unit reports its number of members as of a day; the latest report is today's number."""
    with transaction() as session:
        session.merge(UnitStat(unit_id=unit.id, as_of=on, member_count=count))
        session.flush()
        latest = select(UnitStat.member_count).where(UnitStat.unit_id == unit.id).order_by(UnitStat.as_of.desc())
        unit.member_count = session.scalars(latest.limit(1)).one()


def _later(one: ColumnElement[date], other: InstrumentedAttribute[date]) -> ColumnElement[date]:
    return case((one > other, one), else_=other)


def _earlier(one: ColumnElement[date], other: InstrumentedAttribute[date]) -> ColumnElement[date]:
    return case((one < other, one), else_=other)


def rebuild_closure() -> None:
    """Work out anew who stands under whom and when: the days of a path are those that all its links share."""
    itself = select(
        Unit.id.label("ancestor_id"),
        Unit.id.label("descendant_id"),
        Unit.valid_from.label("valid_from"),
        Unit.valid_to.label("valid_to"),
        literal(0).label("depth"),
    )
    path = itself.cte("path", recursive=True)
    since, until = _later(path.c.valid_from, UnitLink.valid_from), _earlier(path.c.valid_to, UnitLink.valid_to)
    path = path.union_all(
        select(path.c.ancestor_id, UnitLink.child_id, since, until, path.c.depth + 1).join(
            UnitLink, and_(UnitLink.parent_id == path.c.descendant_id, since <= until, path.c.depth < DEEPEST)
        )
    )
    with transaction() as session:
        session.flush()
        session.execute(delete(UnitClosure))
        columns = ["ancestor_id", "descendant_id", "valid_from", "valid_to", "depth"]
        session.execute(insert(UnitClosure).from_select(columns, select(*(path.c[name] for name in columns))))
    db.session.expire_all()
