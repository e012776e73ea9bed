"""Which part of a file's text answers which prompt."""

import re
from collections.abc import Sequence

from lms.content.rules import Prompt
from lms.vietnamese import fold

_NUMBERED = re.compile(r"(?:cau(?: hoi)?|phan|muc|bai)?\s*(\d{1,2}|i{1,3}|iv|v)\s*[.:)\-–]\s*(.*)", re.DOTALL)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5}
LONGEST_HEADING = 200


def dealt(text: str, prompts: Sequence[Prompt]) -> dict[str, str]:
    """The text, part by part under the prompts whose titles or numbers head them; without any, all under the first.

    Only a proposal for the author, so it never leaves out a word but a heading that repeats the prompt's title.
    """
    parts: list[list[str]] = [[] for _prompt in prompts]
    here = 0
    for paragraph in text.split("\n\n"):
        heading = _heading(paragraph, prompts, here)
        if heading is None:
            parts[here].append(paragraph)
            continue
        here, repeats = heading
        if not repeats:
            parts[here].append(paragraph)
    return {prompt.id: "\n\n".join(part).strip() for prompt, part in zip(prompts, parts, strict=True)}


def _heading(paragraph: str, prompts: Sequence[Prompt], here: int) -> tuple[int, bool] | None:
    """The place of the prompt that a paragraph heads, at or behind `here`, and whether it says only the title."""
    if len(paragraph) > LONGEST_HEADING:
        return None
    folded = fold(paragraph).rstrip(" .:")
    numbered = _NUMBERED.fullmatch(folded)
    rest = numbered[2] if numbered else folded
    for place in range(here, len(prompts)):
        title = fold(prompts[place].title).rstrip(" .:?")
        if rest.rstrip(" ?") == title:
            return place, True
    if numbered and len(prompts) > 1:
        place = (_ROMAN.get(numbered[1]) or int(numbered[1])) - 1
        if place == here + 1 and place < len(prompts):
            return place, not rest
    return None
