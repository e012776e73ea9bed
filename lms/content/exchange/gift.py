"""GIFT as Moodle reads and writes it: blocks between empty lines, `::name::stem{answers}`."""

import re
from collections.abc import Iterator, Sequence

from lms.content.exchange.items import KINDS, Choice, Draft, Reading, shown
from lms.content.exchange.moodle import FRACTIONS, apply_tags, html_for_moodle, marked, set_right, tags_of
from lms.content.rules import Question

_ESCAPED = re.compile(r"\\([\\:#={}~n])")
_HIDDEN = {"\\": "\\", **{sign: chr(at) for at, sign in enumerate(":#={}~n", 1)}}
_SHOWN = {ord(hidden): {"n": "\n"}.get(sign, sign) for sign, hidden in _HIDDEN.items() if sign != "\\"}
"""While a question is taken apart, an escaped sign is a control character, which no text holds."""

_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"%(-?\d{1,2}\.?\d*)%")
_NOTE = re.compile(r"\[(id|tag):((?:[^\[\]\\]|\\.)*)\]")
_TRUE_FALSE = {"T": True, "TRUE": True, "F": False, "FALSE": False}
_CUT_TAG = re.compile(r"<[A-Za-z][^<>]*\s[\w-]+\s*\Z")
_NUMBER = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?(\s*:\s*[\d.,]+)?|[+-]?[\d.,]+\s*\.\.\s*[+-]?[\d.,]+")
MOST_PIECES = 100
_BRACES_CURE = "Mỗi câu có một cặp { }, không có dòng trống ở giữa; dấu ngoặc trong lời văn viết \\{ và \\}."


def looks_like(text: str) -> bool:
    text = re.sub(r"^[ \t]*//.*", "", text, flags=re.MULTILINE)
    if re.search(r"^[ \t]*(?:::.*::|\$CATEGORY:)", text, re.MULTILINE):
        return True
    groups = (match[1].strip() for match in re.finditer(r"(?<!\\)\{([^{}]*)\}", text))
    return any(not group or group[0] in "=~#" or group.partition("#")[0].strip() in _TRUE_FALSE for group in groups)


def read(text: str) -> Reading:
    reading = Reading()
    for number, lines in _blocks(text):
        _read_block(reading, number, lines)
    return reading


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    block: list[str] = []
    for number, raw in enumerate([*text.split("\n"), ""], 1):
        if line := raw.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _read_block(reading: Reading, first: int, lines: list[str]) -> None:
    notes = [match for line in lines if line.startswith("//") for match in _NOTE.finditer(line)]
    body = [(number, line) for number, line in enumerate(lines, first) if not line.startswith("//")]
    while body and body[0][1].startswith("$CATEGORY:"):
        number, line = body.pop(0)
        reading.warn(number, f"Không mang theo danh mục “{shown(line[10:])}”.", "Đặt câu hỏi vào tệp theo chủ đề.")
        if body:
            message = "Câu hỏi viết liền dưới $CATEGORY, Moodle sẽ coi cả câu là tên danh mục; ở đây vẫn đọc."
            reading.warn(body[0][0], message, "Chừa một dòng trống dưới dòng $CATEGORY.")
    if body:
        draft = Draft(body[0][0])
        ids = [match[2].strip() for match in notes if match[1] == "id"]
        draft.name = ids[0] if ids else ""
        apply_tags(draft, [match[2].replace("\\]", "]").strip() for match in notes if match[1] == "tag"])
        _read_question(reading, draft, "\n".join(line for _number, line in body))


def _read_question(reading: Reading, draft: Draft, text: str) -> None:
    text = _ESCAPED.sub(lambda match: _HIDDEN[match[1]], text)
    if text.startswith("::") and (end := text.find("::", 2)) > 0:
        draft.name, text = draft.name or _plain(text[2:end]), text[end + 2 :].strip()
    opening, closing = text.find("{"), text.find("}")
    if opening < 0 and closing < 0:
        reading.refuse_kind(draft.line, "description", text)
        return
    if opening < 0 or closing < opening:
        reading.refuse(draft.line, "Cặp ngoặc { } không khớp.", _BRACES_CURE)
        return
    if "$CATEGORY:" in text:
        message = "Có $CATEGORY ở giữa câu hỏi."
        reading.refuse(draft.line, message, "Tách dòng $CATEGORY ra bằng dòng trống ở trên và dưới.")
        return
    before, answers, rest = text[:opening], text[opening + 1 : closing].strip(), text[closing + 1 :]
    if "{" in answers or "{" in rest or "}" in rest:
        reading.refuse(draft.line, "Câu hỏi có hơn một cặp ngoặc { }.", _BRACES_CURE)
        return
    form, stem = _format((f"{before}_____{rest}" if rest.strip() else before).strip(), "moodle")
    draft.stem = marked(_plain(stem), form, draft)
    if "####" in answers:
        answers, _, general = answers.rpartition("####")
        answers, draft.general = answers.strip(), _line(general, form, draft)
    _read_answers(reading, draft, answers, form)


def _read_answers(reading: Reading, draft: Draft, answers: str, form: str) -> None:
    head = answers.partition("#")[0].strip()
    if not answers:
        reading.refuse_kind(draft.line, "essay", draft.stem)
    elif answers.startswith("#"):
        _refuse_numerical(reading, draft, answers[1:])
    elif "~" in answers:
        _read_choices(reading, draft, answers, form)
    elif "=" in answers and "->" in answers:
        reading.refuse_kind(draft.line, "match", draft.stem)
    elif head in _TRUE_FALSE:
        wrong, right = ([*answers.split("#", 2)[1:], "", ""])[:2]
        is_true = _TRUE_FALSE[head]
        why = [_line(right, form, draft), _line(wrong, form, draft)]
        draft.options = [Choice("Đúng", is_true, why[not is_true]), Choice("Sai", not is_true, why[is_true])]
        reading.take(draft)
    elif head.upper() in _TRUE_FALSE:
        message = f"Moodle đọc {{{head}}} là câu trả lời ngắn, không phải câu đúng/sai."
        reading.refuse(draft.line, message, f"Viết chữ in hoa: {{{head.upper()}}}.")
    else:
        reading.refuse_kind(draft.line, "shortanswer", draft.stem)


def _refuse_numerical(reading: Reading, draft: Draft, answers: str) -> None:
    values = [_WEIGHT.sub("", part).partition("#")[0].strip() for part in answers.partition("~")[0].split("=")]
    if any(value and not _NUMBER.fullmatch(value) for value in values):
        message = "Câu trả lời bằng số nhưng đáp án không phải số; Moodle sẽ chấm mọi câu trả lời là đúng."
        reading.refuse(draft.line, message, "Viết con số sau dấu #, hoặc viết lại thành câu một đáp án.")
    else:
        reading.refuse_kind(draft.line, "numerical", draft.stem)


def _read_choices(reading: Reading, draft: Draft, answers: str, form: str) -> None:
    pieces = [piece.strip() for piece in answers.replace("=", "~=").split("~")]
    pieces = pieces if pieces[0] else pieces[1:]
    if len(pieces) > MOST_PIECES:
        reading.refuse(draft.line, f"Câu hỏi có {len(pieces)} phương án.", "Viết \\~ và \\= cho dấu trong lời văn.")
        return
    if any(_CUT_TAG.search(piece) for piece in pieces[:-1]):
        message = "Dấu = trong thẻ HTML chưa thoát, nên phương án bị cắt đôi."
        reading.refuse(draft.line, message, "Viết \\= cho dấu bằng trong lời văn và trong thẻ HTML.")
        return
    weights = []
    for piece in pieces:
        weight, text = (100.0, piece[1:].strip()) if piece.startswith("=") else (0.0, piece)
        if match := _WEIGHT.match(text):
            weight, text = float(match[1]), text[match.end() :].strip()
        weights.append(weight)
        words, _, why = text.partition("#")
        draft.options.append(Choice(_line(words, form, draft), False, _line(why, form, draft)))
    set_right(draft, weights, is_single="=" in answers)
    reading.take(draft)


def _format(text: str, form: str) -> tuple[str, str]:
    match = _FORMAT.match(text)
    return (match[1], text[match.end() :].strip()) if match else (form, text)


def _plain(text: str) -> str:
    return text.translate(_SHOWN).strip()


def _line(text: str, form: str, draft: Draft) -> str:
    form, text = _format(text.strip(), form)
    return marked(_plain(text), form, draft, in_line=True)


# --- Writing ----------------------------------------------------------------------------------------------------------

_TO_ESCAPE = re.compile(r"[\\:#={}~]")


def write(questions: Sequence[Question]) -> str:
    """What Moodle's GIFT import reads as the same questions; lesson and sources go along as tags."""
    return "\n".join(_written(question) for question in questions if question.kind in KINDS)


def _written(question: Question) -> str:
    tags = " ".join(f"[tag:{tag}]" for tag in tags_of(question))
    head = f"// [id:{question.id}] {tags}\n::{question.id}::[html]{_text(question.html)}"
    if question.kind == "true_false":
        right = next(option for option in question.options if option.is_right)
        wrong = next(option for option in question.options if not option.is_right)
        answer = "TRUE" if right.id == "a" else "FALSE"
        return f"{head}{{{answer}#{_text(wrong.explanation)}#{_text(right.explanation)}}}\n"
    rights = sum(option.is_right for option in question.options)
    wrongs = len(question.options) - rights
    lines = []
    for option in question.options:
        sign = ("=" if option.is_right else "~") if question.kind == "single_choice" else ""
        sign = sign or f"~%{FRACTIONS[rights] if option.is_right else '-' + FRACTIONS[wrongs]}%"
        lines.append(f"\t{sign}{_text(option.html)}#{_text(option.explanation)}\n")
    return f"{head}{{\n{''.join(lines)}}}\n"


def _text(html: str) -> str:
    """Escaped, on one line, and with a beginning that is neither a format nor a weight."""
    html = html_for_moodle(html)
    html = {"[": "&#91;", "%": "&#37;"}.get(html[:1], html[:1]) + html[1:]
    return _TO_ESCAPE.sub(r"\\\g<0>", html).replace("\n", "\\n")
