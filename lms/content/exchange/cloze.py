"""Texts with gaps as Moodle embeds them: `{1:SHORTANSWER:=Hà Nội#Đúng.~%0%Huế#Chưa đúng.}`, read and written."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import unescape

from lms.content.exchange.answers import PARTLY, Given, decimal_of, word_choices, written
from lms.content.exchange.items import Choice, Draft, Reading, shown
from lms.content.exchange.markdown import from_html
from lms.content.exchange.moodle import marked
from lms.content.exchange.to_moodle import html_for_moodle, spellings
from lms.content.expected import GAP, gap_of, words_in
from lms.content.rules import Option, Question

_FIELD = re.compile(r"\{(?P<mark>\d{0,4}):(?P<type>[A-Z_]{2,24}):(?P<body>(?:[^{}\\]|\\.)*)\}", re.DOTALL)
_PARTED = re.compile(r"(?<![\\&])(?<!&amp;)~")
_ANSWER = re.compile(
    r"(?:(?P<right>=)|%(?P<weight>-?\d+(?:[.,]\d*)?)%)?(?P<text>.*?)(?:(?<![\\&])(?<!&amp;)#(?P<why>.*))?\Z", re.DOTALL
)
_NUMBERS, _STRICT = ("NUMERICAL", "NM"), ("SHORTANSWER_C", "SAC", "MWC")
_TYPED = ("SHORTANSWER", "SA", "MW", *_STRICT, *_NUMBERS)
_SHORT_LISTS = ("MC", "MCV", "MCH", "MCS", "MCVS", "MCHS")
_LISTS = (*_SHORT_LISTS, "MULTICHOICE", *(f"MULTICHOICE_{name[2:]}" for name in _SHORT_LISTS if name != "MC"))


def take(reading: Reading, draft: Draft, text: str, form: str) -> None:
    """Every field becomes a gap with its lines; a question with one that we do not know stays out."""
    draft.kind = "gap_text"
    fields = list(_FIELD.finditer(text))
    for number, field in enumerate(fields, 1):
        if field["type"] not in (*_TYPED, *_LISTS):
            message = f"Chỗ trống {number} là loại “{shown(field['type'])}”, loại này chưa nhập được từ tệp."
            reading.refuse(draft.line, message, "Viết thành chỗ tự gõ (SHORTANSWER) hoặc danh sách (MULTICHOICE).")
            return
        lines = _lines(draft, field["type"], list(_answers(field["body"])))
        draft.options += [replace(line, text=f"({number}) {line.text}") for line in lines]
    if len({field["mark"] or "1" for field in fields}) > 1:
        draft.lose("số điểm riêng của từng chỗ trống")
    kinds = iter(fields)
    stem = _FIELD.sub(lambda _field: _gap(next(kinds), fields), text)
    draft.stem = marked(stem, form, draft)
    reading.take(draft)


def _gap(field: re.Match[str], fields: Sequence[re.Match[str]]) -> str:
    return f"…({fields.index(field) + 1}{', chọn' if field['type'] in _LISTS else ''})…"


def _answers(body: str) -> Iterator[Given]:
    for piece in _PARTED.split(body):
        match = _ANSWER.match(piece)
        if match and match["text"].strip():
            weight = 100.0 if match["right"] else float((match["weight"] or "0").replace(",", "."))
            yield Given(_decoded(match["text"]), weight, from_html(_decoded(match["why"] or "")).line)


def _decoded(text: str) -> str:
    return unescape(text).replace("\\}", "}").replace("\\#", "#").strip()


def _lines(draft: Draft, kind: str, found: Sequence[Given]) -> list[Choice]:
    if kind in _LISTS:
        if any(0 < one.weight < 100 for one in found):
            draft.lose(PARTLY)
        if any(one.weight < 0 for one in found):
            draft.lose("điểm trừ của phương án sai")
        return [Choice(_html(one.text, draft), one.weight >= 100, one.why) for one in found]
    if kind in _NUMBERS:
        found = [spelled for one in found for spelled in _numbers(draft, one)]
    return word_choices(draft, found, with_case=kind in _STRICT)


def _html(text: str, draft: Draft) -> str:
    html = from_html(text)
    draft.lost.update(html.lost)
    return html.line


def _numbers(draft: Draft, one: Given) -> Iterator[Given]:
    """A gap compares letters, so a fraction may be written with a comma or a dot, and within nothing."""
    text, _, within = one.text.partition(":")
    number = decimal_of(text)
    if within.strip() not in ("", "0"):
        draft.lose(f"sai số của chỗ trống điền số (± {shown(within)})")
    if number is None:
        yield one
        return
    yield one._replace(text=written(number))
    if "," in written(number):
        yield one._replace(text=written(number).replace(",", "."))


# --- Writing ----------------------------------------------------------------------------------------------------------

_TO_HIDE = {ord(sign): f"&#{ord(sign)};" for sign in "&~#{}\\<>"}
_LOST = re.compile(r"\\[#}]")
"""Moodle takes the backslash away after it has read everything else."""


def can_write(question: Question) -> bool:
    """Every line answers a gap that stands in the stem in one piece."""
    numbers = {match["number"] for match in GAP.finditer(html_for_moodle(question.html))}
    is_safe = not any(_LOST.search(words_in(option.html).text) for option in question.options)
    return is_safe and {gap_of(option.html)[0] for option in question.options} == numbers


def embedded(question: Question) -> str:
    """The stem with a field in each gap."""

    def field(match: re.Match[str]) -> str:
        lines = [
            replace(option, html=line)
            for option in question.options
            for number, line in [gap_of(option.html)]
            if number == match["number"]
        ]
        return _field(lines, is_list=match["list"] is not None)

    html = html_for_moodle(question.html).replace("{", "&#123;").replace("}", "&#125;")
    return GAP.sub(field, html)


def _field(lines: Sequence[Option], *, is_list: bool) -> str:
    is_strict = not is_list and any(line.is_right and words_in(line.html).with_case for line in lines)
    name = "MULTICHOICE_S" if is_list else "SHORTANSWER_C" if is_strict else "SHORTANSWER"
    answers = [
        f"{'=' if line.is_right else '%0%'}{text}#{_hidden(line.explanation)}"
        for line in lines
        for text in ([_hidden(line.html)] if is_list else _spelled(line))
    ]
    return f"{{1:{name}:{'~'.join(answers)}}}"


def _spelled(line: Option) -> list[str]:
    return [text.translate(_TO_HIDE) for text in spellings(words_in(line.html))]


def _hidden(html: str) -> str:
    return html.replace("\\", "&#92;").translate(_TO_HIDE)
