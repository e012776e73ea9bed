"""The Vietnamese habit, typed as text: labels, marks, tables of answers, and what goes wrong in them."""

import time
import unicodedata

import pytest

from tests.content.exchange.files import imported, key_of, keys, only, options, told

FOUR = "Câu 1: Ai bầu?\nA. Một\nB. Hai\nC. Ba\nD. Bốn\n"


@pytest.mark.parametrize(
    "text",
    [
        "Câu 1: Ai bầu?\nA. Một\n*B. Hai\nC. Ba",
        "Câu 1. Ai bầu?\n\nA) Một\n* B) Hai\n\nC) Ba",
        "CÂU 1 : Ai bầu?\na. Một\n*b. Hai\nc. Ba",
        "Câu hỏi 1: Ai bầu?\nA. Một\nB.*Hai\nC. Ba",
        "Bài 1.\nAi bầu?\nA/ Một\n*B/ Hai\nC/ Ba",
        "1. Ai bầu?\nA. Một\nB. Hai\nC. Ba\nĐáp án: B",
        "1) Ai bầu?\n\tA. Một\n\tB. Hai\n\tC. Ba\nĐÁP ÁN B.",
        "Câu 1 (0,5 điểm): Ai bầu?\nA. Một\tB. Hai\tC. Ba\nĐáp án đúng là: b",
        "Câu 1. [NB] Ai bầu?\nA. Một   B. Hai   C. Ba\nChọn B",
        "Câu 1: Ai bầu? A. Một B. Hai C. Ba\nĐ/A: B",
        "Câu 1: Ai bầu?\nA. Một B. Hai\nC. Ba\nBẢNG ĐÁP ÁN\n1.B",
        "Câu 1: Ai bầu?\nA. Một\nB. Hai\nC. Ba\nHẾT\nĐÁP ÁN\n1b",
        "Câu 1: Ai bầu?\nA. Một\nB. Hai\nC. Ba\n----- Hết -----\nĐáp án:\nCâu 1: B",
        "Câu 1: Ai bầu?\nA. Một\nB. Hai\nC. Ba\nBảng đáp án: 1-B",
        "ĐỀ SỐ 1\nPhần I. Trắc nghiệm\nCâu 1: Ai bầu?\nA. Một\nB. Hai\nC. Ba\nĐáp án: B",
    ],
)
def test_the_shapes_that_a_question_comes_in(text):
    item = only(imported("de.txt", text))

    assert (item.stem, options(item), key_of(item)) == ("Ai bầu?", ["Một", "Hai", "Ba"], "B")


@pytest.mark.parametrize(
    "answers",
    [
        "1.B 2-A 3c",
        "1B, 2A, 3C",
        "1. B\n2. A\n3. C",
        "Câu 1: B\nCâu 2: A\nCâu 3: C",
        "1 | B | 2 | A | 3 | C",
        "Câu\t1\t2\t3\nĐáp án\tB\tA\tC",
        "1 2 3\nB A C",
        "1\t2\t3\nB\tA\tC",
    ],
)
def test_tables_of_answers(answers):
    questions = "".join(f"Câu {n}: Lời {n}\nA. một\nB. hai\nC. ba\n" for n in (1, 2, 3))

    found = imported("de.txt", f"{questions}\nBẢNG ĐÁP ÁN\n{answers}\n")

    assert (keys(found), told(found), told(found, "warning")) == (["B", "A", "C"], [], [])


def test_pairs_at_the_end_need_no_title():
    found = imported("de.txt", f"{FOUR}Câu 2: Hai?\nA. x\nB. y\n1.D 2.B")

    assert keys(found) == ["D", "B"]


def test_a_stem_may_have_lines_and_an_option_may_go_on():
    item = only(imported("de.txt", "Câu 1: Cho các việc:\n(1) một;\n(2) hai.\nA. Chỉ\nviệc một\n*B. Cả hai"))

    assert item.stem == "Cho các việc:\n\n(1) một;\n\n(2) hai."
    assert options(item) == ["Chỉ việc một", "Cả hai"]


def test_an_option_that_names_another_letter_is_not_cut():
    item = only(imported("de.txt", "Câu 1: Theo mục nào?\nA. Theo mục B. của Điều 5\n*B. Theo mục C\nC. Không"))

    assert options(item) == ["Theo mục B. của Điều 5", "Theo mục C", "Không"]


def test_an_explanation_goes_to_the_right_option():
    item = only(imported("de.txt", f"{FOUR}Đáp án: C. Điều 5.\nLời giải: Vì *một*\nvà hai."))

    assert [option.explanation for option in item.options] == ["", "", "Điều 5. Vì \\*một\\* và hai.", ""]


def test_several_right_options_make_another_kind_and_a_warning():
    found = imported("de.txt", f"{FOUR}Đáp án: A, C và D")

    assert (found.items[0].kind, keys(found)) == ("several_choices", ["ACD"])
    assert told(found, "warning") == [("1", "Câu 1 có 3 phương án được đánh dấu đúng, nên thành câu nhiều đáp án.")]


@pytest.mark.parametrize(("word", "key"), [("Đúng", "A"), ("sai", "B")])
def test_a_statement_may_be_right_or_wrong(word, key):
    item = only(imported("de.txt", f"Câu 1: Nhiệm kỳ là 5 năm.\nĐáp án: {word}"))

    assert (item.kind, key_of(item)) == ("true_false", key)


def test_options_right_and_wrong_in_any_order_are_a_statement():
    item = only(imported("de.txt", "Câu 1: Năm năm.\nA. Sai\n*B. Đúng"))

    assert (item.kind, options(item), key_of(item)) == ("true_false", ["Đúng", "Sai"], "A")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (FOUR, "1", "Không biết phương án nào đúng."),
        (f"{FOUR}Đáp án: E", "1", "Câu 1: đáp án E không có trong các phương án."),
        (f"*{FOUR}", "1", None),
        ("Câu 1: Ai?\nA. x\n*C. y", "1", "Câu 1: các phương án ghi A, C, không liền nhau từ A."),
        ("Câu 1: Ai?\nA. x\n*B. y\nA. z", "1", "Câu 1: các phương án ghi A, B, A, không liền nhau từ A."),
        ("Câu 1: Ai?\nCâu 2: Gì?\n*A. x\nB. y", "1", "Câu hỏi không có phương án trả lời."),
        (
            "Câu 1: Ai?\n*A. x\nB. y\nĐáp án: B",
            "1",
            "Câu 1 có các dấu đáp án không khớp nhau (dòng đáp án: B; dấu *: A).",
        ),
        ("Câu 1: Ai?\n*A. x\nB.", "1", "Phương án thứ 2 để trống."),
        ("Câu 1: C«ng ®oµn\n*A. x\nB. y", "1", "Chữ gõ bằng phông cũ (TCVN3 hoặc VNI), không phải Unicode."),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line(text, line, message):
    found = imported("de.txt", text)

    if message:
        assert told(found) == [(line, message)]
    else:
        assert found.items == []


def test_a_table_that_names_a_question_twice_is_not_believed():
    found = imported("de.txt", f"{FOUR}BẢNG ĐÁP ÁN\n1.B\n1.C\n7.A")

    assert [where for where, _message in told(found)] == ["1"]
    assert told(found, "warning") == [("9", "Bảng đáp án có câu 7, nhưng không thấy câu này.")]


def test_numbers_that_begin_again_make_a_table_useless():
    found = imported("de.txt", f"Phần 1\n{FOUR}Phần 2\n{FOUR}\nBẢNG ĐÁP ÁN\n1.B")

    assert [where for where, _message in told(found)] == ["2", "8"]


def test_lines_outside_of_questions_are_told():
    text = f"CÔNG ĐOÀN TỈNH\nĐề thi\n\n{FOUR}Đáp án: A\n\nGhi chú lẻ\n\nPhần II. Tự luận\nHẾT\n"

    assert told(imported("de.txt", text), "warning") == [
        ("1", "Không mang theo các dòng ngoài câu hỏi: 1–2, 13–14."),
        ("11", "Không mang theo dòng “Ghi chú lẻ”."),
    ]


def test_loose_marks_and_no_break_spaces_become_the_stored_form():
    text = unicodedata.normalize("NFD", "Câu\u00a01: Ủy ban nào?\nA. Một\u200b\n*B. Hai")

    item = only(imported("de.txt", text))

    assert (item.stem, options(item)) == ("Ủy ban nào?", ["Một", "Hai"])


@pytest.mark.parametrize(
    "text",
    [
        "Câu 1: " + " " * 1_000_000 + "x",
        ("Câu 1: x\n" + "A. " * 6_000 + "\n") * 50,
        "Câu 1: x\n" + "A. x\tB. y\n" * 200_000,
        "BẢNG ĐÁP ÁN\n" + "1.A " * 200_000,
        "Câu 1 " * 150_000,
        ("1 " * 9_000 + "\n") * 50,
        ("A " * 9_000 + "\n") * 50,
    ],
    ids=lambda text: repr(text[:16]),
)
def test_hostile_texts_are_answered_quickly(text):
    started = time.process_time()
    imported("de.txt", text)

    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    ("answer", "kind", "lines"),
    [
        ("Đáp án: 7,5 ± 0,5 người.", "numeric", ["7,5 ± 0,5 người"]),
        ("ĐÁP ÁN: 1.500.000 đồng", "numeric", ["1.500.000 đồng"]),
        ("Trả lời: Ban Chấp hành; BCH", "short_text", ["Ban Chấp hành", "BCH"]),
        ("Đáp án: 30/4/1975", "short_text", ["30/4/1975"]),
    ],
)
def test_an_answer_without_options_is_typed(answer, kind, lines):
    item = only(imported("a.txt", f"Câu 1 (VD): Hỏi gì?\n{answer}\nGiải thích: Điều 5.\n\nĐiều lệ.\n"))

    assert (item.kind, options(item), item.stem, item.difficulty) == (kind, lines, "Hỏi gì?", "kho")
    assert {option.explanation for option in item.options} == {"Điều 5. Điều lệ."}


@pytest.mark.parametrize("answer", ["Đáp án: B", "Đáp án: 1.B 2.A"])
def test_a_letter_without_options_is_no_answer(answer):
    found = imported("a.txt", f"Câu 1: Hỏi gì?\n{answer}\n")

    assert ([item.id for item in found.items], len(told(found))) == ([], 1)
