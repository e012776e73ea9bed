"""What a learner sees of an attempt that is over."""

from collections.abc import Mapping
from functools import partial

from flask import render_template

from lms import clock, vietnamese
from lms.quizzes import corrections, lateness, marking, queries, results, rules
from lms.quizzes.kinds import KINDS
from lms.quizzes.models import Answer
from lms.quizzes.queries import Sheet


def finished_page(sheet: Sheet, answers: Mapping[str, Answer]) -> str:
    """The result as far as it may be seen; where late answers may still come, only that time is over."""
    attempt, now = sheet.attempt, clock.now()
    if not lateness.result_is_shown(attempt.state(), now):
        hours = lateness.LATE_FOR.total_seconds() // 3600
        return render_template("quizzes/closed.html", sheet=sheet, saved=len(answers), hours=hours)
    given, found = queries.given(answers), queries.finished(attempt)
    held = queries.given_to(attempt.summons_id, vietnamese.day_of(now)).terms(attempt.module_id, sheet.rules)
    allowed = rules.review(sheet.rules, held.closes_at, now)
    standing, former_marks = corrections.told_of(attempt)
    result = marking.mark(found.questions, given, standing)
    missed = {key: mark for key, mark in result.marks.items() if key not in result.pending} if allowed.marks else {}
    is_latest = found.begun == attempt.number
    return render_template(
        "quizzes/result.html",
        sheet=sheet,
        questions=[marking.corrected(question, standing) for question in found.questions],
        given=given,
        review=allowed,
        result=result,
        readings=results.to_read_again(found.questions, missed, found.chapters),
        next=results.what_next(sheet.rules, held, found.begun, attempt.submitted_at, attempt.passed, now)
        if is_latest
        else None,
        standing=standing,
        effect_names=corrections.EFFECT_NAMES,
        former_marks=former_marks,
        kinds=KINDS,
        explained=partial(marking.explained, is_shuffled=attempt.is_shuffled, allowed=allowed),
    )
