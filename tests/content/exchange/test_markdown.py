"""Whatever words come in, our Markdown shows the same words, and the checker reads the same question."""

import re
from html import unescape

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as some

from lms.content import checker
from lms.content.exchange.items import CHOICES, Choice, Draft, Item, Reading
from lms.content.exchange.markdown import Run, clean, escape, from_html, from_runs, paragraphs, written
from lms.content.rules import Option
from lms.quizzes.kinds import CHECKS
from lms.vietnamese import looks_like_legacy_font, squeeze
from tests.content.exchange.files import checked, plain
from tests.content.test_checker import GOOD, SOURCES, TODAY

NASTY = some.sampled_from(
    [*"*_[]()#-+>!|`\\<&^~={}:.", "1. ", "- ", "## ", "A. ", "[^C6]", "](x)", "![", "<b>", "&lt;", "&amp;", "  ", "---"]
)
WORD = some.sampled_from(["Công", "đoàn", "a", "B", "12", "Ủy", "điều"])
LINE = some.lists(some.one_of(NASTY, WORD, some.characters(codec="utf-8")), min_size=1, max_size=12).map("".join)


def says(text: str) -> bool:
    return bool(squeeze(clean(text)))


WORDS = LINE.filter(says)
COUNTED = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám")


def options_of(least: int) -> some.SearchStrategy[list[str]]:
    """Options that a learner can tell apart, whatever stands before their last word."""
    return some.lists(LINE, min_size=least, max_size=8).map(
        lambda lines: [f"{line} {word}" for line, word in zip(lines, COUNTED, strict=False)]
    )


@settings(max_examples=50, deadline=None)
@given(
    stem=some.lists(WORDS, min_size=1, max_size=3),
    texts=options_of(3),
    whys=some.lists(WORDS, min_size=8, max_size=8),
    right=some.integers(1, 255),
)
@example(["A. B"], ["&lt;b>", "- [x] a) x", "a [x] c \\"], ["> > x"] * 8, 1)
@example(["[^C6] [a](b) ![x](y) <b> 1. x"], ["**a**", "_b_", "a|c"], ["#"] * 8, 3)
def test_any_question_is_read_back_by_the_checker_with_its_words_options_and_key(stem, texts, whys, right):
    draft = Draft(1, stem=paragraphs("\n".join(stem)))
    draft.options = [
        Choice(escape(text), bool(right >> at & 1), escape(why))
        for at, (text, why) in enumerate(zip(texts, whys, strict=False))
    ]
    reading = Reading()
    reading.take(draft)

    questions, faults = checked(written(reading.items("mot", ["A1"], ())))

    if reading.remarks:  # no right option, all of them right, or the words of an old font
        assert (questions, len(reading.remarks)) == ([], 1)
        return
    assert faults == []
    [question] = questions
    assert plain(question.html) == squeeze(clean(" ".join("\n".join(stem).splitlines())))
    assert [plain(option.html) for option in question.options] == [squeeze(clean(text)) for text in texts]
    assert [option.is_right for option in question.options] == [option.is_right for option in draft.options]
    assert [plain(o.explanation) for o in question.options] == [squeeze(clean(w)) for w in whys[: len(texts)]]


SHAPE = {"raw-html", "image", "bad-link", "dead-link", "heading-level", "bad-option", "merged-option", "stray-text"}
SHAPE |= {"bad-id", "unknown-key", "unknown-source", "missing-image", "missing-alt", "too-costly"}


@settings(max_examples=25, deadline=None)
@given(some.lists(WORDS, min_size=3, max_size=3))
@example(["[^C6] ![x](y.png)", "<b>x</b> [a](b)", "](bai:x) <!-- x"])
def test_no_word_is_taken_for_a_mark_anywhere_in_the_checker(words):
    stem, text, why = map(escape, words)
    assume(not any(map(looks_like_legacy_font, (stem, text, why))))
    choices = (Choice(f"{text} một", True, why), Choice(f"{text} hai", False, why))
    files = {path if path == SOURCES else f"modules/mau/{path}": data.encode() for path, data in GOOD.items()}
    files["modules/mau/questions/nhap.md"] = written(
        [Item("x", "single_choice", stem, choices, "mot", ("A1",), 1)]
    ).encode()

    report = checker.check(files, kinds=CHECKS, on=TODAY)

    assert [fault for fault in report.faults if fault.file.endswith("nhap.md") and fault.code in SHAPE] == []


@settings(max_examples=50, deadline=None)
@given(some.lists(some.tuples(LINE, some.booleans(), some.booleans()), max_size=6))
def test_marked_runs_keep_their_words(pieces):
    line = from_runs(Run(*piece) for piece in pieces)
    assume(not looks_like_legacy_font(line))

    shown = squeeze(clean("".join(text for text, *_marks in pieces)))
    item = Item(
        "a", "true_false", line or "x", (Choice("Đúng", True, "x"), Choice("Sai", False, "x")), "mot", ("A1",), 1
    )
    [question], faults = checked(written([item]))
    assert faults == []
    told = unescape(re.sub(r"<[^>]*>", "", question.html))
    assert re.sub(r"\s", "", told) == re.sub(r"\s", "", shown or "x").replace("Ð", "Đ" if "Đ" in told else "Ð")


@pytest.mark.parametrize(
    ("html", "block", "lost"),
    [
        ("<p>Việc nào <b>không</b> đúng?</p>", "Việc nào **không** đúng?", []),
        ("<p>Một<br>Hai</p><p>Ba</p>", "Một\n\nHai\n\nBa", []),
        ("Chọn:<ul><li>một</li><li>hai</li></ul>", "Chọn:\n\n- một\n- hai", []),
        ("<ol><li>một<li>hai</ol>", "1. một\n2. hai", []),
        ("a &lt;b&gt; &amp;amp; c", "a &lt;b> &amp;amp; c", []),
        ("x < 5 và y > 3", "x < 5 và y > 3", []),
        ('<img src="a.png">Hình', "Hình", ["hình ảnh"]),
        ("<a href='x'>Luật</a>", "Luật", ["liên kết (chữ vẫn giữ)"]),
        ("<script>alert(1)</script>Lời", "Lời", ["mã lệnh"]),
        ('<span style="color:red">đỏ</span>', "đỏ", ["kiểu chữ HTML (chữ vẫn giữ)"]),
        ("H<sub>2</sub>O", "H2O", ["chỉ số trên hoặc dưới (chữ vẫn giữ)"]),
        ("<!-- ẩn -->thấy<!-- hở", "thấy<!-- hở".replace("<!", "&lt;!"), []),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b", ["bảng hoặc công thức (chữ vẫn giữ)"]),
    ],
)
def test_html_becomes_markdown_and_names_what_is_lost(html, block, lost):
    found = from_html(html)

    assert (found.block, list(found.lost)) == (block, lost)


@settings(max_examples=60, deadline=None)
@given(some.lists(some.tuples(some.sampled_from(["Đúng", "Sai", "a", "b", "c"]), some.booleans()), max_size=9))
def test_our_kinds_ask_the_same_of_options_as_the_quizzes_do(pairs):
    for kind, refusal in CHOICES.items():
        ours = refusal([Choice(text, is_right) for text, is_right in pairs])
        theirs = CHECKS[kind]([Option("abcdefghi"[at], text, right, "") for at, (text, right) in enumerate(pairs)])
        assert bool(ours) == bool(theirs), (kind, ours, theirs)
