"""Lists that people send as .xlsx or .csv, read into rows of clean text; every fault comes with its cell and cure."""

import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path

from flask_babel import gettext as _
from openpyxl.utils.cell import get_column_letter

from lms import grids, vietnamese
from lms.grids import HEADER_ROWS, MOST_COLUMNS, MOST_ROWS, Cell, Grid, Range
from lms.refusals import Unreadable

MOST_LETTERS = 2_000

_FOOTER = re.compile(r"(tong( cong| so)?|cong)( \d.*)?")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LOST_LETTER = re.compile(r"�|[^\W\d_]\?[^\W\d_]")


@dataclass(frozen=True)
class Fault:
    """What is wrong where, and how to put it right. Row 0 is the whole file; no column means the whole row."""

    file: str
    sheet: str
    row: int
    column: str
    message: str
    cure: str

    def __str__(self) -> str:
        place = self.file + (_(", trang '%(sheet)s'", sheet=self.sheet) if self.sheet else "")
        if self.row:
            cell = f"{self.column}{self.row}"
            place += _(", ô %(cell)s", cell=cell) if self.column else _(", dòng %(row)s", row=self.row)
        return f"{place}: {self.message} " + _("Cách sửa: %(cure)s", cure=self.cure)


@dataclass(frozen=True)
class Column:
    """A column that a list may have. The first is the list's key: a row without it, below an empty row, is a footer."""

    key: str
    title: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    unless: tuple[str, ...] = ()
    """Not required where all of these columns are there."""
    is_code: bool = False
    """Must be text: a number may have lost the zeros at its beginning."""


@dataclass(frozen=True)
class Row:
    number: int
    texts: dict[str, str]

    def __getitem__(self, key: str) -> str:
        return self.texts.get(key, "")


@dataclass
class Table:
    """What a file says. `letters` tells where each column stands; `notes` what was passed over or mended."""

    file: str
    sheet: str = ""
    letters: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def at(self, row: int, key: str, message: str, cure: str) -> Fault:
        return Fault(self.file, self.sheet, row, self.letters.get(key, ""), message, cure)


@lru_cache(4096)
def plain(text: str) -> str:
    """Small letters without diacritics and punctuation, to compare titles and fixed words by."""
    return " ".join(re.sub(r"[\W_]+", " ", vietnamese.fold(text)).split())


def shown(text: str) -> str:
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"


def read(path: Path, columns: Sequence[Column], sheet: str | None = None) -> Table:
    """Read the first visible sheet that has data, or the one named. What is wrong with the file becomes a fault."""
    table = Table(path.name)
    try:
        if not path.is_file():
            raise Unreadable(_("Không thấy tệp này."), _("Kiểm tra lại đường dẫn và tên tệp."))
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            titles = {plain(name): column.key for column in columns for name in (column.title, *column.synonyms)}
            grid = grids.opened(file, path, sheet, lambda text: _title(text) in titles)
            table.sheet = grid.sheet
            _take(table, grid, columns, titles)
    except Unreadable as error:
        table.rows, table.faults = [], [table.at(0, "", error.message, error.cure)]
    return table


# --- The header -------------------------------------------------------------------------------------------------------


def _title(text: str) -> str:
    """Without the mark of a required column and without remarks such as (dd/mm/yyyy)."""
    return plain(re.sub(r"\([^()]*\)|\*", " ", text[:300]))


@dataclass
class _Header:
    """The columns of each key, from 0, each with the column where its title stands; the rows, from 1."""

    found: dict[str, dict[int, int]]
    first_row: int = 0
    last_row: int = 0


def _header(top: list[list[Cell]], merges: Sequence[Range], titles: Mapping[str, str]) -> _Header:
    """Of several readings the one that knows most titles. A title merged over untitled columns means them all."""
    best = _Header({})
    for number, upper in enumerate(top[:HEADER_ROWS], 1):
        mine = [merge for merge in merges if merge[1] == number]
        spread = {c: first - 1 for first, _row, last, _last in mine for c in range(first - 1, min(last, MOST_COLUMNS))}
        widths = Counter(spread.values())
        bottom = min(max((last for *_rest, last in mine), default=number), number + 3)
        for lower in ([], top[number] if number < len(top) else []):
            found: dict[str, dict[int, int]] = defaultdict(dict)
            strange = is_data = False
            for c in range(max(len(upper), len(lower))):
                origin = spread.get(c, c)
                up = _title(upper[origin].text) if origin < len(upper) else ""
                low = _title(lower[c].text) if c < len(lower) else ""
                key = next((titles[name] for name in (f"{up} {low}", f"{low} {up}", low) if name in titles), None)
                if low and key is None:
                    strange, is_data = True, is_data or bool(up and widths[origin] < 2)
                if key := key or titles.get(up):
                    found[key][c] = origin if titles.get(up) == key else c
            is_second = bottom > number or (not strange and any(cell.text.strip() for cell in lower))
            if len(found) > len(best.found) and (not lower or (is_second and not is_data)):
                last = number + bool(lower)
                is_blank = not any(cell.text.strip() for row in top[last:bottom] for cell in row)
                best = _Header(dict(found), number, max(last, bottom) if is_blank else last)
    return best


# --- The rows ---------------------------------------------------------------------------------------------------------


def _take(table: Table, grid: Grid, columns: Sequence[Column], titles: Mapping[str, str]) -> None:
    rows = enumerate(grid.rows, 1)
    top = list(islice(rows, HEADER_ROWS + 1))
    header = _header([row for _number, row in top], grid.merges, titles)
    _check_header(header, columns, grid, [cell.text for _number, row in top for cell in row])
    table.letters = {key: get_column_letter(min(places) + 1) for key, places in header.found.items()}
    reader = _Reader(table, header, columns, grid.merges)
    for number, row in chain(top[header.last_row :], rows):
        if row and number > MOST_ROWS:
            raise Unreadable(_("Danh sách dài quá %(most)s dòng.", most=MOST_ROWS), _("Chia thành nhiều tệp."))
        reader.take(number, row)
    heads = [row for _number, row in top[header.first_row - 1 : header.last_row]]
    placed = {c for places in header.found.values() for c in places}
    unread = [cell.text for row in heads for c, cell in enumerate(row) if c not in placed and cell.text.strip()]
    table.notes = reader.notes()
    if unread:
        table.notes.append(_("Không đọc các cột: %(titles)s.", titles=", ".join(map(vietnamese.squeeze, unread))))


def _check_header(header: _Header, columns: Sequence[Column], grid: Grid, texts: list[str]) -> None:
    found = header.found
    missing = [
        c.title for c in columns if c.required and c.key not in found and not (c.unless and set(c.unless) <= set(found))
    ]
    if missing and any(vietnamese.looks_like_legacy_font(text[:300]) for text in texts):
        raise Unreadable(*_legacy())
    if missing:
        cure = _("Đặt đúng tên các cột trong một dòng tiêu đề: %(titles)s.", titles=", ".join(missing))
        if grid.others:
            cure += _(" Nếu danh sách ở trang khác, chọn bằng --sheet: %(names)s.", names=", ".join(grid.others))
        message = _(
            "Trong %(n)s dòng đầu không có tiêu đề đủ cột bắt buộc; thiếu: %(titles)s.",
            n=HEADER_ROWS,
            titles=", ".join(missing),
        )
        raise Unreadable(message, cure)
    for column in columns:
        origins = sorted(set(found.get(column.key, {}).values()))
        if len(origins) > 1:
            letters = ", ".join(get_column_letter(c + 1) for c in origins)
            message = _("Nhiều cột cùng là “%(title)s”: %(letters)s.", title=column.title, letters=letters)
            raise Unreadable(message, _("Đổi tên hoặc xóa cột thừa."))


def _legacy() -> tuple[str, str]:
    return (
        _("Chữ gõ bằng phông cũ (TCVN3 hoặc VNI), không phải Unicode."),
        _("Chuyển sang Unicode bằng bộ gõ (UniKey: Công cụ chuyển mã) rồi nhập lại."),
    )


class _Reader:
    """Goes down the rows under a header, fills merged cells down and stops at nothing: faults go to the table."""

    def __init__(self, table: Table, header: _Header, columns: Sequence[Column], merges: Sequence[Range]) -> None:
        self.table, self.header = table, header
        self.columns = [column for column in columns if column.key in header.found]
        self.key = columns[0].key
        self.starts: dict[int, list[Range]] = defaultdict(list)
        for merge in merges:
            self.starts[merge[1]].append(merge)
        self.carried: dict[int, tuple[int, Cell]] = {}
        self.wide_until = 0
        self.is_after_gap = False
        self.skipped: list[int] = []
        self.filled = self.composed = 0

    def notes(self) -> list[str]:
        notes = []
        if self.filled:
            notes.append(_("%(n)s ô trống lấy theo ô gộp ở trên.", n=self.filled))
        if self.composed:
            notes.append(_("%(n)s ô gõ bằng Unicode tổ hợp, đã chuyển sang dựng sẵn.", n=self.composed))
        if self.skipped:
            numbers = ", ".join(map(str, self.skipped[:10])) + (" …" if len(self.skipped) > 10 else "")
            notes.append(_("Bỏ qua phần cuối bảng, các dòng: %(numbers)s.", numbers=numbers))
        return notes

    def take(self, number: int, row: list[Cell]) -> None:
        self._begin_merges(number, row)
        cells = {column.key: self._cell(row, column.key) for column in self.columns} if row else {}
        if not any(cells.values()):
            self.is_after_gap = True
            return
        if self._is_footer(number, row, cells[self.key] or self._above(number, self.key)):
            return
        self.is_after_gap = False
        if number <= self.wide_until:
            message = _("Dòng có ô gộp ngang qua nhiều cột.")
            self.table.faults.append(self.table.at(number, "", message, _("Bỏ gộp ô (Unmerge Cells), mỗi cột một ô.")))
        texts = {}
        for column in self.columns:
            cell = cells[column.key] or self._above(number, column.key)
            self.filled += cell is not None and not cells[column.key]
            fault = self._fault(column, cell) if cell else None
            if fault is None and cell is None and column.required:
                fault = _("Thiếu %(title)s.", title=column.title), _("Điền vào ô này, hoặc xóa cả dòng.")
            if fault:
                self.table.faults.append(self.table.at(number, column.key, *fault))
            texts[column.key] = vietnamese.squeeze(cell.text) if cell and not fault else ""
            self.composed += cell is not None and not vietnamese.is_nfc(cell.text)
        self.table.rows.append(Row(number, texts))

    def _begin_merges(self, number: int, row: list[Cell]) -> None:
        for first, _row, last, until in self.starts.get(number, ()):
            keys = [key for key, places in self.header.found.items() if any(first <= c + 1 <= last for c in places)]
            if len(keys) > 1:
                self.wide_until = max(self.wide_until, until)
            elif keys and first <= len(row):
                self.carried[first - 1] = (until, row[first - 1])

    def _cell(self, row: list[Cell], key: str) -> Cell | None:
        """What stands in the columns of a key; None for nothing."""
        cells = [row[c] for c in self.header.found[key] if c < len(row) and (row[c].text.strip() or row[c].trouble)]
        return Cell(" ".join(cell.text for cell in cells), cells[0].trouble) if cells else None

    def _above(self, number: int, key: str) -> Cell | None:
        """The cell from which a merge reaches down to this row."""
        for c in self.header.found[key]:
            until, cell = self.carried.get(c, (0, grids.EMPTY))
            if number <= until and (cell.text.strip() or cell.trouble):
                return cell
        return None

    def _is_footer(self, number: int, row: list[Cell], key: Cell | None) -> bool:
        """Totals, places of signature, and the numbers under a header that count its columns."""
        if number == self.header.last_row + 1:
            words = [plain(cell.text) for cell in row if cell.text.strip()]
            if len(words) > 2 and words == [str(n) for n in range(1, len(words) + 1)]:
                return True
        has_no_key = key is None or " " in key.text.strip()
        first = next((cell.text for cell in row if cell.text.strip()), "") if has_no_key else ""
        if has_no_key and (self.is_after_gap or _FOOTER.fullmatch(plain(first))):
            self.skipped.append(number)
            self.is_after_gap = True
            return True
        return False

    def _fault(self, column: Column, cell: Cell) -> tuple[str, str] | None:
        text = cell.text
        if cell.trouble == "formula":
            return _("Ô là công thức chưa có kết quả."), _("Chép cột rồi dán lại dạng giá trị (Paste Values).")
        if cell.trouble == "error":
            return _("Ô báo lỗi %(text)s.", text=shown(text)), _("Sửa công thức, hoặc gõ thẳng giá trị.")
        if cell.trouble == "number" and column.is_code:
            return (
                _("%(title)s %(text)s là ô kiểu số, có thể đã mất số 0 ở đầu.", title=column.title, text=shown(text)),
                _("Chọn cột, vào Dữ liệu (Data), Text to Columns, kiểu Text; rồi gõ lại số 0 nếu thiếu."),
            )
        if len(text) > MOST_LETTERS:
            message = _("Ô dài %(n)s ký tự, quá mức %(most)s.", n=len(text), most=MOST_LETTERS)
            return message, _("Rút ngắn nội dung; nếu là tệp CSV, xem lại dấu ngoặc kép.")
        if _CONTROLS.search(text):
            return _("Ô có ký tự điều khiển ẩn."), _("Xóa ô rồi gõ lại.")
        if not text.isascii() and vietnamese.looks_like_legacy_font(text):
            return _legacy()
        if _LOST_LETTER.search(text):
            return (
                _("Chữ có dấu đã mất khi lưu tệp: %(text)s.", text=shown(text)),
                _("Mở lại tệp gốc, lưu dạng .xlsx hoặc “CSV UTF-8” rồi nhập lại."),
            )
        return None
