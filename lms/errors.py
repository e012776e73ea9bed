"""The page that each way to fail meets; the ways themselves stand in `refusals.py`."""

from typing import Any

from flask import Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.sansio.multipart import Data, Epilogue, Field, MultipartDecoder, NeedData

from lms.refusals import BadContent as BadContent
from lms.refusals import BadInput as BadInput
from lms.refusals import LmsError as LmsError
from lms.refusals import NotAllowed as NotAllowed
from lms.refusals import NotFound as NotFound
from lms.refusals import Refused as Refused

TITLES = {
    400: lambda: _("Dữ liệu gửi lên chưa đúng"),
    403: lambda: _("Trang này không thuộc phần việc của đồng chí"),
    404: lambda: _("Không tìm thấy trang"),
    405: lambda: _("Không tìm thấy trang"),
    409: lambda: _("Chưa thực hiện được"),
    413: lambda: _("Tệp gửi lên quá lớn"),
    429: lambda: _("Xin chờ một lát"),
    500: lambda: _("Hệ thống gặp lỗi"),
}

SENTENCES = {
    400: lambda: _(
        "Máy chủ không đọc được dữ liệu vừa gửi. Đồng chí quay lại trang trước, tải lại trang rồi gửi lần nữa."
    ),
    403: lambda: _("Nếu đồng chí cần vào trang này, hãy đề nghị quản trị đơn vị cấp vai trò phù hợp."),
    404: lambda: _("Địa chỉ này không có, hoặc nội dung không thuộc phạm vi của đồng chí."),
    405: lambda: _("Địa chỉ này không mở trực tiếp được. Đồng chí trở về trang chính rồi vào lại."),
    413: lambda: _("Tệp lớn hơn mức cho phép. Đồng chí chia nhỏ tệp rồi gửi lại."),
    500: lambda: _("Lỗi đã được ghi lại. Những gì đã báo “đã lưu” vẫn còn. Đồng chí thử lại sau ít phút."),
}


def wants_json() -> bool:
    """Scripts ask for JSON; everything else gets a page."""
    return request.accept_mimetypes.best == "application/json"


FIRST_BYTES = 64_000
"""How much of a form that is too large is looked at for what was typed in front of the file."""


def _typed_before_the_file() -> list[str]:
    """The texts of our own form that was too large to be read, so that nobody types them again."""
    boundary = request.mimetype_params.get("boundary", "")
    if not boundary or request.headers.get("Origin") != request.host_url.rstrip("/"):
        return []
    decoder = MultipartDecoder(boundary.encode())
    decoder.receive_data(request.environ["wsgi.input"].read(FIRST_BYTES))
    typed: list[str] = []
    is_text = False
    try:
        while not isinstance(event := decoder.next_event(), (NeedData, Epilogue)):
            if isinstance(event, Data):
                if is_text:
                    typed[-1] += event.data.decode("utf-8", "replace")
                continue
            is_text = isinstance(event, Field) and not event.name.endswith("token")
            if is_text:
                typed.append("")
    except ValueError:
        pass  # not a form after all: then nothing was typed
    return [text for text in typed if text.strip()]


def error_page(status: int, sentence: str = "", **details: Any) -> ResponseReturnValue:
    title = TITLES.get(status, TITLES[500])()
    sentence = sentence or SENTENCES.get(status, SENTENCES[500])()
    if wants_json():
        return jsonify({"error": sentence, **details}), status
    typed = _typed_before_the_file() if status == 413 else []
    return render_template("errors/error.html", title=title, sentence=sentence, status=status, typed=typed), status


def init_app(app: Flask) -> None:
    @app.errorhandler(LmsError)
    def _ours(error: LmsError) -> ResponseReturnValue:
        return error_page(error.status, error.sentence, **error.details)

    @app.errorhandler(CSRFError)
    def _forged(error: CSRFError) -> ResponseReturnValue:
        return error_page(
            400, _("Trang đã mở quá lâu hoặc được gửi từ nơi khác. Đồng chí quay lại, tải lại trang rồi gửi lần nữa.")
        )

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error.get_response()
        return error_page(error.code)

    @app.errorhandler(Exception)
    def _unexpected(error: Exception) -> ResponseReturnValue:
        if app.testing or app.debug:
            raise error
        app.logger.exception("%s %s", request.method, request.path)
        return error_page(500)
