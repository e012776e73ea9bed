"""The sheet: its documented columns, faults at their cells, and the example that authors start from."""

import pytest

from lms.content.exchange import to_sheet
from tests.content.exchange.files import imported, key_of, keys, only, options, told
from tests.spreadsheets import a_workbook

HEADER = ["Mã câu", "Loại", "Câu hỏi", "A", "B", "C", "Đáp án", "Giải thích", "Bài", "Nguồn"]


def a_sheet(tmp_path, *rows, header=HEADER):
    return imported("cau.xlsx", a_workbook(tmp_path / "cau.xlsx", [header, *rows]).read_bytes())


def test_a_row_is_a_question(tmp_path):
    row = ["cd04-01", "Một đáp án", "Ai bầu *ủy viên*?", "Một", "Hai", 3, "B", "Điều 5.", "hai", "C6, C7"]

    item = only(a_sheet(tmp_path, row))

    assert (item.id, item.kind, item.stem, options(item), key_of(item)) == (
        "cd04-01",
        "single_choice",
        "Ai bầu \\*ủy viên\\*?",
        ["Một", "Hai", "3"],
        "B",
    )
    assert (item.options[1].explanation, item.lesson, item.sources) == ("Điều 5.", "hai", ("C6", "C7"))


@pytest.mark.parametrize(
    ("kind", "key", "found"),
    [
        ("", "A", ("single_choice", "A")),
        ("nhiều đáp án", "A; B", ("several_choices", "AB")),
        ("", "a,b", ("several_choices", "AB")),
        ("", "AB", ("several_choices", "AB")),
    ],
)
def test_the_key_names_letters(tmp_path, kind, key, found):
    item = only(a_sheet(tmp_path, ["", kind, "Ai?", "Một", "Hai", "Ba", key]))

    assert (item.kind, key_of(item)) == found


@pytest.mark.parametrize(
    ("kind", "key", "right"), [("Đúng/sai", "Đúng", "A"), ("đúng sai", "B", "B"), ("", "sai", "B")]
)
def test_statements_need_no_options(tmp_path, kind, key, right):
    item = only(a_sheet(tmp_path, ["", kind, "Năm năm.", "", "", "", key]))

    assert (item.kind, options(item), key_of(item)) == ("true_false", ["Đúng", "Sai"], right)


@pytest.mark.parametrize(
    ("row", "cell", "message"),
    [
        (["", "Kéo thả", "Ai?", "a", "b", "", "A"], "B2", "Không có loại câu “Kéo thả”."),
        (["", "", "Ai?", "a", "", "c", "A"], "E2", "Bỏ trống phương án B ở giữa."),
        (["", "", "Ai?", "a", "b", "", "C"], "G2", "Đáp án “C” không chỉ vào phương án nào."),
        (["", "", "Ai?", "a", "b", "", "đúng"], "G2", "Đáp án “đúng” không chỉ vào phương án nào."),
        (["", "", "Ai?", "a", "b", "", ""], "G2", "Thiếu Đáp án."),
        (["", "Đúng/sai", "Ai?", "Có", "Không", "", "A"], "D2", "Câu đúng/sai chỉ có hai phương án Đúng và Sai."),
        (["", "", "", "a", "b", "", "A"], "C2", "Thiếu Câu hỏi."),
        (["", "", "Ai?", "a", "a", "", "A"], "C2", "Có hai phương án giống hệt nhau."),
        (["", "", "Ai?", "a" * 2_001, "b", "", "A"], "D2", "Ô dài 2001 ký tự, quá mức 2000."),
        (
            ["", "Một đáp án", "Ai?", "a", "b", "c", "A,B"],
            "C2",
            "Câu một đáp án cần đúng một phương án đúng, ở đây có 2.",
        ),
    ],
)
def test_faults_are_told_at_their_cell_and_other_rows_are_read(tmp_path, row, cell, message):
    found = a_sheet(tmp_path, row, ["", "", "Tốt?", "a", "b", "", "A"])

    assert (told(found), keys(found)) == ([(cell, message)], ["A"])


KINDS_HEADER = ["Loại", "Câu hỏi", "A", "B", "C", "Đáp án", "Giải thích", "Giải thích A", "Chủ đề", "Mức độ"]


@pytest.mark.parametrize(
    ("row", "kind", "lines"),
    [
        (["Điền số", "Mấy?", "3 người", "", "", "2 người; 2,5 ± 0,1 người", "Vì", "lỗi"], "numeric", None),
        (["", "Mấy?", "", "", "", "7,5"], "numeric", [("7,5", True, "")]),
        (["", "Luật nào?", "", "", "", "50/2024/QH15"], "short_text", [("50/2024/QH15", True, "")]),
        (["Trả lời ngắn", "Mấy?", "", "", "", "7; bảy"], "short_text", [("7", True, ""), ("bảy", True, "")]),
        (["Ghép đôi", "Ghép?", "a => 1", "b -> 2", "c → 3"], "matching", None),
        (["Sắp thứ tự", "Xếp?", "hai", "ba", "một", "C, A, B", "", "vì"], "ordering", None),
        (["Điền chỗ trống", "Ở ...(1)... và …(2, chọn)…", "(1) Huế", "(2) đó", "(2) kia", "A,B"], "gap_text", None),
    ],
)
def test_the_other_kinds_have_their_columns_too(tmp_path, row, kind, lines):
    wanted = {
        "numeric": [("2 người", True, "Vì"), ("2,5 ± 0,1 người", True, "Vì"), ("3 người", False, "lỗi")],
        "matching": [("a => 1", True, ""), ("b => 2", True, ""), ("c => 3", True, "")],
        "gap_text": [("(1) Huế", True, ""), ("(2) đó", True, ""), ("(2) kia", False, "")],
        "ordering": [("1. một", True, ""), ("2. hai", True, "vì"), ("3. ba", True, "")],
    }

    item = only(a_sheet(tmp_path, row, header=KINDS_HEADER))

    found = [(one.text, one.is_right, one.explanation) for one in item.options]
    assert item.kind == kind
    assert (sorted(found) if kind == "ordering" else found) == (lines or wanted[kind])


@pytest.mark.parametrize(
    ("row", "cell", "message"),
    [
        (["Điền số", "Mấy?", "", "", "", "nhiều"], "B2", "Đáp án a) không đọc được thành số"),
        (["Điền số", "Mấy?", "", "", "", ""], "F2", "Thiếu Đáp án."),
        (["Ghép đôi", "Ghép?", "a => 1", "b", "c => 3"], "D2", "Cặp “b” cần đúng một dấu “=>”."),
        (["Ghép đôi", "Ghép?", "a => 1", "b => 2", ""], "B2", "Câu ghép đôi cần từ 3 đến 8 dòng, đang có 2."),
        (["Sắp thứ tự", "Xếp?", "a", "b", "c", "A, B"], "F2", "Đáp án “A, B” không phải thứ tự của các dòng."),
        (["", "Ai?", "a", "b", "", "A", "", "", "", "siêu khó"], "J2", "Không có mức độ “siêu khó”."),
    ],
)
def test_faults_of_the_other_kinds_are_told_at_their_cell(tmp_path, row, cell, message):
    good = ["", "Tốt?", "a", "b", "", "A", "", "", "to-chuc", "VDC"]

    found = a_sheet(tmp_path, row, good, header=KINDS_HEADER)

    [(where, told_)] = told(found)
    assert (where, told_.startswith(message)) == (cell, True)
    assert [(item.topic, item.difficulty) for item in found.items] == [("to-chuc", "kho")]


def test_a_statement_with_its_words_written_out_keeps_their_order(tmp_path):
    item = only(a_sheet(tmp_path, ["", "Đúng/sai", "Năm năm.", "Sai", "Đúng", "", "A"]))

    assert (item.kind, options(item), key_of(item)) == ("true_false", ["Đúng", "Sai"], "B")


def test_columns_without_their_titles_are_refused(tmp_path):
    found = a_sheet(tmp_path, ["Ai?", "A"], header=["Cái gì đó", "Khác"])

    assert (len(told(found)), found.items) == (1, [])


def test_a_list_in_csv_is_read_too():
    found = imported("cau.csv", "Câu hỏi;A;B;Đáp án\nAi bầu?;Một;Hai;B\n")

    assert (keys(found), found.items[0].stem) == (["B"], "Ai bầu?")


def test_the_example_sheet_is_read_without_a_fault():
    found = imported("mau.xlsx", to_sheet.template())

    assert (keys(found), told(found), told(found, "warning")) == (
        ["B", "AB", "A", "A", "AB", "ABC", "ABC", "AB", "AB"],
        [],
        [],
    )
