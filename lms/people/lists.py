"""What a list of people says: its columns and words, and each row by itself."""

import re
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from lms import vietnamese
from lms.imports import Checker
from lms.people.rules import POSITION_NAMES, Position
from lms.sheets import Column, Row, plain, shown

COLUMNS = (
    Column("code", "Mã cán bộ", ("Mã CB", "Mã số cán bộ", "Mã đoàn viên"), required=True, is_code=True),
    Column("name", "Họ và tên", ("Họ tên", "Họ và tên cán bộ"), required=True, unless=("family", "given")),
    Column("family", "Họ đệm", ("Họ và đệm", "Họ và tên đệm", "Họ, tên đệm", "Họ và chữ đệm")),
    Column("given", "Tên"),
    Column("birth", "Ngày sinh", ("Ngày, tháng, năm sinh", "Ngày sinh / Năm sinh", "Ngày sinh hoặc năm sinh")),
    Column("year", "Năm sinh"),
    Column("phone", "Điện thoại", ("Số điện thoại", "SĐT", "ĐT", "Di động", "Điện thoại di động", "Số ĐT")),
    Column("email", "Email", ("E-mail", "Thư điện tử", "Địa chỉ email")),
    Column("unit", "Mã đơn vị", ("Mã ĐV", "Mã CĐCS", "Mã số đơn vị"), required=True, is_code=True),
    Column("position", "Chức vụ", ("Chức danh", "Chức vụ công đoàn", "Chức vụ CĐ"), required=True),
    Column("full_time", "Chuyên trách", ("Cán bộ chuyên trách", "CB chuyên trách")),
    Column("main", "Chức vụ chính", ("Là chức vụ chính", "Chính")),
    Column("since", "Từ ngày", ("Giữ chức vụ từ ngày", "Ngày nhận chức vụ", "Ngày bổ nhiệm")),
    Column("username", "Tên đăng nhập", ("Tài khoản", "Tên tài khoản"), is_code=True),
)

SHORT_POSITIONS = {
    Position.CHAIR: ("CT", "Chủ tịch Công đoàn"),
    Position.VICE_CHAIR: ("PCT", "Phó CT"),
    Position.COMMITTEE_MEMBER: ("UV BCH", "UVBCH", "Ủy viên BCH", "BCH"),
    Position.INSPECTION_HEAD: ("CN UBKT", "Chủ nhiệm UBKT", "CNUBKT"),
    Position.INSPECTION_MEMBER: ("UV UBKT", "UVUBKT", "Ủy viên UBKT", "UBKT"),
    Position.WOMEN_BOARD: ("Ban Nữ công", "Nữ công", "BNC", "Nữ công quần chúng"),
    Position.OFFICER: ("Cán bộ chuyên môn", "CB chuyên môn", "Cán bộ công đoàn", "Chuyên viên"),
    Position.MEMBER: ("ĐV",),
}
POSITIONS = {
    plain(text): position
    for position in Position
    for text in (position.value, POSITION_NAMES[position], *SHORT_POSITIONS[position])
}
UNIT_WORDS = re.compile(r" (cdcs|cong doan|cong doan co so|cd)$")
"""Said after a position, they add nothing: “Chủ tịch CĐCS”."""

YES = {"co", "x", "v", "yes", "1", "true", "chuyen trach", "chinh"}
NO = {"khong", "k", "no", "0", "false", "khong chuyen trach", "kiem nhiem"}
TICKS = "✓✔☑√"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", re.ASCII)
USERNAME = re.compile(r"[a-z0-9][a-z0-9._@-]{2,63}")
OLDEST = 1920


@dataclass(frozen=True)
class Facts:
    """What is said about a person; None where the list is silent."""

    name: str
    birth_year: int | None
    birth_date: date | None
    phone: str | None
    email: str | None


@dataclass(frozen=True)
class PersonRow:
    """What a row says. `day` is its own day or that of the import."""

    number: int
    code: str
    facts: Facts
    unit: str
    position: Position | None
    full_time: bool | None
    is_main: bool | None
    day: date
    username: str | None


class PeopleList(Checker):
    """Reads rows; what cannot be read becomes a fault and stays unsaid."""

    def said(self, row: Row) -> PersonRow:
        name = row["name"] or f"{row['family']} {row['given']}".strip()
        if not name and "name" not in self.table.letters:
            self.fault(row.number, "given", _("Thiếu Họ và tên."), _("Điền Họ đệm và Tên, hoặc xóa cả dòng."))
        position = POSITIONS.get(plain(row["position"])) or POSITIONS.get(UNIT_WORDS.sub("", plain(row["position"])))
        if row["position"] and position is None:
            message = _("Không có chức vụ %(text)s.", text=shown(row["position"]))
            self.fault(
                row.number, "position", message, _("Dùng một trong: %(n)s.", n=", ".join(POSITION_NAMES.values()))
            )
        year, born = self._birth(row)
        return PersonRow(
            number=row.number,
            code=self.code(row, "code"),
            facts=Facts(name, year, born, self._phone(row), self._email(row)),
            unit=self.code(row, "unit"),
            position=position,
            full_time=self._yes_or_no(row, "full_time"),
            is_main=self._yes_or_no(row, "main"),
            day=self.day(row) or self.on,
            username=self._username(row),
        )

    def _birth(self, row: Row) -> tuple[int | None, date | None]:
        year: int | None = None
        born: date | None = None
        for key in ("birth", "year"):
            text = row[key]
            try:
                day = None if not text or re.fullmatch("[0-9]{4}", text) else vietnamese.parse_date(text)
            except ValueError as error:
                self.fault(row.number, key, str(error), _("Viết như 30/04/1975, hoặc chỉ năm: 1975."))
                continue
            said = day.year if day else int(text) if text else None
            if said is not None and not OLDEST <= said <= self.on.year - 14:
                self.fault(row.number, key, _("Năm sinh %(year)s không hợp lý.", year=said), _("Kiểm tra lại năm."))
            elif said is not None and year not in (None, said):
                self.fault(row.number, key, _("Ngày sinh và Năm sinh không khớp."), _("Sửa một trong hai cột."))
            year, born = said or year, day or born
        return year, born

    def _phone(self, row: Row) -> str | None:
        try:
            return vietnamese.normalise_phone(row["phone"]) if row["phone"] else None
        except ValueError as error:
            self.fault(row.number, "phone", str(error), _("Gõ lại số trong ô định dạng Text."))
            return None

    def _email(self, row: Row) -> str | None:
        email = row["email"]
        if email and (len(email) > 254 or not EMAIL.fullmatch(email)):
            cure = _("Viết một địa chỉ, không dấu, như ten@vidu.vn.")
            self.fault(row.number, "email", _("Email %(text)s không đúng.", text=shown(email)), cure)
        return email or None

    def _username(self, row: Row) -> str | None:
        """Small letters, since signing in does not tell them apart; each name belongs to one person."""
        username = row["username"].lower()
        if username and not USERNAME.fullmatch(username):
            idea = vietnamese.fold(username).replace(" ", "")
            message = _("Tên đăng nhập %(text)s không hợp lệ.", text=shown(row["username"]))
            cure = _(
                "Dùng 3 đến 64 chữ cái không dấu, chữ số, dấu . _ - @, không khoảng trắng, như %(idea)s.", idea=idea
            )
            self.fault(row.number, "username", message, cure)
        return username or None

    def _yes_or_no(self, row: Row, key: str) -> bool | None:
        text = row[key]
        if not text or plain(text) in NO:
            return False if text else None
        if plain(text) in YES or text in TICKS:
            return True
        message = _("Không hiểu %(text)s ở cột này.", text=shown(text))
        self.fault(row.number, key, message, _("Ghi “có” hoặc “không”, hoặc để trống."))
        return None
