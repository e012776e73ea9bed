"""The reviewer's queue and desk, release, and the author's result."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from lms import access, clock, vietnamese
from lms.access import Action
from lms.content.rules import Criterion
from lms.drives.rules import RATING_NAMES, RATING_ORDER
from lms.errors import BadInput, NotAllowed, NotFound, Refused, wants_json
from lms.grading import queries, rules, services
from lms.grading.models import Remark
from lms.grading.queries import Essay, Filter, Length, Order
from lms.grading.rules import DECISION_NAMES, Decision, Passage
from lms.reflections import queries as reflections
from lms.reflections import rules as reflection_rules
from lms.reflections.rules import STATE_NAMES, State
from lms.web import current_user, number

bp = Blueprint("grading", __name__, url_prefix="/grading")
bp.add_app_template_global(queries.round_of)  # the writing page asks; reflections know nothing of grading

LENGTH_NAMES = {Length.SHORT: "dưới 500 từ", Length.MIDDLE: "500 đến 1.199 từ", Length.LONG: "từ 1.200 từ"}


# --- The queue --------------------------------------------------------------------------------------------------------


@bp.get("/")
def queue() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    shown = State.GRADED if request.args.get("show") == "graded" else State.SUBMITTED
    late = {"yes": True, "no": False}.get(request.args.get("late", ""))
    length = request.args.get("length", "")
    wanted = Filter(
        words=request.args.get("q", "")[:100],
        unit_id=request.args.get("unit", type=number),
        late=late,
        length=Length(length) if length in set(Length) else None,
        again=request.args.get("again") == "yes",
    )
    page = min(max(request.args.get("page", 1, number), 1), 10_000)
    rows = queries.queue(current_user, [shown], wanted=wanted, page=page)
    kept = {name: value for name, value in request.args.items() if name != "page" and value}
    return render_template(
        "grading/queue.html",
        rows=rows[: queries.PAGE],
        has_more=len(rows) > queries.PAGE,
        number=page,
        kept=kept,
        is_filtered=wanted != queries.EVERYTHING,
        wanted=wanted,
        lengths=LENGTH_NAMES,
        units=queries.units_of_queue(current_user),
        counts=queries.waiting(current_user),
        shown=shown,
        states=STATE_NAMES,
        State=State,
    )


def _mode() -> dict[str, Any]:
    """How the reviewer goes from text to text, as the addresses of the desk carry it."""
    mode: dict[str, Any] = {}
    if request.args.get("order") == Order.MIXED:
        mode["order"] = Order.MIXED.value
    if request.args.get("again") == "yes":
        mode["again"] = "yes"
    if criterion := request.args.get("criterion", "")[:60]:
        mode["criterion"], mode["order"] = criterion, Order.MIXED.value
    return mode


def _next_address(after: int | None) -> str:
    mode = _mode()
    following = queries.next_in_queue(
        current_user,
        after=after,
        order=Order(mode.get("order", Order.WAITING)),
        again="again" in mode,
        criterion=mode.get("criterion", ""),
    )
    if following is None:
        return url_for("grading.queue", done="yes")
    return url_for("grading.essay", reflection_id=following, **mode)


@bp.get("/next")
def next_essay() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    return redirect(_next_address(request.args.get("after", type=number)))


# --- The desk ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comment:
    """A comment on a passage as the desk and the result show it; `place` is None where its words are gone."""

    no: int
    prompt_id: str
    place: int | None
    quote: str
    text: str
    kind: str
    """"mine" while not yet decided, "decided" on this text, "earlier" on a text before this."""
    by: str = ""
    remark: Remark | None = None


def _comments(found: Essay, mine: list[Passage]) -> list[Comment]:
    texts = found.reflection.texts
    grades = {grade.id: grade for grade in queries.standing(found.grades)}
    shown = [Comment(0, one.prompt_id, 0, one.quote, one.text, "mine") for one in mine]
    starts = [one.start for one in mine]
    for remark in queries.remarks_of(list(grades)):
        grade = grades[remark.grade_id]
        kind = "decided" if grade.revision_id == found.revision.id else "earlier"
        shown.append(Comment(0, remark.prompt_id, 0, remark.quote, remark.text, kind, grade.reviewer.full_name, remark))
        starts.append(remark.start)
    return [
        replace(one, no=no, place=rules.place_of(texts.get(one.prompt_id, ""), start, one.quote))
        for no, (one, start) in enumerate(zip(shown, starts, strict=True), 1)
    ]


def _spans(comments: list[Comment], prompt_id: str) -> dict[int, tuple[int, int]]:
    return {
        one.no: (one.place, one.place + len(one.quote))
        for one in comments
        if one.prompt_id == prompt_id and one.place is not None
    }


@dataclass(frozen=True)
class Typed:
    """What the reviewer has typed about a text so far."""

    scores: dict[str, str]
    comment: str
    remarks: list[Passage]


def _found(reflection_id: int) -> Essay:
    """The essay on the desk; where it has left the desk, the sentence that says why."""
    try:
        access.require(current_user, Action.GRADE)
        return queries.essay_for(current_user, reflection_id)
    except (NotAllowed, NotFound):
        state, is_routed = queries.state_of(current_user, reflection_id)
        gone = _("Bài này không còn thuộc đơn vị đồng chí chấm. Điểm và nhận xét đồng chí đã gõ vẫn được giữ.")
        raise Refused((rules.refusal_to_read(state) if is_routed else gone) or gone) from None


def _require_work(reflection_id: int) -> None:
    """Reviewers only, and those who have typed about this very text before they were moved elsewhere."""
    if not access.may(current_user, Action.GRADE) and queries.notes_of(current_user, reflection_id) is None:
        raise NotAllowed()


@bp.get("/<int:reflection_id>")
def essay(reflection_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    found = queries.essay_for(current_user, reflection_id)
    notes = queries.notes_of(current_user, reflection_id)
    if notes is not None:
        typed = Typed(notes.scores, notes.comment, rules.passages(notes.remarks))
    elif found.current is not None:
        typed = Typed(dict(found.current.scores), found.current.comment, [])
    else:
        typed = Typed({}, "", [])
    return _essay_page(found, typed, saved_at=notes.saved_at if notes else None)


def _essay_page(found: Essay, typed: Typed, *, saved_at: object = None, refusal: str = "", rewrite_on: str = "") -> str:
    comments = _comments(found, typed.remarks)
    prompts = found.version.prompt_list()
    parts = reflection_rules.parts(prompts, found.reflection.texts)
    returned = [one for one in queries.standing(found.grades) if one.decision is Decision.RETURN]
    earlier = queries.text_of(returned[-1].revision_id) if returned else {}
    mode = _mode()
    criteria = found.version.criteria()
    counts = queries.waiting(current_user)
    return render_template(
        "grading/essay.html",
        essay=found,
        parts=[(part, rules.paragraphs(part.text, _spans(comments, part.prompt.id))) for part in parts],
        changes={key: rules.changes(earlier.get(key, ""), text) for key, text in found.reflection.texts.items()}
        if earlier and returned[-1].revision_id != found.revision.id
        else {},
        round=len(returned) + 1,
        returns_left=found.drive.most_returns - len(returned),
        returned=returned[-1] if returned else None,
        comments=comments,
        remarks=json.dumps([asdict(one) for one in typed.remarks], ensure_ascii=False),
        criteria=criteria,
        points={one.id: [(level, rules.points_of(one, level)) for level in one.levels] for one in criteria},
        scores=typed.scores,
        comment=typed.comment,
        saved_at=saved_at,
        refusal=refusal,
        rewrite_on=rewrite_on,
        states=STATE_NAMES,
        decisions=DECISION_NAMES,
        taken_back={one.takes_back_id for one in found.grades},
        standing=queries.standing(found.grades),
        is_open=found.reflection.state in rules.OPEN_TO_REVIEWERS,
        holder=queries.holder_of(current_user, found.reflection.id),
        left=counts.get(State.SUBMITTED, 0),
        day=queries.day_of(current_user),
        phrases=queries.phrases_for(current_user),
        mode=mode,
        only=mode.get("criterion") if mode.get("criterion") in {one.id for one in criteria} else None,
    )


@bp.post("/<int:reflection_id>/claim")
def claim(reflection_id: int) -> ResponseReturnValue:
    """From the page's script every few minutes (JSON), or from its button to take the essay over."""
    access.require(current_user, Action.GRADE)
    body = request.get_json(silent=True) if wants_json() else {"take_over": True}
    found = _found(reflection_id) if wants_json() else queries.essay_for(current_user, reflection_id)
    take_over = isinstance(body, dict) and body.get("take_over") is True
    held = services.claim(found.reflection.id, by=current_user, at=clock.now(), take_over=take_over)
    if not wants_json():
        return redirect(url_for("grading.essay", reflection_id=reflection_id, **_mode()))
    is_mine = held.reviewer_id == current_user.person_id
    holder = None if is_mine else queries.holder_of(current_user, reflection_id)
    return jsonify({"is_mine": is_mine, "holder": holder[0] if holder else None})


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
    _require_work(reflection_id)
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
    _require_work(reflection_id)
    found = _found_or_kept(reflection_id)
    typed = _read_form(found.version.criteria())
    decision, _colon, detail = request.form.get("decision", "mark").partition(":")
    if decision in ("level", "remark", "remove", "keep"):
        return _edit(found, typed, decision, detail)
    try:
        if request.form.get("revision", type=number) != found.revision.number:
            raise Refused(_("Bài vừa được nộp lại. Đồng chí đọc bản mới rồi chấm."))
        if decision == "criterion" and any(not score for score in typed.scores.values()):
            _refuse_wrong_scores(found, typed)
            _keep(found.reflection.id, typed)
            return _go_on(_next_address(reflection_id), "")
        said = _decide(found, typed, decision)
    except Refused as refused:
        _keep(found.reflection.id, typed)
        if wants_json():
            return jsonify({"error": refused.sentence}), 409
        page = _essay_page(found, typed, refusal=refused.sentence, rewrite_on=request.form.get("rewrite_on", ""))
        return page, 409
    others = [
        one
        for one in queries.standing(queries.grades_of(reflection_id))
        if one.reviewer_id != current_user.person_id and one.revision_id == found.revision.id
    ]
    if others:
        said = _(
            "%(said)s %(name)s cũng đã chấm bài này: cả hai được giữ.", said=said, name=others[-1].reviewer.full_name
        )
        return _go_on(url_for("grading.essay", reflection_id=reflection_id, **_mode()), said)
    return _go_on(_next_address(reflection_id), said)


def _go_on(address: str, said: str) -> ResponseReturnValue:
    if wants_json():
        return jsonify({"next": address, "said": said})
    if said:
        flash(said)
    return redirect(address)


def _found_or_kept(reflection_id: int) -> Essay:
    """The essay; when it has left the desk meanwhile, what was typed is kept before the reason is told."""
    try:
        return _found(reflection_id)
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
    given = [one for one in found.version.criteria() if typed.scores.get(one.id)]
    if refusal := rules.refusal_of_scores(given, {one.id: _score(typed.scores[one.id]) for one in given}):
        raise Refused(refusal)


def _decide(found: Essay, typed: Typed, decision: str) -> str:
    at = clock.now()
    if decision == "return":
        until = _rewrite_by(request.form.get("rewrite_on", ""))
        services.return_for_rewriting(found, typed.comment, typed.remarks, rewrite_by=until, by=current_user, at=at)
        return _("Đã trả lại bài cho người viết.")
    scores = {key: _score(value) for key, value in typed.scores.items()}
    services.grade(found, scores, typed.comment, typed.remarks, by=current_user, at=at)
    return _("Đã lưu điểm bài của %(name)s.", name=found.author.full_name)


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
        text, place = found.reflection.texts.get(prompt_id, ""), int(start) if start.isdecimal() else -1
        chosen = next((one for one in rules.paragraphs(text, {}) if one.start == place), None)
        passage = Passage(prompt_id, place, chosen.text if chosen else "", request.form.get("remark_text", ""))
        if refusal := rules.refusal_of_remarks(found.reflection.texts, [passage]):
            return _essay_page(found, typed, refusal=refusal), 409
        typed.remarks.append(passage)
        if request.form.get("remark_keep"):
            services.add_phrase(passage.text, by=current_user, at=clock.now())
    elif decision == "remove" and detail.isdecimal() and 0 < int(detail) <= len(typed.remarks):
        typed.remarks.pop(int(detail) - 1)
    _keep(found.reflection.id, typed)
    return redirect(url_for("grading.essay", reflection_id=found.reflection.id, **_mode()))


def _score(typed: str) -> Decimal | None:
    try:
        return Decimal(typed.strip().replace(",", ".")) if typed.strip() else None
    except InvalidOperation:
        return Decimal(-1)


@bp.post("/decisions/<int:grade_id>/take-back")
def take_back(grade_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    try:
        row = services.take_back(grade_id, by=current_user, at=clock.now())
    except IntegrityError:
        raise Refused(_("Quyết định này vừa được rút lại rồi.")) from None
    flash(_("Đã rút lại quyết định vừa rồi. Điểm và nhận xét của đồng chí còn đây để sửa."))
    return redirect(url_for("grading.essay", reflection_id=row.reflection_id, **_mode()))


@bp.post("/remarks/<int:remark_id>/dealt-with")
def deal_with(remark_id: int) -> ResponseReturnValue:
    """The author, on their own returned text."""
    remark = services.deal_with(remark_id, by=current_user, at=clock.now())
    if wants_json():
        return jsonify({"is_dealt_with": remark.dealt_with_at is not None})
    drive = queries.drive_of(remark)
    return redirect(url_for("reflections.write", drive=drive, _anchor=f"nhan-xet-{remark_id}"))


@bp.post("/<int:reflection_id>/remarks/<int:remark_id>/confirm")
def confirm(reflection_id: int, remark_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    found = queries.essay_for(current_user, reflection_id)
    services.confirm(found, remark_id, by=current_user, at=clock.now())
    return redirect(url_for("grading.essay", reflection_id=reflection_id, _anchor="nhan-xet", **_mode()))


@bp.post("/phrases")
def add_phrase() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    services.add_phrase(request.form.get("text", ""), by=current_user, at=clock.now())
    if wants_json():
        return jsonify({})
    flash(_("Đã thêm vào kho nhận xét của đơn vị."))
    return redirect(url_for("grading.queue"))


# --- Release and result -----------------------------------------------------------------------------------------------


@bp.get("/release")
def releases() -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    return render_template("grading/release.html", rows=queries.releasable(current_user), ratings=RATING_NAMES)


@bp.post("/release")
def release() -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    ids = request.form.getlist("reflection", type=number)
    count = services.release(ids, by=current_user, at=clock.now())
    flash(_("Đã công bố kết quả của %(n)s bài.", n=count) if count else _("Chưa chọn bài nào để công bố."))
    return redirect(url_for("grading.releases"))


@bp.get("/withdraw/<drive>")
def withdrawal(drive: str) -> ResponseReturnValue:
    """What taking the text back means, before the author does it."""
    desk = reflections.desk_for(current_user, drive)
    if desk.reflection is None or desk.reflection.state in reflection_rules.OPEN_TO_AUTHOR:
        return redirect(url_for("reflections.write", drive=drive))
    refusal = queries.refusal_to_withdraw(desk, clock.now())
    return render_template("grading/withdraw.html", desk=desk, refusal=refusal)


@bp.post("/withdraw/<drive>")
def withdraw(drive: str) -> ResponseReturnValue:
    services.withdraw(current_user, drive, at=clock.now())
    flash(_("Đã rút bài về. Bài chưa nộp: sửa xong, đồng chí nộp lại trước khi hết hạn."))
    return redirect(url_for("reflections.write", drive=drive))


@bp.get("/result/<drive>")
def result(drive: str) -> ResponseReturnValue:
    """The author's own result, once released."""
    desk = reflections.desk_for(current_user, drive)
    released = queries.release_of(desk.reflection.id) if desk.reflection else None
    if desk.reflection is None or released is None:
        raise NotFound()
    criteria = desk.reflection.version.criteria()
    comments = [
        Comment(
            no,
            one.prompt_id,
            rules.place_of(desk.texts.get(one.prompt_id, ""), one.start, one.quote),
            one.quote,
            one.text,
            "decided",
        )
        for no, one in enumerate(queries.remarks_of([released.grade_id]), 1)
    ]
    parts = reflection_rules.parts(desk.prompts, desk.texts)
    return render_template(
        "grading/result.html",
        desk=desk,
        release=released,
        criteria=criteria,
        scores={key: float(score) for key, score in released.grade.scores.items()},
        rating=RATING_NAMES[released.rating],
        is_enough=RATING_ORDER.index(released.rating) >= RATING_ORDER.index(desk.summons.drive.least_rating),
        least=RATING_NAMES[desk.summons.drive.least_rating],
        comments=comments,
        parts=[(part, rules.paragraphs(part.text, _spans(comments, part.prompt.id))) for part in parts],
    )
