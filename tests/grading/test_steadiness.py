"""Shifts, shares and paces of small numbers, against values from the books and laws that always hold."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis.strategies import floats, integers, lists

from lms.grading import steadiness
from lms.grading.steadiness import centre, drift, share, shift
from tests.factories import NOON

VALUES = lists(floats(-10, 10).map(lambda x: round(x, 2)), min_size=1, max_size=12)


def test_the_depression_scores_of_the_book_give_its_estimate_and_interval():
    """Hollander, Wolfe & Chicken, example 3.1: nine patients; theta -.46, interval at 96.1 % from -.786 to -.010."""
    before = (1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
    after = (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)

    found = centre([late - early for early, late in zip(before, after, strict=True)])

    assert found is not None
    assert (round(found.value, 3), round(found.low, 3), round(found.high, 3)) == (-0.46, -0.786, -0.01)


@pytest.mark.parametrize(("n", "cut"), [(5, 0), (6, 1), (8, 4), (10, 9), (20, 53)])
def test_the_cut_of_one_sample_is_that_of_wilcoxons_table(n, cut):
    assert steadiness._cut_of_one(n) == cut


@pytest.mark.parametrize(("m", "n", "cut"), [(3, 3, 0), (4, 4, 1), (5, 5, 3), (8, 8, 14), (10, 10, 24)])
def test_the_cut_of_two_samples_is_that_of_mann_and_whitneys_table(m, n, cut):
    assert steadiness._cut_of_two(m, n) == cut


def test_the_approximation_takes_over_without_a_jump():
    assert abs(steadiness._cut_of_one(40) - steadiness._cut_of_one(41)) < 25
    assert abs(steadiness._cut_of_two(15, 15) - steadiness._cut_of_two(16, 16)) < 15


def test_five_of_ten_is_the_share_of_the_book():
    found = share(5, 10)

    assert found is not None
    assert (round(found.low, 3), round(found.high, 3)) == (0.237, 0.763)


@given(part=integers(0, 30), more=integers(0, 30))
def test_a_share_lies_in_its_interval_and_the_interval_within_none_and_all(part, more):
    found = share(part, part + more)

    if found is None:
        assert part + more == 0
    else:
        assert 0 <= found.low <= found.value <= found.high <= 1


@given(VALUES, floats(-5, 5).map(lambda x: round(x, 2)))
def test_moving_every_value_moves_the_centre_and_its_interval_as_far(values, by):
    one, other = centre(values), centre([value + by for value in values])

    assert other.value == pytest.approx(one.value + by)
    assert (one.low is None) == (other.low is None) == (len(values) < 6)
    if one.low is not None:
        assert one.low <= one.value <= one.high
        assert (other.low, other.high) == pytest.approx((one.low + by, one.high + by))


@given(VALUES, VALUES)
def test_a_shift_is_the_same_seen_from_behind(before, after):
    forth, back = shift(before, after), shift(after, before)

    assert forth.value == pytest.approx(-back.value)
    assert (forth.low is None) == (back.low is None)


def test_one_stray_value_hardly_moves_the_centre():
    steady = [0.25, 0.5, 0.0, 0.25, 0.5, 0.25, 0.0, 0.25]

    assert abs(centre([*steady, -8.0]).value - centre(steady).value) <= 0.25


def test_a_reviewer_who_grows_milder_drifts_upward():
    assert drift([0, 0.25, 0, 0.25, 1, 1.25, 1, 1.5]).is_clear
    assert drift([0.5] * 10).value == 0
    assert drift([0.5]) is None


def test_a_pace_counts_sittings_and_not_the_nights_between():
    moments = [NOON + timedelta(days=day, minutes=6 * turn) for day in range(2) for turn in range(4)]

    assert steadiness.an_hour(moments) == 10
    assert steadiness.an_hour(moments[:4]) is None


def test_ages_are_counted_by_groups_that_leave_nobody_out():
    assert steadiness.by_age([0, 1, 2, 3, 6, 10, 11, 40]) == [3, 1, 2, 2]
    assert steadiness.by_age([]) == [0, 0, 0, 0]


@given(integers(0, 10**6))
def test_a_scale_holds_what_it_is_for(number):
    assert number <= steadiness.rounded_up(number) <= max(1, 5 * number)
