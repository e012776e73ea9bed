"""A PDF copy of what was handed in, with the letterhead of the author's unit: the same bytes whenever it is asked for.

Typst sets it in about 20 ms of CPU for 3.000 words. What people wrote reaches it as data, never as markup.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import segno
from flask_babel import gettext as _

from lms import vietnamese
from lms.db import db
from lms.drives.models import Summons
from lms.people.models import Person
from lms.reflections import rules
from lms.reflections.models import HandIn
from lms.reflections.rules import FORM_NAMES, Part
from lms.units.queries import unit_path
from lms.uploads.models import Enclosure
from lms.uploads.rules import Kind
from lms.vietnamese import day_of

TEMPLATE = Path(__file__).parent.parent / "templates" / "reflections" / "copy.typ"
_one_at_a_time = Lock()
"""A long essay takes a core for a moment; two at once in a process would keep a third request waiting."""


def pdf_of(
    row: HandIn, summons: Summons, parts: Sequence[Part], enclosed: Sequence[Enclosure], address: str, *, is_late: bool
) -> bytes:
    """The copy of one hand-in. `address` is the page on which anybody verifies the receipt."""
    return set_in_pdf(content_of(row, summons, parts, enclosed, address, is_late=is_late))


def set_in_pdf(content: dict[str, Any]) -> bytes:
    """Typst's work alone. A sign that no font here has, an emoji, is an empty box, and the copy says so."""
    import typst  # 80 MB that no command needs and that a server loads with the first copy

    try:
        return typeset(TEMPLATE, content, ["ua-1"])
    except typst.TypstError:
        lost = _("Có ký hiệu không in được ở bản này, hiện thành ô trống; bản đầy đủ xem trên hệ thống.")
        return typeset(TEMPLATE, {**content, "note": lost}, [])


@cache
def _fonts() -> Any:
    """Those that Typst brings along, with all Vietnamese letters; the machine's own would make copies differ."""
    import typst

    return typst.Fonts(include_system_fonts=False)


def typeset(template: Path, content: dict[str, Any], standards: list[Any]) -> bytes:
    """The template filled with this data; raises Typst's own error where the standards cannot be kept."""
    import typst

    inputs = {"data": json.dumps(content, ensure_ascii=False)}
    with _one_at_a_time:
        made = typst.compile(
            template.read_bytes(),
            format="pdf",
            font_paths=_fonts(),
            sys_inputs=inputs,
            timestamp=0,
            pdf_standards=standards,
        )
    assert isinstance(made, bytes)
    return made


def content_of(
    row: HandIn, summons: Summons, parts: Sequence[Part], enclosed: Sequence[Enclosure], address: str, *, is_late: bool
) -> dict[str, Any]:
    """All words of the copy."""
    day, person = day_of(row.at), summons.person
    path = unit_path(summons.unit_id, day)
    return {
        "title": _("Bài thu hoạch cá nhân"),
        "author": person.full_name,
        "drive": summons.drive.title,
        "unit": summons.unit.name,
        "above": path[-2].name if len(path) > 1 else "",
        "state": "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "motto": "Độc lập - Tự do - Hạnh phúc",
        "day": vietnamese.long_date(day).capitalize(),
        "receipt_no": row.receipt_no,
        "sha256": row.sha256,
        "facts": _facts(row, summons, enclosed, is_late=is_late),
        "parts": [
            {
                "title": part.prompt.title,
                "count": _("%(n)s từ", n=vietnamese.format_number(part.words)),
                "paragraphs": paragraphs_of(part.text),
            }
            for part in parts
        ],
        "note": "",
        "commitment": rules.commitment(row.commitment) if row.commitment else "",
        "verify": _("Kiểm tra bài này tại %(address)s", address=address),
        "code": segno.make(address, error="m", micro=False).svg_inline(border=0, dark="#000", light="#fff"),
        "code_says": _("Mã QR dẫn đến trang kiểm tra biên nhận %(no)s", no=row.receipt_no),
    }


def _facts(row: HandIn, summons: Summons, enclosed: Sequence[Enclosure], *, is_late: bool) -> list[tuple[str, str]]:
    handed_in = _moment(row.at)
    if is_late:
        handed_in = _("%(at)s (nộp muộn)", at=handed_in)
    facts = [
        (_("Người nộp"), f"{summons.person.full_name} ({summons.person.code})"),
        (_("Đơn vị"), summons.unit.name),
        (_("Số biên nhận"), row.receipt_no),
        (_("Nộp lúc"), handed_in),
        (_("Cách nộp"), FORM_NAMES[row.form]),
        (_("Số từ"), vietnamese.format_number(row.words)),
    ]
    if row.entered_by_id and row.approved_by_id:
        names = [db.session.get_one(Person, id).full_name for id in (row.entered_by_id, row.approved_by_id)]
        facts.append((_("Nhập thay"), _("%(by)s nhập, %(other)s duyệt", by=names[0], other=names[1])))
    files, pages = (sum(one.kind is kind for one in enclosed) for kind in (Kind.ORIGINAL, Kind.PAGE))
    if files or pages:
        facts.append((_("Nộp kèm"), _("%(files)s tệp, %(pages)s trang ảnh", files=files, pages=pages)))
    if row.withdrawn_at:
        facts.append((_("Lưu ý"), _("Đã rút về lúc %(at)s", at=_moment(row.withdrawn_at))))
    return facts


def _moment(at: datetime) -> str:
    return f"{vietnamese.format_date(day_of(at))} {vietnamese.format_seconds(at)}"


def paragraphs_of(text: str) -> list[list[str]]:
    """The lines of each paragraph: an empty line parts them, as on the page."""
    blocks: list[list[str]] = [[]]
    for line in map(vietnamese.single_spaces, text.split("\n")):
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]
