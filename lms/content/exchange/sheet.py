"""Questions in a spreadsheet, a row each, and the empty sheet that authors start from."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from xlsxwriter import Workbook

from lms import sheets
from lms.content.exchange.items import Choice, Draft, Reading
from lms.content.exchange.markdown import escape
from lms.sheets import Column, Row, Table

LETTERS = "ABCDEFGH"
ID, KIND, STEM, KEY, WHY, LESSON, SOURCES = "id", "kind", "stem", "key", "why", "lesson", "sources"

COLUMNS = (
    Column(STEM, "Câu hỏi", ("Nội dung", "Nội dung câu hỏi", "Lời dẫn"), required=True),
    Column(ID, "Mã câu", ("Mã",)),
    Column(KIND, "Loại", ("Loại câu", "Loại câu hỏi")),
    *(Column(letter, letter, (f"Phương án {letter}", f"Đáp án {letter}", f"Lựa chọn {letter}")) for letter in LETTERS),
    Column(KEY, "Đáp án", ("Đáp án đúng", "Phương án đúng"), required=True),
    Column(WHY, "Giải thích", ("Giải thích chung", "Lời giải")),
    *(Column(WHY + letter, f"Giải thích {letter}", (f"Vì sao {letter}",)) for letter in LETTERS),
    Column(LESSON, "Bài", ("Mã bài", "Bài học")),
    Column(SOURCES, "Nguồn", ("Mã nguồn",)),
)
"""The stem comes first: it is what a row of the list cannot do without."""

KINDS = {"": "", "mot dap an": "single_choice", "nhieu dap an": "several_choices", "dung sai": "true_false"}
KINDS |= {kind: kind for kind in ("single choice", "several choices", "true false")}
TRUE_FALSE = {"dung": "A", "sai": "B"}
KIND_CURE = "Ghi “Một đáp án”, “Nhiều đáp án” hoặc “Đúng/sai”, hoặc để trống."


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
    filled = [letter for letter in LETTERS if row[letter]]
    if gap := next((one for one in LETTERS[: len(filled)] if one not in filled), ""):
        refuse(gap, f"Bỏ trống phương án {gap} ở giữa.", "Điền các phương án liền nhau từ A.")
        return
    texts = [row[letter] for letter in filled]
    if KINDS[kind] == "true_false" and texts and {sheets.plain(text) for text in texts} != {"dung", "sai"}:
        refuse("A", "Câu đúng/sai chỉ có hai phương án Đúng và Sai.", "Để trống các cột A, B…, hoặc đổi loại câu.")
        return
    word = sheets.plain(row[KEY])
    if not texts and (KINDS[kind] == "true_false" or word in TRUE_FALSE):
        texts, key = ["Đúng", "Sai"], TRUE_FALSE.get(word, word.upper())
    else:
        key = "".join(re.findall(r"\b[A-H]\b", row[KEY].upper()))
        key = key or (row[KEY].upper() if re.fullmatch("[A-Ha-h]{2,8}", row[KEY]) else "")
    if not key or any(letter not in LETTERS[: len(texts)] for letter in key):
        cure = "Ghi chữ cái của phương án đúng, ví dụ: B, hoặc A, C; câu đúng/sai ghi Đúng hoặc Sai."
        refuse(KEY, f"Đáp án {sheets.shown(row[KEY])} không chỉ vào phương án nào.", cure)
        return
    _take(reading, table, row, texts, key, KINDS[kind])


def _take(reading: Reading, table: Table, row: Row, texts: list[str], key: str, kind: str) -> None:
    draft = Draft(row.number, name=row[ID], stem=escape(row[STEM]), cell=f"{table.letters[STEM]}{row.number}")
    draft.is_single = kind.startswith("single")
    draft.options = [
        Choice(escape(text), letter in key, escape(row[WHY + letter]))
        for text, letter in zip(texts, LETTERS, strict=False)
    ]
    draft.general = escape(row[WHY])
    draft.lesson = row[LESSON]
    draft.sources = tuple(re.split(r"[\s,;]+", row[SOURCES])) if row[SOURCES] else ()
    if kind.startswith("several") and len(set(key)) < 2:
        draft.lose("cách chọn nhiều phương án (chỉ có một phương án đúng)")
    reading.take(draft)


# --- The empty sheet --------------------------------------------------------------------------------------------------

EXAMPLES = (
    {
        ID: "vi-du-1",
        KIND: "Một đáp án",
        STEM: "Trong Ủy ban Kiểm tra, ủy viên Ban Chấp hành được chiếm nhiều nhất bao nhiêu?",
        **dict(zip("ABC", ("Một phần tư", "Một phần ba", "Một nửa"), strict=True)),
        KEY: "B",
        WHY: "Mức tối đa là một phần ba, để việc kiểm tra độc lập với Ban Chấp hành.",
        LESSON: "so-luong-co-cau",
        SOURCES: "C6",
    },
    {
        ID: "vi-du-2",
        KIND: "Nhiều đáp án",
        STEM: "Những việc nào thuộc nhiệm vụ của Ủy ban Kiểm tra?",
        **dict(zip("ABC", ("Kiểm tra tài chính", "Giải quyết đơn thư", "Duyệt lương"), strict=True)),
        KEY: "A, B",
        LESSON: "so-luong-co-cau",
        SOURCES: "C6",
    },
    {
        ID: "vi-du-3",
        KIND: "Đúng/sai",
        STEM: "Nhiệm kỳ của Ủy ban Kiểm tra theo nhiệm kỳ của Ban Chấp hành.",
        KEY: "Đúng",
        LESSON: "so-luong-co-cau",
        SOURCES: "C6",
    },
)
_SHOWN = [ID, KIND, STEM, *"ABCDEF", KEY, WHY, *(WHY + letter for letter in "ABCDEF"), LESSON, SOURCES]
_WIDTHS = {STEM: 60, WHY: 40, ID: 14, KIND: 16, **dict.fromkeys("ABCDEF", 24), LESSON: 20}


def template() -> bytes:
    """A workbook with the columns and three filled rows to write over."""
    stored = BytesIO()
    book = Workbook(stored, {"in_memory": True})
    sheet = book.add_worksheet("Câu hỏi")
    bold, wrapped = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True})
    titles = {column.key: column.title for column in COLUMNS}
    for at, (row, column, text) in enumerate(_cells(titles)):
        sheet.write_string(row, column, text, bold if at < len(_SHOWN) else wrapped)
    for at, key in enumerate(_SHOWN):
        sheet.set_column(at, at, _WIDTHS.get(key, 14))
    sheet.freeze_panes(1, 0)
    kinds = {"validate": "list", "source": ["Một đáp án", "Nhiều đáp án", "Đúng/sai"]}
    sheet.data_validation(1, 1, 1000, 1, kinds)
    book.close()
    return stored.getvalue()


def _cells(titles: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    for row, texts in enumerate([titles, *EXAMPLES]):
        for column, key in enumerate(_SHOWN):
            if text := texts.get(key, ""):
                yield row, column, text
