"""reflection.md: the prompts with their limits, their criteria and model passages, and the rubric."""

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from lms.content.earlier import Id
from lms.content.frontmatter import Fields, Page, split
from lms.content.rules import Criterion, Level, Passage, Prompt, Severity

MODEL = re.compile(r"### Đoạn mẫu(?:: *(?P<title>.*))?$")
"""What begins a model passage below a prompt; it ends with the next one, or with the prompt."""

Render = Callable[[str, int], str]
"""A Markdown text as HTML, its faults noted; the second argument is its first line in the file."""


@dataclass(frozen=True)
class Ids:
    """Where the ids of prompts and criteria are noted, with their places."""

    prompts: MutableMapping[str, Id]
    criteria: MutableMapping[str, Id]


@dataclass(frozen=True)
class _Words:
    """What the body says of a prompt, and the line of its id."""

    html: str
    line: int
    models: tuple[Passage, ...]


def read_reflection(page: Page, render: Render, ids: Ids) -> tuple[tuple[Prompt, ...], tuple[Criterion, ...]]:
    """The prompts that can be shown, and the rubric where nothing in the file is wrong."""
    fields, body, line = split(page, ("prompts", "rubric"))
    texts = _prompt_texts(page, body, line, render)
    rubric = _rubric(page, fields, ids.criteria)
    prompts: list[Prompt] = []
    items = fields.items("prompts", ("id", "title", "min_words", "max_words", "criteria"))
    for item in items:
        words = texts.get(item.text("id", required=False), _Words("", 0, ()))
        prompt = Prompt(
            item.id("id"),
            item.text("title"),
            item.whole("min_words", 0, 20_000),
            item.whole("max_words", 1, 20_000),
            words.html,
            _criteria(item, rubric),
            words.models,
        )
        if prompt.min_words > prompt.max_words:
            item.fault("min_words", "word-limits", "min_words lớn hơn max_words.", "Sửa lại giới hạn số từ.")
        if prompt.id and prompt.id not in texts:
            message = f"Câu hỏi thu hoạch “{prompt.id}” chưa có lời văn."
            item.fault("id", "no-prompt", message, f"Thêm mục “## {prompt.id}” ở phần thân.")
        if any(prompt.id == other.id for other in prompts):
            item.fault("id", "duplicate-id", f"Mã “{prompt.id}” dùng hai lần.", "Đặt mã khác.")
        elif prompt.id:
            prompts.append(prompt)
            ids.prompts[prompt.id] = Id(page, *item.place_of("id"), f"{prompt.title} {prompt.html}")
    for key, words in texts.items():
        if items and key not in [prompt.id for prompt in prompts]:
            message = f"Mục “{key}” không có trong “prompts”."
            page.fault(words.line, "unknown-prompt", message, "Khai báo mã này ở “prompts”, hoặc bỏ mục.", column=4)
    _look_for_forgotten(fields, prompts, rubric)
    return tuple(prompt for prompt in prompts if prompt.html), rubric if page.is_sound else ()


def _criteria(item: Fields, rubric: Sequence[Criterion]) -> tuple[str, ...]:
    """The criteria that a prompt is marked by; without any it is all of them."""
    if "criteria" not in item.nodes:
        return ()
    known = [criterion.id for criterion in rubric]
    named: list[str] = []
    for word in item.words("criteria"):
        name = word.text
        if name in known and name not in named:
            named.append(name)
        else:
            message = f"Tiêu chí “{name}” ghi hai lần." if name in named else f"Thang chấm không có tiêu chí “{name}”."
            cure = f"Các mã dùng được: {', '.join(known)}." if known else "Khai báo tiêu chí ở “rubric”."
            item.page.fault(word.line, "unknown-criterion", message, cure, column=word.column)
    return tuple(named)


def _look_for_forgotten(fields: Fields, prompts: Sequence[Prompt], rubric: Sequence[Criterion]) -> None:
    """A criterion that no prompt names, where every prompt names some."""
    if not prompts or not all(prompt.criteria for prompt in prompts):
        return
    named = {name for prompt in prompts for name in prompt.criteria}
    for criterion in rubric:
        if criterion.id and criterion.id not in named:
            message = f"Không câu hỏi nào nêu tiêu chí “{criterion.id}”."
            cure = "Thêm mã này vào “criteria” của một câu hỏi."
            fields.fault("rubric", "unused-criterion", message, cure, Severity.WARNING)


def _prompt_texts(page: Page, body: str, first_line: int, render: Render) -> Mapping[str, _Words]:
    """The body cut at `## id`, each part rendered, its model passages apart."""
    parts: dict[str, tuple[int, list[str]]] = {}
    key = ""
    for number, line in enumerate(body.split("\n"), first_line):
        if line.startswith("## "):
            key = line[3:].strip()
            if key in parts:
                page.fault(number, "duplicate-id", f"Mục “{key}” viết hai lần.", "Gộp hai mục làm một.", column=4)
            parts.setdefault(key, (number + 1, []))
        elif key:
            parts[key][1].append(line)
        elif line.strip():
            page.fault(number, "stray-text", "Dòng này không thuộc câu hỏi nào.", "Đặt “## mã” phía trên.")
    return {key: _words(lines, line, render) for key, (line, lines) in parts.items()}


def _words(lines: Sequence[str], first_line: int, render: Render) -> _Words:
    titles = {at: found["title"] or "" for at, line in enumerate(lines) if (found := MODEL.match(line.rstrip()))}
    places = [*titles, len(lines)]
    models = []
    for (start, title), end in zip(titles.items(), places[1:], strict=True):
        html = render("\n".join(lines[start + 1 : end]), first_line + start + 1)
        models.append(Passage(title.strip() or "Đoạn mẫu", html))
    return _Words(render("\n".join(lines[: places[0]]), first_line), first_line - 1, tuple(models))


def _rubric(page: Page, fields: Fields, ids: MutableMapping[str, Id]) -> tuple[Criterion, ...]:
    criteria: list[Criterion] = []
    knows_weights = True
    for item in fields.items("rubric", ("id", "title", "weight", "levels")):
        levels = tuple(
            Level(level.score("from"), level.text("name"), level.text("text", most=1000))
            for level in item.items("levels", ("from", "name", "text"))
        )
        steps = [level.least for level in levels]
        if steps and (steps != sorted(set(steps), reverse=True) or steps[-1] != 0):
            message = "Các mức phải xếp từ điểm cao xuống thấp và mức cuối bắt đầu từ 0."
            item.fault("levels", "levels", message, "Sửa lại các giá trị “from”.")
        before, weight = len(page.faults), item.whole("weight", 1, 100)
        knows_weights &= len(page.faults) == before
        criterion = Criterion(item.id("id"), item.text("title"), weight, levels)
        if criterion.id in ids:
            item.fault("id", "duplicate-id", f"Mã tiêu chí “{criterion.id}” dùng hai lần.", "Đặt mã khác.")
        elif criterion.id:
            ids[criterion.id] = Id(page, *item.place_of("id"), criterion.title)
        criteria.append(criterion)
    total = sum(criterion.weight for criterion in criteria)
    if criteria and knows_weights and total != 100:
        message = f"Tổng trọng số của các tiêu chí là {total}, phải bằng 100."
        fields.fault("rubric", "weights", message, "Sửa lại “weight” của các tiêu chí.")
    return tuple(criteria)
