"""What every kind of question says about an answer, part by part."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Part:
    """One part of an answered question: what was given there and what that is worth.

    The worths of all parts add up to the mark, or to less than zero where the mark is then zero.
    """

    id: str
    label: str
    given: str
    """What the learner put there; empty is nothing."""
    is_right: bool
    """For an option: it is one of the right ones. For any other part: what was given is right."""
    worth: Fraction
    explanation: str
    open_label: str = ""
    """What stands in place of the label where answers are not shown yet, for a label that would give them away."""
