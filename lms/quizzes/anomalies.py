"""What in finished attempts a person should look at. Nothing here is a proof, and nothing here takes a mark away.

**The same wrong answers.** Two people who know the same give the same right answers; the same mistakes are another
thing. Of the questions that both answered wrongly, each has the chance that two such people make the same mistake:
the sum of squares of the shares that the mistakes have among all wrong answers. With these chances the number of equal
mistakes has an exact distribution (Poisson binomial). A pair is told when it has at least `LEAST_SHARED` of them and
so many would come about by chance less often than once in `ONCE_IN` pairs, and less than `ALARMS` times in all pairs
that were compared together. Compared are the people of one unit. A question with fewer than `LEAST_WRONG` wrong
answers says nothing; those who copied from each other are among them, which errs on the side of silence.

**Too fast.** From start to hand-in there was less time than reading takes at `WORDS_A_SECOND`, twice what practised
readers manage, and still at least half of it is right. Whoever clicks blindly is not meant.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from lms.vietnamese import fold

LEAST_SHARED, LEAST_WRONG = 3, 10
ONCE_IN, ALARMS = 10_000, 0.05
RAREST = 0.02
"""No mistake is taken to be rarer than this, however few made it."""
WORDS_A_SECOND, LEAST_ANSWERED, LEAST_RIGHT = 10, 5, 0.5
LEAST_WORDS = 8
"""A free text is compared from this many words on."""


class Anomaly(StrEnum):
    """What kind of thing was seen."""

    SAME_MISTAKES = "same_mistakes"
    TOO_FAST = "too_fast"


class Verdict(StrEnum):
    """What a person made of it."""

    NOTHING = "nothing"
    OPEN = "open"
    CONFIRMED = "confirmed"


def chance_of_same(mistakes: Counter[str]) -> float:
    """The chance that two people who are wrong make the same mistake; 1 where too few were wrong to say."""
    n = mistakes.total()
    if n < LEAST_WRONG:
        return 1.0
    return max(RAREST, sum(times * times for times in mistakes.values()) / (n * n))


def at_least(k: int, chances: Sequence[float]) -> float:
    """The probability that at least `k` of independent things happen, each with its own chance."""
    exactly = [1.0]
    for chance in chances:
        exactly = [
            (exactly[n] * (1 - chance) if n < len(exactly) else 0.0) + (exactly[n - 1] * chance if n else 0.0)
            for n in range(len(exactly) + 1)
        ]
    return min(1.0, sum(exactly[k:]))


def comparable(words: Sequence[str], *, is_free: bool) -> str | None:
    """An answer in the form in which two are the same; None where that would say nothing."""
    text = fold("\n".join(words))
    return None if is_free and len(text.split()) < LEAST_WORDS else text or None


@dataclass(frozen=True)
class Sheet:
    """A finished attempt for comparing: the wrong answers that somebody gave, by question."""

    attempt_id: int
    person_id: int
    mistakes: Mapping[str, str]


@dataclass(frozen=True)
class Likeness:
    """Two attempts, what both had wrong alike, of how many that both had wrong, and how often chance does it."""

    one: int
    other: int
    shared: tuple[str, ...]
    wrong: int
    chance: float


def likeness(one: Sheet, other: Sheet, chances: Mapping[str, float]) -> Likeness:
    """Compare two attempts; the order makes no difference."""
    both = sorted(one.mistakes.keys() & other.mistakes.keys())
    shared = tuple(key for key in both if one.mistakes[key] == other.mistakes[key])
    chance = at_least(len(shared), [chances.get(key, 1.0) for key in both])
    first, second = sorted((one.attempt_id, other.attempt_id))
    return Likeness(first, second, shared, len(both), chance)


def alike(sheets: Sequence[Sheet], chances: Mapping[str, float]) -> Iterator[Likeness]:
    """The pairs of different people, among these, whose mistakes are the same too often for chance."""
    pairs = [(one, other) for one, other in combinations(sheets, 2) if one.person_id != other.person_id]
    limit = min(1 / ONCE_IN, ALARMS / max(1, len(pairs)))
    for one, other in pairs:
        if len(one.mistakes.items() & other.mistakes.items()) >= LEAST_SHARED:
            found = likeness(one, other, chances)
            if found.chance < limit:
                yield found


def is_too_fast(seconds: float, words: int, answered: int, right: float) -> bool:
    """Was so much read and rightly answered in less time than reading takes? `right` is the share of the answered."""
    return answered >= LEAST_ANSWERED and right >= LEAST_RIGHT and seconds < words / WORDS_A_SECOND
