"""Where a unit stands, down to names, and the list to take away."""

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from lms import access, audit, clock
from lms.access import Action
from lms.completion.rules import STATE_NAMES, State
from lms.db import db
from lms.deeds import ACTION_NAMES
from lms.errors import NotFound
from lms.quizzes.analysis import LEAST_FOR_ALPHA, LEAST_LEARNERS
from lms.reports import export, queries
from lms.reports.rules import (
    FLAG_NAMES,
    advice,
    discrimination_in_words,
    reliability_in_words,
)
from lms.units import queries as units
from lms.web import current_user, number

bp = Blueprint("reports", __name__, url_prefix="/reports")

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/")
def reports() -> ResponseReturnValue:
    access.require(current_user, Action.SEE_PROGRESS)
    roots, drives = queries.roots_of(current_user), list(db.session.scalars(queries.drives_of(current_user)))
    if len(roots) == len(drives) == 1:
        return redirect(url_for("reports.unit", drive=drives[0].code, unit_id=roots[0].id))
    return render_template("reports/reports.html", roots=roots, drives=drives)


@bp.get("/<drive>/<int:unit_id>")
def unit(drive: str, unit_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.SEE_PROGRESS)
    found, shown = queries.place_for(current_user, drive, unit_id)
    return render_template(
        "reports/unit.html",
        drive=found,
        unit=shown,
        path=[
            one
            for one in units.unit_path(shown.id, clock.today())
            if access.may(current_user, Action.SEE_PROGRESS, one.id)
        ],
        progress=queries.progress(found, shown, clock.now()),
        states=STATE_NAMES,
        now=clock.now(),
    )


def _chosen_state() -> State | None:
    asked = request.args.get("state", "")
    if asked and asked not in list(State):
        raise NotFound()
    return State(asked) if asked else None


@bp.get("/<drive>/<int:unit_id>/people")
def people(drive: str, unit_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.SEE_PROGRESS)
    found, shown = queries.place_for(current_user, drive, unit_id)
    state = _chosen_state()
    return render_template(
        "reports/people.html",
        drive=found,
        unit=shown,
        state=state,
        rows=queries.names(found, shown, state, clock.now()),
        states=STATE_NAMES,
        now=clock.now(),
    )


@bp.get("/<drive>/<int:unit_id>/people.xlsx")
def people_sheet(drive: str, unit_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.SEE_PROGRESS)
    found, shown = queries.place_for(current_user, drive, unit_id)
    rows = queries.names(found, shown, _chosen_state(), clock.now())
    audit.record(
        "export_people", "unit", shown.id, by=current_user.person_id, after={"drive": found.code, "rows": len(rows)}
    )
    return send_file(
        export.workbook(found, shown, rows),
        mimetype=SHEET,
        as_attachment=True,
        download_name=f"tien-do-{found.code}.xlsx",
    )


@bp.get("/<drive>/questions/<slug>")
def questions(drive: str, slug: str) -> ResponseReturnValue:
    """For organisers: how a quiz's questions do their work, as the worker last worked it out."""
    access.require(current_user, Action.ORGANISE_DRIVES)
    version, unit_id = request.args.get("version", type=number), request.args.get("unit", type=number)
    return render_template(
        "reports/analysis.html",
        analysis=queries.analysis_for(current_user, drive, slug, number=version, unit_id=unit_id),
        slug=slug,
        flag_names=FLAG_NAMES,
        advice=advice,
        reliability=reliability_in_words,
        discrimination=discrimination_in_words,
        least_for_alpha=LEAST_FOR_ALPHA,
        least_learners=LEAST_LEARNERS,
    )


@bp.get("/audit")
def audit_trail() -> ResponseReturnValue:
    """For inspection committees: who did what and when, read-only."""
    access.require(current_user, Action.READ_AUDIT)
    words, start = request.args.get("q", "").strip(), max(0, request.args.get("from", 0, number))
    lines = queries.audit_trail(current_user, words=words, after=start)
    return render_template(
        "reports/audit.html",
        lines=lines[: queries.TRAIL_PAGE],
        more=len(lines) > queries.TRAIL_PAGE,
        size=queries.TRAIL_PAGE,
        words=words,
        start=start,
        names=ACTION_NAMES,
    )
