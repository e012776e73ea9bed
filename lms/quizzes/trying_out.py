"""Before a quiz: does an answer from this device reach the server, and can it be read back?"""

from datetime import datetime

from flask_babel import gettext as _

from lms.db import db, transaction, upsert
from lms.errors import BadInput
from lms.people.viewer import SignedIn
from lms.quizzes.models import TryOut

OPTIONS = ("5", "6", "7")
"""How many days has a week?"""


def save(viewer: SignedIn, chosen: str, *, at: datetime) -> None:
    """Keep the answer of a person's try-out in place of an earlier one."""
    if chosen not in OPTIONS:
        raise BadInput(_("Đồng chí chọn một trong ba số rồi bấm lưu."))
    with transaction() as session:
        note = upsert(TryOut).values(person_id=viewer.person_id, chosen=chosen, saved_at=at)
        fresh = {"chosen": note.excluded.chosen, "saved_at": note.excluded.saved_at}
        session.execute(note.on_conflict_do_update(index_elements=["person_id"], set_=fresh))


def saved_by(viewer: SignedIn) -> TryOut | None:
    return db.session.get(TryOut, viewer.person_id, populate_existing=True)
