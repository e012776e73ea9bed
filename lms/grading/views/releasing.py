"""The pages on which grading leads give results out: the drives, a wave at the gate, a result as its author sees it."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.drives.models import Drive
from lms.drives.rules import RATING_NAMES
from lms.errors import NotFound
from lms.grading import blindness, gate, queries, releasing, results, rules
from lms.grading.gate import Concern
from lms.grading.releasing import Wave
from lms.grading.views.blueprint import bp
from lms.reflections.rules import State
from lms.web import current_user, number

NAMED = 20
"""So many texts of a concern are named on the page at once."""


@bp.get("/release")
def releases() -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    return render_template("grading/releases.html", overviews=releasing.overviews(current_user))


def _wave_asked(drive: Drive) -> Wave:
    """What the address asks for; in a drive without names no unit, for that would tell which texts are its people's."""
    until = None
    with suppress(ValueError):
        until = date.fromisoformat(request.values.get("until", ""))
    return Wave(None if drive.is_blind else request.values.get("unit", type=number), until)


def _kept(wave: Wave) -> dict[str, str]:
    """The wave as an address carries it."""
    unit = {"unit": str(wave.unit_id)} if wave.unit_id is not None else {}
    return unit | ({"until": wave.until.isoformat()} if wave.until else {})


@bp.get("/release/<drive>")
def wave(drive: str) -> ResponseReturnValue:
    access.require(current_user, Action.RELEASE)
    found = releasing.drive_for(current_user, drive)
    asked = _wave_asked(found)
    page = min(max(request.args.get("page", 1, number), 1), 10_000)
    looked = releasing.look(current_user, found, asked)
    rows = releasing.releasable(current_user, found, asked, page=page)
    concerns = [(concern, looked.of(concern)) for concern in Concern]
    named = [id for _concern, ids in concerns for id in ids[:NAMED]]
    return render_template(
        "grading/release.html",
        drive=found,
        wave=asked,
        kept=_kept(asked),
        units=[] if found.is_blind else releasing.units_of(current_user, found),
        is_waiting=bool(looked.ids) or bool(releasing.look(current_user, found).ids),
        looked=looked,
        concerns=[(concern, ids) for concern, ids in concerns if ids],
        concern_names={concern: name() for concern, name in gate.CONCERN_NAMES.items()},
        thresholds={concern: gate.threshold(concern, found.average) for concern in Concern},
        holds_back=gate.HOLDS_BACK,
        names=releasing.names_of(current_user, found, named) if named else {},
        most_named=NAMED,
        clear=len(looked.through(())),
        rows=rows[: releasing.PAGE],
        has_more=len(rows) > releasing.PAGE,
        page=page,
        ratings=RATING_NAMES,
        may_change_rubric=access.may(current_user, Action.RELEASE, found.unit_id),
    )


@bp.post("/release/<drive>")
def release(drive: str) -> ResponseReturnValue:
    """The whole wave past the gate, or the texts that were ticked; whoever ticks one has seen its concern beside it."""
    access.require(current_user, Action.RELEASE)
    found = releasing.drive_for(current_user, drive)
    asked = _wave_asked(found)
    if request.form.get("which") == "wave":
        accepted = [Concern(word) for word in request.form.getlist("accept") if word in set(Concern)]
        outcome = releasing.release_wave(current_user, found.code, asked, accepted, at=clock.now())
        count, held = outcome.released, outcome.held
    else:
        ids = request.form.getlist("reflection", type=number)
        count, held = releasing.release(ids, by=current_user, at=clock.now()), 0
    said = _("Đã công bố %(n)s kết quả. Mỗi người nhận một thông báo.", n=count)
    if not count:
        said = _("Chưa có kết quả nào được công bố: chưa đánh dấu bài nào, hoặc các bài này vừa được công bố.")
    if held:
        said += " " + _("Còn giữ lại %(n)s bài cần xem.", n=held)
    flash(said)
    kept: dict[str, Any] = {**_kept(asked)}
    return redirect(url_for("grading.wave", drive=found.code, **kept))


@bp.get("/release/<drive>/<int:reflection_id>")
def preview(drive: str, reflection_id: int) -> ResponseReturnValue:
    """The result as its author will see it; nothing is told to anybody. There is none before all marks are in."""
    access.require(current_user, Action.RELEASE)
    essay = queries.essay_for(current_user, reflection_id, Action.RELEASE)
    if essay.reflection.state is not State.GRADED:
        raise NotFound()
    shown = results.preview_of(essay, blindness.mask_of_reviewers(essay.drive, reflection_id).hide)
    if essay.drive.code != drive or shown is None:
        raise NotFound()
    return render_template("grading/result.html", result=shown, preview=essay)


@bp.get("/release/<drive>/marks")
def same_mark(drive: str) -> ResponseReturnValue:
    """Who else got this mark."""
    access.require(current_user, Action.RELEASE)
    found, page = releasing.drive_for(current_user, drive), min(max(request.args.get("page", 1, number), 1), 10_000)
    mark = rules.read_score(request.args.get("mark", "")[:10])
    mark = mark if mark is not None and mark.is_finite() and 0 <= mark <= 10 else Decimal(0)
    rows = releasing.with_mark(current_user, found, mark, page=page)
    return render_template(
        "grading/same_mark.html",
        drive=found,
        mark=mark,
        rows=rows[: releasing.PAGE],
        has_more=len(rows) > releasing.PAGE,
        page=page,
    )
