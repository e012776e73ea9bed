"""Publishing: a checked module becomes a version, once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from lms import audit
from lms.content.models import LessonVersion, Module, ModuleVersion, QuestionVersion
from lms.content.rules import Module as Checked
from lms.content.rules import Source
from lms.db import transaction
from lms.errors import Refused


def publish(checked: Checked, *, by: int | None, at: datetime) -> tuple[ModuleVersion, bool]:
    """Make a new version of the module, or find that its content is the latest one already: (version, is it new).

    Everyone's progress stays: it hangs on the stable ids, which the new version carries on.
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
            module = Module(slug=checked.slug, code=checked.code)
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
        session.add(version)
        session.flush()
        audit.record(
            "publish", "module_version", version.id, by=by, at=at, after={"module": module.slug, "digest": digest}
        )
        return version, True


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
            )
            for position, question in enumerate(checked.questions, 1)
        ],
    )


def _source(source: Source) -> dict[str, Any]:
    return {key: value for key, value in _plain(asdict(source)).items() if key != "confidence"}


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in facts.items()}


def digest_of(checked: Checked) -> str:
    """SHA-256 over everything a version will hold, in one spelling."""
    text = json.dumps(asdict(checked), ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
