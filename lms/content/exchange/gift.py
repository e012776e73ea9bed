"""GIFT as Moodle reads it: blocks between empty lines, `::name::stem{answers}`."""

import re
from collections.abc import Iterator, Sequence

from lms.content.exchange.answers import (
    Given,
    decimal_of,
    take_numbers,
    take_order,
    take_pairs,
    take_words,
)
from lms.content.exchange.items import Choice, Draft, Reading, shown
from lms.content.exchange.moodle import apply_tags, explanations, marked, set_right

_ESCAPED = re.compile(r"\\([\\:#={}~n])")
_HIDDEN = {"\\": "\\", **{sign: chr(at) for at, sign in enumerate(":#={}~n", 1)}}
_SHOWN = {ord(hidden): {"n": "\n"}.get(sign, sign) for sign, hidden in _HIDDEN.items() if sign != "\\"}
"""While a question is taken apart, an escaped sign is a control character, which no text holds."""

_FORMAT = re.compile(r"\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"%(-?\d{1,2}\.?\d*)%")
_NOTE = re.compile(r"\[(id|tag):((?:[^\]\\]|\\.){0,200})\]")
_TRUE_FALSE = {"T": True, "TRUE": True, "F": False, "FALSE": False}
_CUT_TAG = re.compile(r"<[A-Za-z][^<>]*\s[\w-]+\s*\Z")
_NUMBERS = re.compile(r"[+-]?[\d.,]+([eE][+-]?\d+)?(\s*:\s*[\d.,]+([eE][+-]?\d+)?)?|[+-]?[\d.,]+\s*\.\.\s*[+-]?[\d.,]+")
_ASTERISK = ("", "*")
_ORDERING = re.compile(
    r"\s*(?P<count>\d{1,3})\s*(?P<select>ALL|EXACT|RANDOM|REL|CONTIGUOUS|CONTIG)?\s*(?:HORIZONTAL|HORI|H|VERTICAL|VERT|V|[01])?"
    r"\s*(?:ALL_OR_NOTHING|ABSOLUTE_POSITION|ABSOLUTE|ABS|RELATIVE\w*|REL|LONGEST_\w+)?"
    r"\s*(?:SHOW|TRUE|YES|HIDE|FALSE|NO|[01])?[ \t]*(?:none|123|abc|ABC|iii|III)?[ \t]*\n"
)
_ALL = ("ALL", "EXACT")
MOST_PIECES = 100
_BRACES_CURE = "Mỗi câu có một cặp { }, không có dòng trống ở giữa; dấu ngoặc trong lời văn viết \\{ và \\}."


def looks_like(text: str) -> bool:
    text = re.sub(r"^[ \t]*//.*", "", text, flags=re.MULTILINE)
    if re.search(r"^[ \t]*(?:::.*::|\$CATEGORY:)", text, re.MULTILINE):
        return True
    groups = (match[1].strip() for match in re.finditer(r"(?<!\\)\{([^{}]*)\}", text))
    return any(
        not group or re.match(r"[=~#]|>\d", group) or group.partition("#")[0].strip() in _TRUE_FALSE for group in groups
    )


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
        reading.begin_category(number, line[10:])
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
    general = ""
    if "####" in answers and not answers.startswith(">"):
        answers, _, general = answers.rpartition("####")
        answers = answers.strip()
    _read_answers(reading, draft, answers, form, general)


def _read_answers(reading: Reading, draft: Draft, answers: str, form: str, general: str) -> None:
    most = max(answers.count("="), answers.count("~"))
    if most > MOST_PIECES:
        reading.refuse(draft.line, f"Câu hỏi có {most} phương án.", "Viết \\~ và \\= cho dấu trong lời văn.")
        return
    if "=" in answers and "->" in answers and "~" not in answers and answers[0] not in "#>":
        _read_pairs(reading, draft, answers, form, general)
        return
    draft.general = _line(general, form, draft)
    head = answers.partition("#")[0].strip()
    if not answers:
        reading.refuse_kind(draft.line, "essay", draft.stem)
    elif answers.startswith(">"):
        _read_order(reading, draft, answers[1:])
    elif answers.startswith("#"):
        _read_numbers(reading, draft, answers[1:], form)
    elif "~" in answers:
        _read_choices(reading, draft, answers, form)
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
        _read_words(reading, draft, answers, form)


def _read_numbers(reading: Reading, draft: Draft, answers: str, form: str) -> None:
    """`7.5`, `7.5:0.5` or `7..8`, several with their weights, and at the end what is said of every other number."""
    answers, _, other = answers.partition("~")
    if any(sign not in _ASTERISK and not _NUMBERS.fullmatch(sign) for sign in map(_value, _parted(answers))):
        message = "Câu trả lời bằng số nhưng đáp án không phải số; Moodle sẽ chấm mọi câu trả lời là đúng."
        reading.refuse(draft.line, message, "Viết con số sau dấu #, hoặc viết lại thành câu một đáp án.")
        return
    found = []
    for piece in _parted(answers):
        weight, text, why = _weighed(piece, draft, form)
        text = text.translate(_SHOWN)
        if "," in text:
            message = f"Moodle không đọc được số viết bằng dấu phẩy (“{shown(text)}”); ở đây đọc là phần thập phân."
            reading.warn(draft.line, message, "So lại con số với tệp gốc.")
        least, is_range, most = text.partition("..")
        if is_range and (low := decimal_of(least)) is not None and (high := decimal_of(most)) is not None:
            text, within = str((low + high) / 2), str((high - low) / 2)
        else:
            text, _, within = text.partition(":")
        found.append(Given(text.strip(), weight, why, within.strip()))
    if other.partition("#")[2].strip():
        draft.lose("lời phản hồi cho mọi câu trả lời khác")
    take_numbers(reading, draft, found, draft.unit)


def _parted(answers: str) -> list[str]:
    """The answers behind every `=`; the first may stand without."""
    pieces = [piece.strip() for piece in answers.split("=")]
    return pieces if pieces[0] else pieces[1:]


def _value(piece: str) -> str:
    return _WEIGHT.sub("", piece, count=1).partition("#")[0].translate(_SHOWN).strip()


def _weighed(piece: str, draft: Draft, form: str) -> tuple[float, str, str]:
    """Weight, words as they stand there, and why."""
    match = _WEIGHT.match(piece)
    words, _, why = piece[match.end() if match else 0 :].partition("#")
    return float(match[1]) if match else 100.0, words.strip(), _line(why, form, draft)


def _read_words(reading: Reading, draft: Draft, answers: str, form: str) -> None:
    found = []
    for piece in _parted(answers):
        weight, text, why = _weighed(piece, draft, form)
        found.append(Given(_plain(_format(text, form)[1]), weight, why))
    take_words(reading, draft, found, with_case=draft.with_case)


def _read_pairs(reading: Reading, draft: Draft, answers: str, form: str, general: str) -> None:
    pairs = []
    for piece in _parted(answers):
        left, arrow, right = piece.partition("->")
        if not arrow:
            reading.refuse(
                draft.line, f"Cặp “{shown(_plain(piece))}” thiếu dấu ->.", "Viết mỗi cặp “=vế trái -> vế phải”."
            )
            return
        pairs.append((_line(left, form, draft), _line(right, "html", draft)))
    take_pairs(reading, draft, pairs, _explain(draft, general, form, [left for left, _right in pairs]))


def _explain(draft: Draft, general: str, form: str, heads: Sequence[str]) -> list[str]:
    """Our own list of explanations; any other text is said of the whole question."""
    own_form, text = _format(general.strip(), form)
    whys = explanations(_plain(text), own_form, heads)
    draft.general = "" if whys else _line(general, form, draft)
    return whys


def _read_order(reading: Reading, draft: Draft, answers: str) -> None:
    """As Moodle's ordering plugin writes it: how many are shown and how they are marked, then a line each."""
    match = _ORDERING.match(answers)
    lines = [line for line in answers[match.end() :].split("\n") if line.strip()] if match else []
    if match is None or not lines:
        reading.refuse(
            draft.line, "Câu sắp thứ tự không đúng mẫu của Moodle.", "Viết “{>3 ALL”, rồi mỗi dòng một ý, rồi “}”."
        )
        return
    if (match["select"] or "") not in _ALL and int(match["count"]) < len(lines):
        draft.lose(f"cách chỉ hiện {match['count']} trong {len(lines)} dòng")
    take_order(reading, draft, [_line(line, "moodle", draft) for line in lines])


def _read_choices(reading: Reading, draft: Draft, answers: str, form: str) -> None:
    pieces = [piece.strip() for piece in answers.replace("=", "~=").split("~")]
    pieces = pieces if pieces[0] else pieces[1:]
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
