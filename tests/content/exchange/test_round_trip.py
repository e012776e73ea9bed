"""What goes out comes back the same: through our own reader, and through Moodle's rules as they are written down."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some

from lms.content.exchange import cloze, to_gift, to_moodle_xml, to_sheet
from lms.content.exchange.answers import Given, take_numbers, take_order, take_pairs, take_words, word_choices
from lms.content.exchange.items import Choice, Draft, Reading
from lms.content.exchange.markdown import escape, paragraphs, written
from lms.content.expected import words_of
from lms.content.frontmatter import Page
from lms.content.questions import blocks, read_question
from lms.content.rules import Difficulty, Option, Question
from lms.quizzes.kinds import CHECKS
from lms.richtext import render_inline
from tests.content.exchange.files import checked, imported, told
from tests.content.exchange.test_markdown import WORDS, options_of

MODULES = Path(__file__).parents[3] / "content" / "modules"
WRITERS = {"gift": to_gift.write, "moodle-xml": to_moodle_xml.write}
FRACTIONS = [100, 90, 83.33333, 80, 75, 70, 66.66667, 60, 50, 40, 33.33333, 30, 25, 20, 16.66667, 14.28571, 12.5]
FRACTIONS += [11.11111, 10, 5, 0]


def again(questions: list[Question], form: str) -> list[Question]:
    """The questions after a journey out and back, as the checker reads them."""
    found = imported("a", WRITERS[form](questions), form=form)
    assert (told(found), told(found, "warning")) == ([], [])
    read, faults = checked(found.markdown)
    assert faults == []
    return read


def meaning(question: Question) -> tuple[object, ...]:
    """What a question asks and how it marks; letters mean nothing where numbers are typed or lines put in order."""
    options: list[object] = [(one.id, one.html, one.is_right, one.explanation) for one in question.options]
    if question.kind in ("numeric", "ordering"):
        options = sorted((one.html, one.is_right, one.explanation) for one in question.options)
    if question.kind == "gap_text":
        options = [(one.html, one.is_right, one.explanation) for one in question.options]
    where = (question.lesson, question.passage, question.sources, question.topic, question.difficulty)
    return (question.id, question.kind, question.html, options, *where)


def _choices(draw, reading: Reading, draft: Draft) -> None:
    texts = draw(options_of(3))
    right = draw(some.integers(1, 2 ** len(texts) - 2))
    draft.options = [Choice(escape(text), bool(right >> at & 1), escape(draw(WORDS))) for at, text in enumerate(texts)]
    if draw(some.integers(0, 4)) == 0:
        draft.options = [
            Choice("Đúng", bool(right & 1), escape(texts[0])),
            Choice("Sai", not right & 1, escape(texts[1])),
        ]
    reading.take(draft)


NUMBERS = some.decimals(-10_000, 10_000, places=2).map(lambda number: f"{number:f}")
WEIGHTS = some.lists(some.sampled_from([100, 0]), max_size=3).map(lambda weights: [100, *weights])


def _numbers(draw, reading: Reading, draft: Draft) -> None:
    within = some.sampled_from(["0", "1", "9.5"])
    found = [Given(draw(NUMBERS), weight, escape(draw(WORDS)), draw(within)) for weight in draw(WEIGHTS)]
    take_numbers(reading, draft, found, draw(some.sampled_from(["", "người", "%", "triệu đồng", "m²"])))


def _words(draw, reading: Reading, draft: Draft) -> None:
    texts = [text.replace("*", "\\*") for text in draw(options_of(4))]
    found = [Given(text, weight, escape(draw(WORDS))) for weight, text in zip(draw(WEIGHTS), texts, strict=False)]
    take_words(reading, draft, found, with_case=draw(some.booleans()))


def _pairs(draw, reading: Reading, draft: Draft) -> None:
    texts = draw(options_of(3))
    rights = some.sampled_from(["Ottawa", "a -> b", "<b>x</b> & {y}", "50%", "1 = 1"])
    pairs = [(escape(text), escape(draw(rights))) for text in texts]
    take_pairs(reading, draft, pairs, [escape(draw(WORDS)) for _text in texts])


def _order(draw, reading: Reading, draft: Draft) -> None:
    texts = draw(options_of(3))
    take_order(reading, draft, list(map(escape, texts)), [escape(draw(WORDS)) for _text in texts])


def _gaps(draw, reading: Reading, draft: Draft) -> None:
    text = "Thủ đô là {1:SHORTANSWER:=x}, ở {1:MC:=y~z} {}."
    cloze.take(Reading(), draft, text, "html")
    typed, listed = Draft(1), [f"(2) {escape(text.replace(chr(92), ''))}" for text in draw(options_of(3))]
    words_of_gap = [text.replace("\\", "").replace("*", "\\*") for text in draw(options_of(2))]
    found = [Given(text, 100, escape(draw(WORDS))) for text in words_of_gap]
    words = word_choices(typed, found, with_case=draw(some.booleans()))
    draft.options = [replace(one, text=f"(1) {one.text}") for one in words]
    draft.options += [Choice(text, at == 1, escape(draw(WORDS))) for at, text in enumerate(listed)]
    draft.name = "trong"
    reading.take(draft)


def _essay(draw, reading: Reading, draft: Draft) -> None:
    draft.kind = "free_text"
    notes = [Choice(f"{escape(text)} (2 điểm)", True, escape(draw(WORDS))) for text in draw(options_of(2))]
    draft.options = [*notes, Choice("Bài trả lời mẫu (không quá 80 từ)", False, escape(draw(WORDS)))]
    reading.take(draft)


@some.composite
def questions(draw, *kinds) -> Question:
    draft = Draft(1, stem=paragraphs("\n".join(draw(some.lists(WORDS, min_size=1, max_size=3)))))
    draft.topic = draw(some.sampled_from(["", "to-chuc", "Tổ chức [1] / hai"]))
    draft.difficulty = draw(some.sampled_from(Difficulty))
    reading = Reading()
    draw(some.sampled_from(kinds or (_choices, _choices, _numbers, _words, _pairs, _order, _gaps, _essay)))(
        draw, reading, draft
    )
    read, _faults = checked(written(reading.items("mot", ["A1"], ())))
    return read[0] if read else Question("a", "true_false", "mot", ("A1",), "<p>x</p>", NO)


NO = (Option("a", "Đúng", False, "1"), Option("b", "Sai", True, "2"))


@pytest.mark.parametrize("form", WRITERS)
@settings(max_examples=25, deadline=None)
@given(some.lists(questions(), min_size=1, max_size=3, unique_by=lambda question: question.id))
def test_any_question_comes_back_the_same(form, given_questions):
    carried = [
        one for one in given_questions if form != "gift" or one.kind not in ("ordering", "gap_text", "free_text")
    ]

    assert [*map(meaning, again(carried, form) if carried else [])] == [*map(meaning, carried)]


@settings(max_examples=15, deadline=None)
@given(questions(_order))
def test_an_order_comes_back_from_gift_without_its_explanations(question):
    assume(question.kind == "ordering")

    [item] = imported("a.gift", to_gift.write([question])).items

    found = sorted((render_inline(one.text).html, one.explanation) for one in item.options)
    assert found == sorted((one.html, "") for one in question.options)


def a_bank(file: Path) -> list[Question]:
    page = Page({"a.md": re.sub(r"(?m)^(lesson|sources): .*", r"\1: X", file.read_text("utf-8")).encode()}, "a.md")
    read = [read_question(page, block, CHECKS, {"X": ""}, None) for block in blocks(page)]
    return [replace(one, lesson="mot", sources=("A1",)) for one in read if one]


def in_words(question: Question) -> tuple[object, ...]:
    """The same without marks, as a cell holds it."""
    options = [(words_of(one.html), one.is_right, words_of(one.explanation)) for one in question.options]
    order = sorted(options) if question.kind in ("numeric", "short_text", "ordering") else options
    where = (question.lesson, question.sources, question.topic, question.difficulty)
    return (question.id, question.kind, words_of(question.html), order, *where)


@pytest.mark.parametrize("file", sorted(MODULES.glob("*/questions/*.md")), ids=lambda file: file.stem)
def test_our_own_banks_come_back_from_a_sheet_in_their_words(file):
    bank = [replace(one, topic="to-chuc", difficulty=Difficulty.HARD) for one in a_bank(file)]
    bank = [one for one in bank if to_sheet.carries(one)]

    found = imported("a.xlsx", to_sheet.write(bank))
    read, faults = checked(found.markdown)

    lost = {one.id for one in bank if "lời giải thích riêng của từng đáp án đúng" in to_sheet.losses(one)}
    assert (told(found), told(found, "warning"), faults, len(lost) < 2) == ([], [], [], True)
    assert [in_words(one) for one in read if one.id not in lost] == [
        in_words(one) for one in bank if one.id not in lost
    ]


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("file", sorted(MODULES.glob("*/questions/*.md")), ids=lambda file: file.stem)
def test_our_own_banks_come_back_the_same(file, form):
    carried = [one for one in a_bank(file) if form != "gift" or one.kind not in ("ordering", "gap_text", "free_text")]
    assert len(carried) > 5
    assert [*map(meaning, again(carried, form))] == [*map(meaning, carried)]


# --- Moodle's own way of reading GIFT, written down from its rules ----------------------------------------------------

SIGNS = {"\\:": "&&058;", "\\#": "&&035;", "\\=": "&&061;", "\\{": "&&123;", "\\}": "&&125;", "\\~": "&&126;"}
SIGNS["\\n"] = "&&010"


def shown(text: str) -> str:
    for sign, hidden in SIGNS.items():
        text = text.replace(hidden, "\n" if sign == "\\n" else sign[1])
    return text.strip()


def as_moodle(block: str) -> dict[str, object]:
    text = "\n".join(line.strip() for line in block.split("\n") if not line.strip().startswith("//"))
    text = text.replace("\\\\", "&&092;")
    for sign, hidden in SIGNS.items():
        text = text.replace(sign, hidden)
    text = text.replace("&&092;", "\\")
    assert text.startswith("::")
    name, _, text = text[2:].partition("::")
    start, end = text.index("{"), text.index("}")
    answers, stem = text[start + 1 : end].strip(), text[:start].strip()
    assert (text[end + 1 :].strip(), stem[:6], "####" in answers) == ("", "[html]", False)
    if "~" not in answers:
        key, wrong, right = answers.split("#", 2)
        return {
            "name": name,
            "stem": shown(stem[6:]),
            "true": key.strip(),
            "wrong": shown(wrong),
            "right": shown(right),
        }
    read = []
    for answer in answers.replace("=", "~=").split("~")[1:]:
        answer, weight = answer.strip(), 0.0
        if answer.startswith("="):
            answer, weight = answer[1:], 100.0
        elif match := re.match(r"%(-*[0-9]{1,2}\.?[0-9]*)%", answer):
            answer, weight = answer[match.end() :], float(match[1])
        words, _, why = answer.partition("#")
        assert not re.match(r"\s*\[(html|moodle|plain|markdown)\]", words)
        read.append((weight, shown(words), shown(why)))
    return {"name": name, "stem": shown(stem[6:]), "single": "=" in answers, "answers": read}


@settings(max_examples=30, deadline=None)
@given(questions(_choices))
def test_moodle_reads_our_gift_as_the_same_question(question):
    category, block = [block for block in to_gift.write([question]).split("\n\n") if block.strip()]
    assert category == f"$CATEGORY: $course$/top/{(question.topic or 'mot').replace('/', '//')}"

    read = as_moodle(block)

    def words(html: str) -> str:
        return html.replace("&#91;", "[").replace("&#37;", "%").strip()

    assert (read["name"], words(str(read["stem"]))) == (question.id, words(question.html))
    if question.kind == "true_false":
        right = next(option for option in question.options if option.is_right)
        assert (read["true"] == "TRUE") == (right.id == "a")
        assert words(str(read["right"])) == words(right.explanation)
        return
    assert read["single"] == (question.kind == "single_choice")
    weights = [weight for weight, _text, _why in read["answers"]]
    assert [(words(t), words(w)) for _n, t, w in read["answers"]] == [
        (words(option.html), words(option.explanation)) for option in question.options
    ]
    assert [weight > 0 for weight in weights] == [option.is_right for option in question.options]
    assert all(min(abs(abs(weight) - known) for known in FRACTIONS) < 0.00001 for weight in weights)
    assert abs(sum(weight for weight in weights if weight > 0) - 100) < 0.01


def test_texts_that_gift_would_misread_at_their_beginning_are_kept():
    options = (Option("a", "%50% số phiếu", True, "[html] x"), Option("b", "[plain] chữ", False, "%5%"))
    bank = [Question("a", "single_choice", "mot", ("A1",), "<p>[moodle] lời</p>", options)]

    assert again(bank, "gift") == bank


def test_the_end_of_a_cdata_section_inside_a_text_is_kept():
    options = (Option("a", "]]&gt;", True, "a ]]&gt; b"), Option("b", "x", False, "y"))
    bank = [Question("a", "single_choice", "mot", ("A1",), "<p>]]&gt;</p>", options)]

    assert again(bank, "moodle-xml") == bank
    assert "]]]]><![CDATA[>" in to_moodle_xml.write([Question("a", "single_choice", "m", (), "]]>", options)])


def test_numbers_of_sources_stay_at_home():
    html = '<p>Một phần ba.<sup class="cite"><a href="#nguon-C6">1</a></sup></p>'
    bank = [Question("a", "true_false", "mot", ("A1",), html, NO)]

    assert "cite" not in to_gift.write(bank) + to_moodle_xml.write(bank)


# --- What Moodle's own import classes were seen to read as these questions --------------------------------------------


def lines(*texts: str, right: str = "abc") -> tuple[Option, ...]:
    return tuple(
        Option(letter, text, letter in right, f"vì {letter}") for letter, text in zip("abcd", texts, strict=False)
    )


ALL_KINDS = [
    Question("so", "numeric", "mot", ("A1",), "<p>Mấy?</p>", lines("3 người", "2,5 ± 0,5 người", right="b"), "to-chuc"),
    Question("chu", "short_text", "mot", (), "<p>Ai?</p>", lines("Ủy ban (chấp nhận không dấu)", "[x] *", right="a")),
    Question(
        "ghep", "matching", "mot", (), "<p>Ghép</p>", lines("<em>a</em> =&gt; 1 &lt; 2", "1. b =&gt; {2}", "c =&gt; 3")
    ),
    Question("xep", "ordering", "mot", (), "<p>{Xếp}</p>", lines("2. = hai", "1. [html] {một}", "3. // ba \\n")),
    Question(
        "trong",
        "gap_text",
        "mot",
        (),
        "<p>Ở …(1)… và …(2, chọn)….</p>",
        lines("(1) Huế (chấp nhận không dấu)", "(2) đó # &lt;", "(2) kia", right="ab"),
    ),
]
ALL_GIFT = r"""$CATEGORY: $course$/top/to-chuc

// [id:so] [tag:bai:mot] [tag:nguon:A1] [tag:chu-de:to-chuc] [tag:don-vi:người]
::so::[html]<p>Mấy?</p>{#
	=%100%2.5:0.5#vì b
	=%0%3:0#vì a
}

$CATEGORY: $course$/top/mot

// [id:chu] [tag:bai:mot]
::chu::[html]<p>Ai?</p>{
	=%100%Ủy ban#vì a
	=%100%uy ban#vì a
	=%0%[plain][x] \\*#vì b
}

// [id:ghep] [tag:bai:mot]
::ghep::[html]<p>Ghép</p>{
	=<em>a</em> -> 1 &lt; 2
	=1. b -> \{2\}
	=c -> 3
	####<dl><dt><em>a</em></dt><dd>vì a</dd><dt>1. b</dt><dd>vì b</dd><dt>c</dt><dd>vì c</dd></dl>
}

// [id:xep] [tag:bai:mot]
::xep::[html]<p>&\#123;Xếp&\#125;</p>{>3 ALL VERTICAL RELATIVE_ALL_PREVIOUS_AND_NEXT SHOW
&#91;html] &#123;một&#125;
= hai
&#47;/ ba &#92;n
}
"""


def test_every_kind_is_written_in_gift_as_moodle_was_seen_to_read_it():
    assert to_gift.write(ALL_KINDS) == ALL_GIFT


@pytest.mark.parametrize(
    ("at", "inside"),
    [
        (
            0,
            '<answer fraction="100" format="moodle_auto_format"><text>2.5</text><feedback format="html">'
            "<text><![CDATA[vì b]]></text></feedback><tolerance>0.5</tolerance></answer>",
        ),
        (0, "<units><unit><multiplier>1</multiplier><unit_name>người</unit_name></unit></units>"),
        (0, "<showunits>0</showunits>"),
        (1, "<usecase>0</usecase>"),
        (1, '<answer fraction="0" format="moodle_auto_format"><text>[x] \\*</text>'),
        (2, '<question type="matching">'),
        (2, "<![CDATA[<dl><dt><em>a</em></dt><dd>vì a</dd><dt>1. b</dt><dd>vì b</dd><dt>c</dt><dd>vì c</dd></dl>]]>"),
        (2, "<answer><text><![CDATA[1 &lt; 2]]></text></answer></subquestion>"),
        (3, "<gradingtype>RELATIVE_ALL_PREVIOUS_AND_NEXT</gradingtype>"),
        (
            4,
            "<p>Ở {1:SHORTANSWER:=Huế#vì a~=hue#vì a} và "
            "{1:MULTICHOICE_S:=đó &#35; &#38;lt;#vì b~%0%kia#vì c}.</p>]]></text>",
        ),
        (3, '<answer fraction="1" format="html"><text><![CDATA[[html] {một}]]></text></answer>'),
    ],
)
def test_every_kind_is_written_in_xml_as_moodle_was_seen_to_read_it(at, inside):
    assert inside in to_moodle_xml.write([ALL_KINDS[at]])
