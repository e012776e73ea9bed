"""What the pages of an attempt send: answers, the browser's counter, and where the request comes from."""

import time
from collections.abc import Sequence

from flask import flash, request, url_for

from lms import clock
from lms.errors import BadInput, Refused
from lms.quizzes import services
from lms.quizzes.services import Origin
from lms.web import current_user


def origin() -> Origin:
    return Origin(current_user.sign_in_id, request.remote_addr)


def count(text: str) -> int:
    """A client's counter; anything else counts as not given."""
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise ValueError
    return int(text)


def is_count(value: int) -> bool:
    """Is this a counter as JSON carries it?"""
    return 0 <= value < 2**53


def fresh_counter() -> int:
    """A counter for forms without script: the server's milliseconds, above all that scripts counted before."""
    return time.time_ns() // 1_000_000


def sent_counter() -> int:
    try:
        return count(request.form.get("counter", ""))
    except ValueError:
        raise BadInput() from None


def answers() -> dict[str, Sequence[str]]:
    """What a form carries: one field a question, named `answer-<key>`."""
    prefix = "answer-"
    return {name.removeprefix(prefix): values for name, values in request.form.lists() if name.startswith(prefix)}


def save_form(attempt_id: int) -> bool:
    """Save what a form without script carries; False where a rule refused it, which the next page then says."""
    try:
        services.save_all(current_user, attempt_id, answers(), sent_counter(), at=clock.now(), origin=origin())
    except Refused as refused:
        flash(refused.sentence, "error")
        return False
    return True


def onward(attempt_id: int) -> str:
    """Where a form of an attempt wants to go: to the check before handing in, to a question, or where it stood.

    `at` names the question whose button was pressed.
    """
    goal, at = request.form.get("to") or request.form.get("q", ""), request.args.get("at", "")
    if goal == "check":
        return url_for("quizzes.look_over", attempt_id=attempt_id)
    return url_for(
        "quizzes.attempt",
        attempt_id=attempt_id,
        q=goal if _is_number(goal) else None,
        _anchor=f"cau-{at}" if _is_number(at) else None,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
