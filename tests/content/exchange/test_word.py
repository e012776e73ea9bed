"""Word's .docx: marks of the right option, automatic letters, tables, and files that mean harm."""

import time

import pytest

from lms import bounded
from tests.content.exchange.files import (
    a_docx,
    a_zip,
    imported,
    key_of,
    keys,
    only,
    options,
    paragraph,
    run,
    table,
    told,
)

P = paragraph


@pytest.mark.parametrize(
    "mark", ["b", "b=1", "u=single", "i", "highlight=yellow", "color=FF0000"], ids=lambda mark: mark.partition("=")[0]
)
@pytest.mark.parametrize("whole", [True, False])
def test_the_right_option_is_marked_by_its_letters_or_by_all_of_it(mark, whole):
    right = [run("B. Hai", mark)] if whole else [run("B", mark), run(". Hai")]

    item = only(imported("a.docx", a_docx(P("Câu 1: Ai bầu?"), P("A. Một"), P(*right), P("C. Ba"))))

    assert (item.stem, options(item), key_of(item)) == ("Ai bầu?", ["Một", "Hai", "Ba"], "B")


def test_marks_that_are_switched_off_or_on_every_letter_say_nothing():
    body = [P(run("Câu 1:", "b"), " Ai ", run("không", "b"), " bầu?")]
    body += [
        P(run("A.", "b"), run(" Một", "b=0")),
        P(run("B.", "b"), run(" Hai", "u=single")),
        P(run("C.", "b"), " Ba"),
    ]

    item = only(imported("a.docx", a_docx(*body)))

    assert (item.stem, key_of(item)) == ("Ai **không** bầu?", "B")


def test_two_marks_that_disagree_are_not_guessed_at():
    found = imported("a.docx", a_docx(P("Câu 1: Ai?"), P(run("A. Một", "b")), P(run("B. Hai", "u=single")), P("C. Ba")))

    message = "Câu 1 có các dấu đáp án không khớp nhau (gạch chân: B; in đậm: A)."
    assert (told(found), found.items) == ([("1", message)], [])


def test_automatic_numbers_and_letters_are_read_as_word_shows_them():
    lists = {1: [("decimal", "Câu %1:"), ("upperLetter", "%2.")]}
    body = []
    for n in (1, 2):
        body += [P(f"Lời {n}", numbered=(1, 0)), P("một", numbered=(1, 1)), P(run("hai", "b"), numbered=(1, 1))]

    found = imported("a.docx", a_docx(*body, lists=lists))

    assert [(item.stem, options(item), key_of(item)) for item in found.items] == [
        ("Lời 1", ["một", "hai"], "B"),
        ("Lời 2", ["một", "hai"], "B"),
    ]


@pytest.mark.parametrize(
    "key",
    [
        [P("BẢNG ĐÁP ÁN"), table([["Câu", "1", "2"], ["Đáp án", "B", "A"]])],
        [table([["1", "2"], ["B", "A"]])],
        [P("ĐÁP ÁN"), table([["1.B", "2.A"]])],
        [P("ĐÁP ÁN"), table([["Câu", "Đáp án"], ["1", "B"], ["2", "A"]])],
    ],
)
def test_a_table_at_the_end_holds_the_answers(key):
    body = [P(text) for n in (1, 2) for text in (f"Câu {n}: Lời {n}", "A. một", "B. hai")]

    assert keys(imported("a.docx", a_docx(*body, *key))) == ["B", "A"]


def test_options_may_stand_in_a_table_or_behind_tabs():
    body = [P("Câu 1: Một?"), table([["A. a", "*B. b"], ["C. c", "D. d"]]), P("Câu 2: Hai?"), P("A. a\t*B. b\tC. c")]

    found = imported("a.docx", a_docx(*body))

    assert [options(item) for item in found.items] == [["a", "b", "c", "d"], ["a", "b", "c"]]
    assert keys(found) == ["B", "B"]


def test_a_table_inside_a_table_keeps_its_words():
    inner = table([["A. a", "*B. b"]])
    outer = f"<w:tbl><w:tr><w:tc>{P('Câu 1: Một?')}</w:tc></w:tr><w:tr><w:tc>{inner}{P('')}</w:tc></w:tr></w:tbl>"

    item = only(imported("a.docx", a_docx(outer)))

    assert (item.stem, options(item), key_of(item)) == ("Một?", ["a", "b"], "B")


def test_two_thousand_questions_are_read_in_seconds():
    body = [P(text) for n in range(2_000) for text in (f"Câu {n}: Lời {n}?", "A. một", run("B. hai", "b"), "C. ba")]
    data = a_docx(*body)

    started = time.process_time()
    found = imported("a.docx", data)

    assert (len(found.items), found.refused) == (2_000, 0)
    assert time.process_time() - started < 60


def test_pictures_formulas_and_deleted_words_are_seen():
    body = [
        P("Câu 1: Hình ", "<w:r><w:drawing/></w:r>", "<w:del><w:r><w:delText>cũ</w:delText></w:r></w:del>", "nào?"),
        P("*A. ", "<w:ins><w:r><w:t>Một</w:t></w:r></w:ins>"),
        P("B. Hai", '<m:oMath xmlns:m="m"><m:t>x</m:t></m:oMath>'),
    ]

    found = imported("a.docx", a_docx(*body))

    assert (found.items[0].stem, options(found.items[0])) == ("Hình nào?", ["Một", "Haix"])
    assert told(found, "warning") == [("1", "Không mang theo: hình ảnh hoặc khung chữ, công thức.")]


# --- Files that mean harm ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04 nothing", "Không đọc được tệp nén: tệp hỏng hoặc tải về chưa trọn."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "Tệp là Word hoặc Excel kiểu cũ (.doc, .xls), hoặc có đặt mật khẩu."),
        (b"%PDF-1.7", "Không đọc được câu hỏi từ tệp PDF hoặc RTF."),
        (b"{\\rtf1 x}", "Không đọc được câu hỏi từ tệp PDF hoặc RTF."),
        ("Câu 1: Ủy ban".encode("cp1258", "replace") + b"\xff\xfe\xf0", None),
        (b"\x00\x01\x02", "Tệp không ghi bằng bảng mã UTF-8, chữ Việt sẽ hỏng."),
        (b"a" * 5_000_001, "Tệp nặng 5,0 MB, quá mức 5 MB."),
        (b"a" * 50_000_000, "Tệp nặng 50,0 MB, quá mức 20 MB."),
        (b"", "Không thấy câu hỏi nào trong tệp."),
        (a_zip({"../word/document.xml": "x"}), "Tệp nén có tên tệp con trỏ ra ngoài thư mục của nó, nên không mở."),
        (a_zip({"/etc/x.xml": "x"}), "Tệp nén có tên tệp con trỏ ra ngoài thư mục của nó, nên không mở."),
        (a_zip({"a\\..\\..\\x.xml": "x"}), "Tệp nén có tên tệp con trỏ ra ngoài thư mục của nó, nên không mở."),
        (a_zip({f"{n}.png": "" for n in range(2_001)}), "Tệp nén có 2001 tệp con, quá nhiều."),
        (
            a_zip({"a.xml": "<quiz/>", "b.xml": "<quiz/>"}),
            "Tệp nén có 2 tệp câu hỏi (.xml, .gift, .txt); cần đúng một.",
        ),
        (a_zip({"a.png": "x"}), "Tệp nén có 0 tệp câu hỏi (.xml, .gift, .txt); cần đúng một."),
        (
            a_zip({"word/document.xml": b" " * 60_000_000}),
            "Tệp nén bung ra lớn bất thường so với kích thước của nó, nên không mở.",
        ),
        (a_zip({"a.xml": b" " * 60_000_000}), "Tệp nén bung ra lớn bất thường so với kích thước của nó, nên không mở."),
        (
            a_docx(P("x"), before='<!DOCTYPE a [<!ENTITY b "c">]>'),
            "Tệp XML có phần khai báo DOCTYPE hoặc ENTITY, nên không đọc.",
        ),
        (a_docx("<w:p>" * 200), "Tệp XML lồng quá sâu hoặc chứa lượng phần tử bất thường."),
        (a_docx("<w:p>" + "<w:r/>" * 210_000 + "</w:p>"), "Tệp XML lồng quá sâu hoặc chứa lượng phần tử bất thường."),
        (a_docx("<w:p>"), "Tệp XML viết sai cú pháp ở dòng 1."),
    ],
    ids=range(21),
)
def test_a_file_that_cannot_be_read_is_refused_with_one_sentence_and_its_cure(data, message):
    started = time.process_time()
    found = imported("tep.docx" if data.startswith(b"PK") else "tep", data)

    assert time.process_time() - started < 5
    assert (found.items, found.markdown, len(found.remarks)) == ([], "", 1)
    assert found.remarks[0].cure
    assert message is None or told(found) == [("", message)]


def test_a_member_that_lies_about_its_size_is_counted_while_it_unpacks(monkeypatch):
    monkeypatch.setattr(bounded, "FREE_OF_RATIO", 1_000)
    monkeypatch.setattr(bounded, "MOST_RATIO", 2)
    data = bytearray(a_zip({"word/document.xml": b" " * 100_000}))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + place
        data[at : at + 4] = (10).to_bytes(4, "little")

    found = imported("a.docx", bytes(data))

    assert (found.items, len(found.remarks), found.refused) == ([], 1, 1)


def test_a_locked_zip_is_refused():
    data = bytearray(a_zip({"word/document.xml": "<x/>"}))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + place] |= 1

    assert told(imported("a.docx", bytes(data))) == [("", "Tệp có đặt mật khẩu.")]
