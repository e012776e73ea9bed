"""Markdown becomes HTML as the authors' handbook says, nothing hostile comes through, and nothing takes long.

Two judges look at what comes out. One parses it with html5lib against an allow-list written here a second time, lest
`ALLOWED` widen unnoticed. The other is Chromium without any Content-Security-Policy: it meets the outputs as a page and
through innerHTML, fires likely events, follows every link, and tells what ran and what was asked for.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from unittest import mock

import bleach
import markdown
import pytest
from bleach._vendor import html5lib  # a real HTML parser, and bleach pins it
from hypothesis import given, settings
from hypothesis import strategies as some
from markupsafe import Markup
from playwright.sync_api import Browser

from lms import richtext
from lms.richtext import TooCostly, clean, first_wall, paragraphs, render, render_inline, second_wall
from tests.attacks import ATTACKS, BOMBS

XHTML = "{http://www.w3.org/1999/xhtml}"
INLINE = {"a", "em", "strong", "sup"}
BLOCKS = {"abbr", "img", "small", "blockquote", "br", "div", "h2", "h3", "hr", "li", "ol", "p", "ul"}
BLOCKS |= {"table", "tbody", "td", "th", "thead", "tr"}
CLASSES = {
    ("sup", "cite"),
    ("p", "callout-title"),
    ("small", "gloss"),
    ("div", "table-scroll"),
    *(("div", f"callout callout-{kind}") for kind in ("note", "case", "todo", "warning")),
    *((cell, f"align-{side}") for cell in ("td", "th") for side in ("right", "center")),
}
FIXED = {
    ("a", "rel"): "noopener noreferrer",
    ("div", "tabindex"): "0",
    ("div", "role"): "region",
    ("th", "scope"): "col",
    ("img", "loading"): "lazy",
}
PICTURE = "/content/images/" + "0123456789abcdef" * 4


def lesson_url(lesson: str) -> str | None:
    return f"/lessons/{lesson}" if lesson in ("so-luong", "x") else None


def image_url(path: str) -> tuple[str, int, int] | None:
    return (PICTURE, 640, 480) if path == "images/so-do.png" else None


GLOSSARY = {"CĐCS": "công đoàn cơ sở", "BCH": "<img src=x onerror=alert(1)>", "TLĐ": "Tổng Liên đoàn"}


WAYS: dict[str, Callable[[str], str]] = {
    "render": lambda text: render(text, lesson_url=lesson_url, image_url=image_url, glossary=GLOSSARY).html,
    "render_inline": lambda text: render_inline(text).html,
    "clean": clean,
    "first wall alone": lambda text: "".join(map(first_wall, _as_html(text))),
    "second wall alone": lambda text: "".join(map(second_wall, _as_html(text))),
}


def _as_html(text: str) -> tuple[str, str]:
    """What a wall alone has to hold against: the text itself, and what Python-Markdown as it comes makes of it.

    Surrogates are left out, as `clean` does before it calls the walls, for nothing can send them.
    """
    html = text.encode("utf-8", "ignore").decode()
    return html, markdown.markdown(html, extensions=["extra"])


def faults_in(html: str, elements: set[str] = INLINE | BLOCKS) -> list[str]:
    """What an HTML parser finds in the text that should not be there."""
    return list(_faults(html5lib.parseFragment(html), elements))


def _faults(root, elements: set[str]) -> Iterator[str]:
    for element in root.iter():
        if element is root:
            continue
        if not isinstance(element.tag, str) or element.tag.removeprefix(XHTML) not in elements:
            yield f"element {element.tag}"
            continue
        for name, value in element.items():
            if not _may_have(element.tag.removeprefix(XHTML), name, value):
                yield f"attribute {element.tag.removeprefix(XHTML)} {name}={value!r}"


def _may_have(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return (tag, value) in CLASSES
    if (tag, name) == ("a", "href"):
        return _leads_to_the_web_or_to_us(value)
    if name == "id":
        return tag in ("h2", "h3") and value.startswith("muc-")
    if (tag, name) == ("img", "src"):
        return value == PICTURE
    if (tag, name) == ("img", "alt"):
        return bool(value)
    if tag == "img" and name in ("width", "height"):
        return value.isascii() and value.isdigit()
    if (tag, name) == ("ol", "start"):
        return value.isdigit()
    if (tag, name) == ("div", "aria-label"):
        return value.startswith("Bảng")
    return FIXED.get((tag, name)) == value


def _leads_to_the_web_or_to_us(href: str) -> bool:
    """As a browser reads an address: it trims controls and blanks, skips tabs and line ends, takes \\ for /."""
    seen = re.sub(r"[\t\n\r]", "", href.strip("".join(map(chr, range(33))))).replace("\\", "/")
    scheme = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*(?=:)", seen)
    return scheme[0].lower() in ("http", "https", "mailto") if scheme else not seen.startswith("//")


CITED = '<sup class="cite"><a href="#nguon-C6">1</a></sup>'
PAGE = "http://lms.test/bai-hoc"
WITNESS = "window.hits = []; window.alert = () => { try { top.hits.push('ran') } catch { hits.push('ran') } }"
PROVOKE = """
([outputs, events]) => {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (link && ["http:", "https:", "mailto:"].includes(link.protocol)) event.preventDefault();
  });
  for (const html of outputs) {
    const section = document.createElement("section");
    document.body.append(section);
    section.innerHTML = html;
  }
  const found = [...document.querySelectorAll("*")];
  for (const element of found)
    for (const name of events) element.dispatchEvent(new Event(name, { bubbles: true, cancelable: true }));
  const links = [...document.links];
  for (const link of links) link.click();
  const ours = found.filter((element) => !["html", "head", "body", "section"].includes(element.localName));
  return {
    sections: document.querySelectorAll("body > section").length,
    elements: [...new Set(ours.map((element) => element.namespaceURI + " " + element.localName))],
    attributes: [...new Set(found.flatMap((element) => element.getAttributeNames()))],
    protocols: [...new Set(links.map((link) => link.protocol))],
  };
}
"""
EVENTS = ["click", "focus", "mouseover", "load", "error", "toggle", "start", "animationstart", "beforetoggle"]


def witnessed(browser: Browser, outputs: list[str]) -> dict:
    """Show the outputs to Chromium, as a page and through innerHTML, and tell what it saw, ran and asked for."""
    page = browser.new_page()
    asked: list[str] = []
    dialogs: list[str] = []
    body = "<!doctype html><body>" + "".join(f"<section>{html}</section>" for html in outputs)
    page.add_init_script(WITNESS)
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.route("**/*", lambda route: route.abort())
    page.route(PAGE, lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=body))
    page.goto(PAGE)
    seen = page.evaluate(PROVOKE, [outputs, EVENTS])
    page.wait_for_timeout(300)
    seen |= {"hits": page.evaluate("window.hits"), "dialogs": dialogs, "asked": asked, "url": page.url}
    page.close()
    return seen


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_leaves_nothing_behind(name):
    for way, make in WAYS.items():
        assert faults_in(make(ATTACKS[name]), INLINE if way == "render_inline" else INLINE | BLOCKS) == [], way


@pytest.mark.browser
@pytest.mark.parametrize("way", WAYS)
def test_a_browser_runs_nothing_and_asks_for_nothing(browser, way):
    outputs = [WAYS[way](attack) for attack in ATTACKS.values()]

    seen = witnessed(browser, outputs)

    assert (seen["hits"], seen["dialogs"]) == ([], [])
    assert set(seen["asked"]) <= {PAGE, f"http://lms.test{PICTURE}"}
    assert seen["url"].partition("#")[0] == PAGE
    assert seen["sections"] == 2 * len(outputs)
    assert set(seen["elements"]) <= {f"{XHTML.strip('{}')} {tag}" for tag in INLINE | BLOCKS}
    assert set(seen["attributes"]) <= {
        *("alt", "aria-label", "class", "height", "href", "id", "loading", "rel", "role", "scope", "src", "start"),
        *("tabindex", "width"),
    }
    assert set(seen["protocols"]) <= {"http:", "https:", "mailto:"}


@pytest.mark.browser
def test_the_browser_would_see_what_a_hole_lets_through(browser):
    holes = [
        ATTACKS["script"],
        ATTACKS["image with a tracking address"],
        ATTACKS["javascript in HTML"],
        ATTACKS["svg"],
        ATTACKS["iframe"],
    ]

    seen = witnessed(browser, holes)

    assert len(seen["hits"]) >= 5
    assert "https://evil.test/pixel.png" in seen["asked"]
    assert "http://www.w3.org/2000/svg svg" in seen["elements"]
    assert "onload" in seen["attributes"]
    assert "javascript:" in seen["protocols"]


@pytest.mark.parametrize("name", ["script", "svg", "allowed element, handler", "javascript with a tab", "foreign id"])
def test_the_parser_would_see_what_a_hole_lets_through(name):
    assert faults_in(ATTACKS[name]) != []


def test_bleach_alone_takes_javascript_123_for_a_host_and_a_port():
    link = '<a href="javascript:123">x</a>'

    assert (bleach.clean(link), first_wall(link), second_wall(link)) == (link, "<a>x</a>", "<a>x</a>")


@pytest.mark.parametrize("wall", [first_wall, second_wall])
@pytest.mark.parametrize(
    "address",
    ["https://a.vn/&lt;b&gt;", "https://a.vn/&quot;x", "https://a.vn&Tab;/", "https://a.vn/\u202egnp.exe", "x&#58;y"],
)
def test_a_wall_judges_an_address_as_a_browser_reads_it(wall, address):
    assert wall(f"<a href='{address}'>x</a>") == "<a>x</a>"


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_over_soon(name):
    for make in (render, render_inline, clean):
        start = time.process_time()

        with suppress(TooCostly):
            make(BOMBS[name])

        assert time.process_time() - start < 5, make


def test_too_much_is_refused_at_once():
    text = ("Công đoàn. " * 1_000 + "\n\n") * 1_000

    for make in (render, render_inline, clean):
        start = time.process_time()

        with pytest.raises(TooCostly):
            make(text)

        assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Mở đầu.\n\n" + "[" * 2_001, "dòng 3"),
        ("Mở đầu.\n\n" + "chữ " * 5_001, "dòng 3"),
        ("Mở đầu.\n\n" + "một dòng\n" * 501, "dòng 3"),
        ("Mở đầu.\n\nHai\n" + ">" * 13 + " ba", "Dòng 4"),
        ("Mở đầu.\n\nHai\n" + " " * 52 + "- ba", "Dòng 4"),
        ("Mở đầu.\n\nHai\n" + "12345678901. " * 13 + "ba", "Dòng 4"),
        ("Mở đầu.\r\n\r\nHai\r\n" + "|" * 101, "Dòng 4"),
    ],
)
def test_a_refusal_names_the_line(text, place):
    with pytest.raises(TooCostly, match=place):
        render(text)


def test_a_layout_that_has_to_be_looked_at_again_and_again_is_refused():
    with pytest.raises(TooCostly, match="Bố cục"):
        render(("#\n" * 498 + "\n") * 98)


def test_blank_looking_lines_do_not_part_a_paragraph():
    with pytest.raises(TooCostly):
        render("\n\u00a0\n".join(["[" * 200] * 11))


def test_one_line_is_bounded_as_a_whole():
    with pytest.raises(TooCostly):
        render_inline("\n\n".join(["[" * 200] * 11))


LESSON = (
    """Ủy viên Ban Chấp hành không quá **một phần ba** tổng số ủy viên.[^C6] Xem *bài* [khác](bai:so-luong).

## Việc làm ngay thứ Hai tới

| Bước | Sản phẩm | Hạn |
|---|:-:|--:|
| 1. Chọn phạm vi | Kế hoạch một trang[^C7] | **Ngày 1** |
| 2. Báo trước | [Giấy báo](https://congdoan.vn/mau?id=1&v=2) | Ngày 2 |

!!! todo "Một giờ tập dượt"
    1. Xin phép chủ tịch.
    2. Lấy đúng ba thứ: quyết định, chứng từ, danh sách.

"""
    + "Một con số lệch có khi chỉ vì chứng từ nằm nhầm cặp. Hỏi trước khi viết thì kết luận chắc hơn. " * 5
    + "\n\n"
)


@pytest.mark.parametrize("times", [7, 40])
def test_a_long_lesson_passes(times):
    text = LESSON * times
    assert len(text.split()) >= 1_200

    rendered = render(text, lesson_url=lesson_url)

    assert (rendered.cited, len(rendered.headings)) == (("C6", "C7"), times)
    assert rendered.html.count("<table>") == times


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("Một **đậm**, *nghiêng*.", "<p>Một <strong>đậm</strong>, <em>nghiêng</em>.</p>"),
        ("Một\nđoạn.\n\nHai.", "<p>Một\nđoạn.</p>\n<p>Hai.</p>"),
        ("- một\n- hai\n    - con", "<ul>\n<li>một</li>\n<li>hai<ul>\n<li>con</li>\n</ul>\n</li>\n</ul>"),
        ("3. ba\n4. bốn", '<ol start="3">\n<li>ba</li>\n<li>bốn</li>\n</ol>'),
        ("> lời dẫn", "<blockquote>\n<p>lời dẫn</p>\n</blockquote>"),
        ("Trên\n\n---\n\nDưới", "<p>Trên</p>\n<hr>\n<p>Dưới</p>"),
        ("Không phải tiêu đề\n---", "<p>Không phải tiêu đề</p>\n<hr>"),
        ("Một  \nhai", "<p>Một<br>\nhai</p>"),
        ("R&D < 5 &amp; \"x\" 'y'", "<p>R&amp;D &lt; 5 &amp; \"x\" 'y'</p>"),
        ("Công ty <b>A</b> <!-- ghi chú -->", "<p>Công ty &lt;b&gt;A&lt;/b&gt; &lt;!-- ghi chú --&gt;</p>"),
        ("`mã` và\n\n    thụt vào", "<p>`mã` và</p>\n<p>thụt vào</p>"),
        ("![ảnh](https://a.vn/x.png)", "<p>![ảnh](https://a.vn/x.png)</p>"),
        ("Quỹ \\*A\\* \\[^C1]", "<p>Quỹ *A* [^C1]</p>"),
    ],
)
def test_plain_dialect(source, html):
    assert render(source).html == html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("[x](https://a.vn)", '<a href="https://a.vn" rel="noopener noreferrer">x</a>'),
        ("[*x*](http://a.vn:80/b?c=1&d=ă#e)", None),
        ("[x](https://a.vn/b_(c) 'tên')", '<a href="https://a.vn/b_(c)" rel="noopener noreferrer">x</a>'),
        ("<https://a.vn/b_c>", '<a href="https://a.vn/b_c" rel="noopener noreferrer">https://a.vn/b_c</a>'),
        ("[thư](mailto:a.b@c.vn)", '<a href="mailto:a.b@c.vn" rel="noopener noreferrer">thư</a>'),
        ("[bài **hai**](bai:so-luong)", '<a href="/lessons/so-luong">bài <strong>hai</strong></a>'),
        ("[bài lạ](bai:khong-co)", "bài lạ"),
        ("[**x**](javascript:alert(1))", "<strong>x</strong>"),
        ("[x](/admin) [y](#muc-a) [z](ftp://a.vn)", "x y z"),
        ("[x](mailto:a@b.vn?bcc=c@d.vn)", "x"),
        ("[x](https://congdoan.vn@evil.test/)", "x"),
        ("[x](httpſ://a.vn)", "x"),
        ("[x](https://a.vn/\u202egnp.exe)", "x"),
        ("[a <https://b.vn>](https://c.vn)", 'a <a href="https://b.vn" rel="noopener noreferrer">https://b.vn</a>'),
        ("[x][y]", "[x][y]"),
    ],
)
def test_links(source, html):
    if html is None:
        html = '<a href="http://a.vn:80/b?c=1&amp;d=ă#e" rel="noopener noreferrer"><em>x</em></a>'

    assert render(source, lesson_url=lesson_url).html == f"<p>{html}</p>"


def test_lesson_links_are_words_without_a_resolver_and_in_one_line():
    assert render("[hai](bai:x)").html == "<p>hai</p>"
    assert render_inline("[hai](bai:x)").html == "hai"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "//evil.test", "/\\evil.test", "data:text/html,x", "a b", "/x\n"]
)
def test_a_resolver_that_goes_wrong_meets_the_walls(address):
    assert render("[hai](bai:x)", lesson_url=lambda _id: address).html == "<p><a>hai</a></p>"


def test_citations_are_numbered_by_first_use_in_reading_order():
    source = "- một[^C7]\n\n    con[^C6]\n\n- hai[^C7]\n\nHết.[^M-2] Không: [^c1] [^1] [^] [^C 1] [^" + "A" * 22 + "]"

    rendered = render(source)

    assert rendered.cited == ("C7", "C6", "M-2")
    assert re.findall(r'<sup class="cite"><a href="#nguon-([\w-]+)">(\d)</a></sup>', rendered.html) == [
        ("C7", "1"),
        ("C6", "2"),
        ("C7", "1"),
        ("M-2", "3"),
    ]
    assert rendered.html.count("[^") == 5


def test_a_link_around_a_citation_gives_way():
    assert render("[xem **[^C6]**](https://a.vn)").html == f"<p>xem <strong>{CITED}</strong></p>"


def test_headings_get_ids_without_diacritics():
    rendered = render(
        "## Đoàn phí & *kinh phí*[^C6]\n\n### Đoàn phí, kinh phí\n\n# Một\n\n#### Bốn\n\n## ???\n\n## R&amp;D"
    )

    assert rendered.headings == (
        (2, "muc-doan-phi-kinh-phi", "Đoàn phí & kinh phí"),
        (3, "muc-doan-phi-kinh-phi-2", "Đoàn phí, kinh phí"),
        (2, "muc-mot", "Một"),
        (3, "muc-bon", "Bốn"),
        (2, "muc-phan", "???"),
        (2, "muc-r-d", "R&D"),
    )
    assert re.findall(r'<h(\d) id="([^"]+)"', rendered.html) == [
        (str(n), name) for n, name, _words in rendered.headings
    ]


def test_heading_ids_stay_unique_whatever_the_titles():
    rendered = render("\n\n".join(f"## {title}" for title in ["a", "a 2", "a", "A", "a-2", "a", "ạ" * 99, "ạ" * 98]))

    names = [name for _level, name, _words in rendered.headings]
    assert len(set(names)) == len(names) == 8


def test_tables_scroll_and_say_what_heads_a_column():
    first, second = render("| A | B | C |\n|---|:-:|--:|\n| 1 | 2 | 3 |\n\nvà\n\n| A | B |\n|---|---|").html.split(
        "<p>và</p>"
    )

    assert re.sub(r"\s*\n\s*", "", first) == (
        '<div aria-label="Bảng" class="table-scroll" role="region" tabindex="0"><table><thead><tr>'
        '<th scope="col">A</th><th class="align-center" scope="col">B</th><th class="align-right" scope="col">C</th>'
        '</tr></thead><tbody><tr><td>1</td><td class="align-center">2</td><td class="align-right">3</td>'
        "</tr></tbody></table></div>"
    )
    assert 'aria-label="Bảng 2"' in second


@pytest.mark.parametrize(
    ("kind", "default"), [("note", "Ghi chú"), ("case", "Tình huống"), ("todo", "Việc cần làm"), ("warning", "Lưu ý")]
)
def test_callouts(kind, default):
    body = f'<div class="callout callout-{kind}">\n<p class="callout-title">%s</p>\n<p>Nội dung.</p>\n</div>'

    assert render(f'!!! {kind} "Ở **CĐCS** A"\n    Nội dung.').html == body % "Ở <strong>CĐCS</strong> A"
    assert render(f"!!! {kind}\n    Nội dung.").html == body % default
    assert render(f'!!! {kind} ""\n    Nội dung.').html == body % default


def test_a_callout_holds_paragraphs_and_lists():
    html = render('!!! todo "Việc"\n    Một.\n\n    1. hai\n    2. ba\n\nHết.').html

    assert html.startswith('<div class="callout callout-todo">')
    assert html.index("<li>ba</li>") < html.index("</div>") < html.index("<p>Hết.</p>")


def test_callouts_of_other_kinds_stay_words():
    assert "callout" not in render('!!! danger "x"\n    y').html


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("Một **phần** ba[^C6]", f"Một <strong>phần</strong> ba{CITED}"),
        ("# Một", "# Một"),
        ("1. Một", "1. Một"),
        ("- Một", "- Một"),
        ("> Một", "&gt; Một"),
        ("---", "---"),
        ("| a | b |\n|---|---|", "| a | b | |---|---|"),
        ("    Một\n  hai\r\nba", "Một hai ba"),
        ("<p>Một</p>", "&lt;p&gt;Một&lt;/p&gt;"),
        ("10\u00a0%", "10&nbsp;%"),
        ("", ""),
    ],
)
def test_one_line(source, html):
    assert render_inline(source).html == html


def test_one_line_tells_what_it_cites():
    assert render_inline("Theo [^C7] và [^C6].").cited == ("C7", "C6")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Một\nhai\r\n\r\n\r\nba", "<p>Một<br>\nhai</p>\n<p>ba</p>"),
        ("  Một  \n \t \n  hai  ", "<p>Một</p>\n<p>hai</p>"),
        ("**Một** [x](https://a.vn) # hai", "<p>**Một** [x](https://a.vn) # hai</p>"),
        (
            "<script>alert('1')</script> & \"x\"",
            "<p>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &#34;x&#34;</p>",
        ),
        ("a\x00b\x1bc\ud800d", "<p>abcd</p>"),
        (" \n\t\n", ""),
        ("", ""),
    ],
)
def test_what_people_type_is_never_markup(text, html):
    result = paragraphs(text)

    assert isinstance(result, Markup)
    assert str(result) == html


@pytest.mark.parametrize("name", ATTACKS)
def test_what_people_type_is_never_an_attack(name):
    assert faults_in(paragraphs(ATTACKS[name]), {"p", "br"}) == []


def test_cleaning_what_is_clean_changes_nothing():
    html = render(LESSON, lesson_url=lesson_url).html

    assert (clean(html), first_wall(html), second_wall(html)) == (html, html, html)


def test_the_rules_allow_what_is_written_out_here_and_no_more():
    assert set(richtext.ALLOWED) == INLINE | BLOCKS
    assert set(richtext.ALLOWED_INLINE) == INLINE


# --- Pictures and abbreviations ---------------------------------------------------------------------------------------


def shown(source: str) -> str:
    return render(source, image_url=image_url).html


IMAGE = f'height="480" loading="lazy" src="{PICTURE}" width="640">'


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("![Sơ đồ ba cấp](images/so-do.png)", f'<p><img alt="Sơ đồ ba cấp" {IMAGE}</p>'),
        ("Xem ![sơ đồ]( images/so-do.png ) này", f'<p>Xem <img alt="sơ đồ" {IMAGE} này</p>'),
        ('![a "b" <i> *c* & d](images/so-do.png)', f'<p><img alt="a &quot;b&quot; &lt;i&gt; *c* &amp; d" {IMAGE}</p>'),
        ('![x" onerror="alert(1)](images/so-do.png)', f'<p><img alt="x&quot; onerror=&quot;alert(1)" {IMAGE}</p>'),
        ("![](images/so-do.png)", "<p>![](images/so-do.png)</p>"),
        ("![x](images/khac.png)", "<p>![x](images/khac.png)</p>"),
        ("![x](https://evil.test/a.png)", "<p>![x](https://evil.test/a.png)</p>"),
    ],
)
def test_images_are_those_of_the_module_and_no_others(source, html):
    assert shown(source) == html


@pytest.mark.parametrize("way", [clean, first_wall, second_wall])
@pytest.mark.parametrize(
    "address",
    [
        "https://evil.test" + PICTURE,
        "//evil.test" + PICTURE,
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        PICTURE + ".svg",
        PICTURE.upper(),
        PICTURE + "?x=1",
        PICTURE + "/../../../logout",
        "/static/css/base.css",
        "x",
    ],
)
def test_an_address_of_an_image_is_one_of_ours_or_goes(way, address):
    assert way(f'<img src="{address}" srcset="{address} 2x" style="x" onerror="alert(1)">') == "<img>"
    assert way(f'<img src="{PICTURE}">') == f'<img src="{PICTURE}">'


def test_an_image_hook_that_goes_wrong_meets_the_walls():
    assert render("![x](images/a.png)", image_url=lambda _path: ("https://evil.test/x.png", -1, 10**6)).html == (
        '<p><img alt="x" loading="lazy"></p>'
    )


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("Ở CĐCS. Rồi CĐCS.", "<p>Ở <abbr>CĐCS</abbr> <small>(công đoàn cơ sở)</small>. Rồi CĐCS.</p>"),
        ("Công đoàn cơ sở (CĐCS) và CĐCS", "<p>Công đoàn cơ sở (CĐCS) và CĐCS</p>"),
        ("CĐCS (công đoàn cơ sở) và CĐCS", "<p>CĐCS (công đoàn cơ sở) và CĐCS</p>"),
        ("CĐCS là công đoàn cơ sở. CĐCS", "<p>CĐCS là công đoàn cơ sở. CĐCS</p>"),
        ("CĐCS là nơi", "<p><abbr>CĐCS</abbr> <small>(công đoàn cơ sở)</small> là nơi</p>"),
        ("174/QĐ-TLĐ, CĐCS-A, CĐCSX", "<p>174/QĐ-TLĐ, CĐCS-A, CĐCSX</p>"),
        (
            "## CĐCS\n\n[CĐCS](https://a.vn) **CĐCS** CĐCS",
            '<h2 id="muc-cdcs">CĐCS</h2>\n<p><a href="https://a.vn" rel="noopener noreferrer">CĐCS</a> '
            "<strong><abbr>CĐCS</abbr> <small>(công đoàn cơ sở)</small></strong> CĐCS</p>",
        ),
        (
            "TLĐ và CĐCS[^C6]",
            "<p><abbr>TLĐ</abbr> <small>(Tổng Liên đoàn)</small> và <abbr>CĐCS</abbr> <small>(công đoàn cơ sở)</small>"
            f"{CITED}</p>",
        ),
        ("BCH", "<p><abbr>BCH</abbr> <small>(&lt;img src=x onerror=alert(1)&gt;)</small></p>"),
    ],
)
def test_the_first_use_of_an_abbreviation_says_what_it_stands_for(source, html):
    assert render(source, glossary=GLOSSARY).html == html.replace("<small>", '<small class="gloss">')


@given(text=some.text(some.sampled_from("aữĐ19 ,.;:?%()/–-…\"'“*_<>&[]!#|\\`\n"), max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_line_without_marks_is_rendered_as_by_the_long_way(text):
    one_line = render_inline.__wrapped__
    short = (render(text).html, one_line(text).html)

    with mock.patch.object(richtext, "_is_plain", return_value=False):
        assert (render(text).html, one_line(text).html) == short
