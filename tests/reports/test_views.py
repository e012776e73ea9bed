"""A unit's numbers, the names behind them, and the list to take away."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from lms import clock, create_app
from lms.access import Role
from lms.audit import AuditEntry
from lms.completion.rules import STATE_NAMES, State
from lms.db import db as database
from lms.reports import queries
from tests.conftest import SECRET, Databases
from tests.factories import NOON, PASSWORD, a_district, a_drive, a_learner, a_person, a_unit, with_role
from tests.pages import signed_in
from tests.progress import a_busy_district, some_work
from tests.queries_counted import queries_counted

HOSTILE = "=cmd|' /C calc'!A0"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@dataclass
class Here:
    """A district with twenty learners at work, a cluster and a school of one learner in it; its leader's browser."""

    app: Flask
    leader: FlaskClient
    district: int
    cluster: int
    school: int
    numbers: dict[State, int]

    def page(self, unit: int, rest: str = "") -> str:
        answer = self.leader.get(f"/reports/dot-mau/{unit}{rest}")
        assert answer.status_code == 200
        return answer.text


@pytest.fixture(scope="module")
def shared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    url = databases.fresh()
    folder = tmp_path_factory.mktemp("reports")
    app = create_app(folder, SECRET_KEY=SECRET, DATABASE_URL=url, TESTING=True, THREADS=2)
    with clock.stopped_at(NOON):
        yield build(app)
    with app.app_context():
        database.session.remove()
        database.engine.dispose()
    databases.drop(url)


def build(app: Flask) -> Here:
    with app.app_context():
        busy = a_busy_district(learners=20, needs_sessions=0)
        some_work(Random(7), share=0.97)
        school = a_unit("Trường mới", under=busy.district)
        a_learner(busy.drive, school, name=HOSTILE)
        total = queries.progress(busy.drive, busy.district, NOON).total
        leader = with_role(Role.LEADER, busy.district, password=PASSWORD)
    assert total.of(State.EXEMPT) == 0, "and so the pages have no place for it"
    numbers = {state: total.of(state) for state in State if state is not State.EXEMPT}
    assert [state for state, number in numbers.items() if number < 3] == [State.OVERDUE]
    browser = signed_in(app.test_client(), leader)
    return Here(app, browser, busy.district.id, busy.units[1].id, school.id, numbers)


@pytest.fixture
def here(shared: Here) -> Here:
    return shared


def test_each_number_opens_the_list_of_as_many_names(here):
    page = here.page(here.district)

    links = re.findall(r'<li class="four-\w+"><a href="([^"]+)"><strong>(\d+)</strong>', page)
    assert [int(number) for _, number in links] == list(here.numbers.values())
    for (address, number), state in zip(links, here.numbers, strict=True):
        names = here.leader.get(address).text
        assert names.count('<th scope="row">') == int(number)
        assert names.count(f">{STATE_NAMES[state]}</span>") == int(number)
        assert f"<h1>{STATE_NAMES[state]}: {number} người</h1>" in names


def test_the_rows_of_the_table_sum_to_its_foot(here):
    page = here.page(here.district)

    table = page[page.index("<tbody>") : page.index("</table>")]
    body, foot = table.split("</tbody>")
    columns = [[int(re.sub(r"<.*?>.*", "", cell) or 0) for cell in row] for row in cells(body)]
    assert [sum(column) for column in zip(*columns, strict=True)] == [int(cell) for cell in cells(foot)[0]]
    assert cells(foot)[0] == [str(sum(here.numbers.values())), *map(str, here.numbers.values())]


def cells(rows: str) -> list[list[str]]:
    """The numbers of each row."""
    return [re.findall(r'class="num"[^>]*>(?:<a [^>]*>)?(\d+)', row) for row in rows.split("</tr>") if "num" in row]


def test_a_state_that_does_not_exist_is_not_found(here):
    assert here.leader.get(f"/reports/dot-mau/{here.district}/people?state=lazy").status_code == 404
    assert here.leader.get(f"/reports/dot-mau/{here.district}/people.xlsx?state=lazy").status_code == 404


def test_the_spreadsheet_holds_the_same_names_as_text_only(here):
    answer = here.leader.get(f"/reports/dot-mau/{here.district}/people.xlsx")

    assert answer.headers["Content-Disposition"] == "attachment; filename=tien-do-dot-mau.xlsx"
    sheet = load_workbook(BytesIO(answer.data)).active
    headings = "STT, Mã cán bộ, Họ và tên, Đơn vị, Tình trạng, Bài đã đọc, Kiểm tra đạt, Buổi dự, Xếp loại, Còn thiếu"
    assert [cell.value for cell in sheet[4]] == headings.split(", ")
    rows = list(sheet.iter_rows(min_row=5))
    assert len(rows) == sum(here.numbers.values())
    assert [row[0].value for row in rows] == list(range(1, len(rows) + 1))
    for state, number in here.numbers.items():
        assert sum(row[4].value == STATE_NAMES[state] for row in rows) == number
    hostile = next(row[2] for row in rows if row[3].value == "Trường mới")
    assert (hostile.value, hostile.data_type) == (HOSTILE, "s")
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


def test_one_state_alone_can_be_taken_away(here):
    answer = here.leader.get(f"/reports/dot-mau/{here.district}/people.xlsx?state=open")

    sheet = load_workbook(BytesIO(answer.data)).active
    assert [row[4].value for row in sheet.iter_rows(min_row=5)] == ["Đang học"] * here.numbers[State.OPEN]


def test_taking_a_list_away_is_noted(here):
    here.leader.get(f"/reports/dot-mau/{here.school}/people.xlsx")

    with here.app.app_context():
        noted = select(AuditEntry).where(AuditEntry.action == "export_people").order_by(AuditEntry.id.desc())
        entry = database.session.scalars(noted.limit(1)).one()
    assert (entry.subject, entry.subject_id, entry.after) == ("unit", here.school, {"drive": "dot-mau", "rows": 1})


def test_a_page_of_one_learner_and_of_many_takes_as_many_queries(here):
    for page in ("", "/people", "/people.xlsx"):
        with queries_counted() as for_one:
            assert here.leader.get(f"/reports/dot-mau/{here.school}{page}").status_code == 200
        with queries_counted() as for_many:
            assert here.leader.get(f"/reports/dot-mau/{here.cluster}{page}").status_code == 200

        assert len(for_one) == len(for_many) <= 10


def test_others_find_neither_the_unit_nor_its_names(app, client):
    with app.app_context():
        district, neighbour = a_district(), a_district("Liên đoàn Lao động huyện Bên")
        school = a_unit("Trường Một", under=district)
        a_learner(a_drive(district), school, name="Lê Thị Kín")
        stranger = with_role(Role.LEADER, neighbour, password=PASSWORD)
        plain = a_person(of=school, password=PASSWORD)

    foreign = signed_in(app.test_client(), stranger)
    for page in ("", "/people", "/people.xlsx", "/people?state=open"):
        for unit in (district, school):
            answer = foreign.get(f"/reports/dot-mau/{unit.id}{page}")
            assert (answer.status_code, "Kín" in answer.text) == (404, False)
        assert signed_out_or_plain(client, plain).get(f"/reports/dot-mau/{school.id}{page}").status_code == 403
    assert "Đợt học tập mẫu" not in foreign.get("/reports/").text


def signed_out_or_plain(client: FlaskClient, person) -> FlaskClient:
    return client if client.get("/people/me").status_code == 200 else signed_in(client, person)


def test_a_leader_of_one_unit_with_one_drive_is_taken_straight_to_its_numbers(app, client):
    with app.app_context():
        district = a_district()
        school = a_unit("Trường Một", under=district)
        drive = a_drive(district)
        leader = with_role(Role.LEADER, school, password=PASSWORD)
    signed_in(client, leader)
    assert "Chưa có ai trong đơn vị được triệu tập" in client.get("/reports/").text

    with app.app_context():
        a_learner(drive, school)

    answer = client.get("/reports/")
    assert (answer.status_code, answer.location) == (302, f"/reports/dot-mau/{school.id}")
    page = client.get(answer.location).text
    assert ("<h1>Trường Một</h1>" in page, district.name in page) == (True, False)
