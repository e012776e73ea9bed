"""Question kinds, a file each, all with the same parts:

`NAME`     what people call it;
`TEMPLATE` its page parts: the macros `ask` and `show`;
`INPUT`    the HTML input: radio, checkbox, text, select, gaps or textarea;
`check`    what is wrong with the options of a question of this kind, and with its stem where they belong to places in
           it, for authors;
`read`     the answer out of what was sent, a tuple of option ids, of “option=value”, “gap=value” or of what was
           typed; or BadInput;
`mark`     a fraction from 0 to 1, a pure function of question and answer;
`explain`  the parts of the question, what each was given and what that is worth;
`choices`  the ids of the options that an answer comes down to, for statistics; "?" is an answer that none expects;
`best`     an answer that earns the whole point, or should when a person marks it.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Protocol, cast

from lms.content.rules import Option, Question
from lms.quizzes.kinds import (
    free_text,
    gap_text,
    matching,
    numeric,
    ordering,
    several_choices,
    short_text,
    single_choice,
    true_false,
)
from lms.quizzes.kinds.parts import Part

__all__ = ["CHECKS", "KINDS", "Answer", "Kind", "Part", "is_marked_by_hand", "waits_for_a_person"]

Answer = tuple[str, ...]


class Kind(Protocol):
    NAME: str
    TEMPLATE: str
    INPUT: str

    def check(self, options: Sequence[Option], stem: str = "") -> str | None: ...
    def read(self, question: Question, sent: Sequence[str]) -> Answer: ...
    def mark(self, question: Question, answer: Answer) -> Fraction: ...
    def explain(self, question: Question, answer: Answer) -> list[Part]: ...
    def choices(self, question: Question, answer: Answer) -> tuple[str, ...]: ...
    def best(self, question: Question) -> Answer: ...


KINDS: dict[str, Kind] = {
    module.__name__.rpartition(".")[2]: cast(Kind, module)
    for module in (
        single_choice,
        several_choices,
        true_false,
        numeric,
        short_text,
        gap_text,
        matching,
        ordering,
        free_text,
    )
}

CHECKS = {name: kind.check for name, kind in KINDS.items()}


def is_marked_by_hand(question: Question) -> bool:
    """Does a person mark this?"""
    return KINDS[question.kind] is cast(Kind, free_text)


def waits_for_a_person(question: Question, answer: Answer) -> bool:
    """Is there something to mark that nobody has marked?"""
    return is_marked_by_hand(question) and free_text.waits(answer)
