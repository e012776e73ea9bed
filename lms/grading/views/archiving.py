"""Where a grading lead takes graded texts away for the archive."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from flask import Response, flash, jsonify, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.errors import Refused
from lms.grading import archiving, releasing
from lms.grading.views.blueprint import bp
from lms.web import current_user, number


@bp.get("/archive/<drive>")
def archives(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    return _page(drive)


def _page(code: str, error: str = "") -> str:
    drive = releasing.drive_for(current_user, code)
    return render_template(
        "grading/archive.html",
        drive=drive,
        units=archiving.units_for(current_user),
        rows=archiving.archives_of(current_user, drive),
        kept_since=clock.now() - archiving.KEPT,
        error=error,
    )


@bp.post("/archive/<drive>")
def ask_for_archive(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    found = releasing.drive_for(current_user, drive)
    try:
        archiving.ask(current_user, found, request.form.get("unit", 0, number), at=clock.now())
    except Refused as refused:
        return _page(drive, refused.sentence), 409
    flash(_("Đang lập hồ sơ. Đồng chí làm việc khác được; trang này cho biết đã đến đâu."))
    return redirect(url_for("grading.archives", drive=drive))


@bp.get("/archives/<int:archive_id>/state")
def archive_state(archive_id: int) -> ResponseReturnValue:
    """For the page's script: how far the worker is."""
    access.require(current_user, Action.RELEASE)
    row = archiving.archive_for(current_user, archive_id)
    return jsonify({"done": row.done, "total": row.total, "is_finished": row.finished_at is not None})


@bp.get("/archives/<int:archive_id>")
def take_archive(archive_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    place = archiving.take(current_user, archive_id, at=clock.now())
    answer = Response(_blocks(place), mimetype="application/zip")
    answer.content_length = place.stat().st_size
    answer.headers["Content-Disposition"] = f"attachment; filename=bai-thu-hoach-{archive_id}.zip"
    return answer


def _blocks(place: Path) -> Iterator[bytes]:
    """A file piece by piece: a whole province's is too large to hold at once."""
    with place.open("rb") as file:
        while block := file.read(1 << 16):
            yield block


@bp.get("/archive/texts/<int:reflection_id>")
def take_text(reflection_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    made = archiving.take_one(current_user, reflection_id, at=clock.now())
    name = f"bai-thu-hoach-{reflection_id}.pdf"
    return send_file(BytesIO(made), mimetype="application/pdf", as_attachment=True, download_name=name)
