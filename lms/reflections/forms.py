"""What organisers type to give somebody a later day, or to ask no reflection of them."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from lms.drives.forms import in_our_time
from lms.quizzes.forms import OnceForm
from lms.reflections.deadlines import KIND_NAMES, Kind


class DispensationForm(OnceForm):
    person_code = StringField(_l("Mã cán bộ"), [Length(max=60)])
    unit_code = StringField(_l("Hoặc mã đơn vị: mọi người thuộc đơn vị và cấp dưới"), [Length(max=60)])
    kind = SelectField(
        _l("Việc"), choices={kind.value: name for kind, name in KIND_NAMES.items()}, coerce=Kind, default=Kind.EXTENSION
    )
    until = DateField(_l("Nộp đến hết ngày (khi gia hạn)"), [Optional(), in_our_time])
