"""How far marks may be leaned on: pure statistics over small numbers, each with its interval and where it comes from.

Marks are few, bounded and uneven, so nothing here supposes a bell curve. A shift is the Hodges–Lehmann estimate with
the interval that the rank test of Wilcoxon gives: exact counts for small samples, the normal approximation for larger
ones (Hodges & Lehmann 1963; Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, 3rd ed. 2014, 3.2–3.3 for
one sample, 4.2–4.3 for two). A share has the score interval of Wilson (1927), which Brown, Cai & DasGupta (Interval
Estimation for a Binomial Proportion, 2001) recommend for small samples. All intervals are for 95 %; where so few values
cannot bear one, there is none.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations_with_replacement, pairwise
from math import ceil, sqrt
from statistics import median

Z = 1.959964
"""Of the standard normal distribution, 2.5 % lie above."""
EXACT_ONE, EXACT_TWO = 40, 15
"""Up to so many values (in each sample) the ranks are counted exactly."""
LATEST = 200
"""Of more values the latest count: the estimate looks at every pair."""
PAUSE = timedelta(minutes=30)
"""A longer gap between two marks is a rest, not an essay."""
LEAST_GAPS = 5
"""Fewer essays say nothing about a pace."""


@dataclass(frozen=True)
class Estimate:
    """A number, how many values it rests on, and between what it lies; no bounds where there are too few."""

    n: int
    value: float
    low: float | None = None
    high: float | None = None

    @property
    def is_clear(self) -> bool:
        """The interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def centre(values: Sequence[float]) -> Estimate | None:
    """About what the values lie: the median of the means of all pairs. From six values on there is an interval."""
    latest = list(values)[-LATEST:]
    if not latest:
        return None
    means = sorted((one + other) / 2 for one, other in combinations_with_replacement(latest, 2))
    return _between(len(latest), means, _cut_of_one(len(latest)))


def shift(before: Sequence[float], after: Sequence[float]) -> Estimate | None:
    """By how much later values lie above earlier ones: the median of all differences. Four of each bear an interval."""
    if not before or not after:
        return None
    differences = sorted(late - early for early in before for late in after)
    return _between(len(before) + len(after), differences, _cut_of_two(len(before), len(after)))


def drift(values: Sequence[float]) -> Estimate | None:
    """How the second half of the values, in their order, lies against the first half."""
    latest = list(values)[-LATEST:]
    middle = len(latest) // 2
    return shift(latest[:middle], latest[middle:])


def _between(n: int, ordered: Sequence[float], cut: int) -> Estimate:
    """The median, and the bounds that leave `cut` values out at each end."""
    if cut < 1:
        return Estimate(n, median(ordered))
    return Estimate(n, median(ordered), ordered[cut - 1], ordered[-cut])


@cache
def _cut_of_one(n: int) -> int:
    """Which of the n(n+1)/2 ordered means bounds the interval: as many rank sums have a chance of at most 2.5 %."""
    if n > EXACT_ONE:
        return int(n * (n + 1) / 4 - Z * sqrt(n * (n + 1) * (2 * n + 1) / 24))
    ways = [1]
    for rank in range(1, n + 1):
        ways = [
            (ways[total] if total < len(ways) else 0) + (ways[total - rank] if 0 <= total - rank < len(ways) else 0)
            for total in range(len(ways) + rank)
        ]
    return _tail(ways)


@cache
def _cut_of_two(m: int, n: int) -> int:
    """The same for the m·n differences of two samples."""
    if max(m, n) > EXACT_TWO:
        return int(m * n / 2 - Z * sqrt(m * n * (m + n + 1) / 12))
    return _tail(_rank_sums(m, n))


@cache
def _rank_sums(m: int, n: int) -> list[int]:
    """In how many orders of m and n values each number of inversions comes about."""
    if m == 0 or n == 0:
        return [1]
    one, other = _rank_sums(m - 1, n), _rank_sums(m, n - 1)
    found = [0] * (m * n + 1)
    for total, ways in enumerate(one):
        found[total + n] += ways
    for total, ways in enumerate(other):
        found[total] += ways
    return found


def _tail(ways: Sequence[int]) -> int:
    """How many of the lowest totals together have a chance of at most 2.5 %."""
    all_ways, below = sum(ways), 0
    for total, count in enumerate(ways):
        below += count
        if below > 0.025 * all_ways:
            return total
    return 0


def share(part: int, whole: int) -> Estimate | None:
    """A share with Wilson's score interval; always within 0 and 1, also for none and for all."""
    if not whole:
        return None
    p, z2 = part / whole, Z * Z / whole
    middle = (p + z2 / 2) / (1 + z2)
    reach = Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole)) / (1 + z2)
    return Estimate(whole, p, max(0.0, min(middle - reach, p)), min(1.0, max(middle + reach, p)))


def an_hour(moments: Sequence[datetime]) -> float | None:
    """Essays an hour by the median gap between marks of one sitting; None where there are too few."""
    between = [(later - sooner).total_seconds() for sooner, later in pairwise(sorted(moments))]
    gaps = [gap for gap in between if 0 < gap <= PAUSE.total_seconds()]
    return 3600 / median(gaps) if len(gaps) >= LEAST_GAPS else None


def level_of_others(medians: dict[int, float], reviewer_id: int) -> float | None:
    """What the others' marks lie about, each reviewer with one voice: the median of their medians."""
    others = [value for id, value in medians.items() if id != reviewer_id]
    return median(others) if others else None


AGES = (2, 5, 10)
"""The upper ends, in days, of the groups by which waiting texts are counted."""


def by_age(days: Sequence[int]) -> list[int]:
    """How many have waited up to each end of AGES, and how many longer."""
    ordered = sorted(days)
    ends = [bisect_right(ordered, end) for end in AGES]
    return [end - start for start, end in pairwise([0, *ends, len(ordered)])]


def rounded_up(number: int) -> int:
    """A full scale for a chart: one, two or five times a power of ten, never less than the number."""
    scale = 1
    while True:
        for step in (1, 2, 5):
            if number <= step * scale:
                return step * scale
        scale *= 10


def reach_of(estimates: Sequence[Estimate | None]) -> float:
    """How far a chart of shifts must reach on both sides, in whole points."""
    ends = [abs(end) for one in estimates if one for end in (one.value, one.low, one.high) if end is not None]
    return max(1, ceil(max(ends, default=1)))
