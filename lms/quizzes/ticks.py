"""Signed ticks of the server's clock: how an answer written without network shows that it was written in time.

The page of an attempt gets a tick with the page itself and a newer one with every answer of the server. A tick names
the attempt, the person and the server's moment, and is signed with the server's key. To each answer the browser adds
the tick it holds and the milliseconds that its own steady clock (`performance.now`, which nobody sets) has counted
since.

What this proves: this person's page was in touch with the server at the tick's moment, during this attempt; the answer
cannot have been written before that moment, and cannot have arrived before it was written.

What it cannot prove: the counted milliseconds come from a browser that its owner can rewrite, and a device that slept
may have counted too few. Somebody who cuts their own network shortly before the end can answer later and claim an
earlier moment. Therefore late answers are bounded (`rules.LATE_FOR`), are never taken once the result has been opened,
and every one stands on the attempt's timeline with tick, count and arrival, for a person to judge.
"""

from datetime import UTC, datetime, timedelta

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from lms.quizzes.lateness import Tick

SALT = "quiz-tick"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
LONGEST = 400
"""Characters of a tick; ours are far shorter."""


def tick(attempt_id: int, person_id: int, at: datetime) -> str:
    """The server's clock for one person in one attempt, signed."""
    return _signer().dumps([attempt_id, person_id, (at - EPOCH) // MILLISECOND])


def read(sent: str) -> Tick | None:
    """What a tick says; None when this server has not signed it."""
    if len(sent) > LONGEST:
        return None
    try:
        attempt_id, person_id, milliseconds = _signer().loads(sent)
    except BadSignature:
        return None
    return Tick(attempt_id, person_id, EPOCH + milliseconds * MILLISECOND)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=SALT)
