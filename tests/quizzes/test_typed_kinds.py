"""Answers that are typed: a number within a tolerance, and a few words as strictly as the author states."""

import unicodedata
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes import marking, rules
from lms.quizzes.kinds import KINDS
from lms.vietnamese import format_number

numbers = st.decimals(-10_000_000, 10_000_000, places=3)
tolerances = st.decimals(0, 1000, places=2)


def a_question(kind: str, *options: str) -> Question:
    """Expected answers, a mistake marked with a leading sign."""
    made = (
        Option(id, one.lstrip("✗"), not one.startswith("✗"), f"Vì {id}")
        for id, one in zip("abcdef", options, strict=False)
    )
    return Question("cau-1", kind, "mot", (), "<p>Câu hỏi</p>", tuple(made))


def ungrouped(number: Decimal) -> str:
    """With a comma and no dots, which can be read in one way only."""
    return format_number(number).replace(".", "")


def mark(question: Question, *typed: str) -> Fraction:
    kind = KINDS[question.kind]
    return kind.mark(question, kind.read(question, typed))


@given(numbers, tolerances, numbers)
def test_a_number_is_right_exactly_within_the_tolerance(value, within, typed):
    question = a_question("numeric", f"{format_number(value)} ± {format_number(within)} %")

    # In thousandths, as whole numbers.
    apart = abs(int(typed * 1000) - int(value * 1000))
    assert KINDS["numeric"].check(question.options) is None
    assert mark(question, ungrouped(typed)) == (apart <= int(within * 1000))
    assert (
        mark(
            question,
            format_number(value + within),
        )
        == mark(question, format_number(value - within))
        == 1
    )


@given(numbers, tolerances, tolerances, numbers)
def test_a_wider_tolerance_never_takes_a_mark_away(value, within, more, typed):
    narrow = a_question("numeric", f"{format_number(value)} ± {format_number(within)}")
    wide = a_question("numeric", f"{format_number(value)} ± {format_number(within + more)}")

    assert mark(narrow, ungrouped(typed)) <= mark(wide, ungrouped(typed))


@pytest.mark.parametrize(
    ("expected", "typed"),
    [
        ("7,5", "7,5"),
        ("7,5", "7.5"),
        ("7.5 %", " 7,5% "),
        ("7,5 %", "+7,50 %"),
        ("-2", "−2"),
        ("1.500.000 đồng", "1.500.000"),
        ("1.500.000 đồng", "1,500,000 dong"),
        ("1500000 đồng", "1.500.000 Đồng"),
        ("1.500", "1.500"),
        ("1,5", "1.500"),
        ("0", "-0"),
    ],
)
def test_these_ways_of_writing_a_number_are_right(expected, typed):
    assert mark(a_question("numeric", expected), typed) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "bảy phẩy năm",
        "7,5 người",
        "7,5%%",
        "7,5 8",
        "7,,5",
        "75",
        "7e0",
        "nan",
        "inf",
        "٧٫٥",
        "1" * 200,
        "7,5\x00%5",
        "±",
        "-",
        "0 7,5",
    ],
)
def test_these_are_kept_but_earn_nothing(typed):
    assert mark(a_question("numeric", "7,5 %"), typed) == 0


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("✗7",),
        ("bảy",),
        ("7 ± -1",),
        ("7 ± người",),
        ("7 người", "8 đồng"),
        ("7 ± 1", "✗8"),
        ("1.2.3,4.5",),
    ],
)
def test_these_expected_numbers_are_refused(options):
    assert KINDS["numeric"].check(a_question("numeric", "7 ± 1 người", "✗9 người").options) is None
    assert KINDS["numeric"].check(a_question("numeric", *options).options) is not None


def test_the_unit_stands_beside_the_field_and_a_telephone_offers_the_keys_that_are_needed():
    kind = KINDS["numeric"]

    assert kind.unit(a_question("numeric", "1.500.000 ± 10 triệu đồng")) == "triệu đồng"
    assert [kind.mode(a_question("numeric", one)) for one in ("7", "-7")] == ["decimal", "text"]


@given(st.text(max_size=30))
def test_what_is_typed_is_right_when_it_is_the_expected_answer_however_it_is_encoded(typed):
    question = a_question("short_text", "Hòa giải ở cơ sở")
    same = {unicodedata.normalize(form, "Hòa giải ở cơ sở") for form in ("NFC", "NFD")} | {
        "hoà  giải ở cơ sở.",
        "HÒA GIẢI Ở CƠ SỞ",
    }

    assert mark(question, typed) == 0
    assert {mark(question, one) for one in same} == {1}


@pytest.mark.parametrize(
    ("expected", "right", "wrong"),
    [
        ("Ủy ban", ["uỷ ban", "ỦY BAN", "“Ủy ban”."], ["uy ban", "Ủy bán", "Ủy"]),
        ("Ủy ban (chấp nhận không dấu)", ["uy ban", "Ủy ban", "UY BAN"], ["uyban", "(chấp nhận không dấu)"]),
        ("BCH (đúng chữ hoa)", ["BCH", " BCH. "], ["bch", "Bch"]),
        ("Đ &amp; B <em>rõ</em>", ["đ & b rõ"], ["đ &amp; b rõ", "đ b rõ"]),
        ("&amp;lt;", ["&lt;"], ["<"]),
    ],
)
def test_words_are_compared_as_strictly_as_the_author_states(expected, right, wrong):
    question = a_question("short_text", expected)

    assert KINDS["short_text"].check(question.options) is None
    assert ({mark(question, one) for one in right}, {mark(question, one) for one in wrong}) == ({1}, {0})


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("✗sai",),
        ("...",),
        ("(chấp nhận không dấu)",),
        ("hòa (chấp nhận sai)",),
        ("hòa (chấp nhận không dấu)", "✗hoa"),
        ("a" * 201,),
    ],
)
def test_these_expected_words_are_refused(options):
    assert KINDS["short_text"].check(a_question("short_text", *options).options) is not None


@pytest.mark.parametrize(
    ("kind", "options", "typed", "taken_for"),
    [
        ("numeric", ("6 người", "✗5 người"), "6", "a"),
        ("numeric", ("6 người", "✗5 người"), "5", "b"),
        ("numeric", ("6 người", "✗5 người"), "<b>4</b>", "?"),
        ("short_text", ("hòa giải", "✗trọng tài"), "Trọng tài", "b"),
        ("short_text", ("trọng tài (chấp nhận không dấu)", "trọng tài"), "trọng tài", "a"),
    ],
)
def test_an_answer_is_explained_by_the_expected_one_that_it_is_taken_for(kind, options, typed, taken_for):
    question = a_question(kind, *options)
    parts = marking.explained(question, (typed,), seed=3)

    assert KINDS[kind].choices(question, (typed,)) == (taken_for,)
    assert [(part.id or "?") for part in parts if part.given] == [taken_for]
    assert sum(part.worth for part in parts) == mark(question, typed)
    assert not any("<b>" in part.label for part in parts)
    assert KINDS[kind].choices(question, ()) == ()
    assert not any(part.given or part.worth for part in marking.explained(question, (), seed=3))


@pytest.mark.parametrize("kind", ["numeric", "short_text"])
def test_the_best_answer_earns_the_point_and_hostile_ones_are_refused_or_kept(kind):
    question = a_question(kind, "✗1", "1.500 ± 2 đồng" if kind == "numeric" else "ủy ban (chấp nhận không dấu)")
    read = KINDS[kind].read

    assert mark(question, *KINDS[kind].best(question)) == 1
    assert read(question, [" ", "a\x00\ud800b  c"]) == ("ab c",)
    for sent in (["1", "2"], ["x" * 201]):
        with pytest.raises(BadInput):
            read(question, sent)


def test_where_answers_stay_hidden_only_the_own_words_are_shown():
    question = a_question("numeric", "7,5 ± 0,5 %", "✗9 %")
    hidden = rules.Review(marks=True, answers=False, explanations=False)

    parts = marking.explained(question, ("7,2",), seed=3, allowed=hidden)

    assert [(part.label, part.is_right, part.explanation) for part in parts] == [("7,2", False, "")]
