"""Look-ups of published content."""

from collections.abc import Collection

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, selectinload

from lms.content.models import Module, ModuleVersion, QuestionVersion
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


def question_keys(version_id: int) -> list[str]:
    return list(
        db.session.scalars(
            select(QuestionVersion.key)
            .where(QuestionVersion.version_id == version_id)
            .order_by(QuestionVersion.position)
        )
    )


def version_by_id(version_id: int) -> ModuleVersion:
    return db.session.get_one(ModuleVersion, version_id)
