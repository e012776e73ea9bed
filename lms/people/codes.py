"""One-time codes for all of a unit who have no password yet, as a list to print and hand out."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import xlsxwriter
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lms.db import db
from lms.errors import Refused
from lms.people import services
from lms.people.models import Account, Person, Post
from lms.people.queries import held_on
from lms.units import queries as units
from lms.units.models import Unit
from lms.vietnamese import day_of, format_datetime

COLUMNS = (("STT", 6), ("Đơn vị", 44), ("Họ và tên", 30), ("Tên đăng nhập", 24), ("Mã dùng một lần", 20))


@dataclass(frozen=True)
class Slip:
    """What one person gets on paper."""

    unit: str
    name: str
    username: str
    code: str


def issue_to_unit(
    code: str, out: Path, *, at: datetime, days: int, watch: Callable[[list[int]], Iterable[int]] = iter
) -> int:
    """Issue codes in the unit's subtree and write the list; return how many. An existing file is never touched.

    Each code is its own small transaction, since hashing takes long. A run that was cut short is simply run again: the
    codes that nobody has seen become void. `watch` may show how far the work has come.
    """
    today = day_of(at)
    unit = db.session.scalars(select(Unit).where(Unit.code == code)).one_or_none()
    if unit is None:
        raise Refused(_("Không có đơn vị mã “%(code)s”.", code=code))
    waiting = _waiting(unit, today)
    if not waiting:
        return 0
    with _new_file(out) as file:
        try:
            slips = [_slip(person_id, waiting[person_id], at, days) for person_id in watch(list(waiting))]
            _write(file, unit.name, at + timedelta(days=days), slips)
        except BaseException:
            out.unlink()
            raise
    return len(slips)


def _waiting(unit: Unit, today: date) -> dict[int, str]:
    """Persons with an open account but no password whose main post is in the subtree, each with the post's unit."""
    subtree = units.subtree([unit.id], today)
    someone = select(Post.person_id).where(held_on(Post, today), Post.unit_id.in_(subtree))
    posts = db.session.execute(
        select(Post.person_id, Unit.name, Post.unit_id.in_(subtree), Unit.sort_key, Person.sort_key)
        .join(Unit, Unit.id == Post.unit_id)
        .join(Person, Person.id == Post.person_id)
        .join(Account, Account.person_id == Post.person_id)
        .where(held_on(Post, today), Account.is_open, Account.password_hash.is_(None), Post.person_id.in_(someone))
        .order_by(Post.person_id, Post.is_main.desc(), Post.valid_from, Post.id)
    )
    main_posts = {row[0]: row for row in reversed(posts.all())}
    inside = sorted((row for row in main_posts.values() if row[2]), key=lambda row: (row[3], row[4], row[0]))
    return {person_id: name for person_id, name, *_rest in inside}


def _slip(person_id: int, unit: str, at: datetime, days: int) -> Slip:
    person = db.session.get_one(Person, person_id, options=[joinedload(Person.account)])
    code = services.issue_code(person, by=None, at=at, days=days)
    return Slip(unit, person.full_name, person.account.username if person.account else "", code)


def _new_file(out: Path) -> BinaryIO:
    """Readable by its owner alone: until they are used, these codes are keys."""
    try:
        return os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError:
        raise Refused(_("Tệp %(file)s đã có. Chọn tên khác, hoặc cất tệp cũ đi.", file=out)) from None
    except OSError as error:
        raise Refused(_("Không ghi được tệp %(file)s: %(why)s.", file=out, why=error.strerror)) from None


def _write(file: BinaryIO, unit: str, until: datetime, slips: Iterable[Slip]) -> None:
    """Every text is written as text, so that a name beginning with “=” can never run as a formula."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("Mã đăng nhập")
    bold = book.add_format({"bold": True, "bottom": 1})
    cell = book.add_format({"bottom": 4, "valign": "vcenter", "text_wrap": True})
    code = book.add_format({"bottom": 4, "valign": "vcenter", "font_name": "Courier New", "font_size": 14})
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)
    sheet.set_footer("&CTrang &P/&N")
    for column, (_title, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
    sheet.write_string(0, 0, unit, book.add_format({"bold": True, "font_size": 13}))
    sheet.write_string(1, 0, _("Mỗi mã đăng nhập được một lần, đến %(until)s.", until=format_datetime(until)))
    for column, (title, _width) in enumerate(COLUMNS):
        sheet.write_string(3, column, title, bold)
    for number, slip in enumerate(slips, 1):
        sheet.set_row(3 + number, 27)
        sheet.write_number(3 + number, 0, number, cell)
        for column, text in enumerate((slip.unit, slip.name, slip.username), 1):
            sheet.write_string(3 + number, column, text, cell)
        sheet.write_string(3 + number, 4, slip.code, code)
    sheet.freeze_panes(4, 0)
    book.close()
