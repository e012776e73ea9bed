"""What all forms are made of. WTForms speaks no Vietnamese, so the few sentences that it says stand here."""

from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import ValidationError

SENTENCES = {
    "Field cannot be longer than %(max)d characters.": _l("Dài nhất %(max)d ký tự. Đồng chí viết gọn lại."),
    "Not a valid integer value.": _l("Đồng chí nhập một số nguyên."),
    "Not a valid decimal value.": _l("Đồng chí nhập một số, ví dụ 6,5."),
    "Not a valid date value.": _l("Ngày chưa đúng. Đồng chí chọn trên lịch, hoặc viết như 2026-11-21."),
    "Not a valid datetime value.": _l("Ngày giờ chưa đúng. Đồng chí chọn trên lịch, hoặc viết như 2026-11-21T07:30."),
    "Not a valid choice.": _l("Đồng chí chọn một mục trong danh sách."),
    "Invalid Choice: could not coerce.": _l("Đồng chí chọn một mục trong danh sách."),
}


class _Sentences:
    def gettext(self, string: str) -> str:
        return str(SENTENCES.get(string, string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(plural)


class Form(FlaskForm):
    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> _Sentences:
            return _Sentences()


def between(least: int, most: int) -> Callable[[Form, IntegerField], None]:
    """A whole number in these bounds; WTForms' own NumberRange ends in an error at a number of 400 digits."""

    def check(form: Form, field: IntegerField) -> None:
        if field.data is not None and not least <= field.data <= most:
            raise ValidationError(_("Từ %(least)s đến %(most)s.", least=least, most=most))

    return check
