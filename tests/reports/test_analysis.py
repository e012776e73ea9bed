"""The organiser's page about a quiz's questions: what it says, to whom, and what it keeps to itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms import clock, create_app, jobs
from lms.access import Role
from lms.content import services as content
from lms.content.rules import Question
from lms.db import db as database
from lms.drives.models import Drive
from lms.drives.queries import Place
from lms.people.models import Person
from lms.quizzes import queries as quiz_queries
from lms.quizzes import services as quizzes
from lms.quizzes.analysis import LEAST_LEARNERS, Flag
from lms.reports.rules import FLAG_NAMES, advice, discrimination_in_words, reliability_in_words
from lms.units.models import Unit
from tests.conftest import SECRET, Databases
from tests.factories import (
    NOON,
    PASSWORD,
    a_district,
    a_drive,
    a_learner,
    a_place,
    a_unit,
    moved_to,
    the_sample,
    viewer,
    with_role,
)
from tests.pages import signed_in
from tests.queries_counted import queries_counted
from tests.test_house import Html

PAGE = "/reports/dot-mau/questions/mau"
SUSPECT = "mau-04"
"""Seems wrongly keyed: who answers everything else right chooses its other option, and the others choose its key."""


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@dataclass
class Here:
    """A district with a school of many learners and one of four, after the worker ran; and the page before it did."""

    app: Flask
    district: int
    school: int
    small: int
    organiser: FlaskClient
    before: str

    def page(self, query: str = "") -> str:
        answer = self.organiser.get(f"{PAGE}{query}")
        assert answer.status_code == 200
        return answer.text


@pytest.fixture(scope="module")
def shared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    url = databases.fresh()
    app = create_app(tmp_path_factory.mktemp("analysis"), SECRET_KEY=SECRET, DATABASE_URL=url, TESTING=True, THREADS=2)
    with clock.stopped_at(NOON):
        yield build(app)
    with app.app_context():
        database.session.remove()
        database.engine.dispose()
    databases.drop(url)


def build(app: Flask) -> Here:
    with app.app_context():
        district = a_district()
        drive = a_drive(district)
        school, small = a_unit("Trường Lớn", under=district), a_unit("Trường Nhỏ", under=district)
        organiser = with_role(Role.ORGANISER, district, password=PASSWORD)
        for number in range(44):
            unit = school if number >= LEAST_LEARNERS - 1 else small
            a_first_attempt(a_learner(drive, unit), drive, knows=number % 2 == 0)
    browser = signed_in(app.test_client(), organiser)
    before = browser.get(PAGE).text
    the_worker_runs(app)
    return Here(app, district.id, school.id, small.id, browser, before)


@pytest.fixture
def here(shared: Here) -> Here:
    return shared


def a_first_attempt(person: Person, drive: Drive, *, knows: bool) -> None:
    place: Place = a_place(person, drive)
    attempt = quizzes.start_attempt(place, at=NOON)
    sent = {
        question.id: answer(question, knows=knows != (question.id == SUSPECT))
        for question in quiz_queries.questions_of(attempt)
    }
    quizzes.hand_in(viewer(person), attempt.id, sent, 1, at=NOON + timedelta(minutes=4))


def answer(question: Question, *, knows: bool) -> list[str]:
    return [option.id for option in question.options if option.is_right == knows][: None if knows else 1]


def the_worker_runs(app: Flask) -> None:
    with app.app_context():
        jobs.run_all()


def test_the_page_waits_for_the_worker_and_then_names_the_question_to_look_at(here):
    page = here.page()

    assert ("Chưa có số liệu" in here.before, "Chưa có số liệu" in page) == (True, False)
    assert "44 học viên" in page
    assert "Độ tin cậy" in page
    assert page.count("Xem lại đáp án câu 4:") == 2  # in the list and beside the question
    assert re.findall(r'id="cau-(\d)" open', page) == ["4"]
    assert 'href="#cau-4"' in page
    assert f'href="{PAGE}"' in here.organiser.get("/drives/dot-mau").text


def test_the_chart_has_words_and_every_point_its_row(here):
    text = here.page()

    html = Html()
    html.feed(text)
    chart = next(given for tag, given in html.tags if tag == "svg" and given.get("role") == "img")
    assert (chart["aria-label"], chart["aria-describedby"]) == (
        "Biểu đồ 4 câu theo tỉ lệ đúng và độ phân biệt",
        "chart-words",
    )
    drawing = text[text.index('role="img"') : text.index("</svg>")]
    assert (drawing.count("<circle"), drawing.count("<path")) == (3, 1)
    table = text[text.index("<caption>Số liệu từng câu") : text.index("Từng câu và từng phương án")]
    assert table.count('<th scope="row">') == 4
    assert [name for _tag, given in html.tags for name in given if name == "style" or name.startswith("on")] == []
    assert len([1 for tag, _given in html.tags if tag in ("style", "h1")]) == 1


def test_a_unit_can_be_compared_and_a_small_one_is_kept_back(here):
    of_school = here.page(f"?unit={here.school}")

    assert "Trường Lớn: 40 học viên đã nộp lượt đầu." in of_school
    assert f'<option value="{here.school}" selected>' in of_school
    assert "Trường Nhỏ" not in of_school
    assert "dưới 5 học viên" in of_school
    for unit in (here.small, here.district, 999_999):
        assert here.organiser.get(f"{PAGE}?unit={unit}").status_code == 404


def test_earlier_versions_stay_within_reach(app, client):
    with app.app_context():
        district = a_district()
        drive = a_drive(district)
        organiser = with_role(Role.ORGANISER, district, password=PASSWORD)
        a_first_attempt(a_learner(drive, district), drive, knows=True)
        jobs.run_all()
        version, _ = content.publish(replace(the_sample(), title="Bản sau"), by=None, at=NOON)
        moved_to(version, drive)
    signed_in(client, organiser)

    newest, first = client.get(PAGE).text, client.get(f"{PAGE}?version=1").text

    assert ("Chưa có số liệu" in newest, "Bản sau" in newest) == (True, True)
    assert ("lượt làm đầu tiên của 1 học viên" in first, "cần ít nhất 30 lượt" in first) == (True, True)
    assert client.get(f"{PAGE}?version=3").status_code == 404


def test_reading_works_nothing_out_and_takes_few_queries(here):
    with queries_counted() as statements:
        here.page(f"?unit={here.school}")

    assert len(statements) <= 10
    assert [one for one in statements if "FROM attempt" in one or not one.startswith("SELECT")] == []


def test_others_find_nothing(here):
    with here.app.app_context():
        neighbour = a_district("Liên đoàn Lao động huyện Bên")
        stranger = with_role(Role.ORGANISER, neighbour, password=PASSWORD)
        leader = with_role(Role.LEADER, database.session.get_one(Unit, here.district), password=PASSWORD)

    foreign = signed_in(here.app.test_client(), stranger).get(PAGE)

    assert (foreign.status_code, "Chiếm nhiều nhất" in foreign.text) == (404, False)
    assert signed_in(here.app.test_client(), leader).get(PAGE).status_code == 403
    for path in ("/reports/dot-mau/questions/khong-co", "/reports/khong-co/questions/mau"):
        assert here.organiser.get(path).status_code == 404
    assert "44 học viên" in here.page("?unit=x&version='")


def test_every_flag_has_a_name_and_says_what_to_do(db):
    assert set(FLAG_NAMES) == set(Flag)
    assert [name() for name in FLAG_NAMES.values()] == ["Có thể sai đáp án", "Rất ít người đúng", "Phân biệt kém"]
    assert all("câu 7" in advice(flag, 7) and "Xem lại" in advice(flag, 7) for flag in Flag)


@pytest.mark.parametrize(("alpha", "word"), [(0.8, "cao"), (0.79, "khá"), (0.6, "trung bình"), (0.2, "thấp")])
def test_reliability_is_put_into_words(db, alpha, word):
    assert reliability_in_words(alpha).startswith(f"{word}:")


@pytest.mark.parametrize(("figure", "word"), [(0.3, "tốt"), (0.2, "khá"), (0.1, "yếu"), (0.0, "kém"), (-0.01, "ngược")])
def test_discrimination_is_put_into_words(db, figure, word):
    assert discrimination_in_words(figure) == word
