"""A few sentences that a person marks: what counts of the points, and what is told while nobody has given them."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.content.rules import Option
from lms.errors import BadInput
from lms.quizzes import marking, rules
from lms.quizzes.kinds import KINDS, free_text
from lms.quizzes.marking import Correction, Effect
from lms.vietnamese import count_words
from tests.factories import FREE_TEXT, a_question

KIND = KINDS["free_text"]
GIVEN = st.fixed_dictionaries({"a": st.integers(0, 4), "b": st.integers(0, 2)})
"""In halves of a point, of 2 points and of 1."""


def marked(halves: dict[str, int], note: str = "") -> tuple[str, ...]:
    entries = free_text.points_of(FREE_TEXT, {id: str(n / 2) for id, n in halves.items()})
    assert entries is not None
    return ("Để phòng ngừa.", *entries, *([f"={note}"] if note else []))


@given(GIVEN, st.sampled_from(["", "Tốt", "a=9", "= <b>"]))
def test_the_mark_is_the_share_of_all_points(halves, note):
    answer = marked(halves, note)
    parts = KIND.explain(FREE_TEXT, answer)

    assert KIND.mark(FREE_TEXT, answer) == Fraction(sum(halves.values()), 6)
    assert sum((part.worth for part in parts), Fraction(0)) == KIND.mark(FREE_TEXT, answer)
    assert not free_text.waits(answer)


@given(GIVEN, st.sampled_from("ab"))
def test_half_a_point_more_is_worth_a_sixth_more(halves, line):
    more = {**halves, line: halves[line] + 1}
    if more[line] <= {"a": 4, "b": 2}[line]:
        assert KIND.mark(FREE_TEXT, marked(more)) - KIND.mark(FREE_TEXT, marked(halves)) == Fraction(1, 6)
    else:
        assert free_text.points_of(FREE_TEXT, {id: str(n / 2) for id, n in more.items()}) is None


@pytest.mark.parametrize(
    "points", [{}, {"a": "1.0"}, {"a": "1", "b": "1.0"}, {"a": "-0.5", "b": "0.0"}, {"a": "nan", "b": "0.0"}]
)
def test_points_that_the_lines_do_not_offer_are_none(points):
    assert free_text.points_of(FREE_TEXT, points) is None


def test_an_unmarked_text_waits_and_a_blank_one_does_not():
    choice = a_question(id="tn-01")
    waiting = marking.mark([choice, FREE_TEXT], {"tn-01": ("a",), "tl-01": ("Chữ",)})
    blank = marking.mark([choice, FREE_TEXT], {"tn-01": ("a",)})
    full = marking.mark([choice, FREE_TEXT], {"tl-01": ("Chữ",)}, {"tl-01": Correction(Effect.FULL)})
    out = marking.mark([choice, FREE_TEXT], {"tl-01": ("Chữ",)}, {"tl-01": Correction(Effect.OUT)})

    assert (waiting.pending, waiting.points, len(waiting.marks)) == ({"tl-01"}, 1, 2)
    assert (blank.pending, full.pending, out.pending) == (frozenset(), frozenset(), frozenset())
    assert (blank.points, full.points, len(out.marks)) == (1, 1, 1)


def test_a_key_of_what_a_person_marks_cannot_be_corrected():
    assert marking.refusal_of_correction(FREE_TEXT, Correction(Effect.KEY, ("a",))) is not None
    assert marking.refusal_of_correction(FREE_TEXT, Correction(Effect.FULL)) is None


@given(st.lists(st.sampled_from(["từ", "–", "hai", "\n", "a.b"]), max_size=40).map(" ".join))
def test_only_so_many_words_are_read_and_nothing_is_lost(text):
    read, beyond = free_text.within(FREE_TEXT, text)

    assert count_words(read) == min(20, count_words(text))
    assert f"{read} {beyond}".split() == text.split()


def test_what_is_typed_keeps_its_lines_and_nothing_that_looks_like_points():
    assert KIND.read(FREE_TEXT, ["", "  Dòng một \r\n\r\n\r\n\r\nDòng hai\x00 "]) == ("Dòng một\n\nDòng hai",)
    assert KIND.read(FREE_TEXT, [" \n "]) == ()
    for sent in (["Chữ", "a=2.0"], ["x" * 401]):
        with pytest.raises(BadInput):
            KIND.read(FREE_TEXT, sent)


@pytest.mark.parametrize(
    ("at", "line"),
    [
        (0, "Nêu mục đích"),
        (0, "Nêu mục đích (0 điểm)"),
        (0, "Nêu mục đích (6 điểm)"),
        (0, "Nêu mục đích (1,7 điểm)"),
        (2, "Bài trả lời mẫu"),
        (2, "Bài trả lời mẫu (không quá 5 từ)"),
        (2, "Bài trả lời mẫu (không quá 500 từ)"),
    ],
)
def test_these_lines_are_refused(at, line):
    options = list(FREE_TEXT.options)
    options[at] = replace(options[at], html=line)

    assert KIND.check(FREE_TEXT.options) is None
    assert KIND.check(options) is not None
    assert KIND.check(FREE_TEXT.options[:2]) is not None
    assert KIND.check([Option("a", "Bài trả lời mẫu (không quá 20 từ)", False, "")]) is not None


def test_the_lines_are_told_with_what_they_got_and_stay_hidden_where_answers_do():
    answer = marked({"a": 4, "b": 1}, "Thêm <số>")
    hidden = rules.Review(marks=True, answers=False, explanations=False)

    assert [(part.id, part.given, part.is_right) for part in marking.explained(FREE_TEXT, answer, seed=1)] == [
        ("", "Để phòng ngừa.", False),
        ("a", "2 điểm", True),
        ("b", "0,5 điểm", False),
        ("=", "Thêm <số>", False),
        ("c", "", True),
    ]
    assert [part.label for part in marking.explained(FREE_TEXT, answer, seed=1, allowed=hidden)] == [
        "Để phòng ngừa.",
        "Ý 1",
        "Ý 2",
        "Người chấm nhận xét",
    ]
    assert KIND.choices(FREE_TEXT, answer) == ("a",)
    assert (KIND.choices(FREE_TEXT, ("Chữ",)), KIND.choices(FREE_TEXT, ())) == (("?",), ())
