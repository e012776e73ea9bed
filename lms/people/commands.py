"""`lms people …` on the command line."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click
from flask import Flask
from flask_babel import gettext as _
from sqlalchemy import select

from lms import clock, imports
from lms.access import ROLE_NAMES, Role
from lms.db import db
from lms.people import codes as unit_codes
from lms.people import services
from lms.people.importing import Kind, import_people
from lms.people.models import Account, Person
from lms.units.models import Unit

KIND_NAMES = {
    Kind.REGISTER: "người mới",
    Kind.DESCRIBE: "sửa thông tin",
    Kind.ACCOUNT: "mở tài khoản",
    Kind.APPOINT: "chức vụ mới",
    Kind.REPLACE: "thay chức vụ",
    Kind.MEND: "sửa chức vụ",
}


@click.group()
def people() -> None:
    """Danh sách cán bộ, tài khoản và mã đăng nhập."""


@people.command("import")
@imports.options
@click.pass_obj
def import_(app: Flask, file: Path, sheet: str | None, dry_run: bool, partial: bool, on: datetime | None) -> None:
    """Nhập hoặc cập nhật cán bộ và chức vụ từ FILE (.xlsx hoặc .csv)."""
    day = on.date() if on else clock.today()
    plan = import_people(file, by=None, on=day, sheet=sheet, dry_run=dry_run, partial=partial)
    counts = Counter(KIND_NAMES[change.kind] for change in plan.changes)
    raise SystemExit(imports.report(plan, counts, dry_run=dry_run, partial=partial))


@people.command()
@click.option("--unit", required=True, help="Mã đơn vị; gồm mọi đơn vị trực thuộc.")
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Tệp .xlsx sẽ ghi.")
@click.option("--days", type=click.IntRange(1, 365), help="Số ngày mã có giá trị.")
@click.pass_obj
def codes(app: Flask, unit: str, out: Path, days: int | None) -> None:
    """Cấp mã đăng nhập cho người chưa có mật khẩu, ghi thành danh sách để in."""

    def watched(ids: list[int]) -> Iterator[int]:
        with click.progressbar(ids, label=_("Đang cấp mã")) as bar:
            yield from bar

    count = unit_codes.issue_to_unit(unit, out, at=clock.now(), days=days or app.config["CODE_DAYS"], watch=watched)
    if count:
        click.echo(
            _("Đã cấp %(n)s mã, ghi vào %(file)s. Mã cấp trước đó cho họ không dùng được nữa.", n=count, file=out)
        )
    else:
        click.echo(_("Không có ai cần mã: mọi người trong đơn vị đã có mật khẩu hoặc chưa có tài khoản."))


def _person_named(username: str) -> Person:
    found = db.session.scalars(select(Person).join(Person.account).where(Account.username == username)).one_or_none()
    if found is None:
        raise click.ClickException(_("Không có tên đăng nhập “%(name)s”.", name=username))
    return found


@people.command()
@click.argument("username")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.argument("unit_code")
@click.pass_obj
def grant(app: Flask, username: str, role: str, unit_code: str) -> None:
    """Cấp vai trò tại một đơn vị; dùng cho người quản trị đầu tiên."""
    unit = db.session.scalars(select(Unit).where(Unit.code == unit_code)).one_or_none()
    if unit is None:
        raise click.ClickException(_("Không có đơn vị mang mã “%(code)s”.", code=unit_code))
    services.grant_role(_person_named(username), Role(role), unit, by=None, on=clock.today())
    click.echo(_("Đã cấp vai trò %(role)s tại %(unit)s.", role=ROLE_NAMES[Role(role)](), unit=unit.name))


@people.command()
@click.argument("username")
@click.pass_obj
def code(app: Flask, username: str) -> None:
    """Cấp mã dùng một lần cho một người và in ra."""
    days = app.config["CODE_DAYS"]
    issued = services.issue_code(_person_named(username), by=None, at=clock.now(), days=days)
    click.echo(_("%(name)s: %(code)s (dùng trong %(n)s ngày)", name=username, code=issued, n=days))
