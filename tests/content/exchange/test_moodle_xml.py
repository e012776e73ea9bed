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


def test_texts_that_name_no_format_have_that_of_their_question():
    question = a_question(TWO.replace(' format="html"', "").replace("Một", "*Một*"), stem="**Ai?**")

    found = imported("a.xml", a_quiz(question.replace('format="html"', 'format="markdown"', 1), question))

    assert [(item.stem, options(item)[0]) for item in found.items] == [
        ("**Ai?**", "*Một*"),
        ("\\*\\*Ai?\\*\\*", "\\*Một\\*"),
    ]


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
        ("<tags><tag><text>kì thi</text></tag></tags>", "Ai?", "thẻ “kì thi”"),
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

    assert (told(found), told(found, "warning"), only(found).topic) == ([], [], "muc")


def a_typed(fraction: str, text: str, why: str = "", more: str = "") -> str:
    return answer(fraction, text, why, "moodle_auto_format").replace("</answer>", f"{more}</answer>")


UNITS = (
    "<units><unit><multiplier>100</multiplier><unit_name>cm</unit_name></unit>"
    "<unit><multiplier>1.0</multiplier><unit_name>m</unit_name></unit></units>"
)


@pytest.mark.parametrize(
    ("kind", "inside", "lines", "lost"),
    [
        (
            "numerical",
            a_typed("100", "7.5", "Đúng.", "<tolerance>0.5</tolerance>")
            + a_typed("0", "9", "Sai.")
            + a_typed("0", "*"),
            [("7,5 ± 0,5", True, "Đúng."), ("9", False, "Sai.")],
            [],
        ),
        ("numerical", a_typed("100", "2") + UNITS, [("2 m", True, "")], ["đơn vị quy đổi (cm)"]),
        (
            "numerical",
            a_typed("100", "2") + "<unitgradingtype>1</unitgradingtype>",
            [("2", True, "")],
            ["điểm trừ khi thiếu hoặc sai đơn vị"],
        ),
        ("numerical", '<answer fraction="100">23<feedback><text>x</text></feedback></answer>', [("23", True, "x")], []),
        ("shortanswer", a_typed("100", "R&amp;D", "Đúng."), [("R&D", True, "Đúng.")], []),
        ("shortanswer", "<usecase>1</usecase>" + a_typed("100", "CĐCS"), [("CĐCS (đúng chữ hoa)", True, "")], []),
    ],
)
def test_what_is_typed_comes_with_tolerance_unit_and_letter_case(kind, inside, lines, lost):
    found = imported("a.xml", a_quiz(a_question(inside, kind)))

    assert [(one.text, one.is_right, one.explanation) for one in only(found).options] == lines
    assert told(found, "warning") == [("3", f"Không mang theo: {what}.") for what in lost]


def a_pair(left: str, right: str) -> str:
    return (
        f'<subquestion format="html"><text><![CDATA[{left}]]></text><answer><text>{right}</text></answer></subquestion>'
    )


def test_pairs_come_without_what_is_there_to_mislead():
    pairs = a_pair("<p>Một</p>", "1") + a_pair("Hai", "2 &amp;lt; 3") + a_pair("<b>Ba</b>", "1") + a_pair("", "4")
    general = "<generalfeedback><text>Điều 5.</text></generalfeedback>"

    found = imported("a.xml", a_quiz(a_question(general + pairs, "matching")))

    assert options(only(found)) == ["Một => 1", "Hai => 2 < 3", "**Ba** => 1"]
    assert [one.explanation for one in only(found).options] == ["Điều 5.", "", ""]
    assert told(found, "warning") == [("3", "Không mang theo: vế phải gây nhiễu “4”.")]


@pytest.mark.parametrize(
    ("settings", "lost"),
    [
        ("<selecttype>ALL</selecttype><selectcount>2</selectcount>", []),
        ("<selecttype>RANDOM</selecttype><selectcount>2</selectcount>", ["cách chỉ hiện 2 trong 3 dòng"]),
        ("<logical>0</logical><studentsee>2</studentsee>", []),
    ],
)
def test_lines_come_in_the_order_of_their_answers(settings, lost):
    answers = "".join(answer(f"{at}.0000000", text, f"vì {at}") for at, text in enumerate(("Ba", "Hai", "Một"), 1))

    found = imported("a.xml", a_quiz(a_question(settings + answers, "ordering")))

    item = only(found)
    assert sorted((one.text, one.explanation) for one in item.options) == [
        ("1. Ba", "vì 1"),
        ("2. Hai", "vì 2"),
        ("3. Một", "vì 3"),
    ]
    assert told(found, "warning") == [("3", f"Không mang theo: {what}.") for what in lost]


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


def a_cloze(text: str) -> str:
    return a_quiz(a_question("", "cloze", f"<![CDATA[{text}]]>"))


@pytest.mark.parametrize(
    ("field", "gap", "lines", "lost"),
    [
        ("{1:SHORTANSWER:=Paris#Đúng~%0%Lyon~*#sai}", "…(1)…", ["x(1) Paris", " (1) Lyon"], "lời phản hồi cho mọi"),
        ("{:MW:%100%R&amp;D~%50%R}", "…(1)…", ["x(1) R&D", " (1) R"], "điểm một phần"),
        ("{1:SAC:=CĐCS}", "…(1)…", ["x(1) CĐCS (đúng chữ hoa)"], ""),
        (
            "{1:MULTICHOICE_VS:=&lt;b&gt;Một&lt;/b&gt;~Hai\\#~\\}}",
            "…(1, chọn)…",
            ["x(1) **Một**", " (1) Hai#", " (1) }"],
            "",
        ),
        ("{1:MC:=a~%-50%b}", "…(1, chọn)…", ["x(1) a", " (1) b"], "điểm trừ"),
        ("{1:NM:=7,5:0.1}", "…(1)…", ["x(1) 7,5", "x(1) 7.5"], "sai số của chỗ trống điền số (± 0.1)"),
    ],
)
def test_a_field_becomes_a_gap(field, gap, lines, lost):
    found = imported("a.xml", a_cloze(f"Ở {field} <b>đó</b>"))

    item = only(found)
    assert (item.kind, item.stem) == ("gap_text", f"Ở {gap} **đó**")
    assert [f"{'x' if one.is_right else ' '}{one.text}" for one in item.options] == lines
    assert [lost in message for _where, message in told(found, "warning")] == [True] * bool(lost)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Không có gì", "Câu hỏi không có phương án trả lời."),
        ("{1:MULTICHOICE}", "Câu hỏi không có phương án trả lời."),
        ("{1:MULTICHOICE:=một}", "Danh sách của chỗ trống (1) cần từ 2 đến 8 dòng"),
        ("{1:MC:~%50%một~hai}", "Không biết phương án nào đúng."),
        ("{1:SA:=a} {1:MULTIRESPONSE:=a~=b}", "Chỗ trống 2 là loại “MULTIRESPONSE”, loại này chưa nhập được"),
        ("{1:SA:=a}" * 9, "Lời dẫn cần từ 1 đến 8 chỗ trống"),
        ("{1:SA:=" * 20_000, "Câu hỏi"),
    ],
    ids=lambda text: text[:30],
)
def test_gaps_that_are_no_question_stay_out(text, message):
    started = time.process_time()
    found = imported("a.xml", a_cloze(text))

    assert (found.items, [told_.startswith(message) for _where, told_ in told(found)]) == ([], [True])
    assert time.process_time() - started < 20
