"""What happened to an attempt, for appeals."""

from functools import partial

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from lms import clock
from lms.deeds import ACTION_NAMES
from lms.quizzes import by_hand, corrections, marking, queries, remarking, services
from lms.quizzes.kinds import KINDS
from lms.quizzes.timeline import lines
from lms.quizzes.views.blueprint import PAGE, bp
from lms.vietnamese import squeeze
from lms.web import current_user, number


@bp.get("/<drive>/attempts")
def attempts(drive: str) -> ResponseReturnValue:
    found = queries.drive_for_timelines(current_user, drive)
    start, words = max(0, request.args.get("from", 0, number)), squeeze(request.args.get("q", ""))
    rows = queries.attempts_of(found.id, words=words, after=start, size=PAGE + 1)
    return render_template(
        "quizzes/attempts.html",
        drive=found,
        rows=rows[:PAGE],
        words=words,
        start=start,
        size=PAGE,
        more=len(rows) > PAGE,
    )


@bp.get("/<drive>/attempts/<int:attempt_id>")
def timeline(drive: str, attempt_id: int) -> ResponseReturnValue:
    """Everything that happened to one attempt; looking at it is itself noted."""
    found = queries.drive_for_timelines(current_user, drive)
    tried = queries.attempt_of(found.id, attempt_id)
    services.note_look(tried.attempt, by=current_user, at=clock.now())
    keys = tried.attempt.question_keys
    standing, former_marks = corrections.told_of(tried.attempt)
    questions = [marking.corrected(question, standing) for question in queries.questions_of(tried.attempt)]
    given = queries.given(queries.answers_of(attempt_id))
    return render_template(
        "quizzes/timeline.html",
        drive=found,
        tried=tried,
        lines=lines([event.fact(device) for event, device in queries.events_of(attempt_id)], tried.attempt.due_at),
        numbers={key: place for place, key in enumerate(keys, 1)},
        decisions=queries.audit_of(attempt_id),
        decision_names=ACTION_NAMES,
        questions=questions,
        given=given,
        result=marking.mark(questions, given, standing) if tried.attempt.submitted_at else None,
        explained=partial(marking.explained, is_shuffled=tried.attempt.is_shuffled),
        standing=standing,
        effect_names=corrections.EFFECT_NAMES,
        former_marks=former_marks,
        hand_marks=by_hand.marks_by_question(attempt_id),
        in_words=remarking.mark_in_words,
        kinds=KINDS,
        days=current_app.config["ADDRESS_DAYS"],
    )
