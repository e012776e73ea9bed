"""Attempts as their owner sees them, and what people are given beyond the rules."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased, contains_eager, defer, joinedload

from lms import clock
from lms.access import ROLES_FOR, Action
from lms.audit import AuditEntry
from lms.content import queries as content
from lms.content.models import LessonVersion, Module, ModuleVersion, QuestionVersion, specification
from lms.content.rules import Question, QuizPlan
from lms.db import UtcDateTime, db, fetch, one_or_not_found
from lms.drives.models import Drive, DriveModule, Summons
from lms.drives.queries import Place
from lms.errors import BadInput, NotFound
from lms.people.models import Person, Post, SignIn
from lms.people.queries import found_by, held_on
from lms.people.viewer import SignedIn
from lms.quizzes import rules
from lms.quizzes.lateness import Attempted
from lms.quizzes.models import Allowance, Answer, Attempt, AttemptEvent, QuizException, QuizSettings
from lms.quizzes.results import Chapter, chapter_of
from lms.quizzes.rules import Extra, Rules, Terms
from lms.units import queries as units
from lms.units.models import Unit, UnitClosure


def resolved(quiz: Mapping[str, Any], settings: QuizSettings | None, opens_at: datetime, closes_at: datetime) -> Rules:
    """The rules out of what is stored."""
    return rules.resolve(QuizPlan.from_json(quiz), opens_at, closes_at, settings.own() if settings else {})


def rules_at(place: Place) -> tuple[QuizPlan, Rules]:
    """How the quiz is assembled and what holds at it; not found where the module has no quiz."""
    found = db.session.execute(
        select(ModuleVersion.quiz, QuizSettings)
        .outerjoin(
            QuizSettings, and_(QuizSettings.drive_id == place.drive_id, QuizSettings.module_id == place.module_id)
        )
        .where(ModuleVersion.id == place.version_id)
    ).one()
    quiz, settings = found
    if not quiz:
        raise NotFound()
    return QuizPlan.from_json(quiz), resolved(quiz, settings, place.opens_at, place.closes_at)


def settings_of(drive_id: int, module_id: int) -> QuizSettings | None:
    return db.session.get(QuizSettings, (drive_id, module_id))


def all_settings(drive_id: int) -> dict[int, QuizSettings]:
    """By module id."""
    rows = db.session.scalars(select(QuizSettings).where(QuizSettings.drive_id == drive_id))
    return {row.module_id: row for row in rows}


def count_attempts(drive_id: int, module_id: int) -> tuple[int, int]:
    """How many attempts at a quiz there are in a drive, and how many of them are running."""
    all_of_them, handed_in = db.session.execute(
        select(func.count(), func.count(Attempt.submitted_at))
        .select_from(Attempt)
        .join(Summons, Summons.id == Attempt.summons_id)
        .where(Summons.drive_id == drive_id, Attempt.module_id == module_id)
    ).one()
    return all_of_them, all_of_them - handed_in


AT_QUIZ = and_(QuizSettings.drive_id == Summons.drive_id, QuizSettings.module_id == Attempt.module_id)


def rules_of(attempt: Attempt) -> Rules:
    """What holds for everybody at the quiz of an attempt."""
    row = db.session.execute(
        select(ModuleVersion.quiz, QuizSettings, Drive.opens_at, Drive.closes_at)
        .select_from(Attempt)
        .join(Summons, Summons.id == Attempt.summons_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .join(ModuleVersion, ModuleVersion.id == Attempt.version_id)
        .outerjoin(QuizSettings, AT_QUIZ)
        .where(Attempt.id == attempt.id)
    ).one()
    return resolved(*row)


def attempts_at(place: Place) -> list[Attempt]:
    return list(
        db.session.scalars(
            select(Attempt)
            .where(Attempt.summons_id == place.summons_id, Attempt.module_id == place.module_id)
            .order_by(Attempt.number)
        )
    )


@dataclass(frozen=True)
class Sheet:
    """An attempt with all that its pages show; one query, and one each for questions and answers."""

    attempt: Attempt
    plan: QuizPlan
    title: str
    slug: str
    drive_code: str
    rules: Rules
    """What holds for everybody at this quiz."""


SHEET = (
    select(
        Attempt,
        ModuleVersion.quiz,
        QuizSettings,
        Drive.opens_at,
        Drive.closes_at,
        ModuleVersion.title,
        Module.slug,
        Drive.code,
    )
    .join(Summons, Summons.id == Attempt.summons_id)
    .join(Drive, Drive.id == Summons.drive_id)
    .join(ModuleVersion, ModuleVersion.id == Attempt.version_id)
    .join(Module, Module.id == Attempt.module_id)
    .outerjoin(QuizSettings, AT_QUIZ)
    .where(Attempt.id == bindparam("attempt"), Summons.person_id == bindparam("person"))
)


def sheet_for(viewer: SignedIn, attempt_id: int) -> Sheet:
    """The viewer's own attempt; anybody else's is not found."""
    row = db.session.execute(SHEET, {"attempt": attempt_id, "person": viewer.person_id}).first()
    if row is None:
        raise NotFound()
    attempt, quiz, settings, opens_at, closes_at, title, slug, drive_code = row
    held = resolved(quiz, settings, opens_at, closes_at)
    return Sheet(attempt, QuizPlan.from_json(quiz), title, slug, drive_code, held)


FOR_ANSWER = (
    select(
        Attempt.started_at,
        Attempt.due_at,
        Attempt.submitted_at,
        Attempt.by_timeout,
        Attempt.opened_at,
        Attempt.grace_seconds,
        Attempt.question_keys,
        *(getattr(QuestionVersion, name) for name in ("key", "kind", "lesson_key", "sources", "html", "options")),
    )
    .join(Summons, Summons.id == Attempt.summons_id)
    .outerjoin(
        QuestionVersion,
        and_(QuestionVersion.version_id == Attempt.version_id, QuestionVersion.key == bindparam("question")),
    )
    .where(Attempt.id == bindparam("attempt"), Summons.person_id == bindparam("person"))
    .with_for_update(read=True, of=Attempt)
)


class NotAsked(BadInput):
    """The attempt is the viewer's own, but it does not ask this question: no page of ours sends that."""


@dataclass(frozen=True)
class Asked:
    """One question of an open attempt, with the moments that decide whether an answer is taken."""

    state: Attempted
    question: Question


def question_for_answer(viewer: SignedIn, attempt_id: int, question_key: str) -> Asked:
    """A question of the viewer's own attempt, held against a hand-in at the same moment."""
    where = {"attempt": attempt_id, "person": viewer.person_id, "question": question_key}
    row = fetch(FOR_ANSWER, where).first()
    if row is None:
        raise NotFound()
    started_at, due_at, submitted_at, by_timeout, opened_at, grace, keys, key, *rest = row
    if key is None or question_key not in keys:
        raise NotAsked(_("Câu hỏi này không thuộc lượt làm bài. Đồng chí tải lại trang."))
    state = Attempted(started_at, due_at, submitted_at, by_timeout, opened_at, timedelta(seconds=grace))
    return Asked(state, specification(key, *rest))


def questions_of(attempt: Attempt) -> list[Question]:
    """The questions of the attempt in its own order, exactly as published in its version."""
    rows = content.questions(attempt.version_id, attempt.question_keys)
    return [rows[key].specification() for key in attempt.question_keys]


@dataclass(frozen=True)
class Finished:
    """What the result of an attempt needs beside its answers."""

    questions: list[Question]
    chapters: dict[str, Chapter]
    """The lessons that the questions are about, by key."""
    begun: int
    """So many attempts the learner has begun at this quiz."""


def finished(attempt: Attempt) -> Finished:
    """One query."""
    others = aliased(Attempt)
    begun = (
        select(func.count())
        .where(others.summons_id == attempt.summons_id, others.module_id == attempt.module_id)
        .scalar_subquery()
    )
    its_lesson = and_(
        LessonVersion.version_id == QuestionVersion.version_id, LessonVersion.key == QuestionVersion.lesson_key
    )
    rows = db.session.execute(
        select(QuestionVersion, LessonVersion, begun)
        .outerjoin(LessonVersion, its_lesson)
        .options(defer(LessonVersion.html))
        .where(QuestionVersion.version_id == attempt.version_id, QuestionVersion.key.in_(attempt.question_keys))
    ).all()
    questions = {question.key: question.specification() for question, _lesson, _count in rows}
    chapters = {
        lesson.key: chapter_of(lesson.position, lesson.title, lesson.headings, lesson.sources)
        for _question, lesson, _count in rows
        if lesson is not None
    }
    return Finished([questions[key] for key in attempt.question_keys], chapters, rows[0][2])


def answers_of(attempt_id: int) -> dict[str, Answer]:
    return {row.question_key: row for row in db.session.scalars(select(Answer).where(Answer.attempt_id == attempt_id))}


def given(answers: Mapping[str, Answer]) -> dict[str, tuple[str, ...]]:
    """What was answered, as marking takes it."""
    return {key: answer.given for key, answer in answers.items()}


def answers_since(attempt_id: int, counter: int) -> list[Answer]:
    """The answers with a higher counter, the oldest first: what another tab or device has saved."""
    rows = db.session.scalars(select(Answer).where(Answer.attempt_id == attempt_id, Answer.counter > counter))
    return sorted(rows, key=lambda row: row.counter)


def drive_for_timelines(viewer: SignedIn, code: str) -> Drive:
    """A drive whose attempts this viewer may look into."""
    roots = viewer.unit_ids(ROLES_FOR[Action.SEE_TIMELINES])
    return one_or_not_found(select(Drive).where(Drive.code == code, units.within(Drive.unit_id, roots, clock.today())))


@dataclass(frozen=True)
class Tried:
    """An attempt in a list of a drive's attempts."""

    attempt: Attempt
    title: str
    person: Person


def attempts_of(drive_id: int, *, words: str = "", after: int = 0, size: int = 100) -> list[Tried]:
    """The attempts of a drive, the newest first; with words, those of the people found by them."""
    rows = db.session.execute(_tried(drive_id, words).order_by(Attempt.id.desc()).offset(after).limit(size))
    return [Tried(*row) for row in rows]


def attempt_of(drive_id: int, attempt_id: int) -> Tried:
    row = db.session.execute(_tried(drive_id).where(Attempt.id == attempt_id)).first()
    if row is None:
        raise NotFound()
    return Tried(*row)


def _tried(drive_id: int, words: str = "") -> Select[Attempt, str, Person]:
    statement = (
        select(Attempt, ModuleVersion.title, Person)
        .join(Summons, Summons.id == Attempt.summons_id)
        .join(Person, Person.id == Summons.person_id)
        .join(ModuleVersion, ModuleVersion.id == Attempt.version_id)
        .where(Summons.drive_id == drive_id)
    )
    return statement.where(found_by(words)) if words else statement


MOST_EVENTS = 2000


def events_of(attempt_id: int) -> list[tuple[AttemptEvent, str | None]]:
    """What happened to an attempt, in order, each with the device it came from."""
    rows = db.session.execute(
        select(AttemptEvent, SignIn.device)
        .outerjoin(SignIn, SignIn.id == AttemptEvent.sign_in_id)
        .where(AttemptEvent.attempt_id == attempt_id)
        .order_by(AttemptEvent.id)
        .limit(MOST_EVENTS)
    )
    return [(event, device) for event, device in rows]


def audit_of(attempt_id: int) -> Sequence[AuditEntry]:
    """The decisions about an attempt, in order."""
    return db.session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject == "attempt", AuditEntry.subject_id == attempt_id)
        .order_by(AuditEntry.id)
    ).all()


def due_by(moment: datetime, limit: int) -> list[int]:
    """Open attempts whose time and grace are over, the oldest first."""
    is_due = and_(Attempt.submitted_at.is_(None), Attempt.due_at < moment)
    graces = db.session.scalars(select(Attempt.grace_seconds).where(is_due).distinct()).all()
    is_over = [
        and_(Attempt.grace_seconds == grace, Attempt.due_at < moment - timedelta(seconds=grace)) for grace in graces
    ]
    if not is_over:
        return []
    return list(
        db.session.scalars(select(Attempt.id).where(is_due, or_(*is_over)).order_by(Attempt.due_at).limit(limit))
    )


def _given(scope: ColumnElement[bool]) -> CompoundSelect[Any]:
    """What the chosen summonses are given on :day beyond the rules: by summons, and by module or None for all."""
    above = select(UnitClosure.ancestor_id).where(
        UnitClosure.descendant_id == Summons.unit_id,
        UnitClosure.valid_from <= bindparam("day", type_=Date),
        UnitClosure.valid_to >= bindparam("day", type_=Date),
    )
    reaches = or_(
        QuizException.person_id == Summons.person_id,
        QuizException.unit_id.in_(above.correlate(Summons)),
        QuizException.point_id == Summons.point_id,
    )
    nothing = literal(0, Integer)
    exceptions = (
        select(
            Summons.id,
            QuizException.module_id,
            QuizException.reason,
            QuizException.extra_minutes,
            QuizException.extra_attempts,
            QuizException.open_until,
            nothing,
        )
        .join(QuizException, QuizException.drive_id == Summons.drive_id)
        .where(scope, QuizException.withdrawn_at.is_(None), reaches)
    )
    allowances = (
        select(
            Summons.id,
            cast(null(), Integer),
            Allowance.reason,
            nothing,
            nothing,
            cast(null(), UtcDateTime()),
            Allowance.percent,
        )
        .join(Allowance, Allowance.person_id == Summons.person_id)
        .where(
            scope,
            Allowance.withdrawn_at.is_(None),
            Allowance.valid_from <= bindparam("day", type_=Date),
            Allowance.valid_to >= bindparam("day", type_=Date),
        )
    )
    return union_all(exceptions, allowances)


GIVEN_TO_ONE = _given(Summons.id == bindparam("summons"))
"""Asked by every start of an attempt, so put together once."""


@dataclass(frozen=True)
class Given:
    """All that one summons is given beyond the rules."""

    extras: list[tuple[int | None, Extra]]
    """By module, or None for every quiz of the drive."""

    def terms(self, module_id: int, held: Rules) -> Terms:
        return rules.terms(held, held.closes_at, [one for module, one in self.extras if module in (None, module_id)])


def given_to(summons_id: int, day: date) -> Given:
    """One query, whatever the number of quizzes."""
    rows = fetch(GIVEN_TO_ONE, {"summons": summons_id, "day": day})
    return Given([(module, Extra(*row)) for _id, module, *row in rows])


def terms_at(place: Place, held: Rules, day: date) -> Terms:
    """What holds for the learner at this quiz on a day: one query."""
    return given_to(place.summons_id, day).terms(place.module_id, held)


Running = tuple[Attempt, Rules]
"""An open attempt, and what holds for everybody at its quiz."""


def running_in(scope: ColumnElement[bool]) -> list[Running]:
    """The open attempts under the chosen summonses, held against a hand-in."""
    rows = db.session.execute(
        select(Attempt, ModuleVersion.quiz, QuizSettings, Drive.opens_at, Drive.closes_at)
        .join(Summons, Summons.id == Attempt.summons_id)
        .join(Drive, Drive.id == Summons.drive_id)
        .join(ModuleVersion, ModuleVersion.id == Attempt.version_id)
        .outerjoin(QuizSettings, AT_QUIZ)
        .where(scope, Attempt.submitted_at.is_(None))
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    )
    return [(attempt, resolved(*row)) for attempt, *row in rows]


def running_terms(running: Iterable[Running], scope: ColumnElement[bool], day: date) -> Iterator[tuple[Attempt, Terms]]:
    """What holds for these attempts under the chosen summonses: one query, whatever the number."""
    is_running = select(Attempt.id).where(Attempt.summons_id == Summons.id, Attempt.submitted_at.is_(None)).exists()
    given: dict[int, list[tuple[int | None, Extra]]] = {}
    for summons_id, module_id, *row in db.session.execute(_given(and_(scope, is_running)), {"day": day}):
        given.setdefault(summons_id, []).append((module_id, Extra(*row)))
    for attempt, held in running:
        yield attempt, Given(given.get(attempt.summons_id, [])).terms(attempt.module_id, held)


def quizzes_of(drive_id: int) -> Sequence[ModuleVersion]:
    """The modules of a drive that have a quiz, in its order."""
    return db.session.scalars(
        select(ModuleVersion)
        .join(DriveModule, DriveModule.version_id == ModuleVersion.id)
        .where(DriveModule.drive_id == drive_id, ModuleVersion.quiz.is_not(None))
        .order_by(DriveModule.position)
    ).all()


def summoned_person(drive_id: int, code: str) -> Person | None:
    return db.session.scalars(
        select(Person)
        .join(Summons, Summons.person_id == Person.id)
        .where(Person.code == code, Summons.drive_id == drive_id, Summons.withdrawn_at.is_(None))
    ).first()


def summoned_unit(drive_id: int, code: str, day: date) -> Unit | None:
    """A unit under which somebody is called to the drive."""
    unit = db.session.scalars(select(Unit).where(Unit.code == code)).first()
    return unit if unit and count_reached(reached(drive_id, None, unit.id, day)) else None


def reached(
    drive_id: int, person_id: int | None, unit_id: int | None, day: date, point_id: int | None = None
) -> ColumnElement[bool]:
    """The summonses of a person, of everybody at a point, or of everybody who is counted under a unit on this day."""
    scope = and_(Summons.drive_id == drive_id, Summons.withdrawn_at.is_(None))
    if person_id is not None:
        return and_(scope, Summons.person_id == person_id)
    if point_id is not None:
        return and_(scope, Summons.point_id == point_id)
    return and_(scope, units.within(Summons.unit_id, [unit_id or 0], day))


def count_reached(scope: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(Summons).where(scope)) or 0


SHOWN = (QuizException.person, QuizException.unit, QuizException.point, QuizException.made_by)


def exceptions_page(drive_id: int, *, after: int, size: int) -> Sequence[QuizException]:
    """The exceptions of a drive, those in force first and the newest in front."""
    return db.session.scalars(
        select(QuizException)
        .options(*map(joinedload, SHOWN))
        .where(QuizException.drive_id == drive_id)
        .order_by(QuizException.withdrawn_at.is_not(None), QuizException.id.desc())
        .offset(after)
        .limit(size)
    ).all()


def exception_of(drive_id: int, exception_id: int) -> QuizException:
    return one_or_not_found(
        select(QuizException).where(QuizException.id == exception_id, QuizException.drive_id == drive_id)
    )


def allowable_to(viewer: SignedIn) -> Select[Person]:
    """The people to whom this viewer may give a standing allowance: those with a post under one of their units."""
    today = clock.today()
    roots = viewer.unit_ids(ROLES_FOR[Action.GIVE_ALLOWANCES])
    posted = select(Post.id).where(
        Post.person_id == Person.id, held_on(Post, today), units.within(Post.unit_id, roots, today)
    )
    return select(Person).where(posted.exists())


def allowances_page(viewer: SignedIn, *, after: int, size: int) -> Sequence[Allowance]:
    """The allowances of these people, those in force first and the newest in front."""
    chosen = allowable_to(viewer).with_only_columns(Person.id)
    return db.session.scalars(
        select(Allowance)
        .join(Allowance.person)
        .options(contains_eager(Allowance.person), joinedload(Allowance.made_by))
        .where(Allowance.person_id.in_(chosen))
        .order_by(Allowance.withdrawn_at.is_not(None), Allowance.id.desc())
        .offset(after)
        .limit(size)
    ).all()


def allowance_for(viewer: SignedIn, allowance_id: int) -> Allowance:
    chosen = allowable_to(viewer).with_only_columns(Person.id)
    return one_or_not_found(select(Allowance).where(Allowance.id == allowance_id, Allowance.person_id.in_(chosen)))
