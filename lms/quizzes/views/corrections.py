"""Where a wrong key is put right, with every mark that it changes before one's eyes."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from lms import clock, vietnamese
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.errors import Refused
from lms.quizzes import corrections, marking, remarking
from lms.quizzes.forms import CorrectionForm, WithdrawForm
from lms.quizzes.kinds import KINDS, further, is_marked_by_hand
from lms.quizzes.marking import Correction, Effect
from lms.quizzes.models import KeyCorrection
from lms.quizzes.views.blueprint import PAGE, bp
from lms.vietnamese import squeeze
from lms.web import current_user, number


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
    if effect != Effect.KEY:
        return Correction(Effect(effect))
    right = tuple(sorted(set(sent.getlist("right"))))
    return Correction(Effect.KEY, right, further.lines_of("\n".join(sent.getlist("further"))))


def _correction_page(subject: corrections.Subject, sent: MultiDict[str, str], form: CorrectionForm) -> str:
    asked, start = _correction(sent), max(0, sent.get("from", 0, number))
    refusal = marking.refusal_of_correction(subject.question, asked) if asked else None
    changes = corrections.dry_run(subject, asked) if asked and not refusal else []
    words = sent.get("q", "")
    shown = [one for one in changes if vietnamese.fold(words) in vietnamese.fold(f"{one.name} {one.code}")]
    return render_template(
        "quizzes/correct.html",
        subject=subject,
        question=marking.corrected(subject.question, subject.standing),
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
        kind=KINDS[subject.question.kind],
        how=further.HOW[subject.question.kind]() if subject.question.kind in further.HOW else "",
        is_marked_by_hand=is_marked_by_hand(subject.question),
        in_words=remarking.mark_in_words,
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
