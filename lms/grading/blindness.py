"""Grading without names: from whom a text's author is hidden, what is hidden of it, and the way to learn it after all.

Hidden is the author from whoever grades, leads included, until one of these has given a reason; and whoever graded from
the author, for good. Names in the prose are hidden with the rest (`masking.py`).
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from lms import access, audit, clock
from lms.access import Action
from lms.db import db, transaction
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.grading.masking import Mask, mask_of
from lms.grading.models import Grade, Unmasking
from lms.people.models import Account, Person, Post
from lms.people.queries import held_on
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.units.models import Unit, UnitClosure, UnitName, valid_on

NOBODY = Mask()


def label_of(reflection_id: int) -> str:
    """What a text is called as long as its author is hidden."""
    return _("Bài %(n)s", n=reflection_id)


def is_hidden(viewer: SignedIn) -> ColumnElement[bool]:
    """The author of the surrounding query's text, of its drive, is hidden from the viewer."""
    return is_hidden_from(viewer.person_id)


@lru_cache(maxsize=1000)
def is_hidden_from(person_id: int) -> ColumnElement[bool]:
    """Put together once for each viewer."""
    shown = select(Unmasking.id).where(Unmasking.reflection_id == Reflection.id, Unmasking.person_id == person_id)
    return and_(Drive.is_blind, ~shown.correlate(Reflection).exists())


def is_shown_to(viewer: SignedIn, reflection_id: int) -> bool:
    """The viewer has given a reason for learning whose text it is."""
    shown = (Unmasking.reflection_id == reflection_id, Unmasking.person_id == viewer.person_id)
    return db.session.scalars(select(Unmasking.id).where(*shown).limit(1)).first() is not None


def mask_for(author_id: int, unit_id: int, managing_unit_id: int | None) -> Mask:
    """The author's name and codes, the names of their units below the one that grades, and of the people there.

    One query.
    """
    day, above, higher = clock.today(), aliased(UnitClosure), aliased(UnitClosure)
    posts = select(Post.unit_id).where(Post.person_id == author_id, held_on(Post, day))
    own = select(literal(unit_id).label("unit_id")).union(posts).subquery()
    grading = select(higher.ancestor_id).where(higher.descendant_id == managing_unit_id, valid_on(higher, day))
    units = (
        select(above.ancestor_id)
        .where(above.descendant_id.in_(select(own.c.unit_id)), valid_on(above, day))
        .where(or_(above.depth == 0, above.ancestor_id.not_in(grading)))
    )
    colleagues = select(Post.person_id).where(Post.unit_id.in_(select(own.c.unit_id)), held_on(Post, day)).limit(300)
    person = Person.id == author_id
    rows = db.session.execute(
        union_all(
            select(literal("people"), Person.full_name).where(or_(person, Person.id.in_(colleagues))),
            select(literal("words"), Person.code).where(person),
            select(literal("words"), Account.username).where(Account.person_id == author_id),
            select(literal("units"), UnitName.name).where(UnitName.unit_id.in_(units)),
            select(literal("units"), Unit.name).where(Unit.id.in_(units)),
            select(literal("words"), Unit.code).where(Unit.id.in_(units)),
        )
    ).all()
    return mask_of(*([name for kind, name in rows if kind == wanted] for wanted in ("people", "units", "words")))


def mask_of_reviewers(drive: Drive, reflection_id: int) -> Mask:
    """What the author must not read of those who graded the text. One query where the drive is graded without names."""
    if not drive.is_blind:
        return NOBODY
    graded = select(Grade.reviewer_id).where(Grade.reflection_id == reflection_id)
    return mask_of(db.session.scalars(select(Person.full_name).where(Person.id.in_(graded))))


def names_shown(viewer: SignedIn, reflection_ids: Iterable[int]) -> dict[int, str]:
    """What these texts are called for the viewer: by their author, or by a number where that is hidden."""
    rows = db.session.execute(
        select(Reflection.id, Person.full_name, is_hidden(viewer))
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Person, Person.id == Summons.person_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .where(Reflection.id.in_(list(reflection_ids)))
    )
    return {id: label_of(id) if hidden else name for id, name, hidden in rows}


def refusal_to_unmask(reason: str) -> str | None:
    if len(reason.split()) < 3:
        return _("Đồng chí ghi rõ lý do cần biết tên người viết (ít nhất ba từ). Lý do được ghi vào nhật ký.")
    return None


def unmask(reflection_id: int, managing_unit_id: int | None, reason: str, *, by: SignedIn, at: datetime) -> None:
    """Show the person whose text it is, from now on; who and why stays on record. Twice is once."""
    if managing_unit_id is None:
        raise NotFound()
    access.require(by, Action.UNMASK, managing_unit_id)
    if refusal := refusal_to_unmask(reason):
        raise Refused(refusal)
    with transaction() as session:
        session.get_one(Reflection, reflection_id, with_for_update=True)
        if is_shown_to(by, reflection_id):
            return
        reason = " ".join(reason.split())[:500]
        session.add(Unmasking(reflection_id=reflection_id, person_id=by.person_id, reason=reason, at=at))
        audit.record("unmask", "reflection", reflection_id, by=by.person_id, at=at, reason=reason)
