"""What waits for release, and giving authors their results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from lms import audit
from lms.access import Action
from lms.db import db, transaction
from lms.drives.models import Drive, Summons
from lms.grading.models import Grade, Release
from lms.grading.queries import routed_to, stands
from lms.grading.rules import Decision
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import STEPS, State, Step
from lms.units.models import Unit


@dataclass(frozen=True)
class Releasable:
    """A graded text that waits for release, with its current mark."""

    id: int
    author: str
    unit: str
    drive: Drive
    grade: Grade
    reviewer: str


def releasable(viewer: SignedIn) -> list[Releasable]:
    """What the viewer may release, by unit and name; the mark shown is the latest one."""
    latest = (
        select(func.max(Grade.id))
        .where(Grade.reflection_id == Reflection.id, Grade.decision == Decision.MARK, stands())
        .correlate(Reflection)
        .scalar_subquery()
    )
    reviewer = select(Person.full_name).where(Person.id == Grade.reviewer_id).correlate(Grade).scalar_subquery()
    rows = db.session.execute(
        select(Reflection.id, Person.full_name, Unit.name, Drive, Grade, reviewer)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Grade, Grade.id == latest)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Reflection.state == State.GRADED, routed_to(viewer, Action.RELEASE))
        .order_by(Unit.sort_key, Person.sort_key)
    )
    return [Releasable(*row) for row in rows]


def release_of(reflection_id: int) -> Release | None:
    return db.session.scalars(
        select(Release)
        .join(Release.grade)
        .options(contains_eager(Release.grade))
        .where(Release.reflection_id == reflection_id)
    ).one_or_none()


def release(reflection_ids: Sequence[int], *, by: SignedIn, at: datetime) -> int:
    """Give authors their results: each latest mark becomes final. Ids the viewer may not release are passed over."""
    mine = {row.id for row in releasable(by)}
    released = 0
    for reflection_id in sorted(mine & set(reflection_ids)):
        with transaction() as session:
            reflection = session.get_one(Reflection, reflection_id, with_for_update=True, populate_existing=True)
            if (reflection.state, Step.RELEASE) not in STEPS:
                continue
            current = session.scalars(
                select(Grade)
                .where(Grade.reflection_id == reflection_id, Grade.decision == Decision.MARK, stands())
                .order_by(Grade.id.desc())
                .limit(1)
            ).one()
            drive = session.scalars(
                select(Drive).join(Summons, Summons.drive_id == Drive.id).where(Summons.id == reflection.summons_id)
            ).one()
            rating = drive.thresholds().rating_of(float(current.mark or 0))
            session.add(
                Release(
                    reflection_id=reflection_id,
                    grade_id=current.id,
                    rating=rating,
                    released_by_id=by.person_id,
                    released_at=at,
                )
            )
            reflection.state = STEPS[reflection.state, Step.RELEASE]
            facts = {"mark": str(current.mark), "rating": rating.value}
            audit.record("release", "reflection", reflection_id, by=by.person_id, at=at, after=facts)
            released += 1
    return released
