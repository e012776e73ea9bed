"""Where a learner stands, as a pure function of facts."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as some

from lms.completion.rules import RATING_ORDER, Demand, Facts, State, standing
from lms.drives.rules import Rating
from lms.reflections.rules import State as Writing
from tests.factories import NOON

SECOND = timedelta(seconds=1)
NUMBERS = some.integers(0, 4)
DEMANDS = some.builds(Demand, NUMBERS, NUMBERS, NUMBERS, some.booleans(), some.sampled_from(Rating), some.just(NOON))
FACTS = some.builds(
    Facts, NUMBERS, NUMBERS, NUMBERS, some.none() | some.sampled_from(Writing), some.none() | some.sampled_from(Rating)
).map(lambda facts: facts if facts.reflection is Writing.RELEASED else replace(facts, rating=None))
MOMENTS = some.sampled_from([NOON - SECOND, NOON, NOON + SECOND])

STEPS = {None: Writing.DRAFT, Writing.DRAFT: Writing.SUBMITTED, Writing.RETURNED: Writing.SUBMITTED}
"""How an author brings a reflection on."""

BETTER = (State.OPEN, State.WAITING_FOR_US, State.DONE)
ALL_DONE = Facts(lessons=2, quizzes=1, sessions=1, reflection=Writing.RELEASED, rating=Rating.AVERAGE)
DEMAND = Demand(lessons=2, quizzes=1, sessions=1, reflection=True, least_rating=Rating.AVERAGE, due_at=NOON)


@given(demand=DEMANDS, facts=FACTS, now=MOMENTS)
def test_everybody_stands_in_the_one_state_that_their_facts_say(demand, facts, now):
    where = standing(demand, facts, now)

    result_is_out = not demand.reflection or facts.reflection is Writing.RELEASED
    assert [
        state
        for state, holds in {
            State.DONE: not where.missing and result_is_out,
            State.WAITING_FOR_US: not where.missing and not result_is_out,
            State.OVERDUE: bool(where.missing) and now > demand.due_at,
            State.OPEN: bool(where.missing) and now <= demand.due_at,
        }.items()
        if holds
    ] == [where.state]


@given(demand=DEMANDS, facts=FACTS, more=some.sampled_from(["lessons", "quizzes", "sessions", "reflection", "rating"]))
def test_doing_more_never_makes_it_worse_before_the_deadline(demand, facts, more):
    if more == "reflection":
        further = replace(facts, reflection=STEPS.get(facts.reflection, facts.reflection))
    elif more == "rating":
        better = RATING_ORDER[min(RATING_ORDER.index(facts.rating) + 1, 3)] if facts.rating else None
        further = replace(facts, rating=better)
    else:
        further = replace(facts, **{more: getattr(facts, more) + 1})

    before, after = standing(demand, facts, NOON), standing(demand, further, NOON)

    assert BETTER.index(after.state) >= BETTER.index(before.state)
    assert len(after.missing) <= len(before.missing)


@given(demand=DEMANDS, facts=FACTS, more=some.sampled_from(["lessons", "quizzes", "sessions"]))
def test_asking_for_more_never_makes_it_better(demand, facts, more):
    harder = replace(demand, **{more: getattr(demand, more) + 1})

    assert len(standing(harder, facts, NOON).missing) >= len(standing(demand, facts, NOON).missing)


@given(demand=DEMANDS, facts=FACTS)
def test_only_what_is_missing_becomes_overdue_when_the_deadline_has_passed(demand, facts):
    in_time, late = standing(demand, facts, NOON), standing(demand, facts, NOON + SECOND)

    assert late.missing == in_time.missing
    assert late.state == (State.OVERDUE if in_time.state is State.OPEN else in_time.state)


def test_a_day_given_for_rewriting_moves_the_deadline_but_never_forward():
    returned = replace(ALL_DONE, reflection=Writing.RETURNED, rating=None)

    states = [
        standing(DEMAND, replace(returned, rewrite_by=NOON + by), NOON + SECOND).state for by in (-SECOND, SECOND)
    ]

    assert states == [State.OVERDUE, State.OPEN]
    assert standing(DEMAND, replace(returned, rewrite_by=NOON - SECOND), NOON).state is State.OPEN


def test_every_lack_is_a_sentence_and_they_come_in_the_order_of_the_path():
    nothing = Facts(lessons=0, quizzes=0, sessions=0, reflection=None, rating=None)

    assert standing(DEMAND, nothing, NOON).missing == [
        "Còn 2 bài học chưa đọc.",
        "Còn 1 bài kiểm tra chưa đạt.",
        "Còn thiếu 1 buổi tham dự.",
        "Chưa viết bài thu hoạch.",
    ]
    assert not standing(DEMAND, ALL_DONE, NOON).missing
    assert standing(replace(DEMAND, lessons=5), ALL_DONE, NOON).missing == ["Còn 3 bài học chưa đọc."]


def test_the_reflection_is_missing_until_it_is_with_the_reviewers_and_again_when_its_rating_is_too_low():
    expected = {
        Writing.DRAFT: (State.OPEN, ["Bài thu hoạch đang viết, chưa nộp."]),
        Writing.SUBMITTED: (State.WAITING_FOR_US, []),
        Writing.RETURNED: (State.OPEN, ["Bài thu hoạch được trả lại, cần viết thêm và nộp lại."]),
        Writing.GRADED: (State.WAITING_FOR_US, []),
    }
    for state, answer in expected.items():
        where = standing(DEMAND, replace(ALL_DONE, reflection=state, rating=None), NOON)
        assert (where.state, list(where.missing)) == answer

    too_low = standing(replace(DEMAND, least_rating=Rating.GOOD), ALL_DONE, NOON)
    assert (too_low.state, too_low.missing) == (State.OPEN, ["Bài thu hoạch chưa đạt mức xếp loại cần có."])
    assert standing(DEMAND, ALL_DONE, NOON).state is State.DONE


def test_what_the_drive_does_not_ask_for_is_never_missing():
    undemanding = Demand(0, 0, 0, reflection=False, least_rating=Rating.EXCELLENT, due_at=NOON)
    nothing = Facts(lessons=0, quizzes=0, sessions=0, reflection=None, rating=None)

    assert standing(undemanding, nothing, NOON + SECOND).state is State.DONE
    assert standing(undemanding, replace(nothing, reflection=Writing.RETURNED), NOON).state is State.DONE
