"""Corrections of what has no options to choose: further answers that count."""

from dataclasses import replace
from fractions import Fraction

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms import clock
from lms.access import Role
from lms.content import services as content
from lms.content.rules import Option, Question
from lms.quizzes import marking, queries, services
from lms.quizzes.kinds import KINDS, further
from lms.quizzes.marking import Correction, Effect
from tests.factories import NOON, PASSWORD, a_district, a_drive, a_learner, a_place, the_sample, viewer, with_role
from tests.pages import signed_in, submit
from tests.quizzes.test_gap_text import QUESTION as GAPS
from tests.quizzes.test_paired_kinds import MATCHING, ORDERING
from tests.quizzes.test_typed_kinds import a_question as typed

NUMBER = typed("numeric", "6 người", "✗5 người")
WORDS = typed("short_text", "hòa giải", "✗trọng tài")


def correction(question: Question, *lines: str) -> Correction:
    return Correction(Effect.KEY, tuple(one.id for one in question.options if one.is_right), lines)


def mark(question: Question, how: Correction, answer: tuple[str, ...]) -> Fraction:
    return marking.mark([question], {question.id: answer}, {question.id: how}).points


def entries(question: Question, values: str) -> tuple[str, ...]:
    return tuple(f"{one.id}={value}" for one, value in zip(question.options, values, strict=True))


RIGHT_SIDES = [entry.partition("=")[2] for entry in KINDS["matching"].best(MATCHING)]


@pytest.mark.parametrize(
    ("question", "line", "answer", "before", "after"),
    [
        (NUMBER, "7 ± 0,5 người", ("7,2",), 0, 1),
        (WORDS, "dàn xếp (chấp nhận không dấu)", ("dan xep",), 0, 1),
        (GAPS, "(3) Liên đoàn", ("3=liên đoàn",), 0, Fraction(1, 3)),
        (MATCHING, "a => phải 2", (f"a={RIGHT_SIDES[1]}",), 0, Fraction(1, 4)),
        (ORDERING, "a, b, c, d", entries(ORDERING, "1234"), 0, 1),
    ],
)
def test_a_further_answer_earns_what_the_right_one_does(question, line, answer, before, after):
    how = correction(question, line)
    best = KINDS[question.kind].best(question)

    assert marking.refusal_of_correction(question, how) is None
    assert (mark(question, correction(question), answer), mark(question, how, answer)) == (before, after)
    assert mark(question, how, best) == 1
    corrected = marking.corrected(question, {question.id: how})
    parts = marking.explained(corrected, answer, seed=1)
    assert max(Fraction(0), sum(part.worth for part in parts)) == after
    assert KINDS[question.kind].best(corrected) == best


@given(st.permutations("1234"), st.permutations("abcd"))
def test_an_order_earns_the_most_of_all_that_count(places, order):
    """Counted slowly: each order by itself, two lines at a time."""
    answer = entries(ORDERING, "".join(places))
    how = correction(ORDERING, ", ".join(order))
    given_places = dict(zip("abcd", places, strict=True))
    found = []
    for one in ([entry[0] for entry in sorted(KINDS["ordering"].best(ORDERING), key=lambda entry: entry[2])], order):
        points = 0
        for at, first in enumerate(one):
            for second in one[at + 1 :]:
                points += 1 if given_places[first] < given_places[second] else -1
        found.append(Fraction(max(0, points), 6))

    assert mark(ORDERING, how, answer) == max(found)


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (NUMBER, "bảy"),
        (NUMBER, "7 triệu"),
        (NUMBER, "5 người"),
        (WORDS, "..."),
        (WORDS, "Trọng tài"),
        (GAPS, "Liên đoàn"),
        (GAPS, "(9) Liên đoàn"),
        (MATCHING, "a => phải 9"),
        (MATCHING, "z => phải 2"),
        (MATCHING, "phải 2"),
        (ORDERING, "a, b, c"),
        (ORDERING, "a, b, c, c"),
        (WORDS, "x" * 201),
    ],
)
def test_these_lines_cannot_count(question, line):
    assert marking.refusal_of_correction(question, correction(question, line)) is not None


def test_what_shows_options_takes_no_further_answers():
    choice = Question("c", "single_choice", "mot", (), "", (Option("a", "A", True, ""), Option("b", "B", False, "")))

    assert marking.refusal_of_correction(choice, Correction(Effect.KEY, ("b",), ("C",))) is not None
    assert "single_choice" not in further.HOW
    assert "&lt;b&gt;" in further.options_of(WORDS, ["<b>x</b>"])[0].html


def test_an_organiser_sees_whom_it_touches_applies_it_and_takes_it_back(app: Flask, client: FlaskClient):
    with clock.stopped_at(NOON):
        with app.app_context():
            sample = the_sample()
            assert sample.quiz is not None
            quiz = replace(sample.quiz, questions=1, sections=())
            version, _new = content.publish(replace(sample, questions=(WORDS,), quiz=quiz), by=None, at=NOON)
            district = a_district()
            drive = a_drive(district, versions=[version])
            organiser = with_role(Role.ORGANISER, district, password=PASSWORD)
            learner = a_learner(drive, district)
            attempt = services.start_attempt(a_place(learner, drive), at=NOON)
            services.hand_in(viewer(learner), attempt.id, {"cau-1": ["Dàn xếp"]}, 1, at=NOON)
            place = f"/quizzes/dot-mau/corrections/of/{version.id}/cau-1"
        signed_in(client, organiser)
        sent = {"effect": "key", "right": "a", "further": "dàn xếp\r\n"}

        page = client.get(place, query_string=sent).text
        assert "1 lượt làm thay đổi điểm, trong đó 1 lượt đổi giữa đạt và chưa đạt" in page
        assert 'name="further" value="dàn xếp"' in page
        assert submit(client, place, **sent, form_token="t", reason="Cũng đúng").status_code == 302
        assert "nhận thêm: dàn xếp" in client.get("/quizzes/dot-mau/corrections").text
        with app.app_context():
            assert queries.attempts_at(a_place(learner, drive))[0].passed is True
        submit(client, "/quizzes/dot-mau/corrections/1/undo", reason="Nhầm")
        with app.app_context():
            assert queries.attempts_at(a_place(learner, drive))[0].passed is False
