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
    tags = "[tag:bai:hai] [tag:nguon:C6] [tag:chu-de:Tổ chức [1\\]] [tag:khó] [tag:kì thi]"

    found = imported("a.gift", f"// [id:cd04-01] {tags}\n::Tên câu::Ai?{{=a ~b}}")

    item = only(found)
    assert (item.id, item.lesson, item.sources) == ("cd04-01", "hai", ("C6",))
    assert (item.topic, item.difficulty) == ("Tổ chức [1]", "kho")
    assert told(found, "warning") == [("2", "Không mang theo: thẻ “kì thi”.")]


def test_ids_come_from_the_name_or_the_words_and_are_never_used_twice():
    text = "::Câu Một::Ai?{=a ~b}\n\n::Câu một::Ai?{=a ~b}\n\nĐoàn viên là ai?{=a ~b}\n\n::!!::???{=a ~b}"

    found = imported("a.gift", text)

    assert [item.id for item in found.items] == ["cau-mot", "cau-mot-2", "doan-vien-la-ai", "cau"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Vẽ{}", "Câu “Vẽ”: câu tự luận, loại này chưa nhập được từ tệp."),
        ("Chỉ đọc", "Câu “Chỉ đọc”: đoạn giới thiệu, không phải câu hỏi, loại này chưa nhập được từ tệp."),
        ("Năm?{#}", "Câu hỏi không có đáp án."),
        ("Năm?{#*}", "Câu trả lời bằng số mà số nào cũng được tính là đúng (*)."),
        ("Năm?{#=%50%1975}", "Không biết đáp án nào đúng."),
        ("Năm?{#1975..1970}", "Đáp án “1972.5 ± -2.5” không đọc được thành số."),
        ("Năm?{#1e99}", "Đáp án “1e99” không đọc được thành số."),
        ("Năm?{#abc}", "Câu trả lời bằng số nhưng đáp án không phải số; Moodle sẽ chấm mọi câu trả lời là đúng."),
        ("Ghép{=a -> b =c -> d}", "Câu ghép đôi cần từ 3 đến 8 dòng, đang có 2."),
        ("Ghép{=a -> b =c =d -> e}", "Cặp “c” thiếu dấu ->."),
        ("Ghép{=a -> b =a -> c =d -> e}", "Các vế trái của câu ghép đôi cần khác nhau."),
        ("Ghép{=a \\=> x -> b =c -> d =e -> f}", "Dòng a) cần đúng một dấu “=>” giữa vế trái và vế phải."),
        ("Xếp{>2 ALL\nmột\nhai\n}", "Câu sắp thứ tự cần từ 3 đến 8 dòng, đang có 2."),
        ("Xếp{>mấy\nmột\nhai\n}", "Câu sắp thứ tự không đúng mẫu của Moodle."),
        ("Ai?{=Hà*}", "Câu trả lời ngắn không còn đáp án nào dùng được: mọi đáp án đều có dấu *."),
        ("Ai?{=%50%một =%0%hai}", "Không biết đáp án nào đúng."),
        (f"Ai?{{={'a' * 201} =b}}", "Đáp án a) cần có chữ, và không quá 200 ký tự."),
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
        ("#=5:1 =%50%5:2", "đáp án 5 ± 2 (được một phần điểm)"),
        ("#=5 =%50%8#gần", "điểm một phần cho đáp án gần đúng"),
        ("#5 ~#sai", "lời phản hồi cho mọi câu trả lời khác"),
        ("=một =%50%hai", "điểm một phần cho đáp án gần đúng"),
        ("=một =m*t", "đáp án có dấu * thay cho chữ bất kỳ (“m*t”)"),
        ("=a -> 1 =b -> 2 =c -> 3 = -> 4", "vế phải gây nhiễu “4”"),
        (">2 RANDOM VERTICAL\nmột\nhai\nba\n", "cách chỉ hiện 2 trong 3 dòng"),
    ],
)
def test_what_a_question_loses_on_the_way_is_named(answers, lost):
    found = imported("a.gift", f"\nAi?{{{answers}}}")

    assert told(found, "warning") == [("2", f"Không mang theo: {lost}.")]
    assert len(found.items) == 1


def test_a_category_becomes_the_topic_and_a_question_right_below_it_is_not_swallowed():
    text = "$CATEGORY: $course$/top/Mục A\n\nMột?{=a ~b}\n\n$CATEGORY: Mục B // C\nHai?{=c ~d}"

    found = imported("a.gift", f"{text}\n\n$CATEGORY: $course$/top/Default for X\n\nBa?{{=e ~f}}")

    assert [(item.stem, item.topic) for item in found.items] == [("Một?", "muc-a"), ("Hai?", "muc-b-c"), ("Ba?", "")]
    assert [where for where, _message in told(found, "warning")] == ["6"]
    assert [(where, message) for where, message in told(found, "hint") if "anh mục" in message] == [
        ("1", "Danh mục “$course$/top/Mục A” thành chủ đề “muc-a” của các câu bên dưới."),
        ("5", "Danh mục “Mục B // C” thành chủ đề “muc-b-c” của các câu bên dưới."),
        ("8", "Danh mục “$course$/top/Default for X” là danh mục chung, không thành chủ đề."),
    ]


@pytest.mark.parametrize(
    ("answers", "kind", "lines"),
    [
        ("#1975", "numeric", [("1975", True, "")]),
        ("#1822:5#đúng", "numeric", [("1822 ± 5", True, "đúng")]),
        ("#3.141..3.142", "numeric", [("3,1415 ± 0,0005", True, "")]),
        ("#-7.50:0", "numeric", [("-7,5", True, "")]),
        ("#=1e3:0 =%0%5#lỗi ~", "numeric", [("1000", True, ""), ("5", False, "lỗi")]),
        ("#5####Điều 5.", "numeric", [("5", True, "Điều 5.")]),
        ("một#đúng", "short_text", [("một", True, "đúng")]),
        ("=Ban Chấp hành#đúng =BCH =%0%Giám đốc#sai", "short_text", None),
        ("=a \\* b =[html]c", "short_text", [("a \\* b", True, ""), ("c", True, "")]),
        ("=Nội Bài =noi bai =%0%nội bài", "short_text", [("Nội Bài (chấp nhận không dấu)", True, "")]),
        ("=Hòa =hoà#khác", "short_text", [("Hòa", True, "")]),
        ("=[html]<b>a</b> -> 1\n=b -> 2 -> x\n=c->1####x", "matching", None),
    ],
)
def test_what_is_typed_or_paired_is_read_as_moodle_marks_it(answers, kind, lines):
    item = only(imported("a.gift", f"Ai?{{{answers}}}", form="gift"))
    wanted = {
        "short_text": [("Ban Chấp hành", True, "đúng"), ("BCH", True, ""), ("Giám đốc", False, "sai")],
        "matching": [("**a** => 1", True, "x"), ("b => 2 -> x", True, ""), ("c => 1", True, "")],
    }

    assert item.kind == kind
    assert [(one.text, one.is_right, one.explanation) for one in item.options] == (lines or wanted[kind])


def test_a_number_with_a_comma_is_read_and_told_since_moodle_does_not_read_it():
    found = imported("a.gift", "\nBao nhiêu?{#7,5}")

    message = "Moodle không đọc được số viết bằng dấu phẩy (“7,5”); ở đây đọc là phần thập phân."
    assert (options(only(found)), told(found, "warning")) == (["7,5"], [("2", message)])


def test_an_order_is_written_down_in_another_one():
    item = only(imported("a.gift", "::x::Xếp{>4 ALL VERTICAL\n1. Một \\= 1\n<b>Hai</b>\nBa\nBốn\n}"))

    lines = options(item)
    assert sorted(lines) == ["1. 1\\. Một = 1", "2. **Hai**", "3. Ba", "4. Bốn"]
    assert lines != sorted(lines)


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
