"""Content: the files that authors work on, and the versions that were published.

A version is never changed; what was shown can always be shown again.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.content.rules import Criterion, Difficulty, Option, Prompt, Question, QuizPlan
from lms.db import Json, Model, Word
from lms.people.models import Person
from lms.units.models import Unit


class Module(Model):
    """A topic module, known by its code through all versions."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey(Unit.id))
    """Whose authors work on it; None is the house's own, open to authors of every unit."""

    versions: Mapped[list["ModuleVersion"]] = relationship(back_populates="module", order_by="ModuleVersion.number")


class ModuleVersion(Model):
    """What a publishing made. `digest` is the SHA-256 of all its content; publishing the same again makes nothing."""

    __table_args__ = (UniqueConstraint("module_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey(Module.id))
    number: Mapped[int]
    digest: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str]
    objectives: Mapped[list[str]] = mapped_column(Json)
    html: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    quiz: Mapped[dict[str, Any] | None] = mapped_column(Json)
    prompts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    rubric: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    published_at: Mapped[datetime]
    published_by_id: Mapped[int | None]

    module: Mapped[Module] = relationship(back_populates="versions")
    lessons: Mapped[list["LessonVersion"]] = relationship(order_by="LessonVersion.position")
    questions: Mapped[list["QuestionVersion"]] = relationship(order_by="QuestionVersion.position")

    def quiz_plan(self) -> QuizPlan | None:
        return QuizPlan.from_json(self.quiz) if self.quiz else None

    def prompt_list(self) -> list[Prompt]:
        return [Prompt.from_json(prompt) for prompt in self.prompts]

    def criteria(self) -> list[Criterion]:
        return [Criterion.from_json(row) for row in self.rubric]


class FileRevision(Model):
    """A file of the workspace after one save. Rows are added, never changed; the highest number is the file as it is.

    `path` is the path below `content/`; `data` None says that the file was deleted.
    """

    __table_args__ = (UniqueConstraint("path", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str]
    number: Mapped[int]
    data: Mapped[bytes | None] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    """None came from a folder."""

    saved_by: Mapped[Person | None] = relationship()


class VersionFile(Model):
    """The text that a version was made of."""

    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id), primary_key=True)
    revision_id: Mapped[int] = mapped_column(ForeignKey(FileRevision.id), primary_key=True)

    revision: Mapped[FileRevision] = relationship()


class Proposal(Model):
    """Content laid before a content reviewer. What is approved is one digest: a later change needs a new proposal."""

    __table_args__ = (Index("ix_proposal_module_id", "module_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey(Module.id))
    digest: Mapped[str]
    note: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey(Person.id))
    is_approved: Mapped[bool | None]
    reason: Mapped[str] = mapped_column(default="")

    module: Mapped[Module] = relationship()
    proposed_by: Mapped[Person] = relationship(foreign_keys=[proposed_by_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])


class Image(Model):
    """A picture that some version shows, by the SHA-256 of the author's file; stored smaller and without metadata."""

    digest: Mapped[str] = mapped_column(primary_key=True)
    content_type: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class Fact(Model):
    """A fact as the sources say today. `scope` is the slug of the module whose own it is, or empty for a shared one."""

    __table_args__ = (UniqueConstraint("scope", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str]
    code: Mapped[str]
    statement: Mapped[str]
    reference: Mapped[str]
    confidence: Mapped[str]
    document_type: Mapped[str]
    number: Mapped[str]
    issued_on: Mapped[date | None]
    issuer: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    superseded_by: Mapped[str]


class LessonVersion(Model):
    """A lesson as it is shown; `key` is its stable id, the same in every version of the module."""

    __table_args__ = (UniqueConstraint("version_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    key: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    minutes: Mapped[int]
    read_since: Mapped[int]
    """The number of the oldest version whose reading still counts."""
    html: Mapped[str]
    headings: Mapped[list[Any]] = mapped_column(Json)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(Json)


class QuestionVersion(Model):
    """A question as it is shown and marked; `key` is its stable id."""

    __table_args__ = (UniqueConstraint("version_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    key: Mapped[str]
    position: Mapped[int]
    kind: Mapped[str]
    lesson_key: Mapped[str]
    html: Mapped[str]
    options: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    sources: Mapped[list[str]] = mapped_column(Json)
    topic: Mapped[str] = mapped_column(default="")
    difficulty: Mapped[Difficulty] = mapped_column(Word(Difficulty), default=Difficulty.MEDIUM)
    passage: Mapped[str] = mapped_column(default="")

    def specification(self) -> Question:
        asked = specification(self.key, self.kind, self.lesson_key, self.sources, self.html, self.options)
        return replace(asked, topic=self.topic, difficulty=self.difficulty, passage=self.passage)


class QuestionFact(Model):
    """A question rests on this fact; once the fact has expired, no new attempt draws the question."""

    question_id: Mapped[int] = mapped_column(ForeignKey(QuestionVersion.id), primary_key=True)
    fact_id: Mapped[int] = mapped_column(ForeignKey(Fact.id), primary_key=True, index=True)


def specification(
    key: str, kind: str, lesson_key: str, sources: list[str], html: str, options: list[dict[str, Any]]
) -> Question:
    """A question out of its columns."""
    return Question(key, kind, lesson_key, tuple(sources), html, tuple(Option(**option) for option in options))
