"""What organisers type about grading."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.validators import InputRequired, Optional

from lms.drives.forms import NEEDED, SCORE, ScoreField
from lms.drives.rules import Settling
from lms.forms import Form, between
from lms.grading.agreement import SETTLING_NAMES
from lms.grading.settings import GradingRules

MARKS_NAMES = {"1": "Một người chấm", "2": "Hai người chấm, không biết điểm của nhau"}


class GradingRulesForm(Form):
    is_blind = BooleanField(_l("Chấm ẩn danh: người chấm không biết bài của ai, người viết không biết ai chấm"))
    untouched_days = IntegerField(
        _l("Bài đã giao mà bao nhiêu ngày chưa mở thì về hàng chờ chung"), [InputRequired(NEEDED), between(1, 60)]
    )
    appeal_days = IntegerField(
        _l("Số ngày được khiếu nại kể từ ngày công bố (0 là không nhận khiếu nại)"),
        [Optional(), between(0, 60)],
    )
    appeal_answer_days = IntegerField(_l("Số ngày phải trả lời kể từ khi nhận khiếu nại"), [Optional(), between(1, 60)])

    marks_wanted = RadioField(
        _l("Mỗi bài"),
        choices=MARKS_NAMES,
        coerce=int,
    )
    most_apart = ScoreField(_l("Hai điểm được lệch nhau nhiều nhất"), [InputRequired(NEEDED), SCORE])
    settle_by = SelectField(
        _l("Lệch trong mức đó thì lấy"),
        choices={one.value: name[0].upper() + name[1:] for one, name in SETTLING_NAMES.items()},
        coerce=Settling,
    )

    def rules(self) -> GradingRules:
        """What was typed, once it is valid; what was left empty stays at its default."""
        typed = {name: value for name, value in self.data.items() if name != "csrf_token" and value is not None}
        return GradingRules(**typed)
