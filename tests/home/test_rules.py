"""The one next step."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lms.completion.queries import ModuleProgress
from lms.home.rules import NextStep, next_step, step_at
from lms.quizzes.rules import Terms
from lms.reflections.rules import State as Writing
from tests.factories import NOON

HOUR = timedelta(hours=1)
CLOSES = NOON + timedelta(days=20)
WRITTEN = some.none() | some.sampled_from(Writing)


def a_module(
    *, read: int = 2, attempts: int | None = 2, tries: int = 0, passed: bool = False, open_attempt: int | None = None
) -> ModuleProgress:
    """Of two lessons; `attempts` None has no quiz, 0 has one without limit."""
    quiz = None if attempts is None else Terms(15, attempts, CLOSES)
    return ModuleProgress(
        "mau", "Chuyên đề mẫu", 2, read, None if read == 2 else "hai", quiz, tries, passed, open_attempt
    )


MODULES = some.lists(
    some.builds(
        a_module,
        read=some.integers(0, 2),
        attempts=some.none() | some.integers(0, 2),
        tries=some.integers(0, 2),
        passed=some.booleans(),
        open_attempt=some.none() | some.just(7),
    ),
    max_size=3,
)

UNREAD, READ, PASSED = a_module(read=1), a_module(), a_module(passed=True)
RUNNING, EXHAUSTED, WITHOUT_QUIZ = a_module(open_attempt=7), a_module(tries=2), a_module(attempts=None)
PENDING = replace(a_module(tries=1), is_pending=True)
UNOPENED = replace(a_module(tries=1), is_pending=True, unopened=9)

PATH = {
    "lessons come first": ([UNREAD, UNREAD], None, NextStep("read", UNREAD)),
    "the quiz of a module comes before the next module": ([READ, UNREAD], None, NextStep("quiz", READ)),
    "lessons come before the quiz of their module": ([PASSED, UNREAD], None, NextStep("read", UNREAD)),
    "a running attempt comes before everything": (
        [UNREAD, RUNNING],
        Writing.RETURNED,
        NextStep("continue_quiz", RUNNING),
    ),
    "a returned reflection comes before reading on": ([UNREAD], Writing.RETURNED, NextStep("rewrite")),
    "a quiz without another try stands in nobody's way": ([EXHAUSTED, UNREAD], None, NextStep("read", UNREAD)),
    "a result that lies there unopened is opened first": ([UNREAD, UNOPENED], None, NextStep("open_result", UNOPENED)),
    "what a person has to mark is not tried again meanwhile": ([PENDING, UNREAD], None, NextStep("read", UNREAD)),
    "a module may have no quiz": ([WITHOUT_QUIZ], None, NextStep("write")),
    "then one writes": ([PASSED], None, NextStep("write")),
    "and writes on": ([PASSED, EXHAUSTED], Writing.DRAFT, NextStep("write")),
    "what is handed in is waited for": ([PASSED], Writing.SUBMITTED, NextStep("wait")),
    "also when it is graded": ([PASSED], Writing.GRADED, NextStep("wait")),
    "and the result is looked at": ([PASSED], Writing.RELEASED, NextStep("see_result")),
}


@pytest.mark.parametrize(("modules", "written", "step"), PATH.values(), ids=PATH)
def test_the_next_step_is_the_first_on_the_path_that_is_not_done(modules, written, step):
    assert next_step(modules, written, asks_reflection=True, needs_quizzes=True) == step


def test_what_the_drive_does_not_ask_for_is_no_step():
    assert next_step([READ], None, asks_reflection=True, needs_quizzes=False) == NextStep("write")
    assert next_step([PASSED], None, asks_reflection=False, needs_quizzes=True) == NextStep("nothing")
    assert next_step([PENDING], None, asks_reflection=False, needs_quizzes=True) == NextStep("wait_for_mark")


def test_another_try_is_left_until_the_limit_and_always_where_there_is_none():
    assert [a_module(attempts=2, tries=tries).may_try for tries in range(4)] == [True, True, False, False]
    assert a_module(attempts=0, tries=99).may_try
    assert not WITHOUT_QUIZ.may_try


@given(modules=MODULES, written=WRITTEN, asks=some.booleans(), needs=some.booleans())
def test_a_step_leads_to_something_that_can_be_done(modules, written, asks, needs):
    step = next_step(modules, written, asks, needs)

    match step.kind:
        case "read":
            assert step.module.next_lesson is not None
        case "quiz":
            assert step.module.may_try
            assert not step.module.passed
        case "continue_quiz":
            assert step.module.open_attempt == 7
        case "write":
            assert asks
            assert written in (None, Writing.DRAFT)
        case _:
            assert step.module is None


def test_a_step_that_comes_too_early_or_too_late_says_so():
    opens, due, closes = NOON, NOON + HOUR, NOON + 2 * HOUR
    steps = ("read", "quiz", "continue_quiz", "write", "rewrite", "wait", "see_result", "nothing")

    def kinds_at(now) -> list[str]:
        return [step_at(NextStep(kind), opens, due, closes, now).kind for kind in steps]

    second = timedelta(seconds=1)
    late, over = ["too_late"] * 2, ["closed"] * 3
    assert kinds_at(opens - second) == ["not_open"] * 8
    assert kinds_at(opens) == kinds_at(due) == list(steps)
    assert kinds_at(due + second) == kinds_at(closes) == [*steps[:3], *late, *steps[5:]]
    assert kinds_at(closes + second) == [*over, *late, *steps[5:]]
