"""A statement that is right or wrong: a single choice of two fixed options."""

from collections.abc import Sequence

from lms.content.rules import Option
from lms.quizzes.kinds.single_choice import INPUT, TEMPLATE, best, choices, explain, mark, read

NAME = "Đúng hay sai"

__all__ = ["INPUT", "NAME", "TEMPLATE", "best", "check", "choices", "explain", "mark", "read"]


def check(options: Sequence[Option], stem: str = "") -> str | None:
    if [(option.id, option.html) for option in options] != [("a", "Đúng"), ("b", "Sai")]:
        return "Câu đúng/sai cần đúng hai phương án “a) Đúng” và “b) Sai”."
    if sum(option.is_right for option in options) != 1:
        return "Câu đúng/sai cần đúng một dấu [x]."
    return None
