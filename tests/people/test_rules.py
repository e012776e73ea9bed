"""Codes, passwords, and how guessing is slowed."""

import re
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lms.people import rules
from lms.people.rules import FREE_TRIES, LONGEST_WAIT, POSITION_NAMES, Position
from tests.factories import NOON


def test_a_code_is_two_groups_of_letters_that_cannot_be_mistaken():
    codes = [rules.new_code() for _number in range(300)]

    assert all(re.fullmatch(r"[A-HJKMNP-Z2-9]{5}-[A-HJKMNP-Z2-9]{5}", code) for code in codes)
    assert len(set(codes)) == 300


@given(st.lists(st.sampled_from([" ", "-", "–", ".", "\t", "\u00a0", ""]), min_size=11, max_size=11), st.booleans())
def test_a_code_is_read_in_any_case_and_with_any_gaps(gaps, in_small_letters):
    code = rules.plain_code("ABCDE-23456")
    typed = "".join(gap + letter for gap, letter in zip(gaps, [*code, ""], strict=True))

    assert rules.plain_code(typed.lower() if in_small_letters else typed) == code == "ABCDE23456"


@pytest.mark.parametrize(
    ("password", "because"),
    [
        ("mot-cau-de-nho", None),
        ("một câu dễ nhớ", None),
        ("abcdefgh", None),
        ("a" * 3 + "bcd" * 60, None),
        ("1234567", "ít nhất 8 ký tự"),
        ("một câu", "ít nhất 8 ký tự"),
        ("ab" * 101, "dài quá 200 ký tự"),
        ("aaaabbbbcccc", "quá dễ đoán"),
        ("12345678", "quá dễ đoán"),
        ("MatKhau123", "quá dễ đoán"),
        ("hocvien001", "quá dễ đoán"),
        ("toi la HOCVIEN001 day", "quá dễ đoán"),
    ],
)
def test_a_password_is_long_and_not_the_first_guess(password, because):
    refusal = rules.refusal_of_password(password, "hocvien001")

    assert refusal is None if because is None else because in refusal


@given(st.text(min_size=8, max_size=100), st.text(max_size=50))
def test_a_longer_password_is_never_worse(password, more):
    assume(len(set(password)) >= 4 and rules.refusal_of_password(password, "hocvien001") is None)
    assume("hocvien001" not in (password + more).lower())

    assert (password + more).lower() in rules.COMMON_PASSWORDS or (
        rules.refusal_of_password(password + more, "hocvien001") is None
    )


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (4, 0), (5, 15), (6, 30), (7, 60), (8, 120), (9, 240), (10, 480), (11, 900), (12, 900), (10_000, 900)],
)
def test_the_wait_doubles_from_15_seconds_to_15_minutes(failures, seconds):
    assert rules.wait_after(failures) == timedelta(seconds=seconds)


@given(st.integers(0, 200))
def test_one_more_failure_never_shortens_the_wait(failures):
    assert rules.wait_after(failures) <= rules.wait_after(failures + 1) <= LONGEST_WAIT
    assert bool(rules.wait_after(failures)) == (failures >= FREE_TRIES)


@given(st.integers(0, 30), st.integers(0, 2_000_000))
def test_who_waits_as_long_as_they_were_told_is_heard(failures, milliseconds):
    now = NOON + timedelta(milliseconds=milliseconds)
    told = rules.seconds_to_wait(failures, NOON, now)

    assert rules.seconds_to_wait(failures, NOON, now + timedelta(seconds=told)) == 0
    assert told == 0 or rules.seconds_to_wait(failures, NOON, now + timedelta(seconds=told - 1)) > 0


def test_every_position_has_a_name():
    assert set(POSITION_NAMES) == set(Position)
