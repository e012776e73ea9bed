"""What a reading is worth, and the places of a text to which a link can lead."""

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis.strategies import booleans, integers, lists, none, sampled_from

from lms.lessons.rules import Standing, dressed, standing
from lms.richtext import render

TEXT = """Mở đầu.[^A1] Nhắc lại.[^A1][^B2]

## Việc đầu

- một [xem](bai:hai)
- hai

| A | B |
|---|---|
| x | 1 |

### Việc nhỏ

Chữ `id="muc-x"` và ` href="#nguon-C3"` chỉ là chữ.
"""


def html_of(markdown: str) -> str:
    return render(markdown, lesson_url=lambda key: key).html


def test_a_reading_counts_until_the_author_asks_for_another():
    assert standing(None, 1, is_changed=False) == Standing.UNREAD
    assert standing(1, 1, is_changed=False) == Standing.READ
    assert standing(1, 1, is_changed=True) == Standing.CHANGED
    assert standing(1, 2, is_changed=True) == Standing.AGAIN
    assert standing(1, 2, is_changed=False) == Standing.AGAIN


@given(none() | integers(1, 9), integers(1, 9), booleans())
def test_a_changed_text_alone_never_takes_a_reading_away(read_version, read_since, is_changed):
    counts = standing(read_version, read_since, is_changed=is_changed) in (Standing.READ, Standing.CHANGED)

    assert counts == (read_version is not None and read_version >= read_since)


def test_every_block_and_every_first_citation_can_be_linked_to():
    shown = dressed(html_of(TEXT))

    assert shown.paragraphs == ("doan-0", "muc-viec-dau", "doan-2", "doan-3", "muc-viec-nho", "doan-5")
    assert re.findall(r' id="([^"]+)"', re.sub(r">[^<]*", ">", shown.html)) == [
        "doan-0",
        "trich-A1",
        "trich-B2",
        "muc-viec-dau",
        "doan-2",
        "doan-3",
        "muc-viec-nho",
        "doan-5",
    ]
    assert shown.html.count('href="#nguon-A1"') == 2


def test_nothing_else_changes():
    html = html_of(TEXT)

    assert re.sub(r' id="(?:doan|trich)-\w+"', "", dressed(html).html) == html


def test_a_lesson_among_others_keeps_its_anchors_apart():
    shown = dressed(html_of(TEXT), name="1.2", lessons={"hai": "#bai-1.3"}).html

    tags = re.findall(r"<[^/][^>]*>", shown)
    ids = [name for tag in tags for name in re.findall(r' id="([^"]+)"', tag)]
    assert [name for name in ids if not name.startswith("1.2-")] == []
    assert [tag for tag in tags if "href" in tag and 'href="#1.2-nguon-' not in tag] == ['<a href="#bai-1.3">']
    assert '<h4 id="1.2-muc-viec-dau">Việc đầu</h4>' in shown
    assert '<h5 id="1.2-muc-viec-nho">Việc nhỏ</h5>' in shown
    assert 'aria-label="Bảng, bài 1.2"' in shown
    assert 'id="muc-x"' in shown  # an author's words stay as they are


class Children(HTMLParser):
    """The ids of the outermost elements, as a browser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.depth, self.ids = 0, list[str | None]()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0:
            self.ids.append(dict(attrs).get("id"))
        self.depth += tag not in ("br", "hr", "img")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1


@given(lists(sampled_from(["## Mục", "Đoạn *nghiêng*", "> trích", "***", "1. a\n2. b", "| a |\n|---|\n| b |"])))
def test_paragraphs_are_counted_as_a_browser_counts_the_children(blocks):
    shown = dressed(html_of("\n\n".join(blocks)))

    assert shown.paragraphs == tuple(Children(shown.html).ids)
    assert len(shown.paragraphs) == len(set(shown.paragraphs))
