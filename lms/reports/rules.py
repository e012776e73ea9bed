"""Counting standings; every total is the sum of its parts by construction."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lms.completion.rules import State


@dataclass
class Tally:
    """How many stand in each state."""

    states: Counter[State] = field(default_factory=Counter)

    def add(self, state: State) -> None:
        self.states[state] += 1

    @property
    def assigned(self) -> int:
        return self.states.total()

    def of(self, state: State) -> int:
        return self.states[state]


def summed(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.states.update(tally.states)
    return total
