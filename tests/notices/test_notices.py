"""Notices: each thing is told once, to the right person, and with the change or not at all."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms import clock
from lms.db import db as database
from lms.db import transaction
from lms.notices.models import Notice
from lms.notices.services import notify
from tests.factories import NOON, PASSWORD, a_district, a_drive, a_learner, a_person
from tests.pages import signed_in, submit

ABOUT = {"kind": "mark", "key": "correction/1", "text": "Điểm của đồng chí thay đổi.", "link": "/quizzes/attempts/1"}


def count() -> int:
    return database.session.scalar(select(func.count()).select_from(Notice)) or 0


def test_the_same_thing_is_told_once_also_when_the_work_is_done_again(db: Flask) -> None:
    first, second = a_person(), a_person()

    assert notify([first.id], **ABOUT, at=NOON) == 1
    assert notify([first.id, second.id, second.id], **ABOUT, at=NOON) == 1
    assert notify([], **ABOUT, at=NOON) == 0
    assert count() == 2


def test_nobody_hears_of_a_change_that_did_not_hold(db: Flask) -> None:
    person = a_person()

    def change_that_fails() -> None:
        with transaction():
            notify(person.id, **ABOUT, at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_that_fails()

    assert count() == 0


def test_a_notice_never_leads_away_from_this_server(db: Flask) -> None:
    with pytest.raises(ValueError, match="this server"):
        notify(a_person().id, **{**ABOUT, "link": "//elsewhere.example/"}, at=NOON)


def test_the_desk_shows_what_is_unread_until_it_is_read(app: Flask, client: FlaskClient) -> None:
    with clock.stopped_at(NOON):
        with app.app_context():
            district = a_district()
            drive = a_drive(district)
            learner, other = (a_learner(drive, district, password=PASSWORD) for _ in range(2))
            for number in range(5):
                notify([learner.id, other.id], kind="mark", key=str(number), text=f"Tin {number}.", link="/", at=NOON)
            newest = database.session.scalar(select(func.max(Notice.id)).where(Notice.person_id == learner.id))
            others = database.session.scalars(select(Notice.id).where(Notice.person_id == other.id)).all()
        signed_in(client, learner)

        desk = client.get("/").text
        assert [f"Tin {number}." in desk for number in range(5)] == [False, False, True, True, True]
        assert "Xem cả 5 thông báo chưa đọc" in desk

        submit(client, "/notices/read", notice=others[0])
        submit(client, "/notices/read", notice=newest)
        desk, page = client.get("/").text, client.get("/notices/").text
        assert "Tin 4." not in desk
        assert "Tin 4." in page

        submit(client, "/notices/read", newest=newest)
        assert "Thông báo mới" not in client.get("/").text
    with app.app_context():
        read = select(func.count()).where(Notice.person_id == other.id, Notice.read_at.is_not(None))
        assert database.session.scalar(read) == 0
