"""GIFT as Moodle writes it, so that its import reads the same questions."""

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape

from lms.content.exchange import to_moodle
from lms.content.exchange.answers import as_programs_write
from lms.content.exchange.moodle import CASE_TAG, UNIT_TAG
from lms.content.exchange.to_moodle import (
    FRACTIONS,
    asks_for_case,
    by_rank,
    category_of,
    explained,
    html_for_moodle,
    in_order,
    spellings,
    tags_of,
    unit_of,
)
from lms.content.expected import number_in, pair_in, place_in, words_in
from lms.content.rules import Question

_TO_ESCAPE = re.compile(r"[\\:#={}~]")
_RAW = {"{": "&#123;", "}": "&#125;", "\\": "&#92;"}


def write(questions: Sequence[Question]) -> str:
    """What Moodle's GIFT import reads as the same questions; what Moodle has no place for goes along as tags."""
    parts, category = [], ""
    for question in questions:
        if carries(question):
            if (place := category_of(question)) != category:
                category = place
                parts.append(f"$CATEGORY: {category}\n")
            parts.append(_written(question))
    return "\n".join(parts)


def carries(question: Question) -> bool:
    """Gaps have no place in GIFT."""
    return question.kind in _ANSWERS or question.kind == "ordering"


def losses(question: Question) -> list[str]:
    """What of a question Moodle does not learn from its GIFT."""
    lost = to_moodle.losses(question)
    if unit := unit_of(question):
        lost.append(f"đơn vị “{unit}” (còn trong thẻ; Moodle chỉ nhận con số)")
    if asks_for_case(question):
        lost.append("yêu cầu đúng chữ hoa (còn trong thẻ)")
    if question.kind == "ordering":
        lost.append("lời giải thích của các dòng")
    return lost


def _written(question: Question) -> str:
    own = [f"{UNIT_TAG}{unit}"] if (unit := unit_of(question)) else []
    tags = [*tags_of(question), *own, *([CASE_TAG] if asks_for_case(question) else [])]
    marks = " ".join(f"[tag:{tag.replace(']', chr(92) + ']')}]" for tag in tags)
    head = f"// [id:{question.id}] {marks}\n::{question.id}::[html]"
    if question.kind == "ordering":
        return f"{head}{_text(question.html, in_order=True)}{{>{_order(question)}}}\n"
    return f"{head}{_text(question.html)}{{{_ANSWERS[question.kind](question)}}}\n"


def _truth(question: Question) -> str:
    right = next(option for option in question.options if option.is_right)
    wrong = next(option for option in question.options if not option.is_right)
    answer = "TRUE" if right.id == "a" else "FALSE"
    return f"{answer}#{_text(wrong.explanation)}#{_text(right.explanation)}"


def _choices(question: Question) -> str:
    rights = sum(option.is_right for option in question.options)
    wrongs = len(question.options) - rights
    lines = []
    for option in question.options:
        sign = ("=" if option.is_right else "~") if question.kind == "single_choice" else ""
        sign = sign or f"~%{FRACTIONS[rights] if option.is_right else '-' + FRACTIONS[wrongs]}%"
        lines.append(f"\t{sign}{_text(option.html)}#{_text(option.explanation)}\n")
    return "\n" + "".join(lines)


def _numbers(question: Question) -> str:
    lines = []
    for option in by_rank(question):
        if number := number_in(option.html):
            value, within = as_programs_write(number.value), as_programs_write(number.within)
            lines.append(f"\t=%{100 * option.is_right}%{value}:{within}#{_text(option.explanation)}\n")
    return "#\n" + "".join(lines)


def _words(question: Question) -> str:
    """A weight before each, and a format before what would be read as one."""
    return "\n" + "".join(
        f"\t=%{100 * option.is_right}%{'[plain]' * text.startswith('[')}{_escaped(text)}#{_text(option.explanation)}\n"
        for option in question.options
        for text in spellings(words_in(option.html))
    )


def _pairs(question: Question) -> str:
    pairs = [pair_in(option.html) for option in question.options]
    lines = (f"\t={_text(left)} -> {_escaped(escape(right, quote=False))}\n" for left, right in pairs)
    general = explained(question, question.options)
    return f"\n{''.join(lines)}" + (f"\t####{_text(general)}\n" if general else "")


def _order(question: Question) -> str:
    lines = (place_in(option.html)[1] for option in in_order(question))
    return f"{len(question.options)} ALL VERTICAL RELATIVE_ALL_PREVIOUS_AND_NEXT SHOW\n" + "".join(
        f"{_raw(line)}\n" for line in lines
    )


_ANSWERS: Mapping[str, Callable[[Question], str]] = {
    "single_choice": _choices,
    "several_choices": _choices,
    "true_false": _truth,
    "numeric": _numbers,
    "short_text": _words,
    "matching": _pairs,
}


def _text(html: str, *, in_order: bool = False) -> str:
    """Escaped, on one line, and with a beginning that is neither a format nor a weight."""
    html = html_for_moodle(html)
    html = {"[": "&#91;", "%": "&#37;"}.get(html[:1], html[:1]) + html[1:]
    return _escaped(_without_braces(html) if in_order else html)


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(r"\\\g<0>", text).replace("\n", "\\n")


def _without_braces(html: str) -> str:
    """The ordering plugin looks for braces before anything is unescaped."""
    return html.replace("{", _RAW["{"]).replace("}", _RAW["}"])


def _raw(html: str) -> str:
    """A line that the ordering plugin takes as it stands: no sign in it is an escape, a comment or a format."""
    html = re.sub(r"[{}\\]", lambda match: _RAW[match[0]], html_for_moodle(html).replace("\n", " "))
    return {"[": "&#91;", "/": "&#47;"}.get(html[:1], html[:1]) + html[1:]
