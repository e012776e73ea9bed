"""Saving, handing in and routing a reflection."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from lms import audit, vietnamese
from lms.access import ROLES_FOR, Action
from lms.db import db, storable, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.errors import Refused
from lms.people.queries import main_post, nearest_holder_unit
from lms.people.viewer import SignedIn
from lms.reflections import queries, rules
from lms.reflections.models import Reflection, Revision
from lms.reflections.rules import State, Step
from lms.vietnamese import day_of


@dataclass(frozen=True)
class Saved:
    """`number` is the revision that now holds the text; `is_aside` says that a newer text stood there already."""

    number: int
    saved_at: datetime
    is_aside: bool


def save(viewer: SignedIn, drive_code: str, texts: Mapping[str, str], based_on: int, *, at: datetime) -> Saved:
    """Save the author's text as a new revision. Once this returns, the text survives a loss of power.

    A save from a page that had an older revision in front of it overwrites nothing: it is kept aside, and the author
    is shown both. Saving the same text again makes no revision.
    """
    desk = queries.desk_for(viewer, drive_code)
    clean = {prompt.id: clean_text(texts.get(prompt.id, "")) for prompt in desk.prompts}
    with transaction() as session:
        reflection = _locked(desk.summons.id, desk.version_id)
        if refusal := rules.refusal_to_save(reflection.state, clean):
            raise Refused(refusal)
        newest = session.scalar(
            select(func.coalesce(func.max(Revision.number), 0)).where(Revision.reflection_id == reflection.id)
        )
        number = int(newest or 0)
        head = _revision(reflection, reflection.head)
        if (head.texts if head else dict.fromkeys(clean, "")) == clean:
            return Saved(reflection.head, head.saved_at if head else at, is_aside=False)
        is_aside = based_on != reflection.head
        last = _revision(reflection, number)
        if is_aside and last is not None and last.is_aside and last.texts == clean:
            return Saved(last.number, last.saved_at, is_aside=True)
        number += 1
        session.add(
            Revision(
                reflection_id=reflection.id,
                number=number,
                based_on=based_on,
                texts=clean,
                saved_at=at,
                is_aside=is_aside,
            )
        )
        if not is_aside:
            reflection.head = number
    return Saved(number, at, is_aside)


def clean_text(text: str) -> str:
    """What was typed, in one form of Unicode and of line ends; not a word is changed."""
    return vietnamese.nfc(storable(text).replace("\r\n", "\n").replace("\r", "\n")).strip()


def _locked(summons_id: int, version_id: int) -> Reflection:
    """The reflection of a summons, made with the first save, held until the end of the transaction."""
    db.session.execute(
        upsert(Reflection)
        .values(summons_id=summons_id, version_id=version_id, state=State.DRAFT, head=0)
        .on_conflict_do_nothing()
    )
    return db.session.scalars(
        select(Reflection)
        .where(Reflection.summons_id == summons_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _revision(reflection: Reflection, number: int) -> Revision | None:
    return db.session.scalars(
        select(Revision).where(Revision.reflection_id == reflection.id, Revision.number == number)
    ).one_or_none()


def keep(viewer: SignedIn, drive_code: str, number: int, *, at: datetime) -> None:
    """Make an earlier or set-aside revision the text again; what was the text stays in the history. Twice is once."""
    desk = queries.desk_for(viewer, drive_code)
    if desk.reflection is None:
        return
    chosen = queries.revision(desk.reflection, number)
    with transaction() as session:
        reflection = _locked(desk.summons.id, desk.version_id)
        if refusal := rules.refusal_to_save(reflection.state, chosen.texts):
            raise Refused(refusal)
        aside = session.scalars(select(Revision).where(Revision.reflection_id == reflection.id, Revision.is_aside))
        for row in aside:
            row.is_aside = False
        head = _revision(reflection, reflection.head)
        if head is not None and head.texts == chosen.texts:
            return
        newest = session.scalar(select(func.max(Revision.number)).where(Revision.reflection_id == reflection.id))
        reflection.head = int(newest or 0) + 1
        session.add(
            Revision(
                reflection_id=reflection.id,
                number=reflection.head,
                based_on=number,
                texts=chosen.texts,
                saved_at=at,
            )
        )


def hand_in(viewer: SignedIn, drive_code: str, *, number: int, at: datetime) -> Reflection:
    """Freeze revision `number` (the one the author has just checked) and send it to the unit that manages the author.

    Handing in twice gives one receipt.
    """
    desk = queries.desk_for(viewer, drive_code)
    drive, summons = desk.summons.drive, desk.summons
    with transaction() as session:
        reflection = _locked(summons.id, desk.version_id)
        if reflection.state is State.SUBMITTED and reflection.head == number:
            return reflection
        if number != reflection.head:
            raise Refused("Bài vừa được sửa ở nơi khác. Đồng chí xem lại bản mới nhất rồi nộp.")
        head = _revision(reflection, number)
        texts = head.texts if head else {}
        written = rules.parts(desk.prompts, texts)
        due = drive.reflection_due_at
        if reasons := rules.refusals_to_hand_in(reflection.state, written, drive.opens_at, due, at):
            raise Refused(" ".join(reasons))
        reflection.state = rules.STEPS[reflection.state, Step.HAND_IN]
        reflection.submitted_at = at
        reflection.receipt_no = rules.new_receipt()
        reflection.sha256 = rules.fingerprint(texts)
        reflection.words = sum(part.words for part in written)
        reflection.commitment = rules.COMMITMENT_VERSION
        reflection.managing_unit_id = _destination(viewer, summons, drive, at)
        session.flush()
        facts = {"receipt": reflection.receipt_no, "sha256": reflection.sha256, "to": reflection.managing_unit_id}
        audit.record("hand_in_reflection", "reflection", reflection.id, by=viewer.person_id, at=at, after=facts)
        return reflection


def _destination(viewer: SignedIn, summons: Summons, drive: Drive, at: datetime) -> int | None:
    """The unit that manages the author's main post on that day, or the nearest above it that has a reviewer."""
    day = day_of(at)
    post = main_post(viewer.person_id, day)
    start = (post.managing_unit_id or post.unit_id) if post else summons.unit_id
    return nearest_holder_unit(start, ROLES_FOR[Action.GRADE], day, besides=viewer.person_id)
