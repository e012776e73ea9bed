"""The rules of quizzes: when an attempt may start, what it draws, how it is marked."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from flask_babel import gettext as _

from lms.content.rules import Option, Question, QuizPlan
from lms.quizzes.kinds import KINDS, Answer

GRACE = timedelta(seconds=15)
"""An answer on its way when time runs out still counts; the due time that is shown does not move."""


def refusal_to_start(plan: QuizPlan, attempts_so_far: int, has_open: bool) -> str | None:
    """Say why no new attempt can start; None means it can. An open attempt is continued instead."""
    if has_open:
        return _("Đồng chí đang có một lượt làm dở. Hãy làm tiếp lượt đó.")
    if plan.attempts and attempts_so_far >= plan.attempts:
        return _("Đồng chí đã làm đủ %(n)s lượt của bài kiểm tra này.", n=plan.attempts)
    return None


def refusal_to_answer(submitted_at: datetime | None, due_at: datetime, now: datetime) -> str | None:
    """Say why an answer cannot be taken at this moment of the server's clock."""
    if submitted_at is not None:
        return _("Lượt làm này đã nộp, không sửa được nữa.")
    if now > due_at + GRACE:
        return _("Đã hết giờ làm bài. Những câu đã lưu trước đó được tính.")
    return None


def due_at(started_at: datetime, plan: QuizPlan, closes_at: datetime) -> datetime:
    """When the attempt ends: after its minutes, but never after the drive closes."""
    return min(started_at + timedelta(minutes=plan.minutes), closes_at)


def draw(keys: Sequence[str], count: int, seed: int) -> list[str]:
    """Which questions an attempt asks, in its order; the same seed always draws the same."""
    return random.Random(seed).sample(sorted(keys), min(count, len(keys)))  # noqa: S311


def shuffled(question: Question, seed: int) -> list[Option]:
    """The options in this attempt's order. True and false keep theirs."""
    options = list(question.options)
    if question.kind != "true_false":
        random.Random(f"{seed}/{question.id}").shuffle(options)  # noqa: S311
    return options


@dataclass(frozen=True)
class Result:
    """Points out of the number of questions; `marks` is the fraction earned by each."""

    marks: Mapping[str, Fraction]

    @property
    def points(self) -> Fraction:
        return sum(self.marks.values(), Fraction(0))

    @property
    def percent(self) -> Fraction:
        return 100 * self.points / len(self.marks) if self.marks else Fraction(0)

    def passes(self, plan: QuizPlan) -> bool:
        return self.percent >= plan.pass_percent


def mark(questions: Sequence[Question], answers: Mapping[str, Answer]) -> Result:
    """Mark an attempt; a question without an answer earns nothing."""
    return Result({one.id: KINDS[one.kind].mark(one, answers.get(one.id, ())) for one in questions})
