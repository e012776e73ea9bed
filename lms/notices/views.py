"""The notices of whoever is signed in."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms import clock
from lms.notices import queries, services
from lms.web import current_user, number

bp = Blueprint("notices", __name__, url_prefix="/notices")

PAGE = 50


@bp.get("/")
def notices() -> ResponseReturnValue:
    start = max(0, request.args.get("from", 0, number))
    rows = queries.page(current_user.person_id, after=start, size=PAGE + 1)
    return render_template("notices/notices.html", rows=rows[:PAGE], start=start, size=PAGE, more=len(rows) > PAGE)


@bp.post("/read")
def mark_read() -> ResponseReturnValue:
    """One notice, or all up to the newest on the page: what arrived since was not seen and stays unread."""
    only, newest = request.form.get("notice", 0, number), request.form.get("newest", 0, number)
    services.mark_read(current_user.person_id, up_to=only or newest, only=bool(only), at=clock.now())
    return redirect(url_for("notices.notices"))
