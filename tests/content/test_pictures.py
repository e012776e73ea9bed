"""Pictures: only real ones come in, and what goes out is small, upright and tells nothing about its maker."""

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image as Pillow
from sqlalchemy import select

from lms.content import pictures, services
from lms.content.models import FileRevision, Image
from lms.content.rules import Picture
from lms.db import db as database
from lms.db import transaction
from tests.factories import NOON, PASSWORD, a_person, a_unit, the_sample
from tests.pages import signed_in

SECRET = b"GPS 10.7769N"


def a_picture(form: str = "PNG", size: tuple[int, int] = (40, 20), **options: object) -> bytes:
    file = BytesIO()
    Pillow.new("RGB", size, "#b01e1e").save(file, form, **options)
    return file.getvalue()


def a_photo() -> bytes:
    """A photo that a telephone stored lying on its side, with the place where it was taken."""
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010E] = 6, SECRET.decode()
    return a_picture("JPEG", (2000, 1000), exif=exif)


@pytest.mark.parametrize(("form", "kind"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
def test_a_picture_is_measured_as_it_is_shown(form, kind):
    assert pictures.measure(a_picture(form)) == (kind, 40, 20)
    assert pictures.measure(a_photo()) == ("image/jpeg", 1000, 2000)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a" + b"\0" * 50,
        a_picture()[:60],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 200,
        a_picture("BMP"),
    ],
    ids=["nothing", "script", "svg", "gif", "cut off", "broken png", "bmp"],
)
def test_anything_else_is_refused_with_a_sentence(data):
    with pytest.raises(pictures.NotAPicture, match="không phải ảnh"):
        pictures.measure(data)


def test_a_picture_that_unfolds_to_far_too_much_is_refused_before_it_does():
    with pytest.raises(pictures.NotAPicture, match="điểm ảnh"):
        pictures.measure(a_picture(size=(8000, 6000)))
    with pytest.raises(pictures.NotAPicture, match="lớn hơn 5 MB"):
        pictures.measure(b"\x89PNG" + b"\0" * 5_000_000)


def test_learners_get_it_small_upright_and_without_metadata():
    kind, data = pictures.for_page(a_photo())

    with Pillow.open(BytesIO(data)) as shown:
        assert (kind, shown.format, shown.size) == ("image/webp", "WEBP", (1000, 2000))
        assert not shown.getexif()
    assert SECRET not in data
    assert len(data) < len(a_photo())


def test_a_published_picture_is_served_to_the_signed_in_alone_and_kept_by_their_browser(app, client):
    raw = a_picture()
    picture = Picture("so-do.png", "a" * 64, "image/png", 40, 20)
    with app.app_context():
        with transaction() as session:
            row = FileRevision(path="modules/mau/images/so-do.png", number=1, data=raw, saved_at=NOON)
            session.add(row)
        for title in ("Mẫu", "Mẫu khác"):
            services.publish(replace(the_sample(), title=title, pictures=(picture,)), by=None, at=NOON, revisions=[row])
        assert database.session.scalars(select(Image.digest)).all() == ["a" * 64]
        person = a_person(of=a_unit(), password=PASSWORD)
    assert client.get(f"/content/images/{'a' * 64}").status_code == 302

    signed_in(client, person)
    answer = client.get(f"/content/images/{'a' * 64}")

    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/content/images/{'b' * 64}").status_code == 404
    assert client.get("/people/me").headers["Cache-Control"] == "no-store"
