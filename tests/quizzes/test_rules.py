"""When an attempt may start and be answered, what it draws, and how it is marked."""

from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.content.rules import QuizPlan
from lms.quizzes import assembling, marking, rules
from lms.quizzes.marking import Result
from lms.quizzes.rules import GRACE
from tests.factories import NOON, a_question
from tests.quizzes.test_kinds import mark_by_hand, questions_with_answers

TICK = timedelta(microseconds=1)
seeds = st.integers(0, 2**31 - 1)
banks = st.lists(st.text("abc-0123456789", min_size=1, max_size=6), min_size=1, max_size=30, unique=True)


def a_plan(*, questions: int = 3, minutes: int = 15, pass_percent: int = 60, attempts: int = 2) -> QuizPlan:
    return QuizPlan(questions, minutes, pass_percent, attempts, html="")


@pytest.mark.parametrize(
    ("attempts", "done", "is_open", "may_start"),
    [(2, 0, False, True), (2, 1, False, True), (2, 2, False, False), (2, 1, True, False), (0, 99, False, True)],
)
def test_an_attempt_starts_while_some_are_left_and_none_is_open(attempts, done, is_open, may_start):
    held = rules.terms(a_plan(attempts=attempts), NOON, [])

    assert (rules.refusal_to_start(held, done, is_open) is None) == may_start


@pytest.mark.parametrize(
    ("since_due", "is_taken"),
    [(-timedelta(minutes=5), True), (timedelta(), True), (GRACE, True), (GRACE + TICK, False)],
)
def test_an_answer_on_its_way_when_time_runs_out_still_counts(since_due, is_taken):
    assert (rules.refusal_to_answer(None, NOON, NOON + since_due) is None) == is_taken


def test_nothing_is_answered_once_the_attempt_is_handed_in():
    assert rules.refusal_to_answer(None, NOON, NOON - TICK) is None
    assert rules.refusal_to_answer(NOON - TICK, NOON, NOON - TICK) == "Lượt làm này đã nộp, không sửa được nữa."


@given(minutes=st.integers(1, 180), left=st.integers(0, 300))
def test_an_attempt_ends_after_its_minutes_but_never_after_the_drive(minutes, left):
    closes_at = NOON + timedelta(minutes=left)
    held = rules.terms(a_plan(minutes=minutes), closes_at, [])

    assert rules.due_at(NOON, held) == NOON + timedelta(minutes=min(minutes, left))


@given(banks, st.integers(1, 40), seeds)
def test_a_draw_is_some_of_the_bank_without_repetition(keys, count, seed):
    drawn = assembling.draw(keys, count, seed)

    assert len(drawn) == len(set(drawn)) == min(count, len(keys))
    assert set(drawn) <= set(keys)


@given(banks, st.integers(1, 40), seeds, st.randoms(use_true_random=False))
def test_a_draw_hangs_on_the_seed_and_the_bank_alone_not_on_the_order_of_the_bank(keys, count, seed, chance):
    turned = list(keys)
    chance.shuffle(turned)

    assert assembling.draw(turned, count, seed) == assembling.draw(keys, count, seed)


def test_every_question_of_the_bank_is_drawn_about_equally_often():
    drawn = [key for seed in range(3000) for key in assembling.draw("abcdef", 2, seed)]

    assert all(850 < drawn.count(key) < 1150 for key in "abcdef")


def test_a_seed_of_last_year_still_gives_the_same_paper():
    question = a_question("several_choices", right="ac", wrong="bdef")

    assert assembling.draw("abcdef", 4, 2026) == ["a", "c", "f", "d"]
    assert [option.id for option in assembling.shuffled(question, 2026)] == ["e", "d", "b", "f", "a", "c"]


@given(questions_with_answers(), seeds)
def test_shuffling_loses_no_option_and_always_gives_the_same_order(asked, seed):
    question, _answer = asked
    shown = assembling.shuffled(question, seed)

    assert sorted(shown, key=lambda option: option.id) == list(question.options)
    assert assembling.shuffled(question, seed) == shown


def test_learners_see_options_in_different_orders_and_true_before_false_always():
    choice, statement = a_question(right="a", wrong="bcd"), a_question("true_false", right="b", wrong="a")

    orders = {"".join(option.id for option in assembling.shuffled(choice, seed)) for seed in range(500)}
    statements = {"".join(option.id for option in assembling.shuffled(statement, seed)) for seed in range(500)}

    assert len(orders) == 24
    assert statements == {"ab"}


def test_two_questions_of_an_attempt_are_not_shuffled_alike():
    one, other = a_question(id="cau-1", wrong="bcdefgh"), a_question(id="cau-2", wrong="bcdefgh")

    assert [o.id for o in assembling.shuffled(one, 5)] != [o.id for o in assembling.shuffled(other, 5)]


papers = st.lists(questions_with_answers(), max_size=4)


@given(papers)
def test_an_attempt_earns_the_sum_of_its_questions(paper):
    questions = [a_renamed(question, number) for number, (question, _) in enumerate(paper)]
    answers = {str(number): tuple(answer) for number, (_, answer) in enumerate(paper)}

    result = marking.mark(questions, answers)

    by_hand = sum((mark_by_hand(question, answer) for question, answer in paper), Fraction(0))
    assert result.points == by_hand
    assert result.percent == (by_hand * 100 / len(paper) if paper else 0)
    assert 0 <= result.percent <= 100


@given(papers)
def test_neither_the_order_of_questions_nor_a_strangers_answer_changes_the_mark(paper):
    questions = [a_renamed(question, number) for number, (question, _) in enumerate(paper)]
    answers = {str(number): tuple(answer) for number, (_, answer) in enumerate(paper)}

    assert marking.mark(questions[::-1], {**answers, "cau-la": ("a",)}).marks == marking.mark(questions, answers).marks


def a_renamed(question, number):
    return type(question)(**{**vars(question), "id": str(number)})


def test_a_question_without_an_answer_earns_nothing():
    question = a_question(right="a", wrong="bc")

    assert marking.mark([question], {}).marks == {"cau-1": 0}
    assert marking.mark([question], {"cau-1": ("a",)}).marks == {"cau-1": 1}


@pytest.mark.parametrize(
    ("points", "passes"), [(Fraction(3, 5), True), (Fraction(59999, 100000), False), (Fraction(1), True)]
)
def test_passing_is_exact_at_the_border(points, passes):
    assert Result({"cau-1": points}).passes(a_plan(pass_percent=60)) == passes


def test_two_thirds_of_three_questions_pass_at_66_percent_and_fail_at_67():
    result = Result({"mot": Fraction(1), "hai": Fraction(1), "ba": Fraction(0)})

    assert result.passes(a_plan(pass_percent=66))
    assert not result.passes(a_plan(pass_percent=67))
