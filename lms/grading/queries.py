"""The texts that a reviewer may read, and what was decided and typed about them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, contains_eager, undefer

from lms import clock
from lms.access import ROLES_FOR, Action
from lms.content.models import ModuleVersion
from lms.content.rules import Criterion
from lms.db import db
from lms.drives.models import Drive, Summons
from lms.errors import NotFound
from lms.grading import rules
from lms.grading.agreement import Agreement, Given, sees_others
from lms.grading.blindness import NOBODY, is_hidden, label_of, mask_for
from lms.grading.masking import Mask
from lms.grading.models import Claim, Grade, Notes, Phrase, Remark, RubricChange
from lms.grading.rules import COUNTING, Decision, Passage
from lms.grading.settings import agreement_of
from lms.people.models import Person
from lms.people.queries import is_direct
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection, Revision
from lms.reflections.rules import State
from lms.units import queries as units
from lms.units.models import Unit, UnitClosure, valid_on


def routed_to(
    viewer: SignedIn, action: Action, *, of_few: bool = False, is_within: bool = False
) -> ColumnElement[bool]:
    """The reflections that went to a unit in which the viewer may do this, never the viewer's own.

    Where the drive forbids it, those of the viewer's direct superiors and subordinates are left out, too. `of_few`
    is asked where other conditions leave few of them, `is_within` where the query asks for such units already.
    """
    may = _may_decide(viewer.person_id, clock.today())
    if is_within:
        return may
    roots, within = viewer.unit_ids(ROLES_FOR[action]), units.each_within if of_few else units.within
    return and_(within(Reflection.managing_unit_id, roots, clock.today()), may)


@lru_cache(maxsize=1000)
def _may_decide(person_id: int, day: date) -> ColumnElement[bool]:
    """Put together once for each viewer and day: that takes longer than asking it."""
    drive = aliased(Drive)
    clash = exists().where(
        drive.id == Summons.drive_id, drive.forbids_direct, is_direct(Summons.person_id, person_id, day)
    )
    return and_(Summons.person_id != person_id, ~clash)


@cache
def stands() -> ColumnElement[bool]:
    """The decision of the surrounding query was not taken back."""
    later = aliased(Grade)
    return ~exists().where(later.takes_back_id == Grade.id).correlate(Grade)


def marks_now(*which: ColumnElement[bool]) -> Select[Any]:
    """Who marked the text of the surrounding query as it now is."""
    return (
        select(Grade.reviewer_id)
        .join(Revision, Revision.id == Grade.revision_id)
        .where(Grade.reflection_id == Reflection.id, Revision.number == Reflection.head)
        .where(Grade.decision == Decision.MARK, stands(), *which)
        .correlate(Reflection)
    )


def standing(grades: Sequence[Grade]) -> list[Grade]:
    """The decisions that nobody has taken back, oldest first."""
    gone = {grade.takes_back_id for grade in grades}
    return [grade for grade in grades if grade.decision is not Decision.TAKEN_BACK and grade.id not in gone]


@dataclass(frozen=True)
class Author:
    """Whose text it is; by a number instead of the name where that is hidden."""

    id: int
    full_name: str


@dataclass(frozen=True)
class Place:
    """The unit under which the author was summoned; without a name where that is hidden."""

    id: int
    name: str


@dataclass(frozen=True)
class Essay:
    """A handed-in text with all that its grading page shows, as the one who asks may read it."""

    reflection: Reflection
    revision: Revision
    version: ModuleVersion
    drive: Drive
    author: Author
    unit: Place
    grades: list[Grade]
    """Those that the viewer may know of."""
    mask: Mask = NOBODY
    other_rubric: ModuleVersion | None = None
    """The version whose rubric took the place of the text's own."""

    @cached_property
    def criteria(self) -> list[Criterion]:
        """The rubric that applies."""
        return (self.other_rubric or self.version).criteria()

    @property
    def agreement(self) -> Agreement:
        return agreement_of(self.drive)

    @property
    def is_masked(self) -> bool:
        return self.mask is not NOBODY

    @cached_property
    def texts(self) -> dict[str, str]:
        """The text by prompts, hidden names blotted out."""
        return {key: self.mask.hide(text) for key, text in self.reflection.texts.items()}

    def place(self, prompt_id: str, start: int, quote: str) -> tuple[int | None, str]:
        """Where words of a comment stand, whether noted as written or as shown, and how they are shown."""
        texts = self.reflection.texts.get(prompt_id, ""), self.texts.get(prompt_id, "")
        found = rules.place_of(texts[0], start, quote)
        found = rules.place_of(texts[1], start, quote) if found is None else found
        return found, self.mask.hide(quote) if found is None else texts[1][found : found + len(quote)]

    def as_shown(self, remarks: Sequence[Passage]) -> list[Passage]:
        """Comments on words of the text, with these words as they may be read."""
        return [replace(one, quote=self.place(one.prompt_id, one.start, one.quote)[1]) for one in remarks]

    def as_written(self, remarks: Sequence[Passage]) -> list[Passage]:
        """Comments made on what was shown, with the author's own words in them."""
        if not self.is_masked:
            return list(remarks)
        written = []
        for one in remarks:
            found, _shown = self.place(one.prompt_id, one.start, one.quote)
            text = self.reflection.texts.get(one.prompt_id, "")
            quote = one.quote if found is None else text[found : found + len(one.quote)]
            written.append(replace(one, start=one.start if found is None else found, quote=quote))
        return written

    @property
    def current(self) -> Grade | None:
        """The latest mark on this text; a rewritten text starts anew."""
        return next(
            (
                grade
                for grade in reversed(standing(self.grades))
                if grade.revision_id == self.revision.id and grade.decision in COUNTING
            ),
            None,
        )


OTHER_RUBRIC = aliased(ModuleVersion)


def in_force(drive_id: InstrumentedAttribute[int], version_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """The change of the rubric that applies to texts of this drive begun on this version, if there is one."""
    return and_(
        RubricChange.drive_id == drive_id, RubricChange.version_id == version_id, RubricChange.undone_at.is_(None)
    )


def rubric_of(drive_id: int, version_id: int) -> ModuleVersion:
    """The version whose rubric applies to texts of the drive that were begun on this one. One query."""
    changed = select(RubricChange.rubric_version_id).where(
        RubricChange.drive_id == drive_id, RubricChange.version_id == version_id, RubricChange.undone_at.is_(None)
    )
    id = func.coalesce(changed.scalar_subquery(), version_id)
    return db.session.scalars(select(ModuleVersion).where(ModuleVersion.id == id)).one()


def criteria_held(drive_id: int, version_id: int) -> list[Criterion]:
    """The rubric that applies; no other can take its place until this transaction has ended. Two queries."""
    db.session.execute(select(Drive.id).where(Drive.id == drive_id).with_for_update(read=True))
    return rubric_of(drive_id, version_id).criteria()


def essay_for(viewer: SignedIn, reflection_id: int, action: Action = Action.GRADE) -> Essay:
    """A text that went to the viewer's units; drafts, other units' texts and one's own are not found.

    It is read without names where the drive says so, by whoever grades and by whoever releases.
    """
    row = db.session.execute(
        select(
            Reflection,
            Revision,
            ModuleVersion,
            Drive,
            Person.full_name,
            Summons.person_id,
            Unit.name,
            Unit.id,
            is_hidden(viewer),
            OTHER_RUBRIC,
        )
        .options(undefer(Reflection.texts))
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Revision, and_(Revision.reflection_id == Reflection.id, Revision.number == Reflection.head))
        .join(ModuleVersion, ModuleVersion.id == Reflection.version_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .join(Person, Person.id == Summons.person_id)
        .join(Unit, Unit.id == Summons.unit_id)
        .outerjoin(RubricChange, in_force(Summons.drive_id, Reflection.version_id))
        .outerjoin(OTHER_RUBRIC, OTHER_RUBRIC.id == RubricChange.rubric_version_id)
        .where(
            Reflection.id == reflection_id,
            Reflection.state.in_([State.SUBMITTED, State.GRADED, State.RELEASED]),
            routed_to(viewer, action, of_few=True),
        )
    ).first()
    if row is None:
        raise NotFound()
    reflection, revision, version, drive, name, author_id, unit, unit_id, hidden, other = row
    author, place, mask = Author(author_id, name), Place(unit_id, unit), NOBODY
    if hidden:
        author, place = Author(author_id, label_of(reflection_id)), Place(unit_id, "")
        mask = mask_for(author_id, unit_id, reflection.managing_unit_id)
    grades = grades_of(reflection_id)
    if action is Action.GRADE:
        grades = seen_by(viewer.person_id, drive, revision.id, grades)
    return Essay(reflection, revision, version, drive, author, place, grades, mask, other)


def marks_on(grades: Sequence[Grade], revision_id: int) -> list[Given]:
    """The marks of different people on a text as it now is, by when each first marked it; of each the latest."""
    marks: dict[int, Given] = {}
    for one in standing(grades):
        if one.revision_id == revision_id and one.decision is Decision.MARK:
            scores = {key: Decimal(score) for key, score in one.scores.items()}
            marks[one.reviewer_id] = Given(one.reviewer_id, one.mark or Decimal(0), scores, one.comment)
    return list(marks.values())


def seen_by(person_id: int, drive: Drive, revision_id: int, grades: list[Grade]) -> list[Grade]:
    """The decisions that cannot sway this reviewer's own mark: all, once it is in with the other; else their own."""
    if sees_others(agreement_of(drive), marks_on(grades, revision_id), person_id):
        return grades
    return [
        one
        for one in grades
        if one.reviewer_id == person_id or one.revision_id != revision_id or one.decision is Decision.RETURN
    ]


def grades_of(reflection_id: int) -> list[Grade]:
    return list(
        db.session.scalars(
            select(Grade)
            .join(Grade.reviewer)
            .options(contains_eager(Grade.reviewer))
            .where(Grade.reflection_id == reflection_id)
            .order_by(Grade.id)
        )
    )


def state_of(viewer: SignedIn, reflection_id: int) -> tuple[State, bool]:
    """The state of a text that the viewer may or did work on, and whether it is still theirs to grade.

    Theirs is what goes to their units; what they have typed about stays known to them.
    """
    routed = select(Reflection.id).join(Summons, Summons.id == Reflection.summons_id)
    is_routed = routed.where(Reflection.id == reflection_id, routed_to(viewer, Action.GRADE, of_few=True)).exists()
    has_typed = exists().where(Notes.reflection_id == reflection_id, Notes.reviewer_id == viewer.person_id)
    row = db.session.execute(
        select(Reflection.state, is_routed).where(Reflection.id == reflection_id, or_(is_routed, has_typed))
    ).first()
    if row is None:
        raise NotFound()
    return row[0], bool(row[1])


def notes_of(viewer: SignedIn, reflection_id: int) -> Notes | None:
    """What the viewer has typed about a text."""
    return db.session.scalars(
        select(Notes)
        .where(Notes.reflection_id == reflection_id, Notes.reviewer_id == viewer.person_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def holder_of(viewer: SignedIn, reflection_id: int) -> tuple[str, datetime] | None:
    """Who else has the essay open now, and until when."""
    row = db.session.execute(
        select(Person.full_name, Claim.until)
        .join(Claim, Claim.reviewer_id == Person.id)
        .where(Claim.reflection_id == reflection_id, Claim.until > clock.now(), Claim.reviewer_id != viewer.person_id)
    ).first()
    return (row[0], row[1]) if row else None


def decision_of(viewer: SignedIn, grade_id: int) -> Grade:
    """A decision of the viewer's own; what several marks came to is nobody's own, nor is the answer to an appeal."""
    own = (Grade.reviewer_id == viewer.person_id, Grade.decision.in_([Decision.MARK, Decision.RETURN]))
    row = db.session.scalars(select(Grade).where(Grade.id == grade_id, *own)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def remarks_of(grade_ids: Sequence[int]) -> list[Remark]:
    """The comments on passages of these decisions, in the order of the text."""
    if not grade_ids:
        return []
    chosen = select(Remark).where(Remark.grade_id.in_(grade_ids))
    return list(db.session.scalars(chosen.order_by(Remark.prompt_id, Remark.start, Remark.id)))


def text_of(revision_id: int) -> dict[str, str]:
    """The text that a decision was about."""
    return db.session.get_one(Revision, revision_id).texts


def phrases_for(viewer: SignedIn) -> list[Phrase]:
    """The bank of the viewer's units and of those above and below them, what is used most first."""
    roots, today = viewer.unit_ids(ROLES_FOR[Action.GRADE]), clock.today()
    above = select(UnitClosure.ancestor_id).where(UnitClosure.descendant_id.in_(roots), valid_on(UnitClosure, today))
    mine = or_(Phrase.unit_id.in_(above), units.each_within(Phrase.unit_id, roots, today))
    return list(db.session.scalars(select(Phrase).where(mine).order_by(Phrase.uses.desc(), Phrase.id).limit(200)))
