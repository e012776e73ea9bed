"""Moodle XML: the one form of Moodle's that carries feedback, tags and ids."""

import re
from collections.abc import Sequence

from lms.bounded import Node, elements
from lms.content.exchange.items import KINDS, Choice, Draft, Reading, shown
from lms.content.exchange.moodle import FRACTIONS, apply_tags, html_for_moodle, marked, set_right, tags_of
from lms.content.rules import Question
from lms.errors import BadInput

_FORMATS = {"html": "html", "plain_text": "plain", "markdown": "markdown"}
_COMBINED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
_TRUE = ("true", "1")


def looks_like(text: str) -> bool:
    return re.match(r"\s*<(?:\?xml|!--|quiz\b)", text[:200]) is not None


def read(text: str) -> Reading:
    reading = Reading()
    is_any = False
    try:
        for node in elements(text.lstrip(), ("question",), without_text=("file",)):
            is_any = True
            _read_question(reading, node)
    except BadInput as error:
        if not is_any:
            raise
        reading.refuse(0, f"{error.sentence} Các câu đứng trước chỗ đó đã đọc.", "Các câu đứng sau chưa đọc.")
    return reading


def _read_question(reading: Reading, node: Node) -> None:
    kind, name = node.attributes.get("type", ""), node.text_at("name", "text").strip()
    draft = Draft(node.line, name=node.text_at("idnumber").strip() or name)
    if kind == "category":
        category = shown(node.text_at("category", "text"))
        reading.warn(node.line, f"Không mang theo danh mục “{category}”.", "Đặt câu hỏi vào tệp theo chủ đề.")
        return
    if kind not in ("multichoice", "truefalse"):
        reading.refuse_kind(node.line, kind, name)
        return
    draft.stem = _text(node.find("questiontext"), draft, in_line=False)
    draft.general = _text(node.find("generalfeedback"), draft)
    _note_losses(node, draft)
    if kind == "truefalse":
        _true_false(reading, node, draft)
        return
    answers = node.all("answer")
    draft.options = [Choice(_text(answer, draft), False, _text(answer.find("feedback"), draft)) for answer in answers]
    single = node.text_at("single").strip().lower()
    set_right(draft, [_fraction(answer) for answer in answers], is_single=single in _TRUE or not single)
    reading.take(draft)


def _true_false(reading: Reading, node: Node, draft: Draft) -> None:
    """Moodle writes both answers; where a tool wrote one, it speaks for the other."""
    found = {answer.text_at("text").strip().lower(): answer for answer in node.all("answer")}
    given: list[str] = [word for word in ("true", "false") if word in found]
    if not given:
        reading.refuse(draft.line, "Câu đúng/sai không có đáp án true hoặc false.", "Sửa câu này trong Moodle.")
        return
    is_right = {word: _fraction(found[word]) > 0 for word in given}
    if len(given) == 1:
        is_right["false" if given == ["true"] else "true"] = not is_right[given[0]]
    for word, label in (("true", "Đúng"), ("false", "Sai")):
        why = _text(found[word].find("feedback"), draft) if word in found else ""
        draft.options.append(Choice(label, is_right[word], why))
    reading.take(draft)


def _fraction(answer: Node) -> float:
    try:
        return float(answer.attributes.get("fraction", "0").replace(",", "."))
    except ValueError:
        return 0.0


def _text(node: Node | None, draft: Draft, *, in_line: bool = True) -> str:
    """The text of an element in its own format; what is not named is Moodle's own kind of HTML."""
    if node is None:
        return ""
    if node.find("file"):
        names = ", ".join(shown(file.attributes.get("name", "")) for file in node.all("file")[:5])
        draft.lose(f"tệp kèm theo ({names})")
    return marked(
        node.text_at("text"), _FORMATS.get(node.attributes.get("format", ""), "moodle"), draft, in_line=in_line
    )


def _note_losses(node: Node, draft: Draft) -> None:
    """Everything of a question that learners or marks would notice."""
    if any(node.text_at(part, "text").strip() for part in _COMBINED):
        draft.lose("lời phản hồi chung khi đúng, đúng một phần, sai")
    if node.text_at("image").strip() or node.find("image_base64"):
        draft.lose("hình ảnh")
    if node.find("hint"):
        draft.lose("gợi ý (hint)")
    grade = node.text_at("defaultgrade").strip()
    if grade and re.fullmatch(r"1(?:[.,]0*)?", grade) is None:
        draft.lose(f"điểm của câu ({shown(grade)}), mỗi câu ở đây một điểm")
    if node.text_at("hidden").strip() == "1":
        draft.lose("trạng thái ẩn")
    if node.text_at("shuffleanswers").strip().lower() in ("false", "0"):
        draft.lose("thứ tự cố định của phương án (ở đây luôn xáo)")
    tags = node.find("tags")
    apply_tags(draft, [tag.text_at("text").strip() for tag in tags.all("tag")] if tags else [])


# --- Writing ----------------------------------------------------------------------------------------------------------


def write(questions: Sequence[Question]) -> str:
    """What Moodle's XML import reads as the same questions; lesson and sources go along as tags."""
    parts = [_written(question) for question in questions if question.kind in KINDS]
    return '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n' + "".join(parts) + "</quiz>\n"


def _written(question: Question) -> str:
    kind = "truefalse" if question.kind == "true_false" else "multichoice"
    tags = "".join(f"<tag>{_plain(tag)}</tag>" for tag in tags_of(question))
    lines = [
        f'<question type="{kind}">',
        f"<name>{_plain(question.id)}</name>",
        f'<questiontext format="html">{_cdata(question.html)}</questiontext>',
        "<defaultgrade>1</defaultgrade>",
        f"<penalty>{1 if kind == 'truefalse' else 0.3333333}</penalty>",
        "<hidden>0</hidden>",
        f"<idnumber>{question.id}</idnumber>",
    ]
    if kind == "multichoice":
        single = "true" if question.kind == "single_choice" else "false"
        lines += [f"<single>{single}</single>", "<shuffleanswers>true</shuffleanswers>"]
        lines += ["<answernumbering>abc</answernumbering>"]
    lines += [*_answers(question), f"<tags>{tags}</tags>", "</question>"]
    return "".join(f"{line}\n" for line in lines)


def _answers(question: Question) -> list[str]:
    rights = sum(option.is_right for option in question.options)
    wrong = f"-{FRACTIONS[len(question.options) - rights]}" if question.kind == "several_choices" else "0"
    lines = []
    for option in question.options:
        text, form = _cdata(option.html), "html"
        if question.kind == "true_false":
            text, form = _plain("true" if option.id == "a" else "false"), "moodle_auto_format"
        feedback = f'<feedback format="html">{_cdata(option.explanation)}</feedback>'
        fraction = FRACTIONS[rights] if option.is_right else wrong
        lines.append(f'<answer fraction="{fraction}" format="{form}">{text}{feedback}</answer>')
    return lines


def _plain(text: str) -> str:
    return f"<text>{text}</text>"


def _cdata(html: str) -> str:
    """A section ends at the first `]]>`, so such a place is shared out over two."""
    return f"<text><![CDATA[{html_for_moodle(html).replace(']]>', ']]]]><![CDATA[>')}]]></text>"
