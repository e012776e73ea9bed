"""The overview of a running attempt, flags on its questions, one question a page, and the check before handing in."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms import clock
from lms.content import services as content
from lms.content.rules import Cell, Section
from lms.db import db as database
from lms.errors import BadInput, NotFound, Refused
from lms.quizzes import flags, overview, queries, services
from lms.quizzes.models import Attempt
from tests.factories import NOON, PASSWORD, a_district, a_drive, a_learner, a_place, the_sample
from tests.pages import send_json, signed_in, submit
from tests.quizzes.test_services import Seat

KEYS = ["mot", "hai", "ba"]


def test_an_empty_answer_is_no_answer():
    rows = overview.standings(KEYS, {"mot": ["a"], "hai": []}, {"ba"})

    assert [(row.number, row.is_answered, row.is_flagged) for row in rows] == [
        (1, True, False),
        (2, False, False),
        (3, False, True),
    ]
    assert overview.in_words(rows) == "Đồng chí đã trả lời 1 trên 3 câu, còn 2 câu chưa trả lời."
    assert overview.in_words(rows[:1]) == "Đồng chí đã trả lời cả 1 câu."


@given(sizes=st.lists(st.integers(1, 5), max_size=4))
def test_sections_hold_every_question_once_and_in_order(sizes):
    rows = list(range(sum(sizes)))

    found = overview.parts([[f"Phần {size}", size] for size in sizes], rows)

    assert [row for part in found for row in part.rows] == rows
    assert [len(part.rows) for part in found] == (sizes or [0])


@pytest.mark.parametrize(("asked", "shown"), [(None, 1), (0, 1), (-7, 1), (2, 2), (3, 3), (99, 3)])
def test_a_page_that_does_not_exist_shows_the_nearest_question(asked, shown):
    assert overview.place_in(asked, 3) == shown


def test_the_newest_flag_counts_however_often_and_late_the_others_come(db):
    seat = Seat()
    attempt = seat.start()
    first, second, _third = attempt.question_keys

    def flag(key: str, is_on: bool, counter: int) -> bool:
        return flags.flag(seat.learner, attempt.id, key, is_on=is_on, counter=counter, at=NOON)

    assert [flag(first, True, 7), flag(first, True, 7), flag(second, True, 8)] == [True, True, True]
    assert flag(first, False, 6)
    assert not flag(second, False, 9)
    assert flags.flagged_in(attempt.id) == {first}


def test_a_flag_is_for_ones_own_running_attempt_and_its_questions(db):
    seat = Seat()
    other = Seat(seat.drive)
    attempt = seat.start()
    left_out = ({question.id for question in the_sample().questions} - set(attempt.question_keys)).pop()

    def flag(by, key: str, at=NOON) -> None:
        flags.flag(by, attempt.id, key, is_on=True, counter=1, at=at)

    with pytest.raises(NotFound):
        flag(other.learner, attempt.question_keys[0])
    with pytest.raises(BadInput):
        flag(seat.learner, left_out)
    with pytest.raises(Refused):
        flag(seat.learner, attempt.question_keys[0], NOON + timedelta(hours=1))
    seat.hand_in(attempt)
    with pytest.raises(Refused):
        flag(seat.learner, attempt.question_keys[0])
    assert flags.flagged_in(attempt.id) == set()


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def sitting(app: Flask, client: FlaskClient, noon: None) -> tuple[FlaskClient, int]:
    """A learner's browser and their attempt at a quiz of two sections, one question a page."""
    with app.app_context():
        sample = the_sample()
        assert sample.quiz is not None
        sections = (Section("Phần I. Chung", (sample.questions[0].id,)), Section("Phần II. Riêng", (), (Cell(2),)))
        quiz = replace(sample.quiz, sections=sections, one_a_page=True)
        version, _ = content.publish(replace(sample, quiz=quiz), by=None, at=NOON)
        drive = a_drive(a_district(), versions=[version])
        learner = a_learner(drive, drive.unit, password=PASSWORD)
        attempt_id = services.start_attempt(a_place(learner, drive), at=NOON).id
        signed_in(client, learner)
    return client, attempt_id


def shown(page: str) -> list[str]:
    """The questions and headings of sections that can be seen."""
    form = page[page.index('<form id="lam-bai"') :]
    seen = []
    for part in re.split(r"(?=<div data-section)", form)[1:]:
        if part.startswith("<div data-section hidden"):
            continue
        seen += re.findall(r"<h2>(.*?) <span", part)
        seen += [
            f"câu {number}" for number, rest in re.findall(r'id="cau-(\d+)"([^>]*)>', part) if " hidden" not in rest
        ]
    return seen


def test_one_question_a_page_turns_without_script_and_loses_nothing(app, sitting):
    client, attempt_id = sitting
    path = f"/quizzes/attempts/{attempt_id}"
    with app.app_context():
        first, second, third = an_attempt(attempt_id).question_keys
        asked = dict(zip((first, second, third), asked_in(attempt_id), strict=True))

    assert shown(client.get(path).text) == ["Phần I. Chung", "câu 1"]
    turned = submit(client, f"{path}/answers", counter=5, to="2", **{f"answer-{first}": asked[first]})
    assert turned.location == f"{path}?q=2"
    assert shown(client.get(turned.location).text) == ["Phần II. Riêng", "câu 2"]
    flagged = submit(client, f"{path}/flags?at=2", counter=6, q="2", flag=f"on:{second}")
    assert flagged.location == f"{path}?q=2#cau-2"
    checked = submit(client, f"{path}/answers", counter=7, q="2", to="check", **{f"answer-{third}": asked[third]})

    page = client.get(checked.location).text
    assert "Đồng chí đã trả lời 2 trên 3 câu, còn 1 câu chưa trả lời." in page
    assert "Chưa trả lời: 1 câu" in page
    assert "Đánh dấu để xem lại: 1 câu" in page
    assert f'href="{path}?q=2#cau-2"' in page
    for _turn in range(2):
        assert submit(client, f"{path}/hand-in", counter=0).location == path
    assert client.get(f"{path}/check").location == path


def an_attempt(attempt_id: int) -> Attempt:
    return database.session.get_one(Attempt, attempt_id)


def asked_in(attempt_id: int) -> list[str]:
    """An option of each question, in the attempt's order."""
    return [question.options[0].id for question in queries.questions_of(an_attempt(attempt_id))]


def test_a_form_says_anew_only_what_it_changes(app, sitting):
    client, attempt_id = sitting
    with app.app_context():
        first, option = an_attempt(attempt_id).question_keys[0], asked_in(attempt_id)[0]
    fields = {f"answer-{first}": option}

    for counter in (5, 6):
        submit(client, f"/quizzes/attempts/{attempt_id}/answers", counter=counter, **fields)

    with app.app_context():
        assert {key: row.counter for key, row in queries.answers_of(attempt_id).items()} == {first: 5}


@pytest.mark.parametrize(
    "body",
    [None, [], {"question": "mau-01"}, {"question": 1, "is_on": True, "counter": 1}, {"is_on": 1, "counter": -1}],
)
def test_a_flag_that_no_page_of_ours_sends_is_refused(sitting, body):
    client, attempt_id = sitting

    assert send_json(client, f"/quizzes/attempts/{attempt_id}/flags", body).status_code == 400


def test_a_form_after_the_end_is_told_so_and_led_to_the_hand_in(app, sitting):
    client, attempt_id = sitting
    path = f"/quizzes/attempts/{attempt_id}"
    with app.app_context():
        key, option = an_attempt(attempt_id).question_keys[0], asked_in(attempt_id)[0]

    with clock.stopped_at(NOON + timedelta(hours=1)):
        answer = submit(client, f"{path}/answers", counter=5, to="check", **{f"answer-{key}": option})
        page = client.get(answer.location).text

    assert answer.location == f"{path}/check"
    assert "Đã hết giờ làm bài. Những câu đã lưu trước đó được tính." in page
    assert "Làm tiếp" not in page
