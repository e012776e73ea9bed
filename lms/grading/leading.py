"""What a grading lead sees of a drive: how far it is, how long texts wait, and how far marks may be leaned on.

Never a ranking: reviewers stand in the order of their names, only their lead sees the page, and what the numbers cannot
bear is not said. A fixed number of queries, however many texts there are.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations
from statistics import median
from typing import Any

from sqlalchemy import Select, func, select

from lms import clock
from lms.content.rules import Criterion
from lms.db import db
from lms.drives.models import Drive, Summons
from lms.grading import steadiness
from lms.grading.allocation import in_reach
from lms.grading.models import Assignment, Grade
from lms.grading.queries import rubric_of, stands
from lms.grading.rules import Decision
from lms.grading.settings import agreement_of
from lms.grading.steadiness import Estimate
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import HandIn, Reflection
from lms.reflections.rules import State
from lms.vietnamese import day_of, start_of_day

DAYS = 14
"""So many days stand in the chart of work."""
CLOSE = 1.0
"""Two scores of a criterion agree when they lie at most so many points apart."""


@dataclass(frozen=True)
class Progress:
    """How many texts stand in each state, and how long those wait that nobody has graded."""

    states: Mapping[State, int]
    given: int
    ages: list[int]
    """By the groups of `steadiness.AGES`, and those who wait longer."""
    oldest: datetime | None

    @property
    def all(self) -> int:
        return sum(self.states.values())

    @property
    def graded(self) -> int:
        return self.of(State.GRADED) + self.of(State.RELEASED)

    def of(self, state: State) -> int:
        return self.states.get(state, 0)


@dataclass(frozen=True)
class Day:
    """What came in and what was marked on a day in Việt Nam."""

    day: date
    handed_in: int
    marked: int


@dataclass(frozen=True)
class Agreed:
    """How near two people come who marked the same texts without knowing of each other, in one criterion."""

    criterion: Criterion
    share: Estimate
    """Of texts on which both lie within `CLOSE`."""
    apart: float
    """The median distance."""


@dataclass(frozen=True)
class Steady:
    """A reviewer's marks against those of the others: milder or stricter, and whether that changes."""

    name: str
    marks: int
    severity: Estimate | None
    """By how much their marks lie above what the others' lie about."""
    shared: Estimate | None
    """The same on texts that somebody else marked, too: nothing but the reviewer differs."""
    drift: Estimate | None
    an_hour: float | None


@dataclass(frozen=True)
class Lead:
    """Everything on the page."""

    progress: Progress
    days: list[Day]
    agreed: list[Agreed]
    is_double: bool
    reviewers: list[Steady]


def _texts(viewer: SignedIn, drive: Drive, *columns: Any) -> Select[Any]:
    chosen = select(*columns).select_from(Reflection).join(Summons, Summons.id == Reflection.summons_id)
    return chosen.where(Summons.drive_id == drive.id, *in_reach(viewer))


def lead(viewer: SignedIn, drive: Drive) -> Lead:
    """The drive as its grading lead sees it, for the units whose grading they lead. Eight queries at most."""
    now = clock.now()
    marks = _marks(viewer, drive)
    by_text = _by_text(marks)
    is_double = agreement_of(drive).is_double
    return Lead(
        progress=_progress(viewer, drive, now),
        days=_days(viewer, drive, marks, now),
        agreed=_agreed(drive, by_text) if is_double else [],
        is_double=is_double,
        reviewers=_reviewers(marks, by_text if is_double else {}),
    )


def _progress(viewer: SignedIn, drive: Drive, now: datetime) -> Progress:
    in_hand = Reflection.state != State.DRAFT
    counts = _texts(viewer, drive, Reflection.state, func.count()).where(in_hand).group_by(Reflection.state)
    open_ones = _texts(viewer, drive, func.count(Assignment.reflection_id.distinct())).join(
        Assignment, Assignment.reflection_id == Reflection.id
    )
    given = open_ones.where(Assignment.ended_at.is_(None), Reflection.state == State.SUBMITTED)
    waiting = _texts(viewer, drive, Reflection.submitted_at).where(Reflection.state == State.SUBMITTED)
    since = [at for at in db.session.scalars(waiting) if at is not None]
    return Progress(
        states=dict(db.session.execute(counts).all()),
        given=db.session.scalar(given) or 0,
        ages=steadiness.by_age([(now - at).days for at in since]),
        oldest=min(since, default=None),
    )


@dataclass(frozen=True)
class _Mark:
    text: tuple[int, int]
    reviewer_id: int
    name: str
    decided_at: datetime
    mark: float


def _marks(viewer: SignedIn, drive: Drive) -> list[_Mark]:
    """Every mark that stands, by the reviewers' names and then by time."""
    columns = (
        Grade.reflection_id,
        Grade.revision_id,
        Grade.reviewer_id,
        Person.full_name,
        Grade.decided_at,
        Grade.mark,
    )
    rows = db.session.execute(
        _texts(viewer, drive, *columns)
        .join(Grade, Grade.reflection_id == Reflection.id)
        .join(Person, Person.id == Grade.reviewer_id)
        .where(Grade.decision == Decision.MARK, stands())
        .order_by(Person.sort_key, Person.id, Grade.decided_at, Grade.id)
    )
    return [_Mark((text, revision), id, name, at, float(mark)) for text, revision, id, name, at, mark in rows]


def _by_text(marks: Sequence[_Mark]) -> dict[tuple[int, int], dict[int, float]]:
    """Of texts that several people marked: by reviewer the latest mark."""
    found: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    for one in marks:
        found[one.text][one.reviewer_id] = one.mark
    return {text: given for text, given in found.items() if len(given) > 1}


def _days(viewer: SignedIn, drive: Drive, marks: Sequence[_Mark], now: datetime) -> list[Day]:
    last = day_of(now)
    first = last - timedelta(days=DAYS - 1)
    came = _texts(viewer, drive, HandIn.at).join(HandIn, HandIn.reflection_id == Reflection.id)
    recent = came.where(HandIn.at >= start_of_day(first), HandIn.withdrawn_at.is_(None))
    handed_in = Counter(map(day_of, db.session.scalars(recent)))
    marked = Counter(day_of(one.decided_at) for one in marks if one.decided_at >= start_of_day(first))
    days = [first + timedelta(days=turn) for turn in range(DAYS)]
    return [Day(day, handed_in[day], marked[day]) for day in days]


def _agreed(drive: Drive, by_text: Mapping[tuple[int, int], Mapping[int, float]]) -> list[Agreed]:
    """By criterion of the drive's rubric. Only the first two who marked a text: the third knows that they differ."""
    if not by_text or drive.reflection_version_id is None:
        return []
    chosen = select(Grade.reflection_id, Grade.revision_id, Grade.reviewer_id, Grade.scores).where(
        Grade.reflection_id.in_([text for text, _revision in by_text]), Grade.decision == Decision.MARK, stands()
    )
    scores: dict[tuple[int, int], dict[int, dict[str, str]]] = defaultdict(dict)
    for text, revision, reviewer_id, given in db.session.execute(chosen.order_by(Grade.id)):
        scores[text, revision][reviewer_id] = given
    found = []
    for criterion in rubric_of(drive.id, drive.reflection_version_id).criteria():
        pairs = [list(given.values())[:2] for given in scores.values() if len(given) > 1]
        distances = [
            abs(float(one[criterion.id]) - float(other[criterion.id]))
            for one, other in pairs
            if criterion.id in one and criterion.id in other
        ]
        share = steadiness.share(sum(distance <= CLOSE for distance in distances), len(distances))
        if share is not None:
            found.append(Agreed(criterion, share, median(distances)))
    return found


def _reviewers(marks: Sequence[_Mark], by_text: Mapping[tuple[int, int], Mapping[int, float]]) -> list[Steady]:
    theirs: dict[int, list[_Mark]] = defaultdict(list)
    for one in marks:
        theirs[one.reviewer_id].append(one)
    medians = {id: median(one.mark for one in given) for id, given in theirs.items()}
    shared: dict[int, list[float]] = defaultdict(list)
    for pair in by_text.values():
        for one_id, other_id in combinations(pair, 2):
            shared[one_id].append(pair[one_id] - pair[other_id])
            shared[other_id].append(pair[other_id] - pair[one_id])
    found = []
    for id, given in theirs.items():
        level = steadiness.level_of_others(medians, id)
        values = [one.mark for one in given]
        found.append(
            Steady(
                name=given[0].name,
                marks=len(given),
                severity=None if level is None else steadiness.centre([value - level for value in values]),
                shared=steadiness.centre(shared[id]),
                drift=steadiness.drift(values),
                an_hour=steadiness.an_hour([one.decided_at for one in given]),
            )
        )
    return found
