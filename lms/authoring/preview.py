"""What learners would see of a file as it is being written. A fault stays with its item; all the rest is shown."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from flask import Response, make_response, url_for
from werkzeug.datastructures import MultiDict

from lms.authoring.queries import Draft
from lms.authoring.rules import Part, part_of, path_of
from lms.content import pictures
from lms.content.files import GLOSSARY
from lms.content.frontmatter import Page
from lms.content.glossary import read_glossary
from lms.content.questions import blocks
from lms.content.rules import Lesson, Module, Question, Source
from lms.content.sources import read_sources
from lms.errors import BadInput, NotFound
from lms.quizzes import marking
from lms.quizzes.kinds import KINDS, Answer


@dataclass(frozen=True)
class Asked:
    """A question of a file; None where it has faults."""

    id: str
    line: int
    question: Question | None


@dataclass(frozen=True)
class Shown:
    """A page out of one file. `module` is the whole module as far as it can be shown; the rest is what the part has."""

    part: Part
    module: Module
    html: str = ""
    lesson: Lesson | None = None
    position: int = 0
    lessons: int = 0
    sources: list[dict[str, Any]] = field(default_factory=list)
    questions: list[Asked] = field(default_factory=list)
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Marked:
    """An answer that was tried out."""

    chosen: Answer
    mark: float
    is_pending: bool
    """Only a person could mark it."""


def of(draft: Draft, name: str) -> Shown:
    part, module = part_of(name), draft.report.previews[draft.module.slug]
    if part is Part.INTRODUCTION:
        return Shown(part, module, html=_here(draft, module.html))
    if part is Part.LESSONS:
        return _lesson(draft, name, module)
    if part is Part.QUESTIONS:
        return Shown(part, module, questions=_questions(draft, name, module))
    if part is Part.SOURCES:
        path = path_of(draft.module.slug, name)
        if path == GLOSSARY:
            return Shown(part, module, words=read_glossary(draft.files)[1])
        return Shown(part, module, sources=[_as_kept(one) for one in read_sources(draft.files, path).found.values()])
    return Shown(part, module)


def _lesson(draft: Draft, name: str, module: Module) -> Shown:
    key = draft.declared(name, "id")
    lesson = next((one for one in module.lessons if one.id == key), None)
    sources = {source.id: source for source in module.sources}
    return Shown(
        Part.LESSONS,
        module,
        html=_here(draft, lesson.html) if lesson else "",
        lesson=lesson,
        position=draft.lesson_names.index(name) + 1,
        lessons=len(draft.lesson_names),
        sources=[_as_kept(sources[id]) for id in lesson.sources] if lesson else [],
    )


def _questions(draft: Draft, name: str, module: Module) -> list[Asked]:
    sound = {question.id: question for question in module.questions}
    page = Page(draft.files, path_of(draft.module.slug, name))
    return [Asked(block.id, block.line, sound.get(block.id)) for block in blocks(page)]


def _here(draft: Draft, html: str) -> str:
    """Links to lessons lead to their previews, and pictures come from the draft: no version has them yet."""
    slug = draft.module.slug
    for name in draft.lesson_names:
        here = url_for("authoring.show", slug=slug, name=name)
        html = html.replace(f'href="{draft.declared(name, "id")}"', f'href="{here}"')
    for name in draft.names:
        if part_of(name) is Part.IMAGES:
            digest = hashlib.sha256(draft.files[path_of(slug, name)]).hexdigest()
            here = url_for("authoring.picture", slug=slug, file_name=name.removeprefix("images/"))
            html = html.replace(f"/content/images/{digest}", here)
    return html


def _as_kept(source: Source) -> dict[str, Any]:
    """A fact as a version keeps it: days as text."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in asdict(source).items()}


def marked(shown: Shown, sent: MultiDict[str, str]) -> dict[str, Marked]:
    """The questions of a file with what was chosen of each, marked as in a real attempt."""
    results = {}
    for asked in shown.questions:
        if asked.question is not None:
            try:
                chosen = KINDS[asked.question.kind].read(asked.question, sent.getlist(f"answer-{asked.id}"))
            except BadInput:
                chosen = ()  # its options have changed since it was answered
            result = marking.mark([asked.question], {asked.id: chosen})
            results[asked.id] = Marked(chosen, float(result.points), bool(result.pending))
    return results


def picture(draft: Draft, file_name: str) -> Response:
    """A picture of the draft; what is no picture is not found, so that nothing else is ever sent as one."""
    data = draft.files.get(path_of(draft.module.slug, f"images/{file_name}"))
    if data is None:
        raise NotFound()
    try:
        content_type, _width, _height = pictures.measure(data)
    except pictures.NotAPicture:
        raise NotFound() from None
    response = make_response(data)
    response.content_type = content_type
    return response
