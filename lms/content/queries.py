"""Look-ups of published content."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from lms import access, clock
from lms.access import ROLES_FOR, Action
from lms.content.earlier import EarlierIds
from lms.content.models import Fact, Module, ModuleVersion, QuestionFact, QuestionVersion
from lms.content.rules import Candidate
from lms.db import db, one_or_not_found
from lms.errors import NotAllowed
from lms.people.viewer import SignedIn
from lms.units import queries as units

STAFF = (Action.EDIT_CONTENT, Action.APPROVE_CONTENT)
"""Either of these lets somebody see a module's draft."""


def modules_for(viewer: SignedIn, *actions: Action) -> Select[Module]:
    """The modules on which the viewer may do one of these, by code.

    A module belongs to a unit and is worked on by whoever holds the role over it; the house's own modules, which belong
    to none, and the shared files by those who hold it over a unit at the top.
    """
    roots = viewer.unit_ids([role for action in actions for role in ROLES_FOR[action]])
    ours = units.within(Module.unit_id, roots, clock.today())
    house = or_(ours, Module.unit_id.is_(None)) if may_on_shared(viewer, *actions) else ours
    return select(Module).where(house).order_by(Module.code)


def may_on_shared(viewer: SignedIn, *actions: Action) -> bool:
    """May the viewer do one of these on what belongs to no unit: the house's own modules and the shared files?"""
    roots = viewer.unit_ids([role for action in actions for role in ROLES_FOR[action]])
    return bool(set(roots) & set(units.top_ids(clock.today())))


def module_for(viewer: SignedIn, slug: str, *actions: Action) -> Module:
    """A module on which the viewer may do one of these; any other is not found."""
    if not any(access.may(viewer, action) for action in actions):
        raise NotAllowed()
    return one_or_not_found(modules_for(viewer, *actions).where(Module.slug == slug))


def may_on(viewer: SignedIn, module: Module, action: Action) -> bool:
    return db.session.scalars(modules_for(viewer, action).where(Module.id == module.id)).first() is not None


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


def bank(version_id: int, day: date) -> list[Candidate]:
    """The questions that an attempt begun on this day may draw, in the author's order."""
    topic = func.coalesce(func.nullif(QuestionVersion.topic, ""), QuestionVersion.lesson_key)
    rows = db.session.execute(
        select(QuestionVersion.key, topic, QuestionVersion.difficulty)
        .where(QuestionVersion.version_id == version_id, ~is_withdrawn(day))
        .order_by(QuestionVersion.position)
    )
    return [Candidate(*row) for row in rows]


def version_by_id(version_id: int) -> ModuleVersion:
    return db.session.get_one(ModuleVersion, version_id)


def ids_of(version: ModuleVersion) -> EarlierIds:
    """What a version's ids stood for, so that the checker sees when one is changed."""
    lessons = [(lesson.key, lesson.html) for lesson in version.lessons]
    questions = [question.specification() for question in version.questions]
    return EarlierIds.of(version.module.code, lessons, questions, version.prompt_list(), version.criteria())


def earlier_ids() -> dict[str, EarlierIds]:
    """The ids of every module's newest version, by slug."""
    versions = db.session.scalars(latest_versions())
    return {version.module.slug: ids_of(version) for version in versions}
