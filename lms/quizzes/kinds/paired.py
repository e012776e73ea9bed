"""What kinds share whose answer gives each of their options one value: entries “option=value” in order."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _

from lms.content.rules import Option, Question
from lms.errors import BadInput

INPUT = "select"


def read(question: Question, sent: Sequence[str], values: set[str]) -> tuple[str, ...]:
    """Only known options, each at most once, and only known values; empty entries are fields left as they were."""
    entries = [tuple(one.split("=", 1)) for one in sent if one]
    ids = [entry[0] for entry in entries]
    is_known = all(len(entry) == 2 and entry[1] in values for entry in entries)
    if not is_known or len(set(ids)) < len(ids) or not {option.id for option in question.options}.issuperset(ids):
        raise BadInput(_("Câu trả lời không khớp với câu hỏi. Đồng chí tải lại trang rồi trả lời lại."))
    return tuple(sorted("=".join(entry) for entry in entries))


def given(answer: tuple[str, ...]) -> Mapping[str, str]:
    """The value given to each option."""
    return {id: value for id, _sign, value in (entry.partition("=") for entry in answer)}


def refusal(options: Sequence[Option], name: str) -> str | None:
    """What is wrong with the options of any such kind."""
    if not 3 <= len(options) <= 8:
        return f"{name} cần từ 3 đến 8 dòng, đang có {len(options)}."
    if not all(option.is_right for option in options):
        return f"Mọi dòng của {name[0].lower()}{name[1:]} đều mang dấu [x]."
    return None
