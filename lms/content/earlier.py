"""Ids that changed since the last published version: progress hangs on them, so a new name would lose it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import unescape

from lms.content.frontmatter import Page
from lms.content.rules import Criterion, Prompt, Question, Severity

ALIKE = 0.8
"""Share of the words of the longer text that both have."""


@dataclass(frozen=True)
class EarlierIds:
    """The ids of a version, each with the words that it stood for."""

    code: str
    lessons: Mapping[str, str]
    questions: Mapping[str, str]
    prompts: Mapping[str, str]
    criteria: Mapping[str, str]

    @classmethod
    def of(
        cls,
        code: str,
        lessons: Iterable[tuple[str, str]],
        questions: Iterable[Question],
        prompts: Iterable[Prompt],
        rubric: Iterable[Criterion],
    ) -> "EarlierIds":
        """Out of what a version holds; of lessons it takes id and HTML."""
        return cls(
            code,
            dict(lessons),
            {question.id: question_words(question) for question in questions},
            {prompt.id: f"{prompt.title} {prompt.html}" for prompt in prompts},
            {criterion.id: criterion.title for criterion in rubric},
        )


@dataclass(frozen=True)
class Id:
    """An id as it stands in the files now."""

    page: Page
    line: int
    column: int
    text: str


def question_words(question: Question) -> str:
    return " ".join([question.html, *(option.html for option in question.options)])


def warn_of_renaming(what: str, earlier: Mapping[str, str], now: Mapping[str, Id]) -> None:
    """For each id that is gone, find the new one that says almost the same."""
    gone = {name: _words(earlier[name]) for name in earlier.keys() - now.keys()}
    new = {name: _words(now[name].text) for name in now.keys() - earlier.keys()}
    for name, words in sorted(gone.items()):
        best = max(sorted(new), key=lambda other: _likeness(words, new[other]), default=None)
        if best is not None and _likeness(words, new[best]) >= ALIKE:
            message = f"{what} “{name}” đã đổi mã thành “{best}”: kết quả theo mã cũ sẽ mất."
            cure = f"Đặt lại mã “{name}”, trừ khi đây thật sự là nội dung mới."
            new_id = now[best]
            new_id.page.fault(new_id.line, "changed-id", message, cure, Severity.WARNING, new_id.column)


def _words(html: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", unescape(re.sub(r"<[^>]*>", " ", html)).lower()))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(len(one), len(other), 1)
