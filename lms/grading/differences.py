"""The tray of texts on which two who marked them do not agree, the widest apart first, side by side."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager

from lms.content.models import ModuleVersion
from lms.content.rules import Criterion
from lms.db import db
from lms.drives.models import Drive, Summons
from lms.grading.allocation import in_reach
from lms.grading.blindness import names_shown
from lms.grading.models import Assignment, Grade, RubricChange
from lms.grading.queries import OTHER_RUBRIC, in_force, stands
from lms.grading.rules import Decision
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection, Revision
from lms.reflections.rules import State

PAGE = 50


@dataclass(frozen=True)
class Line:
    """A criterion with the scores of the two, or their marks in the last line."""

    title: str
    scores: tuple[Decimal | None, Decimal | None]

    @property
    def apart(self) -> Decimal:
        one, other = self.scores
        return abs(one - other) if one is not None and other is not None else Decimal(0)


@dataclass(frozen=True)
class Difference:
    """A text with its two marks, and who the third reader is where there is one."""

    id: int
    label: str
    marks: tuple[Grade, Grade]
    lines: list[Line]
    third: str | None

    @property
    def apart(self) -> Decimal:
        return self.lines[-1].apart


def _apart(viewer: SignedIn, drive: Drive) -> Select[*tuple[Any, ...]]:
    """The texts with two marks that nothing came of, with how far these lie apart."""
    spread = func.max(Grade.mark) - func.min(Grade.mark)
    return (
        select(Reflection.id, spread)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Grade, Grade.reflection_id == Reflection.id)
        .join(Revision, Revision.id == Grade.revision_id)
        .where(Summons.drive_id == drive.id, Reflection.state == State.SUBMITTED, *in_reach(viewer))
        .where(Revision.number == Reflection.head, Grade.decision == Decision.MARK, stands())
        .group_by(Reflection.id)
        .having(func.count(Grade.id) > 1)
        .order_by(spread.desc(), Reflection.id)
    )


def count(viewer: SignedIn, drive: Drive) -> int:
    if drive.marks_wanted == 1:
        return 0
    return db.session.scalar(select(func.count()).select_from(_apart(viewer, drive).order_by(None).subquery())) or 0


def differences(viewer: SignedIn, drive: Drive) -> list[Difference]:
    """The texts that want a third reader, those farthest apart first. A fixed number of queries."""
    ids = [id for id, _spread in db.session.execute(_apart(viewer, drive).limit(PAGE))]
    marks, labels, thirds, criteria = _marks(ids), names_shown(viewer, ids), _thirds(ids), _criteria(ids)
    return [
        Difference(id, labels[id], (marks[id][0], marks[id][1]), _lines(criteria[id], marks[id]), thirds.get(id))
        for id in ids
    ]


def _marks(ids: Sequence[int]) -> dict[int, list[Grade]]:
    found = defaultdict(list)
    rows = db.session.scalars(
        select(Grade)
        .join(Grade.reviewer)
        .options(contains_eager(Grade.reviewer))
        .join(Revision, Revision.id == Grade.revision_id)
        .join(Reflection, Reflection.id == Grade.reflection_id)
        .where(Grade.reflection_id.in_(ids), Revision.number == Reflection.head)
        .where(Grade.decision == Decision.MARK, stands())
        .order_by(Grade.id)
    )
    for row in rows:
        found[row.reflection_id].append(row)
    return found


def _thirds(ids: Sequence[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(Assignment.reflection_id, Person.full_name)
        .join(Person, Person.id == Assignment.reviewer_id)
        .where(Assignment.reflection_id.in_(ids), Assignment.ended_at.is_(None))
    )
    return dict(rows.all())


def _criteria(ids: Sequence[int]) -> dict[int, list[Criterion]]:
    rows = db.session.execute(
        select(Reflection.id, ModuleVersion, OTHER_RUBRIC)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(ModuleVersion, ModuleVersion.id == Reflection.version_id)
        .outerjoin(RubricChange, in_force(Summons.drive_id, Reflection.version_id))
        .outerjoin(OTHER_RUBRIC, OTHER_RUBRIC.id == RubricChange.rubric_version_id)
        .where(Reflection.id.in_(ids))
    )
    return {id: (other or version).criteria() for id, version, other in rows}


def _lines(criteria: Sequence[Criterion], marks: Sequence[Grade]) -> list[Line]:
    def score(mark: Grade, key: str) -> Decimal | None:
        return Decimal(mark.scores[key]) if key in mark.scores else None

    lines = [Line(one.title, (score(marks[0], one.id), score(marks[1], one.id))) for one in criteria]
    return [*lines, Line("", (marks[0].mark, marks[1].mark))]
