"""Questions into a spreadsheet: those of a module, or the examples that authors start from."""

from collections.abc import Mapping, Sequence
from io import BytesIO

from xlsxwriter import Workbook

from lms.content.exchange.items import CHOICES, TYPED
from lms.content.exchange.sheet import (
    COLUMNS,
    ID,
    KEY,
    KIND,
    LESSON,
    LETTERED,
    LETTERS,
    LEVEL,
    SOURCES,
    STEM,
    TOPIC,
    WHY,
)
from lms.content.exchange.to_moodle import in_order
from lms.content.exchange.to_moodle import losses as moodle_losses
from lms.content.expected import place_in, words_of
from lms.content.rules import Difficulty, Option, Question

KIND_NAMES = {
    "single_choice": "Một đáp án",
    "several_choices": "Nhiều đáp án",
    "true_false": "Đúng/sai",
    "numeric": "Điền số",
    "short_text": "Trả lời ngắn",
    "matching": "Ghép đôi",
    "ordering": "Sắp thứ tự",
    "gap_text": "Điền chỗ trống",
    "free_text": "Tự luận ngắn",
}
LEVEL_NAMES = {Difficulty.EASY: "Dễ", Difficulty.MEDIUM: "", Difficulty.HARD: "Khó"}

_OWN = {LESSON: "so-luong-co-cau", SOURCES: "C6"}
EXAMPLES: Sequence[Mapping[str, str]] = (
    {
        ID: "vi-du-1",
        KIND: "Một đáp án",
        STEM: "Trong Ủy ban Kiểm tra, ủy viên Ban Chấp hành được chiếm nhiều nhất bao nhiêu?",
        **dict(zip("ABC", ("Một phần tư", "Một phần ba", "Một nửa"), strict=True)),
        KEY: "B",
        WHY: "Mức tối đa là một phần ba, để việc kiểm tra độc lập với Ban Chấp hành.",
    },
    {
        ID: "vi-du-2",
        KIND: "Nhiều đáp án",
        STEM: "Những việc nào thuộc nhiệm vụ của Ủy ban Kiểm tra?",
        **dict(zip("ABC", ("Kiểm tra tài chính", "Giải quyết đơn thư", "Duyệt lương"), strict=True)),
        KEY: "A, B",
    },
    {
        ID: "vi-du-3",
        KIND: "Đúng/sai",
        STEM: "Nhiệm kỳ của Ủy ban Kiểm tra theo nhiệm kỳ của Ban Chấp hành.",
        KEY: "Đúng",
    },
    {
        ID: "vi-du-4",
        KIND: "Điền số",
        STEM: "Ủy ban Kiểm tra có 7 ủy viên. Trong đó được có nhiều nhất mấy ủy viên Ban Chấp hành?",
        "A": "3 người",
        KEY: "2 người",
        WHY: "Một phần ba của 7 là 2,33, nên nhiều nhất là 2 người.",
        f"{WHY}A": "3 người đã vượt một phần ba của 7.",
    },
    {
        ID: "vi-du-5",
        KIND: "Trả lời ngắn",
        STEM: "Cơ quan nào bầu Ủy ban Kiểm tra cùng cấp?",
        KEY: "Ban Chấp hành (chấp nhận không dấu); BCH",
        LEVEL: "Dễ",
    },
    {
        ID: "vi-du-6",
        KIND: "Ghép đôi",
        STEM: "Ghép mỗi việc với nơi làm việc đó.",
        **dict(
            zip(
                "ABC",
                (
                    "Bầu Ủy ban Kiểm tra => Ban Chấp hành",
                    "Kiểm tra tài chính => Ủy ban Kiểm tra",
                    "Công nhận kết quả bầu => Công đoàn cấp trên",
                ),
                strict=True,
            )
        ),
    },
    {
        ID: "vi-du-7",
        KIND: "Sắp thứ tự",
        STEM: "Sắp các bước của một cuộc kiểm tra theo thứ tự.",
        **dict(zip("ABC", ("Ban hành quyết định", "Làm việc với đơn vị", "Thông báo kết luận"), strict=True)),
        LEVEL: "Khó",
    },
    {
        ID: "vi-du-8",
        KIND: "Điền chỗ trống",
        STEM: "Chủ nhiệm Ủy ban Kiểm tra do …(1)… bầu; Phó Chủ nhiệm do …(2, chọn)… bầu.",
        "A": "(1) Ban Chấp hành (chấp nhận không dấu)",
        "B": "(2) Ủy ban Kiểm tra",
        "C": "(2) Ban Chấp hành",
        KEY: "A, B",
    },
    {
        ID: "vi-du-9",
        KIND: "Tự luận ngắn",
        STEM: "Vì sao ủy viên Ban Chấp hành không được chiếm quá một phần ba Ủy ban Kiểm tra?",
        "A": "Nêu được: để việc kiểm tra độc lập với Ban Chấp hành (2 điểm)",
        "B": "Nêu được một ví dụ (1 điểm)",
        "C": "Bài trả lời mẫu (không quá 80 từ)",
        KEY: "A, B",
    },
)

_WIDTHS = {STEM: 60, WHY: 40, ID: 14, KIND: 16, **dict.fromkeys(LETTERS, 24), LESSON: 20}
_ORDER = [ID, KIND, STEM, *LETTERS, KEY, WHY, *(WHY + letter for letter in LETTERS), LESSON, SOURCES, TOPIC, LEVEL]
_ALWAYS = {ID, KIND, STEM, *"ABCD", KEY, WHY, *(WHY + letter for letter in "ABCD"), LESSON, SOURCES, TOPIC, LEVEL}
_MARKS = ("<strong>", "<em>", "<li>", "<table>", "<a ")


def template() -> bytes:
    """A workbook with the columns and a filled row of each kind to write over."""
    return _book([{**_OWN, **row} for row in EXAMPLES])


def write(questions: Sequence[Question]) -> bytes:
    """What our own import reads as the same questions, in words."""
    return _book([_row(question) for question in questions if carries(question)])


def carries(question: Question) -> bool:
    """With a cell for each of its lines, or it would be another question."""
    return question.kind in KIND_NAMES and (question.kind in TYPED or len(question.options) <= len(LETTERS))


def losses(question: Question) -> list[str]:
    """What of a question its row has no cell for."""
    lost = [what for what in moodle_losses(question) if "lời dẫn" in what]
    texts = [question.html, *(one.html for one in question.options), *(one.explanation for one in question.options)]
    if question.passage:
        lost.append("mục nên đọc lại (“passage”)")
    if question.html.count("<p>") > 1 or any(tag in text for text in texts for tag in _MARKS):
        lost.append("chia đoạn và kiểu chữ (chữ vẫn giữ)")
    if question.kind in TYPED:
        if len({one.explanation for one in question.options if one.is_right}) > 1:
            lost.append("lời giải thích riêng của từng đáp án đúng")
        if sum(not one.is_right for one in question.options) > len(LETTERS):
            lost.append(f"các đáp án sai sau đáp án thứ {len(LETTERS)}")
    return lost


def _row(question: Question) -> dict[str, str]:
    row = {ID: question.id, KIND: KIND_NAMES[question.kind], STEM: words_of(question.html)}
    row |= {LESSON: question.lesson, SOURCES: ", ".join(question.sources)}
    row |= {TOPIC: question.topic, LEVEL: LEVEL_NAMES[question.difficulty]}
    rights = [one for one in question.options if one.is_right]
    lines: Sequence[Option] = question.options
    if question.kind in TYPED:
        lines = [one for one in question.options if not one.is_right]
        row |= {KEY: "; ".join(words_of(one.html) for one in rights), WHY: words_of(rights[0].explanation)}
    elif question.kind == "ordering":
        lines = in_order(question)
    elif question.kind in (*CHOICES, *LETTERED):
        row[KEY] = ", ".join(letter for letter, one in zip(LETTERS, lines, strict=False) if one.is_right)
    for letter, one in zip(LETTERS, lines, strict=False):
        row[letter] = words_of(place_in(one.html)[1] if question.kind == "ordering" else one.html)
        row[WHY + letter] = words_of(one.explanation)
    return row


def _book(rows: Sequence[Mapping[str, str]]) -> bytes:
    stored = BytesIO()
    book = Workbook(stored, {"in_memory": True})
    sheet = book.add_worksheet("Câu hỏi")
    bold, wrapped = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True})
    titles = {column.key: column.title for column in COLUMNS}
    keys = [key for key in titles if key in _ALWAYS or any(row.get(key) for row in rows)]
    keys.sort(key=_ORDER.index)
    for at, cells in enumerate([titles, *rows]):
        for column, key in enumerate(keys):
            if text := cells.get(key, ""):
                sheet.write_string(at, column, text, wrapped if at else bold)
    for at, key in enumerate(keys):
        sheet.set_column(at, at, _WIDTHS.get(key, 14))
    sheet.freeze_panes(1, 0)
    for key, names in ((KIND, list(KIND_NAMES.values())), (LEVEL, ["Dễ", "Vừa", "Khó"])):
        at = keys.index(key)
        sheet.data_validation(1, at, len(rows) + 1000, at, {"validate": "list", "source": names})
    book.close()
    return stored.getvalue()
