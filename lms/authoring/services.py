"""What authors do with files. Every change is a revision; nothing that anybody wrote is lost."""

from collections.abc import Mapping
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import select

from lms import audit, vietnamese
from lms.authoring import examples, rules
from lms.authoring.queries import Draft
from lms.authoring.rules import Part, path_of
from lms.content import pictures, workspace
from lms.content.exchange.items import slug as as_slug
from lms.content.models import FileRevision, Module
from lms.db import transaction
from lms.errors import Refused
from lms.people.viewer import SignedIn

NO_LESSON, NO_SOURCE = "ma-bai", "VD1"
"""What stands in an example where the module has no lesson or no source yet."""
ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


def create_module(*, slug: str, code: str, title: str, unit_id: int, by: SignedIn, at: datetime) -> Module:
    """A new module with a filled example for every file."""
    with transaction() as session:
        if session.scalars(select(Module).where(Module.slug == slug)).first() or _has_files(slug):
            raise Refused(_("Đã có chuyên đề mang tên “%(slug)s” trong địa chỉ. Đặt tên khác.", slug=slug))
        if other := session.scalars(select(Module).where(Module.code == code)).first():
            raise Refused(_("Mã %(code)s đã thuộc chuyên đề “%(slug)s”. Đặt mã khác.", code=code, slug=other.slug))
        module = Module(slug=slug, code=code, unit_id=unit_id)
        session.add(module)
        session.flush()
        day = vietnamese.day_of(at)
        for name, text in examples.module(code=code, title=vietnamese.squeeze(title), on=day).items():
            workspace.save(path_of(slug, name), workspace.as_bytes(text), 0, by=by.person_id, at=at)
        audit.record("create_module", "module", module.id, by=by.person_id, at=at, after={"slug": slug, "code": code})
        return module


def _has_files(slug: str) -> bool:
    return any(path.startswith(f"modules/{slug}/") for path in workspace.tree(slug))


def add_file(draft: Draft, part: Part, title: str, *, by: SignedIn, at: datetime) -> str:
    """A new file with a filled example in it; return its name."""
    stem = as_slug(title)
    if part in (Part.LESSONS, Part.QUESTIONS) and not stem:
        raise Refused(_("Đồng chí đặt tên cho phần mới, ví dụ: Chuẩn bị cuộc họp."))
    name = _new_name(draft, part, stem)
    _create(draft, name, _example(draft, part, title, stem, vietnamese.day_of(at)), by=by, at=at)
    return name


def _new_name(draft: Draft, part: Part, stem: str) -> str:
    if part is Part.LESSONS:
        name = rules.next_lesson(draft.names, stem)
        if name is None:
            raise Refused(_("Chuyên đề đã có đến bài số %(n)s. Bỏ bớt bài cũ.", n=rules.MOST_LESSONS))
        return name
    if part is Part.QUESTIONS:
        return f"questions/{stem}.md"
    return next(name for name, its_part in rules.WHOLE_FILES.items() if its_part is part)


def _example(draft: Draft, part: Part, title: str, stem: str, day: date) -> str:
    source = next(iter(draft.sources), NO_SOURCE)
    if part is Part.LESSONS:
        return examples.lesson(id=rules.free(stem, draft.lessons), title=vietnamese.squeeze(title), source=source)
    if part is Part.QUESTIONS:
        return example_question(draft, "single_choice")
    if part is Part.QUIZ:
        return examples.quiz(questions=max(1, min(10, len(draft.question_ids()))))
    if part is Part.REFLECTION:
        return examples.reflection()
    return examples.source(id=NO_SOURCE, on=day)


def example_question(draft: Draft, kind: str) -> str:
    """A filled question that belongs to the module's first lesson and rests on its first source."""
    lesson, source = next(iter(draft.lessons), NO_LESSON), next(iter(draft.sources), NO_SOURCE)
    return examples.question(kind, id=free_id(draft, Part.QUESTIONS), lesson=lesson, source=source)


def free_id(draft: Draft, part: Part) -> str:
    """An id for a new question or source of the module."""
    if part is Part.QUESTIONS:
        taken = draft.question_ids()
        return rules.free(f"{draft.module.code.lower()}-{len(taken) + 1:02d}", taken)
    return rules.free(NO_SOURCE, draft.sources)


def _create(draft: Draft, name: str, text: str, *, by: SignedIn, at: datetime) -> None:
    _put_new(draft, name, workspace.as_bytes(text), by=by, at=at)


def _put_new(draft: Draft, name: str, data: bytes, *, by: SignedIn, at: datetime) -> None:
    """Make a file where there is none; one that was deleted before has its history go on."""
    path = path_of(draft.module.slug, name)
    if refusal := workspace.refusal_of_path(path, draft.files):
        raise Refused(refusal)
    with transaction():
        now = workspace.current(path)
        if now is not None and now.data is not None:
            raise Refused(_("Đã có tệp “%(name)s”. Đặt tên khác.", name=name))
        workspace.save(path, data, now.number if now else 0, by=by.person_id, at=at)


def save_text(path: str, text: str, based_on: int, *, by: SignedIn, at: datetime) -> FileRevision:
    """Keep what the editor sent; `workspace.Conflict` when somebody else saved in the meantime."""
    return workspace.save(path, workspace.as_bytes(text), based_on, by=by.person_id, at=at)


def write_questions(draft: Draft, stem: str, markdown: str, *, by: SignedIn, at: datetime) -> str:
    """Imported questions as a new file; return its name."""
    name = f"questions/{stem}.md"
    _create(draft, name, markdown, by=by, at=at)
    return name


def add_picture(draft: Draft, file_name: str, data: bytes, alternative: str, *, by: SignedIn, at: datetime) -> str:
    """Store a picture; return the Markdown that shows it."""
    alternative = vietnamese.squeeze(alternative)
    if not alternative:
        raise Refused(_("Đồng chí viết lời mô tả ảnh cho người không nhìn thấy ảnh."))
    try:
        content_type, _width, _height = pictures.measure(data)
    except pictures.NotAPicture as error:
        raise Refused(str(error)) from error
    stem = as_slug(file_name.rpartition(".")[0]) or "anh"
    taken = {rules.stem_of(name) for name in draft.names if rules.part_of(name) is Part.IMAGES}
    name = f"{rules.free(stem, taken)}.{ENDINGS[content_type]}"
    _put_new(draft, f"images/{name}", data, by=by, at=at)
    return f"![{alternative.replace('[', '(').replace(']', ')')}](images/{name})"


def rename(draft: Draft, name: str, stem: str, *, by: SignedIn, at: datetime) -> str:
    """Give a file another name. The ids inside it stay, and with them everybody's progress."""
    if name in rules.WHOLE_FILES or name.startswith(rules.SHARED_FOLDER):
        raise Refused(_("Tệp này có tên cố định."))
    wanted = rules.renamed(name, as_slug(stem))
    if wanted != name:
        others = {path: data for path, data in draft.files.items() if path != path_of(draft.module.slug, name)}
        if refusal := workspace.refusal_of_path(path_of(draft.module.slug, wanted), others):
            raise Refused(refusal)
        if wanted in draft.names:
            raise Refused(_("Đã có tệp “%(name)s”. Đặt tên khác.", name=wanted))
        _rearrange(draft, {name: wanted}, by=by, at=at)
    return wanted


def move(draft: Draft, name: str, step: int, *, by: SignedIn, at: datetime) -> None:
    """Let a lesson change places with the one before or after it; at either end nothing happens."""
    _rearrange(draft, rules.moved(draft.names, name, step), by=by, at=at)


def _rearrange(draft: Draft, names: Mapping[str, str], *, by: SignedIn, at: datetime) -> None:
    slug = draft.module.slug
    data = {path_of(slug, new): draft.files[path_of(slug, old)] for old, new in names.items() if old != new}
    gone = {path_of(slug, old) for old, new in names.items() if old != new} - data.keys()
    with transaction():
        for path, content in [*data.items(), *((path, None) for path in gone)]:
            now = workspace.current(path)
            before = draft.revisions.get(path)
            if now is not None and now.data is not None and (before is None or before.id != now.id):
                raise Refused(_("Có người vừa sửa các tệp này. Đồng chí tải lại trang rồi làm lại."))
            workspace.save(path, content, now.number if now else 0, by=by.person_id, at=at)


def delete(draft: Draft, name: str, number: int, *, by: SignedIn, at: datetime) -> None:
    """Take a file away; its history stays, and so does every published version."""
    if refusal := rules.refusal_to_delete(name):
        raise Refused(refusal)
    if name.startswith(rules.SHARED_FOLDER):
        raise Refused(_("Tệp dùng chung không xóa được."))
    try:
        workspace.save(path_of(draft.module.slug, name), None, number, by=by.person_id, at=at)
    except workspace.Conflict as conflict:
        raise Refused(_("Tệp này vừa được người khác sửa. Đồng chí xem bản mới rồi hãy xóa.")) from conflict


def restore(path: str, number: int, *, by: SignedIn, at: datetime) -> None:
    """Make an earlier revision the newest one."""
    with transaction():
        wanted = next((row for row in workspace.history(path) if row.number == number), None)
        now = workspace.current(path)
        if wanted is None or wanted.data is None or now is None:
            raise Refused(_("Không khôi phục được bản này. Đồng chí chọn bản khác."))
        workspace.save(path, wanted.data, now.number, by=by.person_id, at=at)
