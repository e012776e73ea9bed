"""Matching: every option “left => right” is a pair, and the learner finds the right side of every left one.

The rule: of n pairs a right one is worth 1/n; a wrong one costs 1/n shared among the other right sides, so that
guessing and giving everything the same side come to nothing on average; never below zero.
"""

from collections.abc import Sequence
from fractions import Fraction
from hashlib import sha256

from lms.content.expected import ARROW, pair_in, words_of
from lms.content.rules import Option, Question
from lms.quizzes.kinds import paired
from lms.quizzes.kinds.further import is_further, published
from lms.quizzes.kinds.paired import INPUT, given
from lms.quizzes.kinds.parts import Part
from lms.vietnamese import collation_key

__all__ = ["INPUT", "NAME", "TEMPLATE", "best", "check", "choices", "explain", "left", "mark", "read", "sides"]

NAME = "Ghép đôi"
TEMPLATE = "quizzes/kinds/matching.html"


def left(option: Option) -> str:
    return pair_in(option.html)[0]


def _right(option: Option) -> str:
    return pair_in(option.html)[1]


def _side(option: Option) -> str:
    """The id of a right side comes from its words, so that it does not tell where it belongs."""
    return sha256(_right(option).encode()).hexdigest()[:8]


def _pairs(question: Question) -> list[tuple[Option, list[Option]]]:
    """Every published line, and the lines that count for it: itself, and what a correction accepts besides."""
    lines = published(question.options)
    return [
        (line, [line, *(one for one in question.options if is_further(one) and left(one) == left(line))])
        for line in lines
    ]


def sides(question: Question) -> list[tuple[str, str]]:
    """Ids and words of the right sides, in the order of the alphabet, which tells nothing either."""
    found = {_side(option): _right(option) for option in question.options}
    return sorted(found.items(), key=lambda side: collation_key(side[1]))


def check(options: Sequence[Option], stem: str = "") -> str | None:
    if wrong := paired.refusal(options, "Câu ghép đôi"):
        return wrong
    for option in options:
        if option.html.count(ARROW) != 1 or not words_of(left(option)) or not _right(option):
            return f"Dòng {option.id}) cần đúng một dấu “=>” giữa vế trái và vế phải."
    if len({words_of(left(option)).casefold() for option in options}) < len(options):
        return "Các vế trái của câu ghép đôi cần khác nhau."
    if len({_side(option) for option in options}) < 2:
        return "Câu ghép đôi cần ít nhất hai vế phải khác nhau."
    return None


def read(question: Question, sent: Sequence[str]) -> tuple[str, ...]:
    return paired.read(question, sent, {_side(option) for option in question.options})


def explain(question: Question, answer: tuple[str, ...]) -> list[Part]:
    chosen, names, pairs = given(answer), dict(sides(question)), _pairs(question)
    share = Fraction(1, len(pairs))
    worths = {True: share, False: -share / (len(names) - 1)}
    parts = []
    for option, accepted in pairs:
        side = chosen.get(option.id, "")
        fitting = next((one for one in accepted if _side(one) == side), None)
        is_right = fitting is not None
        label = (fitting or option).html.replace(ARROW, "→")
        worth = worths[is_right] if side else Fraction(0)
        parts.append(
            Part(option.id, label, names.get(side, ""), is_right, worth, (fitting or option).explanation, left(option))
        )
    return parts


def mark(question: Question, answer: tuple[str, ...]) -> Fraction:
    return max(Fraction(0), sum((part.worth for part in explain(question, answer)), Fraction(0)))


def choices(question: Question, answer: tuple[str, ...]) -> tuple[str, ...]:
    """The pairs that were found."""
    found = tuple(part.id for part in explain(question, answer) if part.is_right)
    return found or (("?",) if answer else ())


def best(question: Question) -> tuple[str, ...]:
    return tuple(f"{option.id}={_side(option)}" for option in published(question.options))
