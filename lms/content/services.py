"""Publishing: a checked module becomes a version, once."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from lms import audit
from lms.content import pictures, workspace
from lms.content.files import Files
from lms.content.models import (
    Fact,
    FileRevision,
    Image,
    LessonVersion,
    Module,
    ModuleVersion,
    QuestionFact,
    QuestionVersion,
    VersionFile,
)
from lms.content.rules import Module as Checked
from lms.content.rules import Source
from lms.db import db, transaction, upsert
from lms.errors import Refused


def publish(
    checked: Checked,
    *,
    by: int | None,
    at: datetime,
    revisions: Sequence[FileRevision] = (),
    read_again: Collection[str] = (),
    unit_id: int | None = None,
) -> tuple[ModuleVersion, bool]:
    """Make a new version of the module, or find that its content is the latest one already: (version, is it new).

    `revisions` are the files it was made of; `read_again` the keys of lessons of which an earlier reading no longer
    counts; `unit_id` is whose a module becomes that did not exist. All other progress stays: it hangs on the stable
    ids, which the new version carries on.
    """
    digest = digest_of(checked)
    with transaction() as session:
        module = session.scalars(
            select(Module)
            .where(Module.slug == checked.slug)
            .with_for_update()
            .execution_options(populate_existing=True)
        ).one_or_none()
        if module is None:
            if other := session.scalars(select(Module).where(Module.code == checked.code)).one_or_none():
                raise Refused(f"Mã {checked.code} đã thuộc chuyên đề “{other.slug}”. Đặt mã khác.")
            module = Module(slug=checked.slug, code=checked.code, unit_id=unit_id)
            session.add(module)
            session.flush()
        elif module.code != checked.code:
            raise Refused(f"Chuyên đề “{checked.slug}” đã mang mã {module.code}. Mã không đổi được.")
        latest = session.scalars(
            select(ModuleVersion).where(ModuleVersion.module_id == module.id).order_by(ModuleVersion.number.desc())
        ).first()
        if latest is not None and latest.digest == digest:
            return latest, False
        version = _version(checked, module, digest, (latest.number if latest else 0) + 1, by, at)
        since = {lesson.key: lesson.read_since for lesson in latest.lessons} if latest else {}
        for lesson in version.lessons:
            lesson.read_since = version.number if lesson.key in read_again else since.get(lesson.key, 1)
        session.add(version)
        session.flush()
        _keep_facts(checked, version)
        _keep_files(checked, version, revisions)
        audit.record(
            "publish", "module_version", version.id, by=by, at=at, after={"module": module.slug, "digest": digest}
        )
        return version, True


def publish_folder(
    content: Files, modules: Sequence[Checked], *, at: datetime, overwrite: bool = False, unit_id: int | None = None
) -> list[tuple[ModuleVersion, bool]]:
    """Bring checked modules into the workspace and publish them, all or none; see `workspace.take` for `overwrite`."""
    with transaction():
        standing = workspace.take(content, [module.slug for module in modules], at=at, overwrite=overwrite)
        return [
            publish(module, by=None, at=at, revisions=workspace.used_by(module.slug, standing), unit_id=unit_id)
            for module in modules
        ]


def _version(checked: Checked, module: Module, digest: str, number: int, by: int | None, at: datetime) -> ModuleVersion:
    sources = {source.id: source for source in checked.sources}
    return ModuleVersion(
        module_id=module.id,
        number=number,
        digest=digest,
        title=checked.title,
        summary=checked.summary,
        objectives=list(checked.objectives),
        html=checked.html,
        valid_from=checked.valid_from,
        valid_to=checked.valid_to,
        quiz=asdict(checked.quiz) if checked.quiz else None,
        prompts=[asdict(prompt) for prompt in checked.prompts],
        rubric=[asdict(criterion) for criterion in checked.rubric],
        published_at=at,
        published_by_id=by,
        lessons=[
            LessonVersion(
                key=lesson.id,
                position=position,
                title=lesson.title,
                minutes=lesson.minutes,
                html=lesson.html,
                headings=[list(heading) for heading in lesson.headings],
                sources=[_source(sources[name]) for name in lesson.sources],
            )
            for position, lesson in enumerate(checked.lessons, 1)
        ],
        questions=[
            QuestionVersion(
                key=question.id,
                position=position,
                kind=question.kind,
                lesson_key=question.lesson,
                html=question.html,
                options=[asdict(option) for option in question.options],
                sources=list(question.sources),
                topic=question.topic,
                difficulty=question.difficulty,
                passage=question.passage,
            )
            for position, question in enumerate(checked.questions, 1)
        ],
    )


def _keep_facts(checked: Checked, version: ModuleVersion) -> None:
    """Bring the facts up to date with the sources, and tie the questions to those that they rest on."""
    columns = Fact.__table__.columns.keys()
    ids: dict[str, int] = {}
    for source in checked.sources:
        told = {key: value for key, value in asdict(source).items() if key in columns and key != "id"}
        row = {**told, "scope": "" if source.is_shared else checked.slug, "code": source.id}
        note = upsert(Fact).values(row)
        ids[source.id] = db.session.execute(
            note.on_conflict_do_update(index_elements=["scope", "code"], set_=told).returning(Fact.id)
        ).scalar_one()
    db.session.add_all(
        QuestionFact(question_id=question.id, fact_id=ids[name])
        for question in version.questions
        for name in set(question.sources)
    )


def _keep_files(checked: Checked, version: ModuleVersion, revisions: Sequence[FileRevision]) -> None:
    """Remember the text that the version was made of, and store its pictures as learners get them."""
    db.session.add_all(VersionFile(version_id=version.id, revision_id=revision.id) for revision in revisions)
    data = {revision.path: revision.data for revision in revisions}
    for picture in checked.pictures:
        if db.session.get(Image, picture.digest) is None:
            content_type, smaller = pictures.for_page(data[f"modules/{checked.slug}/images/{picture.name}"] or b"")
            db.session.add(Image(digest=picture.digest, content_type=content_type, data=smaller))


def _source(source: Source) -> dict[str, Any]:
    return {key: value for key, value in _plain(asdict(source)).items() if key not in ("confidence", "is_shared")}


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in facts.items()}


def digest_of(checked: Checked) -> str:
    """SHA-256 over everything a version will hold, in one spelling.

    What stands at its default is left out, so that a later release with more to say keeps the digest of older content.
    """
    text = json.dumps(_said(checked), ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _said(thing: Any) -> Any:
    if is_dataclass(thing):
        said = ((field, getattr(thing, field.name)) for field in fields(thing))
        return {field.name: _said(value) for field, value in said if value != field.default}
    return [_said(one) for one in thing] if isinstance(thing, tuple) else thing
