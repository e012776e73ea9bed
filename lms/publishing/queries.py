"""The draft of a module beside its versions, and whom a new version would touch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload, selectinload

from lms.authoring.queries import check
from lms.content import workspace
from lms.content.checker import Report
from lms.content.models import Fact, FileRevision, LessonVersion, Module, ModuleVersion, Proposal
from lms.content.queries import has_lapsed, latest_versions
from lms.content.rules import Module as Checked
from lms.content.rules import Severity, Source
from lms.content.services import digest_of
from lms.db import db
from lms.drives.models import Drive, DriveModule, Summons
from lms.errors import NotFound
from lms.lessons.models import LessonRead
from lms.publishing.rules import NOTHING, Difference, Shown, compare, shown_by
from lms.quizzes.models import Attempt
from lms.reflections.models import Reflection
from lms.reflections.rules import State

SOON = timedelta(days=30)
"""How long before its end a fact is put before its author."""


@dataclass(frozen=True)
class Draft:
    """A module as it lies in the workspace."""

    revisions: list[FileRevision]
    report: Report
    checked: Checked | None
    """None while there are errors."""
    digest: str
    """Of the checked content; empty while there are errors."""

    @property
    def errors(self) -> int:
        return sum(fault.severity is Severity.ERROR for fault in self.report.faults)


def draft_of(module: Module) -> Draft:
    """Check the module's files as they are now; a module that has none is not found."""
    revisions = list(workspace.tree(module.slug).values())
    if not any(revision.path.startswith("modules/") for revision in revisions):
        raise NotFound()
    report = check(workspace.texts(revisions), latest_of(module.id))
    checked = report.modules.get(module.slug)
    return Draft(revisions, report, checked, digest_of(checked) if checked else "")


def latest_of(module_id: int) -> ModuleVersion | None:
    return db.session.scalars(
        select(ModuleVersion)
        .where(ModuleVersion.module_id == module_id)
        .order_by(ModuleVersion.number.desc())
        .limit(1)
        .options(joinedload(ModuleVersion.module))
    ).first()


def editors_of(draft: Draft, latest: ModuleVersion | None) -> set[int]:
    """Whoever saved a file of the draft since the newest version."""
    known = {row.id for row in workspace.of_version(latest.id).values()} if latest else set()
    return {row.saved_by_id for row in draft.revisions if row.saved_by_id is not None and row.id not in known}


def shown_in(version: ModuleVersion | None) -> Shown:
    """What a version shows, to be compared."""
    if version is None:
        return NOTHING
    return Shown(
        {one.key: (one.title, one.html, tuple(source["id"] for source in one.sources)) for one in version.lessons},
        {one.key: one.specification() for one in version.questions},
        {
            "title": version.title,
            "introduction": (version.summary, version.html, tuple(version.objectives)),
            "order": tuple(one.key for one in version.lessons),
            "quiz": version.quiz_plan(),
            "prompts": tuple(version.prompt_list()),
            "rubric": tuple(version.criteria()),
        },
    )


def difference(before: ModuleVersion | None, draft: Draft) -> Difference:
    """What the draft changes against a version; empty while the draft has errors."""
    return compare(shown_in(before), shown_by(draft.checked)) if draft.checked else Difference((), (), ())


def is_approved(module_id: int, digest: str) -> bool:
    """Somebody let exactly this content through: as a proposal, or as a version that was published before."""
    approved = select(Proposal.id).where(
        Proposal.module_id == module_id, Proposal.digest == digest, Proposal.is_approved.is_(True)
    )
    published = select(ModuleVersion.id).where(ModuleVersion.module_id == module_id, ModuleVersion.digest == digest)
    return db.session.execute(approved.union_all(published).limit(1)).first() is not None


def waiting_proposal(module_id: int) -> Proposal | None:
    return db.session.scalars(
        select(Proposal)
        .where(Proposal.module_id == module_id, Proposal.decided_at.is_(None))
        .order_by(Proposal.id.desc())
        .options(joinedload(Proposal.proposed_by))
    ).first()


def proposals_of(module_id: int) -> list[Proposal]:
    """The newest first."""
    return list(
        db.session.scalars(
            select(Proposal)
            .where(Proposal.module_id == module_id)
            .order_by(Proposal.id.desc())
            .options(joinedload(Proposal.proposed_by), joinedload(Proposal.decided_by))
        )
    )


@dataclass(frozen=True)
class Touched:
    """A drive that has the module and is not over, with what is under way in it."""

    drive: Drive
    number: int
    """Of the version that it shows now."""
    running: int
    """Attempts begun and not handed in."""
    drafts: int
    """Reflections begun on the module's prompts and not handed in, or returned."""
    learners: int
    finished: Mapping[str, int]
    """By lesson key: learners whose reading counts now."""


def touched_by(module_id: int, *, at: datetime) -> list[Touched]:
    """Every drive that would show a new version, in four queries whatever their number."""
    pinned = db.session.execute(
        select(Drive, ModuleVersion.number, DriveModule.version_id)
        .join(DriveModule, DriveModule.drive_id == Drive.id)
        .join(ModuleVersion, ModuleVersion.id == DriveModule.version_id)
        .where(DriveModule.module_id == module_id, Drive.closes_at >= at)
        .order_by(Drive.opens_at, Drive.id)
    ).all()
    ids = [drive.id for drive, *_rest in pinned]
    open_summons = (Summons.drive_id.in_(ids), Summons.withdrawn_at.is_(None))
    learners = _by_drive(select(Summons.drive_id, func.count()).where(*open_summons).group_by(Summons.drive_id))
    running = _by_drive(
        select(Summons.drive_id, func.count())
        .join(Attempt, Attempt.summons_id == Summons.id)
        .where(*open_summons, Attempt.module_id == module_id, Attempt.submitted_at.is_(None))
        .group_by(Summons.drive_id)
    )
    drafts = _by_drive(
        select(Summons.drive_id, func.count())
        .join(Reflection, Reflection.summons_id == Summons.id)
        .join(ModuleVersion, ModuleVersion.id == Reflection.version_id)
        .where(
            *open_summons,
            ModuleVersion.module_id == module_id,
            Reflection.state.in_([State.DRAFT, State.RETURNED]),
        )
        .group_by(Summons.drive_id)
    )
    finished: dict[int, dict[str, int]] = {}
    for drive_id, key, count in db.session.execute(
        select(Summons.drive_id, LessonRead.lesson_key, func.count())
        .join(LessonRead, LessonRead.summons_id == Summons.id)
        .join(DriveModule, DriveModule.drive_id == Summons.drive_id)
        .join(LessonVersion, LessonVersion.version_id == DriveModule.version_id)
        .where(
            *open_summons,
            LessonRead.module_id == module_id,
            DriveModule.module_id == module_id,
            LessonVersion.key == LessonRead.lesson_key,
            LessonVersion.read_since <= LessonRead.version_number,
        )
        .group_by(Summons.drive_id, LessonRead.lesson_key)
    ):
        finished.setdefault(drive_id, {})[key] = count
    return [
        Touched(
            drive,
            number,
            running.get(drive.id, 0),
            drafts.get(drive.id, 0),
            learners.get(drive.id, 0),
            finished.get(drive.id, {}),
        )
        for drive, number, _version in pinned
    ]


def _by_drive(statement: Select[int, int]) -> dict[int, int]:
    return {row[0]: row[1] for row in db.session.execute(statement)}


@dataclass(frozen=True)
class LapsingFact:
    """A fact that no longer holds, or soon will not, with what rests on it in the newest versions."""

    fact: Fact
    has_lapsed: bool
    lessons: list[tuple[ModuleVersion, str, str]]
    """Version, key and title."""
    questions: list[tuple[ModuleVersion, str]]


def lapsing_facts(module_ids: Collection[int], day: date) -> list[LapsingFact]:
    """The author's tasks, the most urgent first; what nothing rests on is no task."""
    latest = latest_versions().where(ModuleVersion.module_id.in_(module_ids))
    both = selectinload(ModuleVersion.lessons), selectinload(ModuleVersion.questions)
    versions = list(db.session.scalars(latest.options(*both)))
    facts = db.session.scalars(
        select(Fact)
        .where(has_lapsed(day) | (Fact.valid_to <= day + SOON))
        .order_by(func.coalesce(Fact.valid_to, day), Fact.code)
    )
    told = []
    for fact in facts:
        within = [one for one in versions if fact.scope in ("", one.module.slug)]
        lessons = [
            (version, lesson.key, lesson.title)
            for version in within
            for lesson in version.lessons
            if any(source["id"] == fact.code for source in lesson.sources)
        ]
        questions = [
            (version, question.key)
            for version in within
            for question in version.questions
            if fact.code in question.sources
        ]
        if lessons or questions:
            over = bool((fact.valid_to and fact.valid_to < day) or (fact.superseded_by and not fact.valid_to))
            told.append(LapsingFact(fact, over, lessons, questions))
    return told


def sources_of(draft: Draft) -> dict[str, Source]:
    return {source.id: source for source in draft.checked.sources} if draft.checked else {}
