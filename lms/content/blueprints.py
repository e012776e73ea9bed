"""Filling the cells of a quiz from a bank, and reading `quiz.md`, which asks for them."""

from collections.abc import Collection, Sequence

from lms.content.frontmatter import Fields
from lms.content.rules import (
    DIFFICULTY_NAMES,
    Candidate,
    Cell,
    Counts,
    Difficulty,
    Feedback,
    Practice,
    Question,
    QuizPlan,
    Section,
)

KEYS = (
    *("questions", "minutes", "pass_percent", "attempts", "wait_minutes", "counts", "feedback", "show", "shuffle"),
    *("one_a_page", "grace_seconds", "practice", "draw", "fixed", "sections"),
)
SHOWN = ("marks", "answers", "explanations")
YES_NO = {"yes": True, "true": True, "no": False, "false": False}
MOST_QUESTIONS, MOST_SECTIONS, MOST_GRACE, MOST_WAIT = 200, 20, 600, 43_200


def fill(cells: Sequence[Cell], bank: Sequence[Candidate]) -> list[list[str]]:
    """Questions for each cell, none twice, as many in all as the bank has; what stands first in the bank comes first.

    A question that one cell could do without goes to the cell that needs it, so a shortage is never one of bad luck.
    """
    fits = [[one.key for one in bank if cell.takes(one)] for cell in cells]
    holder: dict[str, int] = {}

    def place(at: int, seen: set[str]) -> bool:
        key = next((key for key in fits[at] if key not in holder and key not in seen), None)
        if key is not None:
            holder[key] = at
            return True
        for key in fits[at]:
            if key not in seen and holder[key] != at:
                seen.add(key)
                if place(holder[key], seen):
                    holder[key] = at
                    return True
        return False

    for at, cell in enumerate(cells):
        for _ in range(cell.questions):
            if not place(at, set()):
                break
    return [[one.key for one in bank if holder.get(one.key) == at] for at in range(len(cells))]


def candidates(questions: Sequence[Question]) -> list[Candidate]:
    return [Candidate(one.id, one.topic or one.lesson, one.difficulty) for one in questions]


def read_plan(fields: Fields, questions: Sequence[Question], html: str) -> QuizPlan:
    """The plan as `quiz.md` tells it; whatever the bank cannot give is a fault with the numbers."""
    sections, wishes = _sections(fields, {one.id for one in questions})
    total = sum(section.questions for section in sections)
    if sections and "questions" in fields.nodes and fields.whole("questions", 1, MOST_QUESTIONS) != total:
        message = f"“questions” khác tổng số câu của các phần: {total}."
        fields.fault("questions", "wrong-sum", message, f"Ghi {total}, hoặc bỏ dòng “questions”.")
    if total > MOST_QUESTIONS:
        message = f"Các phần cộng lại có {total} câu, quá {MOST_QUESTIONS}."
        fields.fault("sections", "too-many-questions", message, "Giảm số câu.")
    count = total if sections else fields.whole("questions", 1, MOST_QUESTIONS)
    if not sections and count > len(questions):
        message = f"Bài kiểm tra rút {count} câu nhưng ngân hàng chỉ có {len(questions)} câu dùng được."
        fields.fault("questions", "too-few-questions", message, "Thêm câu hỏi hoặc giảm số câu.")
    _judge_supply(sections, wishes, questions)
    show = _shown(fields)
    return QuizPlan(
        count,
        fields.whole("minutes", 1, 300),
        fields.whole("pass_percent", 1, 100),
        fields.whole("attempts", 0, 100),
        html,
        wait_minutes=_whole(fields, "wait_minutes", 0, MOST_WAIT),
        counts=Counts(_one_of(fields, "counts", list(Counts), Counts.BEST)),
        feedback=Feedback(_one_of(fields, "feedback", list(Feedback), Feedback.SUBMITTED)),
        show_marks="marks" in show,
        show_answers="answers" in show,
        show_explanations="explanations" in show,
        shuffle=YES_NO[_one_of(fields, "shuffle", list(YES_NO), "yes")],
        one_a_page=YES_NO[_one_of(fields, "one_a_page", list(YES_NO), "no")],
        grace_seconds=_whole(fields, "grace_seconds", 0, MOST_GRACE, default=15),
        practice=Practice(_one_of(fields, "practice", list(Practice), Practice.AFTER)),
        sections=tuple(sections),
    )


def _shown(fields: Fields) -> Sequence[str]:
    if "show" not in fields.nodes:
        return SHOWN
    words = [word.strip() for word in fields.text("show").split(",") if word.strip() not in ("", "none")]
    for word in words:
        if word not in SHOWN:
            fields.fault("show", "unknown-value", f"“show: {word}” không có.", f"Dùng {', '.join(SHOWN)}, hoặc none.")
    return words


def _whole(fields: Fields, key: str, least: int, most: int, default: int = 0) -> int:
    return fields.whole(key, least, most) if key in fields.nodes else default


def _one_of(fields: Fields, key: str, known: Collection[str], default: str) -> str:
    value = fields.text(key, required=False)
    if value and value not in known:
        fields.fault(key, "unknown-value", f"“{key}: {value}” không có.", f"Dùng một trong: {', '.join(known)}.")
    return value if value in known else default


def _sections(fields: Fields, ids: set[str]) -> tuple[list[Section], list[list[Fields]]]:
    """The sections, and for each its cells' places in the file. A list or a blueprint without sections is one."""
    if "sections" not in fields.nodes:
        if not fields.nodes.keys() & {"draw", "fixed"}:
            return [], []
        section, places = _section(fields, "", ids, set())
        return [section], [places]
    for key in fields.nodes.keys() & {"draw", "fixed"}:
        fields.fault(key, "unknown-key", f"“{key}” đứng ngoài các phần.", f"Đưa “{key}” vào một mục của “sections”.")
    sections, wishes, used = [], [], set[str]()
    items = fields.items("sections", ("title", "draw", "fixed"))
    if len(items) > MOST_SECTIONS:
        message = f"Bài có {len(items)} phần, quá {MOST_SECTIONS}."
        fields.fault("sections", "too-many-sections", message, "Gộp bớt các phần.")
    for item in items:
        section, places = _section(item, item.text("title", most=120), ids, used)
        sections.append(section)
        wishes.append(places)
    return sections, wishes


def _section(fields: Fields, title: str, ids: set[str], used: set[str]) -> tuple[Section, list[Fields]]:
    fixed = []
    for word in fields.words("fixed") if "fixed" in fields.nodes else ():
        if word.text not in ids:
            message = f"Câu “{word.text}” không có trong ngân hàng hoặc còn lỗi."
            fields.page.fault(word.line, "unknown-question", message, "Sửa lại mã câu.", column=word.column)
        elif word.text in used:
            message = f"Câu “{word.text}” ghi hai lần."
            fields.page.fault(word.line, "duplicate-id", message, "Giữ lại một lần.", column=word.column)
        else:
            used.add(word.text)
            fixed.append(word.text)
    places = fields.items("draw", ("questions", "topic", "difficulty")) if "draw" in fields.nodes else []
    cells = tuple(
        Cell(
            place.whole("questions", 1, MOST_QUESTIONS),
            place.text("topic", most=80, required=False),
            _one_of(place, "difficulty", list(Difficulty), ""),
        )
        for place in places
    )
    if not fixed and not cells and "fixed" not in fields.nodes:
        cure = "Thêm “fixed” (mã các câu) hoặc “draw” (số câu theo chủ đề, mức độ)."
        fields.fault("title", "empty", "Phần này chưa nêu câu hỏi nào.", cure)
    return Section(title, tuple(fixed), cells), places


def _judge_supply(
    sections: Sequence[Section], wishes: Sequence[Sequence[Fields]], questions: Sequence[Question]
) -> None:
    fixed = {key for section in sections for key in section.fixed}
    bank = [one for one in candidates(questions) if one.key not in fixed]
    cells = [cell for section in sections for cell in section.cells]
    places = [place for section in wishes for place in section]
    for cell, place, got in zip(cells, places, fill(cells, bank), strict=True):
        if len(got) < cell.questions:
            there = sum(cell.takes(one) for one in bank)
            message = (
                f"Cần {cell.questions} câu {described(cell)} nhưng ngân hàng chỉ còn đủ cho {len(got)} câu "
                f"(có {there} câu như vậy, tính cả câu dành cho mục khác)."
            )
            missing = cell.questions - len(got)
            place.fault("questions", "too-few-questions", message, f"Thêm {missing} câu, hoặc giảm số câu của mục này.")


def described(cell: Cell) -> str:
    """“chủ đề “x”, mức dễ”."""
    parts = [
        f"chủ đề “{cell.topic}”" if cell.topic else "",
        f"mức {DIFFICULTY_NAMES[Difficulty(cell.difficulty)]}" if cell.difficulty else "",
    ]
    return ", ".join(filter(None, parts)) or "bất kỳ"
