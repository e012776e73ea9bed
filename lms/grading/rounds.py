"""A text that came back to be rewritten: what was said of it, and whether that was seen to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from lms.db import db, transaction
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.grading.blindness import NOBODY
from lms.grading.masking import Mask, mask_of
from lms.grading.models import Grade, Remark
from lms.grading.queries import Essay, remarks_of, stands
from lms.grading.rules import Decision, place_of
from lms.grading.services import locked
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import State


def remark_to(viewer: SignedIn, remark_id: int) -> Remark:
    """A comment on the viewer's own text that was returned to them and that they have not handed in again."""
    row = db.session.scalars(
        select(Remark)
        .join(Grade, Grade.id == Remark.grade_id)
        .join(Reflection, Reflection.id == Grade.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(
            Remark.id == remark_id,
            Grade.decision == Decision.RETURN,
            stands(),
            Reflection.state == State.RETURNED,
            Summons.person_id == viewer.person_id,
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row


@dataclass(frozen=True)
class Round:
    """A return for rewriting as its author meets it: why, until when, and what was said of which words."""

    reason: str
    rewrite_by: datetime | None
    revision_id: int
    remarks: list[Remark] = field(default_factory=list)
    mask: Mask = NOBODY
    """The reviewer's name, where the author must not learn it."""

    def said(self, remark: Remark) -> str:
        return self.mask.hide(remark.text)

    def places(self, texts: Mapping[str, str]) -> dict[int, int | None]:
        """Where each comment's words stand in these texts now; None where they are gone."""
        return {one.id: place_of(texts.get(one.prompt_id, ""), one.start, one.quote) for one in self.remarks}


def round_of(reflection_id: int) -> Round | None:
    """The last return for rewriting that stands. Two queries; the caller has made sure who may read it."""
    row = db.session.execute(
        select(Grade, Person.full_name, Drive.is_blind)
        .join(Person, Person.id == Grade.reviewer_id)
        .join(Reflection, Reflection.id == Grade.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Grade.reflection_id == reflection_id, Grade.decision == Decision.RETURN, stands())
        .order_by(Grade.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    grade, reviewer, is_blind = row
    mask = mask_of([reviewer]) if is_blind else NOBODY
    remarks = remarks_of([grade.id])
    return Round(mask.hide(grade.comment), grade.rewrite_by, grade.revision_id, remarks, mask)


def drive_of(remark: Remark) -> str:
    """The code of the drive that the commented text belongs to."""
    return db.session.scalars(
        select(Drive.code)
        .join(Summons, Summons.drive_id == Drive.id)
        .join(Reflection, Reflection.summons_id == Summons.id)
        .join(Grade, Grade.reflection_id == Reflection.id)
        .where(Grade.id == remark.grade_id)
    ).one()


def deal_with(remark_id: int, *, by: SignedIn, at: datetime) -> Remark:
    """The author says that they have seen to a comment; saying it again takes it back, until a reviewer agrees."""
    remark = remark_to(by, remark_id)
    with transaction() as session:
        remark = session.get_one(Remark, remark.id, with_for_update=True, populate_existing=True)
        if remark.confirmed_at is not None:
            raise Refused("Người chấm đã xác nhận chỗ này, nên không đổi được nữa.")
        remark.dealt_with_at = None if remark.dealt_with_at else at
        return remark


def confirm(essay: Essay, remark_id: int, *, by: SignedIn, at: datetime) -> None:
    """A reviewer agrees that an earlier comment was dealt with; doing it again takes that back."""
    known = {remark.id for remark in remarks_of([one.id for one in essay.grades])}
    if remark_id not in known:
        raise NotFound()
    with transaction() as session:
        locked(essay, by)
        remark = session.get_one(Remark, remark_id, with_for_update=True, populate_existing=True)
        is_new = remark.confirmed_at is None
        remark.confirmed_at, remark.confirmed_by_id = (at, by.person_id) if is_new else (None, None)
