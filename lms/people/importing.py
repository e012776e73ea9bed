"""The list of people and their posts from a spreadsheet: what it says, what would change, and the change itself.

A row is a post; a person with several posts has several rows. An empty cell leaves things as they are.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select, update

from lms import audit, sheets, vietnamese
from lms.db import FOREVER, db, transaction
from lms.imports import Plan, carry_out, chunks
from lms.people import services
from lms.people.lists import COLUMNS, Facts, PeopleList, PersonRow
from lms.people.models import Account, Person, Post
from lms.people.rules import POSITION_NAMES, Position
from lms.sheets import Fault, Table, shown
from lms.units.models import Unit
from lms.vietnamese import format_date


class Kind(StrEnum):
    REGISTER = "register"
    DESCRIBE = "describe"
    ACCOUNT = "account"
    APPOINT = "appoint"
    REPLACE = "replace"
    MEND = "mend"


@dataclass(frozen=True)
class Change:
    """One thing that an import does to one person; `is_main` None leaves a post as it is."""

    row: PersonRow
    kind: Kind
    before: str = ""
    facts: Facts | None = None
    username: str | None = None
    post_id: int | None = None
    is_main: bool | None = None

    def __str__(self) -> str:
        row = self.row
        said = {"name": self.facts.name if self.facts else "", "before": self.before, "username": self.username}
        post = {
            "position": POSITION_NAMES.get(row.position or Position.MEMBER),
            "unit": row.unit,
            "day": format_date(row.day),
        }
        what = {
            Kind.REGISTER: _("thêm “%(name)s”", **said),
            Kind.DESCRIBE: _("sửa thông tin của “%(before)s”", **said),
            Kind.ACCOUNT: _("mở tài khoản %(username)s", **said),
            Kind.APPOINT: _("%(position)s tại %(unit)s từ %(day)s", **post),
            Kind.REPLACE: _("%(before)s thành %(position)s tại %(unit)s từ %(day)s", **said, **post),
            Kind.MEND: _("sửa chức vụ %(position)s tại %(unit)s", **post),
        }[self.kind]
        return _("dòng %(row)s, %(code)s: %(what)s", row=row.number, code=row.code, what=what)


class KnownPost(NamedTuple):
    id: int
    unit: str
    position: Position
    is_main: bool
    full_time: bool
    valid_from: date
    valid_to: date


class KnownPerson(NamedTuple):
    facts: Facts
    username: str | None
    posts: list[KnownPost]


def import_people(
    path: Path, *, by: int | None, on: date, sheet: str | None = None, dry_run: bool = False, partial: bool = False
) -> Plan[Change]:
    """Read, check and, unless it is a dry run, write; the plan tells what was, or would be, done."""
    table = sheets.read(path, COLUMNS, sheet)
    return carry_out(
        lambda: _Planner(table, on).people_plan(),
        lambda plan: apply(plan, by=by, on=on),
        dry_run=dry_run,
        partial=partial,
    )


def apply(plan: Plan[Change], *, by: int | None, on: date) -> None:
    """Make all changes of a plan in one transaction, with one entry in the audit trail."""
    with transaction() as session:
        people = {
            c.row.code: _new_person(c.facts, c.row.code) for c in plan.changes if c.kind is Kind.REGISTER and c.facts
        }
        session.add_all(people.values())
        session.flush()
        units: dict[str, int] = dict(_found(select(Unit.code, Unit.id), Unit.code, {c.row.unit for c in plan.changes}))
        session.add_all(
            thing for c in plan.changes if c.row.code in people for thing in _new(c, people[c.row.code], units)
        )
        session.flush()
        for changes in chunks(c for c in plan.changes if c.row.code not in people):
            _change_known(changes, units)
        facts = {"file": plan.table.file, "on": on.isoformat(), **Counter(c.kind.value for c in plan.changes)}
        audit.record("import_people", "person", 0, by=by, after=facts)


def _new_person(facts: Facts, code: str) -> Person:
    person = Person(code=code)
    services.describe_person(person, *astuple(facts))
    return person


def _new(change: Change, person: Person, units: Mapping[str, int]) -> Iterator[Account | Post]:
    """As `services.register_person` and `appoint` make them; thousands go to the database together."""
    row = change.row
    if change.username:
        yield Account(person_id=person.id, username=change.username)
    if change.kind in (Kind.APPOINT, Kind.REPLACE):
        yield Post(
            person_id=person.id,
            unit_id=units[row.unit],
            position=row.position,
            full_time=bool(row.full_time),
            is_main=bool(change.is_main),
            valid_from=row.day,
        )


def _change_known(changes: list[Change], units: Mapping[str, int]) -> None:
    """Old posts end before earlier main posts step back, and these before new ones begin: one main post at any time."""
    session = db.session
    codes, ids = {change.row.code for change in changes}, {change.post_id for change in changes}
    people = {person.code: person for person in session.scalars(select(Person).where(Person.code.in_(codes)))}
    posts = {post.id: post for post in session.scalars(select(Post).where(Post.id.in_(ids)))}
    for change in changes:
        if change.kind is Kind.REPLACE and change.post_id:
            services.end_post(posts[change.post_id], last_day=change.row.day - timedelta(days=1))
    rising = {people[change.row.code].id for change in changes if change.is_main}
    mains = update(Post).where(Post.person_id.in_(rising), Post.is_main, Post.valid_to == FOREVER)
    session.execute(mains.values(is_main=False))
    for change in changes:
        row, person = change.row, people[change.row.code]
        session.add_all(_new(change, person, units))
        if change.kind is Kind.DESCRIBE and change.facts:
            services.describe_person(person, *astuple(change.facts))
        if change.kind is Kind.MEND and change.post_id and row.position:
            post = posts[change.post_id]
            post.position = row.position
            post.is_main = post.is_main if change.is_main is None else change.is_main
            post.full_time = post.full_time if row.full_time is None else row.full_time
    session.flush()


class _Planner(PeopleList):
    """Holds the rows against each other and the database; every look-up is made once for the whole file."""

    def __init__(self, table: Table, on: date) -> None:
        super().__init__(table, on)
        unit_ends = select(Unit.code, Unit.valid_to)
        self.units: dict[str, date] = dict(_found(unit_ends, Unit.code, {row["unit"] for row in table.rows}))
        self.people = _known_people({row["code"] for row in table.rows})
        accounts = select(Account.username, Person.code).join(Person, Person.id == Account.person_id)
        usernames = {row["username"].lower() for row in table.rows}
        self.owners: dict[str, str] = dict(_found(accounts, Account.username, usernames))

    def people_plan(self) -> Plan[Change]:
        persons: dict[str, list[PersonRow]] = defaultdict(list)
        spelled: dict[str, str] = {}
        for row in map(self.said, self.table.rows):
            first = spelled.setdefault(row.code.casefold(), row.code)
            if first != row.code:
                message = _(
                    "Mã %(code)s chỉ khác chữ hoa, chữ thường với %(first)s.", code=shown(row.code), first=first
                )
                self.fault(row.number, "code", message, _("Viết cùng một mã cho cùng một người."))
            elif row.code:
                persons[row.code].append(row)
            self._check_unit(row)
            self._check_owner(row)
        changes = [change for rows in persons.values() for change in self._changes(rows)]
        bad = {fault.row for fault in self.faults}
        aside = [fault for rows in persons.values() for fault in self._beside(rows, bad)]
        out = bad | {fault.row for fault in aside}
        self._look_for_twins([c for c in changes if c.kind is Kind.REGISTER])
        return self.plan([change for change in changes if change.row.number not in out], aside)

    def _check_unit(self, row: PersonRow) -> None:
        end = self.units.get(row.unit)
        if row.unit and end is None:
            message = _("Không có đơn vị mã %(code)s trong hệ thống.", code=shown(row.unit))
            self.fault(row.number, "unit", message, _("Sửa mã, hoặc nhập danh sách đơn vị trước."))
        elif end is not None and end < row.day:
            message = _("Đơn vị %(code)s đã kết thúc ngày %(day)s.", code=row.unit, day=format_date(end))
            self.fault(row.number, "unit", message, _("Ghi mã đơn vị đang hoạt động."))

    def _check_owner(self, row: PersonRow) -> None:
        if row.code and row.username and (owner := self.owners.setdefault(row.username, row.code)) != row.code:
            message = _("Tên đăng nhập %(name)s đã thuộc về mã %(owner)s.", name=shown(row.username), owner=owner)
            self.fault(row.number, "username", message, _("Đặt tên đăng nhập khác."))

    def _changes(self, rows: list[PersonRow]) -> Iterator[Change]:
        """What the rows of one person change."""
        first, known = rows[0], self.people.get(rows[0].code)
        facts, username = self._agreed(rows)
        if known is None:
            yield Change(first, Kind.REGISTER, facts=facts, username=username)
        else:
            wanted = _laid_over(known.facts, facts)
            if wanted != known.facts:
                yield Change(first, Kind.DESCRIBE, before=known.facts.name, facts=wanted)
                self._wonder_who(first, known.facts, wanted)
            if username and known.username is None:
                yield Change(first, Kind.ACCOUNT, username=username)
            elif username and known.username != username:
                message = _("Mã %(code)s đang dùng tên đăng nhập %(name)s.", code=first.code, name=known.username)
                self.fault(first.number, "username", message, _("Giữ tên đang dùng, hoặc để trống."))
        yield from self._post_changes(rows, known.posts if known else [])

    def _agreed(self, rows: list[PersonRow]) -> tuple[Facts, str | None]:
        """What the rows of one person say together; a later row that says otherwise is at fault."""
        said: dict[str, Any] = {}
        for row in rows:
            birth = "birth" if row.facts.birth_date or "year" not in self.table.letters else "year"
            for key, value in (*vars(row.facts).items(), ("username", row.username)):
                if value and said.setdefault(key, value) != value:
                    column = birth if key.startswith("birth") else key
                    message = _("Khác với dòng %(first)s của cùng mã %(code)s.", first=rows[0].number, code=row.code)
                    self.fault(row.number, column, message, _("Ghi giống nhau; hai người thì hai mã."))
        username = said.pop("username", None)
        return replace(Facts("", None, None, None, None), **said), username

    def _post_changes(self, rows: list[PersonRow], posts: list[KnownPost]) -> Iterator[Change]:
        """The first row is the main post unless said otherwise; a new position replaces the main post of its unit."""
        held = {(post.unit, post.position): post for post in posts if post.valid_to >= self.on}
        mains = [row for row in rows if row.is_main] or [row for row in rows if row.is_main is None]
        if len(mains) > 1 and mains[1].is_main:
            message = _("Dòng %(first)s đã là chức vụ chính của người này.", first=mains[0].number)
            self.fault(mains[1].number, "main", message, _("Mỗi người một chức vụ chính."))
        listed: dict[tuple[str, Position | None], int] = {}
        for row in rows:
            if row.position and listed.setdefault((row.unit, row.position), row.number) != row.number:
                message = _("Chức vụ này đã có ở dòng %(first)s.", first=listed[row.unit, row.position])
                self.fault(row.number, "position", message, _("Xóa dòng thừa."))
        leaving = next(
            (p for p in posts if p.is_main and p.valid_to == FOREVER and (p.unit, p.position) not in listed), None
        )
        for row in rows:
            post = held.get((row.unit, row.position)) if row.position else None
            if post is not None:
                is_main = None if row.is_main in (None, post.is_main) else row.is_main
                if is_main is not None or row.full_time not in (None, post.full_time):
                    yield Change(row, Kind.MEND, post_id=post.id, is_main=is_main)
            elif row.position and leaving and row.unit == leaving.unit and row.is_main is not False:
                yield self._succession(row, leaving, is_main=row is mains[0])
                leaving = None
            elif row.position:
                if any((p.unit, p.position, p.valid_from) == (row.unit, row.position, row.day) for p in posts):
                    message = _("Chức vụ này đã từng ghi từ cùng ngày %(day)s rồi kết thúc.", day=format_date(row.day))
                    self.fault(row.number, "since", message, _("Ghi ngày nhận lại chức vụ vào Từ ngày."))
                yield Change(row, Kind.APPOINT, is_main=bool(mains) and row is mains[0])

    def _succession(self, row: PersonRow, leaving: KnownPost, *, is_main: bool) -> Change:
        """The old post ends the day before; on its very first day it is mended instead."""
        before = POSITION_NAMES[leaving.position]
        if row.day < leaving.valid_from:
            days = {"day": format_date(row.day), "begun": format_date(leaving.valid_from)}
            message = _(
                "Thay chức vụ từ %(day)s, nhưng chức vụ %(before)s bắt đầu từ %(begun)s.", before=before, **days
            )
            self.fault(row.number, "since", message, _("Ghi ngày thay chức vụ vào Từ ngày, hoặc để trống."))
        kind = Kind.MEND if row.day <= leaving.valid_from else Kind.REPLACE
        return Change(row, kind, before=before, post_id=leaving.id, is_main=is_main)

    def _beside(self, rows: list[PersonRow], bad: set[int]) -> Iterator[Fault]:
        """The sound rows of a person who has a faulty one: half a person would get the wrong main post."""
        faulty = [row.number for row in rows if row.number in bad]
        for row in rows:
            if faulty and row.number not in bad:
                message = _("Bỏ qua vì dòng %(row)s của cùng người có lỗi.", row=faulty[0])
                yield self.table.at(row.number, "code", message, _("Sửa dòng đó rồi nhập lại."))

    def _wonder_who(self, row: PersonRow, known: Facts, wanted: Facts) -> None:
        """A code given to somebody else would overwrite a person."""
        if vietnamese.fold(known.name) != vietnamese.fold(wanted.name) and known.birth_date != wanted.birth_date:
            message = _("Mã %(code)s trước đây là của “%(name)s”.", code=row.code, name=known.name)
            self.hint(row.number, "name", message, _("Kiểm tra có phải cùng một người; người khác thì cấp mã khác."))

    def _look_for_twins(self, registered: list[Change]) -> None:
        """The same name and birth date under another code may be the same person."""
        newcomers = [(c.row, c.facts) for c in registered if c.facts and c.facts.birth_date]
        names = {vietnamese.fold(facts.name) for _row, facts in newcomers}
        born = select(Person.code, Person.full_name, Person.birth_date).where(Person.birth_date.is_not(None))
        codes = {_twin_key(name, day): code for code, name, day in _found(born, Person.folded_name, names)}
        for row, facts in newcomers:
            code = codes.setdefault(_twin_key(facts.name, facts.birth_date), row.code)
            if code != row.code:
                message = _("%(name)s có cùng họ tên và ngày sinh với mã %(code)s.", name=facts.name, code=code)
                self.hint(row.number, "code", message, _("Nếu là một người, dùng cùng một mã."))


def _twin_key(name: str, born: date | None) -> tuple[str, date | None]:
    return vietnamese.fold_tone_position(name).casefold(), born


def _laid_over(known: Facts, said: Facts) -> Facts:
    """What is said counts, silence leaves what is known; a year alone does not wipe out a date within it."""
    told = {key: value for key, value in vars(said).items() if value is not None}
    if said.birth_year and said.birth_date is None:
        told["birth_date"] = known.birth_date if known.birth_year == said.birth_year else None
    return replace(known, **told)


def _found(statement: Any, column: Any, values: Collection[str]) -> Iterator[Any]:
    """The rows of a statement whose column has one of the values, asked for in batches."""
    for batch in chunks(sorted(value for value in values if value)):
        yield from db.session.execute(statement.where(column.in_(batch)))


def _known_people(codes: Collection[str]) -> dict[str, KnownPerson]:
    about = (Person.full_name, Person.birth_year, Person.birth_date, Person.phone, Person.email)
    persons = select(Person.code, Account.username, *about).outerjoin(Account, Account.person_id == Person.id)
    known = {code: KnownPerson(Facts(*facts), name, []) for code, name, *facts in _found(persons, Person.code, codes)}
    columns = (Post.id, Unit.code, Post.position, Post.is_main, Post.full_time, Post.valid_from, Post.valid_to)
    posts = select(Person.code, *columns).join(Post, Post.person_id == Person.id).join(Unit, Unit.id == Post.unit_id)
    for code, *post in _found(posts.order_by(Post.valid_from, Post.id), Person.code, codes):
        known[code].posts.append(KnownPost(*post))
    return known
