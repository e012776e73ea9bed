"""What is typed to give somebody more than the rules do."""

import secrets

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from lms.drives.forms import NEEDED, in_our_time
from lms.forms import Form, between
from lms.quizzes.rules import MOST_ATTEMPTS, MOST_MINUTES, MOST_PERCENT


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
