"""What in a text looks like something that it is not: hints for its author. The text stays as it was typed."""

import re
import unicodedata
from collections.abc import Iterable

from flask_babel import gettext as _

INVISIBLE = re.compile(
    r"(?<=\w)[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]+(?=\w)"
)
"""Signs without a shape inside a word; beside a word, and between emoji, they do no harm."""
WORD = re.compile(r"[^\W\d_]+")
STRANGE = re.compile(r"[\u0370-\u03ff\u0400-\u052f\u13a0-\u13ff\uff21-\uff5a]")
"""Greek, Cyrillic, Cherokee and full-width letters: many look just like Latin ones."""
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
MANY_SYMBOLS = 20
SHOWN = 5


def look_alikes(text: str) -> list[str]:
    """Words in which Latin letters stand beside letters of another script, each once, in the order of the text."""
    found = (word for word in WORD.findall(text) if STRANGE.search(word) and LATIN.search(word))
    return list(dict.fromkeys(found))


def symbols(text: str) -> int:
    """How many emoji and other pictures a text holds."""
    return sum(unicodedata.category(sign) == "So" for sign in text if sign > "\u2000")


def hints(texts: Iterable[str]) -> list[str]:
    """What the author should look at before handing in; nothing of it stands in the way."""
    whole = "\n".join(texts)
    found = []
    if hidden := len(INVISIBLE.findall(whole)):
        found.append(
            _(
                "Trong bài có %(n)s chỗ chen ký tự vô hình giữa một từ, thường do chép từ nơi khác. Đồng chí gõ lại "
                "các từ ấy để đếm từ và so bài được đúng.",
                n=hidden,
            )
        )
    if words := look_alikes(whole):
        shown = ", ".join(f"“{word}”" for word in words[:SHOWN]) + (" …" if len(words) > SHOWN else "")
        found.append(
            _("Có từ chứa chữ cái nước khác trông giống chữ Việt: %(words)s. Đồng chí gõ lại các từ ấy.", words=shown)
        )
    if (count := symbols(whole)) > MANY_SYMBOLS:
        found.append(
            _(
                "Bài có %(n)s hình biểu tượng. Hình không tính là từ và không in được ở bản PDF; đồng chí nên "
                "viết bằng lời.",
                n=count,
            )
        )
    return found
