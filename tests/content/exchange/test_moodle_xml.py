"""Moodle XML: what its exports hold, what is lost on the way, and files that are no quiz."""

import time

import pytest

from tests.content.exchange.files import a_zip, imported, key_of, keys, only, options, told


def a_quiz(*questions: str) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n' + "\n".join(questions) + "\n</quiz>\n"


def a_question(inside: str, kind: str = "multichoice", stem: str = "<![CDATA[<p>Ai?</p>]]>") -> str:
    return (
        f'<question type="{kind}"><name><text>Câu</text></name>'
        f'<questiontext format="html"><text>{stem}</text></questiontext>{inside}</question>'
    )


def answer(fraction: str, text: str, why: str = "", form: str = "html") -> str:
    feedback = f'<feedback format="html"><text>{why}</text></feedback>' if why else ""
    return f'<answer fraction="{fraction}" format="{form}"><text>{text}</text>{feedback}</answer>'


TWO = answer("100", "Một", "Đúng.") + answer("0", "Hai")


def test_one_right_option_with_feedback():
    item = only(imported("a.xml", a_quiz(a_question(f"<single>true</single>{TWO}"))))

    assert (item.id, item.kind, item.stem, options(item), key_of(item)) == (
        "cau",
        "single_choice",
        "Ai?",
        ["Một", "Hai"],
        "A",
    )
    assert [option.explanation for option in item.options] == ["Đúng.", ""]


def test_several_right_options():
    answers = answer("50", "a") + answer("50", "b") + answer("-50", "c") + answer("-50", "d")

    found = imported("a.xml", a_quiz(a_question(f"<single>false</single>{answers}")))

    assert (only(found).kind, keys(found), told(found, "warning")) == ("several_choices", ["AB"], [])


@pytest.mark.parametrize(
    ("answers", "key"),
    [
        (answer("0", "true", "Sai rồi") + answer("100", "false"), "B"),
        (answer("100", "True"), "A"),
        (answer("0", "true"), "B"),
        (answer("100", "false"), "B"),
    ],
)
def test_true_and_false_also_where_only_one_answer_is_written(answers, key):
    item = only(imported("a.xml", a_quiz(a_question(answers, "truefalse"))))

    assert (item.kind, options(item), key_of(item)) == ("true_false", ["Đúng", "Sai"], key)


@pytest.mark.parametrize(
    ("form", "text", "stem"),
    [
        ("html", "&lt;p&gt;a &amp;lt; b&lt;/p&gt;", "a < b"),
        ("moodle_auto_format", "một\nhai", "một\n\nhai"),
        ("plain_text", "&lt;b&gt;", "&lt;b>"),
        ("markdown", "**đậm** _nghiêng_", "**đậm** *nghiêng*"),
    ],
)
def test_texts_are_read_in_their_own_format(form, text, stem):
    question = (
        f'<question type="multichoice"><questiontext format="{form}"><text>{text}</text></questiontext>{TWO}</question>'
    )

    assert only(imported("a.xml", a_quiz(question))).stem == stem


@pytest.mark.parametrize(
    ("inside", "stem", "lost"),
    [
        (
            "<correctfeedback><text>Giỏi</text></correctfeedback>",
            "Ai?",
            "lời phản hồi chung khi đúng, đúng một phần, sai",
        ),
        ("<hint><text>Xem lại</text></hint>", "Ai?", "gợi ý (hint)"),
        ("<defaultgrade>2.5</defaultgrade>", "Ai?", "điểm của câu (2.5), mỗi câu ở đây một điểm"),
        ("<hidden>1</hidden>", "Ai?", "trạng thái ẩn"),
        ("<shuffleanswers>0</shuffleanswers>", "Ai?", "thứ tự cố định của phương án (ở đây luôn xáo)"),
        ("<tags><tag><text>khó</text></tag></tags>", "Ai?", "thẻ “khó”"),
        ("<image>a.gif</image>", "Ai?", "hình ảnh"),
        ("", '<![CDATA[<img src="@@PLUGINFILE@@/a.png">Ai?]]>', "hình ảnh"),
    ],
)
def test_what_a_question_loses_is_named_at_its_line(inside, stem, lost):
    found = imported("a.xml", a_quiz("<!-- một -->", a_question(inside + TWO, stem=stem)))

    assert (told(found, "warning"), keys(found)) == ([("4", f"Không mang theo: {lost}.")], ["A"])


def test_files_inside_a_text_are_named_and_not_kept():
    question = (
        '<question type="multichoice"><questiontext format="html"><text>Ai?</text>'
        f'<file name="a.png" encoding="base64">{"A" * 100_000}</file></questiontext>{TWO}</question>'
    )

    assert told(imported("a.xml", a_quiz(question)), "warning") == [("3", "Không mang theo: tệp kèm theo (a.png).")]


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("essay", "câu tự luận"),
        ("matching", "câu ghép đôi"),
        ("cloze", "câu điền vào chỗ trống"),
        ("ddwtos", "loại “ddwtos”"),
        ("calculatedmulti", "loại “calculatedmulti”"),
    ],
)
def test_other_types_are_told_by_name_and_the_rest_is_read(kind, what):
    found = imported("a.xml", a_quiz(a_question("", kind), a_question(TWO)))

    assert (told(found), keys(found)) == ([("3", f"Câu “Câu”: {what}, loại này chưa nhập được từ tệp.")], ["A"])


def test_categories_are_no_questions():
    category = '<question type="category"><category><text>$course$/top/Mục</text></category></question>'

    found = imported("a.xml", a_quiz(category, a_question(TWO)))

    assert (told(found), told(found, "warning")) == ([], [("3", "Không mang theo danh mục “$course$/top/Mục”.")])


def test_two_whole_marks_where_one_may_be_chosen_stay_out():
    found = imported("a.xml", a_quiz(a_question(answer("100", "a") + answer("100", "b") + answer("0", "c"))))

    assert told(found) == [("3", "Câu một đáp án cần đúng một phương án đúng, ở đây có 2.")]


def test_a_file_that_breaks_off_gives_what_stands_before():
    found = imported("a.xml", a_quiz(a_question(TWO), "<question"))

    assert (keys(found), len(told(found))) == (["A"], 1)


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE q [<!ENTITY a "x"><!ENTITY b "&a;&a;">]><quiz>&b;</quiz>',
        '<?xml version="1.0"?><!DOCTYPE q SYSTEM "file:///etc/passwd"><quiz/>',
        "<quiz>" + "<a>" * 100_000,
        "<quiz>&nbsp;</quiz>",
        "<quiz></quiz>",
        "<quiz>" + "<question/>" * 100_000 + "</quiz>",
    ],
)
def test_hostile_and_empty_xml_is_refused_with_one_sentence(text):
    found = imported("a.xml", text)

    assert (found.items, len(found.remarks), found.refused) == ([], 1, 1)


def test_a_zip_of_xml_and_pictures_is_read_without_the_pictures():
    found = imported("a.zip", a_zip({"de/cau.xml": a_quiz(a_question(TWO)), "de/anh.png": b"x"}))

    assert (keys(found), told(found, "warning")) == (
        ["A"],
        [("", "Không mang theo 1 tệp khác trong tệp nén (ảnh, âm thanh).")],
    )


def test_many_questions_are_read_in_seconds():
    text = a_quiz(*(a_question(TWO, stem=f"Câu số {n}") for n in range(1_500)))

    started = time.process_time()
    found = imported("a.xml", text)

    assert len(found.items) == 1_500
    assert time.process_time() - started < 60
