"""Aiken: a line of question, options `A)` or `A.`, `ANSWER: X`; plain text, one right option, no explanations."""

import re

from lms.content.exchange.items import Choice, Draft, Reading
from lms.content.exchange.markdown import escape

_OPTION = re.compile(r"([A-Z])[.)]\s*(.*)\Z")
_ANSWER = re.compile(r"ANSWER:\s*(.*)\Z")
_BLOCK_CURE = "Viết lời dẫn một dòng, mỗi phương án một dòng “A) …”, rồi dòng “ANSWER: A”."


def looks_like(text: str) -> bool:
    return re.search(r"^ANSWER:\s*[A-Z]\s*$", text, re.MULTILINE) is not None


def read(text: str) -> Reading:
    reading = Reading()
    draft: Draft | None = None
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if len(line) < 2:
            continue
        option, answer = _OPTION.match(line), _ANSWER.match(line)
        if draft is None and (option or answer):
            reading.refuse(number, "Dòng này không thuộc câu hỏi nào.", _BLOCK_CURE)
        elif draft and option:
            draft.options.append(Choice(escape(option[2]), False))
        elif draft and answer:
            _finish(reading, draft, answer[1])
            draft = None
        else:
            if draft:
                _unfinished(reading, draft)
            draft = Draft(number, stem=escape(line))
    if draft:
        _unfinished(reading, draft)
    return reading


def _finish(reading: Reading, draft: Draft, answer: str) -> None:
    place = ord(answer[0]) - ord("A") if answer else -1
    if len(draft.options) < 2:
        reading.refuse(draft.line, f"Câu hỏi chỉ có {len(draft.options)} phương án.", "Viết ít nhất hai phương án.")
    elif not 0 <= place < len(draft.options) or len(answer) > 1:
        cure = "Viết một chữ cái của phương án có trong câu, ví dụ “ANSWER: B”."
        reading.refuse(draft.line, f"Đáp án “{answer[:20]}” không phải phương án của câu này.", cure)
    else:
        draft.options[place] = Choice(draft.options[place].text, True)
        reading.take(draft)


def _unfinished(reading: Reading, draft: Draft) -> None:
    reading.refuse(draft.line, "Câu hỏi chưa có dòng ANSWER, hoặc lời dẫn dài quá một dòng.", _BLOCK_CURE)
