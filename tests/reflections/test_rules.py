"""The life of a reflection, and what is asked of its text."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.content.rules import Prompt
from lms.reflections import rules
from lms.reflections.deadlines import Deadline
from lms.reflections.rules import MOST_CHARACTERS, STATE_NAMES, STEPS, Part, State, Step
from tests.factories import NOON

TICK = timedelta(microseconds=1)
OPENS, DUE = NOON - timedelta(days=9), NOON + timedelta(days=10)

D, S, R, G, P = State.DRAFT, State.SUBMITTED, State.RETURNED, State.GRADED, State.RELEASED
LIFE = {
    #            draft, submitted, returned, graded, released
    Step.HAND_IN: (S, None, S, None, None),
    Step.WITHDRAW: (None, D, None, None, None),
    Step.GRADE: (None, G, None, G, None),
    Step.RETURN: (None, R, None, R, None),
    Step.RELEASE: (None, None, None, P, None),
    Step.TAKE_BACK: (None, S, S, S, None),
}


def a_prompt(id: str = "tam-dac", *, least: int = 5, most: int = 50) -> Prompt:
    return Prompt(id, "Điểm tâm đắc", least, most, html="")


def a_part(words: int, *, least: int = 5, most: int = 50) -> Part:
    return rules.parts([a_prompt(least=least, most=most)], {"tam-dac": "từ " * words})[0]


@pytest.mark.parametrize("step", Step)
def test_a_reflection_lives_by_this_table(step):
    assert tuple(rules.next_state(state, step) for state in (D, S, R, G, P)) == LIFE[step]


def test_every_state_is_reached_from_a_draft_and_a_released_text_stays_so():
    reached = {State.DRAFT}
    for _round in State:
        reached |= {end for (start, _step), end in STEPS.items() if start in reached}

    assert reached == set(State) == set(STATE_NAMES)
    assert not [end for (start, _step), end in STEPS.items() if start is State.RELEASED]


@pytest.mark.parametrize("state", State)
def test_a_text_is_written_while_a_draft_or_returned(state):
    refusal = None if state in (D, R) else "Bài đã nộp nên không sửa được nữa."

    assert rules.refusal_to_save(state, {"tam-dac": "Một"}) == refusal


def test_a_text_may_be_as_long_as_this_in_all_its_parts_together():
    half = "a" * (MOST_CHARACTERS // 2)

    assert rules.refusal_to_save(D, {"tam-dac": half, "lien-he": half}) is None
    assert rules.refusal_to_save(D, {"tam-dac": half, "lien-he": half + "a"}) == (
        "Bài dài quá 200.000 ký tự. Đồng chí rút gọn rồi lưu lại."
    )


@pytest.mark.parametrize(
    ("words", "lack"),
    [
        (0, "“Điểm tâm đắc”: chưa viết."),
        (4, "“Điểm tâm đắc”: mới có 4 từ, cần ít nhất 5 từ."),
        (5, None),
        (50, None),
        (51, "“Điểm tâm đắc”: đã viết 51 từ, quá mức 50 từ."),
    ],
)
def test_each_part_says_what_it_lacks(words, lack):
    assert a_part(words).lack == lack


@given(words=st.integers(0, 60), least=st.integers(1, 30), room=st.integers(0, 30))
def test_a_part_lacks_nothing_exactly_between_its_limits(words, least, room):
    part = a_part(words, least=least, most=least + room)

    assert (part.lack is None) == (least <= words <= least + room)


def test_a_prompt_without_a_text_and_a_text_without_a_prompt():
    written = rules.parts([a_prompt("tam-dac"), a_prompt("lien-he")], {"tam-dac": "Một hai ba", "la": "Bốn"})

    assert [(part.prompt.id, part.text, part.words) for part in written] == [
        ("tam-dac", "Một hai ba", 3),
        ("lien-he", "", 0),
    ]


@pytest.mark.parametrize(
    ("moment", "reasons"),
    [
        (OPENS - TICK, ["Đợt học tập chưa mở."]),
        (OPENS, []),
        (DUE, []),
        (DUE + TICK, [Deadline(DUE).refusal(DUE + TICK)]),
    ],
)
def test_a_text_is_handed_in_from_the_opening_to_the_last_moment(moment, reasons):
    assert rules.refusals_to_hand_in(D, [a_part(5)], OPENS, Deadline(DUE), moment) == reasons


@pytest.mark.parametrize("state", State)
def test_only_a_draft_or_a_returned_text_is_handed_in(state):
    reasons = [] if state in (D, R) else ["Bài đã nộp rồi."]

    assert rules.refusals_to_hand_in(state, [a_part(5)], OPENS, Deadline(DUE), NOON) == reasons


def test_every_part_that_lacks_something_is_named_at_once():
    assert rules.refusals_to_hand_in(D, [a_part(0), a_part(5), a_part(51)], OPENS, Deadline(DUE), NOON) == [
        "“Điểm tâm đắc”: chưa viết.",
        "“Điểm tâm đắc”: đã viết 51 từ, quá mức 50 từ.",
    ]


texts = st.dictionaries(st.sampled_from(["tam-dac", "lien-he", "giai-phap"]), st.text(max_size=20), min_size=1)


@given(texts)
def test_a_fingerprint_does_not_hang_on_the_order_of_parts(parts):
    assert rules.fingerprint(dict(reversed(parts.items()))) == rules.fingerprint(parts)


@given(texts, texts)
def test_two_texts_have_two_fingerprints(one, other):
    assert (rules.fingerprint(one) == rules.fingerprint(other)) == (one == other)


def test_a_receipt_of_last_year_is_still_borne_out_by_its_text():
    fingerprint = rules.fingerprint({"tam-dac": "Tôi tâm đắc.", "lien-he": "Đơn vị tôi."})

    assert fingerprint == "1ba0faee8549275c5043e5ac1c43d47623b3b27415bf2501ee022233f2ef67db"


@pytest.mark.parametrize(
    ("held", "match"),
    [
        (["Một hai.\n\nBa.", "Bốn."], rules.Match.SAME),
        (["Một  hai.\nBa.", "Bốn."], rules.Match.SAME_WORDS),
        (["Một hai.\n\nBa", "Bốn."], rules.Match.OTHER),
        (["Bốn.", "Một hai.\n\nBa."], rules.Match.OTHER),
        (["Một hai.\n\nBa. Bốn.", ""], rules.Match.OTHER),
    ],
)
def test_a_held_text_matches_by_its_fingerprint_or_else_by_its_words(held, match):
    handed_in = ["Một hai.\n\nBa.", "Bốn."]
    sha256 = rules.fingerprint({"b": handed_in[0], "a": handed_in[1]})

    assert rules.match(held, handed_in, sha256, ["b", "a"]) is match


@pytest.mark.parametrize("typed", ["TH-7K2M-9QXD", " th 7k2m 9qxd ", "th7k2m9qxd", "7K2M–9QXD", "TH-THAB-CDEF"])
def test_a_receipt_number_is_read_however_it_was_typed(typed):
    assert rules.receipt_as_printed(typed) == ("TH-THAB-CDEF" if "AB" in typed else "TH-7K2M-9QXD")


@given(st.lists(st.sampled_from("abc"), max_size=6), st.lists(st.sampled_from("abd"), max_size=6))
def test_two_texts_in_one_hold_every_line_of_both_in_its_order(current, other):
    together = rules.both("\n".join(current), "\n".join(other)).split("\n")

    for lines in (current, other):
        rest = iter(together)
        assert all(line in rest for line in lines)
    assert rules.both("\n".join(current), "\n".join(current)) == "\n".join(current)


def test_a_receipt_number_is_short_and_has_no_letters_that_look_alike():
    receipts = [rules.new_receipt() for _number in range(300)]

    assert all(re.fullmatch(r"TH-[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}", receipt) for receipt in receipts)
    assert len(set(receipts)) == 300


def test_the_wording_of_an_earlier_commitment_can_be_shown():
    assert "tự viết" in rules.commitment("2026-11")
    assert rules.commitment() == rules.commitment(rules.COMMITMENT_VERSION)
