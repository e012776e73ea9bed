"""Feedback at once: what is checked while an attempt runs is shown as far as the rules go, and stays as it is."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from lms import clock
from lms.content.rules import Feedback
from lms.db import db as database
from lms.errors import NotFound, Refused
from lms.quizzes import at_once, queries, services
from lms.quizzes.lateness import Claim, Tick
from lms.quizzes.models import Answer, Attempt, AttemptEvent
from lms.quizzes.timeline import Event
from tests.factories import NOON, PASSWORD, a_district, a_drive, a_learner, a_place, an_organiser
from tests.pages import signed_in, submit
from tests.quizzes.test_services import Seat, a_wrong_answer, saved, the_right_answer

LATER = NOON + timedelta(minutes=5)


def a_seat(**own: Any) -> Seat:
    """A learner before a quiz that the organisers let be checked question by question."""
    seat = Seat()
    chosen = {"feedback": Feedback.AT_ONCE, **own}
    services.set_rules(seat.drive, seat.place.module_id, chosen, by=an_organiser(seat.drive), at=NOON)
    return seat


def check(seat: Seat, attempt: Attempt, key: str, chosen: list[str], counter: int = 5, **when: Any) -> None:
    at_once.check(seat.learner, attempt.id, key, chosen, counter, **{"at": NOON, **when})


def checks(attempt: Attempt) -> int:
    told = select(func.count()).where(AttemptEvent.attempt_id == attempt.id, AttemptEvent.kind == Event.CHECK)
    return database.session.scalar(told) or 0


def test_no_answer_takes_the_place_of_one_that_is_checked(db):
    seat = a_seat()
    attempt = seat.start()
    first, second, _third = queries.questions_of(attempt)
    wrong, right = a_wrong_answer(first), the_right_answer(first)

    for _turn in range(2):
        check(seat, attempt, first.id, wrong)
    newer = seat.save(attempt, first, right, 99, at=LATER)
    services.save_all(seat.learner, attempt.id, {first.id: right}, 100, at=LATER)
    check(seat, attempt, first.id, right, 101)

    assert newer == services.Saved(wrong, 5, NOON, is_newest=False, is_checked=True)
    assert saved(attempt) == {first.id: wrong}
    assert checks(attempt) == 1
    seat.hand_in(attempt, LATER, 102, **{first.id: right, second.id: the_right_answer(second)})
    assert saved(attempt) == {first.id: wrong, second.id: the_right_answer(second)}
    assert attempt.points == 1


def test_an_answer_that_waited_without_network_does_not_either(db):
    seat = a_seat()
    attempt = seat.start()
    first = queries.questions_of(attempt)[0]
    check(seat, attempt, first.id, a_wrong_answer(first))
    claim = Claim(Tick(attempt.id, seat.learner.person_id, NOON), timedelta(minutes=1))

    late = services.save_answer(
        seat.learner,
        attempt.id,
        first.id,
        the_right_answer(first),
        99,
        at=attempt.due_at + timedelta(hours=1),
        claim=claim,
    )

    assert (late.is_checked, saved(attempt)) == (True, {first.id: a_wrong_answer(first)})


def test_nobody_checks_an_answer_that_they_do_not_see(db):
    seat = a_seat()
    attempt = seat.start()
    first = queries.questions_of(attempt)[0]
    seat.save(attempt, first, the_right_answer(first), 7)

    with pytest.raises(Refused, match="ở nơi khác"):
        check(seat, attempt, first.id, a_wrong_answer(first), 6)

    row = database.session.get_one(Answer, (attempt.id, first.id), populate_existing=True)
    assert (row.chosen, row.checked_at) == (the_right_answer(first), None)


@pytest.mark.parametrize("case", ["not by the rules", "nothing to be seen", "empty", "too late", "somebody else's"])
def test_what_cannot_be_checked_is_not(db, case):
    hidden = dict.fromkeys(("show_marks", "show_answers", "show_explanations"), False)
    own = {"not by the rules": {"feedback": Feedback.SUBMITTED}, "nothing to be seen": hidden}.get(case, {})
    seat = a_seat(**own)
    attempt = seat.start()
    first = queries.questions_of(attempt)[0]
    chosen = [] if case == "empty" else the_right_answer(first)
    who = Seat(seat.drive) if case == "somebody else's" else seat
    at = attempt.due_at + timedelta(minutes=1) if case == "too late" else NOON

    with pytest.raises((Refused, NotFound)):
        check(who, attempt, first.id, chosen, at=at)

    assert checks(attempt) == 0


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@pytest.mark.parametrize("shows_answers", [True, False])
def test_a_form_without_script_checks_one_question_and_gives_nothing_else_away(
    app: Flask, client: FlaskClient, noon, shows_answers
):
    with app.app_context():
        drive = a_drive(a_district())
        learner = a_learner(drive, drive.unit, password=PASSWORD)
        place = a_place(learner, drive)
        own = {"feedback": Feedback.AT_ONCE, "show_answers": shows_answers}
        services.set_rules(drive, place.module_id, own, by=an_organiser(drive), at=NOON)
        attempt = services.start_attempt(place, at=NOON)
        first, *others = queries.questions_of(attempt)
        chosen, path = a_wrong_answer(first), f"/quizzes/attempts/{attempt.id}"
    signed_in(client, learner)

    before = client.get(path).text
    answer = submit(client, f"{path}/checked?at=1", counter=5, check=first.id, **{f"answer-{first.id}": chosen})
    page = client.get(answer.location).text

    assert answer.location == f"{path}#cau-1"
    assert before.count("Kiểm tra câu này") == 3
    assert page.count("Kiểm tra câu này") == 2
    assert f'name="answer-{first.id}"' not in page
    assert "Chưa đúng" in page
    assert ("Đáp án đúng" in page) == shows_answers
    checked, *rest = page.split('<fieldset class="question"')[1:]
    assert checked.count('class="why"') == (len(first.options) if shows_answers else 1)
    assert not [one for one in rest if 'class="why"' in one or 'class="answer' in one]
    empty = submit(client, f"{path}/checked?at=2", counter=6, check=others[0].id)
    assert "Đồng chí trả lời câu này rồi bấm kiểm tra." in client.get(empty.location).text
    assert len(re.findall("Đã kiểm tra</span>", client.get(f"{path}/check").text)) == 1
