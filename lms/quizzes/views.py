"""The quiz's start, its questions, and the result; the organisers' pages on which some are given more."""

import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from lms import access, clock, vietnamese
from lms.access import Action
from lms.content import queries as content
from lms.content.models import ModuleVersion
from lms.content.rules import QuizPlan
from lms.db import FOREVER, db
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.drives.rules import refusal_to_study
from lms.errors import BadInput, NotFound, Refused, wants_json
from lms.people.models import Person
from lms.quizzes import corrections, queries, rules, services, ticks
from lms.quizzes.forms import AllowanceForm, CorrectionForm, ExceptionForm, RulesForm, WithdrawForm
from lms.quizzes.kinds import KINDS
from lms.quizzes.models import Allowance, KeyCorrection, QuizException
from lms.quizzes.rules import Claim, Correction, Effect, Extra
from lms.quizzes.services import Gift, Origin, Share
from lms.vietnamese import squeeze
from lms.web import current_user, number

bp = Blueprint("quizzes", __name__, url_prefix="/quizzes")


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
        rules.Try(one.number, one.percent, bool(one.passed))
        for one in finished
        if rules.result_is_shown(one.state(), now)
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
        is_shown=rules.result_is_shown,
        now=now,
        missing=rules.assemble(plan, content.bank(place.version_id, vietnamese.day_of(now)), 0).missing,
        refusal=refusal or rules.refusal_to_wait(everybodys, held.closes_at, waits, now),
    )


@bp.post("/<drive>/<slug>/start")
def start(drive: str, slug: str) -> ResponseReturnValue:
    place = drives.place_for(current_user, drive, slug)
    attempt = services.start_attempt(place, at=clock.now(), origin=_origin())
    return redirect(url_for("quizzes.attempt", attempt_id=attempt.id))


@bp.get("/attempts/<int:attempt_id>")
def attempt(attempt_id: int) -> ResponseReturnValue:
    sheet = queries.sheet_for(current_user, attempt_id)
    questions, answers = queries.questions_of(sheet.attempt), queries.answers_of(attempt_id)
    if sheet.attempt.submitted_at is not None and not rules.result_is_shown(sheet.attempt.state(), clock.now()):
        return render_template(
            "quizzes/closed.html", sheet=sheet, saved=len(answers), hours=rules.LATE_FOR.total_seconds() // 3600
        )
    if sheet.attempt.submitted_at is not None:
        given = {key: tuple(answer.chosen) for key, answer in answers.items()}
        now = clock.now()
        extras = queries.given_to(sheet.attempt.summons_id, vietnamese.day_of(now))
        closes_at = extras.terms(sheet.attempt.module_id, sheet.rules).closes_at
        allowed = rules.review(sheet.rules, closes_at, now)
        standing, former_marks = corrections.told_of(sheet.attempt)
        return render_template(
            "quizzes/result.html",
            sheet=sheet,
            questions=[rules.corrected(question, standing) for question in questions],
            given=given,
            review=allowed,
            result=rules.mark(questions, given, standing),
            standing=standing,
            effect_names=corrections.EFFECT_NAMES,
            former_marks=former_marks,
            kinds=KINDS,
            explained=partial(rules.explained, is_shuffled=sheet.attempt.is_shuffled, allowed=allowed),
        )
    return render_template(
        "quizzes/attempt.html",
        sheet=sheet,
        questions=questions,
        answers=answers,
        counter=_counter(),
        tick=ticks.tick(attempt_id, current_user.person_id, clock.now()),
        kinds=KINDS,
        shuffled=partial(rules.shuffled, is_shuffled=sheet.attempt.is_shuffled),
        seconds_left=max(0, int((sheet.attempt.due_at - clock.now()).total_seconds())),
    )


@bp.post("/attempts/<int:attempt_id>/answers")
def save(attempt_id: int) -> ResponseReturnValue:
    """One answer from a script (JSON), or the whole form without one."""
    if not wants_json():
        services.save_all(current_user, attempt_id, _answers(), _sent_counter(), at=clock.now(), origin=_origin())
        flash(_("Đã lưu các câu trả lời."))
        return redirect(url_for("quizzes.attempt", attempt_id=attempt_id))
    if (request.content_length or 0) > LARGEST_ANSWER:
        raise BadInput(_("Câu trả lời dài quá mức cho phép. Đồng chí rút ngắn rồi gửi lại."))
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
    now = clock.now()
    saved = services.save_answer(
        current_user, attempt_id, question, chosen, counter, at=now, claim=_claim(body), origin=_origin()
    )
    return jsonify(
        {
            "chosen": saved.chosen,
            "counter": saved.counter,
            "is_newest": saved.is_newest,
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


def _origin() -> Origin:
    return Origin(current_user.sign_in_id, request.remote_addr)


@bp.get("/attempts/<int:attempt_id>/pulse")
def pulse(attempt_id: int) -> ResponseReturnValue:
    """For an open page: the server's clock, and what another tab or device has saved since `counter`."""
    attempt, now = queries.sheet_for(current_user, attempt_id).attempt, clock.now()
    newer = queries.answers_since(attempt_id, request.args.get("counter", 0, _count))
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


def _count(text: str) -> int:
    """A client's counter; anything else counts as not given."""
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise ValueError
    return int(text)


@bp.post("/attempts/<int:attempt_id>/hand-in")
def hand_in(attempt_id: int) -> ResponseReturnValue:
    services.hand_in(current_user, attempt_id, _answers(), _sent_counter(), at=clock.now(), origin=_origin())
    return redirect(url_for("quizzes.attempt", attempt_id=attempt_id))


def _counter() -> int:
    """A counter for forms without script: the server's milliseconds, above all that scripts counted before."""
    return time.time_ns() // 1_000_000


def _sent_counter() -> int:
    try:
        return _count(request.form.get("counter", ""))
    except ValueError:
        raise BadInput() from None


def _answers() -> dict[str, Sequence[str]]:
    """What a form carries: one field a question, named `answer-<key>`."""
    prefix = "answer-"
    return {name.removeprefix(prefix): values for name, values in request.form.lists() if name.startswith(prefix)}


PAGE = 100


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
    return render_template(
        "quizzes/timeline.html",
        drive=found,
        tried=tried,
        lines=rules.lines(
            [event.fact(device) for event, device in queries.events_of(attempt_id)], tried.attempt.due_at
        ),
        numbers={key: place for place, key in enumerate(keys, 1)},
        decisions=queries.audit_of(attempt_id),
        days=current_app.config["ADDRESS_DAYS"],
    )


@bp.get("/<drive>/exceptions")
def exceptions(drive: str) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    return _exceptions_page(found, _exception_form(found))


@bp.post("/<drive>/exceptions")
def make_exception(drive: str) -> ResponseReturnValue:
    """First a page that says what this will do; then, from that page, the deed or back to the form."""
    found = drives.drive_for_organiser(current_user, drive)
    form = _exception_form(found)
    if request.form.get("step") == "edit":
        return _exceptions_page(found, form)
    if not form.validate():
        return _exceptions_page(found, form), 422
    try:
        gift = _gift(found, form)
        services.refuse_exception(found, gift, by=current_user, at=clock.now())
        if request.form.get("step") != "save":
            return _check_page(form, *_told(found, gift))
        services.make_exception(found, gift, token=form.form_token.data or "", by=current_user, at=clock.now())
    except Refused as refused:
        form.form_errors.append(refused.sentence)
        return _exceptions_page(found, form), 422
    flash(_("Đã lưu ngoại lệ. Người được hưởng thấy ở trang bài kiểm tra của mình."))
    return redirect(url_for("quizzes.exceptions", drive=drive))


def _exception_form(drive: Drive) -> ExceptionForm:
    form = ExceptionForm()
    titles = {str(version.module_id): version.title for version in queries.quizzes_of(drive.id)}
    form.module.choices = {"0": _("Mọi bài kiểm tra của đợt"), **titles}
    named = {str(point.id): point.name for point, _count in drives.points_of(drive.id)}
    form.point.choices = {"0": _("Không theo điểm cầu"), **named}
    return form


def _exceptions_page(drive: Drive, form: ExceptionForm) -> str:
    start = max(0, request.args.get("from", 0, number))
    rows = queries.exceptions_page(drive.id, after=start, size=PAGE + 1)
    titles = _titles(drive)
    return render_template(
        "quizzes/exceptions.html",
        drive=drive,
        form=form,
        rows=[(row, _what(row, titles)) for row in rows[:PAGE]],
        start=start,
        size=PAGE,
        more=len(rows) > PAGE,
        has_quizzes=len(form.module.choices or ()) > 1,
    )


def _titles(drive: Drive) -> dict[int, str]:
    """Also of modules that have no quiz any more, as long as the drive has them."""
    return {row.module_id: row.version.title for row in drive.modules}


def _what(row: QuizException, titles: dict[int, str]) -> str:
    if row.person:
        who = _person(row.person)
    elif row.point:
        who = _("Mọi người ở %(point)s", point=row.point.name)
    else:
        who = _("Mọi người thuộc %(unit)s", unit=row.unit.name if row.unit else "")
    title = titles.get(row.module_id, _("đã đưa ra khỏi đợt")) if row.module_id is not None else None
    return rules.sentence_of_exception(who, title, row.extra())


def _person(person: Person) -> str:
    return f"{person.full_name} ({person.code})"


def _gift(drive: Drive, form: ExceptionForm) -> Gift:
    """What is asked for; codes that lead to nobody in the drive are refused."""
    person_code, unit_code = squeeze(form.person_code.data or ""), squeeze(form.unit_code.data or "")
    person = queries.summoned_person(drive.id, person_code) if person_code else None
    unit = queries.summoned_unit(drive.id, unit_code, clock.today()) if unit_code else None
    if person_code and person is None:
        raise Refused(_("Trong danh sách triệu tập của đợt không có cán bộ mang mã “%(code)s”.", code=person_code))
    if unit_code and unit is None:
        raise Refused(_("Trong danh sách triệu tập của đợt không có ai thuộc đơn vị mã “%(code)s”.", code=unit_code))
    end = form.open_until.data
    extra = Extra(
        reason=squeeze(form.reason.data or ""),
        minutes=form.extra_minutes.data or 0,
        attempts=form.extra_attempts.data or 0,
        open_until=vietnamese.end_of_day(end) if end else None,
    )
    points = {point.id: point for point, _count in drives.points_of(drive.id)}
    return Gift(extra, person, unit, form.module.data or None, points.get(form.point.data or 0))


def _told(drive: Drive, gift: Gift) -> tuple[str, list[str]]:
    """The gift as a sentence, and what it makes of the rules of each quiz that it is about."""
    if gift.person is not None:
        who = _person(gift.person)
    else:
        count = queries.count_reached(gift.scope(drive, clock.today()))
        named = gift.point or gift.unit
        name = named.name if named else ""
        who = _("%(n)s người thuộc %(unit)s", n=vietnamese.format_number(count), unit=name)
    about = [one for one in queries.quizzes_of(drive.id) if gift.module_id in (None, one.module_id)]
    changes, settings = [], queries.all_settings(drive.id)
    for version in about:
        held = queries.resolved(version.quiz or {}, settings.get(version.module_id), drive.opens_at, drive.closes_at)
        before, after = (rules.in_short(rules.terms(held, held.closes_at, extras)) for extras in ([], [gift.extra]))
        changes.append(
            _("“%(title)s”: từ %(before)s thành %(after)s.", title=version.title, before=before, after=after)
        )
    title = about[0].title if gift.module_id else None
    return rules.sentence_of_exception(who, title, gift.extra), changes


def _check_page(form: ExceptionForm | AllowanceForm, told: str, changes: list[str]) -> str:
    """What was typed goes along unseen."""
    typed = {field.name: request.form.get(field.name, "") for field in form if field.name != "csrf_token"}
    return render_template("quizzes/check.html", told=told, changes=changes, reason=form.reason.data, typed=typed)


@bp.get("/<drive>/<slug>/rules")
def rules_page(drive: str, slug: str) -> ResponseReturnValue:
    found, version = _quiz_of(drive, slug)
    settings = queries.settings_of(found.id, version.module_id)
    return _rules_page(found, version, RulesForm.showing(settings.own() if settings else {}, version.quiz_plan()))


@bp.post("/<drive>/<slug>/rules")
def set_rules(drive: str, slug: str) -> ResponseReturnValue:
    """First a page that says what will hold; then, from that page, the deed or back to the form."""
    found, version = _quiz_of(drive, slug)
    form = RulesForm.asking(version.quiz_plan())
    if request.form.get("step") == "edit":
        return _rules_page(found, version, form)
    if not form.validate():
        return _rules_page(found, version, form), 422
    own = form.own()
    try:
        services.refuse_settings(found, version.module_id, own, by=current_user)
    except Refused as refused:
        form.form_errors.append(refused.sentence)
        return _rules_page(found, version, form), 422
    if request.form.get("step") != "save":
        return _rules_check(found, version, own)
    services.set_rules(found, version.module_id, own, by=current_user, at=clock.now())
    flash(_("Đã lưu quy định. Người học thấy ngay ở trang bài kiểm tra."))
    return redirect(url_for("quizzes.rules_page", drive=drive, slug=slug))


def _quiz_of(drive: str, slug: str) -> tuple[Drive, ModuleVersion]:
    """A drive that the viewer organises, and the version of its module with this slug, which has a quiz."""
    found = drives.drive_for_organiser(current_user, drive)
    version = next((row.version for row in found.modules if row.version.module.slug == slug and row.version.quiz), None)
    if version is None:
        raise NotFound()
    return found, version


def _rules_page(drive: Drive, version: ModuleVersion, form: RulesForm) -> str:
    settings = queries.settings_of(drive.id, version.module_id)
    held = queries.resolved(version.quiz or {}, settings, drive.opens_at, drive.closes_at)
    return render_template(
        "quizzes/rules.html", drive=drive, version=version, form=form, told=rules.in_words(held), settings=settings
    )


def _rules_check(drive: Drive, version: ModuleVersion, own: dict[str, Any]) -> str:
    """What will hold, what holds now, and what becomes of the attempts that there are."""
    settings = queries.settings_of(drive.id, version.module_id)
    before = queries.resolved(version.quiz or {}, settings, drive.opens_at, drive.closes_at)
    after = rules.resolve(QuizPlan.from_json(version.quiz or {}), drive.opens_at, drive.closes_at, own)
    begun, running = queries.count_attempts(drive.id, version.module_id)
    typed = {name: value for name, value in request.form.items() if name not in ("csrf_token", "step")}
    return render_template(
        "quizzes/rules_check.html",
        version=version,
        before=rules.in_words(before),
        after=rules.in_words(after),
        begun=begun,
        running=running,
        typed=typed,
    )


@bp.get("/<drive>/exceptions/<int:exception_id>/withdraw")
def exception_to_withdraw(drive: str, exception_id: int) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    row = queries.exception_of(found.id, exception_id)
    return _withdraw_exception_page(found, row, WithdrawForm(formdata=None))


@bp.post("/<drive>/exceptions/<int:exception_id>/withdraw")
def withdraw_exception(drive: str, exception_id: int) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    row, form = queries.exception_of(found.id, exception_id), WithdrawForm()
    because = squeeze(form.reason.data or "")
    if not form.validate() or not because:
        return _withdraw_exception_page(found, row, form), 422
    services.withdraw_exception(row, found, by=current_user, at=clock.now(), because=because)
    flash(_("Đã thôi áp dụng ngoại lệ."))
    return redirect(url_for("quizzes.exceptions", drive=drive))


def _withdraw_exception_page(drive: Drive, row: QuizException, form: WithdrawForm) -> str:
    back = url_for("quizzes.exceptions", drive=drive.code)
    return render_template("quizzes/withdraw.html", row=row, told=_what(row, _titles(drive)), form=form, back=back)


@bp.get("/allowances")
def allowances() -> ResponseReturnValue:
    access.require(current_user, Action.GIVE_ALLOWANCES)
    return _allowances_page(
        AllowanceForm(data={"person_code": request.args.get("code", "")[:60], "valid_from": clock.today()})
    )


@bp.post("/allowances")
def give_allowance() -> ResponseReturnValue:
    """First a page that says what this will do; then, from that page, the deed or back to the form."""
    access.require(current_user, Action.GIVE_ALLOWANCES)
    form = AllowanceForm()
    if request.form.get("step") == "edit":
        return _allowances_page(form)
    if not form.validate() or form.valid_from.data is None or form.percent.data is None:
        return _allowances_page(form), 422
    code, reason = squeeze(form.person_code.data or ""), squeeze(form.reason.data or "")
    share = Share(form.percent.data, form.valid_from.data, form.valid_to.data, reason)
    try:
        person = db.session.scalars(queries.allowable_to(current_user).where(Person.code == code)).first()
        if person is None:
            raise Refused(_("Trong phạm vi của đồng chí không có cán bộ mang mã “%(code)s”.", code=code))
        services.refuse_allowance(person, share, by=current_user)
        if request.form.get("step") != "save":
            told = rules.sentence_of_allowance(_person(person), share.percent, share.valid_from, share.valid_to)
            return _check_page(form, told, [])
        services.give_allowance(person, share, token=form.form_token.data or "", by=current_user, at=clock.now())
    except Refused as refused:
        form.form_errors.append(refused.sentence)
        return _allowances_page(form), 422
    flash(_("Đã lưu. Người được thêm giờ thấy ở trang bài kiểm tra của mình."))
    return redirect(url_for("quizzes.allowances"))


def _allowances_page(form: AllowanceForm) -> str:
    start = max(0, request.args.get("from", 0, number))
    rows = queries.allowances_page(current_user, after=start, size=PAGE + 1)
    return render_template(
        "quizzes/allowances.html",
        form=form,
        rows=[(row, _allowed(row)) for row in rows[:PAGE]],
        start=start,
        size=PAGE,
        more=len(rows) > PAGE,
    )


def _allowed(row: Allowance) -> str:
    last = None if row.valid_to == FOREVER else row.valid_to
    return rules.sentence_of_allowance(_person(row.person), row.percent, row.valid_from, last)


@bp.get("/allowances/<int:allowance_id>/withdraw")
def allowance_to_withdraw(allowance_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GIVE_ALLOWANCES)
    return _withdraw_allowance_page(queries.allowance_for(current_user, allowance_id), WithdrawForm(formdata=None))


@bp.post("/allowances/<int:allowance_id>/withdraw")
def withdraw_allowance(allowance_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GIVE_ALLOWANCES)
    row, form = queries.allowance_for(current_user, allowance_id), WithdrawForm()
    because = squeeze(form.reason.data or "")
    if not form.validate() or not because:
        return _withdraw_allowance_page(row, form), 422
    services.withdraw_allowance(row, by=current_user, at=clock.now(), because=because)
    flash(_("Đã thôi áp dụng."))
    return redirect(url_for("quizzes.allowances"))


def _withdraw_allowance_page(row: Allowance, form: WithdrawForm) -> str:
    back = url_for("quizzes.allowances")
    return render_template("quizzes/withdraw.html", row=row, told=_allowed(row), form=form, back=back)


@bp.get("/<drive>/corrections")
def corrections_made(drive: str) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    start = max(0, request.args.get("from", 0, number))
    rows = corrections.of_drive(found.id, after=start, size=PAGE + 1)
    return render_template(
        "quizzes/corrections.html",
        drive=found,
        rows=rows[:PAGE],
        effect_names=corrections.EFFECT_NAMES,
        start=start,
        size=PAGE,
        more=len(rows) > PAGE,
    )


@bp.get("/<drive>/corrections/of/<int:version_id>/<question>")
def correct(drive: str, version_id: int, question: str) -> ResponseReturnValue:
    """The question with its key; once a correction is chosen, also every mark that it would change."""
    found = drives.drive_for_organiser(current_user, drive)
    return _correction_page(corrections.subject_of(found, version_id, question), request.args, CorrectionForm())


@bp.post("/<drive>/corrections/of/<int:version_id>/<question>")
def make_correction(drive: str, version_id: int, question: str) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    subject, form = corrections.subject_of(found, version_id, question), CorrectionForm()
    asked = _correction(request.form)
    if asked is None or not form.validate():
        return _correction_page(subject, request.form, form), 422
    try:
        corrections.make(
            subject,
            asked,
            reason=squeeze(form.reason.data or ""),
            token=form.form_token.data or "",
            by=current_user,
            at=clock.now(),
        )
    except Refused as refused:
        form.form_errors.append(refused.sentence)
        return _correction_page(subject, request.form, form), 422
    corrections.settle(at=clock.now(), portions=2)
    flash(_("Đã sửa. Các lượt đã nộp được chấm lại; danh sách dưới đây cho biết đã xong hay chưa."))
    return redirect(url_for("quizzes.corrections_made", drive=drive))


def _correction(sent: MultiDict[str, str]) -> Correction | None:
    """The correction that is chosen; None while nothing is."""
    effect = sent.get("effect", "")
    if effect not in set(Effect):
        return None
    right = tuple(sorted(set(sent.getlist("right")))) if effect == Effect.KEY else ()
    return Correction(Effect(effect), right)


def _correction_page(subject: corrections.Subject, sent: MultiDict[str, str], form: CorrectionForm) -> str:
    asked, start = _correction(sent), max(0, sent.get("from", 0, number))
    refusal = rules.refusal_of_correction(subject.question, asked) if asked else None
    changes = corrections.dry_run(subject, asked) if asked and not refusal else []
    words = sent.get("q", "")
    shown = [one for one in changes if vietnamese.fold(words) in vietnamese.fold(f"{one.name} {one.code}")]
    return render_template(
        "quizzes/correct.html",
        subject=subject,
        question=rules.corrected(subject.question, subject.standing),
        asked=asked,
        refusal=refusal,
        changes=changes,
        turns=sum(one.turns for one in changes),
        shown=shown[start : start + PAGE],
        start=start,
        size=PAGE,
        more=len(shown) > start + PAGE,
        words=words,
        form=form,
        effect_names=corrections.EFFECT_NAMES,
        in_words=corrections.mark_in_words,
    )


@bp.get("/<drive>/corrections/<int:correction_id>/undo")
def correction_to_undo(drive: str, correction_id: int) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    return _undo_page(found, corrections.correction_of(found.id, correction_id), WithdrawForm(formdata=None))


@bp.post("/<drive>/corrections/<int:correction_id>/undo")
def undo_correction(drive: str, correction_id: int) -> ResponseReturnValue:
    found = drives.drive_for_organiser(current_user, drive)
    row, form = corrections.correction_of(found.id, correction_id), WithdrawForm()
    because = squeeze(form.reason.data or "")
    if not form.validate() or not because:
        return _undo_page(found, row, form), 422
    corrections.undo(row, found, because=because, by=current_user, at=clock.now())
    corrections.settle(at=clock.now(), portions=2)
    flash(_("Đã hủy lần sửa. Các lượt đã nộp được tính lại như trước."))
    return redirect(url_for("quizzes.corrections_made", drive=drive))


def _undo_page(drive: Drive, row: KeyCorrection, form: WithdrawForm) -> str:
    return render_template(
        "quizzes/undo_correction.html", drive=drive, row=row, form=form, effect_names=corrections.EFFECT_NAMES
    )
