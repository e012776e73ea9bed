"""Practising with a quiz's questions, and trying out a device before it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms import clock
from lms.content.models import ModuleVersion
from lms.content.rules import Feedback, Practice, QuizPlan
from lms.db import db as database
from lms.db import transaction
from lms.quizzes import practising, rules, services
from lms.quizzes.lateness import Attempted
from lms.quizzes.marking import Effect
from lms.quizzes.models import Attempt, KeyCorrection, TryOut
from lms.quizzes.rules import Rules, Terms
from lms.units.models import Unit
from tests.factories import (
    NOON,
    PASSWORD,
    a_district,
    a_drive,
    a_learner,
    a_place,
    an_organiser,
    summoned,
    the_sample,
    viewer,
)
from tests.pages import send_json, signed_in, submit
from tests.queries_counted import queries_counted

DAY = timedelta(days=1)
HANDED_IN = Attempted(NOON - DAY, NOON - DAY, submitted_at=NOON - DAY, opened_at=NOON - DAY)
RUNNING = Attempted(NOON, NOON + DAY)
TIMED_OUT = Attempted(NOON - DAY, NOON, submitted_at=NOON, by_timeout=True)


def held_by(**own: Any) -> tuple[Rules, Terms]:
    plan = QuizPlan(questions=3, minutes=15, pass_percent=60, attempts=2, html="")
    everybodys = rules.resolve(plan, NOON - 9 * DAY, NOON + DAY, own)
    return everybodys, rules.terms(everybodys, everybodys.closes_at, [])


@pytest.mark.parametrize(
    ("own", "attempts", "passed", "now", "is_open"),
    [
        ({}, [], False, NOON, False),
        ({}, [HANDED_IN], False, NOON, False),
        ({}, [HANDED_IN], True, NOON, True),
        ({}, [HANDED_IN, HANDED_IN], False, NOON, True),
        ({}, [HANDED_IN, RUNNING], True, NOON, False),
        ({}, [HANDED_IN, TIMED_OUT], True, NOON, False),
        ({}, [], False, NOON + 2 * DAY, True),
        ({"feedback": Feedback.CLOSED}, [HANDED_IN], True, NOON, False),
        ({"feedback": Feedback.CLOSED}, [HANDED_IN], True, NOON + 2 * DAY, True),
        (dict.fromkeys(("show_marks", "show_answers", "show_explanations"), False), [HANDED_IN], True, NOON, False),
        ({"practice": Practice.OFF}, [HANDED_IN], True, NOON, False),
        ({"practice": Practice.ALWAYS}, [], False, NOON, True),
        ({"practice": Practice.ALWAYS}, [RUNNING], False, NOON, False),
        ({"practice": Practice.ALWAYS}, [TIMED_OUT], False, NOON, False),
    ],
)
def test_practice_is_open_when_nothing_can_be_gained_by_it(db, own, attempts, passed, now, is_open):
    everybodys, terms = held_by(**own)

    assert (practising.refusal(everybodys, terms, attempts, passed, now) is None) == is_open


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


class Reader:
    """A learner's browser before a quiz, with practice open at any time unless they say otherwise."""

    def __init__(self, client: FlaskClient, **own: Any) -> None:
        self.client = client
        self.drive = a_drive(a_district())
        self.learner = a_learner(self.drive, self.drive.unit, password=PASSWORD)
        self.place = a_place(self.learner, self.drive)
        chosen = {"practice": Practice.ALWAYS, **own}
        self.organiser = an_organiser(self.drive)
        services.set_rules(self.drive, self.place.module_id, chosen, by=self.organiser, at=NOON)

    def practise(self, query: str = "seed=7&n=1") -> Any:
        return self.client.get(f"/quizzes/dot-mau/mau/practice?{query}")


@pytest.fixture
def reader(app: Flask, client: FlaskClient, noon: None) -> Reader:
    with app.app_context():
        reader = Reader(client)
        signed_in(client, reader.learner)
    return reader


def asked(page: str) -> tuple[str, str]:
    """The question that a page asks, and one of its options."""
    question = next(one for one in the_sample().questions if f'name="answer-{one.id}"' in page)
    return question.id, question.options[0].id


def test_a_question_is_explained_at_once_and_nothing_is_stored(app, reader):
    first = reader.practise()
    key, option = asked(first.text)
    again = reader.practise()
    with queries_counted() as statements:
        answered = reader.practise(f"seed=7&n=1&checked=1&answer-{key}={option}")
    empty = reader.practise("seed=7&n=1&checked=1")

    assert reader.practise("").location.startswith("/quizzes/dot-mau/mau/practice?seed=")
    assert asked(again.text) == (key, option)
    assert "Đáp án đúng" not in first.text
    assert "Đáp án đúng" in answered.text
    assert "n=2" in answered.text
    assert "Đồng chí trả lời câu này rồi bấm kiểm tra." in empty.text
    assert len(statements) <= 6
    assert reader.practise(f"seed=7&n=1&answer-{key}=khong-co").status_code == 400
    with app.app_context():
        assert database.session.scalars(select(Attempt)).all() == []


def test_a_seed_practises_as_many_questions_as_the_quiz_asks_and_none_that_was_found_faulty(app, reader):
    with app.app_context(), transaction() as session:
        faulty = the_sample().questions[0].id
        facts = {"question_key": faulty, "right": [], "reason": "Đề sai", "form_token": "t", "made_at": NOON}
        owner = reader.organiser.person_id
        session.add(
            KeyCorrection(
                drive_id=reader.drive.id,
                version_id=reader.place.version_id,
                effect=Effect.OUT,
                made_by_id=owner,
                **facts,
            )
        )

    pages = [reader.practise(f"seed={seed}&n={n}").text for seed in range(3) for n in (1, 2, 3)]

    assert faulty not in {asked(page)[0] for page in pages}
    assert all("trong 3" in page for page in pages)


def test_nobody_practises_while_another_drive_examines_them_in_the_same(app, reader):
    with app.app_context():
        version = database.session.get_one(ModuleVersion, reader.place.version_id)
        unit = database.session.get_one(Unit, reader.drive.unit_id)
        other = a_drive(unit, code="dot-khac", versions=[version])
        summoned(reader.learner, other)

    refused = reader.practise()
    with app.app_context():
        place = a_place(reader.learner, other)
        attempt = services.start_attempt(place, at=NOON)
        right = {
            question.id: [option.id for option in question.options if option.is_right]
            for question in the_sample().questions
        }
        assert services.hand_in(viewer(reader.learner), attempt.id, right, 1, at=NOON).passed

    assert (refused.status_code, reader.practise().status_code) == (409, 200)
    assert "ở một đợt khác" in refused.text


def test_the_quiz_page_leads_to_practice_once_it_is_open(app, client, noon):
    with app.app_context():
        reader = Reader(client, practice=Practice.AFTER)
        signed_in(client, reader.learner)
    before = client.get("/quizzes/dot-mau/mau/").text
    refused = reader.practise()
    with app.app_context():
        for _turn in range(2):
            attempt = services.start_attempt(reader.place, at=NOON)
            services.hand_in(viewer(reader.learner), attempt.id, {}, 1, at=NOON)

    assert ("/practice" in before, "/practice" in client.get("/quizzes/dot-mau/mau/").text) == (False, True)
    assert (refused.status_code, reader.practise().status_code) == (409, 200)


def test_a_try_out_is_saved_and_read_back_with_and_without_script(app, reader):
    path = "/quizzes/dot-mau/mau/try-out"

    assert "Máy chủ đang giữ" not in reader.client.get(path).text
    assert submit(reader.client, path, chosen="7").location == path
    assert "Máy chủ đang giữ câu trả lời thử: 7" in reader.client.get(path).text
    for chosen in ("6", "5"):
        assert send_json(reader.client, path, {"chosen": chosen}).status_code == 200
    read = reader.client.get(path, headers={"Accept": "application/json"}).get_json()
    assert (read["chosen"], datetime.fromtimestamp(read["now"] / 1000, NOON.tzinfo)) == ("5", NOON)
    assert [send_json(reader.client, path, body).status_code for body in ({"chosen": "8"}, {}, [])] == [400, 400, 400]
    assert "Đồng chí chọn một trong ba số" in reader.client.get(submit(reader.client, path).location).text
    with app.app_context():
        assert [row.chosen for row in database.session.scalars(select(TryOut))] == ["5"]
