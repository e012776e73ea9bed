"""Filling cells from a bank, and what quiz.md may say."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.content import checker
from lms.content.blueprints import fill
from lms.content.files import read_folder
from lms.content.rules import Candidate, Cell, Counts, Feedback
from lms.quizzes.kinds import CHECKS
from tests.factories import NOON, SAMPLE

topics, levels = st.sampled_from(["", "x", "y"]), st.sampled_from(["", "de", "kho"])
cells_of = st.lists(st.builds(Cell, st.integers(1, 2), topics, levels), min_size=1, max_size=3)
banks = st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from(["de", "kho"])), max_size=5).map(
    lambda some: [Candidate(f"c{number}", *one) for number, one in enumerate(some)]
)


def most_by_trying_everything(cells, bank):
    """Every order of the bank against every place, the slow and obvious way."""
    slots = [cell for cell in cells for _ in range(cell.questions)]
    padded = [*bank, *[None] * len(slots)]
    return max(
        sum(one is not None and cell.takes(one) for cell, one in zip(slots, order, strict=True))
        for order in permutations(padded[: max(len(bank), len(slots))], len(slots))
    )


@settings(max_examples=60)
@given(cells_of, banks)
def test_cells_get_what_fits_none_twice_and_as_many_as_can_be_had(cells, bank):
    found = fill(cells, bank)

    known = {one.key: one for one in bank}
    keys = [key for some in found for key in some]
    assert len(keys) == len(set(keys))
    for cell, some in zip(cells, found, strict=True):
        assert len(some) <= cell.questions
        assert all(cell.takes(known[key]) for key in some)
    assert len(keys) == most_by_trying_everything(cells, bank)


def test_a_question_that_one_cell_can_do_without_goes_to_the_cell_that_needs_it():
    bank = [Candidate("c1", "x", "de"), Candidate("c2", "x", "kho")]

    assert fill([Cell(1, "x"), Cell(1, "", "de")], bank) == [["c2"], ["c1"]]


def checked(quiz: str):
    path = "modules/mau/quiz.md"
    files = {**read_folder(SAMPLE), path: f"---\n{quiz}\n---\nChọn phương án đúng.\n".encode()}
    report = checker.check(files, kinds=CHECKS, on=NOON.date())
    return report, [(fault.line, fault.code, fault.message) for fault in report.faults if fault.file.endswith(path)]


COMMON = "minutes: 15\npass_percent: 60\nattempts: 2"


def test_a_quiz_says_how_it_is_put_together_and_what_holds():
    report, faults = checked(
        f"{COMMON}\nwait_minutes: 30\ncounts: average\nfeedback: closed\nshow: marks\nshuffle: no\none_a_page: yes\n"
        "grace_seconds: 60\nsections:\n  - title: Phần một\n    draw:\n      - questions: 1\n        difficulty: vua\n"
        "  - title: Phần hai\n    draw:\n      - questions: 2"
    )

    plan = report.modules["mau"].quiz
    assert faults == []
    assert (plan.questions, [section.title for section in plan.sections]) == (3, ["Phần một", "Phần hai"])
    assert (plan.counts, plan.feedback, plan.wait_minutes, plan.grace_seconds) == (
        Counts.AVERAGE,
        Feedback.CLOSED,
        30,
        60,
    )
    assert (plan.show_marks, plan.show_answers, plan.shuffle, plan.one_a_page) == (True, False, False, True)


@pytest.mark.parametrize(
    ("words", "line", "code", "part"),
    [
        ("draw:\n  - questions: 2\n    difficulty: kho", 6, "too-few-questions", "Cần 2 câu mức khó"),
        ("fixed:\n  - khong-co", 6, "unknown-question", "khong-co"),
        ("questions: 9\ndraw:\n  - questions: 1", 5, "wrong-sum", "tổng số câu của các phần: 1"),
        ("questions: 2\ncounts: worst", 6, "unknown-value", "counts: worst"),
        ("questions: 2\nshow: marks, keys", 6, "unknown-value", "show: keys"),
    ],
)
def test_what_the_bank_cannot_give_is_refused_with_line_and_numbers(words, line, code, part):
    _report, faults = checked(f"{COMMON}\n{words}")

    assert [(at, what) for at, what, _message in faults] == [(line, code)]
    assert part in faults[0][2]
