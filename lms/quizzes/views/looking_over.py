"""Before handing in: flags on questions to come back to, and the page that says what is still open."""

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms import clock
from lms.errors import BadInput, wants_json
from lms.quizzes import flags, overview, queries
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
        anchor = request.args.get("at", "")
        return redirect(sent.onward(attempt_id) + (f"#cau-{anchor}" if anchor.isdigit() else ""))
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput()
    question, is_on, counter = body.get("question"), body.get("is_on"), body.get("counter")
    if not (isinstance(question, str) and isinstance(is_on, bool) and type(counter) is int and sent.is_count(counter)):
        raise BadInput()
    stands = flags.flag(current_user, attempt_id, question, is_on=is_on, counter=counter, at=clock.now())
    return jsonify({"is_on": stands})


@bp.get("/attempts/<int:attempt_id>/check")
def look_over(attempt_id: int) -> ResponseReturnValue:
    """What is answered, what is not, and what the learner wanted to come back to; from here they hand in."""
    sheet = queries.sheet_for(current_user, attempt_id)
    if sheet.attempt.submitted_at is not None:
        return redirect(url_for("quizzes.attempt", attempt_id=attempt_id))
    given = queries.given(queries.answers_of(attempt_id))
    rows = overview.standings(sheet.attempt.question_keys, given, flags.flagged_in(attempt_id))
    return render_template(
        "quizzes/look_over.html",
        sheet=sheet,
        rows=rows,
        told=overview.in_words(rows),
        is_over=clock.now() > sheet.attempt.due_at,
    )
