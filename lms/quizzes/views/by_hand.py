"""The pages of those who mark what only a person can."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from lms import access, clock
from lms.access import Action
from lms.errors import Refused
from lms.quizzes import by_hand
from lms.quizzes.by_hand import Paper
from lms.quizzes.kinds import free_text
from lms.quizzes.kinds.paired import given
from lms.quizzes.models import HandMark
from lms.quizzes.views.blueprint import PAGE, bp
from lms.vietnamese import squeeze
from lms.web import current_user, number

LONGEST_NOTE = 1000


@bp.get("/marking")
def marking_queue() -> ResponseReturnValue:
    access.require(current_user, Action.MARK_ANSWERS)
    return render_template("quizzes/marking/queue.html", stacks=by_hand.stacks(current_user))


@bp.get("/marking/<drive>/<int:version_id>/<question>/next")
def next_to_mark(drive: str, version_id: int, question: str) -> ResponseReturnValue:
    """On to the next answer of the same question; back to the list when none waits."""
    access.require(current_user, Action.MARK_ANSWERS)
    after = max(0, request.args.get("after", 0, number))
    attempt_id = by_hand.next_waiting(current_user, drive, version_id, question, after=after)
    if attempt_id is None:
        flash(_("Câu này không còn bài nào chờ chấm."))
        return redirect(url_for("quizzes.marking_queue"))
    return redirect(url_for("quizzes.answer_to_mark", attempt_id=attempt_id, question=question))


@bp.get("/marking/<drive>/<int:version_id>/<question>/marked")
def marked_answers(drive: str, version_id: int, question: str) -> ResponseReturnValue:
    access.require(current_user, Action.MARK_ANSWERS)
    start = max(0, request.args.get("from", 0, number))
    rows = by_hand.marked_of(current_user, drive, version_id, question, after=start, size=PAGE + 1)
    return render_template(
        "quizzes/marking/marked.html",
        key=question,
        rows=rows[:PAGE],
        total=_total,
        start=start,
        size=PAGE,
        more=len(rows) > PAGE,
    )


@bp.get("/marking/answers/<int:attempt_id>/<question>")
def answer_to_mark(attempt_id: int, question: str) -> ResponseReturnValue:
    access.require(current_user, Action.MARK_ANSWERS)
    paper = by_hand.paper_for(current_user, attempt_id, question)
    last = paper.last if paper.is_marked else None
    return _paper_page(paper, given(tuple(last.points)) if last else {}, last.note if last else "", "")


@bp.post("/marking/answers/<int:attempt_id>/<question>")
def mark_answer(attempt_id: int, question: str) -> ResponseReturnValue:
    access.require(current_user, Action.MARK_ANSWERS)
    paper = by_hand.paper_for(current_user, attempt_id, question)
    points = _points(paper, request.form)
    note, reason = squeeze(request.form.get("note", ""))[:LONGEST_NOTE], squeeze(request.form.get("reason", ""))
    seen = max(0, request.form.get("seen", 0, number))
    was_marked = paper.is_marked
    try:
        by_hand.mark(paper, points, note=note, reason=reason, seen=seen, by=current_user, at=clock.now())
    except Refused as refused:
        now = by_hand.paper_for(current_user, attempt_id, question)
        return _paper_page(now, points, note, reason, refused.sentence), 409
    if was_marked:
        flash(_("Đã chấm lại. Điểm trước vẫn đọc được ở trang này."))
        return redirect(url_for("quizzes.answer_to_mark", attempt_id=attempt_id, question=question))
    return redirect(
        url_for(
            "quizzes.next_to_mark",
            drive=paper.drive.code,
            version_id=paper.version.id,
            question=question,
            after=attempt_id,
        )
    )


def _points(paper: Paper, sent: MultiDict[str, str]) -> dict[str, str]:
    ids = [note.id for note in free_text.notes(paper.question)]
    return {id: sent[f"points-{id}"] for id in ids if f"points-{id}" in sent}


def _total(mark: HandMark) -> float:
    """The points that a mark gave in all."""
    return sum(float(value) for value in given(tuple(mark.points)).values())


def _paper_page(paper: Paper, points: Mapping[str, str], note: str, reason: str, refusal: str = "") -> str:
    read, beyond = free_text.within(paper.question, paper.answer.chosen[0])
    return render_template(
        "quizzes/marking/answer.html",
        paper=paper,
        question=paper.question,
        read=read,
        beyond=beyond,
        notes=free_text.notes(paper.question),
        steps=free_text.steps,
        model=free_text.model(paper.question),
        limit=free_text.limit(paper.question),
        points=points,
        note=note,
        reason=reason,
        refusal=refusal,
        given=lambda mark: given(tuple(mark.points)),
        total=_total,
        longest_note=LONGEST_NOTE,
    )
