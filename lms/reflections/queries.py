"""Reflections as their author sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import aliased, contains_eager, joinedload, undefer

from lms.content.models import ModuleVersion
from lms.content.rules import Criterion, Prompt
from lms.db import db, one_or_not_found
from lms.drives.models import Drive, Summons
from lms.errors import NotFound
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections.models import HandIn, Reflection, Revision, chain
from lms.reflections.rules import Form, State
from lms.uploads.queries import Contents


@dataclass(frozen=True)
class Desk:
    """All that the writing page needs: summons and drive, the prompts, the reflection and its text where they exist."""

    summons: Summons
    prompts: list[Prompt]
    version_id: int
    reflection: Reflection | None
    revision: Revision | None
    rubric: list[dict[str, Any]]

    def criteria_of(self, prompt: Prompt) -> list[Criterion]:
        """By what the answer to a prompt is marked."""
        return prompt.marked_by([Criterion.from_json(row) for row in self.rubric])

    @property
    def texts(self) -> dict[str, str]:
        return self.reflection.texts if self.reflection else {}


DESK = (
    select(Summons, Reflection, Revision)
    .join(Summons.drive)
    .options(contains_eager(Summons.drive), undefer(Reflection.texts))
    .outerjoin(Reflection, Reflection.summons_id == Summons.id)
    .outerjoin(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.head))
    .where(Summons.person_id == bindparam("person"), Summons.withdrawn_at.is_(None), Drive.code == bindparam("drive"))
    .execution_options(populate_existing=True)
)
PROMPTS = select(ModuleVersion.prompts, ModuleVersion.rubric).where(ModuleVersion.id == bindparam("version"))


def desk_for(viewer: SignedIn, drive_code: str) -> Desk:
    """The viewer's own writing in a drive; not found where the drive asks for no reflection. Two queries at most."""
    row = db.session.execute(DESK, {"person": viewer.person_id, "drive": drive_code}).first()
    if row is None:
        raise NotFound()
    summons, reflection, revision = row
    version_id = reflection.version_id if reflection else summons.drive.reflection_version_id
    if version_id is None:
        raise NotFound()
    prompts, rubric = db.session.execute(PROMPTS, {"version": version_id}).one()
    asked = [Prompt.from_json(prompt) for prompt in prompts]
    return Desk(summons, asked, version_id, reflection, revision, rubric)


def revisions_of(reflection: Reflection) -> list[Revision]:
    """Every state of the text, newest first."""
    return list(
        db.session.scalars(
            select(Revision).where(Revision.reflection_id == reflection.id).order_by(Revision.number.desc())
        )
    )


def revision(reflection: Reflection, number: int) -> Revision:
    """One state with its text: one query, however it is kept."""
    rows = db.session.scalars(chain(reflection.id, number)).all()
    if not rows:
        raise NotFound()
    rows[-1].texts = rows[-1].unpacked(rows)
    return rows[-1]


def handed_in(desk: Desk) -> dict[str, str]:
    """The texts of the last hand-in, also while the author writes on from them."""
    if desk.reflection is None or desk.reflection.state is not State.RETURNED:
        return desk.texts
    number = db.session.scalar(
        select(HandIn.revision).where(HandIn.reflection_id == desk.reflection.id).order_by(HandIn.id.desc()).limit(1)
    )
    return revision(desk.reflection, number).texts if number else desk.texts


def form_of(gathered: Contents) -> Form:
    """How a text is handed in follows from what lies with it: pages make it handwriting, else a document a file."""
    return Form.SCAN if gathered.pages else Form.FILE if gathered.uploads else Form.TYPED


def entered_by(receipt_no: str) -> tuple[str, str] | None:
    """Who entered the text of this receipt on its author's behalf, and who approved that. One query."""
    one, other = aliased(Person), aliased(Person)
    row = db.session.execute(
        select(one.full_name, other.full_name)
        .join(HandIn, HandIn.entered_by_id == one.id)
        .join(other, other.id == HandIn.approved_by_id)
        .where(HandIn.receipt_no == receipt_no)
    ).first()
    return (row[0], row[1]) if row else None


def texts_of(reflection: Reflection, receipt_no: str) -> dict[str, str]:
    """What was handed in with one of the reflection's own receipts; one query."""
    wanted = (HandIn.reflection_id == reflection.id, HandIn.receipt_no == receipt_no)
    number = select(HandIn.revision).where(*wanted).scalar_subquery()
    rows = db.session.scalars(chain(reflection.id, number)).all()
    return rows[-1].unpacked(rows) if rows else {}


def hand_in(receipt_no: str) -> HandIn | None:
    """What a receipt is about, for whoever holds its number."""
    statement = select(HandIn).where(HandIn.receipt_no == receipt_no)
    whole = joinedload(HandIn.reflection).joinedload(Reflection.version)
    return db.session.scalars(statement.options(whole)).one_or_none()


def hand_ins_of(reflection: Reflection) -> Sequence[HandIn]:
    """Every hand-in of a reflection, the newest first."""
    return db.session.scalars(
        select(HandIn).where(HandIn.reflection_id == reflection.id).order_by(HandIn.id.desc())
    ).all()


def own_hand_in(reflection: Reflection, receipt_no: str) -> HandIn:
    """One of them."""
    return one_or_not_found(
        select(HandIn).where(HandIn.reflection_id == reflection.id, HandIn.receipt_no == receipt_no)
    )


def texts_before(reflection: Reflection, number: int) -> dict[str, str]:
    """The texts one revision earlier; none before the first. One query."""
    rows = db.session.scalars(chain(reflection.id, number - 1)).all()
    return rows[-1].unpacked(rows) if rows else {}


def aside(reflection: Reflection) -> Revision | None:
    """The newest text that came from a stale page and waits for its author's decision."""
    return db.session.scalars(
        select(Revision)
        .where(Revision.reflection_id == reflection.id, Revision.is_aside)
        .order_by(Revision.number.desc())
        .limit(1)
    ).first()
