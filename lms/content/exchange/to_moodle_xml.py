"""Moodle XML as Moodle writes it, so that its import reads the same questions."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

from lms.content.exchange import cloze
from lms.content.exchange.answers import as_programs_write
from lms.content.exchange.to_moodle import (
    FRACTIONS,
    asks_for_case,
    by_rank,
    category_of,
    explained,
    html_for_moodle,
    in_order,
    losses,
    spellings,
    tags_of,
    unit_of,
)
from lms.content.expected import number_in, pair_in, place_in, words_in
from lms.content.rules import Question

__all__ = ["carries", "losses", "write"]


def write(questions: Sequence[Question]) -> str:
    """What Moodle's XML import reads as the same questions; what Moodle has no place for goes along as tags."""
    parts, category = [], ""
    for question in questions:
        if carries(question):
            if (place := category_of(question)) != category:
                category = place
                parts.append(f'<question type="category">\n<category>{_plain(category)}</category>\n</question>\n')
            parts.append(_written(question))
    return '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n' + "".join(parts) + "</quiz>\n"


def carries(question: Question) -> bool:
    return question.kind in _KINDS and (question.kind != "gap_text" or cloze.can_write(question))


def _written(question: Question) -> str:
    kind, answers = _KINDS[question.kind]
    tags = "".join(f"<tag>{_plain(tag)}</tag>" for tag in tags_of(question))
    lines = in_order(question) if question.kind == "ordering" else question.options
    general = explained(question, lines) if question.kind in ("matching", "ordering") else ""
    stem = cloze.embedded(question) if kind == "cloze" else question.html
    parts = [
        f'<question type="{kind}">',
        f"<name>{_plain(question.id)}</name>",
        f'<questiontext format="html">{_cdata(stem)}</questiontext>',
        *([f'<generalfeedback format="html">{_cdata(general)}</generalfeedback>'] if general else []),
        "<defaultgrade>1</defaultgrade>",
        f"<penalty>{1 if kind == 'truefalse' else 0.3333333}</penalty>",
        "<hidden>0</hidden>",
        f"<idnumber>{question.id}</idnumber>",
        *answers(question),
        f"<tags>{tags}</tags>",
        "</question>",
    ]
    return "".join(f"{part}\n" for part in parts)


def _answer(fraction: str, text: str, why: str, form: str, more: str = "") -> str:
    feedback = f'<feedback format="html">{_cdata(why)}</feedback>'
    return f'<answer fraction="{fraction}" format="{form}">{text}{feedback}{more}</answer>'


def _share(is_right: bool) -> str:
    return "100" if is_right else "0"


def _truth(question: Question) -> list[str]:
    return [
        _answer(
            _share(one.is_right), _plain("true" if one.id == "a" else "false"), one.explanation, "moodle_auto_format"
        )
        for one in question.options
    ]


def _choices(question: Question) -> list[str]:
    is_single = question.kind == "single_choice"
    rights = sum(option.is_right for option in question.options)
    wrong = "0" if is_single else f"-{FRACTIONS[len(question.options) - rights]}"
    return [
        f"<single>{'true' if is_single else 'false'}</single>",
        "<shuffleanswers>true</shuffleanswers>",
        "<answernumbering>abc</answernumbering>",
        *(
            _answer(FRACTIONS[rights] if one.is_right else wrong, _cdata(one.html), one.explanation, "html")
            for one in question.options
        ),
    ]


def _numbers(question: Question) -> list[str]:
    """A unit is one that may be written or left out, as with us."""
    lines = []
    for one in by_rank(question):
        if number := number_in(one.html):
            within = f"<tolerance>{as_programs_write(number.within)}</tolerance>"
            value = _plain(as_programs_write(number.value))
            lines.append(_answer(_share(one.is_right), value, one.explanation, "moodle_auto_format", within))
    if unit := unit_of(question):
        name = escape(unit, quote=False)
        lines.append(f"<units><unit><multiplier>1</multiplier><unit_name>{name}</unit_name></unit></units>")
    shown = 0 if unit else 3
    return [
        *lines,
        "<unitgradingtype>0</unitgradingtype>",
        "<unitpenalty>0</unitpenalty>",
        f"<showunits>{shown}</showunits>",
        "<unitsleft>0</unitsleft>",
    ]


def _words(question: Question) -> list[str]:
    return [
        f"<usecase>{int(asks_for_case(question))}</usecase>",
        *(
            _answer(_share(one.is_right), _plain(text), one.explanation, "moodle_auto_format")
            for one in question.options
            for text in spellings(words_in(one.html))
        ),
    ]


def _pairs(question: Question) -> list[str]:
    sides = (pair_in(option.html) for option in question.options)
    pairs = [(left, escape(right, quote=False)) for left, right in sides]
    return [
        "<shuffleanswers>true</shuffleanswers>",
        *(
            f'<subquestion format="html">{_cdata(left)}<answer>{_cdata(right)}</answer></subquestion>'
            for left, right in pairs
        ),
    ]


def _order(question: Question) -> list[str]:
    """Marked by pairs of lines, as with us; Moodle numbers the answers itself, in the order of the file."""
    return [
        "<layouttype>VERTICAL</layouttype>",
        "<selecttype>ALL</selecttype>",
        f"<selectcount>{len(question.options)}</selectcount>",
        "<gradingtype>RELATIVE_ALL_PREVIOUS_AND_NEXT</gradingtype>",
        "<showgrading>SHOW</showgrading>",
        "<numberingstyle>none</numberingstyle>",
        *(
            f'<answer fraction="{at}" format="html">{_cdata(place_in(one.html)[1])}</answer>'
            for at, one in enumerate(in_order(question), 1)
        ),
    ]


def _essay(question: Question) -> list[str]:
    """What a marker looks for, and the model answer, are notes for whoever marks in Moodle."""
    return [
        "<responseformat>plain</responseformat>",
        "<responserequired>1</responserequired>",
        "<responsefieldlines>10</responsefieldlines>",
        f'<graderinfo format="html">{_cdata(explained(question, question.options))}</graderinfo>',
    ]


_KINDS: Mapping[str, tuple[str, Callable[[Question], list[str]]]] = {
    "single_choice": ("multichoice", _choices),
    "several_choices": ("multichoice", _choices),
    "true_false": ("truefalse", _truth),
    "numeric": ("numerical", _numbers),
    "short_text": ("shortanswer", _words),
    "matching": ("matching", _pairs),
    "ordering": ("ordering", _order),
    "free_text": ("essay", _essay),
    "gap_text": ("cloze", lambda _question: []),
}


def _plain(text: str) -> str:
    return f"<text>{escape(text, quote=False)}</text>"


def _cdata(html: str) -> str:
    """A section ends at the first `]]>`, so such a place is shared out over two."""
    return f"<text><![CDATA[{html_for_moodle(html).replace(']]>', ']]]]><![CDATA[>')}]]></text>"
