"""The words of content: what a checked module consists of. Everything here is plain data, ready to be stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong in a module: where, what, and what to do about it. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    code: str
    severity: Severity = field(compare=False)
    message: str
    cure: str = field(compare=False)
    excerpt: str = field(default="", compare=False)
    """What stands there in the file, in short."""


@dataclass(frozen=True)
class Source:
    """A fact and where it comes from. `confidence`: "2" or more sources, "1", S seed text, T tested, G unverified."""

    id: str
    statement: str
    reference: str
    confidence: str
    valid_from: date | None
    valid_to: date | None
    document_type: str = ""
    number: str = ""
    issued_on: date | None = None
    issuer: str = ""
    superseded_by: str = ""
    """The id of the fact that took its place."""
    is_shared: bool = True
    """Stands in `content/sources.yaml`; otherwise in the module's own."""

    def has_lapsed(self, on: date) -> bool:
        """It no longer holds: its last day is over, or it was replaced without a day being named."""
        return self.valid_to < on if self.valid_to else bool(self.superseded_by)


@dataclass(frozen=True)
class Option:
    id: str
    html: str
    is_right: bool
    explanation: str


class Difficulty(StrEnum):
    EASY, MEDIUM, HARD = "de", "vua", "kho"


DIFFICULTY_NAMES = {Difficulty.EASY: "dễ", Difficulty.MEDIUM: "vừa", Difficulty.HARD: "khó"}


@dataclass(frozen=True)
class Question:
    """`lesson` is the lesson to read again; `sources` are fact ids; without a topic it is the lesson's own."""

    id: str
    kind: str
    lesson: str
    sources: tuple[str, ...]
    html: str
    options: tuple[Option, ...]
    topic: str = ""
    difficulty: Difficulty = Difficulty.MEDIUM
    passage: str = ""
    """The heading in the lesson under which the answer stands, as the id of the heading without `muc-`."""


@dataclass(frozen=True)
class Lesson:
    id: str
    title: str
    minutes: int
    html: str
    headings: tuple[tuple[int, str, str], ...]
    sources: tuple[str, ...]
    """In the order of their numbers in the text."""


class Counts(StrEnum):
    """Which attempt is the result."""

    BEST, LAST, FIRST, AVERAGE = "best", "last", "first", "average"


class Feedback(StrEnum):
    """When answers are talked over: at once (practice), after handing in, or after the quiz has closed."""

    AT_ONCE, SUBMITTED, CLOSED = "at_once", "submitted", "closed"


class Practice(StrEnum):
    """When learners may try the questions of the bank by themselves: never, once their quiz is over, or at any time."""

    OFF, AFTER, ALWAYS = "off", "after", "always"


@dataclass(frozen=True)
class Cell:
    """So many questions of a topic and a difficulty; empty is any."""

    questions: int
    topic: str = ""
    difficulty: str = ""

    def takes(self, one: "Candidate") -> bool:
        return self.topic in ("", one.topic) and self.difficulty in ("", one.difficulty)


@dataclass(frozen=True)
class Candidate:
    """What assembling needs to know of a question of the bank."""

    key: str
    topic: str
    difficulty: str


@dataclass(frozen=True)
class Section:
    """A part of a quiz: the questions of a fixed list, and so many of each cell drawn from the bank."""

    title: str
    fixed: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()

    @property
    def questions(self) -> int:
        return len(self.fixed) + sum(cell.questions for cell in self.cells)


@dataclass(frozen=True)
class QuizPlan:
    """How an attempt is assembled and what holds for it unless a drive says otherwise.

    `attempts` 0 is no limit. Without sections `questions` are drawn from the whole bank; with them it is their sum.
    """

    questions: int
    minutes: int
    pass_percent: int
    attempts: int
    html: str
    wait_minutes: int = 0
    counts: Counts = Counts.BEST
    feedback: Feedback = Feedback.SUBMITTED
    show_marks: bool = True
    show_answers: bool = True
    show_explanations: bool = True
    shuffle: bool = True
    one_a_page: bool = False
    grace_seconds: int = 15
    practice: Practice = Practice.AFTER
    sections: tuple[Section, ...] = ()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "QuizPlan":
        """As a version keeps it; what an older version does not say holds by default."""
        facts = dict(stored)
        sections = tuple(
            Section(one["title"], tuple(one["fixed"]), tuple(Cell(**cell) for cell in one["cells"]))
            for one in facts.pop("sections", ())
        )
        counts, feedback = Counts(facts.pop("counts", Counts.BEST)), Feedback(facts.pop("feedback", Feedback.SUBMITTED))
        practice = Practice(facts.pop("practice", Practice.AFTER))
        return cls(**facts, counts=counts, feedback=feedback, practice=practice, sections=sections)


@dataclass(frozen=True)
class Passage:
    """A passage that shows how a prompt may be answered."""

    title: str
    html: str


@dataclass(frozen=True)
class Prompt:
    """`criteria` are the ids of those by which the answer is marked; none named is all of the rubric."""

    id: str
    title: str
    min_words: int
    max_words: int
    html: str
    criteria: tuple[str, ...] = ()
    models: tuple[Passage, ...] = ()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Prompt":
        """As a version keeps it; what an older version does not say holds by default."""
        models = tuple(Passage(**one) for one in stored.get("models", ()))
        return cls(**{**stored, "criteria": tuple(stored.get("criteria", ())), "models": models})

    def marked_by(self, rubric: "Sequence[Criterion]") -> "list[Criterion]":
        """Its share of the rubric."""
        return [criterion for criterion in rubric if not self.criteria or criterion.id in self.criteria]


@dataclass(frozen=True)
class Level:
    """`least` is the lowest score (0–10) at which a criterion reads as this level."""

    least: float
    name: str
    text: str


@dataclass(frozen=True)
class Criterion:
    """Scored from 0 to 10; `weight` is its share of the mark in percent."""

    id: str
    title: str
    weight: int
    levels: tuple[Level, ...]

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Criterion":
        return cls(**{**stored, "levels": tuple(Level(**level) for level in stored["levels"])})

    def level_of(self, score: float) -> Level:
        return next(level for level in self.levels if score >= level.least)


@dataclass(frozen=True)
class Picture:
    """An image of the module, known by the SHA-256 of its file."""

    name: str
    digest: str
    content_type: str
    width: int
    height: int

    @property
    def address(self) -> str:
        """Where pages find it."""
        return f"/content/images/{self.digest}"


@dataclass(frozen=True)
class Module:
    """A whole checked module; `reflection` parts are empty where the module asks for none."""

    slug: str
    code: str
    title: str
    summary: str
    objectives: tuple[str, ...]
    valid_from: date
    valid_to: date | None
    html: str
    sources: tuple[Source, ...]
    lessons: tuple[Lesson, ...]
    questions: tuple[Question, ...]
    quiz: QuizPlan | None
    prompts: tuple[Prompt, ...]
    rubric: tuple[Criterion, ...]
    pictures: tuple[Picture, ...] = ()
