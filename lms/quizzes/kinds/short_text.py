"""A few words that are typed: all or nothing, as strict as the author states.

Letter case, spaces, punctuation at the ends and where a tone mark stands (hòa, hoà) never count. An expected answer may
end with “(chấp nhận không dấu)”, then diacritics do not count either, or with “(đúng chữ hoa)”, then letter case does.
"""

import re
from collections.abc import Sequence

from lms.content.expected import WITH_CASE, WITHOUT_DIACRITICS, Words, words_in
from lms.content.rules import Option, Question
from lms.quizzes.kinds import typed
from lms.quizzes.kinds.typed import INPUT, TEMPLATE, read
from lms.vietnamese import fold, fold_tone_position, squeeze

__all__ = ["INPUT", "NAME", "TEMPLATE", "best", "check", "choices", "explain", "mark", "mode", "read", "unit"]

NAME = "Trả lời ngắn"

_ENDS = " .,;:!?…\"'“”‘’"
_NOTE = re.compile(r"\((chấp nhận|không|đúng)[^()]*\)\Z")


def _plain(text: str, asked: Words) -> str:
    text = squeeze(text).strip(_ENDS)
    if asked.without_diacritics:
        return fold(text)
    text = fold_tone_position(text)
    return text if asked.with_case else text.casefold()


def fits(option: Option, text: str) -> bool:
    """Are these the words that the option asks for?"""
    asked = words_in(option.html)
    return _plain(text, asked) == _plain(asked.text, asked)


_judged = typed.Judged(fits)
mark, explain, choices = _judged.mark, _judged.explain, _judged.choices


def check(options: Sequence[Option], stem: str = "") -> str | None:
    return typed.refusal(options, "Câu trả lời ngắn") or refusal_of_words(options)


def refusal_of_words(options: Sequence[Option]) -> str | None:
    """What is wrong with words that are expected at one place."""
    for option in options:
        asked = words_in(option.html)
        if not _plain(asked.text, asked) or len(asked.text) > typed.LONGEST:
            return f"Đáp án {option.id}) cần có chữ, và không quá {typed.LONGEST} ký tự."
        if _NOTE.search(asked.text.strip()):
            return f"Ghi chú cuối đáp án {option.id}) chỉ là “{WITHOUT_DIACRITICS}” hoặc “{WITH_CASE}”."
        if not option.is_right and any(one.is_right and fits(one, asked.text) for one in options):
            return f"Đáp án sai {option.id}) cũng được tính là một đáp án đúng."
    return None


def unit(question: Question) -> str:
    """Nothing stands beside the field."""
    return ""


def mode(question: Question) -> str:
    return "text"


def best(question: Question) -> tuple[str, ...]:
    right = next(option for option in question.options if option.is_right)
    return (squeeze(words_in(right.html).text),)
