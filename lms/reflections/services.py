"""Saving, handing in and routing a reflection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import undefer

from lms import audit, vietnamese
from lms.content.models import ModuleVersion
from lms.db import db, fetch, storable, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.people import services as people
from lms.people.viewer import SignedIn
from lms.reflections import dispensations, queries, routing, rules
from lms.reflections.models import HandIn, Reflection, Revision, kept_as
from lms.reflections.rules import Form, Match, State, Step
from lms.uploads import queries as upload_queries
from lms.uploads import services as uploads
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
    with transaction():
        stands = _held(viewer, drive_code)
        clean = {prompt["id"]: clean_text(texts.get(prompt["id"], "")) for prompt in stands.prompts}
        if refusal := rules.refusal_to_save(stands.state, clean):
            raise Refused(refusal)
        if (stands.texts or dict.fromkeys(clean, "")) == clean:
            return Saved(stands.head, stands.saved_at or at, is_aside=False)
        is_aside = based_on != stands.head
        if is_aside and (last := _waiting(stands.id, stands.newest)) is not None and last.texts == clean:
            return Saved(last.number, last.saved_at, is_aside=True)
        return Saved(_add(stands, clean, based_on, at, is_aside=is_aside), at, is_aside)


def merge(
    viewer: SignedIn, drive_code: str, texts: Mapping[str, str], based_on: int, number: int, *, at: datetime
) -> Saved:
    """Save what the author made of two versions; the one that stood aside is then settled, and stays in the history."""
    with transaction() as session:
        saved = save(viewer, drive_code, texts, based_on, at=at)
        if not saved.is_aside:
            stands = _held(viewer, drive_code)
            waiting = update(Revision).where(
                Revision.reflection_id == stands.id, Revision.is_aside, Revision.number <= number
            )
            session.execute(waiting.values(is_aside=False))
        return saved


def _held(viewer: SignedIn, drive_code: str) -> Row[Any]:
    """The viewer's reflection in a drive as every save needs it, made with the first, held until the transaction ends.

    One statement when it exists. The lock is waited for first, so what the row says is what the last save left.
    """
    key = {"person": viewer.person_id, "drive": drive_code}
    row = fetch(HELD, key).first()
    if row is None:
        desk = queries.desk_for(viewer, drive_code)
        _made(desk.summons.id, desk.version_id)
        row = fetch(HELD, key).one()
    return row


def hold(viewer: SignedIn, drive_code: str) -> int:
    """Keep the viewer's text from being handed in until the transaction ends, and return its summons.

    Refused when it is handed in already.
    """
    stands = _held(viewer, drive_code)
    if refusal := rules.refusal_to_save(stands.state, {}):
        raise Refused(refusal)
    return int(stands.summons_id)


HELD = (
    select(
        Reflection.id,
        Reflection.summons_id,
        Reflection.state,
        Reflection.head,
        Reflection.texts,
        Reflection.saved_at,
        Reflection.whole_at,
        Reflection.newest,
        ModuleVersion.prompts,
    )
    .join(Summons, Summons.id == Reflection.summons_id)
    .join(Drive, Drive.id == Summons.drive_id)
    .join(ModuleVersion, ModuleVersion.id == Reflection.version_id)
    .where(Summons.person_id == bindparam("person"), Summons.withdrawn_at.is_(None), Drive.code == bindparam("drive"))
    .with_for_update(of=Reflection)
)
ADD = insert(Revision)
REPLACE = (
    update(Reflection)
    .where(Reflection.id == bindparam("held"))
    .values({name: bindparam(name) for name in ("head", "texts", "saved_at", "whole_at", "newest")})
)
SET_ASIDE = update(Reflection).where(Reflection.id == bindparam("held")).values(newest=bindparam("newest"))


def _add(stands: Row[Any], texts: Mapping[str, str], based_on: int, at: datetime, *, is_aside: bool = False) -> int:
    """Add a revision; unless it stands aside, it becomes the text. What changed is kept against the text before."""
    number = stands.newest + 1
    row = kept_as(texts, number, stands.texts, stands.head, stands.whole_at)
    row |= {"reflection_id": stands.id, "based_on": based_on, "saved_at": at, "is_aside": is_aside}
    fetch(ADD, row)
    if is_aside:
        fetch(SET_ASIDE, {"held": stands.id, "newest": number})
    else:
        head = {"head": number, "texts": dict(texts), "saved_at": at, "whole_at": row["whole_at"], "newest": number}
        fetch(REPLACE, {"held": stands.id, **head})
    return number


def _waiting(reflection_id: int, number: int) -> Revision | None:
    """The newest revision, where it stands aside."""
    return db.session.scalars(
        select(Revision).where(Revision.reflection_id == reflection_id, Revision.number == number, Revision.is_aside)
    ).one_or_none()


def clean_text(text: str) -> str:
    """What was typed, in one form of Unicode and of line ends; not a word is changed."""
    return vietnamese.nfc(storable(text).replace("\r\n", "\n").replace("\r", "\n")).strip()


def _made(summons_id: int, version_id: int) -> None:
    """The reflection of a summons, unless another request has just made it."""
    facts = {"state": State.DRAFT, "form": Form.TYPED, "head": 0, "texts": {}, "whole_at": 0, "newest": 0}
    db.session.execute(
        upsert(Reflection).values(summons_id=summons_id, version_id=version_id, **facts).on_conflict_do_nothing()
    )


def _locked(summons_id: int, version_id: int) -> Reflection:
    """The reflection of a summons with its text, held until the end of the transaction."""
    _made(summons_id, version_id)
    return db.session.scalars(
        select(Reflection)
        .options(undefer(Reflection.texts))
        .where(Reflection.summons_id == summons_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def keep(viewer: SignedIn, drive_code: str, number: int, *, at: datetime) -> None:
    """Make an earlier or set-aside revision the text again; what was the text stays in the history. Twice is once."""
    desk = queries.desk_for(viewer, drive_code)
    if desk.reflection is None:
        return
    texts = queries.revision(desk.reflection, number).texts
    with transaction() as session:
        stands = _held(viewer, drive_code)
        if refusal := rules.refusal_to_save(stands.state, texts):
            raise Refused(refusal)
        waiting = update(Revision).where(Revision.reflection_id == stands.id, Revision.is_aside)
        session.execute(waiting.values(is_aside=False))
        if stands.texts != texts:
            _add(stands, texts, number, at)


@dataclass(frozen=True)
class Entered:
    """A handing in that somebody entered on the author's behalf and somebody else approved, with the paper they had."""

    by_id: int
    approved_by_id: int
    contents: upload_queries.Contents


def hand_in(
    viewer: SignedIn,
    drive_code: str,
    *,
    number: int,
    at: datetime,
    files: str = "",
    entered: Entered | None = None,
) -> Reflection:
    """Freeze revision `number` and the files with this fingerprint (what the author has just checked), and send it all
    to the unit that manages the author.

    Handing in twice gives one receipt.
    """
    desk = queries.desk_for(viewer, drive_code)
    drive, summons = desk.summons.drive, desk.summons
    bundle = uploads.sealed(entered.contents if entered else upload_queries.own_contents(summons.id))
    with transaction() as session:
        reflection = _locked(summons.id, desk.version_id)
        if reflection.state is State.SUBMITTED and number in (reflection.head, 0):
            return reflection
        if number != reflection.head or files != bundle.contents.fingerprint:
            raise Refused("Bài vừa được sửa ở nơi khác. Đồng chí xem lại bản mới nhất rồi nộp.")
        if reasons := bundle.contents.refusals:
            raise Refused(" ".join(reasons))
        form = queries.form_of(bundle.contents)
        if not reflection.head:
            stands = _held(viewer, drive_code)
            number = _add(stands, dict.fromkeys((prompt.id for prompt in desk.prompts), ""), 0, at)
            session.refresh(reflection)
        texts = reflection.texts
        written = rules.parts(desk.prompts, texts)
        deadline = dispensations.deadline_of(replace(desk, reflection=reflection), at)
        if reasons := rules.refusals_to_hand_in(reflection.state, written, drive.opens_at, deadline, at, form):
            raise Refused(" ".join(reasons))
        reflection.is_late = deadline.is_late(at)
        reflection.state = rules.STEPS[reflection.state, Step.HAND_IN]
        reflection.submitted_at = at
        reflection.receipt_no = rules.new_receipt()
        reflection.sha256 = rules.fingerprint(texts, bundle.covered)
        reflection.words = sum(part.words for part in written)
        reflection.commitment = None if entered else rules.COMMITMENT_VERSION
        reflection.form = form
        routing.route(reflection, summons, drive, on=day_of(at))
        session.add(
            HandIn(
                reflection_id=reflection.id,
                receipt_no=reflection.receipt_no,
                revision=number,
                sha256=reflection.sha256,
                words=reflection.words,
                commitment=reflection.commitment,
                form=form,
                entered_by_id=entered.by_id if entered else None,
                approved_by_id=entered.approved_by_id if entered else None,
                at=at,
            )
        )
        session.flush()
        uploads.enclose(bundle, summons.id, reflection.receipt_no)
        facts = {"receipt": reflection.receipt_no, "sha256": reflection.sha256, "to": reflection.managing_unit_id}
        facts |= {"is_late": True} if reflection.is_late else {}
        facts |= {"form": form, "files": len(bundle.covered)} if bundle.covered else {}
        by, author = (entered.approved_by_id, viewer.person_id) if entered else (viewer.person_id, None)
        audit.record("hand_in_reflection", "reflection", reflection.id, by=by, on_behalf_of=author, at=at, after=facts)
        return reflection


def take_back(reflection: Reflection, *, at: datetime) -> None:
    """Make a held reflection a draft again, with the same text; its receipt stays and says when it was taken back.

    Belongs inside the transaction of the step that has seen to it that nobody has begun to read.
    """
    row = update(HandIn).where(HandIn.receipt_no == reflection.receipt_no)
    db.session.execute(row.values(withdrawn_at=at))
    reflection.state = rules.STEPS[reflection.state, Step.WITHDRAW]
    reflection.is_late = False
    reflection.submitted_at = reflection.managing_unit_id = reflection.words = None
    reflection.receipt_no = reflection.sha256 = reflection.commitment = None


@dataclass(frozen=True)
class Verified:
    """What anybody who holds a receipt number learns: that it was given, when, for how many words. No names."""

    receipt_no: str
    at: datetime
    words: int
    sha256: str
    parts: int
    withdrawn_at: datetime | None
    match: Match | None
    """How the text they hold stands to what was handed in; None when they sent none."""
    form: Form = Form.TYPED
    is_same_file: bool | None = None
    """Whether the file they hold lay with it; None when they sent none."""


def verify(typed: str, held: Sequence[str], *, address: str, at: datetime, file: str = "") -> Verified:
    """Say what a receipt is about, and whether a text, or a file with this SHA-256, is what was handed in with it.

    Who tries many numbers or texts from one address waits longer and longer, as at the sign-in.
    """
    key = f"receipt:{address}"
    people.count_try(key, people.FREE_TRIES_OF_ADDRESS, at)
    found = queries.hand_in(rules.receipt_as_printed(typed))
    if found is None:
        raise NotFound(_("Không có biên nhận số này. Đồng chí xem lại từng chữ trên biên nhận rồi nhập lại."))
    keys = [prompt["id"] for prompt in found.reflection.version.prompts]
    match = None
    is_typed = found.form is Form.TYPED
    files = [] if is_typed else upload_queries.covered(upload_queries.enclosures(found.receipt_no))
    if any(text.strip() for text in held):
        clean = [clean_text(text) for text in (*held, *[""] * len(keys))][: len(keys)]
        texts = queries.revision(found.reflection, found.revision).texts
        match = rules.match(clean, [texts.get(name, "") for name in keys], found.sha256, keys, files)
    is_same_file = file in files if file else None
    if match is not Match.OTHER and is_same_file is not False:
        people.take_back_try(key)
    return Verified(
        found.receipt_no,
        found.at,
        found.words,
        found.sha256,
        len(keys),
        found.withdrawn_at,
        match,
        found.form,
        is_same_file,
    )
