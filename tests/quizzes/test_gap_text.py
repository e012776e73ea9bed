"""Texts with gaps: every gap is worth its share, whatever stands in the others."""

from dataclasses import replace
from fractions import Fraction

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from lms.content import services as content
from lms.content.expected import gaps_in
from lms.content.rules import Option, Question
from lms.errors import BadInput
from lms.quizzes import marking, queries, rules, services
from lms.quizzes.kinds import KINDS
from tests.factories import NOON, a_district, a_drive, a_learner, a_place, the_sample, viewer

KIND = KINDS["gap_text"]
STEM = "<p>Chủ nhiệm do …(1)… bầu, <em>Phó Chủ nhiệm</em> do ... (2, chọn) ... bầu, hồ sơ gửi …(3)….</p>"
LINES = (
    "(1) Ban Chấp hành (chấp nhận không dấu)",
    "(1) BCH",
    "✗(1) Ủy ban",
    "(2) Ủy ban <em>Kiểm tra</em>",
    "✗(2) Ban &lt;Chấp hành&gt;",
    "(3) cấp trên",
)


def a_question(*lines: str, stem: str = STEM) -> Question:
    """Lines of gaps, a wrong one marked with a leading sign."""
    options = (
        Option(id, one.lstrip("✗"), not one.startswith("✗"), f"Vì {id}")
        for id, one in zip("abcdefghi", lines, strict=False)
    )
    return Question("cau-1", "gap_text", "mot", (), stem, tuple(options))


QUESTION = a_question(*LINES)
RIGHT = {"1": {"ban chap hanh", "Ban Chấp hành.", "bch"}, "2": {"d"}, "3": {"Cấp trên", "CẤP TRÊN"}}
ANSWERS = st.dictionaries(
    st.sampled_from("123"),
    st.sampled_from(["ban chap hanh", "Ban Chấp hành.", "bch", "Ủy ban", "Cấp trên", "d", "e", "<b>x</b>", "1=2", "="]),
).map(lambda given: {gap: value for gap, value in given.items() if gap != "2" or value in "de"})


def read(given: dict[str, str]) -> tuple[str, ...]:
    return KIND.read(QUESTION, [f"{gap}={value}" for gap, value in given.items()])


def by_hand(given: dict[str, str]) -> Fraction:
    """A tick for each gap, then thirds of the ticks."""
    ticks = 0
    for gap in ("1", "2", "3"):
        if given.get(gap) in RIGHT[gap]:
            ticks += 1
    return Fraction(ticks, 3)


@given(ANSWERS, st.randoms(use_true_random=False))
def test_an_answer_earns_what_ticking_by_hand_gives_in_whatever_order_it_is_sent(answer, chance):
    again = [f"{gap}={value}" for gap, value in answer.items()]
    chance.shuffle(again)
    form = [one for gap in "123" for one in (f"{gap}=", f" {answer.get(gap, '')} ")]
    parts = KIND.explain(QUESTION, read(answer))

    assert 0 <= KIND.mark(QUESTION, read(answer)) == by_hand(answer) <= 1
    assert KIND.read(QUESTION, again) == KIND.read(QUESTION, form) == KIND.read(QUESTION, read(answer)) == read(answer)
    assert sum((part.worth for part in parts), Fraction(0)) == by_hand(answer)
    assert {part.id for part in parts if part.given} == set(answer)
    assert not any("<b>" in part.label for part in parts)


@given(ANSWERS, st.sampled_from("123"))
def test_putting_one_gap_right_adds_its_share_and_touches_no_other(answer, gap):
    value = sorted(RIGHT[gap])[0]
    before, after = ({**answer, gap: one} for one in ("e" if gap == "2" else "sai", value))

    assert KIND.mark(QUESTION, read(after)) - KIND.mark(QUESTION, read(before)) == Fraction(1, 3)


def test_the_gaps_are_found_with_the_words_around_them():
    found = [(gap.number, gap.is_list, gap.before, gap.after) for gap in gaps_in(STEM)]

    assert found == [
        ("1", False, "Chủ nhiệm do", "bầu, Phó Chủ nhiệm"),
        ("2", True, "Phó Chủ nhiệm do", "bầu, hồ sơ gửi"),
        ("3", False, "bầu, hồ sơ gửi", "."),
    ]


@pytest.mark.parametrize(
    ("stem", "lines"),
    [
        ("<p>Không có chỗ trống (1).</p>", ("(1) a",)),
        ("<p>…(1)… …(1)…</p>", ("(1) a",)),
        ("<p>…(2)…</p>", ("(2) a",)),
        ("<p>…(2)… …(1)…</p>", ("(1) a", "(2) b")),
        ("<p>…(1)…</p>", ()),
        ("<p>…(1)…</p>", ("a",)),
        ("<p>…(1)…</p>", ("(1) a", "(2) b")),
        ("<p>…(1)…</p>", ("✗(1) a",)),
        ("<p>…(1)…</p>", ("(1) a", "✗(1) A")),
        ("<p>…(1)…</p>", ("(1) a (chấp nhận sai)",)),
        ("<p>…(1, chọn)…</p>", ("(1) a",)),
        ("<p>…(1, chọn)…</p>", ("(1) a", "✗(1) A")),
        ("<p>…(1, chọn)…</p>", tuple(f"{'✗' if n else ''}(1) {n}" for n in range(9))),
        ("<p>" + "".join(f"…({n})…" for n in range(1, 10)) + "</p>", tuple(f"({n}) a" for n in range(1, 10))),
    ],
)
def test_these_gaps_are_refused(stem, lines):
    assert KIND.check(QUESTION.options, STEM) is None
    assert KIND.check(a_question(*lines).options, stem) is not None


@pytest.mark.parametrize(
    "sent",
    [
        ["4=x"],
        ["x"],
        ["=x"],
        ["2=f"],
        ["2=Ủy ban Kiểm tra"],
        ["1=a", "1=b"],
        ["1=" + "x" * 201],
        ["1=", "a", "9=", "b"],
    ],
)
def test_what_the_gaps_do_not_offer_is_refused(sent):
    with pytest.raises(BadInput):
        KIND.read(QUESTION, sent)


def test_the_parts_show_what_was_given_and_the_right_words_below_it():
    parts = marking.explained(QUESTION, ("1=bch", "2=e"), seed=3)

    assert [(part.label, part.given, part.is_right, part.explanation) for part in parts] == [
        ("(1) BCH", "bch", True, "Vì b"),
        ("(2) Ban &lt;Chấp hành&gt;", "Ban <Chấp hành>", False, "Vì e"),
        ("(2) Ủy ban <em>Kiểm tra</em>", "", True, "Vì d"),
        ("(3) cấp trên", "", True, "Vì f"),
    ]
    assert KIND.choices(QUESTION, ("1=bch", "2=e", "3=lạ")) == ("?", "b", "e")
    assert KIND.choices(QUESTION, ()) == ()
    assert KIND.mark(QUESTION, KIND.best(QUESTION)) == 1


def test_nothing_of_the_right_words_is_told_where_answers_stay_hidden():
    hidden = rules.Review(marks=True, answers=False, explanations=False)

    shown = marking.explained(QUESTION, ("1=bch", "2=e", "3=<lạ>"), seed=3, allowed=hidden)

    assert [(part.label, part.given, part.is_right, part.explanation) for part in shown] == [
        ("(1)", "bch", False, ""),
        ("(2)", "Ban <Chấp hành>", False, ""),
        ("(3)", "<lạ>", False, ""),
    ]


def test_a_form_without_script_saves_the_gaps_and_an_older_blank_one_takes_nothing_away(db: Flask):
    sample = the_sample()
    assert sample.quiz is not None
    module = replace(sample, questions=(QUESTION,), quiz=replace(sample.quiz, questions=1, sections=()))
    version, _is_new = content.publish(module, by=None, at=NOON)
    drive = a_drive(a_district(), versions=[version])
    learner = a_learner(drive, drive.unit)
    attempt = services.start_attempt(a_place(learner, drive), at=NOON)

    services.save_all(viewer(learner), attempt.id, {"cau-1": ["1=", "bch", "2=", "d", "3=", ""]}, 5, at=NOON)
    services.save_all(viewer(learner), attempt.id, {"cau-1": ["1=", "", "2=", "", "3=", " "]}, 6, at=NOON)

    assert queries.answers_of(attempt.id)["cau-1"].chosen == ["1=bch", "2=d"]
    handed_in = services.hand_in(viewer(learner), attempt.id, {}, 7, at=NOON)
    assert handed_in.points == pytest.approx(2 / 3, abs=1e-4)
