"""The sample of graded texts that a lead looks at before results go out, and what they found."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import func, select

from lms import access, audit
from lms.access import Action
from lms.db import db, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.grading.allocation import in_reach
from lms.grading.blindness import names_shown
from lms.grading.models import Grade, Moderation
from lms.grading.queries import stands
from lms.grading.rules import COUNTING
from lms.grading.sampling import Marked, Reason, Wanted, sample
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import State

PAGE = 200


@dataclass(frozen=True)
class Row:
    """A text of the sample with its mark, and whoever has looked at that mark since."""

    id: int
    label: str
    mark: Decimal
    reviewer_id: int
    reviewer: str
    reasons: frozenset[Reason]
    seen_by: str | None
    note: str


@dataclass(frozen=True)
class Sample:
    rows: list[Row]
    graded: int
    """Out of how many texts it was drawn."""
    size: int


def sample_of(viewer: SignedIn, drive: Drive, wanted: Wanted) -> Sample:
    """The sample of what is graded and not yet released in the viewer's units. A fixed number of queries."""
    latest = select(func.max(Grade.id)).where(
        Grade.reflection_id == Reflection.id, Grade.decision.in_(COUNTING), stands()
    )
    rows = db.session.execute(
        select(Reflection.id, Grade.mark, Grade.reviewer_id, Person.full_name, Grade.id)
        .select_from(Reflection)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Grade, Grade.id == latest.correlate(Reflection).scalar_subquery())
        .join(Person, Person.id == Grade.reviewer_id)
        .where(Summons.drive_id == drive.id, Reflection.state == State.GRADED, *in_reach(viewer))
    ).all()
    texts = [Marked(id, mark or Decimal(0), reviewer_id) for id, mark, reviewer_id, _name, _grade in rows]
    thresholds = [Decimal(str(one)) for one in (drive.excellent, drive.good, drive.average)]
    chosen = sample(texts, thresholds, wanted)
    shown = sorted((row for row in rows if row[0] in chosen), key=lambda row: row[0])[:PAGE]
    labels, seen = names_shown(viewer, [row[0] for row in shown]), _seen([row[4] for row in shown])
    return Sample(
        [
            Row(id, labels[id], mark or Decimal(0), reviewer_id, name, chosen[id], *seen.get(grade_id, (None, "")))
            for id, mark, reviewer_id, name, grade_id in shown
        ],
        len(rows),
        len(chosen),
    )


def _seen(grade_ids: list[int]) -> dict[int, tuple[str, str]]:
    rows = db.session.execute(
        select(Moderation.grade_id, Person.full_name, Moderation.note)
        .join(Person, Person.id == Moderation.person_id)
        .where(Moderation.grade_id.in_(grade_ids))
        .order_by(Moderation.id)
    )
    return {grade_id: (name, note) for grade_id, name, note in rows}


def moderate(viewer: SignedIn, drive: Drive, reflection_id: int, note: str, *, at: datetime) -> None:
    """Note that the viewer has looked at the mark of a graded text and lets it stand. Never at one's own mark."""
    access.require(viewer, Action.ALLOCATE)
    row = db.session.scalars(
        select(Grade)
        .join(Reflection, Reflection.id == Grade.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(Reflection.id == reflection_id, Summons.drive_id == drive.id, Reflection.state == State.GRADED)
        .where(Grade.decision.in_(COUNTING), stands(), *in_reach(viewer))
        .order_by(Grade.id.desc())
        .limit(1)
    ).first()
    if row is None:
        raise NotFound()
    if row.reviewer_id == viewer.person_id:
        raise Refused(_("Điểm này do chính đồng chí cho. Đồng chí nhờ trưởng ban chấm khác xem lại."))
    words = " ".join(note.split())[:1000]
    with transaction() as session:
        values = {"grade_id": row.id, "person_id": viewer.person_id, "note": words, "at": at}
        added = upsert(Moderation).values(**values).on_conflict_do_nothing().returning(Moderation.id)
        if session.scalar(added) is not None:
            facts = {"grade": row.id, "mark": str(row.mark)}
            audit.record(
                "moderate", "reflection", reflection_id, by=viewer.person_id, at=at, after=facts, reason=words or None
            )
