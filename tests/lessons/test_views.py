"""Reading lessons page by page, as a browser without script does."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms import clock
from lms.content import workspace
from lms.content.files import read_folder
from lms.db import db as database
from lms.drives import queries as drives
from lms.drives import services as drive_services
from lms.lessons.models import LessonRead
from lms.people.models import Person
from tests.factories import NOON, PASSWORD, SAMPLE, a_district, a_drive, a_learner, a_unit, an_organiser, viewer
from tests.pages import signed_in, submit

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
OPENS, CLOSES = NOON - 9 * DAY, NOON + 20 * DAY


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def learner(app: Flask, client: FlaskClient) -> Person:
    """Somebody called to the drive `dot-mau`, signed in."""
    with app.app_context():
        district = a_district()
        person = a_learner(a_drive(district), a_unit(under=district), password=PASSWORD)
    signed_in(client, person)
    return person


def noted(app: Flask) -> list[tuple[str, datetime]]:
    with app.app_context():
        rows = database.session.execute(select(LessonRead.lesson_key, LessonRead.read_at).order_by(LessonRead.read_at))
        return [(key, at) for key, at in rows]


def state_of_each(page: str) -> list[tuple[str, str]]:
    """What the contents say: the lessons, and whether each was read."""
    return re.findall(r"<span>\d+\. ([^<]+)</span><span><span class=\"state[^>]*>([^<]+)<", page)


def test_reading_goes_from_lesson_to_lesson_and_back_to_the_contents(app, client, learner):
    page = client.get("/lessons/dot-mau/mau/").text
    assert state_of_each(page) == [("Bài một", "5 phút"), ("Bài hai", "5 phút")]

    page = client.get("/lessons/dot-mau/mau/mot").text
    assert "<h1>Bài một</h1>" in page
    assert "Bài 1 trong 2 · khoảng 5 phút" in page
    assert "Đã đọc xong, sang bài tiếp" in page
    answer = submit(client, "/lessons/dot-mau/mau/mot/read")
    assert (answer.status_code, answer.location) == (302, "/lessons/dot-mau/mau/hai")
    assert state_of_each(client.get("/lessons/dot-mau/mau/").text) == [("Bài một", "Đã đọc"), ("Bài hai", "5 phút")]

    answer = submit(client, "/lessons/dot-mau/mau/hai/read")
    assert (answer.status_code, answer.location) == (302, "/lessons/dot-mau/mau/")
    page = client.get(answer.location).text
    assert state_of_each(page) == [("Bài một", "Đã đọc"), ("Bài hai", "Đã đọc")]
    assert 'href="/quizzes/dot-mau/mau/">Đến bài kiểm tra</a>' in page
    assert noted(app) == [("mot", NOON), ("hai", NOON)]


def test_a_module_whose_files_are_all_gone_is_read_to_the_end_by_those_who_were_called(app, client, learner):
    with app.app_context():
        workspace.take(read_folder(SAMPLE), ["mau"], at=NOON, overwrite=True)
        for path, revision in workspace.tree("mau").items():
            workspace.save(path, None, revision.number, by=None, at=NOON)
        assert workspace.tree("mau") == {}

    assert "<h1>Bài một</h1>" in client.get("/lessons/dot-mau/mau/mot").text
    assert submit(client, "/lessons/dot-mau/mau/mot/read").location == "/lessons/dot-mau/mau/hai"
    assert submit(client, "/lessons/dot-mau/mau/hai/read").location == "/lessons/dot-mau/mau/"
    assert 'href="/quizzes/dot-mau/mau/">Đến bài kiểm tra</a>' in client.get("/lessons/dot-mau/mau/").text
    assert client.get("/quizzes/dot-mau/mau/").status_code == 200


def test_looking_at_a_lesson_is_not_yet_having_read_it(app, client, learner):
    client.get("/lessons/dot-mau/mau/mot")
    client.get("/lessons/dot-mau/mau/")

    assert noted(app) == []


def test_reading_again_keeps_the_first_time(app, client, learner):
    submit(client, "/lessons/dot-mau/mau/mot/read")
    with clock.stopped_at(NOON + timedelta(hours=1)):
        assert submit(client, "/lessons/dot-mau/mau/mot/read").status_code == 302

    assert noted(app) == [("mot", NOON)]
    page = client.get("/lessons/dot-mau/mau/mot").text
    assert ("Đã đọc xong" in page, re.findall(r'<a class="button" href="([^"]+)"', page)) == (False, ["hai"])


def test_a_lesson_shows_its_sources_and_links_that_lead_on(client, learner):
    page = client.get("/lessons/dot-mau/mau/mot").text

    assert re.search(r'<sup class="cite"><a href="#nguon-A1" id="trich-A1">1</a></sup>', page)
    assert 'class="back" href="#trich-A1"' in page
    source = re.search(r'<li id="nguon-A1">(.*?)</li>', page)[1]
    assert "Ủy viên Ban Chấp hành chiếm tối đa 1/3" in source
    assert "Tài liệu mẫu · từ ngày 01/07/2025" in source
    link = re.search(r'<a href="([^"]+)">bài hai</a>', page)[1]
    assert client.get(f"/lessons/dot-mau/mau/{link}").status_code == 200
    assert re.findall(r'aria-current="page">([^<]+)<', page) == ["Bài một"]


def test_what_is_not_there_and_what_is_not_ones_own_look_the_same(app, client, learner):
    with app.app_context():
        neighbour = a_district("Liên đoàn Lao động huyện Bên")
        a_learner(a_drive(neighbour, code="dot-ben"), neighbour)

    for path in ("dot-mau/mau/ba", "dot-mau/khac/", "khong-co/mau/", "dot-ben/mau/", "dot-ben/mau/mot"):
        assert client.get(f"/lessons/{path}").status_code == 404, path
    for path in ("dot-mau/mau/ba", "dot-ben/mau/mot"):
        assert submit(client, f"/lessons/{path}/read").status_code == 404, path
    assert noted(app) == []


def test_a_drive_opens_on_its_first_second(app, client, learner):
    with clock.stopped_at(OPENS - SECOND):
        signed_in(client, learner)
        for path in ("", "mot"):
            answer = client.get(f"/lessons/dot-mau/mau/{path}")
            assert (answer.status_code, "Đợt học tập chưa mở." in answer.text) == (409, True)
            assert "Câu có nguồn" not in answer.text
        assert submit(client, "/lessons/dot-mau/mau/mot/read").status_code == 409
    assert noted(app) == []

    with clock.stopped_at(OPENS):
        assert client.get("/lessons/dot-mau/mau/mot").status_code == 200
        assert submit(client, "/lessons/dot-mau/mau/mot/read").status_code == 302


def test_a_closed_drive_can_be_read_but_nothing_is_noted_any_more(app, client, learner):
    with clock.stopped_at(CLOSES):
        signed_in(client, learner)
        assert submit(client, "/lessons/dot-mau/mau/mot/read").status_code == 302

    with clock.stopped_at(CLOSES + SECOND):
        page = client.get("/lessons/dot-mau/mau/hai")
        answer = submit(client, "/lessons/dot-mau/mau/hai/read")
    assert (page.status_code, "Nội dung bài hai." in page.text, "Đã đọc xong" in page.text) == (200, True, False)
    assert (answer.status_code, "Đợt học tập đã đóng." in answer.text) == (409, True)
    assert noted(app) == [("mot", CLOSES)]


def test_who_was_withdrawn_reads_no_more(app, client, learner):
    with app.app_context():
        row = drives.summons_for(viewer(learner), "dot-mau")
        drive_services.withdraw(row, by=an_organiser(row.drive), at=NOON, because="Nghỉ ốm")

    assert client.get("/lessons/dot-mau/mau/mot").status_code == 404
