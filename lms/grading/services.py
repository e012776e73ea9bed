"""Claiming an essay, marking it, returning it, taking a decision back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, select, update

from lms import access, audit
from lms.access import ROLES_FOR, Action
from lms.db import db, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.grading import agreement, moving, queries, rules
from lms.grading.models import Claim, Grade, Notes, Phrase, Remark
from lms.grading.queries import Essay
from lms.grading.rules import Decision, Passage
from lms.grading.settings import agreement_of
from lms.notices.services import notify
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection, Revision
from lms.reflections.rules import STEPS, State, Step


def claim(reflection_id: int, *, by: SignedIn, at: datetime, take_over: bool = False) -> Claim:
    """Show that this essay is being read, for ten minutes more. Answers whose it is then.

    A claim still running is taken over only when asked for. It hinders nobody: every decision is kept.
    """
    values = {"reviewer_id": by.person_id, "until": at + rules.CLAIM}
    is_free = (Claim.until <= at) | (Claim.reviewer_id == by.person_id)
    with transaction() as session:
        before = session.get(Claim, reflection_id, populate_existing=True)
        if take_over and before and before.until > at and before.reviewer_id != by.person_id:
            notify(
                before.reviewer_id,
                kind="essay_taken_over",
                key=f"claim:{reflection_id}:{before.until.isoformat()}",
                text=f"{by.full_name} đã nhận một bài đồng chí đang đọc. Những gì đồng chí đã gõ vẫn được giữ.",
                link=f"/grading/{reflection_id}",
                at=at,
            )
        note = upsert(Claim).values(reflection_id=reflection_id, **values)
        where = None if take_over else is_free
        session.execute(note.on_conflict_do_update(index_elements=["reflection_id"], set_=values, where=where))
        moving.touch(reflection_id, by.person_id, at)
        return session.get_one(Claim, reflection_id, populate_existing=True)


def keep_notes(
    reflection_id: int,
    scores: Mapping[str, str],
    comment: str,
    remarks: Sequence[Passage],
    counter: int,
    *,
    by: SignedIn,
    at: datetime,
) -> int:
    """Keep what the reviewer has typed, right or not; a save with a counter that is not higher changes nothing.

    Answers the counter that stands. Once this returns, the typing survives a loss of power.
    """
    values = {
        "scores": dict(scores),
        "comment": comment[:20_000],
        "remarks": [asdict(remark) for remark in remarks[: rules.MOST_REMARKS]],
        "counter": counter,
        "saved_at": at,
    }
    with transaction() as session:
        note = upsert(Notes).values(reflection_id=reflection_id, reviewer_id=by.person_id, **values)
        session.execute(
            note.on_conflict_do_update(
                index_elements=["reviewer_id", "reflection_id"], set_=values, where=Notes.counter < counter
            )
        )
        mine = queries.notes_of(by, reflection_id)
        return mine.counter if mine else counter


def grade(
    essay: Essay,
    scores: Mapping[str, Decimal | None],
    comment: str,
    remarks: Sequence[Passage] = (),
    *,
    by: SignedIn,
    at: datetime,
) -> Grade:
    """Add a mark for the text that the reviewer has read; the latest mark counts until release.

    Whoever else has it open or has marked it hinders nobody: every mark stays and is shown. Where two mark a text
    without knowing of each other, it is graded once their marks, or a third person's, come to one.
    """
    criteria = essay.criteria
    remarks = essay.as_written(remarks)
    refusal = rules.refusal_of_scores(criteria, scores) or rules.refusal_of_remarks(essay.reflection.texts, remarks)
    if refusal:
        raise Refused(refusal)
    given = {criterion.id: scores[criterion.id] or Decimal(0) for criterion in criteria}
    with transaction():
        reflection = locked(essay, by)
        if queries.criteria_held(essay.drive.id, essay.version.id) != criteria:
            raise Refused("Thang chấm vừa đổi. Đồng chí mở lại bài rồi chấm theo thang mới; điểm đã gõ vẫn được giữ.")
        marks = queries.marks_on(queries.grades_of(reflection.id), essay.revision.id)
        refusal = rules.refusal_to_grade(reflection.state, essay.author.id, by.person_id)
        if refusal := refusal or agreement.refusal_to_mark(essay.agreement, marks, by.person_id):
            raise Refused(refusal)
        row = Grade(
            decision=Decision.MARK,
            scores={key: str(score) for key, score in given.items()},
            mark=rules.mark_of(criteria, given),
            comment=comment.strip(),
        )
        _decide(essay, row, remarks, by, at)
        is_settled = not essay.agreement.is_double or _settle(essay, by, at)
        if is_settled:
            reflection.state = STEPS[reflection.state, Step.GRADE]
        moving.finish(reflection.id, by.person_id, at, for_all=is_settled)
        return row


def _settle(essay: Essay, by: SignedIn, at: datetime) -> bool:
    """Add what the marks come to, with all that was said of passages; False while somebody has still to mark."""
    grades = queries.grades_of(essay.reflection.id)
    found = agreement.settle(essay.agreement, queries.marks_on(grades, essay.revision.id))
    if found is None:
        return False
    row = Grade(
        reflection_id=essay.reflection.id,
        revision_id=essay.revision.id,
        reviewer_id=by.person_id,
        decision=Decision.SETTLED,
        scores={key: str(score) for key, score in found.scores.items()},
        mark=found.mark,
        comment=found.comment,
        decided_at=at,
    )
    session = db.session
    session.add(row)
    session.flush()
    marks = [one.id for one in queries.standing(grades) if one.revision_id == row.revision_id]
    for one in queries.remarks_of(marks):
        session.add(Remark(grade_id=row.id, prompt_id=one.prompt_id, start=one.start, quote=one.quote, text=one.text))
    facts = {"decision": row.decision.value, "mark": str(row.mark), "scores": row.scores}
    audit.record("grade", "reflection", row.reflection_id, by=by.person_id, at=at, after=facts)
    return True


def return_for_rewriting(
    essay: Essay,
    reason: str,
    remarks: Sequence[Passage] = (),
    *,
    rewrite_by: datetime | None = None,
    by: SignedIn,
    at: datetime,
) -> Grade:
    """Send the text back to its author with the reason and a day; they write on from the same text."""
    remarks = essay.as_written(remarks)
    if refusal := rules.refusal_of_remarks(essay.reflection.texts, remarks):
        raise Refused(refusal)
    with transaction():
        reflection = locked(essay, by)
        refusal = rules.refusal_to_grade(State.SUBMITTED, essay.author.id, by.person_id)
        returns = sum(one.decision is Decision.RETURN for one in queries.standing(queries.grades_of(reflection.id)))
        most = essay.drive.most_returns
        if refusal := refusal or rules.refusal_to_return(reflection.state, reason, returns, most, rewrite_by, at):
            raise Refused(refusal)
        row = Grade(decision=Decision.RETURN, scores={}, comment=reason.strip(), rewrite_by=rewrite_by)
        _decide(essay, row, remarks, by, at)
        reflection.state, reflection.rewrite_by = STEPS[reflection.state, Step.RETURN], rewrite_by
        notify(
            essay.author.id,
            kind="reflection_returned",
            key=f"grade:{row.id}",
            text=f"Bài thu hoạch “{essay.drive.title}” được trả lại để viết thêm. Đồng chí xem lý do và viết tiếp.",
            link=f"/reflections/{essay.drive.code}/",
            at=at,
        )
        return row


def take_back(grade_id: int, *, by: SignedIn, at: datetime) -> Grade:
    """Take one's own latest decision back: a row is added, and what was typed is on the desk again."""
    undone = queries.decision_of(by, grade_id)
    with transaction() as session:
        reflection = session.get_one(Reflection, undone.reflection_id, with_for_update=True, populate_existing=True)
        if reflection.managing_unit_id is None:
            raise NotFound()
        access.require(by, Action.GRADE, reflection.managing_unit_id)
        grades = queries.grades_of(reflection.id)
        standing, wanted = queries.standing(grades), _agreement_of(reflection)
        read = session.get_one(Revision, undone.revision_id)
        refusal = rules.refusal_to_take_back(
            reflection.state,
            undone.reviewer_id == by.person_id,
            bool(standing) and standing[-1].id == undone.id,
            read.number == reflection.head,
        )
        if undone.decision is Decision.MARK:
            marks = queries.marks_on(grades, undone.revision_id)
            refusal = refusal or agreement.refusal_to_take_back(wanted, marks)
        if refusal:
            raise Refused(refusal)
        row = Grade(
            reflection_id=reflection.id,
            revision_id=undone.revision_id,
            reviewer_id=by.person_id,
            decision=Decision.TAKEN_BACK,
            scores={},
            comment="",
            decided_at=at,
            takes_back_id=undone.id,
        )
        session.add(row)
        session.flush()
        left = [one.decision for one in standing[:-1] if one.revision_id == undone.revision_id]
        reflection.state = STEPS[reflection.state, Step.TAKE_BACK]
        if rules.state_after(left, is_double=wanted.is_double) is State.GRADED:
            reflection.state = STEPS[reflection.state, Step.GRADE]
        if undone.decision is Decision.RETURN:
            earlier = [one.rewrite_by for one in standing[:-1] if one.decision is Decision.RETURN]
            reflection.rewrite_by = earlier[-1] if earlier else None
        _bring_back(undone, at)
        if reflection.state is State.SUBMITTED:
            moving.resume(reflection.id, by.person_id, at)
        facts = {"decision": undone.decision.value, "mark": str(undone.mark) if undone.mark is not None else None}
        audit.record("take_back_grade", "reflection", reflection.id, by=by.person_id, at=at, before=facts)
        return row


def _agreement_of(reflection: Reflection) -> agreement.Agreement:
    drive = select(Drive).join(Summons, Summons.drive_id == Drive.id).where(Summons.id == reflection.summons_id)
    return agreement_of(db.session.scalars(drive).one())


def _bring_back(undone: Grade, at: datetime) -> None:
    """What the decision said is on its reviewer's desk again, unless they have typed since."""
    remarks = [
        {"prompt_id": one.prompt_id, "start": one.start, "quote": one.quote, "text": one.text}
        for one in queries.remarks_of([undone.id])
    ]
    note = upsert(Notes).values(
        reflection_id=undone.reflection_id,
        reviewer_id=undone.reviewer_id,
        scores=undone.scores,
        comment=undone.comment,
        remarks=remarks,
        counter=0,
        saved_at=at,
    )
    db.session.execute(note.on_conflict_do_nothing())


def add_phrase(text: str, *, by: SignedIn, at: datetime) -> None:
    """Keep a comment for the reviewers of one's unit and those under it; the same words twice are one."""
    access.require(by, Action.GRADE)
    words = text.strip()
    if not words or len(words) > rules.LONGEST_REMARK:
        raise Refused("Câu nhận xét mẫu cần có nội dung, nhiều nhất 2.000 ký tự.")
    unit_id = by.unit_ids(ROLES_FOR[Action.GRADE])[0]
    with transaction() as session:
        note = upsert(Phrase).values(unit_id=unit_id, text=words, uses=0, made_by_id=by.person_id, made_at=at)
        session.execute(note.on_conflict_do_nothing())


def locked(essay: Essay, by: SignedIn) -> Reflection:
    """The reflection, held; refused when its text is no longer the one that was read."""
    reflection_id = essay.reflection.id
    if essay.reflection.managing_unit_id is None:
        raise NotFound()
    access.require(by, Action.GRADE, essay.reflection.managing_unit_id)
    reflection = db.session.get_one(Reflection, reflection_id, with_for_update=True, populate_existing=True)
    if reflection.head != essay.revision.number:
        raise Refused("Bài vừa được nộp lại. Đồng chí mở lại để đọc bản mới.")
    return reflection


def _decide(essay: Essay, row: Grade, remarks: Sequence[Passage], by: SignedIn, at: datetime) -> None:
    """Add the decision with its comments; what was typed for it is now in it, and the essay is no longer held."""
    row.reflection_id, row.revision_id = essay.reflection.id, essay.revision.id
    row.reviewer_id, row.decided_at = by.person_id, at
    session = db.session
    session.add(row)
    session.flush()
    for remark in remarks:
        text = remark.text.strip()
        place = rules.place_of(essay.reflection.texts[remark.prompt_id], remark.start, remark.quote)
        session.add(
            Remark(grade_id=row.id, prompt_id=remark.prompt_id, start=place or 0, quote=remark.quote, text=text)
        )
    said = {remark.text.strip() for remark in remarks} | {line.strip() for line in row.comment.splitlines()}
    used = queries.phrases_for(by)
    ids = [phrase.id for phrase in used if phrase.text in said]
    if ids:
        session.execute(update(Phrase).where(Phrase.id.in_(ids)).values(uses=Phrase.uses + 1))
    mine = (Claim.reflection_id == row.reflection_id) & (Claim.reviewer_id == by.person_id)
    session.execute(delete(Claim).where(mine))
    session.execute(delete(Notes).where(Notes.reflection_id == row.reflection_id, Notes.reviewer_id == by.person_id))
    mark = str(row.mark) if row.mark is not None else None
    facts = {"decision": row.decision.value, "mark": mark, "scores": row.scores}
    audit.record("grade", "reflection", row.reflection_id, by=by.person_id, at=at, after=facts)
