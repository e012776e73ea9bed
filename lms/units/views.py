"""The administrator's and the organiser's list of units, with the codes that forms and spreadsheets ask for."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from lms import clock
from lms.access import ROLES_FOR, Action
from lms.errors import NotAllowed
from lms.units import queries
from lms.web import current_user, number

bp = Blueprint("units", __name__, url_prefix="/units")

PAGE = 100


@bp.get("/")
def units() -> ResponseReturnValue:
    roles = {role for action in (Action.MANAGE_PEOPLE, Action.ORGANISE_DRIVES) for role in ROLES_FOR[action]}
    roots = current_user.unit_ids(roles)
    if not roots:
        raise NotAllowed()
    words, start = request.args.get("q", "").strip(), max(0, request.args.get("from", 0, number))
    found = queries.units_page(roots, clock.today(), words=words, after=start, size=PAGE + 1)
    return render_template(
        "units/units.html",
        units=found[:PAGE],
        more=len(found) > PAGE,
        words=words,
        start=start,
        size=PAGE,
        totals=queries.category_totals(roots, clock.today()),
    )
