"""What a finished attempt tells its learner: what to read again, and when the next one may begin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from lms.content.rules import Question
from lms.quizzes import rules
from lms.quizzes.rules import Rules, Terms


@dataclass(frozen=True)
class Chapter:
    """What of a lesson is needed to point into it."""

    position: int
    title: str
    headings: Mapping[str, str]
    """Ids and texts."""
    sources: tuple[str, ...]
    """What it cites, in the order of the numbers in its text."""


@dataclass
class Reading:
    """A place to read again, and the questions that were missed because of it, by their numbers."""

    lesson: str
    title: str
    place: str
    """The heading, or the source that is cited there; empty is the whole lesson."""
    anchor: str
    numbers: list[int] = field(default_factory=list)


def chapter_of(position: int, title: str, headings: Sequence[Any], sources: Sequence[Mapping[str, Any]]) -> Chapter:
    """Out of the columns of a lesson."""
    return Chapter(
        position,
        title,
        {id: words for _level, id, words in headings},
        tuple(source["id"] for source in sources),
    )


def to_read_again(
    questions: Sequence[Question], marks: Mapping[str, Fraction], chapters: Mapping[str, Chapter]
) -> list[Reading]:
    """Where the answers to the missed questions stand, each place once, in the order of the lessons.

    The author's own word for the place goes first; else it is where the lesson first cites a source of the question.
    """
    found: dict[tuple[str, str], Reading] = {}
    for number, question in enumerate(questions, 1):
        chapter = chapters.get(question.lesson)
        if chapter is None or marks.get(question.id, Fraction(1)) == 1:
            continue
        anchor, place = _place(question, chapter)
        reading = found.setdefault((question.lesson, anchor), Reading(question.lesson, chapter.title, place, anchor))
        reading.numbers.append(number)

    def order(reading: Reading) -> tuple[int, int]:
        chapter = chapters[reading.lesson]
        headings = list(chapter.headings)
        return chapter.position, headings.index(reading.anchor) if reading.anchor in headings else len(headings)

    return sorted(found.values(), key=order)


def _place(question: Question, chapter: Chapter) -> tuple[str, str]:
    """The id of a place in the lesson and what it is called."""
    if heading := chapter.headings.get(f"muc-{question.passage}"):
        return f"muc-{question.passage}", heading
    source = next((source for source in question.sources if source in chapter.sources), None)
    if source is None:
        return "", ""
    return f"trich-{source}", _("Chỗ dẫn nguồn số %(n)s", n=chapter.sources.index(source) + 1)


@dataclass(frozen=True)
class Next:
    """What comes after an attempt, in words, and whether another one may begin now."""

    sentence: str
    may_start: bool


def what_next(
    everybodys: Rules, held: Terms, begun: int, last_handed_in: datetime | None, passed: bool | None, now: datetime
) -> Next:
    """How many tries are left, and when the next may begin, for a learner who has `begun` so many."""
    if refusal := rules.refusal_to_start(held, begun, has_open=False):
        return Next(refusal, may_start=False)
    waits = rules.waits_until(everybodys.wait_minutes, last_handed_in)
    refusal = rules.refusal_to_wait(everybodys, held.closes_at, waits, now)
    if refusal and now > held.closes_at:
        return Next(refusal, may_start=False)
    left = _("Đồng chí còn %(n)s lượt.", n=held.attempts - begun) if held.attempts else _("Số lượt không giới hạn.")
    if refusal:
        return Next(f"{left} {refusal}", may_start=False)
    until = rules.until(held.closes_at)
    if passed:
        return Next(_("%(left)s Đã đạt thì không cần làm lại.", left=left), may_start=True)
    return Next(_("%(left)s Lượt sau làm được ngay, đến %(end)s.", left=left, end=until), may_start=True)
