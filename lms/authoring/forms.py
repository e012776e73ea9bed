"""What an author types beside the texts themselves."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from lms.content.frontmatter import CODE, ID
from lms.forms import Form

NEEDED = _l("Đồng chí điền mục này.")
ONE_NAME = Regexp(ID, message=_l("Chỉ dùng chữ thường không dấu, số và gạch nối, ví dụ: hop-to."))


class ModuleForm(Form):
    title = StringField(_l("Tên chuyên đề"), [InputRequired(NEEDED), Length(max=400)])
    code = StringField(
        _l("Mã chuyên đề"),
        [InputRequired(NEEDED), Regexp(CODE, message=_l("Dùng 2–12 chữ hoa và số, ví dụ CD12."))],
    )
    slug = StringField(_l("Tên trong địa chỉ trang"), [Optional(), Length(max=60), ONE_NAME])
    unit = SelectField(_l("Đơn vị phụ trách"), coerce=int)


class PictureForm(Form):
    picture = FileField(_l("Tệp ảnh"), [FileRequired(_l("Đồng chí chọn tệp ảnh PNG, JPEG hoặc WebP."))])
    alternative = StringField(
        _l("Lời mô tả ảnh"),
        [InputRequired(_l("Đồng chí viết lời mô tả ảnh cho người không nhìn thấy ảnh.")), Length(max=300)],
    )


class ImportForm(Form):
    file = FileField(_l("Tệp câu hỏi"), [FileRequired(_l("Đồng chí chọn tệp câu hỏi."))])
    lesson = SelectField(_l("Bài đọc lại, cho câu không ghi bài"))
    source = SelectField(_l("Nguồn, cho câu không ghi nguồn"))


class FoundForm(Form):
    """What an import found, before it is written."""

    stem = StringField(_l("Tên tệp mới"), [InputRequired(NEEDED), Length(max=60), ONE_NAME])
    markdown = StringField(_l("Câu hỏi"), [InputRequired(NEEDED)])
