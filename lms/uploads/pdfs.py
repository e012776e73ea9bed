"""The words of a PDF, its pages as pictures where it is a scan, and one PDF out of photographed pages."""

import re
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image

from lms.refusals import Unreadable
from lms.uploads import pictures

MOST_PAGES = 100
MOST_SCANNED = 40
LEAST_CHARACTERS = 40
"""A page with fewer characters on average is a picture of a page."""

_SAVE_AGAIN = "Mở tệp, in hoặc lưu lại thành PDF mới rồi gửi lại."


def read_pdf(path: Path) -> tuple[str, int, list[bytes]]:
    """The words, the number of pages, and for a scan its pages as small pictures; `Unreadable` says why not."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if re.search("(?i)password|security", str(error)):
            raise Unreadable("Tệp PDF có đặt mật khẩu.", "Bỏ mật khẩu của tệp rồi gửi lại.") from None
        raise Unreadable("Không đọc được tệp PDF: tệp hỏng hoặc tải về chưa trọn.", _SAVE_AGAIN) from None
    count = len(document)
    if not 0 < count <= MOST_PAGES:
        raise _too_many(count, MOST_PAGES)
    try:
        texts = [_text_of(document[number]) for number in range(count)]
        if sum(len(text.strip()) for text in texts) >= LEAST_CHARACTERS * count:
            return "\n\n".join(filter(None, map(unwrapped, texts))), count, []
        if count > MOST_SCANNED:
            raise _too_many(count, MOST_SCANNED)
        return "", count, [pictures.made_small(_drawn(document[number])).data for number in range(count)]
    except pypdfium2.PdfiumError:
        raise Unreadable("Không đọc được một trang của tệp PDF: tệp hỏng.", _SAVE_AGAIN) from None


def _too_many(count: int, most: int) -> Unreadable:
    if not count:
        return Unreadable("Tệp PDF không có trang nào.", _SAVE_AGAIN)
    kind = "Bản quét" if most == MOST_SCANNED else "Tệp PDF"
    return Unreadable(
        f"{kind} có {count} trang; một bài nhận nhiều nhất {most} trang.", "Tách riêng phần bài thu hoạch."
    )


_HYPHENS = {0x02: "-", 0xFFFE: "-"}
"""What PDFium writes where a word was parted at the end of a line."""


def _text_of(page: pypdfium2.PdfPage) -> str:
    text = page.get_textpage()
    try:
        return (
            text.get_text_range().replace("\r\n", "\n").replace("\r", "\n").replace("\x02", "-").replace("\ufffe", "")
        )
    finally:
        text.close()


def _drawn(page: pypdfium2.PdfPage) -> Image.Image:
    """The page as a picture of bounded size, however large the page says that it is."""
    width, height = page.get_size()
    scale = pictures.LONGEST / max(width, height, 1)
    return page.render(scale=min(scale, 4)).to_pil().convert("RGB")


_ENDS = re.compile(r"[.!?:;…”\")]\s*\Z")
_BEGINS = re.compile(r"\s*([-–•*+]|\(?[0-9IVXa-zđ]{1,4}[.)]|[A-ZĐ0-9 ]+\Z)")


def unwrapped(page: str) -> str:
    """The lines of a page as paragraphs: a PDF knows where lines end, not which of them ends a paragraph."""
    lines = [line.strip() for line in page.split("\n")]
    longest = max(map(len, lines), default=0)
    paragraphs: list[str] = []
    goes_on = False
    for line in lines:
        if not line:
            goes_on = False
            continue
        if goes_on and not _BEGINS.match(line):
            paragraphs[-1] += f" {line}"
        else:
            paragraphs.append(line)
        goes_on = len(line) > longest * 0.7 or (not _ENDS.search(line) and len(line) > longest * 0.5)
    return "\n\n".join(paragraphs)


# --- One PDF out of pages ---------------------------------------------------------------------------------------------

A4 = 595.276, 841.89
_MADE_AT, _NAMED = re.compile(rb"/CreationDate\(D:\d{14}"), re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>")


def one_pdf(pages: list[bytes]) -> bytes:
    """A PDF with a picture on each A4 page, the JPEG as it is; the same pages always give the same bytes."""
    document = pypdfium2.PdfDocument.new()
    for jpeg in pages:
        picture = pypdfium2.PdfImage.new(document)
        picture.load_jpeg(BytesIO(jpeg), inline=True)
        width, height = picture.get_px_size()
        wide, high = A4 if height >= width else A4[::-1]
        scale = min(wide / width, high / height)
        picture.set_matrix(
            pypdfium2.PdfMatrix()
            .scale(width * scale, height * scale)
            .translate((wide - width * scale) / 2, (high - height * scale) / 2)
        )
        page = document.new_page(wide, high)
        page.insert_obj(picture)
        page.gen_content()
    made = BytesIO()
    document.save(made)
    document.close()
    name = sha256(b"".join(pages)).hexdigest()[:32].upper().encode()
    whole = _MADE_AT.sub(b"/CreationDate(D:20000101000000", made.getvalue(), count=1)
    end = whole.rindex(b"trailer")
    return whole[:end] + _NAMED.sub(b"/ID[<%b><%b>" % (name, name), whole[end:])
