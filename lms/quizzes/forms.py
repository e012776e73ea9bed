"""What is typed to set a quiz's rules in a drive, and to give somebody more than they do."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, DateTimeLocalField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from lms.content.blueprints import MOST_GRACE, MOST_WAIT
from lms.content.rules import QuizPlan
from lms.drives.forms import NEEDED, in_our_time
from lms.forms import Form, between
from lms.quizzes.rules import (
    COUNTS_NAMES,
    FEEDBACK_NAMES,
    MOST_ATTEMPTS,
    MOST_MINUTES,
    MOST_PERCENT,
    PRACTICE_NAMES,
)
from lms.vietnamese import VIETNAM


class OnceForm(Form):
    """A form that is sent twice, by a double click or by the back button, makes one row."""

    form_token = HiddenField(
        default=lambda: secrets.token_urlsafe(16),
        validators=[InputRequired(_l("Trang đã cũ. Đồng chí tải lại trang rồi nhập lại.")), Length(max=60)],
    )
    reason = StringField(_l("Lý do"), [InputRequired(NEEDED), Length(max=200)])


class ExceptionForm(OnceForm):
    person_code = StringField(_l("Mã cán bộ"), [Length(max=60)])
    unit_code = StringField(_l("Hoặc mã đơn vị: mọi người thuộc đơn vị và cấp dưới"), [Length(max=60)])
    point = SelectField(_l("Hoặc điểm cầu"), coerce=lambda value: int(value or 0), default=0)
    module = SelectField(_l("Bài kiểm tra"), coerce=int)
    extra_minutes = IntegerField(_l("Thêm số phút mỗi lượt"), [Optional(), between(0, MOST_MINUTES)])
    extra_attempts = IntegerField(_l("Thêm số lượt"), [Optional(), between(0, MOST_ATTEMPTS)])
    open_until = DateField(_l("Làm đến hết ngày"), [Optional(), in_our_time])


class AllowanceForm(OnceForm):
    person_code = StringField(_l("Mã cán bộ"), [InputRequired(NEEDED), Length(max=60)])
    percent = IntegerField(_l("Thêm bao nhiêu phần trăm thời gian"), [InputRequired(NEEDED), between(1, MOST_PERCENT)])
    valid_from = DateField(_l("Từ ngày"), [InputRequired(NEEDED), in_our_time])
    valid_to = DateField(_l("Đến hết ngày (để trống nếu lâu dài)"), [Optional(), in_our_time])


class WithdrawForm(Form):
    reason = StringField(_l("Lý do thôi áp dụng"), [InputRequired(NEEDED), Length(max=200)])


class RulesForm(Form):
    """What is left empty holds as the module says."""

    opens_at = DateTimeLocalField(_l("Mở lúc"), [Optional(), in_our_time], format=["%Y-%m-%dT%H:%M"])
    closes_at = DateTimeLocalField(_l("Đóng lúc"), [Optional(), in_our_time], format=["%Y-%m-%dT%H:%M"])
    minutes = IntegerField(_l("Số phút mỗi lượt"), [Optional(), between(1, 300)])
    attempts = IntegerField(_l("Số lượt (0 là không giới hạn)"), [Optional(), between(0, 100)])
    wait_minutes = IntegerField(_l("Số phút chờ giữa hai lượt"), [Optional(), between(0, MOST_WAIT)])
    counts = SelectField(_l("Lấy kết quả"))
    pass_percent = IntegerField(_l("Đạt từ bao nhiêu phần trăm số điểm"), [Optional(), between(1, 100)])
    feedback = SelectField(_l("Người học xem lại bài"))
    show_marks = SelectField(_l("Cho xem điểm từng câu"))
    show_answers = SelectField(_l("Cho xem đáp án đúng"))
    show_explanations = SelectField(_l("Cho xem lời giải thích"))
    shuffle = SelectField(_l("Xáo thứ tự câu hỏi và phương án"))
    one_a_page = SelectField(_l("Mỗi trang một câu"))
    practice = SelectField(_l("Cho người học tự luyện"))
    grace_seconds = IntegerField(_l("Số giây chờ câu trả lời đến chậm"), [Optional(), between(0, MOST_GRACE)])

    @classmethod
    def showing(cls, own: Mapping[str, Any], plan: QuizPlan | None) -> "RulesForm":
        """The form with what is set now."""
        words = {name: _typed(value) for name, value in own.items()}
        return cls(formdata=None, data=words)._naming(plan)

    @classmethod
    def asking(cls, plan: QuizPlan | None) -> "RulesForm":
        """The form as it was sent."""
        return cls()._naming(plan)

    def _naming(self, plan: QuizPlan | None) -> "RulesForm":
        """Say beside each choice what the module says."""
        for name, choices in (
            ("counts", {key.value: _(word) for key, word in COUNTS_NAMES.items()}),
            ("feedback", {key.value: _(word) for key, word in FEEDBACK_NAMES.items()}),
            ("practice", {key.value: _(word) for key, word in PRACTICE_NAMES.items()}),
            *((name, {"yes": _("Có"), "no": _("Không")}) for name in SWITCHES),
        ):
            said = choices.get(str(_typed(getattr(plan, name, ""))), "")
            self[name].choices = {"": _("Theo chuyên đề (%(said)s)", said=str(said).lower()), **choices}
        return self

    def own(self) -> dict[str, Any]:
        """What the organisers say themselves; None is the module's."""
        own: dict[str, Any] = {field.name: field.data for field in self if field.name != "csrf_token"}
        for name in ("opens_at", "closes_at"):
            own[name] = own[name].replace(tzinfo=VIETNAM) if own[name] else None
        for name in SWITCHES:
            own[name] = {"yes": True, "no": False}.get(own[name] or "")
        return {
            **own,
            "counts": own["counts"] or None,
            "feedback": own["feedback"] or None,
            "practice": own["practice"] or None,
        }


SWITCHES = ("show_marks", "show_answers", "show_explanations", "shuffle", "one_a_page")


def _typed(value: Any) -> Any:
    """A stored value as the form writes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.astimezone(VIETNAM).replace(tzinfo=None) if isinstance(value, datetime) else value


class CorrectionForm(OnceForm):
    """Which correction it is goes along unseen, as it was chosen for the list of what it changes."""
