"""What a reviewer decides on the desk, and keeping what they type until then."""

import json
from collections.abc import Sequence
from datetime import date, datetime

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from lms import access, clock, vietnamese
from lms.access import Action
from lms.content.rules import Criterion
from lms.errors import BadInput, Refused, wants_json
from lms.grading import agreement, blindness, queries, rounds, rules, services
from lms.grading.queries import Essay
from lms.grading.rules import Passage
from lms.grading.views.blueprint import bp
from lms.grading.views.desk import Typed, essay_page, on_the_desk, require_work
from lms.grading.views.queue import mode_asked, next_address
from lms.web import current_user, number


def _read_form(criteria: Sequence[Criterion]) -> Typed:
    typed = rules.scores_typed(criteria, {one.id: request.form.get(f"score-{one.id}", "") for one in criteria})
    try:
        remarks = rules.passages(json.loads(request.form.get("remarks") or "[]"))
    except (ValueError, RecursionError):
        raise BadInput() from None
    return Typed(typed, request.form.get("comment", ""), remarks)


@bp.post("/<int:reflection_id>/notes")
def keep(reflection_id: int) -> ResponseReturnValue:
    """Keep what is typed, within a second of the typing; answers where it stands even when the essay has left."""
    require_work(reflection_id)
    body = request.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("scores"), dict):
        raise BadInput()
    counter, comment = body.get("counter"), body.get("comment")
    if type(counter) is not int or not 0 <= counter < 2**53 or not isinstance(comment, str):
        raise BadInput()
    try:
        remarks = rules.passages(body.get("remarks"))
    except ValueError:
        raise BadInput() from None
    queries.state_of(current_user, reflection_id)
    scores = {str(key)[:60]: str(value)[:20] for key, value in list(body["scores"].items())[:30]}
    stands = services.keep_notes(reflection_id, scores, comment, remarks, counter, by=current_user, at=clock.now())
    return jsonify({"counter": stands, "saved_at": vietnamese.format_time(clock.now())})


@bp.post("/<int:reflection_id>")
def grade(reflection_id: int) -> ResponseReturnValue:
    require_work(reflection_id)
    found = _found_or_kept(reflection_id)
    typed = _read_form(found.criteria)
    decision, _colon, detail = request.form.get("decision", "mark").partition(":")
    if decision in ("level", "remark", "remove", "keep"):
        return _edit(found, typed, decision, detail)
    try:
        if request.form.get("revision", type=number) != found.revision.number:
            raise Refused(_("Bài vừa được nộp lại. Đồng chí đọc bản mới rồi chấm."))
        if decision == "criterion" and any(not score for score in typed.scores.values()):
            _refuse_wrong_scores(found, typed)
            _keep(found.reflection.id, typed)
            return _go_on(next_address(reflection_id), "")
        said = _decide(found, typed, decision)
    except Refused as refused:
        _keep(found.reflection.id, typed)
        if wants_json():
            return jsonify({"error": refused.sentence}), 409
        page = essay_page(found, typed, refusal=refused.sentence, rewrite_on=request.form.get("rewrite_on", ""))
        return page, 409
    others = [
        one
        for one in queries.standing(queries.grades_of(reflection_id))
        if not found.agreement.is_double
        and one.reviewer_id != current_user.person_id
        and one.revision_id == found.revision.id
    ]
    if others:
        said = _(
            "%(said)s %(name)s cũng đã chấm bài này: cả hai được giữ.", said=said, name=others[-1].reviewer.full_name
        )
        return _go_on(url_for("grading.essay", reflection_id=reflection_id, **mode_asked()), said)
    return _go_on(next_address(reflection_id), said)


def _go_on(address: str, said: str) -> ResponseReturnValue:
    if wants_json():
        return jsonify({"next": address, "said": said})
    if said:
        flash(said)
    return redirect(address)


def _found_or_kept(reflection_id: int) -> Essay:
    """The essay; when it has left the desk meanwhile, what was typed is kept before the reason is told."""
    try:
        return on_the_desk(reflection_id)
    except Refused:
        scores = {
            name.removeprefix("score-")[:60]: value[:20]
            for name, value in list(request.form.items())[:50]
            if name.startswith("score-")
        }
        try:
            remarks = rules.passages(json.loads(request.form.get("remarks") or "[]"))
        except (ValueError, RecursionError):
            remarks = []
        _keep(reflection_id, Typed(scores, request.form.get("comment", ""), remarks))
        raise


def _keep(reflection_id: int, typed: Typed) -> None:
    at = clock.now()
    counter = max(request.form.get("counter", 0, int), int(at.timestamp() * 1000))
    counter = min(counter, 2**53)
    services.keep_notes(reflection_id, typed.scores, typed.comment, typed.remarks, counter, by=current_user, at=at)


def _refuse_wrong_scores(found: Essay, typed: Typed) -> None:
    """In going by criterion, what is typed must be right as far as it goes."""
    given = [one for one in found.criteria if typed.scores.get(one.id)]
    if refusal := rules.refusal_of_scores(given, {one.id: rules.read_score(typed.scores[one.id]) for one in given}):
        raise Refused(refusal)


def _decide(found: Essay, typed: Typed, decision: str) -> str:
    at = clock.now()
    if decision == "return":
        until = _rewrite_by(request.form.get("rewrite_on", ""))
        services.return_for_rewriting(found, typed.comment, typed.remarks, rewrite_by=until, by=current_user, at=at)
        return _("Đã trả lại bài cho người viết.")
    scores = {key: rules.read_score(value) for key, value in typed.scores.items()}
    services.grade(found, scores, typed.comment, typed.remarks, by=current_user, at=at)
    said = _("Đã lưu điểm bài của %(name)s.", name=found.author.full_name)
    return f"{said} {_of_the_other_mark(found)}".strip()


def _of_the_other_mark(found: Essay) -> str:
    """Where two mark a text: whether that was enough."""
    if not found.agreement.is_double:
        return ""
    marks = queries.marks_on(queries.grades_of(found.reflection.id), found.revision.id)
    if settled := agreement.settle(found.agreement, marks):
        return _("Hai bên đã chấm xong, điểm chốt là %(mark)s.", mark=vietnamese.format_number(settled.mark))
    if agreement.differs(found.agreement, marks):
        return _("Hai điểm lệch nhau quá mức nên trưởng ban chấm sẽ giao người thứ ba.")
    return _("Bài còn chờ người kia chấm.")


def _rewrite_by(typed: str) -> datetime | None:
    if not typed.strip():
        return None
    try:
        return vietnamese.end_of_day(date.fromisoformat(typed.strip()))
    except (ValueError, OverflowError):
        raise Refused(_("Hạn nộp lại chưa đúng. Đồng chí chọn lại ngày.")) from None


def _edit(found: Essay, typed: Typed, decision: str, detail: str) -> ResponseReturnValue:
    """What the page's buttons do without script: choose a level, comment on a paragraph, take a comment away, keep."""
    if decision == "level":
        criterion, _colon, points = detail.partition(":")
        if criterion in typed.scores:
            typed.scores[criterion] = points[:20]
    elif decision == "remark":
        prompt_id, _colon, start = request.form.get("remark_at", "").partition(":")
        text, place = found.texts.get(prompt_id, ""), int(start[:10]) if start.isdecimal() else -1
        chosen = next((one for one in rules.paragraphs(text, {}) if one.start == place), None)
        passage = Passage(prompt_id, place, chosen.text if chosen else "", request.form.get("remark_text", ""))
        if refusal := rules.refusal_of_remarks(found.texts, [passage]):
            return essay_page(found, typed, refusal=refusal), 409
        typed.remarks.append(passage)
        if request.form.get("remark_keep"):
            services.add_phrase(passage.text, by=current_user, at=clock.now())
    elif decision == "remove" and detail.isdecimal() and 0 < int(detail[:10]) <= len(typed.remarks):
        typed.remarks.pop(int(detail[:10]) - 1)
    _keep(found.reflection.id, typed)
    return redirect(url_for("grading.essay", reflection_id=found.reflection.id, **mode_asked()))


@bp.post("/decisions/<int:grade_id>/take-back")
def take_back(grade_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    try:
        row = services.take_back(grade_id, by=current_user, at=clock.now())
    except IntegrityError:
        raise Refused(_("Quyết định này vừa được rút lại rồi.")) from None
    flash(_("Đã rút lại quyết định vừa rồi. Điểm và nhận xét của đồng chí còn đây để sửa."))
    return redirect(url_for("grading.essay", reflection_id=row.reflection_id, **mode_asked()))


@bp.post("/remarks/<int:remark_id>/dealt-with")
def deal_with(remark_id: int) -> ResponseReturnValue:
    """The author, on their own returned text."""
    remark = rounds.deal_with(remark_id, by=current_user, at=clock.now())
    if wants_json():
        return jsonify({"is_dealt_with": remark.dealt_with_at is not None})
    drive = rounds.drive_of(remark)
    return redirect(url_for("reflections.write", drive=drive, _anchor=f"nhan-xet-{remark_id}"))


@bp.post("/<int:reflection_id>/remarks/<int:remark_id>/confirm")
def confirm(reflection_id: int, remark_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    found = queries.essay_for(current_user, reflection_id)
    rounds.confirm(found, remark_id, by=current_user, at=clock.now())
    return redirect(url_for("grading.essay", reflection_id=reflection_id, _anchor="nhan-xet", **mode_asked()))


@bp.post("/phrases")
def add_phrase() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    services.add_phrase(request.form.get("text", ""), by=current_user, at=clock.now())
    if wants_json():
        return jsonify({})
    flash(_("Đã thêm vào kho nhận xét của đơn vị."))
    return redirect(url_for("grading.queue"))


@bp.post("/<int:reflection_id>/unmask")
def unmask(reflection_id: int) -> ResponseReturnValue:
    """Show a grading lead whose text it is, for a reason that stays on record."""
    access.require(current_user, Action.UNMASK)
    found = queries.essay_for(current_user, reflection_id)
    reason, unit_id = request.form.get("reason", ""), found.reflection.managing_unit_id
    blindness.unmask(reflection_id, unit_id, reason, by=current_user, at=clock.now())
    flash(_("Từ nay đồng chí thấy tên người viết của bài này. Lý do đã được ghi vào nhật ký."))
    return redirect(url_for("grading.essay", reflection_id=reflection_id, **mode_asked()))
