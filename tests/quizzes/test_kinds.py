"""Every question kind: what authors may write, what learners may send, and what an answer earns."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes.kinds import KINDS
from tests.factories import a_question

LETTERS = "abcdefghi"
CHOICES = ("single_choice", "several_choices", "true_false")


@st.composite
def questions(draw: st.DrawFn, kinds: tuple[str, ...] = CHOICES) -> Question:
    """Any question that an author may publish."""
    kind = draw(st.sampled_from(kinds))
    if kind == "true_false":
        right = draw(st.sampled_from("ab"))
        return a_question(kind, right=right, wrong="b" if right == "a" else "a")
    least, most_right = (2, 1) if kind == "single_choice" else (3, 7)
    letters = LETTERS[: draw(st.integers(least, 8))]
    count = 1 if kind == "single_choice" else draw(st.integers(2, min(most_right, len(letters) - 1)))
    right = draw(st.permutations(letters))[:count]
    return a_question(kind, right="".join(right), wrong="".join(set(letters) - set(right)))


@st.composite
def questions_with_answers(draw: st.DrawFn, kinds: tuple[str, ...] = CHOICES) -> tuple[Question, list[str]]:
    """A question, and an answer that a browser could send for it."""
    question = draw(questions(kinds))
    ids = [option.id for option in question.options]
    most = len(ids) if question.kind == "several_choices" else 1
    return question, draw(st.lists(st.sampled_from(ids), max_size=most, unique=True))


def mark_by_hand(question: Question, answer: list[str]) -> Fraction:
    """What an answer earns, counted option by option as a reviewer would with a pencil."""
    right_in_all = wrong_in_all = right_chosen = wrong_chosen = 0
    for option in question.options:
        if option.is_right:
            right_in_all += 1
            right_chosen += option.id in answer
        else:
            wrong_in_all += 1
            wrong_chosen += option.id in answer
    if question.kind == "several_choices":
        earned = Fraction(right_chosen * wrong_in_all - wrong_chosen * right_in_all, right_in_all * wrong_in_all)
        return earned if earned > 0 else Fraction(0)
    return Fraction(1) if right_chosen == 1 and wrong_chosen == 0 else Fraction(0)


def mark(question: Question, answer: list[str]) -> Fraction:
    kind = KINDS[question.kind]
    return kind.mark(question, kind.read(question, answer))


def options(right: int, wrong: int) -> list[Option]:
    return [Option(letter, letter, n < right, "") for n, letter in enumerate(LETTERS[: right + wrong])]


@given(questions())
def test_what_these_tests_ask_is_what_authors_may_publish(question):
    assert KINDS[question.kind].check(question.options) is None


@given(questions_with_answers())
def test_an_answer_earns_what_counting_by_hand_gives(asked):
    question, answer = asked

    assert mark(question, answer) == mark_by_hand(question, answer)


@given(questions_with_answers())
def test_what_the_parts_are_worth_adds_up_to_the_mark(asked):
    question, answer = asked
    parts = KINDS[question.kind].explain(question, tuple(answer))

    assert max(Fraction(0), sum((part.worth for part in parts), Fraction(0))) == mark(question, answer)
    assert [part.id for part in parts if part.given] == [one.id for one in question.options if one.id in answer]


@given(questions_with_answers())
def test_an_answer_earns_between_nothing_and_one_point(asked):
    assert 0 <= mark(*asked) <= 1


@given(questions())
def test_the_right_options_earn_the_whole_point_and_no_answer_earns_nothing(question):
    right = [option.id for option in question.options if option.is_right]

    assert (mark(question, right), mark(question, [])) == (1, 0)


@given(questions_with_answers())
def test_only_the_right_options_earn_the_whole_point(asked):
    question, answer = asked
    right = {option.id for option in question.options if option.is_right}

    assert (mark(question, answer) == 1) == (set(answer) == right)


@given(questions(("several_choices",)))
def test_choosing_everything_earns_nothing(question):
    assert mark(question, [option.id for option in question.options]) == 0


@given(questions_with_answers(("several_choices",)), st.data())
def test_one_more_wrong_option_never_earns_more(asked, data):
    question, answer = asked
    wrong = data.draw(st.sampled_from([option.id for option in question.options if not option.is_right]))

    assert mark(question, [*answer, wrong]) <= mark(question, answer)


@given(questions_with_answers(), st.randoms(use_true_random=False))
def test_the_order_of_clicking_and_of_options_is_of_no_account(asked, chance):
    question, answer = asked
    again, turned = list(answer), list(question.options)
    chance.shuffle(again)
    chance.shuffle(turned)
    other = Question(**{**vars(question), "options": tuple(turned)})

    assert mark(other, again) == mark(question, answer)
    assert KINDS[other.kind].read(other, again) == KINDS[question.kind].read(question, answer)


@given(questions_with_answers(("several_choices",)))
def test_an_option_sent_twice_counts_once(asked):
    question, answer = asked

    assert mark(question, answer + answer) == mark(question, answer)


@given(questions(), st.text(max_size=3))
def test_an_option_that_the_question_does_not_have_is_refused(question, sent):
    known = {option.id for option in question.options}

    if sent in known:
        assert KINDS[question.kind].read(question, [sent]) == (sent,)
    else:
        with pytest.raises(BadInput):
            KINDS[question.kind].read(question, [sent])


@given(questions(("single_choice", "true_false")))
def test_a_question_with_one_answer_takes_no_second_one(question):
    first, second = (option.id for option in question.options[:2])

    assert KINDS[question.kind].read(question, [first]) == (first,)
    with pytest.raises(BadInput):
        KINDS[question.kind].read(question, [first, second])


@pytest.mark.parametrize(("right", "wrong"), [(0, 3), (2, 2), (1, 0), (1, 8)])
def test_a_single_choice_with_these_options_is_refused(right, wrong):
    assert KINDS["single_choice"].check(options(1, 3)) is None
    assert KINDS["single_choice"].check(options(right, wrong)) is not None


@pytest.mark.parametrize(("right", "wrong"), [(1, 3), (3, 0), (2, 0), (2, 7)])
def test_several_choices_with_these_options_are_refused(right, wrong):
    assert KINDS["several_choices"].check(options(2, 1)) is None
    assert KINDS["several_choices"].check(options(right, wrong)) is not None


@pytest.mark.parametrize(
    "options",
    [
        [Option("a", "Đúng", True, ""), Option("b", "Sai", True, "")],
        [Option("a", "Đúng", False, ""), Option("b", "Sai", False, "")],
        [Option("a", "Sai", True, ""), Option("b", "Đúng", False, "")],
        [Option("a", "Có", True, ""), Option("b", "Không", False, "")],
        [Option("a", "Đúng", True, "")],
    ],
)
def test_true_or_false_has_exactly_these_two_options(options):
    check = KINDS["true_false"].check

    assert check([Option("a", "Đúng", False, ""), Option("b", "Sai", True, "")]) is None
    assert check(options) is not None
