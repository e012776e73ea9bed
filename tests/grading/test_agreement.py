"""What two marks come to, whoever gives them and however far apart they are."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis.strategies import builds, composite, decimals, integers, sampled_from

from lms.drives.rules import Settling
from lms.grading.agreement import Agreement, Given, differs, in_words, refusal_to_mark, sees_others, settle

MARKS = integers(0, 40).map(lambda n: Decimal(n) / 4)
DOUBLE = builds(Agreement, sampled_from([2]), decimals(0, 3, places=1), sampled_from(Settling))


def a_mark(reviewer_id: int, mark: Decimal, comment: str = "") -> Given:
    return Given(reviewer_id, mark, {"noi-dung": mark}, comment)


@composite
def some_marks(draw):
    return [a_mark(n, draw(MARKS)) for n in range(1, draw(integers(1, 4)))]


@given(DOUBLE, some_marks())
def test_a_text_is_settled_exactly_when_nobody_has_still_to_mark_it(agreement, marks):
    settled = settle(agreement, marks)

    may_mark = refusal_to_mark(agreement, marks, 99) is None
    assert (settled is None) == may_mark
    assert (settled is None) == (len(marks) < 2 or differs(agreement, marks))


@given(DOUBLE, some_marks())
def test_what_is_settled_lies_among_the_marks(agreement, marks):
    settled = settle(agreement, marks)

    if settled is not None:
        assert min(one.mark for one in marks) <= settled.mark <= max(one.mark for one in marks)
        assert settled.scores == {"noi-dung": settled.mark}
        if len(marks) == 3:
            assert settled.mark == marks[2].mark


@given(DOUBLE, some_marks(), integers(1, 4))
def test_nobody_sees_the_other_mark_while_they_can_still_give_or_change_their_own(agreement, marks, reviewer_id):
    has_marked = reviewer_id in {one.reviewer_id for one in marks}

    if sees_others(agreement, marks, reviewer_id):
        assert refusal_to_mark(agreement, marks, reviewer_id) is not None
    if has_marked and len(marks) == 1:
        assert not sees_others(agreement, marks, reviewer_id)


@pytest.mark.parametrize(
    ("by", "mark", "comment"), [(Settling.MEAN, "7.38", "Rõ.\n\nĐủ."), (Settling.FIRST, "7", "Rõ.")]
)
def test_two_that_agree_come_to_their_mean_or_to_the_first(by, mark, comment):
    marks = [a_mark(1, Decimal("7"), "Rõ."), a_mark(2, Decimal("7.75"), "Đủ.")]

    settled = settle(Agreement(2, Decimal("0.75"), by), marks)

    assert (settled.mark, settled.comment) == (Decimal(mark), comment)
    assert settle(Agreement(2, Decimal("0.5"), by), marks) is None


def test_the_rule_in_words():
    assert in_words(Agreement()) == "Mỗi bài một người chấm."
    assert in_words(Agreement(2, Decimal("1.50"), Settling.FIRST)).endswith(
        "Lệch không quá 1,5 điểm thì lấy điểm của người chấm trước. Lệch hơn thì người thứ ba chấm và lấy điểm đó."
    )


def test_one_mark_is_enough_where_one_is_wanted_and_a_later_one_counts():
    marks = [a_mark(1, Decimal(5)), a_mark(2, Decimal(9))]

    assert settle(Agreement(), marks[:1]).mark == 5
    assert settle(Agreement(), marks).mark == 9
    assert refusal_to_mark(Agreement(), marks, 1) is None
    assert sees_others(Agreement(), marks, 3)
