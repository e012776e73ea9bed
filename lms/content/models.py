"""Published content. A version is never changed; what was shown can always be shown again."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.content.rules import Criterion, Level, Option, Prompt, Question, QuizPlan
from lms.db import Json, Model


class Module(Model):
    """A topic module, known by its code through all versions."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str] = mapped_column(unique=True)

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
        return QuizPlan(**self.quiz) if self.quiz else None

    def prompt_list(self) -> list[Prompt]:
        return [Prompt(**prompt) for prompt in self.prompts]

    def criteria(self) -> list[Criterion]:
        return [
            Criterion(row["id"], row["title"], row["weight"], tuple(Level(**level) for level in row["levels"]))
            for row in self.rubric
        ]


class LessonVersion(Model):
    """A lesson as it is shown; `key` is its stable id, the same in every version of the module."""

    __table_args__ = (UniqueConstraint("version_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey(ModuleVersion.id))
    key: Mapped[str]
    position: Mapped[int]
    title: Mapped[str]
    minutes: Mapped[int]
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

    def specification(self) -> Question:
        return specification(self.key, self.kind, self.lesson_key, self.sources, self.html, self.options)


def specification(
    key: str, kind: str, lesson_key: str, sources: list[str], html: str, options: list[dict[str, Any]]
) -> Question:
    """A question out of its columns."""
    return Question(key, kind, lesson_key, tuple(sources), html, tuple(Option(**option) for option in options))
