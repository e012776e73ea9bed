"""The queue."""

from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lms import access
from lms.access import Action
from lms.grading import appeals, queues
from lms.grading.queues import Filter, Length, Order
from lms.grading.views.blueprint import bp
from lms.reflections.rules import STATE_NAMES, State
from lms.web import current_user, number

COUNTED = (State.SUBMITTED, State.GRADED, State.RELEASED)
LENGTH_NAMES = {Length.SHORT: "dưới 500 từ", Length.MIDDLE: "500 đến 1.199 từ", Length.LONG: "từ 1.200 từ"}


@bp.get("/")
def queue() -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    given, show = queues.given_to(current_user), request.args.get("show", "")
    shown = State.GRADED if show == "graded" else State.SUBMITTED
    is_mine = bool(given) and show not in ("graded", "all")
    late = {"yes": True, "no": False}.get(request.args.get("late", ""))
    length = request.args.get("length", "")
    wanted = Filter(
        words=request.args.get("q", "")[:100],
        unit_id=request.args.get("unit", type=number),
        late=late,
        length=Length(length) if length in set(Length) else None,
        again=request.args.get("again") == "yes",
        mine=is_mine,
    )
    page = min(max(request.args.get("page", 1, number), 1), 10_000)
    rows = queues.rows(current_user, [shown], wanted=wanted, page=page)
    kept = {name: value for name, value in request.args.items() if name != "page" and value}
    return render_template(
        "grading/queue.html",
        rows=rows[: queues.PAGE],
        has_more=len(rows) > queues.PAGE,
        number=page,
        kept=kept,
        is_filtered=replace(wanted, mine=False) != queues.EVERYTHING,
        given=given,
        show="graded" if shown is State.GRADED else "" if is_mine else "all",
        wanted=wanted,
        lengths=LENGTH_NAMES,
        units=queues.units_of_queue(current_user),
        counts={} if is_mine else queues.waiting(current_user, COUNTED),
        most=queues.MOST_COUNTED,
        appeals=appeals.waiting(current_user),
        shown=shown,
        states=STATE_NAMES,
        State=State,
    )


def mode_asked() -> dict[str, Any]:
    """How the reviewer goes from text to text, as the addresses of the desk carry it."""
    mode: dict[str, Any] = {}
    if request.args.get("order") == Order.MIXED:
        mode["order"] = Order.MIXED.value
    if request.args.get("again") == "yes":
        mode["again"] = "yes"
    if criterion := request.args.get("criterion", "")[:60]:
        mode["criterion"], mode["order"] = criterion, Order.MIXED.value
    return mode


def next_address(after: int | None) -> str:
    mode = mode_asked()
    following = queues.next_in_queue(
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
    return redirect(next_address(request.args.get("after", type=number)))
