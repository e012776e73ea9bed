"""What a new version changes, and who may let it through."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _

from lms.content.changes import is_changed
from lms.content.rules import Module, Question


class Change(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True)
class LessonChange:
    """A lesson that differs from the version before; a side that does not exist is empty."""

    key: str
    title: str
    change: Change
    before: str
    after: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class QuestionChange:
    key: str
    change: Change
    before: Question | None
    after: Question | None

    @property
    def shown(self) -> Question:
        question = self.after or self.before
        assert question is not None  # one side always exists
        return question


@dataclass(frozen=True)
class Difference:
    """All that learners would see otherwise; `others` names parts beside lessons and questions."""

    lessons: tuple[LessonChange, ...]
    questions: tuple[QuestionChange, ...]
    others: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.lessons or self.questions or self.others)


@dataclass(frozen=True)
class Shown:
    """A side of a comparison in plain data: what a version or a checked module shows."""

    lessons: dict[str, tuple[str, str, tuple[str, ...]]]
    """By key: title, HTML, ids of the sources."""
    questions: dict[str, Question]
    others: dict[str, Any]


NOTHING = Shown({}, {}, {})


def shown_by(module: Module) -> Shown:
    return Shown(
        {lesson.id: (lesson.title, lesson.html, lesson.sources) for lesson in module.lessons},
        {question.id: question for question in module.questions},
        {
            "title": module.title,
            "introduction": (module.summary, module.html, module.objectives),
            "order": tuple(lesson.id for lesson in module.lessons),
            "quiz": module.quiz,
            "prompts": module.prompts,
            "rubric": module.rubric,
        },
    )


def compare(before: Shown, after: Shown) -> Difference:
    """What is new, changed or gone, in the order of the new version; what is gone comes last."""
    lessons = []
    for key in [*after.lessons, *(key for key in before.lessons if key not in after.lessons)]:
        old, new = before.lessons.get(key), after.lessons.get(key)
        if old is None or new is None or old[0] != new[0] or is_changed(old[1], new[1]):
            title, _html, sources = new or old or ("", "", ())
            lessons.append(
                LessonChange(key, title, _change(old, new), old[1] if old else "", new[1] if new else "", sources)
            )
    questions = []
    for key in [*after.questions, *(key for key in before.questions if key not in after.questions)]:
        was, now = before.questions.get(key), after.questions.get(key)
        if was != now:
            questions.append(QuestionChange(key, _change(was, now), was, now))
    others = tuple(key for key in after.others if before.others.get(key) != after.others[key]) if before.others else ()
    return Difference(tuple(lessons), tuple(questions), others)


def _change(before: object | None, after: object | None) -> Change:
    if before is None:
        return Change.NEW
    return Change.REMOVED if after is None else Change.CHANGED


def refusal_to_decide(reviewer_id: int, proposed_by_id: int, editors: Collection[int]) -> str | None:
    """Two persons see every text: nobody approves what they proposed or wrote."""
    if reviewer_id == proposed_by_id:
        return _("Đồng chí là người gửi bản này; cần một người khác thẩm định.")
    if reviewer_id in editors:
        return _("Đồng chí đã sửa bản này; cần một người khác thẩm định.")
    return None


def refusal_to_propose(faults: int, is_published: bool, is_waiting: bool) -> str | None:
    if faults:
        return _("Còn %(n)s lỗi trong chuyên đề. Sửa hết lỗi rồi gửi thẩm định.", n=faults)
    if is_published:
        return _("Nội dung này đã xuất bản; chưa có gì mới để thẩm định.")
    if is_waiting:
        return _("Bản này đã gửi và đang chờ thẩm định.")
    return None


def refusal_to_publish(faults: int, is_published: bool, is_approved: bool) -> str | None:
    if faults:
        return _("Còn %(n)s lỗi trong chuyên đề. Sửa hết lỗi rồi xuất bản.", n=faults)
    if is_published:
        return _("Nội dung này đã là phiên bản mới nhất; không có gì để xuất bản.")
    if not is_approved:
        return _("Bản này chưa được thẩm định. Gửi thẩm định, hoặc chờ người thẩm định đồng ý.")
    return None
