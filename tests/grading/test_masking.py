"""Names are hidden however they are written, and nothing else is."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis.strategies import characters, sampled_from, text

from lms.grading.masking import BLOT, Mask, mask_of

MASK = mask_of(["Nguyễn Thị Đoan Trang"], ["Công đoàn cơ sở Trường Tiểu học Kim Đồng"], ["CB0042"])


@pytest.mark.parametrize(
    "written",
    [
        "Nguyễn Thị Đoan Trang",
        "NGUYỄN THỊ ĐOAN TRANG",
        "nguyễn thị đoan trang",
        "Nguyen Thi Doan Trang",
        "nguyenthidoantrang",
        "Nguyễn-Thị_Đoan.Trang",
        "Nguyễn  Thị\nĐoan Trang",
        "N.T.Đ. Trang",
        "Đoan Trang",
        unicodedata.normalize("NFD", "Nguyễn Thị Đoan Trang"),
        "Nguyễn Thị Đoan\u200b Trang",
        "Công đoàn cơ sở Trường Tiểu học Kim Đồng",
        "công đoàn cơ sở trường tiểu học Kim Đồng",
        "Kim Đồng",
        "CB0042",
        "trang.nguyen@example.org",
        "0912 345 678",
        "+84912345678",
        "TH-7K2M-9QXD",
    ],
)
def test_a_name_is_hidden_however_it_is_written(written):
    shown = MASK.hide(f"Theo {written}, việc này cần làm ngay.")

    hidden = shown.removeprefix("Theo ").removesuffix(", việc này cần làm ngay.")
    assert len(shown) == len(f"Theo {written}, việc này cần làm ngay.")
    assert not any(char.isalnum() for char in hidden.replace(BLOT, ""))
    assert BLOT in hidden


@pytest.mark.parametrize("called", ["đồng chí Trang", "Chị Trang", "Tôi là Trang", "Người viết: Trang", "đ/c Trang"])
def test_a_given_name_is_hidden_where_somebody_is_called_by_it(called):
    assert MASK.hide(f"Hôm qua {called} họp.").endswith(f"{BLOT * 5} họp.")


@pytest.mark.parametrize(
    "innocent",
    [
        "Trang bị bảo hộ lao động được cấp đủ.",
        "Ở trang 5 của tài liệu.",
        "Công đoàn cơ sở chăm lo đoàn viên; trường tiểu học nào cũng vậy.",
        "Năm 2026 có 12.345 đoàn viên, chi 1.250.000 đồng.",
        "Điều kim chỉ nam là đoàn kết.",
    ],
)
def test_what_is_no_name_stays(innocent):
    assert MASK.hide(innocent) == innocent


@given(
    text(characters(codec="utf-8"), max_size=60),
    sampled_from(MASK.people + MASK.units),
    text("aả .,\n\u0301", max_size=9),
)
@settings(max_examples=60)
def test_a_text_keeps_its_length_and_loses_the_name_wherever_it_stands(before, name, after):
    whole = f"{before} {name} {after}"

    shown = MASK.hide(whole)

    assert len(shown) == len(whole)
    assert name not in shown
    assert MASK.hide(shown) == shown


def test_nothing_to_hide_hides_nothing():
    assert Mask().hide("Nguyễn Thị Đoan Trang") == "Nguyễn Thị Đoan Trang"
    assert mask_of(["", " "], [""], ["ab"]) == Mask()
