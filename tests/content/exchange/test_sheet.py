"""The sheet: its documented columns, faults at their cells, and the example that authors start from."""

import pytest

from lms.content.exchange import sheet
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
        (["", "Ghép đôi", "Ai?", "a", "b", "", "A"], "B2", "Không có loại câu “Ghép đôi”."),
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
    found = imported("mau.xlsx", sheet.template())

    assert (keys(found), told(found), told(found, "warning")) == (["B", "AB", "A"], [], [])
