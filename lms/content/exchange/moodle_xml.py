"""Moodle XML as it is read: the one form of Moodle's that carries feedback, tags, units and ids."""

import re
from collections.abc import Callable, Mapping, Sequence

from lms.bounded import Node, elements
from lms.content.exchange import cloze
from lms.content.exchange.answers import Given, take_numbers, take_order, take_pairs, take_words
from lms.content.exchange.items import Choice, Draft, Reading, shown
from lms.content.exchange.moodle import apply_tags, explanations, listed, marked, set_right
from lms.content.expected import MODEL_ANSWER
from lms.errors import BadInput

_FORMATS = {"html": "html", "plain_text": "plain", "markdown": "markdown", "moodle_auto_format": "moodle"}
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
    if kind == "category":
        reading.begin_category(node.line, node.text_at("category", "text") or node.text_at("category"))
        if node.text_at("info", "text").strip():
            reading.warn(node.line, "Không mang theo lời giới thiệu của danh mục.")
        return
    if kind not in _READERS:
        reading.refuse_kind(node.line, kind, name)
        return
    draft = Draft(node.line, name=node.text_at("idnumber").strip() or name)
    asked = node.find("questiontext")
    draft.form = _form(asked, draft) if asked else draft.form
    if kind not in ("cloze", "multianswer"):
        draft.stem = _text(asked, draft, in_line=False)
    _note_losses(node, draft)
    _READERS[kind](reading, node, draft)


def _multichoice(reading: Reading, node: Node, draft: Draft) -> None:
    draft.general = _text(node.find("generalfeedback"), draft)
    answers = node.all("answer")
    draft.options = [Choice(_text(answer, draft), False, _text(answer.find("feedback"), draft)) for answer in answers]
    single = node.text_at("single").strip().lower()
    set_right(draft, [_fraction(answer) for answer in answers], is_single=single in _TRUE or not single)
    reading.take(draft)


def _numerical(reading: Reading, node: Node, draft: Draft) -> None:
    """The first unit of multiplier 1 is the one to answer in; Moodle converts the others."""
    draft.general = _text(node.find("generalfeedback"), draft)
    units = node.find("units")
    named = (
        [(one.text_at("unit_name").strip(), one.text_at("multiplier").strip()) for one in units.all("unit")]
        if units
        else []
    )
    own = next((name for name, times in named if _is_one(times)), "")
    if others := [name for name, _times in named if name != own]:
        draft.lose(f"đơn vị quy đổi ({', '.join(map(shown, others))})")
    if node.text_at("unitgradingtype").strip() not in ("", "0"):
        draft.lose("điểm trừ khi thiếu hoặc sai đơn vị")
    if node.text_at("instructions", "text").strip():
        draft.lose("lời dặn về đơn vị")
    found = [given._replace(within=one.text_at("tolerance").strip() or "0") for given, one in _given(node, draft)]
    take_numbers(reading, draft, found, own)


def _is_one(multiplier: str) -> bool:
    return re.fullmatch(r"1(?:[.,]0*)?", multiplier or "1") is not None


def _shortanswer(reading: Reading, node: Node, draft: Draft) -> None:
    draft.general = _text(node.find("generalfeedback"), draft)
    is_strict = node.text_at("usecase").strip() in _TRUE
    take_words(reading, draft, [given for given, _node in _given(node, draft)], with_case=is_strict)


def _given(node: Node, draft: Draft) -> list[tuple[Given, Node]]:
    """Answers that are typed: plain words, which old files wrote without an element of their own."""
    return [
        (Given((one.text_at("text") or one.text).strip(), _fraction(one), _text(one.find("feedback"), draft)), one)
        for one in node.all("answer")
    ]


def _matching(reading: Reading, node: Node, draft: Draft) -> None:
    pairs = []
    for one in node.all("subquestion"):
        right = one.find("answer")
        pairs.append((_text(one, draft), marked(right.text_at("text"), "html", draft, in_line=True) if right else ""))
    take_pairs(reading, draft, pairs, _explain(node, draft, [left for left, _right in pairs]))


def _ordering(reading: Reading, node: Node, draft: Draft) -> None:
    """Moodle keeps the right order by the order of the answers; their feedback it lets go."""
    lines = [_text(answer, draft) for answer in node.all("answer")]
    select = node.text_at("selecttype").strip().upper() or ("ALL" if node.text_at("logical").strip() == "0" else "")
    count = (node.text_at("selectcount") or node.text_at("studentsee")).strip()
    if select not in ("ALL", "EXACT") and count.isdigit() and 0 < int(count) < len(lines):
        draft.lose(f"cách chỉ hiện {count} trong {len(lines)} dòng")
    whys = [_text(answer.find("feedback"), draft) for answer in node.all("answer")]
    shared = _explain(node, draft, lines)
    take_order(reading, draft, lines, whys if any(whys) else shared)


def _cloze(reading: Reading, node: Node, draft: Draft) -> None:
    draft.general = _text(node.find("generalfeedback"), draft)
    asked = node.find("questiontext")
    cloze.take(reading, draft, asked.text_at("text") if asked else "", draft.form)


def _essay(reading: Reading, node: Node, draft: Draft) -> None:
    """What a marker looks for is our own list in the notes for graders; without one nobody could mark here."""
    notes = node.find("graderinfo")
    found = listed(notes.text_at("text"), _form(notes, draft)) if notes else {}
    if not found:
        reading.refuse_kind(draft.line, "essay", node.text_at("name", "text").strip())
        return
    draft.kind = "free_text"
    draft.general = _text(node.find("generalfeedback"), draft)
    draft.options = [Choice(line, not line.startswith(MODEL_ANSWER), why) for line, why in found.items()]
    reading.take(draft)


def _explain(node: Node, draft: Draft, heads: Sequence[str]) -> list[str]:
    """Our own list of explanations; any other text is said of the whole question."""
    feedback = node.find("generalfeedback")
    whys = explanations(feedback.text_at("text"), _form(feedback, draft), heads) if feedback else []
    draft.general = "" if whys else _text(feedback, draft)
    return whys


def _true_false(reading: Reading, node: Node, draft: Draft) -> None:
    """Moodle writes both answers; where a tool wrote one, it speaks for the other."""
    draft.general = _text(node.find("generalfeedback"), draft)
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
    """The text of an element in its own format."""
    if node is None:
        return ""
    if node.find("file"):
        names = ", ".join(shown(file.attributes.get("name", "")) for file in node.all("file")[:5])
        draft.lose(f"tệp kèm theo ({names})")
    return marked(node.text_at("text"), _form(node, draft), draft, in_line=in_line)


def _form(node: Node, draft: Draft) -> str:
    """Where none is named, that of the question, which is HTML like everything that Moodle does not know."""
    name = node.attributes.get("format", "").strip()
    return _FORMATS.get(name, "html") if name else draft.form


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


_READERS: Mapping[str, Callable[[Reading, Node, Draft], None]] = {
    "multichoice": _multichoice,
    "truefalse": _true_false,
    "numerical": _numerical,
    "shortanswer": _shortanswer,
    "matching": _matching,
    "match": _matching,
    "ordering": _ordering,
    "essay": _essay,
    "cloze": _cloze,
    "multianswer": _cloze,
}
