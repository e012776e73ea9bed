"""Photographed pages: small, upright, level, free of what the camera noted; and one PDF out of them."""

import time
from io import BytesIO

import pypdfium2
import pytest
from PIL import Image

from lms.refusals import Unreadable
from lms.uploads import pdfs, pictures
from lms.uploads.rules import moved
from tests.uploads.files import a_photo


def test_a_page_is_small_upright_and_tells_nothing_of_camera_or_place() -> None:
    made = pictures.page_of(a_photo(3000, 2000, turned=6))

    with Image.open(BytesIO(made.data)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (1067, 1600), {})
    assert (made.width, made.height) == (1067, 1600)
    assert len(made.data) <= pictures.MOST_BYTES


def test_even_a_page_of_noise_stays_small() -> None:
    noise = Image.effect_noise((1600, 700), 90).convert("RGB")
    made = BytesIO()
    noise.save(made, "PNG")

    assert len(pictures.page_of(made.getvalue()).data) < pictures.MOST_BYTES


@pytest.mark.parametrize("leans", [-5, -2, 3])
def test_leaning_lines_are_levelled_and_level_ones_left_alone(leans: int) -> None:
    page = pictures.page_of(a_photo(leans=leans)).data

    made = pictures.straightened(page)

    with Image.open(BytesIO(page)) as before, Image.open(BytesIO(made.data)) as after:
        assert abs(pictures.lean(before) + leans) <= 1
        assert abs(pictures.lean(after)) <= 1


def test_a_page_is_turned_to_the_right() -> None:
    made = pictures.turned(pictures.page_of(a_photo(900, 1200)).data, 1)

    assert (made.width, made.height) == (1200, 900)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<html><script>alert(1)</script></html>", "không phải ảnh"),
        (a_photo()[:500], "không phải ảnh"),
        (b"GIF89a" + bytes(100), "không phải ảnh"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"", "không phải ảnh"),
    ],
)
def test_what_is_no_photo_is_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        pictures.page_of(data)


@pytest.mark.parametrize(("how", "most"), [({}, "MOST_PIXELS"), ({"progressive": True}, "MOST_IN_MEMORY")])
def test_a_picture_of_too_many_points_is_refused_before_it_is_drawn(
    monkeypatch: pytest.MonkeyPatch, how: dict[str, bool], most: str
) -> None:
    monkeypatch.setattr(pictures, most, 10_000)
    photo = BytesIO()
    Image.new("RGB", (120, 120)).save(photo, "JPEG", **how)

    with pytest.raises(Unreadable, match="quá nhiều điểm ảnh"):
        pictures.page_of(photo.getvalue())


def test_a_picture_that_passes_over_its_points_again_and_again_is_refused_before_it_is_drawn() -> None:
    made = BytesIO()
    Image.new("RGB", (16, 16)).save(made, "JPEG", progressive=True)
    data = made.getvalue()
    last_scan = data[data.rindex(b"\xff\xda") : -2]

    with pytest.raises(Unreadable, match="quá rối"):
        pictures.page_of(data[:-2] + 50 * last_scan + data[-2:])
    assert pictures.page_of(data + 50 * last_scan).width == 16  # as a telephone puts a film behind its photo


def test_pages_become_one_pdf_always_the_same() -> None:
    pages = [pictures.page_of(a_photo(900, 1200)).data, pictures.page_of(a_photo(1200, 900)).data]

    made = pdfs.one_pdf(pages)
    time.sleep(1.01)  # the second in which it is made must not show

    assert made == pdfs.one_pdf(pages)
    document = pypdfium2.PdfDocument(made)
    assert [tuple(map(round, page.get_size())) for page in document] == [(595, 842), (842, 595)]
    document.close()


def test_a_page_moves_by_one_place_and_never_over_the_end() -> None:
    assert moved([1, 2, 3], 2, -1) == [2, 1, 3]
    assert moved([1, 2, 3], 2, 1) == [1, 3, 2]
    assert moved([1, 2, 3], 1, -1) == [1, 2, 3]
    assert moved([1, 2, 3], 3, 1) == [1, 2, 3]
