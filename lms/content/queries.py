"""Look-ups of published content."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from lms.content.models import Fact, Module, ModuleVersion, QuestionFact, QuestionVersion
from lms.db import db, one_or_not_found


def latest_versions() -> Select[ModuleVersion]:
    """The newest version of every module, by module code."""
    newest = (
        select(ModuleVersion.module_id, func.max(ModuleVersion.number).label("number"))
        .group_by(ModuleVersion.module_id)
        .subquery()
    )
    return (
        select(ModuleVersion)
        .join(newest, (newest.c.module_id == ModuleVersion.module_id) & (newest.c.number == ModuleVersion.number))
        .join(ModuleVersion.module)
        .options(contains_eager(ModuleVersion.module))
        .order_by(Module.code)
    )


def version_of(slug: str, number: int | None) -> ModuleVersion:
    """One version with its lessons and questions; the newest when no number is given."""
    statement = select(ModuleVersion).join(ModuleVersion.module).where(Module.slug == slug)
    if number is not None:
        statement = statement.where(ModuleVersion.number == number)
    statement = statement.order_by(ModuleVersion.number.desc()).limit(1)
    return one_or_not_found(
        statement.options(
            contains_eager(ModuleVersion.module),
            selectinload(ModuleVersion.lessons),
            selectinload(ModuleVersion.questions),
        )
    )


def version_numbers(module_id: int) -> list[ModuleVersion]:
    return list(
        db.session.scalars(
            select(ModuleVersion).where(ModuleVersion.module_id == module_id).order_by(ModuleVersion.number.desc())
        )
    )


def questions(version_id: int, keys: Collection[str]) -> dict[str, QuestionVersion]:
    rows = db.session.scalars(
        select(QuestionVersion).where(QuestionVersion.version_id == version_id, QuestionVersion.key.in_(keys))
    )
    return {row.key: row for row in rows}


def has_lapsed(day: date) -> ColumnElement[bool]:
    """A condition on `Fact`: it no longer holds on this day."""
    return or_(Fact.valid_to < day, and_(Fact.superseded_by != "", Fact.valid_to.is_(None)))


def is_withdrawn(day: date) -> ColumnElement[bool]:
    """A condition on `QuestionVersion`: it rests on a fact that no longer holds, so no new attempt draws it."""
    return exists().where(
        QuestionFact.question_id == QuestionVersion.id, Fact.id == QuestionFact.fact_id, has_lapsed(day)
    )


def question_keys(version_id: int, day: date) -> list[str]:
    """The questions that an attempt begun on this day may draw."""
    return list(
        db.session.scalars(
            select(QuestionVersion.key)
            .where(QuestionVersion.version_id == version_id, ~is_withdrawn(day))
            .order_by(QuestionVersion.position)
        )
    )


def version_by_id(version_id: int) -> ModuleVersion:
    return db.session.get_one(ModuleVersion, version_id)
