"""Opening a stranger's .xlsx or .csv as rows of cells, bounded in every direction. `sheets.py` makes sense of them.

openpyxl reads workbooks. Before it, each part runs through `_Guard`, which bounds what openpyxl will build in memory
and notes what its read-only mode does not tell: merged ranges, and formulas that were never worked out.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime
from io import StringIO
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from flask_babel import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.cell import column_index_from_string, range_boundaries

from lms import vietnamese
from lms.refusals import Unreadable

MOST_BYTES = 20_000_000
UNPACKED_BYTES = 200_000_000
MOST_RATIO = 100
MOST_ROWS = 200_000
MOST_COLUMNS = 60
HEADER_ROWS = 20
"""The header is looked for in these rows; the issuing office and the list's title may stand above it."""

RECORD_PARTS = 400_000
RECORD_LETTERS = 2_000_000
MOST_RECORDS = 1_500_000
MOST_NOTES = 100_000
"""Elements and letters in one row or shared text, these themselves, and things noted of a part: beyond is no list."""

Range = tuple[int, int, int, int]


class Cell(NamedTuple):
    text: str
    trouble: str = ""
    """`number`, `formula` (never worked out) or `error`; empty for text."""


EMPTY, UNSOLVED = Cell(""), Cell("", "formula")


class Grid(NamedTuple):
    """The cells of one sheet, from row 1 on. A merge is first column, first row, last column, last row."""

    sheet: str
    others: list[str]
    rows: Iterator[list[Cell]]
    merges: Sequence[Range]


def as_xlsx() -> str:
    return _("Mở tệp bằng Excel hoặc LibreOffice rồi lưu lại dạng Excel Workbook (.xlsx).")


def _damaged() -> Unreadable:
    return Unreadable(_("Không đọc được tệp: không phải sổ tính .xlsx, hoặc đã hỏng."), as_xlsx())


def _too_much() -> Unreadable:
    return Unreadable(
        _("Sổ tính chứa lượng dữ liệu bất thường so với một danh sách."),
        _("Chép riêng danh sách sang một sổ tính mới, không kèm các dòng trống đã định dạng, rồi lưu dạng .xlsx."),
    )


def opened(file: BinaryIO, path: Path, sheet: str | None, is_title: Callable[[str], bool]) -> Grid:
    """The first visible sheet that has data, or the one named. In a .csv the delimiter is found by its titles."""
    if (size := path.stat().st_size) > MOST_BYTES:
        raise Unreadable(
            _("Tệp nặng %(size)s MB, quá mức %(most)s MB.", size=size // 1_000_000, most=MOST_BYTES // 1_000_000),
            _("Chép riêng danh sách sang một tệp mới (không ảnh, không trang thừa), hoặc chia thành nhiều tệp."),
        )
    head = file.read(512)
    file.seek(0)
    if head.startswith(b"PK"):
        return _workbook(file, sheet)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable(_("Tệp là Excel kiểu cũ (.xls) hoặc có đặt mật khẩu."), as_xlsx())
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"<", b"%PDF")):
        raise Unreadable(_("Tệp thật ra là trang web hoặc PDF, không phải sổ tính."), as_xlsx())
    if path.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise Unreadable(_("Tệp không phải sổ tính .xlsx hay .csv, hoặc đã hỏng."), as_xlsx())
    return Grid("", [], _csv_rows(_decoded(file.read(MOST_BYTES)), is_title), ())


def _decoded(data: bytes) -> str:
    has_marks = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if has_marks else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise Unreadable(
            _("Tệp CSV không ghi bằng bảng mã UTF-8, chữ Việt sẽ hỏng."),
            _("Mở danh sách gốc bằng Excel, chọn Lưu thành (Save As), kiểu “CSV UTF-8”; hoặc gửi tệp .xlsx."),
        )
    return text


def _csv_rows(text: str, is_title: Callable[[str], bool]) -> Iterator[list[Cell]]:
    """The delimiter is the one under which most titles are known; Excel may name it in a line of its own."""
    delimiters = "\t;,"
    if re.match(r"sep=[\t;,]\r?\n", text):
        delimiters, text = text[4], text.partition("\n")[2]

    def parsed(delimiter: str) -> Iterator[list[Cell]]:
        for row in csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True):
            yield [Cell(cell, "formula" if cell.startswith("=") else "") for cell in row[:MOST_COLUMNS]]

    def known(delimiter: str) -> int:
        count = 0
        with suppress(csv.Error):
            for row in islice(parsed(delimiter), HEADER_ROWS + 1):
                count += sum(is_title(cell.text) for cell in row)
        return count

    number = 0
    try:
        for number, row in enumerate(parsed(max(delimiters, key=known)), 1):  # noqa: B007
            yield row
    except csv.Error:
        raise Unreadable(
            _("Tệp CSV đặt dấu ngoặc kép hoặc dấu ngăn cột sai, từ dòng %(row)s trở đi.", row=number + 1),
            _("Sửa dấu ngoặc kép ở dòng đó, hoặc gửi tệp .xlsx."),
        ) from None


# --- Workbooks --------------------------------------------------------------------------------------------------------


def _workbook(file: BinaryIO, wanted: str | None) -> Grid:
    try:
        guards = _guarded(file)
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Unreadable:
        raise
    except Exception:  # zipfile, expat and openpyxl raise nearly anything for a broken workbook
        raise _damaged() from None
    chosen = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    visible = [sheet.title for sheet in chosen]
    if wanted is not None:
        chosen = [s for s in book.worksheets if vietnamese.squeeze(s.title) == vietnamese.squeeze(wanted)]
        if not chosen:
            cure = _("Chọn một trong các trang: %(names)s.", names=", ".join(visible))
            raise Unreadable(_("Không có trang “%(name)s”.", name=wanted), cure)
    for sheet in chosen:
        guard = guards.get(sheet._worksheet_path) or _Guard()  # type: ignore[attr-defined]
        if any(cell.text or cell.trouble for row in _rows(sheet, guard) for cell in row):
            others = [name for name in visible if name != sheet.title]
            return Grid(sheet.title, others, _rows(sheet, guard), guard.merges)
    raise Unreadable(_("Sổ tính không có dữ liệu ở trang nào đang hiện."), _("Kiểm tra lại tệp đã chọn."))


def _guarded(file: BinaryIO) -> dict[str, "_Guard"]:
    """Unpack every part once and count real bytes, since declared sizes can lie."""
    guards: dict[str, _Guard] = {}
    total = 0
    with ZipFile(file) as archive:
        if len(archive.infolist()) > 5_000:
            raise _too_much()
        for info in archive.infolist():
            if info.flag_bits & 1:
                raise Unreadable(_("Tệp có đặt mật khẩu."), _("Bỏ mật khẩu của tệp rồi lưu lại."))
            if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or info.filename in guards:
                raise _damaged()
            guard = guards[info.filename] = _Guard()
            size, most = 0, max(10_000_000, MOST_RATIO * info.compress_size)
            with archive.open(info) as part:
                while chunk := part.read(65_536):
                    size, total = size + len(chunk), total + len(chunk)
                    if size > most or total > UNPACKED_BYTES:
                        raise _too_much()
                    guard.feed(chunk)
    return guards


class _Guard:
    """Follows the XML of one part without keeping it. What is not XML is only counted by its bytes."""

    def __init__(self) -> None:
        self.merges: list[Range] = []
        self.unsolved: set[tuple[int, int]] = set()
        self.width = 1
        self._row = self._column = self._records = self._parts = self._letters = self._depth = 0
        self._has_formula = self._has_value = self._in_value = False
        self._is_xml = True
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def feed(self, data: bytes) -> None:
        try:
            if self._is_xml:
                self._parser.Parse(data)
        except expat.ExpatError:
            self._is_xml = False

    def _doctype(self, *declaration: object) -> None:
        raise Unreadable(_("Tệp chứa khai báo lạ (DOCTYPE) mà Excel không bao giờ ghi."), as_xlsx())

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        self._parts += 1
        self._depth += 1
        if self._parts > RECORD_PARTS or self._depth > 100:
            raise _too_much()
        if tag == "row":
            self._row, self._column = int(attributes.get("r") or self._row + 1), 0
        elif tag == "c":
            letters = attributes.get("r", "").rstrip("0123456789")
            self._column = column_index_from_string(letters) if letters else self._column + 1
            self.width = max(self.width, self._column)
            self._has_formula, self._has_value = False, attributes.get("t") == "str"
        elif tag == "f":
            self._has_formula = True
        elif tag == "v":
            self._in_value = True
        elif tag == "mergeCell":
            first_column, first_row, last_column, last_row = range_boundaries(attributes["ref"])
            self.merges.append((first_column or 1, first_row or 1, last_column or 16_384, last_row or 1_048_576))

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        self._depth -= 1
        if tag in ("row", "si"):
            self._records += 1
            self._parts = self._letters = 0
        elif tag == "v":
            self._in_value = False
        elif tag == "c":
            self._letters = 0
            if self._has_formula and not self._has_value and self._column <= MOST_COLUMNS:
                self.unsolved.add((self._row, self._column))
        if self._records > MOST_RECORDS or len(self.merges) + len(self.unsolved) > MOST_NOTES:
            raise _too_much()

    def _characters(self, text: str) -> None:
        self._letters += len(text)
        if self._letters > RECORD_LETTERS:
            raise _too_much()
        if self._in_value and not text.isspace():
            self._has_value = True


def _rows(sheet: Any, guard: _Guard) -> Iterator[list[Cell]]:
    """One row more than may be, so that the reader of the list can tell."""
    try:
        cells = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=min(guard.width, MOST_COLUMNS))
        for number, row in enumerate(cells, 1):
            cells = [
                _cell(cell) if cell.value is not None else UNSOLVED if (number, column) in guard.unsolved else EMPTY
                for column, cell in enumerate(row, 1)
            ]
            yield [] if all(cell is EMPTY for cell in cells) else cells
    except Exception:  # openpyxl meets the inside of a sheet only here
        raise _damaged() from None


def _cell(cell: Any) -> Cell:
    value = cell.value
    if cell.data_type == "e":
        return Cell(str(value), "error")
    if isinstance(value, bool):
        return Cell("có" if value else "không")
    if isinstance(value, int | float):
        return _number(value, cell.number_format or "")
    if isinstance(value, datetime):
        return Cell(vietnamese.format_date(value.date()))
    if isinstance(value, date):
        return Cell(vietnamese.format_date(value))
    return Cell(str(value).replace("_x000D_", " "))


def _number(value: int | float, number_format: str) -> Cell:
    """As people see it: 1.0 is 1, a format of zeros keeps them, and fractions take a comma."""
    if not isfinite(value):
        return Cell(str(value), "error")
    if value != int(value):
        return Cell(repr(value).replace(".", ","), "number")
    if re.fullmatch("0{2,}", number_format):
        return Cell(str(int(value)).zfill(len(number_format)))
    return Cell(str(int(value)), "number")
