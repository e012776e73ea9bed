"""Item analysis by classical test theory: what the first attempts at a quiz say about its questions.

Pure statistics over running sums, so that a million attempts need no more memory than a hundred. Attempts draw
different questions from a bank, hence the measures:

facility          the mean mark of everybody who was asked the question, a blank counting as 0.
rest              an attempt's mean mark on its other questions.
discrimination    Pearson's correlation of mark and rest: the item-total correlation without the item itself
                  (Henrysson 1963, Psychometrika 28), with a mean as the rest because attempts differ.
thirds            of those asked a question, the lower and the upper third by rest; equals stay together, so a third may
                  hold more, and where both would share a rest there are none.
alpha             k·c / (v + (k − 1)·c): Cronbach's alpha (1951, Psychometrika 16) written with means. k is the number
                  of questions in an attempt; every mark is taken as its distance from the question's facility; v is
                  the mean square of these distances, c their mean product over every two questions that met in an
                  attempt. Where everybody answers the same questions it is the textbook's alpha.
flags             never from a few: a suspicion needs `LEAST_FOR_FLAGS` answers and an interval of `SURE` standard
                  errors that leaves no doubt of the sign (Fisher's z for correlations, Welch's for two means).

Time is from start to hand-in of a whole attempt; of a single question it is what `timeline.seconds_spent` gives, in
quartiles from `LEAST_LEARNERS` people on.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from itertools import combinations
from typing import Any

LEAST_FOR_DISCRIMINATION = 10
LEAST_FOR_FLAGS = 20
LEAST_CHOSE = 5
"""How many must have chosen an option before its choosers are compared with others."""
LEAST_FOR_ALPHA = 30
LEAST_LEARNERS = 5
"""A unit has figures from this many learners on, so that they say nothing about one person."""
SURE = 1.96
HARD, WEAK, EASY = 0.25, 0.2, 0.9
NOTHING = 1e-9
"""What is smaller is a variance of zero."""


class Flag(StrEnum):
    """What somebody should look at in a question."""

    WRONG_KEY = "wrong_key"
    HARD = "hard"
    WEAK = "weak"


@dataclass(frozen=True)
class Sitting:
    """One learner's first attempt: from 0 to 1 the mark of each question that it asked, and the options chosen.

    "?" stands for an answer that is none of the options.
    """

    marks: Mapping[str, float]
    chosen: Mapping[str, Collection[str]]
    has_passed: bool = False
    minutes: int = 0
    by_timeout: bool = False
    seconds: Mapping[str, int] = field(default_factory=dict)
    """How long a question took, where that is known."""


@dataclass(frozen=True)
class Key:
    """The options of a question in the author's order, and which of them are right."""

    id: str
    options: tuple[str, ...]
    right: frozenset[str]


@dataclass(frozen=True)
class Choice:
    """How many chose an option: of all, of the lower and of the upper third. The option "" is no answer."""

    option: str
    all: int
    lower: int | None
    upper: int | None


@dataclass(frozen=True)
class Item:
    """A question's figures; None where the answers are too few or too much alike to say."""

    key: str
    n: int
    facility: float | None = None
    discrimination: float | None = None
    lower: int | None = None
    upper: int | None = None
    """How many are in the thirds."""
    choices: tuple[Choice, ...] = ()
    flags: tuple[Flag, ...] = ()
    seconds: tuple[int, int, int] | None = None
    """The quartiles of how long it took."""


@dataclass(frozen=True)
class Figures:
    """A quiz's figures. Shares are from 0 to 1; `minutes` are the quartiles of the time taken."""

    learners: int
    items: tuple[Item, ...]
    mean: float | None = None
    passed: float | None = None
    asked: float | None = None
    """Questions in an attempt, on average."""
    alpha: float | None = None
    pairs: int = 0
    """Different pairs of questions that met in some attempt."""
    minutes: tuple[int, int, int] | None = None
    by_timeout: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def from_json(stored: Mapping[str, Any]) -> Figures:
    """Figures as `as_json` wrote them."""
    items = tuple(
        Item(
            **{
                **item,
                "choices": tuple(Choice(**choice) for choice in item["choices"]),
                "flags": tuple(map(Flag, item["flags"])),
                "seconds": tuple(item["seconds"]) if item.get("seconds") else None,
            }
        )
        for item in stored["items"]
    )
    return Figures(**{**stored, "items": items, "minutes": stored["minutes"] and tuple(stored["minutes"])})


Answered = tuple[tuple[str, ...], float, float | None]
"""What was chosen, its mark, and the rest; None when the attempt asked nothing else."""


@dataclass
class Gathered:
    """Running sums over attempts; their order makes no difference."""

    learners: int = 0
    passed: int = 0
    by_timeout: int = 0
    asked: int = 0
    shares: float = 0.0
    squares: float = 0.0
    """Of the attempts' total marks."""
    minutes: Counter[int] = field(default_factory=Counter)
    answers: defaultdict[str, Counter[Answered]] = field(default_factory=lambda: defaultdict(Counter))
    totals: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    """For each question the total marks of the attempts that asked it."""
    meetings: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    def add(self, sitting: Sitting) -> None:
        self.learners += 1
        self.passed += sitting.has_passed
        self.by_timeout += sitting.by_timeout
        self.minutes[sitting.minutes] += 1
        for key, spent in sitting.seconds.items():
            self.seconds[key][spent] += 1
        total, others = sum(sitting.marks.values()), len(sitting.marks) - 1
        self.asked += len(sitting.marks)
        self.shares += total / len(sitting.marks) if sitting.marks else 0.0
        self.squares += total * total
        self.meetings.update(combinations(sorted(sitting.marks), 2))
        for key, mark in sitting.marks.items():
            rest = round((total - mark) / others, 6) if others else None
            self.answers[key][tuple(sorted(sitting.chosen.get(key, ()))), mark, rest] += 1
            self.totals[key] += total

    def figures(self, keys: Iterable[Key]) -> Figures:
        """All figures, with the questions in the order given."""
        n = self.learners
        return Figures(
            learners=n,
            items=tuple(replace(item_of(key, self.answers[key.id]), seconds=self.time_of(key.id)) for key in keys),
            mean=self.shares / n if n else None,
            passed=self.passed / n if n else None,
            asked=self.asked / n if n else None,
            alpha=self.alpha() if n >= LEAST_FOR_ALPHA else None,
            pairs=len(self.meetings),
            minutes=quartiles(self.minutes),
            by_timeout=self.by_timeout,
        )

    def time_of(self, key: str) -> tuple[int, int, int] | None:
        """The quartiles of a question's time; None while too few are known."""
        known = self.seconds.get(key, Counter())
        return quartiles(known) if known.total() >= LEAST_LEARNERS else None

    def alpha(self) -> float | None:
        """Reliability; None when no two questions met, or all attempts came out alike."""
        met = self.meetings.total()
        if not met:
            return None
        counts = {key: answers.total() for key, answers in self.answers.items()}
        mean = {key: facility(answers) or 0.0 for key, answers in self.answers.items()}
        squares = sum(times * mark**2 for answers in self.answers.values() for (_c, mark, _r), times in answers.items())
        distances = squares - sum(counts[key] * mean[key] ** 2 for key in counts)
        between = 2 * sum(mean[one] * mean[other] * times for (one, other), times in self.meetings.items())
        expected = sum(mean[key] * (2 * self.totals[key] - counts[key] * mean[key]) for key in counts)
        k, v = self.asked / self.learners, distances / self.asked
        c = (self.squares - expected + between - distances) / 2 / met
        if v + (k - 1) * c < NOTHING:
            return None
        return min(1.0, k * c / (v + (k - 1) * c))


@dataclass
class Facilities:
    """Running sums for the people of one unit, who are too few for more than facilities."""

    learners: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    marks: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, sitting: Sitting) -> None:
        self.learners += 1
        self.asked.update(sitting.marks.keys())
        for key, mark in sitting.marks.items():
            self.marks[key] += mark

    def figures(self, keys: Iterable[Key]) -> Figures:
        """A question that fewer than `LEAST_LEARNERS` of them were asked is left out."""
        asked = [(key.id, self.asked[key.id]) for key in keys if self.asked[key.id] >= LEAST_LEARNERS]
        return Figures(self.learners, tuple(Item(key, n, self.marks[key] / n) for key, n in asked))


def facility(answers: Counter[Answered]) -> float | None:
    """The mean mark."""
    n = answers.total()
    return sum(mark * times for (_chosen, mark, _rest), times in answers.items()) / n if n else None


def discrimination(answers: Counter[Answered]) -> float | None:
    """The correlation of mark and rest; None when either is the same for all."""
    pairs = Counter[tuple[float, float]]()
    for (_chosen, mark, rest), times in answers.items():
        if rest is not None:
            pairs[mark, rest] += times
    n = pairs.total()
    if n < 2:
        return None
    x_mean = sum(x * times for (x, _), times in pairs.items()) / n
    y_mean = sum(y * times for (_, y), times in pairs.items()) / n
    xx = sum((x - x_mean) ** 2 * times for (x, _), times in pairs.items())
    yy = sum((y - y_mean) ** 2 * times for (_, y), times in pairs.items())
    xy = sum((x - x_mean) * (y - y_mean) * times for (x, y), times in pairs.items())
    return None if xx < NOTHING or yy < NOTHING else max(-1.0, min(1.0, xy / math.sqrt(xx * yy)))


def at_most(correlation: float, n: int) -> float:
    """The upper end of the interval around a correlation out of n > 3 pairs."""
    inside = max(-0.999999, min(0.999999, correlation))
    return math.tanh(math.atanh(inside) + SURE / math.sqrt(n - 3))


def item_of(key: Key, answers: Counter[Answered]) -> Item:
    """One question's figures from all its answers."""
    n = answers.total()
    cut = thirds(answers)
    lower, upper = (_beyond(answers, *side) for side in cut) if cut else (None, None)
    everybody = _chosen_by(answers)
    low, high = (None if part is None else _chosen_by(part) for part in (lower, upper))
    return Item(
        key=key.id,
        n=n,
        facility=facility(answers),
        discrimination=discrimination(answers) if n >= LEAST_FOR_DISCRIMINATION else None,
        lower=lower.total() if lower is not None else None,
        upper=upper.total() if upper is not None else None,
        choices=tuple(
            Choice(
                option,
                everybody[option].total(),
                None if low is None else low[option].total(),
                None if high is None else high[option].total(),
            )
            for option in (*key.options, *(["?"] if "?" in everybody else []), "")
        ),
        flags=flags(key, answers) if n >= LEAST_FOR_FLAGS else (),
    )


def thirds(answers: Counter[Answered]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The least and greatest rest of the lower and of the upper third; None where they would overlap."""
    rests = Counter[float]()
    for (_chosen, _mark, rest), times in answers.items():
        if rest is not None:
            rests[rest] += times
    if rests.total() < 3:
        return None
    third = math.ceil(rests.total() / 3)
    low, high = _ranked(rests, third), _ranked(rests, rests.total() - third + 1)
    return ((min(rests), low), (high, max(rests))) if low < high else None


def _beyond(answers: Counter[Answered], least: float, most: float) -> Counter[Answered]:
    inside = {one: times for one, times in answers.items() if one[2] is not None and least <= one[2] <= most}
    return Counter(inside)


def _chosen_by(answers: Counter[Answered]) -> defaultdict[str, Counter[float | None]]:
    """For each option, and for "" as no answer, the rests of those who chose it."""
    by: defaultdict[str, Counter[float | None]] = defaultdict(Counter)
    for (chosen, _mark, rest), times in answers.items():
        for option in chosen or ("",):
            by[option][rest] += times
    return by


def flags(key: Key, answers: Counter[Answered]) -> tuple[Flag, ...]:
    """What to look at, the gravest first; for questions with enough answers."""
    easy, found = facility(answers) or 0.0, discrimination(answers)
    asked_with_others = sum(times for (_chosen, _mark, rest), times in answers.items() if rest is not None)
    most = at_most(found, asked_with_others) if found is not None and asked_with_others > 3 else None
    if (most is not None and most < 0) or _draws_the_strong(key, answers):
        return (Flag.WRONG_KEY,)
    if easy < HARD:
        return (Flag.HARD,)
    return (Flag.WEAK,) if most is not None and most < WEAK and easy < EASY else ()


def _draws_the_strong(key: Key, answers: Counter[Answered]) -> bool:
    """Did clearly stronger people choose a wrong option than the right one? Asked where only one option is right."""
    if len(key.right) != 1:
        return False
    by = _chosen_by(answers)
    right = by[next(iter(key.right))]
    return any(_is_clearly_stronger(by[option], right) for option in key.options if option not in key.right)


def _is_clearly_stronger(some: Counter[float | None], others: Counter[float | None]) -> bool:
    one, other = _spread(some), _spread(others)
    if one is None or other is None:
        return False
    return one[0] - other[0] > max(NOTHING, SURE * math.sqrt(one[1] + other[1]))


def _spread(rests: Counter[float | None]) -> tuple[float, float] | None:
    """Mean and its squared standard error; None for fewer than `LEAST_CHOSE`."""
    known = {rest: times for rest, times in rests.items() if rest is not None}
    n = sum(known.values())
    if n < LEAST_CHOSE:
        return None
    mean = sum(rest * times for rest, times in known.items()) / n
    return mean, sum((rest - mean) ** 2 * times for rest, times in known.items()) / (n - 1) / n


def quartiles(values: Counter[int]) -> tuple[int, int, int] | None:
    """The values a quarter, half and three quarters of the way up."""
    n = values.total()
    if not n:
        return None
    first, middle, last = (_ranked(values, math.ceil(n * part / 4)) for part in (1, 2, 3))
    return first, middle, last


def _ranked(values: Counter[Any], rank: int) -> Any:
    """The value that stands at a rank, counted from 1."""
    for value in sorted(values):
        rank -= values[value]
        if rank <= 0:
            return value
    raise ValueError("no value has this rank")
