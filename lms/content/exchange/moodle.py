"""What GIFT and Moodle XML share when they are read: formats of text, weights of options, tags."""

import re
from collections.abc import Iterable, Sequence

from lms import vietnamese
from lms.content.exchange.answers import LONGEST_UNIT
from lms.content.exchange.items import LEVELS, Choice, Draft, shown
from lms.content.exchange.markdown import Run, escape, from_html, from_runs, paragraphs

LESSON_TAG, SOURCE_TAG, TOPIC_TAG, LEVEL_TAG = "bai:", "nguon:", "chu-de:", "muc:"
PASSAGE_TAG, UNIT_TAG, CASE_TAG = "doan:", "don-vi:", "dung-chu-hoa"
"""Moodle's tags that carry what Moodle has no place for."""

LONGEST_TOPIC = 80

LONGEST_TEXT = 50_000
"""Characters, with the marks of HTML."""

_LESSON = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_SOURCE = re.compile(r"[A-Z][A-Za-z0-9-]{0,20}\Z")


def set_right(draft: Draft, weights: Sequence[float], *, is_single: bool) -> None:
    """Say which options are right by their weights in percent, and what our marking does not know."""
    right = [weight >= 100 for weight in weights] if is_single else [weight > 0 for weight in weights]
    draft.options = [
        Choice(one.text, is_right, one.explanation) for one, is_right in zip(draft.options, right, strict=True)
    ]
    draft.is_single = is_single
    if not is_single and sum(right) == 1:
        draft.lose("cách chọn nhiều phương án (chỉ có một phương án đúng)")
    if is_single and any(0 < weight < 100 for weight in weights):
        draft.lose("điểm một phần cho phương án gần đúng")
    if is_single and any(weight < 0 for weight in weights):
        draft.lose("điểm trừ của phương án sai")
    if not is_single and not _is_fair(weights):
        draft.lose("trọng số riêng của từng phương án")


def _is_fair(weights: Sequence[float]) -> bool:
    """Whether right options weigh the same, and wrong ones take away as much as our own marking does."""
    right, wrong = [w for w in weights if w > 0], [w for w in weights if w <= 0]
    return (
        not right
        or not wrong
        or (
            all(abs(weight - 100 / len(right)) < 1 for weight in right)
            and all(abs(weight + 100 / len(wrong)) < 1 for weight in wrong)
        )
    )


def apply_tags(draft: Draft, tags: Iterable[str]) -> None:
    """Our own tags say lesson, sources and what else Moodle cannot; a level of difficulty is one in anybody's words."""
    for tag in filter(None, tags):
        lesson, source, topic = (tag.removeprefix(sign) for sign in (LESSON_TAG, SOURCE_TAG, TOPIC_TAG))
        unit, passage = tag.removeprefix(UNIT_TAG), tag.removeprefix(PASSAGE_TAG)
        if tag.startswith(LESSON_TAG) and _LESSON.match(lesson):
            draft.lesson = lesson
        elif tag.startswith(PASSAGE_TAG) and _LESSON.match(passage):
            draft.passage = passage
        elif tag.startswith(SOURCE_TAG) and _SOURCE.match(source):
            draft.sources += (source,)
        elif tag.startswith(TOPIC_TAG) and 0 < len(topic) <= LONGEST_TOPIC:
            draft.topic = vietnamese.squeeze(topic)
        elif tag.startswith(UNIT_TAG) and 0 < len(unit) <= LONGEST_UNIT:
            draft.unit = unit
        elif tag == CASE_TAG:
            draft.with_case = True
        elif level := LEVELS.get(vietnamese.fold(tag.removeprefix(LEVEL_TAG))):
            draft.difficulty = level
        else:
            draft.lose(f"thẻ “{shown(tag)}”")


# --- Moodle's text formats --------------------------------------------------------------------------------------------

_EMPHASIS = re.compile(r"\*\*(?=\S)([^*\n]+)(?<=\S)\*\*|(?<![*\w])[*_](?=\S)([^*_\n]+)(?<=\S)[*_](?![*\w])")
_RICH = re.compile(r"!?\[[^\[\]\n]*\]\(|`|^[ \t]*(?:#|```|\|)", re.MULTILINE)


def marked(text: str, form: str, draft: Draft, *, in_line: bool = False) -> str:
    """A text in one of Moodle's formats as our Markdown; what is too long to be kept is not looked into."""
    if len(text) > LONGEST_TEXT:
        return escape(text)
    if form == "plain":
        return escape(text) if in_line else paragraphs(text)
    if form == "markdown":
        return _from_markdown(text, draft, in_line)
    html = from_html(text, keeps_lines=form == "moodle" and not in_line)
    draft.lost.update(html.lost)
    return html.line if in_line else html.block


def _from_markdown(text: str, draft: Draft, in_line: bool) -> str:
    """Bold and italics come along; of everything else only the characters."""
    if _RICH.search(text):
        draft.lose("liên kết, ảnh, bảng hoặc mã viết bằng Markdown (chữ vẫn giữ)")
    lines = [text.replace("\n", " ")] if in_line else re.split(r"\n\s*\n", text)
    return "\n\n".join(filter(None, (from_runs(_runs(line.replace("\n", " "))) for line in lines)))


def _runs(text: str) -> Iterable[Run]:
    at = 0
    for match in _EMPHASIS.finditer(text):
        yield Run(text[at : match.start()])
        yield Run(match[1] or match[2], is_bold=bool(match[1]), is_italic=bool(match[2]))
        at = match.end()
    yield Run(text[at:])


def explanations(text: str, form: str, heads: Sequence[str]) -> list[str]:
    """The same list on its way back: an explanation for each head; empty where the text is something else."""
    whys = listed(text, form)
    return [whys.get(head, "") for head in heads] if whys and set(whys) <= set(heads) else []


def listed(text: str, form: str) -> dict[str, str]:
    """Heads and what is said of them, in a list of ours."""
    lines = from_html(text).lines if form in ("html", "moodle") and "<dl>" in text else []
    return dict(zip(lines[::2], lines[1::2], strict=False))
