"""The learner's pages: the quiz's start, its questions, and the result."""

from datetime import timedelta
from functools import partial
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock, vietnamese
from lms.content import queries as content
from lms.drives import queries as drives
from lms.drives.rules import refusal_to_study
from lms.errors import BadInput, wants_json
from lms.quizzes import (
    assembling,
    corrections,
    flags,
    lateness,
    marking,
    overview,
    practising,
    queries,
    rules,
    services,
    ticks,
)
from lms.quizzes.at_once import checked_of
from lms.quizzes.kinds import KINDS
from lms.quizzes.lateness import Claim
from lms.quizzes.views import sent
from lms.quizzes.views.blueprint import bp
from lms.quizzes.views.finished import finished_page
from lms.web import current_user, number


@bp.get("/<drive>/<slug>/")
def quiz(drive: str, slug: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    (plan, everybodys), attempts = queries.rules_at(place), queries.attempts_at(place)
    now, finished = clock.now(), [one for one in attempts if one.submitted_at is not None]
    open_one = next((attempt for attempt in attempts if attempt.submitted_at is None), None)
    held = queries.terms_at(place, everybodys, vietnamese.day_of(now))
    waits = rules.waits_until(everybodys.wait_minutes, attempts[-1].submitted_at if attempts else None)
    refusal = refusal_to_study(place.opens_at, max(place.closes_at, held.closes_at), now)
    refusal = refusal or rules.refusal_to_start(held, len(attempts), has_open=False)
    tries = [
        rules.Try(one.number, one.percent, one.passed) for one in finished if lateness.result_is_shown(one.state(), now)
    ]
    return render_template(
        "quizzes/quiz.html",
        place=place,
        plan=plan,
        rules=everybodys,
        counts=rules.COUNTS_NAMES[everybodys.counts],
        shown=rules.shown_in_words(everybodys),
        wait=rules.span(everybodys.wait_minutes) if everybodys.wait_minutes else "",
        held=held,
        sentence=rules.sentence(held, len(attempts)),
        attempts=attempts,
        outcome=rules.outcome(everybodys.counts, everybodys.pass_percent, tries),
        review=rules.review(everybodys, held.closes_at, now),
        open_one=open_one,
        is_shown=lateness.result_is_shown,
        now=now,
        missing=assembling.assemble(plan, content.bank(place.version_id, vietnamese.day_of(now)), 0).missing,
        refusal=refusal or rules.refusal_to_wait(everybodys, held.closes_at, waits, now),
        may_practise=practising.refusal(
            everybodys, held, [one.state() for one in attempts], any(one.passed for one in attempts), now
        )
        is None,
    )


@bp.post("/<drive>/<slug>/start")
def start(drive: str, slug: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    attempt = services.start_attempt(place, at=clock.now(), origin=sent.origin())
    return redirect(url_for("quizzes.attempt", attempt_id=attempt.id))


@bp.get("/attempts/<int:attempt_id>")
def attempt(attempt_id: int) -> ResponseReturnValue:
    sheet = queries.sheet_for(current_user, attempt_id)
    answers = queries.answers_of(attempt_id)
    if sheet.attempt.submitted_at is not None:
        return finished_page(sheet, answers)
    questions = queries.questions_of(sheet.attempt)
    given, checked, at_once = queries.given(answers), checked_of(answers), rules.review_at_once(sheet.rules)
    rows = overview.standings(sheet.attempt.question_keys, given, flags.flagged_in(attempt_id), checked)
    standing = corrections.told_of(sheet.attempt)[0] if checked else {}
    questions = [marking.corrected(question, standing) for question in questions]
    return render_template(
        "quizzes/attempt.html",
        sheet=sheet,
        one_a_page=sheet.rules.one_a_page,
        sections=overview.parts(sheet.attempt.sections, list(zip(rows, questions, strict=True))),
        current=overview.place_in(request.args.get("q", None, number), len(rows)),
        rows=rows,
        answers=answers,
        at_once=at_once,
        result=marking.mark(questions, given, standing) if checked else None,
        explained=partial(marking.explained, is_shuffled=sheet.attempt.is_shuffled, allowed=at_once),
        counter=sent.fresh_counter(),
        tick=ticks.tick(attempt_id, current_user.person_id, clock.now()),
        kinds=KINDS,
        shuffled=partial(assembling.shuffled, is_shuffled=sheet.attempt.is_shuffled),
        seconds_left=max(0, int((sheet.attempt.due_at - clock.now()).total_seconds())),
    )


@bp.post("/attempts/<int:attempt_id>/answers")
def save(attempt_id: int) -> ResponseReturnValue:
    """One answer from a script (JSON), or the whole form without one."""
    if not wants_json():
        if sent.save_form(attempt_id) and "to" not in request.form:
            flash(_("Đã lưu các câu trả lời."))
        return redirect(sent.onward(attempt_id))
    if (request.content_length or 0) > LARGEST_ANSWER:
        raise BadInput(_("Câu trả lời dài quá mức cho phép. Đồng chí rút ngắn rồi gửi lại."))
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput()
    question, chosen, counter = body.get("question"), body.get("chosen"), body.get("counter")
    if not (
        isinstance(question, str)
        and type(counter) is int
        and sent.is_count(counter)
        and isinstance(chosen, list)
        and all(isinstance(id, str) for id in chosen)
    ):
        raise BadInput()
    now = clock.now()
    saved = services.save_answer(
        current_user, attempt_id, question, chosen, counter, at=now, claim=_claim(body), origin=sent.origin()
    )
    return jsonify(
        {
            "chosen": saved.chosen,
            "counter": saved.counter,
            "is_newest": saved.is_newest,
            "is_checked": saved.is_checked,
            "saved_at": vietnamese.format_time(saved.saved_at),
            "tick": ticks.tick(attempt_id, current_user.person_id, now),
        }
    )


LARGEST_ANSWER = 100_000
"""Bytes of one answer with all that goes with it."""
LONGEST_ELAPSED = 2**40
"""Milliseconds; more than any page was ever open."""


def _claim(body: dict[str, Any]) -> Claim | None:
    """When the answer says it was written; None when it says nothing, as from an old page."""
    tick, elapsed = body.get("tick"), body.get("elapsed")
    if tick is None and elapsed is None:
        return None
    if not isinstance(tick, str) or type(elapsed) is not int or abs(elapsed) > LONGEST_ELAPSED:
        raise BadInput()
    return Claim(ticks.read(tick), timedelta(milliseconds=elapsed))


@bp.get("/attempts/<int:attempt_id>/pulse")
def pulse(attempt_id: int) -> ResponseReturnValue:
    """For an open page: the server's clock, and what another tab or device has saved since `counter`."""
    attempt, now = queries.sheet_for(current_user, attempt_id).attempt, clock.now()
    newer = queries.answers_since(attempt_id, request.args.get("counter", 0, sent.count))
    return jsonify(
        {
            "tick": ticks.tick(attempt_id, current_user.person_id, now),
            "seconds_left": max(0, int((attempt.due_at - now).total_seconds())),
            "is_over": attempt.submitted_at is not None,
            "newer": [
                {
                    "question": row.question_key,
                    "chosen": row.chosen,
                    "counter": row.counter,
                    "saved_at": vietnamese.format_time(row.saved_at),
                }
                for row in newer
            ],
        }
    )


@bp.post("/attempts/<int:attempt_id>/hand-in")
def hand_in(attempt_id: int) -> ResponseReturnValue:
    services.hand_in(
        current_user, attempt_id, sent.answers(), sent.sent_counter(), at=clock.now(), origin=sent.origin()
    )
    return redirect(url_for("quizzes.attempt", attempt_id=attempt_id))
