"""The life of a reflection, written down once, and what is asked of its text."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from enum import StrEnum

from flask_babel import gettext as _

from lms.content.rules import Prompt
from lms.reflections import packing
from lms.reflections.deadlines import Deadline
from lms.vietnamese import count_words


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    GRADED = "graded"
    RELEASED = "released"


STATE_NAMES = {
    State.DRAFT: "Đang viết",
    State.SUBMITTED: "Đã nộp, chờ chấm",
    State.RETURNED: "Trả lại để viết thêm",
    State.GRADED: "Đã chấm, chờ công bố",
    State.RELEASED: "Đã có kết quả",
}


class Form(StrEnum):
    """How a reflection is handed in."""

    TYPED = "typed"
    FILE = "file"
    SCAN = "scan"


FORM_NAMES = {
    Form.TYPED: "Gõ trên hệ thống",
    Form.FILE: "Tệp văn bản, chữ đã đọc ra",
    Form.SCAN: "Ảnh chụp hoặc bản quét bài viết tay",
}


class Step(StrEnum):
    """What can happen to a reflection."""

    HAND_IN = "hand_in"
    GRADE = "grade"
    RETURN = "return"
    RELEASE = "release"
    WITHDRAW = "withdraw"
    TAKE_BACK = "take_back"


STEPS: dict[tuple[State, Step], State] = {
    (State.DRAFT, Step.HAND_IN): State.SUBMITTED,
    (State.RETURNED, Step.HAND_IN): State.SUBMITTED,
    (State.SUBMITTED, Step.WITHDRAW): State.DRAFT,
    (State.SUBMITTED, Step.GRADE): State.GRADED,
    (State.GRADED, Step.GRADE): State.GRADED,
    (State.SUBMITTED, Step.RETURN): State.RETURNED,
    (State.GRADED, Step.RETURN): State.RETURNED,
    (State.SUBMITTED, Step.TAKE_BACK): State.SUBMITTED,
    (State.GRADED, Step.TAKE_BACK): State.SUBMITTED,
    (State.RETURNED, Step.TAKE_BACK): State.SUBMITTED,
    (State.GRADED, Step.RELEASE): State.RELEASED,
}
"""Every step there is; what is not in this table cannot happen."""

OPEN_TO_AUTHOR = (State.DRAFT, State.RETURNED)

MOST_CHARACTERS = 200_000

COMMITMENT_VERSION = "2026-11"


def commitment(version: str = COMMITMENT_VERSION) -> str:
    """What the author confirms when handing in. Every wording stays, so a receipt shows the one that was confirmed."""
    return {
        "2026-11": _("Tôi cam đoan bài thu hoạch này do tôi tự viết; những chỗ trích dẫn đều ghi rõ nguồn."),
    }[version]


def next_state(state: State, step: Step) -> State | None:
    return STEPS.get((state, step))


@dataclass(frozen=True)
class Part:
    """How far the answer to one prompt is."""

    prompt: Prompt
    text: str
    words: int

    @property
    def lack(self) -> str | None:
        """What is still missing or too much, as a sentence."""
        if not self.words:
            return _("“%(t)s”: chưa viết.", t=self.prompt.title)
        if self.words < self.prompt.min_words:
            return _(
                "“%(t)s”: mới có %(n)s từ, cần ít nhất %(least)s từ.",
                t=self.prompt.title,
                n=self.words,
                least=self.prompt.min_words,
            )
        if self.words > self.prompt.max_words:
            return _(
                "“%(t)s”: đã viết %(n)s từ, quá mức %(most)s từ.",
                t=self.prompt.title,
                n=self.words,
                most=self.prompt.max_words,
            )
        return None


def parts(prompts: Sequence[Prompt], texts: Mapping[str, str]) -> list[Part]:
    return [Part(prompt, texts.get(prompt.id, ""), count_words(texts.get(prompt.id, ""))) for prompt in prompts]


def both(current: str, other: str) -> str:
    """Two texts in one, for their author to put in order: what they share once, and where they differ, both."""
    lines, others = current.split("\n"), other.split("\n")
    together: list[str] = []
    for _operation, i, i_end, j, j_end in SequenceMatcher(None, lines, others).get_opcodes():
        together += lines[i:i_end]
        if lines[i:i_end] != others[j:j_end]:
            together += others[j:j_end]
    return "\n".join(together)


def refusal_to_save(state: State, texts: Mapping[str, str]) -> str | None:
    """Say why a text cannot be saved; None means it can. Lateness never stops a save, only a hand-in."""
    if state not in OPEN_TO_AUTHOR:
        return _("Bài đã nộp nên không sửa được nữa.")
    if sum(map(len, texts.values())) > MOST_CHARACTERS:
        return _("Bài dài quá %(n)s ký tự. Đồng chí rút gọn rồi lưu lại.", n=f"{MOST_CHARACTERS:,}".replace(",", "."))
    return None


def refusals_to_hand_in(
    state: State,
    written: Sequence[Part],
    opens_at: datetime,
    deadline: Deadline,
    now: datetime,
    form: Form = Form.TYPED,
) -> list[str]:
    """Every reason why the reflection cannot be handed in yet; an empty list means that it can.

    Of handwriting nobody counts the words, and copying it by typing is left to its author.
    """
    if next_state(state, Step.HAND_IN) is None:
        return [_("Bài đã nộp rồi.")]
    if now < opens_at:
        return [_("Đợt học tập chưa mở.")]
    if too_late := deadline.refusal(now):
        return [too_late]
    asked = [part for part in written if form is not Form.SCAN or part.words > part.prompt.max_words]
    return [part.lack for part in asked if part.lack]


class Match(StrEnum):
    """How a text that somebody holds stands to the one that was handed in."""

    SAME = "same"
    SAME_WORDS = "same_words"
    OTHER = "other"


def match(
    held: Sequence[str], handed_in: Sequence[str], sha256: str, keys: Sequence[str], files: Sequence[str] = ()
) -> Match:
    """Compare by the fingerprint on the receipt; where it differs, by the words alone.

    A copy out of a page or a document often has other spaces and line ends, and not a word of it is changed.
    """
    if fingerprint(dict(zip(keys, held, strict=True)), files) == sha256:
        return Match.SAME
    words = [[text.split() for text in texts] for texts in (held, handed_in)]
    return Match.SAME_WORDS if words[0] == words[1] else Match.OTHER


def fingerprint(texts: Mapping[str, str], files: Sequence[str] = ()) -> str:
    """SHA-256 of what was handed in: the parts by prompt id in one spelling, and on lines of their own the files'."""
    return packing.digest(b"\n".join([packing.to_bytes(texts), *(file.encode() for file in files)]))


_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_receipt() -> str:
    """A receipt number such as TH-7K2M-9QXD: short to read out, not to be guessed."""
    letters = "".join(secrets.choice(_LETTERS) for _place in range(8))
    return _in_groups(letters)


def _in_groups(letters: str) -> str:
    return f"TH-{letters[:4]}-{letters[4:]}"


def receipt_as_printed(typed: str) -> str:
    """The receipt number as it stands on the receipt, whatever spaces, dashes and small letters were typed."""
    letters = re.sub(r"[\s\-–.]", "", typed).upper()
    return _in_groups(letters.removeprefix("TH") if len(letters) > 8 else letters)
