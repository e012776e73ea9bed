"""A module as its author sees it: its files, what the checker says of them, and how far they are from the versions."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

from sqlalchemy import func, select

from lms import clock
from lms.access import Action
from lms.authoring import rules
from lms.authoring.rules import Count, Part, name_of, part_of, path_of
from lms.content import checker, workspace
from lms.content.checker import Report
from lms.content.files import SHARED, Files, slugs
from lms.content.frontmatter import Fields, Page, split
from lms.content.models import FileRevision, Module, ModuleVersion
from lms.content.queries import STAFF, ids_of, latest_versions, may_on, may_on_shared, module_for, modules_for
from lms.content.questions import blocks
from lms.content.rules import Fault
from lms.content.services import digest_of
from lms.db import db
from lms.errors import NotFound
from lms.people.viewer import SignedIn
from lms.quizzes.kinds import CHECKS

DECLARED = ("code", "title", "summary", "objectives", "valid_from", "valid_to", "sources", "id", "minutes")
MOST_REMEMBERED = 300


def check(files: Files, latest: ModuleVersion | None) -> Report:
    earlier = {latest.module.slug: ids_of(latest)} if latest else {}
    return checker.check(files, kinds=CHECKS, on=clock.today(), earlier=earlier)


@dataclass(frozen=True)
class Judgement:
    """What the checker says of a module's files; `digest` is empty while there are errors."""

    faults: tuple[Fault, ...]
    digest: str


_remembered: dict[tuple[bytes, date], Judgement] = {}
"""Checking takes a tenth of a second and more for a module; the same files on the same day give the same answer."""


def _judge(draft: "Draft") -> Judgement:
    stamp = hashlib.sha256(f"{draft.module.slug} {draft.latest.digest if draft.latest else ''}".encode())
    for path in sorted(draft.files):
        stamp.update(f"\0{path}\0{len(draft.files[path])}\0".encode() + draft.files[path])
    key = (stamp.digest(), clock.today())
    if key not in _remembered:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        checked = draft.report.modules.get(draft.module.slug)
        _remembered[key] = Judgement(tuple(draft.report.faults), digest_of(checked) if checked else "")
    return _remembered[key]


@dataclass(frozen=True)
class File:
    """A line of the module's page."""

    name: str
    title: str
    questions: int
    count: Count


@dataclass(frozen=True)
class Draft:
    """A module's files as they are, or as they would be with an unsaved text in place."""

    module: Module
    revisions: Mapping[str, FileRevision]
    files: Files
    latest: ModuleVersion | None

    def with_file(self, path: str, data: bytes | None) -> "Draft":
        """The same with another content of one file; None takes it away."""
        others = {one: data for one, data in self.files.items() if one != path}
        return replace(self, files=others if data is None else {**others, path: data})

    @cached_property
    def report(self) -> Report:
        return check(self.files, self.latest)

    @cached_property
    def judgement(self) -> Judgement:
        return _judge(self)

    @property
    def count(self) -> Count:
        return Count.of(self.judgement.faults)

    def faults_of(self, path: str) -> list[Fault]:
        return [fault for fault in self.judgement.faults if fault.file == path]

    @property
    def names(self) -> list[str]:
        return [name_of(path) for path in self.files]

    def text(self, name: str) -> str:
        return self.files.get(path_of(self.module.slug, name), b"").decode("utf-8", "replace")

    @cached_property
    def _read(self) -> dict[str, Fields]:
        """The declarations that were read already."""
        return {}

    def _fields(self, name: str) -> Fields:
        if name not in self._read:
            self._read[name] = split(Page(self.files, path_of(self.module.slug, name)), DECLARED)[0]
        return self._read[name]

    def declared(self, name: str, key: str) -> str:
        """A declaration at the top of a file, as far as it can be read."""
        return self._fields(name).text(key, required=False)

    @property
    def title(self) -> str:
        return self.declared("module.md", "title") or self.module.slug

    @cached_property
    def lesson_names(self) -> list[str]:
        """The files of the lessons, in order."""
        return sorted(name for name in self.names if part_of(name) is Part.LESSONS)

    @cached_property
    def lessons(self) -> dict[str, str]:
        """The titles of the lessons by their ids, in order."""
        return {self.declared(name, "id"): self.declared(name, "title") or name for name in self.lesson_names}

    @property
    def sources(self) -> list[str]:
        """The ids that `module.md` declares."""
        fields = self._fields("module.md")
        return [word[0] for word in fields.words("sources")] if "sources" in fields.nodes else []

    def question_ids(self, name: str | None = None) -> list[str]:
        """The ids of the questions of one file, or of the module."""
        names = [name] if name else [one for one in self.names if part_of(one) is Part.QUESTIONS]
        return [block.id for one in names for block in blocks(Page(self.files, path_of(self.module.slug, one)))]

    def parts(self) -> dict[Part, list[File]]:
        """The files in the learner's order; a part may have none."""
        found: dict[Part, list[File]] = {part: [] for part in Part}
        for path in sorted(self.revisions, key=lambda path: (path in SHARED, path)):
            name = name_of(path)
            part = part_of(name)
            asked = len(self.question_ids(name)) if part is Part.QUESTIONS else 0
            found[part].append(File(name, self.title_of(name), asked, Count.of(self.faults_of(path))))
        return found

    def title_of(self, name: str) -> str:
        """What people call a file."""
        if part_of(name) in (Part.LESSONS, Part.INTRODUCTION) and (title := self.declared(name, "title")):
            return title
        return rules.title_of(name)


def draft_of(module: Module) -> Draft:
    revisions = workspace.tree(module.slug)
    if not any(path not in SHARED for path in revisions):
        raise NotFound()
    latest = db.session.scalars(latest_versions().where(ModuleVersion.module_id == module.id)).first()
    return Draft(module, revisions, workspace.texts(revisions.values()), latest)


def draft_for(viewer: SignedIn, slug: str, *actions: Action) -> Draft:
    return draft_of(module_for(viewer, slug, *actions))


def may_edit(viewer: SignedIn, module: Module, name: str) -> bool:
    """What all modules share is changed by those who work for all of them."""
    if path_of(module.slug, name) in SHARED:
        return may_on_shared(viewer, Action.EDIT_CONTENT)
    return may_on(viewer, module, Action.EDIT_CONTENT)


def path_for(viewer: SignedIn, slug: str, name: str, *actions: Action) -> tuple[Module, str]:
    """A file that an address names, also when it was deleted; not found where there never was one or not for them."""
    module = module_for(viewer, slug, *actions)
    path = path_of(slug, name)
    if workspace.refusal_of_path(path) or workspace.current(path) is None:
        raise NotFound()
    if actions == (Action.EDIT_CONTENT,) and not may_edit(viewer, module, name):
        raise NotFound()
    return module, path


@dataclass(frozen=True)
class Row:
    """A module on the desk."""

    module: Module
    title: str
    number: int
    """Of the newest version; 0 before the first."""
    count: Count
    is_latest: bool
    """Does the newest version say just what the files say?"""


def desk(viewer: SignedIn) -> list[Row]:
    """The modules that the viewer writes or reviews and that have files: three queries, whatever their number."""
    modules = list(db.session.scalars(modules_for(viewer, *STAFF)))
    ids = [module.id for module in modules]
    latest = db.session.scalars(latest_versions().where(ModuleVersion.module_id.in_(ids)))
    versions = {version.module_id: version for version in latest}
    standing = workspace.tree()
    known = slugs(workspace.texts(standing.values()))
    return [_row(module, versions.get(module.id), standing) for module in modules if module.slug in known]


def _row(module: Module, version: ModuleVersion | None, standing: Mapping[str, FileRevision]) -> Row:
    revisions = {row.path: row for row in workspace.used_by(module.slug, standing)}
    draft = Draft(module, revisions, workspace.texts(revisions.values()), version)
    own = [fault for fault in draft.judgement.faults if fault.file not in SHARED]
    is_latest = version is not None and draft.judgement.digest == version.digest
    return Row(module, draft.title, version.number if version else 0, Count.of(own), is_latest)


def deleted(slug: str) -> list[str]:
    """The names of files that the module had and can have again."""
    gone = (
        select(FileRevision.path)
        .where(FileRevision.path.startswith(f"modules/{slug}/", autoescape=True))
        .group_by(FileRevision.path)
        .having(func.max(FileRevision.number).filter(FileRevision.data.is_(None)) == func.max(FileRevision.number))
        .order_by(FileRevision.path)
    )
    return [name_of(path) for path in db.session.scalars(gone)]


def broken_without(draft: Draft, paths: Collection[str]) -> list[Fault]:
    """The faults that the module would have in addition if these files were gone."""
    without = draft
    for path in paths:
        without = without.with_file(path, None)
    known = {(fault.file, fault.code, fault.message) for fault in draft.judgement.faults}
    return [fault for fault in without.judgement.faults if (fault.file, fault.code, fault.message) not in known]
