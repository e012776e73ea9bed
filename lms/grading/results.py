"""A result as its author reads it: by criterion with the level's words, and what was said of which words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from lms.content.models import ModuleVersion
from lms.content.rules import Criterion, Level
from lms.db import db
from lms.drives.models import Drive, Summons
from lms.drives.rules import RATING_NAMES, RATING_ORDER, Rating
from lms.grading import queries, rules
from lms.grading.appealing import CAUSE_NAMES, Cause
from lms.grading.models import Appeal, FormerResult, Grade, Release, RubricChange
from lms.grading.queries import OTHER_RUBRIC, Essay, in_force
from lms.grading.rules import Paragraph
from lms.reflections import rules as reflection_rules
from lms.reflections.models import Reflection
from lms.reflections.rules import Part


@dataclass(frozen=True)
class Line:
    """A criterion with the score and the level that it reads as."""

    criterion: Criterion
    score: Decimal
    level: Level

    @property
    def above(self) -> Level | None:
        """The next better level: what it asks for is the next step."""
        return min(
            (one for one in self.criterion.levels if one.least > self.level.least),
            key=lambda one: one.least,
            default=None,
        )


@dataclass(frozen=True)
class Said:
    """A comment on a passage; `place` is None where its words are gone from the text."""

    no: int
    prompt_id: str
    place: int | None
    quote: str
    text: str


@dataclass(frozen=True)
class Former:
    """What the result was before, and why it changed."""

    mark: Decimal
    rating: Rating
    lines: list[Line]
    cause: Cause
    reason: str
    replaced_at: datetime

    @property
    def rating_name(self) -> str:
        return RATING_NAMES[self.rating]

    @property
    def why(self) -> str:
        return CAUSE_NAMES[self.cause]


@dataclass(frozen=True)
class Result:
    """All that the result page shows of a mark."""

    drive: Drive
    receipt_no: str
    mark: Decimal
    rating: Rating
    lines: list[Line]
    comment: str
    comments: list[Said]
    parts: list[tuple[Part, list[Paragraph]]]
    released_at: datetime | None = None
    formers: list[Former] = field(default_factory=list)

    @property
    def rating_name(self) -> str:
        return RATING_NAMES[self.rating]

    @property
    def is_enough(self) -> bool:
        return RATING_ORDER.index(self.rating) >= RATING_ORDER.index(self.drive.least_rating)

    @property
    def least(self) -> str:
        """The rating that the drive asks for."""
        return RATING_NAMES[self.drive.least_rating]

    @property
    def weakest(self) -> list[Line]:
        """Where there is most to gain: the lowest criterion, or several alike, unless all are at the highest level."""
        open_ones = [line for line in self.lines if line.above]
        lowest = min((line.score for line in open_ones), default=None)
        return [line for line in open_ones if line.score == lowest]

    def said_of(self, prompt_id: str) -> list[Said]:
        return [one for one in self.comments if one.prompt_id == prompt_id]


def as_it_is(text: str) -> str:
    return text


def lines(criteria: Sequence[Criterion], scores: Mapping[str, str]) -> list[Line]:
    """The criteria that bear a score."""
    given = [(one, Decimal(scores[one.id])) for one in criteria if one.id in scores]
    return [Line(one, score, one.level_of(float(score))) for one, score in given]


Place = Callable[[str, int, str], tuple[int | None, str]]
"""Where the quoted words of a comment stand, and how they are shown."""


@dataclass(frozen=True)
class Own:
    """What is known of a released text: its release, the rubric that applies, an appeal, and former results."""

    release: Release
    version: ModuleVersion
    rubric: ModuleVersion
    appeal: Appeal | None
    formers: list[FormerResult]


def own(reflection_id: int) -> Own | None:
    """One query, and another one only where the result was changed."""
    was_changed = select(FormerResult.id).where(FormerResult.release_id == Release.id).correlate(Release).exists()
    row = db.session.execute(
        select(Release, ModuleVersion, OTHER_RUBRIC, Appeal, was_changed)
        .join(Release.grade)
        .options(contains_eager(Release.grade))
        .join(Reflection, Reflection.id == Release.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .join(ModuleVersion, ModuleVersion.id == Reflection.version_id)
        .outerjoin(RubricChange, in_force(Summons.drive_id, Reflection.version_id))
        .outerjoin(OTHER_RUBRIC, OTHER_RUBRIC.id == RubricChange.rubric_version_id)
        .outerjoin(Appeal, Appeal.reflection_id == Reflection.id)
        .where(Release.reflection_id == reflection_id)
    ).first()
    if row is None:
        return None
    release, version, other, appeal, changed = row
    formers = select(FormerResult).where(FormerResult.release_id == release.id).order_by(FormerResult.id)
    return Own(release, version, other or version, appeal, list(db.session.scalars(formers)) if changed else [])


def result_of(drive: Drive, reflection: Reflection, known: Own, hide: Callable[[str], str] = as_it_is) -> Result:
    """What was released, and what it was before; `hide` blots out of what was said whom the author must not know.

    What the first reviewer said stays beside an appeal's mark, whose words are the answer to the appeal.
    """

    def place(prompt_id: str, start: int, quote: str) -> tuple[int | None, str]:
        return rules.place_of(reflection.texts.get(prompt_id, ""), start, quote), quote

    release = known.release
    grade_ids = sorted({release.grade_id, *(one.grade_id for one in known.formers)})
    comments, criteria = _comments(grade_ids, place, hide), known.rubric.criteria()
    return Result(
        drive=drive,
        receipt_no=reflection.receipt_no or "",
        mark=release.mark,
        rating=release.rating,
        lines=lines(criteria, release.grade.scores),
        comment=hide(db.session.get_one(Grade, grade_ids[0]).comment),
        comments=comments,
        parts=_parts(known.version, reflection.texts, comments),
        released_at=release.released_at,
        formers=[
            Former(one.mark, one.rating, lines(criteria, one.scores), one.cause, hide(one.reason), one.replaced_at)
            for one in known.formers
        ],
    )


def preview_of(essay: Essay, hide: Callable[[str], str] = as_it_is) -> Result | None:
    """What the author would read if the current mark were released now; None where there is none.

    Whom the viewer must not know is blotted out of it.
    """
    grade = essay.current
    if grade is None or grade.mark is None:
        return None
    comments = _comments([grade.id], essay.place, lambda text: essay.mask.hide(hide(text)))
    return Result(
        drive=essay.drive,
        receipt_no="" if essay.is_masked else essay.reflection.receipt_no or "",
        mark=grade.mark,
        rating=essay.drive.thresholds().rating_of(float(grade.mark)),
        lines=lines(essay.criteria, grade.scores),
        comment=essay.mask.hide(hide(grade.comment)),
        comments=comments,
        parts=_parts(essay.version, essay.texts, comments),
    )


def _comments(grade_ids: Sequence[int], place: Place, hide: Callable[[str], str]) -> list[Said]:
    return [
        Said(no, one.prompt_id, *place(one.prompt_id, one.start, one.quote), hide(one.text))
        for no, one in enumerate(queries.remarks_of(grade_ids), 1)
    ]


def _parts(
    version: ModuleVersion, texts: Mapping[str, str], comments: Sequence[Said]
) -> list[tuple[Part, list[Paragraph]]]:
    parts = reflection_rules.parts(version.prompt_list(), texts)
    return [(part, rules.paragraphs(part.text, spans(comments, part.prompt.id))) for part in parts]


def spans(comments: Sequence[Said], prompt_id: str) -> dict[int, tuple[int, int]]:
    return {
        one.no: (one.place, one.place + len(one.quote))
        for one in comments
        if one.prompt_id == prompt_id and one.place is not None
    }
