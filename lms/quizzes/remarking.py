"""What becomes of a mark that is no more: the former one is kept with the cause, and the learner is told."""

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select

from lms import vietnamese
from lms.db import db
from lms.drives.models import Summons
from lms.notices.services import notify
from lms.quizzes import lateness, queries, rules
from lms.quizzes.marking import Result
from lms.quizzes.models import Attempt, FormerMark
from lms.quizzes.rules import Rules

Mark = tuple[float, int, bool | None]
"""Points, out of how many, and whether passed; None while a person has something to mark."""


def put(attempt: Attempt, result: Result, held: Rules) -> None:
    """Write a result into its attempt."""
    attempt.points, attempt.passed = round(float(result.points), 4), result.verdict(held)
    attempt.out_of = None if len(result.marks) == len(attempt.question_keys) else len(result.marks)


def mark_of(attempt: Attempt) -> Mark:
    return attempt.points or 0.0, attempt.most_points, attempt.passed


def as_mark(result: Result, held: Rules) -> Mark:
    return round(float(result.points), 4), len(result.marks), result.verdict(held)


def keep_former(
    attempt: Attempt,
    mark: Mark,
    *,
    reason: str,
    at: datetime,
    correction_id: int | None = None,
    hand_mark_id: int | None = None,
    is_undo: bool = False,
) -> bool:
    """Keep a mark that is no more, with the cause; False where it was not complete, so that nobody was told of it."""
    points, most, passed = mark
    if passed is None:
        return False
    db.session.add(
        FormerMark(
            attempt_id=attempt.id,
            correction_id=correction_id,
            hand_mark_id=hand_mark_id,
            reason=reason,
            is_undo=is_undo,
            points=points,
            most_points=most,
            passed=passed,
            replaced_at=at,
        )
    )
    return True


def tell(attempt: Attempt, cause: str, text: str, *, at: datetime) -> None:
    """Tell the learner once about this attempt and this cause, with the way to its page."""
    person_id = db.session.scalars(select(Summons.person_id).where(Summons.id == attempt.summons_id)).one()
    link = f"/quizzes/attempts/{attempt.id}"
    notify(person_id, kind="mark", key=f"{cause}/{attempt.id}", text=text, link=link, at=at)


def _hidden_until(attempt: Attempt, held: Rules, at: datetime) -> str:
    """When the learner will see the mark; empty where they may see it already."""
    closes_at = queries.given_to(attempt.summons_id, vietnamese.day_of(at)).terms(attempt.module_id, held).closes_at
    later = rules.review(held, closes_at, at).later
    if later or not lateness.result_is_shown(attempt.state(), at):
        return later or _("Đồng chí mở bài để xem kết quả.")
    return ""


def tell_complete(attempt: Attempt, title: str, held: Rules, *, at: datetime) -> None:
    """Tell the learner once that all of an attempt is marked; the mark itself only where it may be seen already."""
    mark = _("Kết quả: %(mark)s.", mark=mark_in_words(mark_of(attempt)))
    text = _("Bài kiểm tra “%(title)s”, lượt %(n)s, đã chấm xong.", title=title, n=attempt.number)
    tell(attempt, "marked", f"{text} {_hidden_until(attempt, held, at) or mark}", at=at)


def tell_changed(attempt: Attempt, cause: str, text: str, title: str, held: Rules, *, at: datetime) -> None:
    """Tell the learner in this text that a mark became another one; without the marks where these are not seen yet."""
    if hidden := _hidden_until(attempt, held, at):
        text = _("Bài kiểm tra “%(title)s”, lượt %(n)s, có câu được chấm lại.", title=title, n=attempt.number)
        text = f"{text} {hidden}"
    tell(attempt, cause, text, at=at)


def facts_of(mark: Mark) -> dict[str, object]:
    return {"points": mark[0], "most_points": mark[1], "passed": mark[2]}


def mark_in_words(mark: Mark) -> str:
    """“7/10 điểm, đạt”; of what waits for a person the points so far."""
    points, most, passed = mark
    state = _("đạt") if passed else _("chưa đạt") if passed is False else _("còn chờ chấm")
    shown = vietnamese.format_number(round(points, 2))
    return _("%(points)s/%(most)s điểm, %(state)s", points=shown, most=most, state=state)
