"""The list of units from a spreadsheet: what it says, what would change, and the change itself.

An empty cell leaves things as they are. A unit is known by its code; kinds of known units do not change.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from lms import audit, sheets, vietnamese
from lms.db import FOREVER, db, transaction
from lms.imports import Plan, carry_out, chunks
from lms.sheets import Fault, Table, shown
from lms.units import services
from lms.units.lists import COLUMNS, UnitList, UnitRow
from lms.units.models import Unit, UnitLink, UnitName, UnitStat
from lms.units.rules import NAMES, refusal_of_parent
from lms.vietnamese import format_date


class Kind(StrEnum):
    FOUND = "found"
    RENAME = "rename"
    MOVE = "move"
    CATEGORY = "category"
    MEMBERS = "members"


@dataclass(frozen=True)
class Change:
    """One thing that an import does to one unit, from a day on."""

    row: UnitRow
    kind: Kind
    day: date
    before: str = ""
    link_day: date | None = None
    """Of a new unit: from when it stands under its parent, which may be younger."""

    def __str__(self) -> str:
        row = self.row
        said = {"before": self.before or "–", "name": row.name, "parent": row.parent, "n": row.members}
        what = {
            Kind.FOUND: _("lập mới “%(name)s”", **said),
            Kind.RENAME: _("đổi tên “%(before)s” thành “%(name)s”", **said),
            Kind.MOVE: _("chuyển từ %(before)s về %(parent)s", **said),
            Kind.CATEGORY: _("nhóm %(before)s thành %(category)s", category=row.category, **said),
            Kind.MEMBERS: _("số đoàn viên %(before)s thành %(n)s", **said),
        }[self.kind]
        day = format_date(self.day)
        return _("dòng %(row)s, %(code)s: %(what)s, từ %(day)s", row=row.number, code=row.code, what=what, day=day)


class Known(NamedTuple):
    """A unit as it stands before the import; `members` as last reported by its day."""

    code: str
    name: str
    kind: str
    category: str | None
    members: int | None
    valid_from: date
    valid_to: date
    name_from: date | None
    parent: str | None
    parent_from: date | None


def import_units(
    path: Path, *, by: int | None, on: date, sheet: str | None = None, dry_run: bool = False, partial: bool = False
) -> Plan[Change]:
    """Read, check and, unless it is a dry run, write; the plan tells what was, or would be, done."""
    table = sheets.read(path, COLUMNS, sheet)
    return carry_out(
        lambda: _Planner(table, on).units_plan(),
        lambda plan: apply(plan, by=by, on=on),
        dry_run=dry_run,
        partial=partial,
    )


def apply(plan: Plan[Change], *, by: int | None, on: date) -> None:
    """Make all changes of a plan in one transaction, with one entry in the audit trail."""
    with transaction() as session:
        founded = {c.row.code: c for c in plan.changes if c.kind is Kind.FOUND}
        units = {code: _new_unit(change) for code, change in founded.items()}
        session.add_all(units.values())
        session.flush()
        named = {code for c in plan.changes for code in (c.row.code, c.row.parent) if code}
        for codes in chunks(named - set(units)):
            units |= {unit.code: unit for unit in session.scalars(select(Unit).where(Unit.code.in_(codes)))}
        for change in founded.values():
            session.add_all(_beginnings(change, units, on))
        for change in plan.changes:
            _apply(change, units)
        if any(change.kind in (Kind.FOUND, Kind.MOVE) for change in plan.changes):
            services.rebuild_closure()
        top = next((c.row for c in plan.changes if not c.row.parent), plan.changes[0].row)
        facts = {"file": plan.table.file, "on": on.isoformat(), **Counter(c.kind.value for c in plan.changes)}
        audit.record("import_units", "unit", units[top.code].id, by=by, after=facts)


def _new_unit(change: Change) -> Unit:
    """As `services.found_unit` makes it; thousands go to the database together, which is what takes the time."""
    row = change.row
    return Unit(
        code=row.code,
        kind_code=row.kind,
        category_code=row.category,
        name=row.name,
        folded_name=vietnamese.fold(row.name),
        sort_key=vietnamese.collation_key(row.name),
        member_count=row.members,
        valid_from=change.day,
    )


def _beginnings(change: Change, units: Mapping[str, Unit], on: date) -> Iterator[UnitName | UnitLink | UnitStat]:
    row, unit = change.row, units[change.row.code]
    yield UnitName(unit_id=unit.id, name=row.name, valid_from=change.day)
    if row.parent and change.link_day:
        yield UnitLink(child_id=unit.id, parent_id=units[row.parent].id, valid_from=change.link_day)
    if row.members is not None:
        yield UnitStat(unit_id=unit.id, as_of=max(on, change.day), member_count=row.members)


def _apply(change: Change, units: Mapping[str, Unit]) -> None:
    row, unit = change.row, units[change.row.code]
    if change.kind is Kind.RENAME:
        services.rename_unit(unit, row.name, on=change.day)
    elif change.kind is Kind.CATEGORY:
        unit.category_code = row.category
    elif change.kind is Kind.MOVE and row.parent:
        services.move_unit(unit, units[row.parent], on=change.day)
    elif change.kind is Kind.MEMBERS and row.members is not None:
        services.report_members(unit, row.members, on=change.day)


class _Planner(UnitList):
    """Holds the rows against each other and the database; every look-up is made once for the whole file."""

    def __init__(self, table: Table, on: date) -> None:
        super().__init__(table, on)
        self.units = {unit.code: unit for unit in _known(on)}
        self.spellings = {code.casefold(): code for code in self.units}
        self.rows: dict[str, UnitRow] = {}

    def units_plan(self) -> Plan[Change]:
        seen: dict[str, UnitRow] = {}
        for row in map(self.said, self.table.rows):
            first = seen.setdefault(row.code.casefold(), row) if row.code else row
            if row is not first:
                message = _("Mã %(code)s đã có ở dòng %(first)s.", code=shown(row.code), first=first.number)
                self.fault(row.number, "code", message, _("Mỗi đơn vị chỉ một dòng: xóa dòng thừa hoặc sửa mã."))
            elif row.code:
                self.rows[row.code] = row
        self.tops = sum(row.parent is None for row in self.rows.values())
        changes = [change for row in self.rows.values() for change in self._changes(row)]
        self.faults += self._circles(changes)
        aside: list[Fault] = []
        out = {fault.row for fault in self.faults}
        while more := self._hanging_on(out) or self._circles([c for c in changes if c.row.number not in out]):
            aside += more
            out |= {fault.row for fault in more}
        return self.plan([change for change in changes if change.row.number not in out], aside)

    def _parent(self, row: UnitRow) -> tuple[str | None, date] | None:
        """The kind of the unit above and the day since which it is there."""
        if row.parent is None:
            return None
        if known := self.units.get(row.parent):
            return known.kind, known.valid_from
        if said := self.rows.get(row.parent):
            return said.kind, said.day
        message = _("Không có đơn vị mã %(code)s trong tệp này và trong hệ thống.", code=shown(row.parent))
        similar = self.spellings.get(row.parent.casefold())
        cure = _("Có phải là %(code)s?", code=similar) if similar else _("Sửa mã, hoặc thêm đơn vị đó vào tệp.")
        self.fault(row.number, "parent", message, cure)
        return None

    def _refuse(self, row: UnitRow, kind: str | None, parent_kind: str | None, day: date) -> None:
        """Note as a fault what the tiers of the day do not allow."""
        name, allowed = self.tiers(day)
        if kind and (refusal := refusal_of_parent(kind, parent_kind, allowed, name)):
            key = "parent" if parent_kind and kind in allowed else "kind"
            self.fault(row.number, key, refusal, _("Sửa loại, mã cấp trên hoặc Từ ngày."))

    def _changes(self, row: UnitRow) -> list[Change]:
        known = self.units.get(row.code)
        if known is None and (similar := self.spellings.get(row.code.casefold())):
            message = _("Mã %(code)s chỉ khác chữ hoa, chữ thường với %(known)s.", code=shown(row.code), known=similar)
            self.fault(row.number, "code", message, _("Viết mã đúng như đã có."))
            return []
        parent = self._parent(row)
        return self._found(row, parent) if known is None else self._differences(row, known, parent)

    def _found(self, row: UnitRow, parent: tuple[str | None, date] | None) -> list[Change]:
        link_day = max(row.day, parent[1]) if parent else None
        self._refuse(row, row.kind, None, row.day)
        if parent and link_day and parent[0]:
            self._refuse(row, row.kind, parent[0], link_day)
        if not row.parent and (self.units or self.tops > 1):
            message = _("Đơn vị mới %(code)s không có cấp trên.", code=row.code)
            self.hint(row.number, "parent", message, _("Điền Mã đơn vị cấp trên nếu đơn vị không đứng đầu."))
        return [Change(row, Kind.FOUND, row.day, link_day=link_day)]

    def _differences(self, row: UnitRow, known: Known, parent: tuple[str | None, date] | None) -> list[Change]:
        changes = []
        if known.valid_to < row.day:
            message = _("Đơn vị %(code)s đã kết thúc ngày %(day)s.", code=row.code, day=format_date(known.valid_to))
            self.fault(row.number, "code", message, _("Xóa dòng này, hoặc lập đơn vị mới với mã mới."))
        if row.kind and row.kind != known.kind:
            message = _("Đơn vị %(code)s đang là “%(kind)s”.", code=row.code, kind=NAMES.get(known.kind, known.kind))
            self.fault(row.number, "kind", message, _("Giữ loại cũ, hoặc lập đơn vị mới với mã mới."))
        if row.name and row.name != known.name:
            self._not_before(row, row.day, known.name_from, _("mang tên hiện nay"))
            changes.append(Change(row, Kind.RENAME, row.day, known.name))
        if parent is not None and row.parent != known.parent:
            day = max(row.day, parent[1]) if known.parent else max(row.day, parent[1], known.valid_from)
            self._refuse(row, known.kind, parent[0], day)
            self._not_before(row, day, known.parent_from, _("trực thuộc %(code)s", code=known.parent))
            changes.append(Change(row, Kind.MOVE, day, known.parent or ""))
        if row.category not in (None, known.category):
            changes.append(Change(row, Kind.CATEGORY, self.on, known.category or ""))
        if row.members not in (None, known.members):
            before = "" if known.members is None else str(known.members)
            changes.append(Change(row, Kind.MEMBERS, max(self.on, known.valid_from), before))
        return changes

    def _not_before(self, row: UnitRow, day: date, begun: date | None, what: str) -> None:
        """A change on the first day of what it changes mends it; before that day it would rewrite the past."""
        if begun is not None and day < begun:
            days = {"day": format_date(day), "begun": format_date(begun)}
            message = _("Thay đổi từ %(day)s, nhưng đơn vị %(what)s từ %(begun)s.", what=what, **days)
            self.fault(row.number, "since", message, _("Ghi vào Từ ngày đúng ngày thay đổi, hoặc để trống."))

    def _circles(self, changes: list[Change]) -> list[Fault]:
        """Units that would stand under themselves on some day; the links of each day are laid upon the earlier ones."""
        parents = {unit.code: unit.parent for unit in self.units.values()}
        links = [(c.link_day or c.day, c.row) for c in changes if c.link_day or c.kind is Kind.MOVE]
        faults = []
        for _same_day, group in groupby(sorted(links, key=lambda link: link[0]), key=lambda link: link[0]):
            rows = [row for _link_day, row in group]
            parents |= {row.code: row.parent for row in rows}
            for row in rows:
                above = list(islice(_chain(parents, row.code), services.DEEPEST))
                if row.code in above:
                    message = _("Đơn vị %(code)s sẽ trực thuộc chính mình.", code=row.code)
                    faults.append(self.table.at(row.number, "parent", message, _("Sửa mã đơn vị cấp trên.")))
                elif len(above) == services.DEEPEST and len(set(above)) == len(above):
                    message = _("Đơn vị %(code)s đứng dưới quá nhiều cấp.", code=row.code)
                    faults.append(self.table.at(row.number, "parent", message, _("Sửa mã đơn vị cấp trên.")))
        return faults

    def _hanging_on(self, out: set[int]) -> list[Fault]:
        """Sound rows whose parent was to be founded by a row that is out."""
        lost = {row.code: row for row in self.rows.values() if row.number in out and row.code not in self.units}
        faults = []
        for row in self.rows.values():
            if row.number not in out and (above := lost.get(row.parent or "")):
                message = _("Bỏ qua vì đơn vị cấp trên ở dòng %(row)s chưa nhập được.", row=above.number)
                faults.append(self.table.at(row.number, "parent", message, _("Sửa dòng đó rồi nhập lại.")))
        return faults


def _chain(parents: Mapping[str, str | None], code: str | None) -> Iterator[str]:
    """The codes above a unit, from below; endless in a circle."""
    while code := parents.get(code or ""):
        yield code


def _known(on: date) -> Iterator[Known]:
    parent = aliased(Unit)
    latest = (
        select(UnitStat.unit_id, func.max(UnitStat.as_of).label("as_of"))
        .join(Unit, Unit.id == UnitStat.unit_id)
        .where(or_(UnitStat.as_of <= on, UnitStat.as_of <= Unit.valid_from))
        .group_by(UnitStat.unit_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Unit.code,
            Unit.name,
            Unit.kind_code,
            Unit.category_code,
            UnitStat.member_count,
            Unit.valid_from,
            Unit.valid_to,
            UnitName.valid_from,
            parent.code,
            UnitLink.valid_from,
        )
        .outerjoin(UnitName, and_(UnitName.unit_id == Unit.id, UnitName.valid_to == FOREVER))
        .outerjoin(UnitLink, and_(UnitLink.child_id == Unit.id, UnitLink.valid_to == FOREVER))
        .outerjoin(parent, parent.id == UnitLink.parent_id)
        .outerjoin(latest, latest.c.unit_id == Unit.id)
        .outerjoin(UnitStat, and_(UnitStat.unit_id == Unit.id, UnitStat.as_of == latest.c.as_of))
    )
    return map(Known._make, rows)
