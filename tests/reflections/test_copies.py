"""The PDF copy: the same words and the same number of them, and nothing that was typed is ever markup."""

import re

import pypdfium2
import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from lms import clock
from lms.access import Role
from lms.grading import queries as grading_queries
from lms.grading import services as grading
from lms.reflections import copies, queries, rules, services
from lms.vietnamese import count_words
from tests.factories import NOON, PASSWORD, TEXTS, a_district, a_drive, a_learner, a_unit, viewer, with_role
from tests.pages import submit

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


def test_a_second_hand_in_shows_what_changed_and_lists_the_first(app: Flask) -> None:
    with app.app_context(), clock.stopped_at(NOON):
        district = a_district()
        drive = a_drive(district)
        learner = a_learner(drive, a_unit(under=district), password=PASSWORD)
        reviewer = viewer(with_role(Role.REVIEWER, district))
        services.save(viewer(learner), drive.code, TEXTS, 0, at=NOON)
        first = services.hand_in(viewer(learner), drive.code, number=1, at=NOON)
        one = first.receipt_no
        essay = grading_queries.essay_for(reviewer, first.id)
        grading.return_for_rewriting(essay, "Cần viết thêm số liệu", by=reviewer, at=NOON)
        again = {**TEXTS, "lien-he": f"{TEXTS['lien-he']} Mười một người góp ý."}
        services.save(viewer(learner), drive.code, again, 1, at=NOON)
        assert learner.account is not None
        name = learner.account.username
    client, path = app.test_client(), "/reflections/dot-mau/"

    with clock.stopped_at(NOON):
        submit(client, "/people/sign-in", username=name, secret=PASSWORD)
        checked = client.get(f"{path}check").text
        assert "Những chỗ đã sửa từ lần nộp trước" in checked
        submit(client, f"{path}hand-in", commitment=1, number=2)
        receipt = client.get(f"{path}receipt").text
        copy = client.get(f"{path}copies/{one}.pdf")

    assert "Bài này khác lần nộp trước những gì" in receipt
    changes = receipt.split('<details class="changed">', 1)[1].split("</details>", 1)[0]
    assert "<ins> Mười một người góp ý.</ins>" in changes
    assert TEXTS["tam-dac"] not in changes
    assert f"{one} (bản trước)" in receipt
    assert copy.mimetype == "application/pdf"
    assert "Mười một" not in words_in(copy.data)
