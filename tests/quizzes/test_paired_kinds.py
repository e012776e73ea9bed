"""Matching and ordering: every line is given one value, and guessing comes to nothing."""

from fractions import Fraction
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes import marking, rules
from lms.quizzes.kinds import KINDS, Kind

PLACES = (2, 4, 1, 3)


def a_question(kind: str, *lines: str, id: str = "cau-1") -> Question:
    options = tuple(
        Option(letter, line, True, f"Vì {letter}") for letter, line in zip("abcdefghi", lines, strict=False)
    )
    return Question(id, kind, "mot", (), "<p>Câu hỏi</p>", options)


MATCHING = a_question("matching", *(f"trái {n} =&gt; phải {n}" for n in "1234"))
ORDERING = a_question("ordering", *(f"{place}. dòng" for place in PLACES))
BOTH = [MATCHING, ORDERING]


def kind_of(question: Question) -> Kind:
    return KINDS[question.kind]


def mark(question: Question, answer: list[str]) -> Fraction:
    kind = kind_of(question)
    return kind.mark(question, kind.read(question, answer))


def values_of(question: Question) -> list[str]:
    return sorted(entry.partition("=")[2] for entry in kind_of(question).best(question))


def by_hand(question: Question, answer: list[str]) -> Fraction:
    """Counted with a pencil: pair by pair, and two lines at a time."""
    given = dict(entry.split("=") for entry in answer)
    right = dict(entry.split("=") for entry in kind_of(question).best(question))
    if question.kind == "matching":
        good = sum(right[id] == value for id, value in given.items())
        points = good * 3 - (len(given) - good)
        return Fraction(max(0, points), 12)
    points = 0
    for one in given:
        for other in given:
            if right[one] < right[other]:
                points += 1 if given[one] < given[other] else -1 if given[one] > given[other] else 0
    return Fraction(max(0, points), 6)


answers = st.sampled_from(BOTH).flatmap(
    lambda question: st.tuples(
        st.just(question), st.dictionaries(st.sampled_from("abcd"), st.sampled_from(values_of(question)))
    ).map(lambda both: (both[0], [f"{id}={value}" for id, value in both[1].items()]))
)


@given(answers, st.randoms(use_true_random=False))
def test_an_answer_earns_what_counting_by_hand_gives_in_whatever_order_it_is_sent(asked, chance):
    question, answer = asked
    again = [*answer, "", ""]
    chance.shuffle(again)
    parts = kind_of(question).explain(question, tuple(answer))

    assert 0 <= mark(question, answer) == by_hand(question, answer) <= 1
    assert mark(question, again) == mark(question, answer)
    assert (mark(question, answer) == 1) == (set(answer) == set(kind_of(question).best(question)))
    assert max(Fraction(0), sum((part.worth for part in parts), Fraction(0))) == mark(question, answer)


@given(answers)
def test_one_more_line_put_right_never_takes_from_a_matching(asked):
    _question, answer = asked
    kept = [entry for entry in answer if entry in kind_of(MATCHING).best(MATCHING)]
    for entry in kind_of(MATCHING).best(MATCHING):
        more = [one for one in kept if one[0] != entry[0]] + [entry]
        assert mark(MATCHING, more) >= mark(MATCHING, kept)


@pytest.mark.parametrize("question", BOTH)
def test_guessing_comes_to_nothing(question):
    kind, values = kind_of(question), values_of(question)
    everything = [
        tuple(f"{id}={value}" for id, value in zip("abcd", one, strict=True)) for one in product(values, repeat=4)
    ]
    turned = [tuple(f"{id}={value}" for id, value in zip("abcd", one, strict=True)) for one in permutations(values)]

    for guesses in (everything, turned):
        assert sum(part.worth for guess in guesses for part in kind.explain(question, guess)) == 0
    assert {mark(question, [f"{id}={value}" for id in "abcd"]) for value in values} == {0}
    assert (mark(question, []), mark(question, list(kind.best(question)))) == (0, 1)


@pytest.mark.parametrize("question", BOTH)
@pytest.mark.parametrize("sent", [["a"], ["a="], ["z=1"], ["a=9"], ["a=\x00"], ["=1"], ["a=1=1"], ["x" * 100_000]])
def test_what_the_question_does_not_offer_is_refused(question, sent):
    best = kind_of(question).best(question)
    for bad in (sent, [best[0], best[0]]):
        with pytest.raises(BadInput):
            kind_of(question).read(question, bad)


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("matching", ["a =&gt; 1", "b =&gt; 2"]),
        ("matching", ["a =&gt; 1", "b =&gt; 2", "c"]),
        ("matching", ["a =&gt; 1", "b =&gt; 2", "c =&gt; 3 =&gt; 4"]),
        ("matching", ["a =&gt; 1", "A =&gt; 2", "c =&gt; 3"]),
        ("matching", ["a =&gt; 1", "b =&gt; 1", "c =&gt; 1"]),
        ("matching", ["a =&gt; 1", "b =&gt; 2", "=&gt; 3"]),
        ("ordering", ["1. a", "2. b", "3. c"]),
        ("ordering", ["2. a", "1. b", "2. c"]),
        ("ordering", ["2. a", "1. b", "c"]),
        ("ordering", ["2. a", "1. b"]),
    ],
)
def test_these_lines_are_refused(kind, lines):
    assert [kind_of(question).check(question.options) for question in BOTH] == [None, None]
    assert KINDS[kind].check(a_question(kind, *lines).options) is not None
    assert KINDS[kind].check([Option(one.id, one.html, False, "") for one in BOTH[kind == "ordering"].options])


def test_two_left_sides_may_share_a_right_one():
    question = a_question("matching", "a =&gt; có", "b =&gt; có", "c =&gt; không")

    assert [words for _id, words in KINDS["matching"].sides(question)] == ["có", "không"]
    assert mark(question, list(KINDS["matching"].best(question))) == 1


@pytest.mark.parametrize("question", BOTH)
def test_the_parts_say_what_is_right_and_nothing_of_it_where_answers_stay_hidden(question):
    kind = kind_of(question)
    wrong = f"b={next(value for value in values_of(question) if f'b={value}' not in kind.best(question))}"
    answer = kind.read(question, [kind.best(question)[0], wrong])
    hidden = rules.Review(marks=True, answers=False, explanations=False)

    assert kind.choices(question, answer) == ("a",)
    assert (kind.choices(question, (wrong,)), kind.choices(question, ())) == (("?",), ())
    assert {part.id for part in marking.explained(question, answer, seed=1) if part.is_right} == {"a"}
    shown = marking.explained(question, answer, seed=1, allowed=hidden)
    assert {(part.id, part.label) for part in shown} == {(one.id, kind.left(one)) for one in question.options[:2]}
    assert not any(part.is_right or part.explanation for part in shown)
