"""What an attempt earns, part by part, also where a key has been corrected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from flask_babel import gettext as _

from lms.content.rules import Question, QuizPlan
from lms.quizzes.assembling import shuffled
from lms.quizzes.kinds import KINDS, Answer, Part, further, is_marked_by_hand, waits_for_a_person
from lms.quizzes.rules import ALL, Review, Rules


def explained(
    question: Question, answer: Answer, seed: int, *, is_shuffled: bool = True, allowed: Review = ALL
) -> list[Part]:
    """What each part of the question gave, in the order in which this attempt showed them, as far as it may be seen."""
    kind = KINDS[question.kind]
    shown = kind.explain(question, answer)
    if kind.INPUT in ("radio", "checkbox") or not (allowed.answers or is_marked_by_hand(question)):
        place = {option.id: at for at, option in enumerate(shuffled(question, seed, is_shuffled=is_shuffled))}
        shown.sort(key=lambda part: place.get(part.id, -1))
    if not allowed.answers:
        shown = [replace(part, is_right=False, label=part.open_label or part.label) for part in shown if part.given]
    return shown if allowed.explanations else [replace(part, explanation="") for part in shown]


@dataclass(frozen=True)
class Result:
    """Points out of the number of questions; `marks` is the fraction earned by each.

    What is `pending` earns nothing until a person has marked it, and until then nobody can say whether it passes.
    """

    marks: Mapping[str, Fraction]
    pending: frozenset[str] = frozenset()

    @property
    def points(self) -> Fraction:
        return sum(self.marks.values(), Fraction(0))

    @property
    def percent(self) -> Fraction:
        return 100 * self.points / len(self.marks) if self.marks else Fraction(0)

    def passes(self, plan: QuizPlan | Rules) -> bool:
        return self.percent >= plan.pass_percent

    def verdict(self, plan: QuizPlan | Rules) -> bool | None:
        """Passed or not; None while a person has something to mark."""
        return None if self.pending else self.passes(plan)


class Effect(StrEnum):
    """What a correction does to a question that was asked."""

    KEY = "key"
    FULL = "full"
    OUT = "out"


@dataclass(frozen=True)
class Correction:
    """What is put right about a question.

    For a new key `right` are the options that are right from now on, and `further` the lines that count besides.
    """

    effect: Effect
    right: tuple[str, ...] = ()
    further: tuple[str, ...] = ()


Corrections = Mapping[str, Correction]
"""By the question's id."""


def corrected(question: Question, corrections: Corrections) -> Question:
    """The question with the key that counts."""
    correction = corrections.get(question.id)
    if correction is None or correction.effect is not Effect.KEY:
        return question
    options = [replace(option, is_right=option.id in correction.right) for option in question.options]
    return replace(question, options=(*options, *further.options_of(question, correction.further)))


def refusal_of_correction(question: Question, correction: Correction) -> str | None:
    """Say why a question cannot be corrected like this; None means it can."""
    if correction.effect is not Effect.KEY:
        return None
    if is_marked_by_hand(question):
        return _(
            "Câu này do người chấm nên không có đáp án để sửa. Đồng chí chấm lại từng bài, hoặc chọn cách sửa khác."
        )
    if refusal := further.refusal(question, correction.further):
        return refusal
    now = corrected(question, {question.id: correction})
    if set(correction.right) - {option.id for option in question.options}:
        return _("Câu hỏi không có phương án này. Đồng chí tải lại trang rồi chọn lại.")
    if now == question:
        return _("Đáp án đồng chí chọn giống đáp án đang dùng. Đồng chí chọn phương án đúng khác.")
    kind = KINDS[question.kind]
    return kind.check(further.published(now.options) if kind.INPUT == "select" else now.options, now.html)


def mark(
    questions: Sequence[Question], answers: Mapping[str, Answer], corrections: Corrections | None = None
) -> Result:
    """Mark an attempt; a question without an answer earns nothing.

    A correction may give a question another key, give everybody its whole point, or leave it out of the count.
    """
    marks, pending = {}, set()
    for question in questions:
        correction = (corrections or {}).get(question.id)
        if correction is None or correction.effect is Effect.KEY:
            asked = corrected(question, corrections or {})
            answer = answers.get(asked.id, ())
            marks[question.id] = KINDS[asked.kind].mark(asked, answer)
            if waits_for_a_person(asked, answer):
                pending.add(question.id)
        elif correction.effect is Effect.FULL:
            marks[question.id] = Fraction(1)
    return Result(marks, frozenset(pending))
