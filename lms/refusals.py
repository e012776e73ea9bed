"""The few ways in which something can fail, as the rules and readers raise them; `errors.py` has the page of each.

Nothing else is imported here, so that a child process that reads a stranger's file starts at once.
"""

from typing import Any


class LmsError(Exception):
    """Base of our own errors. `sentence` is Vietnamese, for the person, and names the cure where there is one."""

    status = 500

    def __init__(self, sentence: str = "", **details: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class NotFound(LmsError):
    """There is no such thing for this viewer: absent and not theirs look the same."""

    status = 404


class NotAllowed(LmsError):
    """The viewer may know that the page exists, but it is not for their role."""

    status = 403


class Refused(LmsError):
    """A rule said no; `sentence` is the rule's own reason. `details` goes to scripts as JSON."""

    status = 409


class BadInput(LmsError):
    """What was sent cannot be read at all: wrong kind, wrong size, wrong shape."""

    status = 400


class BadContent(LmsError):
    """A module cannot be published; `details["faults"]` names every file and line."""


class Unreadable(BadInput):
    """The file as a whole cannot be taken."""

    def __init__(self, message: str, cure: str) -> None:
        super().__init__(f"{message} {cure}".strip())
        self.message, self.cure = message, cure
