"""Counting standings, where every total is the sum of its parts by construction; and the words of the audit trail."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from lms.completion.rules import State


@dataclass
class Tally:
    """How many stand in each state."""

    states: Counter[State] = field(default_factory=Counter)

    def add(self, state: State) -> None:
        self.states[state] += 1

    @property
    def assigned(self) -> int:
        return self.states.total()

    def of(self, state: State) -> int:
        return self.states[state]


def summed(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.states.update(tally.states)
    return total


ACTION_NAMES = {
    "change_drive": "Sửa kế hoạch đợt học tập",
    "close_quiz": "Hệ thống nộp bài kiểm tra khi hết giờ",
    "create_drive": "Mở đợt học tập",
    "end_role": "Thôi vai trò",
    "export_people": "Tải danh sách",
    "grade": "Chấm bài thu hoạch",
    "grant_role": "Cấp vai trò",
    "hand_in_quiz": "Nộp bài kiểm tra",
    "hand_in_reflection": "Nộp bài thu hoạch",
    "import_people": "Nhập danh sách cán bộ",
    "import_units": "Nhập danh sách đơn vị",
    "issue_code": "Cấp mã dùng một lần",
    "note_attendance": "Điểm danh",
    "publish": "Xuất bản chuyên đề",
    "release": "Công bố kết quả",
    "set_password": "Đặt mật khẩu",
    "sign_in": "Đăng nhập",
    "summon": "Triệu tập",
    "withdraw_summons": "Rút tên khỏi danh sách triệu tập",
}
