"""How scores become a mark, and what a reviewer may not do."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.content.rules import Criterion
from lms.grading import rules
from lms.reflections.rules import State
from tests.factories import NOON

QUARTERS = st.integers(0, 40).map(lambda quarters: Decimal(quarters) / 4)


@st.composite
def scored(draw: st.DrawFn) -> tuple[list[Criterion], dict[str, Decimal]]:
    """A rubric with a score for each criterion."""
    weights = draw(st.lists(st.integers(1, 100), min_size=1, max_size=6))
    criteria = [a_criterion(f"tc-{number}", weight) for number, weight in enumerate(weights)]
    return criteria, {criterion.id: draw(QUARTERS) for criterion in criteria}


def a_criterion(id: str = "noi-dung", weight: int = 60) -> Criterion:
    return Criterion(id, "Nắm nội dung", weight, levels=())


def mark_by_fractions(criteria: list[Criterion], scores: dict[str, Decimal]) -> str:
    """The weighted mean in whole hundredths, halves upwards, without any decimal arithmetic."""
    exact = sum(Fraction(scores[one.id]) * one.weight for one in criteria) / sum(one.weight for one in criteria)
    hundredths = (200 * exact + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02d}"


@given(scored())
def test_a_mark_is_the_weighted_mean_rounded_half_up(rubric):
    assert str(rules.mark_of(*rubric)) == mark_by_fractions(*rubric)


@given(scored())
def test_a_mark_lies_between_the_lowest_and_the_highest_score(rubric):
    criteria, scores = rubric

    assert min(scores.values()) <= rules.mark_of(criteria, scores) <= max(scores.values())


@given(scored(), st.data())
def test_a_higher_score_never_lowers_the_mark(rubric, data):
    criteria, scores = rubric
    raised = data.draw(st.sampled_from(criteria)).id
    better = {**scores, raised: min(Decimal(10), scores[raised] + Decimal("0.25"))}

    assert rules.mark_of(criteria, better) >= rules.mark_of(criteria, scores)


def test_half_a_hundredth_is_rounded_up():
    criteria = [a_criterion("mot", 50), a_criterion("hai", 50)]

    assert rules.mark_of(criteria, {"mot": Decimal("8.25"), "hai": Decimal("8")}) == Decimal("8.13")


@pytest.mark.parametrize(
    ("score", "is_taken"),
    [
        ("0", True),
        ("10", True),
        ("7.75", True),
        ("7.750", True),
        ("-0.25", False),
        ("10.25", False),
        ("7.1", False),
        ("9.99999999999999999999999999999999999", False),
        ("0.25000000000000000000000000000000000001", False),
        ("NaN", False),
        ("sNaN", False),
        ("Infinity", False),
        ("1E+9", False),
        ("1E-9", False),
    ],
)
def test_a_score_is_a_number_of_quarters_from_0_to_10(score, is_taken):
    refusal = None if is_taken else "Điểm “Nắm nội dung” phải từ 0 đến 10, lẻ đến 0,25."

    assert rules.refusal_of_scores([a_criterion()], {"noi-dung": Decimal(score)}) == refusal


@given(scored(), st.data())
def test_a_criterion_without_a_score_is_named(rubric, data):
    criteria, scores = rubric
    without = data.draw(st.sampled_from(criteria))

    assert rules.refusal_of_scores(criteria, scores) is None
    assert (
        rules.refusal_of_scores(criteria, {**scores, without.id: None})
        == rules.refusal_of_scores([without], {})
        == "Tiêu chí “Nắm nội dung” chưa có điểm."
    )


@pytest.mark.parametrize("state", State)
def test_only_a_text_that_waits_or_is_graded_is_graded(state):
    released = "Kết quả đã công bố nên không chấm lại ở đây; điểm chỉ đổi qua khiếu nại hoặc khi thang chấm sửa."
    refusal = None if state in (State.SUBMITTED, State.GRADED) else "Bài này không ở trạng thái chờ chấm."
    refusal = released if state is State.RELEASED else refusal

    assert rules.refusal_to_grade(state, author_id=1, reviewer_id=2) == refusal


@pytest.mark.parametrize("state", State)
def test_nobody_ever_grades_their_own_text(state):
    assert rules.refusal_to_grade(state, author_id=1, reviewer_id=1) == "Đồng chí không chấm bài của chính mình."


@pytest.mark.parametrize("state", State)
def test_only_a_text_that_waits_or_is_graded_is_returned(state):
    refusal = None if state in (State.SUBMITTED, State.GRADED) else "Bài này không trả lại được nữa."

    assert rules.refusal_to_return(state, "Cần thêm số liệu", 0, 2, None, NOON) == refusal


@pytest.mark.parametrize(("reason", "is_enough"), [("", False), ("  viết   lại  ", False), ("viết lại đi", True)])
def test_a_text_is_returned_with_a_reason(reason, is_enough):
    assert (rules.refusal_to_return(State.SUBMITTED, reason, 0, 2, None, NOON) is None) == is_enough


def test_a_text_is_returned_no_more_often_than_the_drive_has_rounds_and_with_a_day_to_come():
    def refusal(returns: int, days: int) -> str | None:
        return rules.refusal_to_return(
            State.SUBMITTED, "Cần thêm số liệu", returns, 2, NOON + timedelta(days=days), NOON
        )

    assert refusal(1, 1) is None
    assert refusal(2, 1) == "Bài đã được trả lại 2 lần, hết số lần của đợt này. Đồng chí chấm bản hiện có."
    assert refusal(1, 0) == "Hạn nộp lại phải sau hôm nay. Đồng chí chọn ngày khác."


def test_a_comment_finds_its_words_again_where_they_are_nearest():
    assert rules.place_of("một hai một", 8, "một") == 8
    assert rules.place_of("thêm chữ một hai một", 8, "một") == 9
    assert rules.place_of("viết khác", 0, "một") is None


@given(
    text=st.text("ab \n", max_size=40),
    spans=st.dictionaries(
        st.integers(1, 5), st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda p: (min(p), max(p)))
    ),
)
def test_a_commented_text_loses_no_character(text, spans):
    for paragraph in rules.paragraphs(text, spans):
        assert "".join(piece.text for piece in paragraph.pieces) == paragraph.text
        assert text.startswith(paragraph.text, paragraph.start)


@given(st.text("ab ", max_size=30), st.text("ab ", max_size=30))
def test_what_changed_reads_as_both_texts(before, after):
    runs = rules.changes(before, after)

    assert "".join(words for kind, words in runs if kind != "new") == before
    assert "".join(words for kind, words in runs if kind != "gone") == after


def test_words_that_come_over_and_over_are_not_compared_without_end():
    before = "".join(f"a x{n} " for n in range(700))
    after = "".join(f"a y{n} " for n in range(700))

    runs = rules.changes(before, after)

    assert 0 < sum(kind == "same" for kind, _words in runs) < 700
    assert "".join(words for kind, words in runs if kind != "gone") == after
    for times in (9_000, 19_000):
        before, after = "a " * times, "a " * times + "b"
        assert rules.changes(before, after) == [("gone", before), ("new", after)]
