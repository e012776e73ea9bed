"""What is typed when signing in and when people are administered."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from lms.access import ROLE_NAMES, Role
from lms.forms import Form
from lms.people.rules import TEXT_SIZE_NAMES, TextSize


class SignInForm(Form):
    username = StringField(
        _l("Tên đăng nhập"), [InputRequired(_l("Đồng chí nhập tên đăng nhập ghi trên giấy cấp mã.")), Length(max=100)]
    )
    secret = PasswordField(
        _l("Mật khẩu hoặc mã dùng một lần"),
        [InputRequired(_l("Đồng chí nhập mật khẩu, hoặc mã dùng một lần do đơn vị cấp.")), Length(max=200)],
    )


class NewPasswordForm(Form):
    password = PasswordField(_l("Mật khẩu mới"), [InputRequired(_l("Đồng chí nhập mật khẩu mới."))])
    again = PasswordField(
        _l("Nhập lại mật khẩu mới"), [EqualTo("password", _l("Hai lần nhập chưa giống nhau. Đồng chí nhập lại."))]
    )


class ChangePasswordForm(NewPasswordForm):
    current = PasswordField(_l("Mật khẩu hiện tại"), [InputRequired(_l("Đồng chí nhập mật khẩu hiện tại."))])


class GrantForm(Form):
    role = SelectField(_l("Vai trò"), choices={role.value: name() for role, name in ROLE_NAMES.items()}, coerce=Role)
    unit_code = StringField(
        _l("Mã đơn vị"), [InputRequired(_l("Đồng chí nhập mã đơn vị, ví dụ ở danh sách đơn vị.")), Length(max=60)]
    )


class DisplayForm(Form):
    text_size = RadioField(
        _l("Cỡ chữ"), choices={size.value: name for size, name in TEXT_SIZE_NAMES.items()}, coerce=TextSize
    )
    high_contrast = BooleanField(_l("Tương phản cao"))


class AbsenceForm(Form):
    first_day = DateField(_l("Nghỉ từ ngày"), [InputRequired(_l("Đồng chí chọn ngày."))])
    last_day = DateField(_l("Đến hết ngày"), [InputRequired(_l("Đồng chí chọn ngày."))])
    reason = StringField(_l("Lý do"), [InputRequired(_l("Đồng chí ghi lý do nghỉ.")), Length(max=200)])
