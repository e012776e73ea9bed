"""While answering: flags, answers checked at once, and the page that says what is still open before handing in."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms import clock
from lms.errors import BadInput, Refused, wants_json
from lms.quizzes import at_once, flags, overview, queries
from lms.quizzes.views import sent
from lms.quizzes.views.blueprint import bp
from lms.web import current_user


@bp.post("/attempts/<int:attempt_id>/flags")
def flag(attempt_id: int) -> ResponseReturnValue:
    """One flag from a script (JSON), or the whole form with a flag's button."""
    if not wants_json():
        sent.save_form(attempt_id)
        word, _colon, key = request.form.get("flag", "").partition(":")
        if word not in ("on", "off"):
            raise BadInput()
        now, newest = clock.now(), sent.fresh_counter()
        flags.flag(current_user, attempt_id, key, is_on=word == "on", counter=newest, at=now)
        return redirect(sent.onward(attempt_id))
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput()
    question, is_on, counter = body.get("question"), body.get("is_on"), body.get("counter")
    if not (isinstance(question, str) and isinstance(is_on, bool) and type(counter) is int and sent.is_count(counter)):
        raise BadInput()
    stands = flags.flag(current_user, attempt_id, question, is_on=is_on, counter=counter, at=clock.now())
    return jsonify({"is_on": stands})


@bp.post("/attempts/<int:attempt_id>/checked")
def check_answer(attempt_id: int) -> ResponseReturnValue:
    """Check one answer while the attempt runs, from a form that carries all of them."""
    if not sent.save_form(attempt_id):
        return redirect(sent.onward(attempt_id))
    key = request.form.get("check", "")
    answer, counter = sent.answers().get(key, ()), sent.sent_counter()
    try:
        at_once.check(current_user, attempt_id, key, answer, counter, at=clock.now(), origin=sent.origin())
    except Refused as refused:
        flash(refused.sentence, "error")
    return redirect(sent.onward(attempt_id))


@bp.get("/attempts/<int:attempt_id>/check")
def look_over(attempt_id: int) -> ResponseReturnValue:
    """What is answered, what is not, and what the learner wanted to come back to; from here they hand in."""
    sheet = queries.sheet_for(current_user, attempt_id)
    if sheet.attempt.submitted_at is not None:
        return redirect(url_for("quizzes.attempt", attempt_id=attempt_id))
    answers, flagged = queries.answers_of(attempt_id), flags.flagged_in(attempt_id)
    keys, checked = sheet.attempt.question_keys, at_once.checked_of(answers)
    rows = overview.standings(keys, queries.given(answers), flagged, checked)
    return render_template(
        "quizzes/look_over.html",
        sheet=sheet,
        rows=rows,
        told=overview.in_words(rows),
        is_over=clock.now() > sheet.attempt.due_at,
    )
