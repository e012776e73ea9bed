"""Putting a key right after people have answered: who it touches, marking anew, and taking it back exactly."""

import secrets
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given
from hypothesis.strategies import booleans, dictionaries, lists, sampled_from
from sqlalchemy import select

from lms.audit import AuditEntry
from lms.db import db as database
from lms.errors import NotFound, Refused
from lms.notices.models import Notice
from lms.people.models import Person
from lms.quizzes import corrections, marking, queries
from lms.quizzes import services as quizzes
from lms.quizzes.marking import Correction, Effect
from lms.quizzes.models import Attempt
from tests.factories import NOON, a_district, a_drive, a_learner, a_place, a_question, an_organiser, viewer

QUESTIONS = [a_question(id="mot"), a_question("several_choices", right="ab", wrong="cd", id="hai")]
CORRECTIONS = dictionaries(
    sampled_from(["mot", "hai"]),
    sampled_from([Correction(Effect.FULL), Correction(Effect.OUT), Correction(Effect.KEY, ("b", "c"))]),
)
ANSWERS = dictionaries(sampled_from(["mot", "hai"]), lists(sampled_from("abc"), max_size=3, unique=True).map(tuple))


def slowly(answers: dict[str, tuple[str, ...]], standing: dict[str, Correction]) -> tuple[Fraction, int]:
    """Marks as one would on paper, a question at a time."""
    points, most = Fraction(0), 0
    for key, right, wrong in (("mot", "a", "bc"), ("hai", "ab", "cd")):
        how, chosen = standing.get(key), set(answers.get(key, ()))
        if how is not None and how.effect is Effect.OUT:
            continue
        most += 1
        if how is not None and how.effect is Effect.FULL:
            points += 1
            continue
        letters = set(right + wrong)
        good = set(how.right) if how is not None else set(right)
        if key == "mot":
            points += int(chosen == good)
        else:
            share = Fraction(len(chosen & good), len(good)) - Fraction(len(chosen - good), len(letters - good))
            points += max(Fraction(0), share)
    return points, most


@given(answers=ANSWERS, standing=CORRECTIONS)
def test_marking_with_corrections_agrees_with_marking_on_paper(answers, standing) -> None:
    result = marking.mark(QUESTIONS, answers, standing)

    assert (result.points, len(result.marks)) == slowly(answers, standing)


@given(answers=ANSWERS, standing=CORRECTIONS, full=booleans())
def test_without_corrections_nothing_changes(answers, standing, full) -> None:
    others = {f"khac-{key}": one for key, one in standing.items()}

    assert marking.mark(QUESTIONS, answers, others) == marking.mark(QUESTIONS, answers)


@pytest.fixture(autouse=True)
def everybody_draws_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbits", lambda bits: 7)


class Quiz:
    """A drive whose learners have each handed in an attempt that is wrong throughout."""

    def __init__(self, learners: int) -> None:
        district = a_district()
        self.drive = a_drive(district)
        self.organiser = an_organiser(self.drive)
        self.learners = [a_learner(self.drive, district) for _ in range(learners)]
        self.attempts = [self.attempt(one) for one in self.learners]
        first = self.attempts[0]
        self.subject = corrections.subject_of(self.drive, first.version_id, first.question_keys[0])

    def attempt(self, learner: Person) -> Attempt:
        attempt = quizzes.start_attempt(a_place(learner, self.drive), at=NOON)
        return quizzes.hand_in(viewer(learner), attempt.id, {}, 1, at=NOON)

    def correct(self, effect: Effect = Effect.FULL, token: str = "t") -> corrections.KeyCorrection:
        how = Correction(effect)
        return corrections.make(self.subject, how, reason="Đề sai", token=token, by=self.organiser, at=NOON)

    def marks(self) -> list[tuple[float | None, int, bool | None]]:
        rows = database.session.scalars(
            select(Attempt).order_by(Attempt.id).execution_options(populate_existing=True)
        ).all()
        return [(row.points, row.most_points, row.passed) for row in rows]


def keys_of_notices() -> list[tuple[int, str]]:
    return [(row.person_id, row.key) for row in database.session.scalars(select(Notice).order_by(Notice.id))]


@pytest.mark.parametrize("effect", [Effect.FULL, Effect.OUT])
def test_the_dry_run_says_what_will_change_and_undoing_restores_it(db: Flask, effect: Effect) -> None:
    quiz = Quiz(2)
    before = quiz.marks()

    foretold = corrections.dry_run(quiz.subject, Correction(effect))
    assert quiz.marks() == before
    row = quiz.correct(effect)
    assert quiz.marks() == before
    assert corrections.settle(at=NOON) == len(foretold) == 2
    assert quiz.marks() == [one.after for one in foretold] != before

    corrections.undo(row, quiz.drive, because="Nhầm", by=quiz.organiser, at=NOON)
    corrections.undo(row, quiz.drive, because="Nhầm", by=quiz.organiser, at=NOON)
    assert corrections.settle(at=NOON) == 2
    assert quiz.marks() == before
    assert [former.is_undo for former in corrections.told_of(quiz.attempts[0])[1]] == [False, True]


def test_work_that_was_cut_off_is_resumed_and_tells_of_each_attempt_once(db: Flask, monkeypatch) -> None:
    monkeypatch.setattr(corrections, "PORTION", 1)
    quiz = Quiz(2)
    quiz.attempts.append(quiz.attempt(quiz.learners[1]))
    quiz.learners.append(quiz.learners[1])
    row = quiz.correct()

    assert [corrections.settle(at=NOON, portions=1) for _ in range(5)] == [1, 1, 1, 0, 0]

    told = [
        (one.id, f"correction/{row.id}/made/{attempt.id}")
        for one, attempt in zip(quiz.learners, quiz.attempts, strict=True)
    ]
    assert keys_of_notices() == told
    anew = select(AuditEntry.subject_id).where(AuditEntry.action == "mark_anew").order_by(AuditEntry.id)
    assert database.session.scalars(anew).all() == [one.id for one in quiz.attempts]


def test_a_later_hand_in_counts_with_the_correction_at_once(db: Flask) -> None:
    quiz = Quiz(1)
    quiz.correct()

    later = quiz.attempt(a_learner(quiz.drive, quiz.drive.unit))

    assert (later.points, later.most_points) == (1, len(later.question_keys))


def test_a_question_is_corrected_once_and_the_same_form_makes_one_row(db: Flask) -> None:
    quiz = Quiz(1)
    first = quiz.correct()

    assert quiz.correct().id == first.id
    with pytest.raises(Refused, match="đã được sửa rồi"):
        quiz.correct(token="other")


def test_a_key_that_stays_as_it_is_or_fits_no_such_question_is_refused(db: Flask) -> None:
    quiz = Quiz(1)
    question = quiz.subject.question
    right = tuple(option.id for option in question.options if option.is_right)

    assert marking.refusal_of_correction(question, Correction(Effect.KEY, right))
    assert marking.refusal_of_correction(question, Correction(Effect.KEY, ("khong-co",)))
    assert marking.refusal_of_correction(question, Correction(Effect.KEY))
    with pytest.raises(NotFound):
        corrections.subject_of(quiz.drive, quiz.subject.version.id, "khong-co")


def test_the_learner_reads_the_old_mark_and_why_it_changed(app: Flask) -> None:
    with app.app_context():
        quiz = Quiz(1)
        quiz.correct()
        corrections.settle(at=NOON)
        standing, former = corrections.told_of(quiz.attempts[0])

        assert list(standing) == [quiz.subject.question.id]
        assert [(one.points, one.reason) for one in former] == [(0, "Đề sai")]
        assert queries.answers_of(quiz.attempts[0].id) == {}
