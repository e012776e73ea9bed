"""Counting standings."""

from hypothesis import given
from hypothesis import strategies as some

from lms.completion.rules import State
from lms.reports.rules import Tally, summed


def tally_of(states: list[State]) -> Tally:
    tally = Tally()
    for state in states:
        tally.add(state)
    return tally


@given(parts=some.lists(some.lists(some.sampled_from(State))))
def test_a_total_is_what_counting_everybody_at_once_gives(parts):
    total, at_once = summed(map(tally_of, parts)), tally_of([state for part in parts for state in part])

    assert total.assigned == at_once.assigned == sum(map(len, parts))
    assert [total.of(state) for state in State] == [at_once.of(state) for state in State]


def test_summing_changes_none_of_the_parts():
    part = tally_of([State.DONE])

    summed([part, part])

    assert (part.of(State.DONE), summed([]).assigned) == (1, 0)
