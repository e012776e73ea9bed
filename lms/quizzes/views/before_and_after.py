"""Around a quiz: trying out device and network before it, and practising with its questions when it is over."""

import secrets
from datetime import datetime

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock, vietnamese
from lms.drives import queries as drives
from lms.drives.rules import refusal_to_study
from lms.errors import BadInput, Refused, wants_json
from lms.quizzes import assembling, marking, overview, practising, queries, results, trying_out
from lms.quizzes.kinds import KINDS
from lms.quizzes.views.blueprint import bp
from lms.web import current_user, number


@bp.get("/<drive>/<slug>/try-out")
def preflight(drive: str, slug: str) -> ResponseReturnValue:
    """The page, or for its script what stands on the server."""
    place = drives.place_for(current_user, drive, slug)
    queries.rules_at(place)
    now, saved = clock.now(), trying_out.saved_by(current_user)
    if wants_json():
        return jsonify({"chosen": saved.chosen if saved else None, "now": _milliseconds(now)})
    return render_template("quizzes/try_out.html", place=place, saved=saved, options=trying_out.OPTIONS, now=now)


@bp.post("/<drive>/<slug>/try-out")
def try_out(drive: str, slug: str) -> ResponseReturnValue:
    drives.place_for(current_user, drive, slug)
    now = clock.now()
    if not wants_json():
        try:
            trying_out.save(current_user, request.form.get("chosen", ""), at=now)
        except BadInput as error:
            flash(error.sentence, "error")
        return redirect(url_for("quizzes.preflight", drive=drive, slug=slug))
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("chosen"), str):
        raise BadInput()
    trying_out.save(current_user, body["chosen"], at=now)
    return jsonify({"saved_at": vietnamese.format_time(now), "now": _milliseconds(now)})


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


@bp.get("/<drive>/<slug>/practice")
def practice(drive: str, slug: str) -> ResponseReturnValue:
    """One question after another; what was drawn and what was answered stand in the address."""
    place = drives.place_for(current_user, drive, slug)
    (plan, everybodys), attempts, now = queries.rules_at(place), queries.attempts_at(place), clock.now()
    if now < place.opens_at:
        raise Refused(refusal_to_study(place.opens_at, place.closes_at, now) or "")
    held = queries.terms_at(place, everybodys, vietnamese.day_of(now))
    states, passed = [one.state() for one in attempts], any(one.passed for one in attempts)
    if refusal := practising.refusal(everybodys, held, states, passed, now):
        raise Refused(refusal)
    seed = request.args.get("seed", None, number)
    if seed is None:
        return redirect(url_for("quizzes.practice", drive=drive, slug=slug, seed=secrets.randbits(31), n=1))
    bank = practising.bank(current_user, place, now)
    if bank.is_needed_elsewhere:
        raise Refused(
            _("Đồng chí còn bài kiểm tra của chuyên đề này ở một đợt khác. Xong bài ấy rồi mới tự luyện được.")
        )
    keys = assembling.assemble(plan, bank.candidates, seed, shuffle=everybodys.shuffle).keys
    if not keys:
        raise Refused(_("Các câu hỏi đang được cập nhật theo quy định mới. Đồng chí quay lại sau."))
    at = overview.place_in(request.args.get("n", None, number), len(keys))
    question, review = bank.questions[keys[at - 1]], practising.allowed(everybodys)
    kind = KINDS[question.kind]
    answer = kind.read(question, request.args.getlist(f"answer-{question.id}"))
    marks = marking.mark([question], {question.id: answer}).marks
    return render_template(
        "quizzes/practice.html",
        place=place,
        seed=seed,
        at=at,
        count=len(keys),
        question=question,
        kind=kind,
        options=assembling.shuffled(question, seed, is_shuffled=everybodys.shuffle),
        answer=answer,
        is_asked="checked" in request.args,
        mark=marks[question.id],
        parts=marking.explained(question, answer, seed, is_shuffled=everybodys.shuffle, allowed=review),
        review=review,
        readings=results.to_read_again([question], marks, bank.chapters) if review.marks else [],
    )
