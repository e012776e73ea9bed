"""Counting standings, where every total is the sum of its parts by construction; the words of the audit trail, and the
words for what item analysis found.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from flask_babel import gettext as _

from lms.completion.rules import State
from lms.quizzes.analysis import Flag
from lms.quizzes.timeline import DECISION_NAMES


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
    "moderate": "Xem lại điểm đã chấm",
    **DECISION_NAMES,
    "add_points": "Lập điểm cầu",
    "adopt_version": "Đợt học tập dùng phiên bản mới",
    "allocate": "Giao bài cho giám khảo theo kế hoạch",
    "appeal": "Khiếu nại kết quả thu hoạch",
    "approve": "Thẩm định: đồng ý",
    "approve_entry": "Duyệt bài thu hoạch nhập thay",
    "archive": "Lập hồ sơ lưu bài thu hoạch",
    "assign_point": "Phân điểm cầu",
    "change_drive": "Sửa kế hoạch đợt học tập",
    "change_rubric": "Đổi thang chấm giữa chừng",
    "correct_key": "Sửa đáp án câu hỏi",
    "create_drive": "Mở đợt học tập",
    "create_module": "Mở chuyên đề mới",
    "dispense": "Gia hạn, miễn bài thu hoạch",
    "decide_appeal": "Trả lời khiếu nại",
    "download_archive": "Tải hồ sơ lưu bài thu hoạch",
    "download_original": "Tải tệp gốc của bài thu hoạch",
    "drop_entry": "Bỏ bài thu hoạch nhập thay",
    "end_role": "Thôi vai trò",
    "enter_on_behalf": "Nhập thay bài thu hoạch",
    "export_people": "Tải danh sách",
    "give_allowance": "Cho thêm thời gian lâu dài",
    "grade": "Chấm bài thu hoạch",
    "grant_role": "Cấp vai trò",
    "hand_back": "Bài tự về hàng chờ chung",
    "hand_in_reflection": "Nộp bài thu hoạch",
    "import_people": "Nhập danh sách cán bộ",
    "import_units": "Nhập danh sách đơn vị",
    "issue_code": "Cấp mã dùng một lần",
    "judge_anomaly": "Kết luận về dấu hiệu bất thường",
    "make_exception": "Cho ngoại lệ bài kiểm tra",
    "move_essays": "Chuyển bài giữa các giám khảo",
    "note_absence": "Ghi thời gian vắng",
    "note_attendance": "Điểm danh",
    "propose": "Gửi thẩm định",
    "publish": "Xuất bản chuyên đề",
    "release": "Công bố kết quả",
    "reroute_reflection": "Chuyển nơi chấm bài thu hoạch",
    "restore": "Khôi phục phiên bản cũ vào bản thảo",
    "revalue": "Điểm đổi theo thang chấm",
    "set_capacity": "Đặt sức chấm của giám khảo",
    "set_grading_rules": "Đặt cách chấm của đợt học tập",
    "set_password": "Đặt mật khẩu",
    "set_quiz_rules": "Đặt quy định của bài kiểm tra",
    "sign_in": "Đăng nhập",
    "summon": "Triệu tập",
    "take_back_grade": "Thu lại quyết định chấm",
    "turn_down_entry": "Không duyệt bài thu hoạch nhập thay",
    "turn_down": "Thẩm định: trả lại",
    "undo_correction": "Hủy lần sửa đáp án",
    "undo_rubric": "Hủy lần đổi thang chấm",
    "unmask": "Xem tên người viết bài chấm ẩn danh",
    "withdraw_absence": "Bỏ ghi thời gian vắng",
    "withdraw_allowance": "Thôi cho thêm thời gian",
    "withdraw_dispensation": "Thôi gia hạn, miễn bài thu hoạch",
    "withdraw_appeal": "Rút khiếu nại",
    "withdraw_exception": "Rút ngoại lệ bài kiểm tra",
    "withdraw_reflection": "Rút bài thu hoạch về",
    "withdraw_summons": "Rút tên khỏi danh sách triệu tập",
}


FLAG_NAMES: dict[Flag, Callable[[], str]] = {
    Flag.WRONG_KEY: lambda: _("Có thể sai đáp án"),
    Flag.HARD: lambda: _("Rất ít người đúng"),
    Flag.WEAK: lambda: _("Phân biệt kém"),
}


def advice(flag: Flag, number: int) -> str:
    """What to do about a question."""
    if flag is Flag.WRONG_KEY:
        return _(
            "Xem lại đáp án câu %(n)s: người làm tốt các câu khác lại thường bị tính sai ở câu này, hoặc chọn một "
            "phương án khác với đáp án.",
            n=number,
        )
    if flag is Flag.HARD:
        return _("Xem lại lời hỏi câu %(n)s và đoạn bài học liên quan: chưa đạt một phần tư số điểm.", n=number)
    return _(
        "Xem lại lời hỏi và các phương án câu %(n)s: câu không giúp phân biệt người nắm bài với người chưa nắm bài.",
        n=number,
    )


def reliability_in_words(alpha: float) -> str:
    """How far one may lean on a difference between two learners' marks."""
    if alpha >= 0.8:
        return _("cao: điểm của bài đáng tin để so sánh người học")
    if alpha >= 0.7:
        return _("khá: đủ để kết luận đạt hay chưa đạt")
    if alpha >= 0.5:
        return _("trung bình: người học gần mức đạt có thể đổi kết quả nếu làm bộ câu khác")
    return _("thấp: chưa nên dựa vào riêng bài này để đánh giá từng người")


def discrimination_in_words(discrimination: float) -> str:
    """How well a question tells those who know from those who do not."""
    if discrimination >= 0.3:
        return _("tốt")
    if discrimination >= 0.2:
        return _("khá")
    if discrimination >= 0.1:
        return _("yếu")
    return _("kém") if discrimination >= 0 else _("ngược")
