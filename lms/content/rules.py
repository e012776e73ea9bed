"""The words of content: what a checked module consists of. Everything here is plain data, ready to be stored."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


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


@dataclass(frozen=True)
class Question:
    """`lesson` is the lesson to read again; `sources` are fact ids."""

    id: str
    kind: str
    lesson: str
    sources: tuple[str, ...]
    html: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Lesson:
    id: str
    title: str
    minutes: int
    html: str
    headings: tuple[tuple[int, str, str], ...]
    sources: tuple[str, ...]
    """In the order of their numbers in the text."""


@dataclass(frozen=True)
class QuizPlan:
    """How an attempt is assembled: draw `questions` from the bank, `minutes` to answer, `attempts` 0 is no limit."""

    questions: int
    minutes: int
    pass_percent: int
    attempts: int
    html: str


@dataclass(frozen=True)
class Prompt:
    id: str
    title: str
    min_words: int
    max_words: int
    html: str


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
