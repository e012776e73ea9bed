"""What an organiser types."""

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    DecimalField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError
from wtforms.widgets import TextInput

from lms import vietnamese
from lms.drives.rules import DOCUMENT_TYPES, KIND_NAMES, RATING_NAMES, Kind, Rating
from lms.forms import Form, between

NEEDED = _l("Đồng chí điền mục này.")
YEAR = _l("Năm phải từ 1900 đến 2100.")
SCORE = NumberRange(0, 10, _l("Điểm từ 0 đến 10."))


def in_our_time(form: Form, field: DateField | DateTimeLocalField) -> None:
    """A year with a figure too many or too few is a slip."""
    if field.data and not 1900 <= field.data.year <= 2100:
        raise ValidationError(YEAR)


class ScoreField(DecimalField):
    """A number as people here write it, 6,5 or 6.5: as text, for a browser's own number field knows no comma."""

    widget = TextInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else vietnamese.format_number(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            try:
                self.data = vietnamese.parse_number(valuelist[0])
            except ValueError as error:
                self.data = None
                raise ValueError(self.gettext("Not a valid decimal value.")) from error


class DriveForm(Form):
    code = StringField(
        _l("Mã đợt"),
        [
            InputRequired(NEEDED),
            Length(max=40),
            Regexp(r"^[a-z0-9]+(-[a-z0-9]+)*$", message=_l("Mã chỉ gồm chữ thường không dấu, số và gạch nối.")),
        ],
    )
    title = StringField(_l("Tên đợt học tập"), [InputRequired(NEEDED), Length(max=400)])
    kind = SelectField(_l("Hình thức"), choices={kind.value: name for kind, name in KIND_NAMES.items()}, coerce=Kind)
    unit = SelectField(_l("Đơn vị tổ chức"), coerce=int)
    partners = StringField(_l("Đơn vị phối hợp"), [Length(max=400)])
    opens_on = DateField(_l("Ngày mở"), [InputRequired(NEEDED), in_our_time])
    due_on = DateField(_l("Hạn nộp thu hoạch (hết ngày)"), [InputRequired(NEEDED), in_our_time])
    closes_on = DateField(_l("Ngày đóng (hết ngày)"), [InputRequired(NEEDED), in_our_time])
    late_on = DateField(_l("Nhận bài thu hoạch nộp muộn (hết ngày)"), [Optional(), in_our_time])
    grace_seconds = IntegerField(_l("Số giây chờ bài đến chậm vì mạng"), [Optional(), between(0, 600)], default=60)
    reflection = SelectField(_l("Bài thu hoạch theo chuyên đề"), coerce=int)
    forbids_direct = BooleanField(_l("Cấp trên, cấp dưới trực tiếp không chấm bài của nhau"))
    may_withdraw = BooleanField(_l("Người viết được rút bài đã nộp về sửa, khi chưa ai bắt đầu chấm"))
    needs_lessons = BooleanField(_l("Đọc hết các bài học"), default=True)
    needs_quizzes = BooleanField(_l("Đạt các bài kiểm tra"), default=True)
    needs_sessions = IntegerField(_l("Số buổi phải dự"), [InputRequired(NEEDED), between(0, 100)], default=0)
    least_rating = SelectField(
        _l("Thu hoạch xếp loại từ"),
        choices={rating.value: name for rating, name in RATING_NAMES.items()},
        coerce=Rating,
        default=Rating.AVERAGE,
    )
    most_returns = IntegerField(_l("Số lần được trả lại để viết lại"), [Optional(), between(0, 10)], default=2)
    excellent = ScoreField(_l("Giỏi từ"), [InputRequired(NEEDED), SCORE], default=Decimal(8))
    good = ScoreField(_l("Khá từ"), [InputRequired(NEEDED), SCORE], default=Decimal("6.5"))
    average = ScoreField(_l("Trung bình từ"), [InputRequired(NEEDED), SCORE], default=Decimal(5))


class DocumentForm(Form):
    type = SelectField(_l("Loại"), choices=DOCUMENT_TYPES)
    number = StringField(_l("Số, ký hiệu"), [InputRequired(NEEDED), Length(max=60)])
    issued_on = DateField(_l("Ngày ban hành"), [InputRequired(NEEDED), in_our_time])
    issuer = StringField(_l("Cơ quan ban hành"), [InputRequired(NEEDED), Length(max=200)])
    about = StringField(_l("Về việc"), [Length(max=400)])


class SessionForm(Form):
    title = StringField(_l("Nội dung buổi"), [InputRequired(NEEDED), Length(max=200)])
    starts_at = DateTimeLocalField(_l("Bắt đầu"), [InputRequired(NEEDED), in_our_time], format=["%Y-%m-%dT%H:%M"])
    ends_at = DateTimeLocalField(_l("Kết thúc"), [InputRequired(NEEDED), in_our_time], format=["%Y-%m-%dT%H:%M"])
    place = StringField(_l("Địa điểm"), [Length(max=300)])


class PointsForm(Form):
    points = TextAreaField(_l("Điểm cầu, mỗi dòng một điểm"), [InputRequired(NEEDED), Length(max=100_000)])


class AssignForm(Form):
    point = SelectField(_l("Điểm cầu"), coerce=int)
    unit_code = StringField(_l("Mã đơn vị: mọi người được triệu tập thuộc đơn vị và cấp dưới"), [Length(max=60)])
    codes = TextAreaField(_l("Hoặc mã cán bộ, mỗi dòng một mã"), [Length(max=200_000)])


class SummonForm(Form):
    codes = TextAreaField(_l("Mã cán bộ, mỗi dòng một mã"), [Length(max=200_000)])
    unit_code = StringField(_l("Hoặc mã đơn vị: mọi người có chức vụ chính trong đơn vị và cấp dưới"), [Length(max=60)])
    reason = StringField(_l("Căn cứ triệu tập"), [InputRequired(NEEDED), Length(max=200)])
