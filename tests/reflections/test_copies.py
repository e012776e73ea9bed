"""The PDF copy: the same words and the same number of them, and nothing that was typed is ever markup."""

import re

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.reflections import copies, queries, rules, services
from lms.vietnamese import count_words
from tests.factories import NOON, TEXTS, a_district, a_drive, a_learner, a_unit, viewer

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵĐỒ0123456789"
pieces = st.text(st.sampled_from(LETTERS), min_size=1, max_size=9) | st.sampled_from(
    ["–", "(", "82/KH-LĐLĐ,", "6,5%", "#let", "*a*", "$x$"]
)
gaps = st.sampled_from([" ", "  ", "\n", "\n\n", "\t"])
texts = st.lists(st.tuples(pieces, gaps), max_size=60).map(lambda pairs: "".join(map("".join, pairs)))


def content(**more):
    plain = dict.fromkeys(("author", "drive", "unit", "above", "state", "motto", "day", "receipt_no", "sha256"), "")
    plain |= dict.fromkeys(("commitment", "verify", "note"), "") | {"title": "Tên", "facts": [], "parts": []}
    square = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'
    return {**plain, "code": square, "code_says": "Mã", **more}


def words_in(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(document[n].get_textpage().get_text_range() for n in range(len(document)))


@settings(max_examples=8, deadline=None)
@given(texts)
def test_the_copy_holds_the_words_that_the_server_counts(text):
    text = services.clean_text(text)
    part = {"title": "MỞ", "count": "HẾT", "paragraphs": copies.paragraphs_of(text)}

    shown = words_in(copies.set_in_pdf(content(parts=[part])))

    body = re.sub(r"SHA-256:.*", "", shown.split("(HẾT)", 1)[1], flags=re.DOTALL)
    assert body.split() == text.split()
    assert count_words(body) == count_words(text)


@pytest.mark.parametrize(
    "text",
    ["#panic()", '#read("/etc/passwd")', "*b* _i_ $x^2$ @a <b> `c` // d", "\\u{41} ] } )", "😀" * 50, "\u200b\u202e"],
)
def test_what_was_typed_is_never_markup(text):
    part = {"title": text, "count": "1 từ", "paragraphs": [[text]]}

    shown = words_in(copies.set_in_pdf(content(title=text, author=text, unit=text, parts=[part])))

    assert not text.isascii() or shown.count(text) >= 2
    assert ("không in được" in shown) == ("😀" in text)


def test_a_copy_says_what_the_receipt_says_and_is_the_same_each_time(db):
    district = a_district()
    drive = a_drive(district)
    learner = a_learner(drive, a_unit("Công đoàn Trường Mẫu", under=district))
    services.save(viewer(learner), drive.code, TEXTS, 0, at=NOON)
    reflection = services.hand_in(viewer(learner), drive.code, number=1, at=NOON)
    desk = queries.desk_for(viewer(learner), drive.code)
    row = queries.own_hand_in(reflection, reflection.receipt_no or "")
    parts = rules.parts(desk.prompts, desk.texts)

    made = [copies.pdf_of(row, desk.summons, parts, [], "http://localhost/v", is_late=late) for late in (0, 0, 1)]

    shown = " ".join(words_in(made[0]).split())
    for words in ("LIÊN ĐOÀN LAO ĐỘNG HUYỆN MẪU", "CÔNG ĐOÀN TRƯỜNG MẪU", learner.full_name, row.receipt_no):
        assert words in shown
    assert [text for text in TEXTS.values() if text not in shown] == []
    assert row.sha256 in shown.replace(" ", "")
    assert f"Số từ {row.words}" in shown
    assert made[0] == made[1]
    assert ["nộp muộn" in words_in(one) for one in made] == [False, False, True]
    assert pypdfium2.PdfDocument(made[0]).get_metadata_dict()["Title"] == "Bài thu hoạch cá nhân"
    assert b"(vi-VN)" in made[0]
