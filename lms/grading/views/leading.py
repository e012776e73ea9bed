"""The grading lead's view of a drive."""

from flask import render_template
from flask.typing import ResponseReturnValue

from lms import access
from lms.access import Action
from lms.grading import allocation, leading, steadiness
from lms.grading.views.blueprint import bp
from lms.reflections.rules import STATE_NAMES, State
from lms.web import current_user


@bp.get("/lead/<drive>")
def lead(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.ALLOCATE)
    found = allocation.drive_for(current_user, drive)
    shown = leading.lead(current_user, found)
    severities = [one.severity for one in shown.reviewers]
    return render_template(
        "grading/lead.html",
        drive=found,
        lead=shown,
        ages=steadiness.AGES,
        most_a_day=steadiness.rounded_up(max(max(day.handed_in, day.marked) for day in shown.days)),
        most_of_age=steadiness.rounded_up(max(shown.progress.ages)),
        reach=steadiness.reach_of(severities),
        close=leading.CLOSE,
        states=STATE_NAMES,
        State=State,
    )
