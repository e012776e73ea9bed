"""Claiming an essay, marking it, returning it, releasing results."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, select

from lms import access, audit
from lms.access import Action
from lms.db import db, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.grading import queries, rules
from lms.grading.models import Claim, Grade, Release
from lms.grading.queries import Essay
from lms.grading.rules import Decision
from lms.people.viewer import SignedIn
from lms.reflections import queries as reflections
from lms.reflections import services as reflection_services
from lms.reflections.models import Reflection
from lms.reflections.rules import STEPS, State, Step


def claim(reflection_id: int, *, by: SignedIn, at: datetime) -> None:
    """Tell the other reviewers' queues that this essay is being read. A claim still running is not taken over."""
    values = {"reviewer_id": by.person_id, "until": at + rules.CLAIM}
    with transaction() as session:
        note = upsert(Claim).values(reflection_id=reflection_id, **values)
        session.execute(
            note.on_conflict_do_update(
                index_elements=["reflection_id"],
                set_=values,
                where=(Claim.until <= at) | (Claim.reviewer_id == by.person_id),
            )
        )


def grade(essay: Essay, scores: Mapping[str, Decimal | None], comment: str, *, by: SignedIn, at: datetime) -> Grade:
    """Add a mark for the text that the reviewer has read; the latest mark counts until release."""
    criteria = essay.version.criteria()
    if refusal := rules.refusal_of_scores(criteria, scores):
        raise Refused(refusal)
    given = {criterion.id: scores[criterion.id] or Decimal(0) for criterion in criteria}
    with transaction():
        reflection = _locked(essay, by)
        if refusal := rules.refusal_to_grade(reflection.state, essay.author.id, by.person_id):
            raise Refused(refusal)
        mark = rules.mark_of(criteria, given)
        row = _decide(essay, Decision.MARK, {key: str(score) for key, score in given.items()}, mark, comment, by, at)
        reflection.state = STEPS[reflection.state, Step.GRADE]
        return row


def return_for_rewriting(essay: Essay, reason: str, *, by: SignedIn, at: datetime) -> Grade:
    """Send the text back to its author with the reason; they write on from the same text."""
    with transaction():
        reflection = _locked(essay, by)
        refusal = rules.refusal_to_grade(State.SUBMITTED, essay.author.id, by.person_id)
        if refusal := refusal or rules.refusal_to_return(reflection.state, reason):
            raise Refused(refusal)
        row = _decide(essay, Decision.RETURN, {}, None, reason, by, at)
        reflection.state = STEPS[reflection.state, Step.RETURN]
        return row


def withdraw(viewer: SignedIn, drive_code: str, *, at: datetime) -> None:
    """The author takes a text back that nobody has begun to read, and writes on. Twice is once."""
    with transaction() as session:
        desk = reflections.desk_for(viewer, drive_code)
        if desk.reflection is None:
            raise NotFound()
        reflection = session.get_one(Reflection, desk.reflection.id, with_for_update=True, populate_existing=True)
        if reflection.state is State.DRAFT:
            return
        if refusal := queries.refusal_to_withdraw(desk, at):
            raise Refused(refusal)
        before = {"receipt": reflection.receipt_no, "to": reflection.managing_unit_id}
        reflection_services.take_back(reflection, at=at)
        audit.record("withdraw_reflection", "reflection", reflection.id, by=viewer.person_id, at=at, before=before)


def _locked(essay: Essay, by: SignedIn) -> Reflection:
    """The reflection, held; refused when its text is no longer the one that was read."""
    reflection_id = essay.reflection.id
    if essay.reflection.managing_unit_id is None:
        raise NotFound()
    access.require(by, Action.GRADE, essay.reflection.managing_unit_id)
    reflection = db.session.get_one(Reflection, reflection_id, with_for_update=True, populate_existing=True)
    if reflection.head != essay.revision.number:
        raise Refused("Bài vừa được nộp lại. Đồng chí mở lại để đọc bản mới.")
    return reflection


def _decide(
    essay: Essay,
    decision: Decision,
    scores: dict[str, str],
    mark: Decimal | None,
    comment: str,
    by: SignedIn,
    at: datetime,
) -> Grade:
    row = Grade(
        reflection_id=essay.reflection.id,
        revision_id=essay.revision.id,
        reviewer_id=by.person_id,
        decision=decision,
        scores=scores,
        mark=mark,
        comment=comment.strip(),
        decided_at=at,
    )
    db.session.add(row)
    db.session.execute(delete(Claim).where(Claim.reflection_id == essay.reflection.id))
    db.session.flush()
    facts = {"decision": decision.value, "mark": str(mark) if mark is not None else None, "scores": scores}
    audit.record("grade", "reflection", essay.reflection.id, by=by.person_id, at=at, after=facts)
    return row


def release(reflection_ids: Sequence[int], *, by: SignedIn, at: datetime) -> int:
    """Give authors their results: each latest mark becomes final. Ids the viewer may not release are passed over."""
    mine = {row.id for row in queries.releasable(by)}
    released = 0
    for reflection_id in sorted(mine & set(reflection_ids)):
        with transaction() as session:
            reflection = session.get_one(Reflection, reflection_id, with_for_update=True, populate_existing=True)
            if (reflection.state, Step.RELEASE) not in STEPS:
                continue
            current = session.scalars(
                select(Grade)
                .where(Grade.reflection_id == reflection_id, Grade.decision == Decision.MARK)
                .order_by(Grade.id.desc())
                .limit(1)
            ).one()
            drive = session.scalars(
                select(Drive).join(Summons, Summons.drive_id == Drive.id).where(Summons.id == reflection.summons_id)
            ).one()
            rating = drive.thresholds().rating_of(float(current.mark or 0))
            session.add(
                Release(
                    reflection_id=reflection_id,
                    grade_id=current.id,
                    rating=rating,
                    released_by_id=by.person_id,
                    released_at=at,
                )
            )
            reflection.state = STEPS[reflection.state, Step.RELEASE]
            facts = {"mark": str(current.mark), "rating": rating.value}
            audit.record("release", "reflection", reflection_id, by=by.person_id, at=at, after=facts)
            released += 1
    return released
