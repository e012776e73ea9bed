"""The desk: one text with its rubric, and who has it open."""

import json
from dataclasses import asdict, dataclass, replace

from flask import jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock
from lms.access import Action
from lms.errors import NotAllowed, NotFound, Refused, wants_json
from lms.grading import agreement, queries, queues, rules, services
from lms.grading.models import Remark
from lms.grading.queries import Essay
from lms.grading.rules import DECISION_NAMES, Decision, Passage
from lms.grading.views.blueprint import bp
from lms.grading.views.queue import mode_asked
from lms.reflections import rules as reflection_rules
from lms.reflections.rules import STATE_NAMES
from lms.web import current_user


@dataclass(frozen=True)
class Comment:
    """A comment on a passage as the desk and the result show it; `place` is None where its words are gone."""

    no: int
    prompt_id: str
    place: int | None
    quote: str
    text: str
    kind: str
    """"mine" while not yet decided, "decided" on this text, "earlier" on a text before this."""
    by: str = ""
    remark: Remark | None = None


def comments_on(found: Essay, mine: list[Passage]) -> list[Comment]:
    grades = {grade.id: grade for grade in queries.standing(found.grades)}
    shown = [Comment(0, one.prompt_id, 0, one.quote, one.text, "mine") for one in mine]
    starts = [one.start for one in mine]
    decided = [id for id, grade in grades.items() if grade.decision is not Decision.SETTLED]
    for remark in queries.remarks_of(decided):
        grade = grades[remark.grade_id]
        kind = "decided" if grade.revision_id == found.revision.id else "earlier"
        text, by = found.mask.hide(remark.text), grade.reviewer.full_name
        shown.append(Comment(0, remark.prompt_id, 0, remark.quote, text, kind, by, remark))
        starts.append(remark.start)
    placed = []
    for no, (one, start) in enumerate(zip(shown, starts, strict=True), 1):
        place, quote = found.place(one.prompt_id, start, one.quote)
        placed.append(replace(one, no=no, place=place, quote=quote))
    return placed


def spans_of(comments: list[Comment], prompt_id: str) -> dict[int, tuple[int, int]]:
    return {
        one.no: (one.place, one.place + len(one.quote))
        for one in comments
        if one.prompt_id == prompt_id and one.place is not None
    }


@dataclass(frozen=True)
class Typed:
    """What the reviewer has typed about a text so far."""

    scores: dict[str, str]
    comment: str
    remarks: list[Passage]


def on_the_desk(reflection_id: int) -> Essay:
    """The essay on the desk; where it has left the desk, the sentence that says why."""
    try:
        access.require(current_user, Action.GRADE)
        return queries.essay_for(current_user, reflection_id)
    except (NotAllowed, NotFound):
        state, is_routed = queries.state_of(current_user, reflection_id)
        gone = _("Bài này không còn thuộc đơn vị đồng chí chấm. Điểm và nhận xét đồng chí đã gõ vẫn được giữ.")
        raise Refused((rules.refusal_to_read(state) if is_routed else gone) or gone) from None


def require_work(reflection_id: int) -> None:
    """Reviewers only, and those who have typed about this very text before they were moved elsewhere."""
    if not access.may(current_user, Action.GRADE) and queries.notes_of(current_user, reflection_id) is None:
        raise NotAllowed()


@bp.get("/<int:reflection_id>")
def essay(reflection_id: int) -> ResponseReturnValue:
    access.require(current_user, Action.GRADE)
    found = queries.essay_for(current_user, reflection_id)
    notes = queries.notes_of(current_user, reflection_id)
    if notes is not None:
        typed = Typed(notes.scores, notes.comment, rules.passages(notes.remarks))
    elif found.current is not None:
        typed = Typed(dict(found.current.scores), found.mask.hide(found.current.comment), [])
    else:
        typed = Typed({}, "", [])
    return essay_page(found, typed, saved_at=notes.saved_at if notes else None)


def essay_page(found: Essay, typed: Typed, *, saved_at: object = None, refusal: str = "", rewrite_on: str = "") -> str:
    comments = comments_on(found, typed.remarks)
    parts = [
        replace(part, text=found.texts.get(part.prompt.id, ""))
        for part in reflection_rules.parts(found.version.prompt_list(), found.reflection.texts)
    ]
    returned = [one for one in queries.standing(found.grades) if one.decision is Decision.RETURN]
    earlier = queries.text_of(returned[-1].revision_id) if returned else {}
    mode, marks = mode_asked(), queries.marks_on(found.grades, found.revision.id)
    closed = agreement.refusal_to_mark(found.agreement, marks, current_user.person_id)
    criteria = found.criteria
    return render_template(
        "grading/essay.html",
        essay=found,
        parts=[(part, rules.paragraphs(part.text, spans_of(comments, part.prompt.id))) for part in parts],
        changes={key: rules.changes(found.mask.hide(earlier.get(key, "")), text) for key, text in found.texts.items()}
        if earlier and returned[-1].revision_id != found.revision.id
        else {},
        round=len(returned) + 1,
        returns_left=found.drive.most_returns - len(returned),
        reason=found.mask.hide(returned[-1].comment) if returned else "",
        comments=comments,
        remarks=json.dumps([asdict(one) for one in found.as_shown(typed.remarks)], ensure_ascii=False),
        criteria=criteria,
        points={one.id: [(level, rules.points_of(one, level)) for level in one.levels] for one in criteria},
        scores=typed.scores,
        comment=typed.comment,
        saved_at=saved_at,
        refusal=refusal,
        rewrite_on=rewrite_on,
        states=STATE_NAMES,
        decisions=DECISION_NAMES,
        taken_back={one.takes_back_id for one in found.grades},
        standing=queries.standing(found.grades),
        is_open=found.reflection.state in rules.OPEN_TO_REVIEWERS and not closed,
        closed=closed,
        holder=queries.holder_of(current_user, found.reflection.id),
        left=queues.left(current_user),
        most=queues.MOST_COUNTED,
        day=queues.day_of(current_user),
        phrases=queries.phrases_for(current_user),
        mode=mode,
        only=mode.get("criterion") if mode.get("criterion") in {one.id for one in criteria} else None,
    )


@bp.post("/<int:reflection_id>/claim")
def claim(reflection_id: int) -> ResponseReturnValue:
    """From the page's script every few minutes (JSON), or from its button to take the essay over."""
    access.require(current_user, Action.GRADE)
    body = request.get_json(silent=True) if wants_json() else {"take_over": True}
    found = on_the_desk(reflection_id) if wants_json() else queries.essay_for(current_user, reflection_id)
    take_over = isinstance(body, dict) and body.get("take_over") is True
    held = services.claim(found.reflection.id, by=current_user, at=clock.now(), take_over=take_over)
    if not wants_json():
        return redirect(url_for("grading.essay", reflection_id=reflection_id, **mode_asked()))
    is_mine = held.reviewer_id == current_user.person_id
    holder = None if is_mine else queries.holder_of(current_user, reflection_id)
    return jsonify({"is_mine": is_mine, "holder": holder[0] if holder else None})
