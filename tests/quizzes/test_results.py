"""The result in words: what to read again, how many tries are left, and when the next may begin."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms import clock
from lms.content import checker
from lms.content import services as content
from lms.content.files import read_folder
from lms.content.rules import Feedback, Question, QuizPlan
from lms.lessons.rules import dressed
from lms.quizzes import results, rules, services
from lms.quizzes.kinds import CHECKS
from lms.quizzes.results import Chapter
from lms.quizzes.rules import Rules
from tests.factories import (
    NOON,
    PASSWORD,
    a_district,
    a_drive,
    a_learner,
    a_place,
    a_question,
    an_organiser,
    the_sample,
    viewer,
)
from tests.pages import signed_in

CONTENT = Path(__file__).parents[2] / "content"
CHAPTERS = {
    "mot": Chapter(0, "Bài một", {"muc-lon": "Mục lớn", "muc-nho": "Mục nhỏ"}, ("B2", "A1")),
    "hai": Chapter(1, "Bài hai", {}, ()),
}


def asked(id: str, lesson: str = "mot", passage: str = "", sources: tuple[str, ...] = ()) -> Question:
    return replace(a_question(id=id), lesson=lesson, passage=passage, sources=sources)


def test_what_was_missed_leads_to_the_passage_else_to_the_citation_else_to_the_lesson():
    questions = [
        asked("a", "hai"),
        asked("b", passage="nho"),
        asked("c", sources=("X1", "A1")),
        asked("d", passage="lon", sources=("A1",)),
        asked("e", passage="nho"),
        asked("f", passage="lon"),
        asked("g", passage="khong-con"),
    ]
    marks = {**dict.fromkeys("abcdeg", Fraction(0)), "f": Fraction(1)}

    found = results.to_read_again(questions, marks, CHAPTERS)

    assert [(one.lesson, one.place, one.anchor, one.numbers) for one in found] == [
        ("mot", "Mục lớn", "muc-lon", [4]),
        ("mot", "Mục nhỏ", "muc-nho", [2, 5]),
        ("mot", "Chỗ dẫn nguồn số 2", "trich-A1", [3]),
        ("mot", "", "", [7]),
        ("hai", "", "", [1]),
    ]


@given(missed=st.sets(st.integers(0, 5)))
def test_every_missed_question_is_named_once_and_no_other(missed):
    questions = [asked(str(number), passage=("lon", "nho", "")[number % 3]) for number in range(6)]
    marks = {str(number): Fraction(int(number not in missed)) for number in range(6)}

    found = results.to_read_again(questions, marks, CHAPTERS)

    assert sorted(number for one in found for number in one.numbers) == sorted(number + 1 for number in missed)


def test_every_passage_and_citation_of_our_modules_is_an_anchor_of_its_lesson():
    """A link into a lesson must arrive, and most questions lead to more than the lesson as a whole."""
    modules = checker.check(read_folder(CONTENT), kinds=CHECKS, on=NOON.date()).modules.values()
    exact = 0
    for module in modules:
        html = {one.id: dressed(one.html).html for one in module.lessons}
        chapters = {
            one.id: Chapter(at, one.title, {id: words for _level, id, words in one.headings}, one.sources)
            for at, one in enumerate(module.lessons)
        }
        for question in module.questions:
            (reading,) = results.to_read_again([question], {question.id: Fraction(0)}, chapters)
            assert not reading.anchor or f'id="{reading.anchor}"' in html[question.lesson], question.id
            exact += bool(reading.anchor)
        assert {one.passage for one in module.questions} - {""}
    assert exact >= sum(len(module.questions) for module in modules) * 0.9


PLAN = QuizPlan(questions=3, minutes=15, pass_percent=60, attempts=3, html="")


def held_by(**own: Any) -> Rules:
    return rules.resolve(PLAN, NOON - timedelta(days=1), NOON + timedelta(days=1), own)


@pytest.mark.parametrize(
    ("own", "begun", "passed", "minutes_later", "expected"),
    [
        ({}, 1, False, 0, (True, "Đồng chí còn 2 lượt. Lượt sau làm được ngay, đến ")),
        ({}, 1, True, 0, (True, "Đồng chí còn 2 lượt. Đã đạt thì không cần làm lại.")),
        ({}, 3, False, 0, (False, "Đồng chí đã làm đủ 3 lượt")),
        ({"attempts": 0}, 9, None, 0, (True, "Số lượt không giới hạn. Lượt sau làm được ngay")),
        ({"wait_minutes": 30}, 2, False, 10, (False, "Đồng chí còn 1 lượt. Đồng chí làm lại được từ 12 giờ 30.")),
        ({"wait_minutes": 30}, 2, False, 30, (True, "Đồng chí còn 1 lượt. Lượt sau làm được ngay")),
        ({}, 1, False, 60 * 25, (False, "Bài kiểm tra đã đóng từ ")),
    ],
)
def test_the_next_attempt_is_told_in_words(db, own, begun, passed, minutes_later, expected):
    everybodys = held_by(**own)
    held = rules.terms(everybodys, everybodys.closes_at, [])

    told = results.what_next(everybodys, held, begun, NOON, passed, NOON + timedelta(minutes=minutes_later))

    assert (told.may_start, told.sentence[: len(expected[1])]) == expected


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@pytest.mark.parametrize(
    ("own", "is_told"),
    [({}, True), ({"show_marks": False}, False), ({"feedback": Feedback.CLOSED}, False)],
    ids=["all is shown", "marks are hidden", "not before it closes"],
)
def test_the_page_leads_to_what_was_missed_as_far_as_the_rules_go(app: Flask, client: FlaskClient, noon, own, is_told):
    with app.app_context():
        sample = the_sample()
        passage = sample.lessons[0].headings[0][1].removeprefix("muc-")
        questions = tuple(replace(one, lesson=sample.lessons[0].id, passage=passage) for one in sample.questions)
        version, _ = content.publish(replace(sample, questions=questions), by=None, at=NOON)
        drive = a_drive(a_district(), versions=[version])
        learner = a_learner(drive, drive.unit, password=PASSWORD)
        place = a_place(learner, drive)
        services.set_rules(drive, place.module_id, own, by=an_organiser(drive), at=NOON)
        attempt = services.start_attempt(place, at=NOON)
        services.hand_in(viewer(learner), attempt.id, {}, 1, at=NOON)
        path, anchor = f"/quizzes/attempts/{attempt.id}", f"/lessons/dot-mau/mau/{sample.lessons[0].id}#muc-{passage}"
    page = signed_in(client, learner).get(path).text

    assert (anchor in page) == is_told
    assert ("vì câu 1, 2, 3" in page) == is_told
    assert "Đồng chí còn 1 lượt." in page
    assert len(re.findall(f'id="muc-{passage}"', client.get(anchor).text)) == 1
