"""What GIFT and Moodle XML share when they are written: tags, categories, HTML, and answers as Moodle marks them."""

import re
from collections.abc import Iterable

from lms import vietnamese
from lms.content.exchange.items import TYPED
from lms.content.exchange.moodle import LESSON_TAG, LEVEL_TAG, PASSAGE_TAG, SOURCE_TAG, TOPIC_TAG
from lms.content.expected import ARROW, Words, number_in, pair_in, place_in, words_in
from lms.content.rules import Difficulty, Option, Question

FRACTIONS = {1: "100", 2: "50", 3: "33.33333", 4: "25", 5: "20", 6: "16.66667", 7: "14.28571", 8: "12.5"}
"""From Moodle's fixed list of marks in percent: an equal share for so many options."""

_CITATION = re.compile(r'<sup class="cite">.*?</sup>')


def tags_of(question: Question) -> list[str]:
    return [
        f"{LESSON_TAG}{question.lesson}",
        *([f"{PASSAGE_TAG}{question.passage}"] if question.passage else []),
        *(f"{SOURCE_TAG}{source}" for source in question.sources),
        *([f"{TOPIC_TAG}{question.topic}"] if question.topic else []),
        *([f"{LEVEL_TAG}{question.difficulty}"] if question.difficulty is not Difficulty.MEDIUM else []),
    ]


def category_of(question: Question) -> str:
    """The place of a question in Moodle's bank, so that Moodle can draw by topic as well."""
    return "$course$/top/" + (question.topic or question.lesson).replace("/", "//")


def html_for_moodle(html: str) -> str:
    """Without numbers of sources, whose list Moodle does not have."""
    return _CITATION.sub("", html).strip()


def by_rank(question: Question) -> list[Option]:
    """Right numbers first: Moodle takes the first one whose range fits, we a right one before any mistake."""
    return sorted(question.options, key=lambda option: not option.is_right)


def asks_for_case(question: Question) -> bool:
    """Moodle knows it of a question, not of an answer: where one right answer asks for it, all do."""
    return question.kind == "short_text" and any(
        words_in(one.html).with_case for one in question.options if one.is_right
    )


def spellings(words: Words) -> list[str]:
    """What Moodle has to be told: it does not leave out diacritics by itself, and a star stands for anything."""
    text = vietnamese.squeeze(words.text).replace("*", "\\*")
    bare = vietnamese.fold(text)
    return [text, bare] if words.without_diacritics and bare != text.casefold() else [text]


def unit_of(question: Question) -> str:
    number = number_in(question.options[0].html) if question.kind == "numeric" else None
    return number.unit if number else ""


def in_order(question: Question) -> list[Option]:
    return sorted(question.options, key=lambda option: place_in(option.html)[0])


def head_of(question: Question, option: Option) -> str:
    """What the explanation of a pair or a line begins with."""
    if question.kind == "free_text":
        return option.html
    return pair_in(option.html)[0] if question.kind == "matching" else place_in(option.html)[1]


def explained(question: Question, options: Iterable[Option]) -> str:
    """The explanations of pairs and lines as one text, since Moodle has a place for one only."""
    parts = [f"<dt>{head_of(question, one)}</dt><dd>{one.explanation}</dd>" for one in options if one.explanation]
    return f"<dl>{''.join(parts)}</dl>" if parts else ""


def losses(question: Question) -> list[str]:
    """What none of Moodle's formats carries along."""
    lost = []
    if "<img" in question.html:
        lost.append("ảnh trong lời dẫn")
    if _CITATION.search(question.html):
        lost.append("số dẫn nguồn trong lời dẫn")
    if question.kind == "matching" and any("<" in one.html.partition(ARROW)[2] for one in question.options):
        lost.append("kiểu chữ của vế phải")
    if question.kind in TYPED and any("<" in one.html for one in question.options):
        lost.append("kiểu chữ của đáp án")
    rights = [words_in(one.html) for one in question.options if one.is_right]
    if question.kind == "short_text" and 0 < sum(one.with_case for one in rights) < len(rights):
        lost.append("“(đúng chữ hoa)” của riêng một đáp án: trong Moodle cả câu đều phải đúng chữ hoa")
    return lost
