"""The gate: what is to be looked at before results go out."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis.strategies import builds, integers, just, lists, sampled_from

from lms.grading import gate
from lms.grading.gate import Concern, Marked
from tests.factories import NOON

FINE = Marked(
    id=1,
    reviewer_id=1,
    decided_at=NOON,
    mark=Decimal(8),
    scores={"noi-dung": "8", "lien-he": "8"},
    criteria=("noi-dung", "lien-he"),
    comment="Bài rõ ràng.",
    has_remarks=False,
)


def found(*texts: Marked) -> dict[int, frozenset[Concern]]:
    return gate.concerns(texts, 5.0)


def a_row(*comments: str, reviewer_id: int = 1) -> list[Marked]:
    """Texts marked one after the other with these comments."""
    return [
        replace(FINE, id=n, reviewer_id=reviewer_id, comment=comment, decided_at=NOON + timedelta(minutes=n))
        for n, comment in enumerate(comments, 1)
    ]


def test_a_text_in_order_raises_no_concern():
    assert found(FINE) == {}


def test_a_criterion_without_a_score_holds_back_for_good():
    open_one = replace(FINE, scores={"noi-dung": "8"})

    assert found(open_one) == {1: {Concern.OPEN_CRITERION}}
    assert not gate.passes([Concern.OPEN_CRITERION], set(Concern))
    assert gate.passes([Concern.SAME_COMMENT], [Concern.SAME_COMMENT])
    assert not gate.passes([Concern.SAME_COMMENT], [Concern.LOW_WITHOUT_COMMENT])


@pytest.mark.parametrize(
    ("mark", "least", "comment", "has_remarks", "expected"),
    [
        ("4.99", "8", "", False, True),
        ("5", "5", "", False, False),
        ("8", "4.75", "", False, True),
        ("4", "4", "Chưa đạt.", False, True),
        ("4", "4", "Thiếu số liệu đơn vị.", False, False),
        ("4", "4", "", True, False),
    ],
)
def test_a_low_mark_wants_a_reason(mark, least, comment, has_remarks, expected):
    scores = {"noi-dung": least, "lien-he": "8"}
    text = replace(FINE, mark=Decimal(mark), scores=scores, comment=comment, has_remarks=has_remarks)

    assert (Concern.LOW_WITHOUT_COMMENT in found(text).get(1, ())) is expected


def test_the_same_comment_three_times_in_a_row_is_seen_whatever_its_spaces_and_capitals():
    assert found(*a_row("Bài rõ.", "Bài rõ.", "Khác hẳn.")) == {}
    assert set(found(*a_row("Bài rõ.", " bài  rõ.", "BÀI RÕ.", "Khác hẳn."))) == {1, 2, 3}
    assert found(*a_row("Bài rõ.", "Bài rõ.", "Khác hẳn.", "Bài rõ.")) == {}
    assert found(*a_row("", "", "", "")) == {}


def test_two_reviewers_who_write_alike_are_no_row():
    mine, theirs = a_row("Bài rõ.", "Bài rõ."), a_row("Bài rõ.", "Bài rõ.", reviewer_id=2)

    assert found(*mine, *[replace(one, id=one.id + 10) for one in theirs]) == {}


TEXTS = builds(
    Marked,
    id=integers(1, 10**6),
    reviewer_id=integers(1, 3),
    decided_at=integers(0, 50).map(lambda n: NOON + timedelta(minutes=n)),
    mark=integers(0, 40).map(lambda n: Decimal(n) / 4),
    scores=sampled_from([{"a": "3"}, {"a": "9", "b": "10"}, {}]),
    criteria=just(("a",)),
    comment=sampled_from(["", "Đạt.", "Bài rõ, có số liệu."]),
    has_remarks=sampled_from([True, False]),
)


@given(lists(TEXTS, max_size=12, unique_by=lambda one: one.id))
def test_what_the_gate_finds_does_not_depend_on_the_order_of_the_list(texts):
    assert found(*texts) == found(*reversed(texts))
    assert set(found(*texts)) <= {one.id for one in texts}
