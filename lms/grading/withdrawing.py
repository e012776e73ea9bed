"""The author takes a text back that nobody has begun to read."""

from datetime import datetime

from sqlalchemy import select

from lms import audit
from lms.db import db, transaction
from lms.errors import NotFound, Refused
from lms.grading import rules
from lms.grading.models import Claim, Grade
from lms.people.viewer import SignedIn
from lms.reflections import dispensations
from lms.reflections import queries as reflections
from lms.reflections import services as reflection_services
from lms.reflections.models import Reflection
from lms.reflections.queries import Desk
from lms.reflections.rules import State


def refusal_to_withdraw(desk: Desk, at: datetime) -> str | None:
    """Why the author cannot take the text of their desk back; two queries."""
    assert desk.reflection is not None
    read = select(Claim.reflection_id).where(Claim.reflection_id == desk.reflection.id, Claim.until > at)
    decided = select(Grade.reflection_id).where(Grade.reflection_id == desk.reflection.id)
    has_begun = db.session.execute(read.union_all(decided).limit(1)).first() is not None
    due_at, is_allowed = dispensations.deadline_of(desk, at).due_at, desk.summons.drive.may_withdraw
    return rules.refusal_to_withdraw(desk.reflection.state, due_at, at, is_allowed=is_allowed, has_begun=has_begun)


def withdraw(viewer: SignedIn, drive_code: str, *, at: datetime) -> None:
    """The author takes a text back that nobody has begun to read, and writes on. Twice is once."""
    with transaction() as session:
        desk = reflections.desk_for(viewer, drive_code)
        if desk.reflection is None:
            raise NotFound()
        reflection = session.get_one(Reflection, desk.reflection.id, with_for_update=True, populate_existing=True)
        if reflection.state is State.DRAFT:
            return
        if refusal := refusal_to_withdraw(desk, at):
            raise Refused(refusal)
        before = {"receipt": reflection.receipt_no, "to": reflection.managing_unit_id}
        reflection_services.take_back(reflection, at=at)
        audit.record("withdraw_reflection", "reflection", reflection.id, by=viewer.person_id, at=at, before=before)
