"""Photographed and scanned pages: upright, small, free of what the camera noted. Needs nothing of the application.

Every picture is drawn anew, so nothing that a hostile file holds survives, and no place or camera is told.
"""

import re
from dataclasses import dataclass
from io import BytesIO
from threading import Semaphore

from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError

from lms.refusals import Unreadable

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS, MOST_IN_MEMORY = 80_000_000, 30_000_000
"""The first for what a phone's camera writes, which is made small while it is read row by row."""
MOST_SCANS, MOST_SCANNED = 40, 500_000_000
"""How often a JPEG may pass over its points, and how many points that may be in all: each pass costs as much time."""
LONGEST = 1600
"""Pixels of the longer side: handwriting stays well readable, and a page is small."""
SMALL = 360
"""Pixels of the longer side in a list."""
MOST_BYTES = 330_000
"""Of one page; six pages stay under two megabytes."""
QUALITIES = (78, 68, 58, 48, 38)
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")
_SCAN, _END = 0xDA, 0xD9
_ONE_AT_A_TIME = Semaphore(1)
"""Drawing takes memory and a core: however many send at once, the other pages still come."""
SHARPEST_TURN = 8
"""Degrees by which a page is straightened at most; what leans more was meant so, or is no page."""


@dataclass(frozen=True)
class Picture:
    data: bytes
    width: int
    height: int


def page_of(data: bytes) -> Picture:
    """A page out of a stranger's photo; `Unreadable` with one sentence when it is none."""
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc"):
        raise Unreadable(
            "Ảnh ở dạng HEIC của iPhone, máy chủ không đọc được.",
            "Vào Cài đặt › Camera › Định dạng, chọn “Tương thích nhất”, hoặc gửi ảnh chụp màn hình.",
        )
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
        is_drawn_in_rows = image.format == "JPEG" and not image.info.get("progressive")
        most = MOST_PIXELS if is_drawn_in_rows else MOST_IN_MEMORY
        if image.width * image.height > most:
            raise Unreadable("Ảnh có quá nhiều điểm ảnh.", "Chụp lại ở cỡ ảnh nhỏ hơn rồi gửi lại.")
        scans = _scans(data) if image.format in ("JPEG", "MPO") else 0
        if scans > MOST_SCANS or scans * image.width * image.height > MOST_SCANNED:
            raise Unreadable("Ảnh được lưu theo kiểu quá rối.", "Chụp lại trang đó rồi gửi ảnh mới.")
        image.draft("RGB", (LONGEST, LONGEST))
        with _ONE_AT_A_TIME:
            return made_small(ImageOps.exif_transpose(image))
    except Unreadable:
        raise
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError):
        raise Unreadable(
            "Tệp không phải ảnh JPEG, PNG hoặc WebP đọc được.", "Chụp lại trang đó rồi gửi ảnh mới."
        ) from None


def _scans(data: bytes) -> int:
    """How often a JPEG passes over its points. What stands behind its end counts for nothing, such as a short film."""
    count, place = 0, 2
    while (marker := _MARKER.search(data, place)) and (kind := marker[0][1]) != _END:
        count += kind == _SCAN
        place = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2])
    return count


def made_small(image: Image.Image) -> Picture:
    """The picture as a JPEG on white, not longer than `LONGEST`, of at most `MOST_BYTES`."""
    image.thumbnail((LONGEST, LONGEST))
    shown = _on_white(image)
    while True:
        for quality in QUALITIES:
            made = BytesIO()
            shown.save(made, "JPEG", quality=quality)
            if made.tell() <= MOST_BYTES:
                return Picture(made.getvalue(), shown.width, shown.height)
        shown = shown.resize((max(1, shown.width * 3 // 4), max(1, shown.height * 3 // 4)))


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    drawn = image.convert("RGBA")
    white = Image.new("RGBA", drawn.size, "white")
    white.alpha_composite(drawn)
    return white.convert("RGB")


def turned(data: bytes, quarters: int) -> Picture:
    """A page of ours turned clockwise by quarters."""
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        return made_small(image.rotate(-90 * quarters, expand=True))


def straightened(data: bytes) -> Picture:
    """A page of ours with its lines of writing level, where they clearly lean."""
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        image.load()
        angle = lean(image)
        return made_small(image.rotate(angle, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC))


def lean(image: Image.Image) -> float:
    """Degrees by which the lines fall to the right; 0 where none is clear.

    Level lines make the average grey of each row of pixels change most from row to row.
    """
    small = ImageOps.autocontrast(image.convert("L"))
    small.thumbnail((500, 500))
    edge = min(small.size) // 8

    def unevenness(angle: float) -> float:
        leaned = small.rotate(angle, fillcolor=255).crop((edge, edge, small.width - edge, small.height - edge))
        return ImageStat.Stat(leaned.resize((1, leaned.height), Image.Resampling.BOX)).var[0]

    steps = [step / 2 for step in range(-2 * SHARPEST_TURN, 2 * SHARPEST_TURN + 1)]
    best = max(steps, key=unevenness)
    return best if abs(best) < SHARPEST_TURN and unevenness(best) > 1.15 * unevenness(0) else 0.0


def measured(data: bytes) -> Picture:
    """A page of ours with its size in pixels."""
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        return Picture(data, image.width, image.height)


def thumbnail(data: bytes) -> bytes:
    """A page of ours as it stands in a list, light enough for a slow network."""
    with Image.open(BytesIO(data), formats=("JPEG",)) as image:
        image.draft("RGB", (SMALL, SMALL))
        image.thumbnail((SMALL, SMALL))
        made = BytesIO()
        image.save(made, "JPEG", quality=60, optimize=True)
        return made.getvalue()
