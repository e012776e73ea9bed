"""The words and rules of a drive."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lms.drives.rules import (
    DOCUMENT_TYPES,
    Rating,
    Thresholds,
    refusal_of_number,
    refusal_of_thresholds,
    refusal_of_window,
    refusal_to_study,
)
from tests.factories import NOON

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
MOMENTS = some.integers(0, 20).map(lambda hours: NOON + timedelta(hours=hours))
MARKS = some.integers(0, 40).map(lambda quarters: quarters / 4)


@pytest.mark.parametrize(
    ("type", "number"),
    [
        ("KH", "82/KH-LĐLĐ"),
        ("TT", "08-TT/QU"),
        ("CV", "4133/TLĐ-ToC"),
        ("QĐ", "933/QĐ-TLĐ"),
        ("NQ", "60-NQ/TW"),
        ("NQ", "202/2025/NQ-QH15"),
        ("CV", "15/CV-CĐCS"),
    ],
)
def test_numbers_as_documents_bear_them_are_taken(type, number):
    assert refusal_of_number(type, number) is None


@pytest.mark.parametrize(
    "number", ["", "KH-LĐLĐ", "82", "82/", "82 /KH-LĐLĐ", "82/KH LĐLĐ", "123456/KH-A", "82/KH-LĐLĐ\n"]
)
def test_what_is_no_number_of_a_document_is_refused_with_an_example(number):
    assert refusal_of_number("KH", number) == f"Số văn bản “{number}” chưa đúng mẫu, ví dụ 82/KH-LĐLĐ."


@pytest.mark.parametrize(("type", "number"), [("QĐ", "82/KH-LĐLĐ"), ("KH", "08-TT/QU"), ("KH", "12/KHXH-LĐLĐ")])
def test_a_number_of_another_type_is_refused(type, number):
    assert refusal_of_number(type, number) == f"Số văn bản “{number}” không khớp với loại “{DOCUMENT_TYPES[type]}”."


@given(type=some.sampled_from(sorted(DOCUMENT_TYPES)), number=some.text(max_size=30))
def test_whatever_is_typed_as_a_number_gets_an_answer(type, number):
    refusal = refusal_of_number(type, number)

    assert refusal is None or refusal.startswith("Số văn bản “")


@given(opens=MOMENTS, due=MOMENTS, closes=MOMENTS)
def test_a_window_opens_before_the_deadline_and_closes_with_it_or_later(opens, due, closes):
    assert (refusal_of_window(opens, due, closes) is None) == (opens < due <= closes)


def test_a_drive_is_open_from_its_first_second_to_its_last():
    opens, closes = NOON, NOON + DAY

    assert refusal_to_study(opens, closes, opens - SECOND) == "Đợt học tập chưa mở."
    assert refusal_to_study(opens, closes, opens) is None
    assert refusal_to_study(opens, closes, closes) is None
    assert refusal_to_study(opens, closes, closes + SECOND) == "Đợt học tập đã đóng."


@given(excellent=some.floats(-1, 11), good=some.floats(-1, 11), average=some.floats(-1, 11))
def test_thresholds_fall_from_ten_to_nought(excellent, good, average):
    refusal = refusal_of_thresholds(Thresholds(excellent, good, average))

    assert (refusal is None) == (10 >= excellent > good > average >= 0)


def test_a_mark_on_the_threshold_has_the_better_rating():
    marks = [10, 8, 7.99, 6.5, 6.49, 5, 4.99, 0]

    ratings = [Thresholds().rating_of(mark) for mark in marks]

    assert ratings == [
        Rating.EXCELLENT,
        Rating.EXCELLENT,
        Rating.GOOD,
        Rating.GOOD,
        Rating.AVERAGE,
        Rating.AVERAGE,
        Rating.FAIL,
        Rating.FAIL,
    ]


@given(marks=some.lists(MARKS, min_size=2, max_size=2), steps=some.lists(MARKS, min_size=3, max_size=3, unique=True))
def test_a_better_mark_never_has_a_worse_rating(marks, steps):
    average, good, excellent = sorted(steps)
    order = [Rating.FAIL, Rating.AVERAGE, Rating.GOOD, Rating.EXCELLENT]
    worse, better = (Thresholds(excellent, good, average).rating_of(mark) for mark in sorted(marks))

    assert order.index(worse) <= order.index(better)
