"""Appeals: the author asks for another look, somebody who has not graded the text answers, and all stays to be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import contains_eager

from lms import access, audit, clock
from lms.access import Action, Role
from lms.db import db, transaction
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.grading import appealing, queries, rules
from lms.grading.appealing import Cause, Outcome
from lms.grading.blindness import NOBODY, is_hidden, label_of
from lms.grading.masking import Mask, mask_of
from lms.grading.models import Appeal, AppealNote, FormerResult, Grade, Release
from lms.grading.queries import Essay, routed_to
from lms.grading.rules import Decision
from lms.notices.services import notify
from lms.people.models import Person, RoleGrant
from lms.people.queries import held_on
from lms.people.viewer import SignedIn
from lms.reflections import queries as reflections
from lms.reflections.models import Reflection
from lms.reflections.queries import Desk
from lms.units.models import UnitClosure, valid_on
from lms.vietnamese import day_of, end_of_day, format_number

PAGE = 50


# --- What is known ----------------------------------------------------------------------------------------------------


def of_reflection(reflection_id: int) -> Appeal | None:
    return db.session.scalars(select(Appeal).where(Appeal.reflection_id == reflection_id)).one_or_none()


def thread(appeal: Appeal) -> list[AppealNote]:
    """What was said, oldest first."""
    chosen = select(AppealNote).join(AppealNote.by).options(contains_eager(AppealNote.by))
    return list(db.session.scalars(chosen.where(AppealNote.appeal_id == appeal.id).order_by(AppealNote.id)))


def mask_for_author(drive: Drive, appeal: Appeal) -> Mask:
    """Who graded, decided or wrote must not be known to the author where the drive is graded without names."""
    if not drive.is_blind:
        return NOBODY
    graded = select(Grade.reviewer_id).where(Grade.reflection_id == appeal.reflection_id)
    wrote = select(AppealNote.by_id).where(AppealNote.appeal_id == appeal.id, ~AppealNote.is_by_author)
    decided = select(Appeal.decided_by_id).where(Appeal.id == appeal.id, Appeal.decided_by_id.is_not(None))
    people = graded.union(wrote, decided)
    return mask_of(db.session.scalars(select(Person.full_name).where(Person.id.in_(people))))


def formers_of(release: Release) -> list[FormerResult]:
    """What the result was before, oldest first."""
    chosen = select(FormerResult).where(FormerResult.release_id == release.id)
    return list(db.session.scalars(chosen.order_by(FormerResult.id)))


def refusal_to_appeal(desk: Desk, release: Release | None, appeal: Appeal | None, at: datetime) -> str | None:
    """Why the author of the desk cannot appeal now. No query."""
    if desk.reflection is None:
        return _("Bài chưa có kết quả nên chưa khiếu nại được.")
    return appealing.refusal_to_appeal(
        desk.reflection.state,
        release.released_at if release else None,
        desk.summons.drive.appeal_days,
        at,
        has_appealed=appeal is not None,
    )


# --- The author -------------------------------------------------------------------------------------------------------


def appeal(viewer: SignedIn, drive_code: str, reason: str, *, at: datetime) -> Appeal:
    """Ask for another look at one's own result. The leads of the unit are told, and the clock runs."""
    if refusal := appealing.refusal_of_words(reason):
        raise Refused(refusal)
    with transaction() as session:
        desk, reflection = _own(viewer, drive_code)
        release = session.scalars(select(Release).where(Release.reflection_id == reflection.id)).one_or_none()
        known = of_reflection(reflection.id)
        if refusal := refusal_to_appeal(desk, release, known, at):
            raise Refused(refusal)
        drive = desk.summons.drive
        row = Appeal(
            reflection_id=reflection.id,
            reason=reason.strip(),
            made_at=at,
            due_at=end_of_day(day_of(at) + timedelta(days=drive.appeal_answer_days)),
        )
        session.add(row)
        session.flush()
        facts = {"due": row.due_at.isoformat()}
        audit.record(
            "appeal", "reflection", row.reflection_id, by=viewer.person_id, at=at, after=facts, reason=row.reason[:500]
        )
        notify(
            _leads(reflection, viewer.person_id),
            kind="appeal_made",
            key=f"appeal:{row.id}",
            text=f"Có khiếu nại về kết quả bài thu hoạch “{drive.title}”, cần trả lời trước hạn.",
            link=f"/grading/appeals/{row.id}",
            at=at,
        )
        return row


def _own(viewer: SignedIn, drive_code: str) -> tuple[Desk, Reflection]:
    """The viewer's desk and its text, held."""
    desk = reflections.desk_for(viewer, drive_code)
    if desk.reflection is None:
        raise NotFound()
    return desk, db.session.get_one(Reflection, desk.reflection.id, with_for_update=True, populate_existing=True)


def _leads(reflection: Reflection, author_id: int) -> list[int]:
    """Who leads the grading of the unit to which the text went and has not graded it."""
    today = clock.today()
    graded = select(Grade.reviewer_id).where(Grade.reflection_id == reflection.id)
    return list(
        db.session.scalars(
            select(RoleGrant.person_id)
            .distinct()
            .join(UnitClosure, and_(UnitClosure.ancestor_id == RoleGrant.unit_id, valid_on(UnitClosure, today)))
            .where(
                UnitClosure.descendant_id == reflection.managing_unit_id,
                RoleGrant.role == Role.GRADING_LEAD,
                RoleGrant.person_id != author_id,
                RoleGrant.person_id.not_in(graded),
                held_on(RoleGrant, today),
            )
        )
    )


def add_own_note(viewer: SignedIn, drive_code: str, text: str, *, at: datetime) -> None:
    """The author says more, while nobody has decided; who has spoken in it is told at most once an hour."""
    if refusal := appealing.refusal_to_note(text):
        raise Refused(refusal)
    with transaction() as session:
        _desk, reflection = _own(viewer, drive_code)
        row = _held(of_reflection(reflection.id))
        _require_open(row)
        own = select(func.count()).where(AppealNote.appeal_id == row.id, AppealNote.is_by_author)
        if refusal := appealing.refusal_to_add(session.scalar(own) or 0):
            raise Refused(refusal)
        session.add(AppealNote(appeal_id=row.id, by_id=viewer.person_id, is_by_author=True, text=text.strip(), at=at))
        session.flush()
        heard = select(AppealNote.by_id).where(AppealNote.appeal_id == row.id, ~AppealNote.is_by_author)
        notify(
            session.scalars(heard).all(),
            kind="appeal_note",
            key=f"appeal-note:{row.id}:{at:%Y-%m-%dT%H}",
            text="Người viết bổ sung ý kiến trong một khiếu nại đồng chí đang xem.",
            link=f"/grading/appeals/{row.id}",
            at=at,
        )


def withdraw(viewer: SignedIn, drive_code: str, *, at: datetime) -> None:
    """The author takes the appeal back; the result stays. Twice is once."""
    with transaction():
        _desk, reflection = _own(viewer, drive_code)
        row = _held(of_reflection(reflection.id))
        if row.outcome is Outcome.WITHDRAWN:
            return
        _require_open(row)
        row.outcome, row.decided_at, row.decided_by_id = Outcome.WITHDRAWN, at, viewer.person_id
        audit.record("withdraw_appeal", "reflection", row.reflection_id, by=viewer.person_id, at=at)


def _held(appeal: Appeal | None) -> Appeal:
    if appeal is None:
        raise NotFound()
    return db.session.get_one(Appeal, appeal.id, with_for_update=True, populate_existing=True)


def _require_open(row: Appeal) -> None:
    if row.decided_at is not None:
        raise Refused(_("Khiếu nại này đã được giải quyết hoặc đã rút, nên không bổ sung được nữa."))


# --- Those who answer -------------------------------------------------------------------------------------------------


def _reachable(viewer: SignedIn, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Appeal)
        .join(Reflection, Reflection.id == Appeal.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .join(Person, Person.id == Summons.person_id)
        .where(routed_to(viewer, Action.GRADE, of_few=True))
    )


def _not_graded_by(viewer: SignedIn) -> ColumnElement[bool]:
    graded = exists().where(Grade.reflection_id == Reflection.id, Grade.reviewer_id == viewer.person_id)
    return ~graded.correlate(Reflection)


@dataclass(frozen=True)
class Row:
    """An appeal as the list shows it."""

    id: int
    author: str
    drive: str
    made_at: datetime
    due_at: datetime
    outcome: Outcome | None
    is_mine: bool
    """The viewer may decide about it: they have not graded the text."""


def rows(viewer: SignedIn, *, is_open: bool, page: int = 1) -> list[Row]:
    """The appeals of the viewer's units, those due first in front; one page, and one row more where there is more."""
    columns = (Appeal.id, Person.full_name, Reflection.id, Drive.title, Appeal.made_at, Appeal.due_at, Appeal.outcome)
    statement = _reachable(viewer, *columns, _not_graded_by(viewer), is_hidden(viewer))
    if is_open:
        statement = statement.where(Appeal.decided_at.is_(None)).order_by(Appeal.due_at, Appeal.id)
    else:
        statement = statement.where(Appeal.decided_at.is_not(None)).order_by(Appeal.decided_at.desc(), Appeal.id)
    found = db.session.execute(statement.offset((page - 1) * PAGE).limit(PAGE + 1))
    return [Row(id, label_of(text) if hidden else name, *rest) for id, name, text, *rest, hidden in found]


def waiting(viewer: SignedIn) -> int:
    """How many appeals wait that the viewer may decide."""
    chosen = _reachable(viewer, func.count()).where(Appeal.decided_at.is_(None), _not_graded_by(viewer))
    return db.session.scalar(chosen) or 0


def next_of(viewer: SignedIn) -> int | None:
    """The appeal that is due first of those that the viewer may decide."""
    chosen = _reachable(viewer, Appeal.id).where(Appeal.decided_at.is_(None), _not_graded_by(viewer))
    return db.session.scalars(chosen.order_by(Appeal.due_at, Appeal.id).limit(1)).first()


def appeal_for(viewer: SignedIn, appeal_id: int) -> tuple[Appeal, Essay]:
    """An appeal about a text of the viewer's units, with the text as they may read it."""
    row = db.session.scalars(_reachable(viewer, Appeal).where(Appeal.id == appeal_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row, queries.essay_for(viewer, row.reflection_id)


def refusal_to_decide(appeal: Appeal, essay: Essay, viewer: SignedIn) -> str | None:
    """Why the viewer cannot decide; one query. Also a mark that was taken back makes one a party."""
    graded_by = set(db.session.scalars(select(Grade.reviewer_id).where(Grade.reflection_id == appeal.reflection_id)))
    is_open = appeal.decided_at is None
    return appealing.refusal_to_decide(essay.author.id, graded_by, viewer.person_id, is_open=is_open)


def add_note(viewer: SignedIn, appeal_id: int, text: str, *, at: datetime) -> None:
    """Somebody of the panel asks or says something; the author is told."""
    if refusal := appealing.refusal_to_note(text):
        raise Refused(refusal)
    with transaction() as session:
        known, essay = appeal_for(viewer, appeal_id)
        row = _held(known)
        _require_open(row)
        session.add(AppealNote(appeal_id=row.id, by_id=viewer.person_id, is_by_author=False, text=text.strip(), at=at))
        notify(
            essay.author.id,
            kind="appeal_note",
            key=f"appeal-note:{row.id}:{at.isoformat()}",
            text=f"Ban chấm có ý kiến về khiếu nại của đồng chí ở “{essay.drive.title}”.",
            link=f"/grading/appeal/{essay.drive.code}",
            at=at,
        )


def decide(
    viewer: SignedIn, appeal_id: int, scores: Mapping[str, Decimal | None] | None, answer: str, *, at: datetime
) -> Outcome:
    """Answer an appeal: keep the result where `scores` is None, else mark anew. Never by who has graded the text.

    The former result stays readable beside the new one, and the author is told.
    """
    if refusal := appealing.refusal_of_words(answer):
        raise Refused(refusal)
    with transaction() as session:
        known, essay = appeal_for(viewer, appeal_id)
        row = _held(known)
        access.require(viewer, Action.GRADE, essay.reflection.managing_unit_id)
        if refusal := refusal_to_decide(row, essay, viewer):
            raise Refused(refusal)
        release = session.scalars(
            select(Release).where(Release.reflection_id == row.reflection_id).with_for_update()
        ).one()
        before = {"mark": str(release.mark), "rating": release.rating.value}
        outcome = Outcome.KEPT
        if scores is not None and _differ(session.get_one(Grade, release.grade_id).scores, scores):
            _mark_anew(essay, release, scores, answer.strip(), viewer, at)
            outcome = Outcome.CHANGED
        row.outcome, row.answer, row.decided_at, row.decided_by_id = outcome, answer.strip(), at, viewer.person_id
        after = {"outcome": outcome.value, "mark": str(release.mark), "rating": release.rating.value}
        audit.record(
            *("decide_appeal", "reflection", row.reflection_id),
            by=viewer.person_id,
            at=at,
            before=before,
            after=after,
            reason=row.answer[:500],
        )
        said = f"kết quả nay là {format_number(release.mark)}" if outcome is Outcome.CHANGED else "kết quả giữ nguyên"
        notify(
            essay.author.id,
            kind="appeal_decided",
            key=f"appeal-decided:{row.id}",
            text=f"Khiếu nại của đồng chí ở “{essay.drive.title}” đã được trả lời: {said}.",
            link=f"/grading/appeal/{essay.drive.code}",
            at=at,
        )
        return outcome


def _differ(before: Mapping[str, str], after: Mapping[str, Decimal | None]) -> bool:
    return {key: Decimal(score) for key, score in before.items()} != dict(after)


def _mark_anew(
    essay: Essay, release: Release, scores: Mapping[str, Decimal | None], answer: str, by: SignedIn, at: datetime
) -> None:
    criteria = essay.criteria
    if refusal := rules.refusal_of_scores(criteria, scores):
        raise Refused(refusal)
    given = {criterion.id: scores[criterion.id] or Decimal(0) for criterion in criteria}
    former = db.session.get_one(Grade, release.grade_id)
    row = Grade(
        reflection_id=essay.reflection.id,
        revision_id=former.revision_id,
        reviewer_id=by.person_id,
        decision=Decision.APPEAL,
        scores={key: str(score) for key, score in given.items()},
        mark=rules.mark_of(criteria, given),
        comment=answer,
        decided_at=at,
    )
    db.session.add(row)
    db.session.flush()
    replace(release, row.id, former.scores, row.mark or Decimal(0), essay.drive, Cause.APPEAL, answer, by, at)


def replace(
    release: Release,
    grade_id: int,
    scores_before: Mapping[str, str],
    mark: Decimal,
    drive: Drive,
    cause: Cause,
    reason: str,
    by: SignedIn,
    at: datetime,
) -> None:
    """Let a released result be another one from now on, and keep what it was."""
    db.session.add(
        FormerResult(
            release_id=release.id,
            grade_id=release.grade_id,
            scores=dict(scores_before),
            mark=release.mark,
            rating=release.rating,
            cause=cause,
            reason=reason,
            replaced_at=at,
            replaced_by_id=by.person_id,
        )
    )
    release.grade_id, release.mark = grade_id, mark
    release.rating = drive.thresholds().rating_of(float(mark))
