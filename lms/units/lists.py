"""What a list of units says: its columns and words, and each row by itself."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from lms import vietnamese
from lms.db import db
from lms.imports import Checker
from lms.sheets import Column, Row, Table, plain, shown
from lms.units import queries
from lms.units.models import TierPreset, UnitCategory, UnitKind
from lms.units.rules import NAMES
from lms.vietnamese import format_date

COLUMNS = (
    Column("code", "Mã đơn vị", ("Mã ĐV", "Mã CĐCS", "Mã số đơn vị"), required=True, is_code=True),
    Column("name", "Tên đơn vị", ("Đơn vị", "Tên CĐCS", "Tên công đoàn", "Tên công đoàn cơ sở"), required=True),
    Column("kind", "Loại", ("Loại đơn vị", "Loại hình", "Loại hình đơn vị", "Loại hình tổ chức"), required=True),
    Column("parent", "Mã đơn vị cấp trên", ("Mã cấp trên", "Mã ĐV cấp trên", "Mã đơn vị cha"), is_code=True),
    Column("category", "Nhóm/Khối", ("Nhóm", "Khối", "Nhóm khối", "Khối thi đua")),
    Column("members", "Số đoàn viên", ("Đoàn viên", "Tổng số đoàn viên", "Số ĐV")),
    Column("since", "Từ ngày", ("Ngày thành lập", "Có hiệu lực từ ngày", "Hiệu lực từ")),
)

SHORT_KINDS = {
    "TLĐ": "confederation",
    "LĐLĐ tỉnh": "provincial_federation",
    "Liên đoàn Lao động tỉnh": "provincial_federation",
    "LĐLĐ tỉnh, thành phố": "provincial_federation",
    "CĐ ngành Trung ương": "national_sector_union",
    "LĐLĐ huyện": "district_federation",
    "Liên đoàn Lao động huyện": "district_federation",
    "LĐLĐ huyện, quận, thị xã": "district_federation",
    "CĐ ngành địa phương": "local_sector_union",
    "CĐ KCN": "zone_union",
    "Công đoàn các KCN": "zone_union",
    "CĐ khối": "block_union",
    "CĐ xã": "commune_union",
    "CĐ phường": "commune_union",
    "CĐ đặc khu": "commune_union",
    "Công đoàn xã": "commune_union",
    "Công đoàn phường": "commune_union",
    "Công đoàn đặc khu": "commune_union",
    "CĐ xã, phường, đặc khu": "commune_union",
    "CĐCS": "grassroots_union",
    "Nghiệp đoàn": "occupational_union",
    "NĐCS": "occupational_union",
    "CĐCS thành viên": "member_union",
    "CĐCSTV": "member_union",
    "CĐ bộ phận": "section",
    "CĐBP": "section",
    "Tổ CĐ": "team",
}


@dataclass(frozen=True)
class UnitRow:
    """What a row says; None where it is silent or faulty. `day` is its own day or that of the import."""

    number: int
    code: str
    name: str
    kind: str | None
    parent: str | None
    category: str | None
    members: int | None
    day: date


class UnitList(Checker):
    """Reads rows with the words of the database; what cannot be read becomes a fault and stays unsaid."""

    def __init__(self, table: Table, on: date) -> None:
        super().__init__(table, on)
        presets = db.session.scalars(select(TierPreset))
        self.presets = [(preset, queries.allowed_parents(preset)) for preset in presets]
        self.kinds = {plain(text): kind for text, kind in SHORT_KINDS.items()}
        self.categories: dict[str, str] = {}
        for kind, name in db.session.execute(select(UnitKind.code, UnitKind.name)):
            self.kinds |= {plain(kind): kind, plain(name): kind}
        for category, name in db.session.execute(select(UnitCategory.code, UnitCategory.name)):
            self.categories |= {plain(category): category, plain(name): category}

    def said(self, row: Row) -> UnitRow:
        day = self.day(row) or self.on
        tiers = self.tiers(day)[1]
        kind = self.kinds.get(plain(row["kind"]))
        if row["kind"] and kind is None:
            names = ", ".join(NAMES.get(kind, kind) for kind in tiers)
            message = _("Không có loại đơn vị %(text)s.", text=shown(row["kind"]))
            self.fault(row.number, "kind", message, _("Dùng một trong các loại: %(names)s.", names=names))
        category = self.categories.get(plain(row["category"]))
        if row["category"] and category is None:
            names = ", ".join(db.session.scalars(select(UnitCategory.name).order_by(UnitCategory.position)))
            message = _("Không có nhóm %(text)s.", text=shown(row["category"]))
            self.fault(row.number, "category", message, _("Dùng một trong các nhóm: %(names)s.", names=names))
        parent = self.code(row, "parent") or None
        return UnitRow(row.number, self.code(row, "code"), row["name"], kind, parent, category, self._members(row), day)

    def _members(self, row: Row) -> int | None:
        if not row["members"]:
            return None
        try:
            number = vietnamese.parse_number(row["members"], thousands=True)
        except ValueError:
            number = Decimal(-1)
        if number == int(number) and 0 <= number < 10_000_000:
            return int(number)
        message = _("Số đoàn viên %(text)s không phải số nguyên.", text=shown(row["members"]))
        self.fault(row.number, "members", message, _("Viết số nguyên như 120 hoặc 1.234."))
        return None

    def tiers(self, day: date) -> tuple[str, dict[str, set[str]]]:
        """The name of the tiers in force on a day, and what may stand under what."""
        for preset, allowed in self.presets:
            if preset.valid_from <= day <= preset.valid_to:
                return preset.name, allowed
        return _("ngày %(day)s", day=format_date(day)), {}
