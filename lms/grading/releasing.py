"""What waits for release, and giving authors their results: in waves, past the gate, each told once."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, func, insert, select, true, update
from sqlalchemy.orm import contains_eager

from lms import access, audit, clock, vietnamese
from lms.access import Action
from lms.content.models import ModuleVersion
from lms.db import db, one_or_not_found, transaction
from lms.drives.models import Drive, Summons
from lms.drives.rules import RATING_ORDER, Rating
from lms.grading import gate
from lms.grading.blindness import is_hidden, label_of, names_shown
from lms.grading.gate import Concern, Marked
from lms.grading.models import Grade, Release, Remark, RubricChange
from lms.grading.queries import routed_to, stands
from lms.grading.rules import COUNTING
from lms.notices.services import notify
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import STEPS, State, Step
from lms.units import queries as units
from lms.units.models import Unit

PAGE = 100
PORTION = 500
"""So many results go out in one transaction: what a crash leaves undone, the next attempt does."""


@dataclass(frozen=True)
class Wave:
    """Which of the graded texts go out together: all, those of a unit's people, those graded until a day."""

    unit_id: int | None = None
    until: date | None = None


ALL = Wave()


def _current() -> ScalarSelect[int]:
    """The latest mark of the surrounding query's text that nobody took back."""
    latest = select(func.max(Grade.id))
    latest = latest.where(Grade.reflection_id == Reflection.id, Grade.decision.in_(COUNTING), stands())
    return latest.correlate(Reflection).scalar_subquery()


def _waiting(viewer: SignedIn, *columns: Any) -> Select[Any]:
    """The graded texts that the viewer may release, with their current mark."""
    return (
        select(*columns)
        .select_from(Reflection)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Grade, Grade.id == _current())
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Reflection.state == State.GRADED, routed_to(viewer, Action.RELEASE))
    )


def _in(wave: Wave) -> ColumnElement[bool]:
    chosen: list[ColumnElement[bool]] = [true()]
    if wave.unit_id is not None:
        chosen.append(units.within(Summons.unit_id, [wave.unit_id], clock.today()))
    if wave.until is not None:
        chosen.append(Grade.decided_at <= vietnamese.end_of_day(wave.until))
    return and_(*chosen)


# --- What a lead sees -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Overview:
    """A drive in which results of the viewer's units wait or have gone out."""

    drive: Drive
    waiting: int
    released: int


def overviews(viewer: SignedIn) -> list[Overview]:
    """The drives with results, those that wait first. One query."""
    waiting = func.sum(case((Reflection.state == State.GRADED, 1), else_=0))
    rows = db.session.execute(
        select(Drive, waiting, func.count())
        .join(Summons, Summons.drive_id == Drive.id)
        .join(Reflection, Reflection.summons_id == Summons.id)
        .where(Reflection.state.in_([State.GRADED, State.RELEASED]), routed_to(viewer, Action.RELEASE))
        .group_by(Drive.id)
        .order_by((waiting > 0).desc(), Drive.closes_at.desc(), Drive.id)
    )
    return [Overview(drive, count, both - count) for drive, count, both in rows]


def drive_for(viewer: SignedIn, code: str) -> Drive:
    """A drive of which any graded text is the viewer's to release, or was released for their units."""
    texts = select(Reflection.id).join(Summons, Summons.id == Reflection.summons_id)
    graded = Reflection.state.in_([State.GRADED, State.RELEASED])
    mine = texts.where(Summons.drive_id == Drive.id, graded, routed_to(viewer, Action.RELEASE))
    return one_or_not_found(select(Drive).where(Drive.code == code, mine.correlate(Drive).exists()))


@dataclass(frozen=True)
class Releasable:
    """A graded text that waits for release, with its current mark."""

    id: int
    author: str
    unit: str
    drive: Drive
    grade: Grade
    reviewer: str


def releasable(
    viewer: SignedIn, drive: Drive | None = None, wave: Wave = ALL, *, page: int | None = None
) -> list[Releasable]:
    """What the viewer may release, by unit and name, or by number where names are hidden.

    A page of it, and one row more where there is more.
    """
    reviewer = select(Person.full_name).where(Person.id == Grade.reviewer_id).correlate(Grade).scalar_subquery()
    columns = (Reflection.id, Person.full_name, Unit.name, Drive, Grade, reviewer, is_hidden(viewer))
    statement = _waiting(viewer, *columns).where(_in(wave))
    if drive is not None:
        statement = statement.where(Drive.id == drive.id)
    in_order = (Drive.is_blind, case((Drive.is_blind, ""), else_=Unit.sort_key + Person.sort_key), Reflection.id)
    statement = statement.order_by(*in_order)
    if page is not None:
        statement = statement.offset((page - 1) * PAGE).limit(PAGE + 1)
    return [
        Releasable(id, label_of(id) if hidden else author, "" if hidden else unit, *rest)
        for id, author, unit, *rest, hidden in db.session.execute(statement)
    ]


@dataclass
class Looked:
    """A wave as it comes to the gate: how many there are of each rating, and by text what is to be looked at."""

    ids: list[int] = field(default_factory=list)
    ratings: Counter[Rating] = field(default_factory=Counter)
    concerns: dict[int, frozenset[Concern]] = field(default_factory=dict)

    def of(self, concern: Concern) -> list[int]:
        return [id for id in self.ids if concern in self.concerns.get(id, ())]

    def through(self, accepted: Collection[Concern]) -> list[int]:
        """What goes out when the lead looks past these concerns."""
        return [id for id in self.ids if gate.passes(self.concerns.get(id, ()), accepted)]

    @property
    def by_rating(self) -> list[tuple[Rating, int]]:
        return [(rating, self.ratings[rating]) for rating in reversed(RATING_ORDER)]


def look(viewer: SignedIn, drive: Drive, wave: Wave = ALL) -> Looked:
    """The wave at the gate. A comment pasted in a row shows also where the row leaves the wave. Four queries."""
    has_remarks = select(Remark.id).where(Remark.grade_id == Grade.id).correlate(Grade).exists()
    columns = (
        *(Reflection.id, Grade.reviewer_id, Grade.decided_at, Grade.mark, Grade.scores, Reflection.version_id),
        *(Grade.comment, has_remarks, _in(wave)),
    )
    rows = db.session.execute(_waiting(viewer, *columns).where(Drive.id == drive.id).order_by(Reflection.id)).all()
    criteria = _criteria({(drive.id, row[5]) for row in rows})
    found, texts, thresholds = Looked(), [], drive.thresholds()
    for id, reviewer_id, decided_at, mark, scores, version_id, comment, remarked, is_in in rows:
        texts.append(
            Marked(id, reviewer_id, decided_at, mark, scores, criteria[drive.id, version_id], comment, remarked)
        )
        if is_in:
            found.ids.append(id)
            found.ratings[thresholds.rating_of(float(mark))] += 1
    found.concerns = gate.concerns(texts, drive.average)
    return found


def _criteria(places: Collection[tuple[int, int]]) -> dict[tuple[int, int], frozenset[str]]:
    """By drive and version, the criteria of the rubric that applies. Two queries."""
    version_ids = {version_id for _drive_id, version_id in places}
    changed = select(RubricChange.drive_id, RubricChange.version_id, RubricChange.rubric_version_id).where(
        RubricChange.version_id.in_(version_ids), RubricChange.undone_at.is_(None)
    )
    others = {(drive_id, version_id): rubric for drive_id, version_id, rubric in db.session.execute(changed)}
    wanted = version_ids | set(others.values())
    rows = db.session.execute(select(ModuleVersion.id, ModuleVersion.rubric).where(ModuleVersion.id.in_(wanted)))
    rubrics = {id: frozenset(row["id"] for row in rubric) for id, rubric in rows}
    return {place: rubrics[others.get(place, place[1])] for place in places}


def units_of(viewer: SignedIn, drive: Drive) -> list[tuple[int, str, int]]:
    """The units whose people's results wait, with how many: to choose a wave from."""
    statement = _waiting(viewer, Unit.id, Unit.name, func.count()).where(Drive.id == drive.id)
    rows = db.session.execute(statement.group_by(Unit.id, Unit.name, Unit.sort_key).order_by(Unit.sort_key, Unit.id))
    return [(id, name, count) for id, name, count in rows]


def names_of(viewer: SignedIn, drive: Drive, reflection_ids: Collection[int]) -> dict[int, str]:
    """What texts that the viewer may release are called."""
    chosen = _waiting(viewer, Reflection.id).where(Drive.id == drive.id, Reflection.id.in_(reflection_ids))
    return names_shown(viewer, db.session.scalars(chosen))


@dataclass(frozen=True)
class Same:
    """A text that bears a mark which others bear, too."""

    id: int
    name: str
    unit: str
    reviewer: str
    is_released: bool


def with_mark(viewer: SignedIn, drive: Drive, mark: Decimal, *, page: int = 1) -> list[Same]:
    """Who got exactly this mark, released or not: one page, and one row more where there is more."""
    reviewer = select(Person.full_name).where(Person.id == Grade.reviewer_id).correlate(Grade).scalar_subquery()
    rows = db.session.execute(
        select(Reflection.id, Person.full_name, Unit.name, reviewer, Release.id, is_hidden(viewer))
        .select_from(Reflection)
        .join(Summons, Summons.id == Reflection.summons_id)
        .outerjoin(Release, Release.reflection_id == Reflection.id)
        .join(Grade, Grade.id == func.coalesce(Release.grade_id, _current()))
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Drive.id == drive.id, func.coalesce(Release.mark, Grade.mark) == mark)
        .where(Reflection.state.in_([State.GRADED, State.RELEASED]), routed_to(viewer, Action.RELEASE))
        .order_by(case((Drive.is_blind, ""), else_=Unit.sort_key + Person.sort_key), Reflection.id)
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    )
    return [
        Same(id, label_of(id) if hidden else name, "" if hidden else unit, by, released is not None)
        for id, name, unit, by, released, hidden in rows
    ]


# --- Releasing --------------------------------------------------------------------------------------------------------


def release_of(reflection_id: int) -> Release | None:
    return db.session.scalars(
        select(Release)
        .join(Release.grade)
        .options(contains_eager(Release.grade))
        .where(Release.reflection_id == reflection_id)
    ).one_or_none()


@dataclass(frozen=True)
class Outcome:
    """How many results went out, and how many of the wave were held back."""

    released: int
    held: int


def release_wave(
    viewer: SignedIn, code: str, wave: Wave, accepted: Collection[Concern] = (), *, at: datetime
) -> Outcome:
    """Give out every result of the wave that passes the gate; the others wait."""
    access.require(viewer, Action.RELEASE)
    looked = look(viewer, drive_for(viewer, code), wave)
    going = looked.through(accepted)
    return Outcome(release(going, by=viewer, at=at), len(looked.ids) - len(going))


def release(reflection_ids: Sequence[int], *, by: SignedIn, at: datetime) -> int:
    """Give authors their results and tell each of them once: each latest mark becomes final.

    What the viewer may not release, what lacks the score of a criterion and what somebody else has just released is
    passed over. In portions, each whole: after a crash the same call does the rest.
    """
    ids = sorted(set(reflection_ids))
    return sum(_release(ids[start : start + PORTION], by, at) for start in range(0, len(ids), PORTION))


def _release(ids: Sequence[int], by: SignedIn, at: datetime) -> int:
    with transaction() as session:
        before = [state for state, step in STEPS if step is Step.RELEASE]
        held = (
            select(Reflection.id)
            .join(Summons, Summons.id == Reflection.summons_id)
            .where(Reflection.id.in_(ids), Reflection.state.in_(before), routed_to(by, Action.RELEASE))
            .order_by(Reflection.id)
        )
        mine = session.scalars(held.with_for_update(of=Reflection)).all()
        results = list(_results(mine))
        if not results:
            return 0
        drives = {
            drive.id: drive for drive in session.scalars(select(Drive).where(Drive.id.in_({r.drive for r in results})))
        }
        told = defaultdict(list)
        rows = []
        for one in results:
            rating = drives[one.drive].thresholds().rating_of(float(one.mark))
            rows.append(
                {"reflection_id": one.id, "grade_id": one.grade_id, "mark": one.mark, "rating": rating}
                | {"released_by_id": by.person_id, "released_at": at}
            )
            told[one.drive].append(one.author_id)
            facts = {"mark": str(one.mark), "rating": rating.value}
            audit.record("release", "reflection", one.id, by=by.person_id, at=at, after=facts)
        session.execute(insert(Release), rows)
        done = [one.id for one in results]
        session.execute(update(Reflection).where(Reflection.id.in_(done)).values(state=State.RELEASED))
        for drive_id, people in told.items():
            _tell(drives[drive_id], people, at)
        return len(results)


@dataclass(frozen=True)
class _Result:
    id: int
    author_id: int
    drive: int
    grade_id: int
    mark: Decimal


def _results(reflection_ids: Sequence[int]) -> Iterator[_Result]:
    """The marks that become final; texts of which a criterion is open are left out."""
    statement = (
        select(Reflection.id, Summons.person_id, Summons.drive_id, Grade.id, Grade.mark, Grade.scores)
        .add_columns(Reflection.version_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Grade, Grade.id == _current())
        .where(Reflection.id.in_(reflection_ids))
        .order_by(Reflection.id)
    )
    rows = db.session.execute(statement).all()
    criteria = _criteria({(row[2], row[-1]) for row in rows})
    for id, author_id, drive_id, grade_id, mark, scores, version_id in rows:
        if not gate.is_open(scores, criteria[drive_id, version_id]):
            yield _Result(id, author_id, drive_id, grade_id, mark)


def _tell(drive: Drive, person_ids: Collection[int], at: datetime) -> None:
    notify(
        person_ids,
        kind="result_released",
        key=f"result:{drive.id}",
        text=f"Bài thu hoạch “{drive.title}” của đồng chí đã có kết quả.",
        link=f"/grading/result/{drive.code}",
        at=at,
    )
