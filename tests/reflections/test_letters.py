"""Letters that are not what they look like: the author is told, and the text stays as it was typed."""

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from lms import clock
from lms.reflections import letters, services
from tests.factories import NOON, PASSWORD, TEXTS, a_district, a_drive, a_learner, viewer
from tests.pages import submit


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Tôi tâm đắc với điều này.", []),
        ("c\u0430n b\u1ed9", ["chữ cái nước khác"]),
        ("cô\u00adng đoàn", ["ký tự vô hình"]),
        ("cán\u202ebộ", ["ký tự vô hình"]),
        ("Москва", []),
        ("👨\u200d👩\u200d👧 cả nhà", []),
        ("Bảo vệ 😀" * 21, ["hình biểu tượng"]),
    ],
)
def test_what_is_not_what_it_looks_like_is_named(text, said):
    hints = letters.hints([text])

    assert [words in hint for words, hint in zip(said, hints, strict=True)] == [True] * len(said)


@given(st.text(st.characters(max_codepoint=0x024F, categories=["L", "N", "P", "Z"])))
def test_plain_words_get_no_hint(text):
    assert letters.hints([text]) == []


def test_the_author_is_told_before_handing_in_and_nothing_is_changed(app: Flask) -> None:
    with app.app_context(), clock.stopped_at(NOON):
        district = a_district()
        learner = a_learner(a_drive(district), district, password=PASSWORD)
        odd = {**TEXTS, "tam-dac": "Tôi tâm đắc với c\u0430n bộ trong tổ 😀."}
        services.save(viewer(learner), "dot-mau", odd, 0, at=NOON)
        assert learner.account is not None
        name = learner.account.username
    client, path = app.test_client(), "/reflections/dot-mau/"

    with clock.stopped_at(NOON):
        submit(client, "/people/sign-in", username=name, secret=PASSWORD)
        checked = client.get(f"{path}check").text
        assert "chữ cái nước khác" in checked
        assert "Nộp bài thu hoạch" in checked
        assert submit(client, f"{path}hand-in", commitment=1, number=1).status_code == 302
        assert "c\u0430n bộ" in client.get(f"{path}receipt").text


def test_a_text_far_too_long_is_refused_with_a_sentence_and_comes_back_whole(app: Flask) -> None:
    with app.app_context(), clock.stopped_at(NOON):
        district = a_district()
        learner = a_learner(a_drive(district), district, password=PASSWORD)
        assert learner.account is not None
        name = learner.account.username
    client, long = app.test_client(), "từng " * 200_000 + "hết"

    with clock.stopped_at(NOON):
        submit(client, "/people/sign-in", username=name, secret=PASSWORD)
        answer = submit(client, "/reflections/dot-mau/", based_on=0, **{"text-tam-dac": long})

    assert answer.status_code == 409
    assert "Bài dài quá 200.000 ký tự." in answer.text
    assert long in answer.text
