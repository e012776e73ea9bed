"""What a person should look at: the same mistakes more often than by chance, and more speed than reading allows."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import product
from math import prod
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.content import services as content
from lms.db import db as database
from lms.db import transaction
from lms.drives import queries as drives
from lms.errors import Refused
from lms.people import services as people
from lms.quizzes import anomalies, watching
from lms.quizzes.anomalies import Anomaly, Sheet, Verdict
from lms.quizzes.models import AnomalyFound, AnomalyJudgement, AnomalyScan, Answer, Attempt
from tests.factories import (
    NOON,
    PASSWORD,
    a_district,
    a_drive,
    a_learner,
    a_question,
    a_unit,
    the_sample,
    viewer,
    with_role,
)
from tests.pages import signed_in, submit

chances = st.lists(st.floats(0, 1), max_size=6)


def slowly(k: int, each: list[float]) -> float:
    """Every way in which things may happen or not, one by one."""
    ways = product([True, False], repeat=len(each))
    return sum(prod(c if yes else 1 - c for yes, c in zip(way, each, strict=True)) for way in ways if sum(way) >= k)


@given(st.integers(0, 7), chances)
def test_the_chance_of_so_many_agrees_with_counting_every_way(k, each):
    assert anomalies.at_least(k, each) == pytest.approx(slowly(k, each))
    assert 0 <= anomalies.at_least(k + 1, each) <= anomalies.at_least(k, each) <= 1 + 1e-12
    assert anomalies.at_least(k, each[::-1]) == pytest.approx(anomalies.at_least(k, each))


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(1, 30)))
def test_a_mistake_that_everybody_makes_says_nothing_and_few_mistakes_say_nothing(times):
    chance = anomalies.chance_of_same(Counter(times))

    assert anomalies.RAREST <= chance <= 1
    assert chance == 1 or sum(times.values()) >= anomalies.LEAST_WRONG
    if len(times) == 1:
        assert chance == 1


MISTAKES = st.dictionaries(st.sampled_from([f"c{n}" for n in range(12)]), st.sampled_from("bcd"))


@given(MISTAKES, MISTAKES)
def test_comparing_knows_no_order_and_one_more_same_mistake_is_never_less_striking(one, other):
    common = {f"c{n}": 0.3 for n in range(13)}
    first, second = Sheet(1, 1, one), Sheet(2, 2, other)
    found = anomalies.likeness(first, second, common)

    assert found == anomalies.likeness(second, first, common)
    assert set(found.shared) == {key for key in one if other.get(key) == one[key]}
    more = [Sheet(n, n, {**mistakes, "c12": "b"}) for n, mistakes in ((1, one), (2, other))]
    assert anomalies.likeness(*more, common).chance <= found.chance + 1e-12


def test_only_different_people_with_enough_rare_mistakes_alike_are_told():
    common = {f"c{n}": 0.1 for n in range(9)}
    copied = {f"c{n}": "b" for n in range(5)}
    sheets = [Sheet(1, 1, copied), Sheet(2, 2, {**copied, "c8": "c"}), Sheet(3, 1, copied), Sheet(4, 4, {"c0": "b"})]

    assert [(one.one, one.other, len(one.shared)) for one in anomalies.alike(sheets, common)] == [(1, 2, 5), (2, 3, 5)]
    assert list(anomalies.alike(sheets, dict.fromkeys(common, 0.9))) == []
    assert list(anomalies.alike(sheets, {})) == []


@pytest.mark.parametrize(
    ("seconds", "words", "answered", "right", "expected"),
    [(29, 300, 10, 0.9, True), (30, 300, 10, 0.9, False), (5, 300, 4, 1, False), (5, 300, 10, 0.4, False)],
)
def test_faster_than_reading_and_still_half_right_is_told(seconds, words, answered, right, expected):
    assert anomalies.is_too_fast(seconds, words, answered, right) is expected


def test_free_texts_are_compared_from_a_length_on_and_never_by_letter_case_or_marks():
    long = "Một hai ba bốn năm sáu bảy tám"

    assert anomalies.comparable([long], is_free=True) == anomalies.comparable([long.upper()], is_free=True)
    assert anomalies.comparable(["Một hai"], is_free=True) is None
    assert anomalies.comparable(["b", "c"], is_free=False) == "b c"


class Hall:
    """A quiz of twelve questions at which two colleagues made the same mistakes, and a third was too fast."""

    def __init__(self) -> None:
        sample = the_sample()
        assert sample.quiz is not None
        questions = tuple(replace(a_question(wrong="bcde", id=f"c{n:02}"), html="<p>từ " * 40) for n in range(12))
        quiz = replace(sample.quiz, questions=12, sections=())
        version, _new = content.publish(replace(sample, questions=questions, quiz=quiz), by=None, at=NOON)
        district = a_district()
        self.drive = a_drive(district, versions=[version])
        self.version, self.keys = version, [one.id for one in questions]
        school, other = a_unit("Công đoàn Một", under=district), a_unit("Công đoàn Hai", under=district)
        chance = Random(5)
        mixed = [{key: chance.choice("abcde") for key in self.keys} for _ in range(14)]
        copied = {**dict.fromkeys(self.keys, "a"), **{key: chance.choice("bcde") for key in self.keys[:8]}}
        self.attempts = [self.attempt(school, answers, minutes=9) for answers in [*mixed, copied, copied]]
        copyist = self.copyist
        self.attempts.append(self.attempt(other, dict.fromkeys(self.keys, "a"), minutes=0.2))
        self.pair, self.copyist = [one.id for one in self.attempts[-3:-1]], copyist

    def attempt(self, unit, answers: dict[str, str], *, minutes: float) -> Attempt:
        self.copyist = learner = a_learner(self.drive, unit)
        summons = drives.summons_for(viewer(learner), self.drive.code)
        end = NOON + timedelta(minutes=minutes)
        with transaction() as session:
            row = Attempt(
                summons_id=summons.id,
                module_id=self.version.module_id,
                version_id=self.version.id,
                number=1,
                seed=1,
                question_keys=self.keys,
                started_at=NOON,
                due_at=NOON + timedelta(minutes=15),
                submitted_at=end,
                points=0,
                passed=False,
            )
            session.add(row)
            session.flush()
            session.add_all(
                Answer(attempt_id=row.id, question_key=key, chosen=[value], counter=1, saved_at=end)
                for key, value in answers.items()
            )
        return row


def found() -> list[tuple[Anomaly, int, int]]:
    rows = database.session.scalars(select(AnomalyFound).order_by(AnomalyFound.kind, AnomalyFound.id))
    return [(row.kind, row.attempt_id, row.other_id) for row in rows]


def test_the_worker_finds_them_in_portions_once_and_changes_no_mark(db: Flask, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watching, "PORTION", 5)
    hall = Hall()
    marks = [(one.points, one.passed) for one in hall.attempts]

    assert [watching.look(at=NOON, portions=1) for _ in range(4)] == [1, 1, 0, 0]

    fast = hall.attempts[-1].id
    assert found() == [(Anomaly.SAME_MISTAKES, *hall.pair), (Anomaly.TOO_FAST, fast, fast)]
    shared = database.session.scalars(select(AnomalyFound).where(AnomalyFound.attempt_id == hall.pair[0])).one().figures
    assert (shared["shared"], shared["wrong"]) == (hall.keys[:8], 8)
    assert [(one.points, one.passed) for one in hall.attempts] == marks
    assert database.session.scalars(select(AnomalyScan.is_done)).all() == [True]

    later = NOON + timedelta(hours=1)
    assert watching.look(at=later) == 0
    hall.attempt(hall.drive.unit, {}, minutes=5)
    assert watching.look(at=later) == 0
    assert database.session.scalars(select(AnomalyScan.n)).one() == len(hall.attempts) + 1
    assert len(found()) == 2


def test_nobody_judges_an_attempt_of_their_own(db: Flask):
    hall = Hall()
    watching.look(at=NOON)
    row = database.session.scalars(select(AnomalyFound).where(AnomalyFound.attempt_id == hall.pair[0])).one()
    people.grant_role(hall.copyist, Role.ORGANISER, hall.drive.unit, by=None, on=NOON.date() - timedelta(days=9))

    with pytest.raises(Refused, match="không tự kết luận"):
        watching.judge(row, hall.drive, Verdict.NOTHING, "Tôi biết", by=viewer(hall.copyist), at=NOON)


def test_an_organiser_judges_with_a_reason_and_an_auditor_reads_it(app: Flask, client: FlaskClient):
    with clock.stopped_at(NOON):
        with app.app_context():
            hall = Hall()
            watching.look(at=NOON)
            organiser = with_role(Role.ORGANISER, hall.drive.unit, password=PASSWORD)
            auditor = with_role(Role.AUDITOR, hall.drive.unit, password=PASSWORD)
            one = database.session.scalars(select(AnomalyFound.id).where(AnomalyFound.attempt_id == hall.pair[0])).one()
        place = "/quizzes/dot-mau/anomalies"
        reader, judge = signed_in(app.test_client(), auditor), signed_in(client, organiser)

        page = judge.get(place).text
        assert "Sai giống nhau ở 8 câu" in page
        assert all(f"/quizzes/dot-mau/attempts/{id}" in page for id in hall.pair)
        assert "Ghi kết luận" not in reader.get(place).text
        assert submit(reader, f"{place}/{one}", verdict="confirmed", note="Chép bài").status_code == 403
        refused = submit(judge, f"{place}/{one}", note="Đã hỏi cả hai người")
        assert (refused.status_code, "Đã hỏi cả hai người" in refused.text) == (422, True)
        assert submit(judge, f"{place}/{one}", verdict="lock", note="x").status_code == 400
        for _ in range(2):
            assert submit(judge, f"{place}/{one}", verdict="nothing", note="Hai người học chung").status_code == 302
        assert submit(judge, f"{place}/{one}", verdict="open", note="Có tin báo mới").status_code == 302

        judged = reader.get(f"{place}?show=judged").text
        assert all(words in judged for words in ("Hai người học chung", "Có tin báo mới", "Cần hỏi thêm"))
        with app.app_context():
            verdicts = database.session.scalars(select(AnomalyJudgement.verdict).order_by(AnomalyJudgement.id)).all()
            assert verdicts == [Verdict.NOTHING, Verdict.OPEN]
            entries = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "judge_anomaly")).all()
            assert [entry.reason for entry in entries] == ["Hai người học chung", "Có tin báo mới"]
