"""The marked text holds both texts: without what was taken away it is the later one, and the other way round."""

import re
import time
from html.parser import HTMLParser

import pytest
from bleach._vendor import html5lib
from hypothesis import given
from hypothesis.strategies import composite, integers, lists, sampled_from

from lms.content.changes import is_changed, marked
from lms.richtext import render

LINES = (
    "Cán bộ gặp người lao động.",
    "Cán bộ **phải chủ động** gặp *từng* người.",
    "Mức **500.000 đồng**, trước là 300.000 đồng.[^A1]",
    "Xem [Điều 5](https://luat.vn/5) và [Điều 6](https://luat.vn/6).[^A1][^B2]",
    "1 < 2 & 3 > 2; \"trích\" 'dẫn'",
    "## Phân công",
    "### Việc nhỏ",
    "- một\n- hai\n    - hai rưỡi",
    "- một\n- ba",
    "1. đầu\n2. sau",
    "| Cột | Giá |\n|---|--:|\n| x | 5 |\n| y | 6 |",
    "| Cột | Giá | Thêm |\n|---|--:|---|\n| x | 7 | z |",
    "> Trích **lời**",
    '!!! note "Ghi nhớ"\n    Hộp có *chữ*.',
    "!!! todo\n    Hộp có chữ khác.",
    "***",
)
documents = lists(sampled_from(LINES), max_size=7)


@composite
def edits(draw):
    """A document and what an author made of it: words and blocks come, go and change."""
    before = draw(documents)
    after = list(before)
    for _ in range(draw(integers(0, 4))):
        place = draw(integers(0, len(after)))
        if after and place < len(after) and draw(sampled_from([True, False])):
            words = after[place].split(" ")
            words[draw(integers(0, len(words) - 1))] = draw(sampled_from(["thêm chữ", "", "**đậm**", "[^C3]"]))
            after[place : place + 1] = [" ".join(words)] * draw(sampled_from([0, 1, 2]))
        else:
            after.insert(place, draw(sampled_from(LINES)))
    return html_of(before), html_of(after)


def html_of(blocks: list[str]) -> str:
    return render("\n\n".join(blocks)).html


class Words(HTMLParser):
    """The text that is shown, without one kind of mark; blocks part words, inline elements do not."""

    def __init__(self, html: str, leaving_out: str = "") -> None:
        super().__init__()
        self.leaving_out, self.depth, self.text, self.tags = leaving_out, 0, "", list[str]()
        self.feed(str(html))
        self.close()
        assert self.tags == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("br", "hr", "img"):
            self.tags.append(tag)
        self.depth += tag == self.leaving_out
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag
        self.depth -= tag == self.leaving_out
        self._part(tag)

    def _part(self, tag: str) -> None:
        if tag not in ("a", "em", "strong", "sup", "ins", "del"):
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        self.text += "" if self.depth else data


def text(html: str, *, without: str = "") -> str:
    return " ".join(Words(html, without).text.split())


def letters(html: str, *, without: str = "") -> str:
    return "".join(Words(html, without).text.split())


@given(edits())
def test_the_marked_text_holds_both_texts(both):
    before, after = both

    shown = marked(before, after)

    assert text(shown, without="del") == text(after)
    assert letters(shown, without="ins") == letters(before)


@given(edits())
def test_the_marked_text_is_sound_html_with_no_more_than_was_there(both):
    before, after = both

    shown = marked(before, after)

    html5lib.HTMLParser(strict=True).parseFragment(shown)
    names = set(re.findall(r"<(\w+)", shown))
    assert names <= {*re.findall(r"<(\w+)", before + after), "ins", "del"}
    assert re.findall(r' id="([^"]+)"', shown) == re.findall(r' id="([^"]+)"', after)
    labels = re.findall(r'aria-label="([^"]+)"', shown)
    assert len(labels) == len(set(labels))


@given(edits())
def test_marks_stand_where_something_changed_and_nowhere_else(both):
    before, after = both

    assert marked(before, before) == marked(after, before) or is_changed(before, after)
    assert not re.search("<(ins|del)>", marked(after, after))
    if letters(before) != letters(after):
        assert is_changed(before, after)
        assert re.search("<(ins|del)>", marked(before, after))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Mức là 300.000 đồng.", "Mức là 500.000 đồng.", "<p>Mức là<del> 300.000</del><ins> 500.000</ins> đồng.</p>"),
        ("Gặp **người** đó.", "Gặp **mọi người** đó.", "<p>Gặp<strong><ins> mọi</ins> người</strong> đó.</p>"),
        ("Hết.", "Hết. Thêm câu.", "<p>Hết.<ins> Thêm câu.</ins></p>"),
        ("Bỏ *cả cụm* này đi nhé.", "Bỏ này đi nhé.", "<p>Bỏ<del> <em>cả cụm</em></del> này đi nhé.</p>"),
    ],
)
def test_only_the_words_that_changed_are_marked(before, after, shown):
    assert marked(render(before).html, render(after).html).strip() == shown


def test_a_rewritten_cell_stays_one_cell_and_a_longer_row_becomes_another_row():
    shown = marked(render("| A | B |\n|---|---|\n| x | 5 |").html, render("| A | B |\n|---|---|\n| x | 7 |").html)

    assert "<td><del>5</del><ins>7</ins></td>" in shown
    assert shown.count("<td>") == 2


def test_what_looks_the_same_has_not_changed():
    assert not is_changed("<p>Một  hai</p>\n\n<p>Ba</p>", "<p>Một\nhai</p><p>Ba</p>")
    assert is_changed("<p>Một</p>", "<p>Một.</p>")
    assert is_changed('<p><a href="/a">Một</a></p>', '<p><a href="/b">Một</a></p>')


def test_words_of_an_author_stay_words():
    shown = marked("<p>a &lt;script&gt; b</p>", "<p>a &lt;b onclick=&quot;x&quot;&gt; &amp;lt; b</p>")

    assert "<script" not in shown
    assert "<b " not in shown
    assert text(shown, without="del") == 'a <b onclick="x"> &lt; b'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>" + "a b " * 20_000 + "</p>", "<p>" + "b c " * 20_000 + "</p>"),
        ("<p>a b</p>" * 2_000, "<p>b a</p>" * 2_000),
        ("<p>" + "a b " * 240 + "</p>" + "<p>" + "c d " * 240 + "</p>", "<p>" + "b a c " * 160 + "</p>"),
        ("<ul><li>" * 60 + "a" + "</li></ul>" * 60, "<ul><li>" * 60 + "b" + "</li></ul>" * 60),
    ],
    ids=["one long block", "many short blocks", "words that come again and again", "deep"],
)
def test_hostile_lengths_are_marked_in_a_bounded_time(before, after):
    start = time.process_time()

    shown = marked(before, after)

    assert time.process_time() - start < 5
    assert letters(shown, without="del") == letters(after)
