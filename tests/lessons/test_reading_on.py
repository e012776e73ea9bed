"""After a lesson changed, on another device, and on paper."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms import clock
from lms.content import services as content
from lms.content.models import ModuleVersion
from lms.content.rules import Source
from lms.db import db as database
from lms.drives import queries as drives
from lms.lessons.models import LessonRead, ReadingPlace
from lms.people.models import Person
from tests.factories import (
    NOON,
    PASSWORD,
    a_changed_version,
    a_district,
    a_drive,
    a_learner,
    a_unit,
    a_version,
    moved_to,
    the_sample,
    viewer,
)
from tests.pages import signed_in, submit
from tests.queries_counted import queries_counted

DAY = timedelta(days=1)
HERE = "/lessons/dot-mau/mau"


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


def moves_on(app: Flask, learner: Person, *, read_again: Collection[str] = ()) -> None:
    """The author publishes other words, and the organiser takes them into the drive."""
    with app.app_context():
        drive = drives.summons_for(viewer(learner), "dot-mau").drive
        moved_to(a_changed_version(read_again=read_again), drive)


def states(page: str) -> list[str]:
    return re.findall(r"<span>\d+\. [^<]+</span><span><span class=\"state[^>]*>([^<]+)<", page)


NOTICE = "Đã thay đổi từ khi đồng chí đọc."


def test_a_changed_lesson_says_so_until_it_is_read(app, client, learner):
    submit(client, f"{HERE}/mot/read")
    assert NOTICE not in client.get(f"{HERE}/mot").text
    moves_on(app, learner)

    page = client.get(f"{HERE}/mot").text
    assert (NOTICE in page, "Lần đọc trước vẫn được tính." in page) == (True, True)
    assert "Đã đọc xong" in page
    assert states(client.get(f"{HERE}/").text) == ["Có thay đổi", "5 phút"]
    assert "Có thay đổi" in client.get(f"{HERE}/hai").text
    assert NOTICE not in client.get(f"{HERE}/hai").text
    shown = client.get(f"{HERE}/mot/changes").text
    assert "Câu<del> có nguồn</del><ins> đã sửa</ins>." in shown

    submit(client, f"{HERE}/mot/read")
    assert NOTICE not in client.get(f"{HERE}/mot").text
    assert states(client.get(f"{HERE}/").text) == ["Đã đọc", "5 phút"]
    answer = client.get(f"{HERE}/mot/changes")
    assert (answer.status_code, answer.location) == (302, f"{HERE}/mot")
    with app.app_context():
        assert database.session.scalars(select(LessonRead.version_number)).all() == [2]


def test_an_author_can_ask_for_another_reading(app, client, learner):
    submit(client, f"{HERE}/mot/read")
    moves_on(app, learner, read_again=("mot",))

    page = client.get(f"{HERE}/mot").text
    assert "Người biên soạn đề nghị đồng chí đọc lại bài này." in page
    assert states(client.get(f"{HERE}/").text) == ["Cần đọc lại", "5 phút"]
    submit(client, f"{HERE}/mot/read")
    assert states(client.get(f"{HERE}/").text) == ["Đã đọc", "5 phút"]


def test_who_had_not_read_it_sees_no_changes(app, client, learner):
    moves_on(app, learner)

    assert NOTICE not in client.get(f"{HERE}/mot").text
    assert client.get(f"{HERE}/mot/changes").location == f"{HERE}/mot"


def test_an_older_version_is_no_news(app, client, learner):
    """The organiser may go back; what was read counts, and nothing could ever clear a notice."""
    moves_on(app, learner)
    submit(client, f"{HERE}/mot/read")
    with app.app_context():
        drive = drives.summons_for(viewer(learner), "dot-mau").drive
        old = database.session.scalars(select(ModuleVersion).where(ModuleVersion.number == 1)).one()
        moved_to(old, drive)

    assert NOTICE not in client.get(f"{HERE}/mot").text
    assert states(client.get(f"{HERE}/").text) == ["Đã đọc", "5 phút"]


def text_id(page: str) -> str:
    found = re.search(r'data-text="(\d+)"', page)
    assert found
    return found[1]


def places(app: Flask) -> list[int]:
    with app.app_context():
        return list(database.session.scalars(select(ReadingPlace.paragraph)))


RESUME = "Đọc tiếp từ chỗ dừng"


def test_reading_goes_on_where_it_stopped_on_another_device(app, client, learner):
    text = text_id(client.get(f"{HERE}/mot").text)
    assert RESUME not in client.get(f"{HERE}/mot").text
    for paragraph in (1, 2, 2):
        assert submit(client, f"{HERE}/mot/place", text=text, paragraph=paragraph).status_code == 204

    page = signed_in(app.test_client(), learner).get(f"{HERE}/mot").text

    assert re.search(rf'href="#doan-2">{RESUME}</a>', page)
    assert 'id="doan-2"' in page
    assert places(app) == [2]
    assert states(client.get(f"{HERE}/").text) == ["5 phút", "5 phút"]  # no credit


def test_a_place_in_another_text_is_no_place(app, client, learner):
    text = text_id(client.get(f"{HERE}/mot").text)
    submit(client, f"{HERE}/mot/place", text=text, paragraph=2)
    moves_on(app, learner)

    assert RESUME not in client.get(f"{HERE}/mot").text
    assert submit(client, f"{HERE}/mot/place", text=text, paragraph=1).status_code == 409
    assert places(app) == [2]


@pytest.mark.parametrize("paragraph", ["-1", "4000", "9" * 30, "", "x", "1e3"])
def test_a_place_that_no_text_has_is_refused(app, client, learner, paragraph):
    text = text_id(client.get(f"{HERE}/mot").text)

    assert submit(client, f"{HERE}/mot/place", text=text, paragraph=paragraph).status_code == 400
    assert places(app) == []


def test_a_place_beyond_the_text_offers_nothing(client, learner):
    text = text_id(client.get(f"{HERE}/mot").text)
    submit(client, f"{HERE}/mot/place", text=text, paragraph=3999)

    assert RESUME not in client.get(f"{HERE}/mot").text


def test_a_place_belongs_to_ones_own_summons(app, client, learner):
    text = text_id(client.get(f"{HERE}/mot").text)
    with app.app_context():
        neighbour = a_district("Liên đoàn Lao động huyện Bên")
        stranger = a_learner(a_drive(neighbour, code="dot-ben"), neighbour, password=PASSWORD)
    other = signed_in(app.test_client(), stranger)

    assert submit(other, f"{HERE}/mot/place", text=text, paragraph=1).status_code == 404
    with clock.stopped_at(NOON - 10 * DAY):
        early = signed_in(app.test_client(), learner)
        assert submit(early, f"{HERE}/mot/place", text=text, paragraph=1).status_code == 409
    assert places(app) == []


def test_the_handbook_holds_every_lesson_with_its_sources(client, learner):
    page = client.get("/lessons/dot-mau/handbook").text

    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"bai-1.1", "bai-1.2", "1.1-nguon-A1", "1.1-trich-A1"} <= set(ids)
    assert [place for place in re.findall(r'href="#([^"]+)"', page) if place not in ids] == []
    assert 'href="#bai-1.2">bài hai</a>' in page
    assert ("Câu có nguồn." in page, "Nội dung bài hai." in page, "lưu thành PDF" in page) == (True, True, True)


def test_the_handbook_asks_as_much_for_four_modules_as_for_one(app, client, learner):
    with app.app_context():
        versions = [a_version()]
        for number in range(3):
            versions.append(
                content.publish(replace(the_sample(), slug=f"m{number}", code=f"M{number}"), by=None, at=NOON)[0]
            )
        district = a_district("Liên đoàn Lao động huyện Khác")
        other = a_learner(a_drive(district, code="dot-lon", versions=versions), district, password=PASSWORD)

    with queries_counted() as few:
        assert client.get("/lessons/dot-mau/handbook").status_code == 200
    reader = signed_in(app.test_client(), other)
    with queries_counted() as many:
        page = reader.get("/lessons/dot-lon/handbook").text

    assert page.count('<section class="chapter"') == 4
    assert len(few) == len(many) <= 4


def test_the_handbook_is_for_those_who_are_called_and_not_before_the_drive_opens(app, client, learner):
    with app.app_context():
        neighbour = a_district("Liên đoàn Lao động huyện Bên")
        a_learner(a_drive(neighbour, code="dot-ben"), neighbour)

    assert client.get("/lessons/dot-ben/handbook").status_code == 404
    assert client.get("/lessons/khong-co/handbook").status_code == 404
    with clock.stopped_at(NOON - 10 * DAY):
        answer = signed_in(app.test_client(), learner).get("/lessons/dot-mau/handbook")
    assert (answer.status_code, "Câu có nguồn" in answer.text) == (409, False)
    with clock.stopped_at(NOON + 30 * DAY):
        assert signed_in(app.test_client(), learner).get("/lessons/dot-mau/handbook").status_code == 200


def test_a_source_tells_its_document_and_how_long_it_holds(app, client, learner):
    facts = {
        "document_type": "Nghị định",
        "number": "12/2025/NĐ-CP",
        "issued_on": date(2025, 1, 2),
        "issuer": "Chính phủ",
        "superseded_by": "A2",
    }
    source = Source("A1", "Mức <cũ>.", "Công báo", "2", date(2025, 1, 3), date(2026, 6, 30), **facts)
    with app.app_context():
        version, _ = content.publish(replace(the_sample(), sources=(source,)), by=None, at=NOON)
        moved_to(version, drives.summons_for(viewer(learner), "dot-mau").drive)

    shown = re.search(r'<li id="nguon-A1">(.*?)</li>', client.get(f"{HERE}/mot").text)[1]

    words = " ".join(re.sub("<[^>]+>", "", shown).split())
    assert words == (
        "Mức &lt;cũ&gt;. Công báo · Nghị định 12/2025/NĐ-CP · ban hành ngày 02/01/2025 · Chính phủ"
        " · từ ngày 03/01/2025 đến ngày 30/06/2026 Đã được thay thế ↑Về chỗ dẫn nguồn 1 trong bài"
    )
