"""Names that must not be read: found in prose however they are written, and blotted out letter by letter.

Every letter of a found name becomes ■ and everything else stays, so the text keeps its length and whatever counts
characters in it, such as a comment's place, still holds.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from lms import vietnamese

BLOT = "■"

_NOTHING = "\x01"
"""Stands for a mark that belongs to the letter before it."""


class _Plain(dict[int, str]):
    """One plain letter for each character: without diacritics and case, a blank for whatever is neither."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        letters = unicodedata.normalize("NFKD", char.lower()).translate({0x111: "d", 0xF0: "d"})
        if unicodedata.category(char) in ("Mn", "Cf"):
            plain = _NOTHING
        else:
            plain = letters[0] if letters and letters[0].isalnum() else " "
        self[code] = plain
        return plain


_PLAIN = _Plain()
_CALLED = (
    *("dong chi", "d c", "anh", "chi", "ong", "ba", "co", "thay", "chu", "bac", "em", "ten", "toi la", "ten toi la"),
    *("nguoi viet", "tac gia", "ho ten", "ho va ten", "ky ten", "giam khao", "nguoi cham", "chu tich"),
)
"""Words after which a single capitalised syllable is somebody's name."""
_TITLE = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(title.replace(' ', ' +') for title in _CALLED)}) +$")
_LONGEST_TITLE = 30
_KINDS = (
    *("công đoàn cơ sở thành viên", "công đoàn cơ sở", "công đoàn bộ phận", "công đoàn", "cđcs", "cđ"),
    *("liên đoàn lao động", "lđlđ", "nghiệp đoàn", "trường", "công ty", "cty", "xí nghiệp", "nhà máy", "bệnh viện"),
    *("phòng", "trung tâm", "ủy ban nhân dân", "uỷ ban nhân dân", "ubnd", "tnhh", "cổ phần", "một thành viên", "mtv"),
    *("tư nhân", "tiểu học", "trung học cơ sở", "trung học phổ thông", "thcs", "thpt", "mầm non", "mẫu giáo"),
    *("xã", "phường", "thị trấn", "huyện", "quận", "thị xã", "thành phố", "tỉnh"),
)
"""Words with which a unit's name begins, that say what it is, not which."""
_CONTACTS = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<![\w+])(?:\+84|0)(?:[ .\-]?\d){8,10}(?!\w)|\bTH-[A-Z2-9]{4}-[A-Z2-9]{4}\b"
)
"""Addresses and telephone numbers, whoever they belong to, and receipt numbers."""


def _letters(name: str) -> list[str]:
    """The plain syllables of a name."""
    return name.translate(_PLAIN).replace(_NOTHING, "").split()


def _pattern(words: Sequence[str]) -> str:
    """The words one after another, with or without something between them, and marks on any letter."""
    syllables = (_NOTHING + "*").join
    return f"[ {_NOTHING}]*".join(syllables(re.escape(letter) for letter in word) + _NOTHING + "*" for word in words)


@dataclass(frozen=True)
class Mask:
    """What is hidden from one reader: persons and units by name, and words such as a code or a user name."""

    people: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    words: tuple[str, ...] = field(default=())

    def hide(self, text: str) -> str:
        """The text with every letter and digit of what is hidden blotted out; as long as it was."""
        if not (text and (self.people or self.units or self.words)):
            return text
        plain = text.translate(_PLAIN)
        spans = [match.span() for match in _CONTACTS.finditer(text)]
        spans += [match.span() for match in self._anyhow.finditer(plain)] if self._anyhow else []
        names = [match.span() for match in self._capitalised.finditer(plain)] if self._capitalised else []
        for match in self._given.finditer(plain) if self._given else ():
            before = plain[max(match.start() - _LONGEST_TITLE, 0) : match.start()].replace(_NOTHING, "")
            if _TITLE.search(before):
                names.append(match.span())
        spans += [(start, end) for start, end in names if _is_capitalised(text[start:end])]
        return _blotted(text, spans)

    @cached_property
    def _anyhow(self) -> re.Pattern[str] | None:
        """Full names, full unit names and codes: hidden in whatever case and spelling."""
        names = [_letters(name) for name in (*self.people, *self.units, *self.words)]
        names += [
            [*(syllable[0] for syllable in name[:-1]), name[-1]] for name in map(_letters, self.people) if len(name) > 2
        ]
        return _alternatives(names)

    @cached_property
    def _capitalised(self) -> re.Pattern[str] | None:
        """Names without the family name, and what is a unit's own in its name: hidden where written as a name."""
        short = [name[-2:] for name in map(_letters, self.people) if len(name) > 2]
        return _alternatives(short + [own for unit in self.units if len(own := _own_words(unit)) > 1])

    @cached_property
    def _given(self) -> re.Pattern[str] | None:
        """The single syllable by which somebody is addressed."""
        return _alternatives({(name[-1],) for name in map(_letters, self.people) if name})


def _own_words(unit: str) -> list[str]:
    """The words of a unit's name after those that say what kind it is."""
    rest = unit.lower()
    while kind := next((kind for kind in _KINDS if rest.startswith(f"{kind} ")), None):
        rest = rest.removeprefix(kind).strip()
    return _letters(rest)


def _alternatives(names: Iterable[Sequence[str]]) -> re.Pattern[str] | None:
    chosen = sorted({tuple(name) for name in names if name}, key=lambda name: (-len(name), name))
    if not chosen:
        return None
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(_pattern, chosen))})(?![a-z0-9])")


def _is_capitalised(words: str) -> bool:
    """Written as a name: every syllable begins with a capital."""
    return all(word[0].isupper() for word in re.findall(r"[^\W\d_][^\s]*", words))


def _blotted(text: str, spans: Iterable[tuple[int, int]]) -> str:
    parts, at = [], 0
    for start, end in sorted(spans):
        start = max(start, at)
        if end > start:
            parts += [text[at:start], re.sub(r"\w", BLOT, text[start:end])]
            at = end
    return "".join([*parts, text[at:]])


def mask_of(people: Iterable[str], units: Iterable[str] = (), words: Iterable[str] = ()) -> Mask:
    """A mask of the names that are names: very short words would blot out half of every text."""
    return Mask(
        tuple(dict.fromkeys(filter(None, map(vietnamese.squeeze, people)))),
        tuple(dict.fromkeys(filter(None, map(vietnamese.squeeze, units)))),
        tuple(dict.fromkeys(word for word in words if len(word) > 3)),
    )
