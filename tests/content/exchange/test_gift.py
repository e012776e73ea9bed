"""GIFT as Moodle reads it; what cannot come along is told at its line."""

import time

import pytest

from tests.content.exchange.files import imported, key_of, keys, only, options, told


@pytest.mark.parametrize(
    ("text", "kind", "stem", "texts", "key"),
    [
        ("Who?{~Grant ~Jefferson =no one}", "single_choice", "Who?", ["Grant", "Jefferson", "no one"], "C"),
        ("Grant is {~buried =entombed ~living} there.", "single_choice", "Grant is \\_\\_\\_\\_\\_ there.", None, "B"),
        ("Mặt trời mọc ở đằng đông.{T}", "true_false", "Mặt trời mọc ở đằng đông.", ["Đúng", "Sai"], "A"),
        ("Câu\n{ FALSE }", "true_false", "Câu", ["Đúng", "Sai"], "B"),
        ("::Tên::Hai {~%50%a ~%50%b ~%-100%c}", "several_choices", "Hai", ["a", "b", "c"], "AB"),
        ("Số\\: \\= \\{5\\} \\~ \\# \\\\ {=\\=4 ~\\~5}", "single_choice", "Số: = {5} ~ # \\\\", ["=4", "~5"], "A"),
        ("Hai dòng\\nở đây{=a ~b}", "single_choice", "Hai dòng\n\nở đây", ["a", "b"], "A"),
        ("\\\\n không xuống dòng{=a ~b}", "single_choice", "\\\\n không xuống dòng", ["a", "b"], "A"),
        ("[html]<p>Một <b>hai</b></p>{=<i>a</i> ~b}", "single_choice", "Một **hai**", ["*a*", "b"], "A"),
        ("[plain]<b>{=a<b>x</b> ~b}", "single_choice", "&lt;b>", ["a&lt;b>x&lt;/b>", "b"], "A"),
        ("[markdown]Một **hai**{=*a* ~b}", "single_choice", "Một **hai**", ["*a*", "b"], "A"),
        ("[lạ] chữ{=a ~b}", "single_choice", "\\[lạ] chữ", ["a", "b"], "A"),
        ("// lời ghi\nLời{\n// phương án\n=a\n~b\n}", "single_choice", "Lời", ["a", "b"], "A"),
    ],
)
def test_questions_are_read_as_moodle_reads_them(text, kind, stem, texts, key):
    item = only(imported("a.gift", text))

    assert (item.kind, item.stem, key_of(item)) == (kind, stem, key)
    assert texts is None or options(item) == texts


def test_feedback_becomes_explanations():
    item = only(imported("a.gift", "Ai?{\n=Ban Chấp hành#[html]Đúng <b>rồi</b>.\n~Giám đốc # Chưa đúng.\n####Điều 5.}"))

    assert [option.explanation for option in item.options] == ["Đúng **rồi**. Điều 5.", "Chưa đúng."]


@pytest.mark.parametrize(("answer", "whys"), [("TRUE", ["phải", "trật"]), ("FALSE", ["trật", "phải"])])
def test_feedback_of_true_and_false_is_first_the_wrong_then_the_right_one(answer, whys):
    item = only(imported("a.gift", f"Câu.{{{answer}#trật#phải}}"))

    assert [option.explanation for option in item.options] == whys


def test_ids_and_our_tags_come_from_comments():
    found = imported("a.gift", "// [id:cd04-01] [tag:bai:hai] [tag:nguon:C6] [tag:khó]\n::Tên câu::Ai?{=a ~b}")

    item = only(found)
    assert (item.id, item.lesson, item.sources) == ("cd04-01", "hai", ("C6",))
    assert told(found, "warning") == [("2", "Không mang theo: thẻ “khó”.")]


def test_ids_come_from_the_name_or_the_words_and_are_never_used_twice():
    text = "::Câu Một::Ai?{=a ~b}\n\n::Câu một::Ai?{=a ~b}\n\nĐoàn viên là ai?{=a ~b}\n\n::!!::???{=a ~b}"

    found = imported("a.gift", text)

    assert [item.id for item in found.items] == ["cau-mot", "cau-mot-2", "doan-vien-la-ai", "cau"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Vẽ{}", "Câu “Vẽ”: câu tự luận, loại này chưa nhập được từ tệp."),
        ("Chỉ đọc", "Câu “Chỉ đọc”: đoạn giới thiệu, không phải câu hỏi, loại này chưa nhập được từ tệp."),
        ("Năm?{#1975}", "Câu “Năm?”: câu trả lời bằng số, loại này chưa nhập được từ tệp."),
        ("Năm?{#1970..1975}", "Câu “Năm?”: câu trả lời bằng số, loại này chưa nhập được từ tệp."),
        ("Năm?{#abc}", "Câu trả lời bằng số nhưng đáp án không phải số; Moodle sẽ chấm mọi câu trả lời là đúng."),
        ("Ghép{=a -> b =c -> d}", "Câu “Ghép”: câu ghép đôi, loại này chưa nhập được từ tệp."),
        ("Ai?{=một =hai}", "Câu “Ai?”: câu trả lời ngắn, loại này chưa nhập được từ tệp."),
        ("Đúng?{true}", "Moodle đọc {true} là câu trả lời ngắn, không phải câu đúng/sai."),
        ('X{=<a href="y">b</a> ~c}', "Dấu = trong thẻ HTML chưa thoát, nên phương án bị cắt đôi."),
        ("Thiếu {=a ~b", "Cặp ngoặc { } không khớp."),
        ("Ngược } rồi {=a ~b", "Cặp ngoặc { } không khớp."),
        ("Hai {=a ~b} cặp {=c ~d}", "Câu hỏi có hơn một cặp ngoặc { }."),
        ("Ai?{~a ~b}", "Không biết phương án nào đúng."),
        ("Ai?{=a =b ~c}", "Câu một đáp án cần đúng một phương án đúng, ở đây có 2."),
        ("Ai?{=a ~a}", "Có hai phương án giống hệt nhau."),
        ("Ai?{=a ~}", "Phương án thứ 2 để trống."),
        ("{=a ~b}", "Câu hỏi không có lời dẫn."),
        ("Ai?{=a ~b ~c ~d ~e ~g ~h ~i ~k}", "Câu một đáp án cần từ 2 đến 8 phương án, ở đây có 9."),
        ("C«ng ®oµn lµ g×?{=a ~b}", "Chữ gõ bằng phông cũ (TCVN3 hoặc VNI), không phải Unicode."),
        (f"Ai?{{={'a' * 2001} ~b}}", "Câu hỏi dài bất thường hoặc quá nhiều ký hiệu."),
    ],
)
def test_what_cannot_be_carried_over_is_told_and_stays_out(text, message):
    found = imported("a.gift", f"// đầu tệp\n\n{text}\n\nTốt?{{=a ~b}}")

    assert (told(found), keys(found)) == ([("3", message)], ["A"])


@pytest.mark.parametrize(
    ("answers", "lost"),
    [
        ("~a ~%50%b =c", "điểm một phần cho phương án gần đúng"),
        ("~%-50%a =c", "điểm trừ của phương án sai"),
        ("~%70%a ~%30%b ~c", "trọng số riêng của từng phương án"),
        ("~%100%a ~%-100%b", "cách chọn nhiều phương án (chỉ có một phương án đúng)"),
        ('=[html]a<img src\\="x.png"> ~b', "hình ảnh"),
    ],
)
def test_what_a_question_loses_on_the_way_is_named(answers, lost):
    found = imported("a.gift", f"\nAi?{{{answers}}}")

    assert told(found, "warning") == [("2", f"Không mang theo: {lost}.")]
    assert len(found.items) == 1


def test_a_category_is_told_and_a_question_right_below_it_is_not_swallowed():
    found = imported("a.gift", "$CATEGORY: $course$/Mục A\n\nMột?{=a ~b}\n\n$CATEGORY: Mục B\nHai?{=c ~d}")

    assert [item.stem for item in found.items] == ["Một?", "Hai?"]
    assert [where for where, _message in told(found, "warning")] == ["1", "5", "6"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_line_ends_and_encodings_do_not_matter(ends, encoding):
    text = "Đoàn viên?{\n=Đúng rồi\n~Chưa}\n\nHai?{T}".replace("\n", ends)

    assert [item.stem for item in imported("a.gift", text.encode(encoding)).items] == ["Đoàn viên?", "Hai?"]


def test_ten_thousand_questions_with_faults_in_the_middle_take_seconds_and_tell_every_line():
    good = "::Câu {0}::Ai bầu Ủy ban Kiểm tra lần {0}? {{\n\t=Ban Chấp hành#Đúng.\n\t~Đoàn viên#Chưa.\n}}\n"
    bad = "::Câu {0}::Ai bầu? {{\n\t=Ban Chấp hành\n\t~Đoàn viên\n\n"
    parts = [(bad if 4_000 <= n < 6_000 and n % 20 == 0 else good).format(n) for n in range(10_000)]
    text = "\n".join(parts)
    faulty = [1 + text[: text.index(f"::Câu {n}::")].count("\n") for n in range(4_000, 6_000, 20)]

    started = time.process_time()
    found = imported("lon.gift", text)
    spent = time.process_time() - started

    assert (len(found.items), [int(where) for where, _message in told(found)]) == (9_900, faulty)
    assert spent < 60


@pytest.mark.parametrize(
    "text",
    [
        "{" * 400_000,
        "~" * 200_000 + "{" + "~" * 200_000 + "}",
        "// " + "[id:" * 150_000 + "\nx{=a ~b}",
        "x{=" + "<a " * 150_000 + "~b}",
        "[markdown]" + "*_" * 150_000 + "{=a ~b}",
        "[html]" + "<!--" * 150_000 + "{=a ~b}",
        "::" + "\\:" * 150_000 + "{=a ~b}",
        "[html]" + "<b>" * 5_000 + "{=a ~b}",
        "x{#" + "1." * 150_000 + "}",
        "\n" * 1_000_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_hostile_files_are_answered_quickly(text):
    started = time.process_time()
    found = imported("a.gift", text)

    assert len(found.items) <= 1
    assert time.process_time() - started < 60
