"""Pictures of lessons: what counts as one, and how it is stored for a weak network."""

from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
LARGEST = 5_000_000
"""Bytes of an author's file."""
MOST_PIXELS = 40_000_000
WIDEST = 1280
"""Pixels; a page shows no picture wider."""


class NotAPicture(ValueError):
    """The file cannot be shown; the message is for its author."""


def measure(data: bytes) -> tuple[str, int, int]:
    """Content type, width and height in pixels as shown; `NotAPicture` for anything that is not one."""
    with _opened(data) as image:
        width, height = ImageOps.exif_transpose(image).size
        return TYPES[image.format or ""], width, height


def for_page(data: bytes) -> tuple[str, bytes]:
    """Content type and bytes as learners get it: upright, at most `WIDEST` wide, without metadata."""
    with _opened(data) as image:
        shown = ImageOps.exif_transpose(image)
        shown.thumbnail((WIDEST, WIDEST * 4))
        result = BytesIO()
        has_few_colours = shown.mode in ("P", "1", "L", "LA")
        shown.convert("RGBA" if shown.has_transparency_data else "RGB").save(
            result, "WEBP", lossless=has_few_colours, quality=80, method=4
        )
        return TYPES["WEBP"], result.getvalue()


def _opened(data: bytes) -> Image.Image:
    if len(data) > LARGEST:
        raise NotAPicture(f"Ảnh lớn hơn {LARGEST // 1_000_000} MB. Thu nhỏ ảnh rồi thử lại.")
    try:
        image = Image.open(BytesIO(data), formats=tuple(TYPES))
        if image.width * image.height > MOST_PIXELS:
            raise NotAPicture("Ảnh có quá nhiều điểm ảnh. Thu nhỏ ảnh rồi thử lại.")
        image.load()
    except NotAPicture:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise NotAPicture("Tệp không phải ảnh PNG, JPEG hoặc WebP đọc được. Lưu lại ảnh rồi thử lại.") from error
    return image
