"""Questions in a spreadsheet, a row each."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from lms import sheets
from lms.content.exchange.answers import take_order, take_pairs, take_typed
from lms.content.exchange.items import LEVELS, Choice, Draft, Reading
from lms.content.exchange.markdown import escape
from lms.content.rules import Difficulty
from lms.sheets import Column, Row, Table

LETTERS = "ABCDEFGH"
ID, KIND, STEM, KEY, WHY, LESSON, SOURCES = "id", "kind", "stem", "key", "why", "lesson", "sources"
TOPIC, LEVEL = "topic", "level"

COLUMNS = (
    Column(STEM, "Câu hỏi", ("Nội dung", "Nội dung câu hỏi", "Lời dẫn"), required=True),
    Column(ID, "Mã câu", ("Mã",)),
    Column(KIND, "Loại", ("Loại câu", "Loại câu hỏi")),
    *(Column(letter, letter, (f"Phương án {letter}", f"Đáp án {letter}", f"Lựa chọn {letter}")) for letter in LETTERS),
    Column(KEY, "Đáp án", ("Đáp án đúng", "Phương án đúng")),
    Column(WHY, "Giải thích", ("Giải thích chung", "Lời giải")),
    *(Column(WHY + letter, f"Giải thích {letter}", (f"Vì sao {letter}",)) for letter in LETTERS),
    Column(LESSON, "Bài", ("Mã bài", "Bài học")),
    Column(SOURCES, "Nguồn", ("Mã nguồn",)),
    Column(TOPIC, "Chủ đề", ("Chuyên đề nhỏ",)),
    Column(LEVEL, "Mức độ", ("Mức", "Độ khó")),
)
"""The stem comes first: it is what a row of the list cannot do without."""

KINDS = {
    "mot dap an": "single_choice",
    "nhieu dap an": "several_choices",
    "dung sai": "true_false",
    "dien so": "numeric",
    "tra loi ngan": "short_text",
    "ghep doi": "matching",
    "sap thu tu": "ordering",
    "dien cho trong": "gap_text",
    "tu luan ngan": "free_text",
}
KINDS |= {"": "", **{kind.replace("_", " "): kind for kind in KINDS.values()}}
LETTERED = ("gap_text", "free_text")
"""Kinds with lines of their own form, of which the key names those that bear [x]."""

TRUE_FALSE = {"dung": "A", "sai": "B"}
KIND_CURE = (
    "Ghi “Một đáp án”, “Nhiều đáp án”, “Đúng/sai”, “Điền số”, “Trả lời ngắn”, “Điền chỗ trống”, “Ghép đôi”, "
    "“Sắp thứ tự”, “Tự luận ngắn”, hoặc để trống."
)
KEY_CURE = "Ghi chữ cái của phương án đúng, ví dụ: B, hoặc A, C; câu đúng/sai ghi Đúng hoặc Sai."
ARROW = re.compile(r"\s*(?:=>|->|→|⇒)\s*")

Refuse = Callable[[str, str, str], None]
"""Say what is wrong in a column of this row, and the cure."""


def read(name: str, data: bytes) -> Reading:
    """The rows of the first sheet; every fault comes with its cell."""
    suffix = Path(name).suffix.lower()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"tep{suffix if suffix in ('.csv', '.tsv') else '.xlsx'}"
        path.write_bytes(data)
        table = sheets.read(path, COLUMNS)
    reading = Reading()
    faulty = set()
    for fault in table.faults:
        faulty.add(fault.row)
        cell = f"{fault.column}{fault.row}" if fault.column else ""
        reading.refuse(fault.row, fault.message, fault.cure, cell)
    for note in table.notes:
        reading.warn(0, note)
    for row in table.rows:
        if row.number not in faulty:
            _read_row(reading, table, row)
    return reading


def _read_row(reading: Reading, table: Table, row: Row) -> None:
    def refuse(column: str, message: str, cure: str) -> None:
        reading.refuse(row.number, message, cure, f"{table.letters.get(column, '')}{row.number}")

    kind = sheets.plain(row[KIND])
    if kind not in KINDS:
        refuse(KIND, f"Không có loại câu {sheets.shown(row[KIND])}.", KIND_CURE)
        return
    level = sheets.plain(row[LEVEL])
    if level and level not in LEVELS:
        refuse(LEVEL, f"Không có mức độ {sheets.shown(row[LEVEL])}.", "Ghi Dễ, Vừa hoặc Khó, hoặc để trống.")
        return
    filled = [letter for letter in LETTERS if row[letter]]
    if gap := next((one for one in LETTERS[: len(filled)] if one not in filled), ""):
        refuse(gap, f"Bỏ trống phương án {gap} ở giữa.", "Điền các phương án liền nhau từ A.")
        return
    draft = Draft(row.number, name=row[ID], stem=escape(row[STEM]), cell=f"{table.letters[STEM]}{row.number}")
    draft.general, draft.lesson, draft.topic = escape(row[WHY]), row[LESSON], row[TOPIC]
    draft.difficulty = LEVELS.get(level, Difficulty.MEDIUM)
    draft.sources = tuple(re.split(r"[\s,;]+", row[SOURCES])) if row[SOURCES] else ()
    _READERS.get(KINDS[kind], _read_choices)(reading, row, draft, refuse)


def _texts(row: Row) -> list[str]:
    return [row[letter] for letter in LETTERS if row[letter]]


def _whys(row: Row) -> list[str]:
    return [escape(row[WHY + letter]) for letter in LETTERS if row[letter]]


def _read_choices(reading: Reading, row: Row, draft: Draft, refuse: Refuse) -> None:
    kind, texts, word = KINDS[sheets.plain(row[KIND])], _texts(row), sheets.plain(row[KEY])
    if kind == "true_false" and texts and {sheets.plain(text) for text in texts} != {"dung", "sai"}:
        refuse("A", "Câu đúng/sai chỉ có hai phương án Đúng và Sai.", "Để trống các cột A, B…, hoặc đổi loại câu.")
        return
    if not row[KEY]:
        refuse(KEY, "Thiếu Đáp án.", KEY_CURE)
        return
    if not texts and (kind == "true_false" or word in TRUE_FALSE):
        texts, key = ["Đúng", "Sai"], TRUE_FALSE.get(word, word.upper())
    elif not texts and not kind and not re.fullmatch("[a-h]", word):
        _read_typed(reading, row, draft, refuse)
        return
    else:
        key = "".join(re.findall(r"\b[A-H]\b", row[KEY].upper()))
        key = key or (row[KEY].upper() if re.fullmatch("[A-Ha-h]{2,8}", row[KEY]) else "")
    if not key or any(letter not in LETTERS[: len(texts)] for letter in key):
        refuse(KEY, f"Đáp án {sheets.shown(row[KEY])} không chỉ vào phương án nào.", KEY_CURE)
        return
    draft.kind = kind if kind in LETTERED else ""
    draft.is_single = kind.startswith("single")
    draft.options = [
        Choice(escape(text), letter in key, escape(row[WHY + letter]))
        for text, letter in zip(texts, LETTERS, strict=False)
    ]
    if kind.startswith("several") and len(set(key)) < 2:
        draft.lose("cách chọn nhiều phương án (chỉ có một phương án đúng)")
    reading.take(draft)


def _read_typed(reading: Reading, row: Row, draft: Draft, refuse: Refuse) -> None:
    """Right answers in the column of the key, mistakes that many make in those of the options."""
    rights = [part.strip() for part in row[KEY].split(";") if part.strip()]
    if not rights:
        refuse(KEY, "Thiếu Đáp án.", "Ghi đáp án được tính; nhiều đáp án thì cách nhau bằng dấu chấm phẩy.")
        return
    draft.kind = KINDS[sheets.plain(row[KIND])]
    take_typed(reading, draft, rights, list(zip(_texts(row), _whys(row), strict=True)))


def _read_pairs(reading: Reading, row: Row, draft: Draft, refuse: Refuse) -> None:
    pairs = []
    for letter in filter(row.__getitem__, LETTERS):
        sides = ARROW.split(row[letter])
        if len(sides) != 2 or not all(sides):
            refuse(letter, f"Cặp {sheets.shown(row[letter])} cần đúng một dấu “=>”.", "Viết “Vế trái => Vế phải”.")
            return
        pairs.append((escape(sides[0]), escape(sides[1])))
    if row[KEY]:
        draft.lose("cột Đáp án (mỗi cặp đã là đáp án)")
    take_pairs(reading, draft, pairs, _whys(row))


def _read_order(reading: Reading, row: Row, draft: Draft, refuse: Refuse) -> None:
    """The key names the letters in their right order; left empty, the lines stand in it."""
    lines, whys = _texts(row), _whys(row)
    order = re.findall("[A-H]", row[KEY].upper()) if row[KEY] else list(LETTERS[: len(lines)])
    if sorted(order) != list(LETTERS[: len(lines)]):
        cure = "Ghi đủ các chữ cái theo thứ tự đúng, ví dụ: C, A, B; hoặc để trống nếu đã viết đúng thứ tự."
        refuse(KEY, f"Đáp án {sheets.shown(row[KEY])} không phải thứ tự của các dòng.", cure)
        return
    places = [LETTERS.index(letter) for letter in order]
    take_order(reading, draft, [escape(lines[at]) for at in places], [whys[at] for at in places])


_READERS: Mapping[str, Callable[[Reading, Row, Draft, Refuse], None]] = {
    "numeric": _read_typed,
    "short_text": _read_typed,
    "matching": _read_pairs,
    "ordering": _read_order,
}
