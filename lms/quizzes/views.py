"""The quiz's start, its questions, and the result."""

import time
from collections.abc import Sequence

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock, vietnamese
from lms.drives import queries as drives
from lms.drives.rules import refusal_to_study
from lms.errors import BadInput, wants_json
from lms.quizzes import queries, rules, services
from lms.quizzes.kinds import KINDS
from lms.web import current_user

bp = Blueprint("quizzes", __name__, url_prefix="/quizzes")


@bp.get("/<drive>/<slug>/")
def quiz(drive: str, slug: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    plan, attempts = queries.plan_of(place.version_id), queries.attempts_at(place)
    open_one = next((attempt for attempt in attempts if attempt.submitted_at is None), None)
    refusal = refusal_to_study(place.opens_at, place.closes_at, clock.now())
    return render_template(
        "quizzes/quiz.html",
        place=place,
        plan=plan,
        attempts=attempts,
        open_one=open_one,
        refusal=refusal or rules.refusal_to_start(plan, len(attempts), has_open=False),
    )


@bp.post("/<drive>/<slug>/start")
def start(drive: str, slug: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    attempt = services.start_attempt(place, at=clock.now())
    return redirect(url_for("quizzes.attempt", attempt_id=attempt.id))


@bp.get("/attempts/<int:attempt_id>")
def attempt(attempt_id: int) -> ResponseReturnValue:
    sheet = queries.sheet_for(current_user, attempt_id)
    questions, answers = queries.questions_of(sheet.attempt), queries.answers_of(attempt_id)
    if sheet.attempt.submitted_at is not None:
        given = {key: tuple(answer.chosen) for key, answer in answers.items()}
        return render_template(
            "quizzes/result.html",
            sheet=sheet,
            questions=questions,
            given=given,
            result=rules.mark(questions, given),
            kinds=KINDS,
            shuffled=rules.shuffled,
        )
    return render_template(
        "quizzes/attempt.html",
        sheet=sheet,
        questions=questions,
        answers=answers,
        counter=_counter(),
        kinds=KINDS,
        shuffled=rules.shuffled,
        seconds_left=max(0, int((sheet.attempt.due_at - clock.now()).total_seconds())),
    )


@bp.post("/attempts/<int:attempt_id>/answers")
def save(attempt_id: int) -> ResponseReturnValue:
    """One answer from a script (JSON), or the whole form without one."""
    if not wants_json():
        services.save_all(current_user, attempt_id, _answers(), _sent_counter(), at=clock.now())
        flash(_("Đã lưu các câu trả lời."))
        return redirect(url_for("quizzes.attempt", attempt_id=attempt_id))
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadInput()
    question, chosen, counter = body.get("question"), body.get("chosen"), body.get("counter")
    if not (
        isinstance(question, str)
        and type(counter) is int
        and 0 <= counter < 2**53
        and isinstance(chosen, list)
        and all(isinstance(id, str) for id in chosen)
    ):
        raise BadInput()
    saved = services.save_answer(current_user, attempt_id, question, chosen, counter, at=clock.now())
    return jsonify(
        {
            "chosen": saved.chosen,
            "counter": saved.counter,
            "is_newest": saved.is_newest,
            "saved_at": vietnamese.format_time(saved.saved_at),
        }
    )


@bp.post("/attempts/<int:attempt_id>/hand-in")
def hand_in(attempt_id: int) -> ResponseReturnValue:
    services.hand_in(current_user, attempt_id, _answers(), _sent_counter(), at=clock.now())
    return redirect(url_for("quizzes.attempt", attempt_id=attempt_id))


def _counter() -> int:
    """A counter for forms without script: the server's milliseconds, above all that scripts counted before."""
    return time.time_ns() // 1_000_000


def _sent_counter() -> int:
    value = request.form.get("counter", "")
    if not value.isascii() or not value.isdigit() or len(value) > 15:
        raise BadInput()
    return int(value)


def _answers() -> dict[str, Sequence[str]]:
    """What a form carries: one field a question, named `answer-<key>`."""
    prefix = "answer-"
    return {name.removeprefix(prefix): values for name, values in request.form.lists() if name.startswith(prefix)}
