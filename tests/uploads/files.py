"""Files as people hand them in, and as somebody hostile does; all of them made here."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pypdfium2
from PIL import Image, ImageDraw

WORDS = "Tổ công đoàn đã phân công rõ người, rõ việc và thời hạn; quý tới sẽ kiểm tra lại từng việc một."
"""A sentence of 20 words."""

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
_BODY = (
    '<?xml version="1.0" encoding="UTF-8"?>{head}<w:document xmlns:w="http://schemas.openxmlformats.org/'
    'wordprocessingml/2006/main"><w:body>{body}</w:body></w:document>'
)
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}" TargetMode="External"/></Relationships>'
)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return made.getvalue()


def a_docx(
    paragraphs: Sequence[str] = (WORDS,),
    *,
    body: str = "",
    head: str = "",
    types: str = _TYPES,
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    body = body or "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    document = _BODY.format(head=head, body=body)
    return zipped({"[Content_Types].xml": types, "word/document.xml": document, **(more or {})})


def a_docx_that_draws_on(target: str, kind: str) -> bytes:
    return a_docx(more={"word/_rels/document.xml.rels": _RELS.format(kind=kind, target=target)})


def an_odt(paragraphs: Sequence[str] = (WORDS,), *, more: Mapping[str, str | bytes] | None = None) -> bytes:
    body = "".join(f"<text:p>{text}</text:p>" for text in paragraphs)
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    return zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content, **(more or {})})


def a_pdf(pages: Sequence[Sequence[str]] = (("Doan vien da phan cong ro nguoi, ro viec va ro thoi han.",),)) -> bytes:
    """A PDF of plain lines in Helvetica, so without diacritics."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    kids = []
    for lines in pages:
        shown = "\n".join(f"({line}) Tj T*" for line in lines)
        stream = f"BT /F1 11 Tf 14 TL 60 780 Td\n{shown}\nET"
        objects.append(f"<</Length {len(stream)}>>stream\n{stream}\nendstream")
        font = "<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font{font}>>/Contents {len(objects)} 0 R>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Count {len(kids)}/Kids[{' '.join(kids)}]>>"
    made, offsets = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{content}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    made += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n"
    return f"{made}{made.rindex('xref', 0, made.rindex('startxref'))}\n%%EOF".encode("latin-1")


def an_empty_pdf(pages: int) -> bytes:
    document = pypdfium2.PdfDocument.new()
    for _page in range(pages):
        document.new_page(200, 280)
    made = BytesIO()
    document.save(made)
    return made.getvalue()


def an_encrypted_pdf() -> bytes:
    """Says of itself that it opens with a password that nobody knows."""
    key = "<" + "41" * 32 + ">"
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/O{key}/U{key}/P -4>>/ID[<41><41>]"
    return a_pdf().replace(b"trailer<<", f"trailer<<{lock}".encode())


def a_photo(width: int = 900, height: int = 1200, *, kind: str = "JPEG", turned: int = 0, leans: float = 0) -> bytes:
    """Lines of dark writing on paper; `turned` is what the camera says of how it was held."""
    image = Image.new("RGB", (width, height), (235, 232, 222))
    draw = ImageDraw.Draw(image)
    for top in range(height // 12, height - height // 12, height // 24):
        draw.line((width // 10, top, width - width // 8, top), fill=(40, 40, 90), width=max(2, height // 150))
    if leans:
        image = image.rotate(leans, fillcolor=(235, 232, 222))
    made = BytesIO()
    exif = Image.Exif()
    if turned:
        exif[0x0112] = turned
        exif[0x010F] = "Hãng máy ảnh"
    image.save(made, kind, exif=exif.tobytes())
    return made.getvalue()
