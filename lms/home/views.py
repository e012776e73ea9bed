"""The desk and help."""

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms import clock, offline
from lms.access import Action, may, public
from lms.completion import queries as completion
from lms.completion.rules import due_for, standing
from lms.drives import queries as drives
from lms.drives.models import Summons
from lms.drives.rules import PRESENCE_NAMES
from lms.home.rules import next_step, step_at
from lms.notices import queries as notices
from lms.reflections import deadlines, dispensations
from lms.reflections.rules import STATE_NAMES as REFLECTION_NAMES
from lms.vietnamese import day_of
from lms.web import current_user

bp = Blueprint("home", __name__)

STAFF_PAGES = (
    (Action.GRADE, "grading.queue"),
    (Action.ORGANISE_DRIVES, "drives.drives"),
    (Action.SEE_PROGRESS, "reports.reports"),
    (Action.READ_AUDIT, "reports.audit_trail"),
    (Action.SEE_CONTENT, "content.modules"),
    (Action.MANAGE_PEOPLE, "people.people"),
)


NEWEST = 3
"""So many notices stand on the desk; the others on a page of their own."""


@bp.get("/")
def desk() -> ResponseReturnValue:
    """The learner's desk; who has a role and nothing to study is taken to the page of that role."""
    summonses = drives.summonses_of(current_user)
    if not summonses:
        for action, endpoint in STAFF_PAGES:
            if may(current_user, action):
                return redirect(url_for(endpoint))
        return render_template("home/nothing.html")
    asked = request.args.get("drive", "")
    shown = next((row for row in summonses if row.drive.code == asked), summonses[0])
    return _desk_page(shown, summonses)


def _desk_page(shown: Summons, summonses: list[Summons]) -> str:
    drive, now = shown.drive, clock.now()
    learner = completion.learner(shown, now)
    modules = completion.module_progress(shown, now)
    demand = completion.demand_of(drive, modules)
    due = due_for(demand, learner.facts)
    given = (
        dispensations.given_to(shown.id, day_of(now)) if learner.facts.extended_to or learner.facts.is_exempt else ()
    )
    deadline = deadlines.deadline(
        drive.reflection_due_at, drive.grace_seconds, drive.late_until, learner.facts.rewrite_by, given
    )
    asks_reflection = demand.reflection and not learner.facts.is_exempt
    step = next_step(modules, learner.facts.reflection, asks_reflection, drive.needs_quizzes)
    return render_template(
        "home/desk.html",
        drive=drive,
        others=[row.drive for row in summonses if row is not shown],
        demand=demand,
        standing=standing(demand, learner.facts, now),
        modules=modules,
        sessions=completion.session_notes(shown),
        presences=PRESENCE_NAMES,
        reflection=learner.facts.reflection,
        reflection_names=REFLECTION_NAMES,
        notices=notices.newest_unread(current_user.person_id, NEWEST) if current_user.unread else (),
        due=due,
        deadline=deadline,
        end_in_words=deadlines.in_words,
        step=step_at(step, drive.opens_at, deadline.last_at, drive.closes_at, now),
    )


@bp.get("/help")
@public
def help_page() -> ResponseReturnValue:
    return render_template("home/help.html")


@bp.get("/service-worker.js")
@public
def service_worker() -> Response:
    """From the root, so that it may look after every page."""
    return Response(offline.service_worker(), mimetype="text/javascript")


@bp.get("/offline")
@public
def offline_page() -> ResponseReturnValue:
    """Holds nothing of anybody: what waits is read from the browser itself, with a network or without."""
    return render_template("home/offline.html")
