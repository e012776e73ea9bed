"""The list of names as a spreadsheet."""

from collections.abc import Iterable
from io import BytesIO

import xlsxwriter

from lms.completion.queries import Learner
from lms.completion.rules import STATE_NAMES, Standing
from lms.drives.models import Drive
from lms.drives.rules import RATING_NAMES
from lms.units.models import Unit

COLUMNS = (
    ("STT", 6),
    ("Mã cán bộ", 14),
    ("Họ và tên", 28),
    ("Đơn vị", 44),
    ("Tình trạng", 20),
    ("Bài đã đọc", 11),
    ("Kiểm tra đạt", 12),
    ("Buổi dự", 9),
    ("Xếp loại", 12),
    ("Còn thiếu", 70),
)


def workbook(drive: Drive, unit: Unit, rows: Iterable[tuple[Learner, Standing]]) -> BytesIO:
    """Every text is written as text, so that a name beginning with “=” can never run as a formula."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "in_memory": False})
    bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "vcenter"})
    sheet = book.add_worksheet("Tiến độ")
    sheet.write_string(0, 0, drive.title, book.add_format({"bold": True, "font_size": 13}))
    sheet.write_string(1, 0, unit.name)
    for column, (_title, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width)
    for column, (title, _width) in enumerate(COLUMNS):
        sheet.write_string(3, column, title, bold)
    for number, (learner, where) in enumerate(rows, 1):
        at = 3 + number
        sheet.write_number(at, 0, number)
        sheet.write_string(at, 1, learner.code)
        sheet.write_string(at, 2, learner.name)
        sheet.write_string(at, 3, learner.unit)
        sheet.write_string(at, 4, STATE_NAMES[where.state])
        sheet.write_number(at, 5, learner.facts.lessons)
        sheet.write_number(at, 6, learner.facts.quizzes)
        sheet.write_number(at, 7, learner.facts.sessions)
        sheet.write_string(at, 8, RATING_NAMES[learner.facts.rating] if learner.facts.rating else "")
        sheet.write_string(at, 9, " ".join(where.missing))
    sheet.freeze_panes(4, 0)
    book.close()
    file.seek(0)
    return file
