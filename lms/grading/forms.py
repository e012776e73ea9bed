"""What organisers type about grading."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, IntegerField
from wtforms.validators import InputRequired

from lms.drives.forms import NEEDED
from lms.forms import Form, between
from lms.grading.settings import GradingRules


class GradingRulesForm(Form):
    is_blind = BooleanField(_l("Chấm ẩn danh: người chấm không biết bài của ai, người viết không biết ai chấm"))
    untouched_days = IntegerField(
        _l("Bài đã giao mà bao nhiêu ngày chưa mở thì về hàng chờ chung"), [InputRequired(NEEDED), between(1, 60)]
    )

    def rules(self) -> GradingRules:
        return GradingRules(self.is_blind.data, self.untouched_days.data or 0)
