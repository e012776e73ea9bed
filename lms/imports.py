"""What every import from a spreadsheet shares: the plan of changes, the checks of a row, and the report on paper."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import click
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from lms import vietnamese
from lms.db import transaction
from lms.errors import Refused
from lms.sheets import Fault, Row, Table, shown

C = TypeVar("C")
T = TypeVar("T")

SHOWN = 10
"""Changes and hints that a report spells out; it counts the others."""


@dataclass(frozen=True)
class Plan(Generic[C]):
    """What an import would do. `hints` deserve a look; `set_aside` are sound rows that hang on a faulty one."""

    table: Table
    changes: list[C]
    faults: list[Fault]
    hints: list[Fault]
    set_aside: list[Fault]

    def may_write(self, *, partial: bool) -> bool:
        """All or nothing, unless the sound rows alone are wanted."""
        return bool(self.changes) and (partial or not self.faults)


def carry_out(
    plan: Callable[[], Plan[C]], apply: Callable[[Plan[C]], None], *, dry_run: bool, partial: bool
) -> Plan[C]:
    """Plan and write in one transaction, so that nobody changes what the plan was made from."""
    try:
        with nullcontext() if dry_run else transaction():
            planned = plan()
            if not dry_run and planned.may_write(partial=partial):
                apply(planned)
            return planned
    except IntegrityError:
        raise Refused(_("Có người vừa ghi cùng những dòng này; chưa ghi gì. Hãy chạy lại lệnh.")) from None


def chunks(things: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Lists short enough for one IN (…) on every database."""
    source = iter(things)
    while chunk := list(islice(source, size)):
        yield chunk


class Checker:
    """Collects faults and hints about the rows of a table, imported on a day."""

    def __init__(self, table: Table, on: date) -> None:
        self.table, self.on = table, on
        self.faults = list(table.faults)
        self.hints: list[Fault] = []

    def fault(self, row: int, key: str, message: str, cure: str) -> None:
        self.faults.append(self.table.at(row, key, message, cure))

    def hint(self, row: int, key: str, message: str, cure: str) -> None:
        self.hints.append(self.table.at(row, key, message, cure))

    def code(self, row: Row, key: str) -> str:
        """A code that can be told from others on paper; empty when it is missing or faulty."""
        code = row[key]
        if not code or (len(code) <= 40 and code[0].isalnum() and all(c.isalnum() or c in "._-/" for c in code)):
            return code
        cure = _("Mã gồm chữ, chữ số và các dấu . _ - / , không có khoảng trắng, dài tối đa 40 ký tự.")
        self.fault(row.number, key, _("Mã %(code)s không hợp lệ.", code=shown(code)), cure)
        return ""

    def day(self, row: Row) -> date | None:
        """The day from which the row says that things hold; None when it does not say."""
        if not row["since"]:
            return None
        try:
            day = vietnamese.parse_date(row["since"])
        except ValueError as error:
            self.fault(row.number, "since", str(error), _("Viết ngày như 01/07/2025."))
            return None
        if not 1929 <= day.year <= self.on.year + 1:
            self.fault(row.number, "since", _("Năm %(year)s không hợp lý.", year=day.year), _("Kiểm tra lại năm."))
            return None
        return day

    def plan(self, changes: list[C], set_aside: list[Fault]) -> Plan[C]:
        faults = sorted(dict.fromkeys(self.faults), key=lambda fault: (fault.row, len(fault.column), fault.column))
        return Plan(self.table, changes, faults, self.hints, set_aside)


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument and options of every import command."""
    for option in (
        click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Ngày nhập, mặc định hôm nay."),
        click.option("--partial", is_flag=True, help="Ghi các dòng đúng dù dòng khác có lỗi."),
        click.option("--dry-run", is_flag=True, help="Chỉ kiểm tra, không ghi gì."),
        click.option("--sheet", help="Tên trang tính; mặc định trang đầu tiên có dữ liệu."),
        click.argument("file", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def report(plan: Plan[C], kinds: Mapping[str, int], *, dry_run: bool, partial: bool) -> int:
    """Print what an import did or would do, the faults on standard error; return the exit code."""
    place = plan.table.file + (f", trang '{plan.table.sheet}'" if plan.table.sheet else "")
    counts = "; ".join(f"{name} {count}" for name, count in kinds.items() if count) or _("không có gì thay đổi")
    _say(_("%(place)s: %(rows)s dòng; %(counts)s.", place=place, rows=len(plan.table.rows), counts=counts))
    for line in _some(plan.changes):
        _say(f"  {line}")
    for note in plan.table.notes:
        _say(_("Ghi chú: %(note)s", note=note))
    for line in _some(plan.hints):
        _say(_("Nên xem lại: %(line)s", line=line))
    for fault in [*plan.faults, *(plan.set_aside if partial else ())]:
        _say(str(fault), err=True)
    _say(_outcome(plan, dry_run=dry_run, partial=partial))
    return 1 if plan.faults else 0


def _say(line: str, *, err: bool = False) -> None:
    """What a file says must not steer the terminal, nor break the rule of one line each."""
    click.echo(re.sub("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "�", line), err=err)


def _some(things: list[T]) -> list[str]:
    rest = [_("… và %(n)s mục nữa", n=len(things) - SHOWN)] if len(things) > SHOWN else []
    return [*map(str, things[:SHOWN]), *rest]


def _outcome(plan: Plan[C], *, dry_run: bool, partial: bool) -> str:
    bad = len({fault.row for fault in plan.faults})
    if dry_run:
        return _("Chạy thử: chưa ghi gì.")
    if plan.faults and not partial:
        return _("Chưa ghi gì: %(n)s dòng có lỗi. Sửa rồi nhập lại, hoặc thêm --partial để ghi các dòng đúng.", n=bad)
    if not plan.changes:
        return _("Không có gì để ghi.")
    if plan.faults:
        return _("Đã ghi các dòng đúng; %(n)s dòng có lỗi, chưa ghi.", n=bad)
    return _("Đã ghi.")
