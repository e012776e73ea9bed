"""What was noticed in the attempts of a drive, for a person to judge."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.drives.models import Drive
from lms.errors import BadInput, Refused
from lms.quizzes import anomalies, queries, watching
from lms.quizzes.anomalies import Verdict
from lms.quizzes.views.blueprint import PAGE, bp
from lms.vietnamese import squeeze
from lms.web import current_user, number

LONGEST_NOTE = 1000

VERDICT_NAMES = {
    Verdict.NOTHING: lambda: _("Không có gì đáng ngờ"),
    Verdict.OPEN: lambda: _("Cần hỏi thêm"),
    Verdict.CONFIRMED: lambda: _("Xác nhận có vi phạm"),
}


@bp.get("/<drive>/anomalies")
def anomalies_found(drive: str) -> ResponseReturnValue:
    return _page(queries.drive_for_timelines(current_user, drive))


@bp.post("/<drive>/anomalies/<int:anomaly_id>")
def judge_anomaly(drive: str, anomaly_id: int) -> ResponseReturnValue:
    found = queries.drive_for_timelines(current_user, drive)
    row = watching.anomaly_of(found.id, anomaly_id)
    verdict, note = request.form.get("verdict", ""), squeeze(request.form.get("note", ""))[:LONGEST_NOTE]
    if verdict and verdict not in set(Verdict):
        raise BadInput()
    try:
        if not verdict:
            raise Refused(_("Đồng chí chọn một kết luận."))
        watching.judge(row, found, Verdict(verdict), note, by=current_user, at=clock.now())
    except Refused as refused:
        return _page(found, typed=(anomaly_id, verdict, note), refusal=refused.sentence), 422
    flash(_("Đã ghi kết luận. Điểm của lượt làm không thay đổi."))
    return redirect(url_for("quizzes.anomalies_found", drive=drive))


def _page(drive: Drive, *, typed: tuple[int, str, str] = (0, "", ""), refusal: str = "") -> str:
    start, is_judged = max(0, request.args.get("from", 0, number)), request.args.get("show") == "judged"
    rows = watching.of_drive(drive.id, is_judged=is_judged, after=start, size=PAGE // 4 + 1)
    return render_template(
        "quizzes/anomalies.html",
        drive=drive,
        rows=rows[: PAGE // 4],
        is_judged=is_judged,
        verdicts=VERDICT_NAMES,
        may_judge=access.may(current_user, Action.ORGANISE_DRIVES, drive.unit_id),
        typed=typed,
        refusal=refusal,
        speed=anomalies.WORDS_A_SECOND,
        least_shared=anomalies.LEAST_SHARED,
        once_in=anomalies.ONCE_IN,
        longest_note=LONGEST_NOTE,
        start=start,
        size=PAGE // 4,
        more=len(rows) > PAGE // 4,
    )
