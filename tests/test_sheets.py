"""Lists as people send them: what is read, what is passed over, what is refused, and what cannot harm the server."""

import json
import subprocess
import sys
import unicodedata
from datetime import date, datetime
from pathlib import Path
from zipfile import ZIP_BZIP2, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from lms import grids, sheets
from lms.sheets import Column, Fault, Table
from tests.spreadsheets import a_raw_workbook, a_workbook, sheet_xml, text_row

COLUMNS = (
    Column("code", "Mã cán bộ", required=True, is_code=True),
    Column("name", "Họ và tên", ("Họ tên",), required=True, unless=("family", "given")),
    Column("family", "Họ đệm"),
    Column("given", "Tên"),
    Column("born", "Ngày sinh"),
    Column("unit_name", "Tên đơn vị", ("Đơn vị",)),
    Column("unit", "Mã đơn vị", is_code=True),
    Column("phone", "Điện thoại", ("SĐT",)),
)
HEADER = ("STT", "Mã cán bộ (*)", "Họ và tên (*)", "Ngày sinh (dd/mm/yyyy)", "SĐT")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "danh-sach.xlsx"


def read(file: Path, sheet: str | None = None) -> Table:
    return sheets.read(file, COLUMNS, sheet)


def texts(table: Table, *keys: str) -> list[tuple[str, ...]]:
    return [tuple(row[key] for key in keys) for row in table.rows]


def only_fault(table: Table) -> Fault:
    assert len(table.faults) == 1, table.faults
    return table.faults[0]


def test_a_list_with_titles_above_and_signatures_below(file: Path) -> None:
    a_workbook(
        file,
        [
            ("LIÊN ĐOÀN LAO ĐỘNG HUYỆN MẪU",),
            ("DANH SÁCH CÁN BỘ",),
            (),
            (*HEADER, "Ghi chú"),
            ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)"),
            (1, "CB01", "  Nguyễn   Văn An ", "30/4/1975", None, "mới"),
            (2, "CB02", "Trần Thị Bình", date(1980, 9, 2), "0912 345 678"),
            (None, "Cộng: 2 người"),
            (),
            (None, None, "NGƯỜI LẬP BIỂU", None, "TM. BAN CHẤP HÀNH"),
            (None, "CHỦ TỊCH LĐLĐ"),
        ],
    )

    table = read(file)

    assert table.faults == []
    assert texts(table, "code", "name", "born", "phone") == [
        ("CB01", "Nguyễn Văn An", "30/4/1975", ""),
        ("CB02", "Trần Thị Bình", "02/09/1980", "0912 345 678"),
    ]
    assert [row.number for row in table.rows] == [6, 7]
    assert table.letters == {"code": "B", "name": "C", "born": "D", "phone": "E"}
    assert table.notes == ["Bỏ qua phần cuối bảng, các dòng: 8, 10, 11.", "Không đọc các cột: STT, Ghi chú."]


def test_a_row_with_its_code_is_read_even_below_a_gap_and_one_without_is_a_fault_above_it(file: Path) -> None:
    a_workbook(file, [HEADER, (1, "CB01", "An"), (2, None, "Bình"), (), (3, "CB03", "Chi")])

    table = read(file)

    assert texts(table, "code") == [("CB01",), ("",), ("CB03",)]
    assert str(only_fault(table)) == (
        "danh-sach.xlsx, trang 'Danh sách', ô B3: Thiếu Mã cán bộ. Cách sửa: Điền vào ô này, hoặc xóa cả dòng."
    )


def test_rows_with_nothing_but_their_number_are_empty(file: Path) -> None:
    a_workbook(file, [HEADER, (1, "CB01", "An"), (2,), (3,)])

    assert texts(read(file), "code") == [("CB01",)]


def test_a_header_of_two_rows_with_merged_titles(file: Path) -> None:
    a_workbook(
        file,
        [
            ("STT", "Mã cán bộ", "Họ và tên", None, "Đơn vị", None, "Ngày sinh", None),
            (None, None, "Họ đệm", "Tên", "Tên", "Mã", "Nam", "Nữ"),
            (1, "CB01", "Nguyễn Văn", "An", "CĐCS A", "CS1", "1/2/1970", None),
            (2, "CB02", "Trần Thị", "Bình", "CĐCS B", "CS2", None, "3/4/1971"),
        ],
        merged=["A1:A2", "B1:B2", "C1:D1", "E1:F1", "G1:H1"],
    )

    table = read(file)

    assert table.faults == []
    assert texts(table, "family", "given", "unit", "unit_name", "born") == [
        ("Nguyễn Văn", "An", "CS1", "CĐCS A", "1/2/1970"),
        ("Trần Thị", "Bình", "CS2", "CĐCS B", "3/4/1971"),
    ]


def test_a_title_merged_into_the_first_row_of_data_hides_nobody(file: Path) -> None:
    rows = [("STT", "Mã cán bộ", "Họ và tên"), (None, "CB01", "An"), (2, "CB02", "Bình")]
    a_workbook(file, rows, merged=["A1:A2"])

    assert texts(read(file), "code") == [("CB01",), ("CB02",)]


def test_a_tall_header_is_passed_over_whole(file: Path) -> None:
    rows = [("Mã cán bộ", "Họ và tên", "Ghi chú"), (), (), (None, "An"), ("CB02", "Bình")]
    a_workbook(file, rows, merged=["A1:A3", "B1:B3", "C1:C3"])

    table = read(file)

    assert (texts(table, "code"), only_fault(table).row) == ([("",), ("CB02",)], 4)


def test_a_title_merged_over_two_columns_means_both(file: Path) -> None:
    a_workbook(file, [("Mã cán bộ", "Họ và tên", None), ("CB01", "Nguyễn Văn", "An")], merged=["B1:C1"])

    assert texts(read(file), "name") == [("Nguyễn Văn An",)]


def test_the_same_title_twice_is_refused(file: Path) -> None:
    a_workbook(file, [("Mã cán bộ", "Họ và tên", "Họ tên"), ("CB01", "An", "Bình")])

    assert only_fault(read(file)).message == "Nhiều cột cùng là “Họ và tên”: B, C."


def test_cells_merged_downwards_are_filled(file: Path) -> None:
    a_workbook(
        file,
        [("Mã cán bộ", "Họ và tên", "Mã đơn vị"), ("CB01", "An", "CS1"), (None, None, "CS2"), ("CB02", "Bình", "CS1")],
        merged=["A2:A3", "B2:B3"],
    )

    table = read(file)

    assert texts(table, "code", "name", "unit") == [
        ("CB01", "An", "CS1"),
        ("CB01", "An", "CS2"),
        ("CB02", "Bình", "CS1"),
    ]
    assert table.faults == []
    assert table.notes == ["2 ô trống lấy theo ô gộp ở trên."]


def test_cells_merged_across_columns_are_reported_on_each_row_that_they_touch(file: Path) -> None:
    rows = [("Mã cán bộ", "Họ và tên"), ("CB01", "An"), ("Khối trường học", None), ("CB03", "Chi"), ("CB04", "Dũng")]
    a_workbook(file, rows, merged=["A3:B3", "A4:B4"])

    table = read(file)

    assert [(fault.row, fault.column) for fault in table.faults] == [(3, ""), (3, "B"), (4, ""), (4, "B")]
    assert str(table.faults[0]) == (
        "danh-sach.xlsx, trang 'Danh sách', dòng 3: Dòng có ô gộp ngang qua nhiều cột. "
        "Cách sửa: Bỏ gộp ô (Unmerge Cells), mỗi cột một ô."
    )


def test_values_become_the_text_that_people_see(file: Path) -> None:
    values = [
        1.0,
        1975,
        7.5,
        1.234,
        True,
        False,
        datetime.fromisoformat("1975-04-30T08:15"),
        date(2000, 1, 1),
        " a \n b ",
    ]
    a_workbook(file, [("Mã cán bộ", "Họ và tên"), *((f"CB{n}", value) for n, value in enumerate(values))])

    table = read(file)

    assert [row["name"] for row in table.rows] == [
        "1",
        "1975",
        "7,5",
        "1,234",
        "có",
        "không",
        "30/04/1975",
        "01/01/2000",
        "a b",
    ]


def test_a_code_in_a_number_cell_may_have_lost_zeros_and_is_not_guessed(file: Path) -> None:
    rows = [("Mã cán bộ", "Họ và tên", "Mã đơn vị"), ("001", "An", "CS"), (2, "Bình", "CS"), (3, "Chi", "CS")]
    a_workbook(file, rows, formats={"A4": "0000"})

    table = read(file)

    assert texts(table, "code") == [("001",), ("",), ("0003",)]
    assert only_fault(table).message == "Mã cán bộ “2” là ô kiểu số, có thể đã mất số 0 ở đầu."
    assert (only_fault(table).row, only_fault(table).column) == (3, "A")


def test_formulas_count_by_their_result(file: Path) -> None:
    """openpyxl writes formulas without results, as programs do; Excel keeps the result beside them."""
    rows = (
        text_row(1, "Mã cán bộ", "Họ và tên")
        + '<row r="2"><c r="A2" t="str"><f>"CB"&amp;1</f><v>CB1</v></c><c r="B2"><f>C2</f></c></row>'
        + '<row r="3"><c r="A3" t="str"><f>"CB"&amp;2</f><v>CB2</v></c><c r="B3" t="e"><f>NA()</f><v>#N/A</v></c></row>'
        + '<row r="4"><c r="A4" t="str"><f>"CB"&amp;3</f><v>CB3</v></c><c r="B4" t="str"><f>""</f><v></v></c></row>'
    )
    a_raw_workbook(file, sheet_xml(rows))

    table = read(file)

    assert texts(table, "code") == [("CB1",), ("CB2",), ("CB3",)]
    assert [(fault.row, fault.column, fault.message) for fault in table.faults] == [
        (2, "B", "Ô là công thức chưa có kết quả."),
        (3, "B", "Ô báo lỗi “#N/A”."),
        (4, "B", "Thiếu Họ và tên."),
    ]


def test_decomposed_unicode_is_composed_and_told(file: Path) -> None:
    header = [unicodedata.normalize("NFD", title) for title in ("Mã cán bộ", "Họ và tên")]
    a_workbook(file, [header, ("CB01", unicodedata.normalize("NFD", "Nguyễn Thị Thuý"))])

    table = read(file)

    assert texts(table, "name") == [("Nguyễn Thị Thuý",)]
    assert table.notes == ["1 ô gõ bằng Unicode tổ hợp, đã chuyển sang dựng sẵn."]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NguyÔn V¨n B×nh", "Chữ gõ bằng phông cũ (TCVN3 hoặc VNI), không phải Unicode."),
        ("Nguyeãn Vaên Bình", "Chữ gõ bằng phông cũ (TCVN3 hoặc VNI), không phải Unicode."),
        ("Nguy?n V?n Bình", "Chữ có dấu đã mất khi lưu tệp: “Nguy?n V?n Bình”."),
        ("Nguy�n Văn Bình", "Chữ có dấu đã mất khi lưu tệp: “Nguy�n Văn Bình”."),
        ("An\u202eBình", "Ô có ký tự điều khiển ẩn."),
        ("A" * 2_001, "Ô dài 2001 ký tự, quá mức 2000."),
    ],
)
def test_garbage_is_named_at_its_cell(file: Path, text: str, message: str) -> None:
    a_workbook(file, [("Mã cán bộ", "Họ và tên"), ("CB01", "Phan Đình Phùng"), ("CB02", text)])

    fault = only_fault(read(file))

    assert (fault.row, fault.column, fault.message) == (3, "B", message)
    assert fault.cure


def test_a_whole_list_in_an_old_font_says_so(file: Path) -> None:
    a_workbook(file, [("M· c¸n bé", "Hä vµ tªn"), ("CB01", "NguyÔn V¨n B×nh")])

    assert only_fault(read(file)).message == "Chữ gõ bằng phông cũ (TCVN3 hoặc VNI), không phải Unicode."


def test_the_first_visible_sheet_with_data_is_read_unless_one_is_named(file: Path) -> None:
    book = Workbook()
    book.worksheets[0].title = "Trống"
    for name, code in (("Ẩn", "CB1"), ("Chính", "CB2"), ("Phụ", "CB3")):
        sheet = book.create_sheet(name)
        sheet.append(["Mã cán bộ", "Họ và tên"])
        sheet.append([code, "An"])
    book["Ẩn"].sheet_state = "hidden"
    book.save(file)

    assert texts(read(file), "code") == [("CB2",)]
    assert texts(read(file, "Phụ"), "code") == [("CB3",)]
    assert texts(read(file, unicodedata.normalize("NFD", "Ẩn")), "code") == [("CB1",)]
    assert str(only_fault(read(file, "Khác"))) == (
        "danh-sach.xlsx: Không có trang “Khác”. Cách sửa: Chọn một trong các trang: Trống, Chính, Phụ."
    )


def test_a_missing_column_is_named_with_the_other_sheets(file: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["Hướng dẫn: điền các cột ở trang sau"])
    book.create_sheet("Danh sách")
    book.save(file)

    fault = only_fault(read(file))

    assert fault.message == "Trong 20 dòng đầu không có tiêu đề đủ cột bắt buộc; thiếu: Mã cán bộ, Họ và tên."
    assert fault.cure.endswith("chọn bằng --sheet: Danh sách.")


# --- CSV --------------------------------------------------------------------------------------------------------------

LINES = ["Danh sách, cán bộ; năm 2026", "Mã cán bộ;Họ và tên;Điện thoại", "01;Nguyễn Văn An;0912", '02;"Lê; Bình";']


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_csv_in_every_unicode_and_with_every_delimiter(
    tmp_path: Path, encoding: str, delimiter: str, newline: str
) -> None:
    file = tmp_path / "danh-sach.csv"
    lines = [LINES[0], *(line.replace(";", delimiter) for line in LINES[1:])]
    file.write_bytes(newline.join(lines).encode(encoding))

    table = read(file)

    assert table.faults == []
    assert texts(table, "code", "name", "phone") == [
        ("01", "Nguyễn Văn An", "0912"),
        ("02", f"Lê{delimiter} Bình".replace("\t", " ").replace("  ", " "), ""),
    ]
    assert [row.number for row in table.rows] == [3, 4]


def test_csv_may_name_its_delimiter_first(tmp_path: Path) -> None:
    file = tmp_path / "danh-sach.csv"
    file.write_text("sep=;\r\n" + "\r\n".join(LINES[1:]), "utf-8")

    assert texts(read(file), "code") == [("01",), ("02",)]


@pytest.mark.parametrize("encoding", ["cp1258", "cp1252", "utf-16-le", "latin-1"])
def test_csv_in_another_encoding_is_refused_with_the_cure(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "danh-sach.csv"
    file.write_bytes("\n".join(LINES[1:]).encode(encoding, "replace") + "é".encode(encoding))

    fault = only_fault(read(file))

    assert fault.message == "Tệp CSV không ghi bằng bảng mã UTF-8, chữ Việt sẽ hỏng."
    assert "CSV UTF-8" in fault.cure


def test_csv_faults_name_cells_as_excel_shows_them(tmp_path: Path) -> None:
    file = tmp_path / "danh-sach.csv"
    file.write_text('Mã cán bộ,Họ và tên\nCB1,"An\nBình"\n="002",Chi\n', "utf-8")

    assert str(only_fault(read(file))).startswith("danh-sach.csv, ô A3: Ô là công thức chưa có kết quả.")


def test_csv_with_an_open_quotation_mark_does_not_swallow_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "danh-sach.csv"
    file.write_text('Mã cán bộ,Họ và tên\nCB1,An\nCB2,"Bình\nCB3,Chi\n', "utf-8")

    table = read(file)

    assert table.rows == []
    assert only_fault(table).message == "Tệp CSV đặt dấu ngoặc kép hoặc dấu ngăn cột sai, từ dòng 3 trở đi."


# --- Files that are no lists ------------------------------------------------------------------------------------------


def test_a_file_of_200_mb_is_not_even_opened(tmp_path: Path) -> None:
    file = tmp_path / "danh-sach.xlsx"
    with file.open("wb") as stream:
        stream.truncate(200_000_000)

    assert str(only_fault(read(file))) == (
        "danh-sach.xlsx: Tệp nặng 200 MB, quá mức 20 MB. Cách sửa: Chép riêng danh sách sang một tệp mới "
        "(không ảnh, không trang thừa), hoặc chia thành nhiều tệp."
    )


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "Tệp là Excel kiểu cũ (.xls) hoặc có đặt mật khẩu."),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "Tệp là Excel kiểu cũ (.xls) hoặc có đặt mật khẩu."),
        ("a.xls", b"\r\n<html><table>", "Tệp thật ra là trang web hoặc PDF, không phải sổ tính."),
        ("a.xlsx", b"%PDF-1.7", "Tệp thật ra là trang web hoặc PDF, không phải sổ tính."),
        ("a.docx", b"abc", "Tệp không phải sổ tính .xlsx hay .csv, hoặc đã hỏng."),
        ("a.xlsx", b"PK\x03\x04 broken", "Không đọc được tệp: không phải sổ tính .xlsx, hoặc đã hỏng."),
        ("a.csv", b"", "Trong 20 dòng đầu không có tiêu đề đủ cột bắt buộc; thiếu: Mã cán bộ, Họ và tên."),
    ],
)
def test_what_is_no_spreadsheet_is_named(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)

    assert only_fault(read(tmp_path / name)).message == message


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert only_fault(read(tmp_path / "khong-co.xlsx")).message == "Không thấy tệp này."
    assert only_fault(read(tmp_path)).message == "Không thấy tệp này."


def test_a_cell_in_the_last_corner_does_no_harm(file: Path) -> None:
    corner = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    rows = text_row(1, "Mã cán bộ", "Họ và tên") + text_row(2, "CB1", "An") + corner
    a_raw_workbook(
        file, sheet_xml(rows, before="").replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    )

    table = read(file)

    assert (texts(table, "code"), table.faults) == ([("CB1",)], [])


def test_a_wrongly_declared_dimension_loses_nothing(file: Path) -> None:
    rows = text_row(1, "Mã cán bộ", "Họ và tên") + text_row(2, "CB1", "An")
    a_raw_workbook(file, sheet_xml(rows).replace("<sheetData>", '<dimension ref="A1"/><sheetData>'))

    assert texts(read(file), "code", "name") == [("CB1", "An")]


def bombs(folder: Path) -> dict[str, str]:
    """Small files that want gigabytes, each with the beginning of what is said about it."""
    mega = b"A" * 1_000_000
    header = text_row(1, "Mã cán bộ", "Họ và tên")
    start, end = sheet_xml(header + "|").encode().split(b"|")
    cell = [start + b'<row r="2"><c r="A2" t="inlineStr"><is><t>', b"</t></is></c></row>" + end]
    entities = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    too_much, odd = "Sổ tính chứa lượng dữ liệu bất thường", "Tệp chứa khai báo lạ (DOCTYPE)"
    noise = b"".join(b"<!--%032x-->" % (n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128) for n in range(400_000))
    merge = "".join(f'<mergeCell ref="A{n}:XFD1048576"/>' for n in range(2, 150_000))
    a_raw_workbook(folder / "one-cell-of-1-gb.xlsx", [cell[0], *[mega] * 1_000, cell[1]])
    a_raw_workbook(folder / "one-cell-of-9-mb.xlsx", [cell[0], *[mega] * 9, cell[1]])
    a_raw_workbook(folder / "a-row-of-cells.xlsx", [start, b"<row>", noise, b"<c/>" * 9_000_000, b"</row>", end])
    a_raw_workbook(folder / "rows.xlsx", [start, *[b'<row r="2"/>' * 80_000] * 20, end])
    a_raw_workbook(folder / "deep.xlsx", [start, b"<a>" * 1_000_000, end])
    a_raw_workbook(folder / "merges.xlsx", sheet_xml(header, after=f"<mergeCells>{merge}</mergeCells>"))
    a_raw_workbook(folder / "entities.xlsx", sheet_xml(text_row(2, "&i;"), before=entities + "]>"))
    a_raw_workbook(folder / "outside.xlsx", sheet_xml(text_row(2, "&a;"), before=outside))
    with ZipFile(a_raw_workbook(folder / "pictures.xlsx", sheet_xml(header)), "a", 8) as archive:
        for number in range(25):
            archive.writestr(f"xl/media/image{number}.png", bytes(9_000_000))
    with ZipFile(a_raw_workbook(folder / "picture.xlsx", sheet_xml(header)), "a", 8) as archive:
        archive.writestr("xl/media/image.png", bytes(50_000_000))
    with ZipFile(a_raw_workbook(folder / "strings.xlsx", sheet_xml(header)), "a", 8) as archive:
        archive.writestr("xl/sharedStrings.xml", b"<sst>" + noise[:975_000] + b"<si/>" * 1_600_000)
    lying = a_raw_workbook(folder / "lying.xlsx", [cell[0], *[mega] * 100, cell[1]])
    data = lying.read_bytes()
    with ZipFile(lying) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lying.write_bytes(data.replace(size.to_bytes(4, "little"), (1_000).to_bytes(4, "little")))
    with ZipFile(folder / "bzip2.xlsx", "w", ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", bytes(50_000_000))
    (folder / "csv.csv").write_bytes(b"," * 19_000_000)
    return {
        "one-cell-of-1-gb.xlsx": too_much,
        "one-cell-of-9-mb.xlsx": too_much,
        "a-row-of-cells.xlsx": too_much,
        "rows.xlsx": too_much,
        "deep.xlsx": too_much,
        "merges.xlsx": too_much,
        "entities.xlsx": odd,
        "outside.xlsx": odd,
        "picture.xlsx": too_much,
        "pictures.xlsx": too_much,
        "strings.xlsx": too_much,
        "lying.xlsx": "Không đọc được tệp",
        "bzip2.xlsx": "Không đọc được tệp",
        "csv.csv": "Tệp CSV đặt dấu ngoặc kép hoặc dấu ngăn cột sai",
    }


IN_A_SMALL_ROOM = """
import json, resource, sys
from pathlib import Path
from tests.test_sheets import COLUMNS
from lms import sheets
resource.setrlimit(resource.RLIMIT_AS, (1_200_000_000, 1_200_000_000))
for name in sys.argv[2:]:
    resource.setrlimit(resource.RLIMIT_CPU, (int(resource.getrusage(0).ru_utime) + 60, -1))
    table = sheets.read(Path(sys.argv[1]) / name, COLUMNS)
    print(json.dumps([name, [fault.message for fault in table.faults]]), flush=True)
"""


def test_bombs_are_refused_in_a_small_room(tmp_path: Path) -> None:
    """Each of these needs gigabytes when it is believed; a process with 1.2 GB lives through all of them."""
    expected = bombs(tmp_path)

    done = subprocess.run(
        [sys.executable, "-c", IN_A_SMALL_ROOM, str(tmp_path), *expected],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )

    said = dict(json.loads(line) for line in done.stdout.splitlines())
    assert {name: [message[: len(expected[name])] for message in messages] for name, messages in said.items()} == {
        name: [message] for name, message in expected.items()
    }, done.stderr
    assert done.returncode == 0


def test_too_many_rows_are_refused_not_cut_off(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grids, "MOST_ROWS", 30)
    monkeypatch.setattr(sheets, "MOST_ROWS", 30)
    rows = [("Mã cán bộ", "Họ và tên"), *((f"CB{n}", "An") for n in range(29))]

    assert len(read(a_workbook(file, rows)).rows) == 29
    table = read(a_workbook(file, [*rows, ("CB30", "Bình")]))

    assert (only_fault(table).message, table.rows) == ("Danh sách dài quá 30 dòng.", [])


def test_excel_itself_agrees_on_what_a_workbook_says(file: Path) -> None:
    """The bounded way and openpyxl's ordinary way read the same texts."""
    rows = [("Mã cán bộ", "Họ và tên", "SĐT"), *((f"CB{n}", f"Lê Thị {n}", f"09{n:08}") for n in range(300))]
    a_workbook(file, rows)

    plain = [tuple(map(str, row)) for row in load_workbook(file).worksheets[0].iter_rows(min_row=2, values_only=True)]

    assert texts(read(file), "code", "name", "phone") == plain


@given(st.binary(max_size=400), st.sampled_from(["xlsx", "csv", "txt", "xls"]), st.sampled_from([b"", b"PK\x03\x04"]))
def test_no_bytes_at_all_raise(tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str, head: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / f"a.{suffix}"
    file.write_bytes(head + data)

    assert read(file).faults


@given(st.data())
def test_a_damaged_workbook_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    file = tmp_path_factory.getbasetemp() / "hong.xlsx"
    a_workbook(file, [("Mã cán bộ", "Họ và tên"), ("CB1", "An")])
    whole = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, 10_000)) % len(whole)] = data.draw(st.integers(0, 255))
    file.write_bytes(bytes(whole))

    table = read(file)

    assert table.faults or texts(table, "code", "name") == [("CB1", "An")]


words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=12)


@given(st.lists(st.tuples(st.from_regex(r"[A-Z]{2}[0-9]{1,4}", fullmatch=True), words), min_size=1, max_size=8))
def test_csv_and_xlsx_say_the_same(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    folder = tmp_path_factory.getbasetemp()
    rows = [(code, text) for code, text in rows if not text.startswith("=")]
    a_workbook(folder / "a.xlsx", [("Mã cán bộ", "Họ và tên"), *rows])
    lines = [("Mã cán bộ", "Họ và tên"), *rows]
    quoted = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    (folder / "a.csv").write_text(quoted, "utf-8")

    one, other = read(folder / "a.xlsx"), read(folder / "a.csv")

    assert one.rows == other.rows
    assert [(f.row, f.column, f.message) for f in one.faults] == [(f.row, f.column, f.message) for f in other.faults]
