"""Ordering: every option begins with its place, “2. Bầu đoàn chủ tịch”, and the learner gives each a place.

The rule: the share of all pairs of lines that stand in the right order, less the share of those in the wrong order,
never below zero. Two lines at one place, or one without, are neither; so guessing comes to nothing on average.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from lms.content.expected import place_in
from lms.content.rules import Option, Question
from lms.quizzes.kinds import paired
from lms.quizzes.kinds.further import is_further, published
from lms.quizzes.kinds.paired import INPUT, given
from lms.quizzes.kinds.parts import Part

__all__ = ["INPUT", "NAME", "TEMPLATE", "best", "check", "choices", "explain", "left", "mark", "read", "sides"]

NAME = "Sắp thứ tự"
TEMPLATE = "quizzes/kinds/ordering.html"


def _place(option: Option) -> int:
    return place_in(option.html)[0]


def left(option: Option) -> str:
    """The line without its place."""
    return place_in(option.html)[1]


def sides(question: Question) -> list[str]:
    return [str(place) for place in range(1, len(published(question.options)) + 1)]


def check(options: Sequence[Option], stem: str = "") -> str | None:
    if wrong := paired.refusal(options, "Câu sắp thứ tự"):
        return wrong
    places = [_place(option) for option in options]
    if sorted(places) != list(range(1, len(options) + 1)):
        return "Mỗi dòng của câu sắp thứ tự bắt đầu bằng vị trí đúng của nó: “1. …”, “2. …”, không trùng, không thiếu."
    by_letter = [_place(option) for option in sorted(options, key=lambda option: option.id)]
    if sorted(places) in (places, by_letter):
        return "Viết các dòng và đặt mã a), b), c) khác với thứ tự đúng, kẻo chúng để lộ đáp án."
    return None


def read(question: Question, sent: Sequence[str]) -> tuple[str, ...]:
    return paired.read(question, sent, set(sides(question)))


def orders(question: Question) -> list[list[Option]]:
    """The right order, and those that a correction accepts besides."""
    lines = {option.id: option for option in published(question.options)}
    further = [[lines[id] for id in one.html.split(", ")] for one in question.options if is_further(one)]
    return [sorted(lines.values(), key=_place), *further]


def explain(question: Question, answer: tuple[str, ...]) -> list[Part]:
    """In the right order, of several the one that gives the most."""
    return max((_parts(order, given(answer)) for order in orders(question)), key=_worth)


def _parts(in_order: Sequence[Option], chosen: Mapping[str, str]) -> list[Part]:
    """What a pair of lines is worth is shared between the two."""
    worths = dict.fromkeys((option.id for option in in_order), Fraction(0))
    half = Fraction(1, len(in_order) * (len(in_order) - 1))
    for before, after in combinations([option.id for option in in_order], 2):
        if before in chosen and after in chosen:
            one, other = int(chosen[before]), int(chosen[after])
            for id in (before, after):
                worths[id] += half * ((one < other) - (one > other))
    return [
        Part(
            option.id,
            f"{place}. {left(option)}",
            chosen.get(option.id, ""),
            chosen.get(option.id) == str(place),
            worths[option.id],
            option.explanation,
            left(option),
        )
        for place, option in enumerate(in_order, 1)
    ]


def _worth(parts: Sequence[Part]) -> Fraction:
    return sum((part.worth for part in parts), Fraction(0))


def mark(question: Question, answer: tuple[str, ...]) -> Fraction:
    return max(Fraction(0), _worth(explain(question, answer)))


def choices(question: Question, answer: tuple[str, ...]) -> tuple[str, ...]:
    """The lines that were put at their places."""
    found = tuple(part.id for part in explain(question, answer) if part.is_right)
    return found or (("?",) if answer else ())


def best(question: Question) -> tuple[str, ...]:
    return tuple(sorted(f"{option.id}={_place(option)}" for option in published(question.options)))
