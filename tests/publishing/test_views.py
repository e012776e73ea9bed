"""From a typo to the learner's page: the author's, the reviewer's and the organiser's side of one change."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms import clock
from lms.access import Role
from lms.content import queries as content
from lms.content import workspace
from lms.db import transaction
from lms.people.models import Person
from tests.factories import NOON, PASSWORD, a_drive, a_learner, a_place, a_unit, read, with_role
from tests.pages import signed_in, submit
from tests.publishing.test_services import ONE, Desk, change_a_word


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def desk(app: Flask) -> Desk:
    with app.app_context():
        return Desk()


def browser(app: Flask, person: Person) -> FlaskClient:
    return signed_in(app.test_client(), person)


@pytest.fixture
def author(app: Flask, desk: Desk) -> FlaskClient:
    with app.app_context():
        person = with_role(Role.AUTHOR, desk.district, password=PASSWORD)
    return browser(app, person)


@pytest.fixture
def reviewer(app: Flask, desk: Desk) -> FlaskClient:
    with app.app_context():
        person = with_role(Role.CONTENT_REVIEWER, desk.district, password=PASSWORD)
    return browser(app, person)


def change(app: Flask, desk: Desk) -> None:
    with app.app_context():
        change_a_word(desk)


def test_a_change_goes_from_the_author_through_a_reviewer_to_the_learner(app, desk, author, reviewer):
    with app.app_context():
        drive = a_drive(desk.district, versions=[content.version_of("mau", 1)])
        learner = a_learner(drive, a_unit(under=desk.district), password=PASSWORD)
        read(a_place(learner, drive), "mot")
    change(app, desk)

    page = author.get("/publishing/mau/propose").text
    assert "<ins>" in page
    assert "Một câu được thêm vào." in re.sub("</?ins>", "", page)
    sent = submit(author, "/publishing/mau/propose", note="Sửa một câu.")
    assert (sent.status_code, sent.location) == (302, "/publishing/mau/versions")

    listed = reviewer.get("/publishing/mau/versions").text
    [address] = set(re.findall(r'href="(/publishing/proposals/\d+)"', listed))
    page = reviewer.get(address).text
    assert "Sửa một câu." in page
    assert "Ủy viên Ban Chấp hành chiếm tối đa 1/3" in page  # the fact that the lesson cites, before their eyes
    assert submit(reviewer, address, decision="approve").status_code == 302

    page = author.get("/publishing/mau/publish").text
    assert "1 học viên, đang học phiên bản 1." in page
    assert "1 người đã đọc xong" in page
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]
    chosen = re.search(r'name="drive" value="(\d+)"', page)[1]
    done = submit(author, "/publishing/mau/publish", digest=digest, drive=chosen, again="mot")
    assert (done.status_code, done.location) == (302, "/publishing/mau/versions")

    shown = browser(app, learner).get("/lessons/dot-mau/mau/mot").text
    assert "Một câu được thêm vào." in shown
    assert "Đã đọc xong" in shown  # it must be read again


def test_refusals_keep_what_was_typed(app, desk, author, reviewer):
    again = submit(author, "/publishing/mau/propose", note="Lời nhắn dài")
    assert (again.status_code, "Lời nhắn dài" in again.text) == (409, True)
    change(app, desk)
    submit(author, "/publishing/mau/propose")
    [address] = set(re.findall(r'href="(/publishing/proposals/\d+)"', reviewer.get("/publishing/mau/versions").text))

    answer = submit(reviewer, address, decision="turn-down", note="")
    assert (answer.status_code, "Ghi lý do trả lại" in answer.text) == (409, True)
    assert submit(reviewer, address, decision="perhaps").status_code == 400
    early = submit(author, "/publishing/mau/publish", digest="x", drive="not-a-number")
    assert (early.status_code, "chưa được thẩm định" in early.text) == (409, True)


def test_an_earlier_version_is_two_clicks_away(app, desk, author):
    change(app, desk)
    with app.app_context():
        desk.approve()
        desk.publish()

    assert "Khôi phục phiên bản này" in author.get("/publishing/mau/versions/1").text
    restored = submit(author, "/publishing/mau/versions/1/restore")
    assert restored.location == "/publishing/mau/publish"
    page = author.get(restored.location).text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page)[1]
    assert submit(author, "/publishing/mau/publish", digest=digest).status_code == 302

    with app.app_context():
        assert len(desk.module.versions) == 3


def test_only_who_may_write_is_offered_the_way_back_from_a_draft_with_errors(app, desk, author, reviewer):
    with app.app_context():
        desk.write(ONE, "không có phần khai báo\n")

    assert "Khôi phục phiên bản này" in author.get("/publishing/mau/versions/1").text
    assert "Khôi phục phiên bản này" not in reviewer.get("/publishing/mau/versions/1").text


def test_a_draft_with_errors_shows_them_on_every_page(app, desk, author):
    with app.app_context():
        desk.write(ONE, "không có phần khai báo\n")

    for page in ("propose", "publish", "versions"):
        text = author.get(f"/publishing/mau/{page}").text
        assert "Thiếu phần khai báo đầu tệp" in text
        assert "lessons/01-mot.md" in text
    assert "Bản thảo còn lỗi" in author.get("/publishing/mau/versions/1").text


def test_facts_that_end_are_listed_for_their_authors(app, desk, author):
    assert "đang còn hiệu lực" in author.get("/publishing/facts").text
    with app.app_context():
        desk.replace("sources.yaml", "valid_to:", "valid_to: 2026-11-09")
        desk.approve()
        desk.publish()

    page = author.get("/publishing/facts").text

    assert "Đã hết hiệu lực" in page
    assert "Câu hỏi mau-01, chuyên đề MAU01" in page


def test_a_module_that_belongs_to_no_unit_is_for_authors_at_the_top(app, desk, author):
    with app.app_context():
        with transaction():
            desk.module.unit_id = None
        inner = browser(app, with_role(Role.AUTHOR, a_unit(under=desk.district), password=PASSWORD))

    assert author.get("/publishing/mau/versions").status_code == 200
    assert inner.get("/publishing/mau/versions").status_code == 404
    assert workspace.PATH.fullmatch(ONE)
