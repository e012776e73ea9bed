"""Until when an author may hand in, and from when on that is late."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask_babel import gettext as _

from lms import vietnamese


class Kind(StrEnum):
    """What a dispensation gives: a later day, or that no reflection is asked for."""

    EXTENSION = "extension"
    EXEMPTION = "exemption"


KIND_NAMES = {Kind.EXTENSION: "Gia hạn nộp bài", Kind.EXEMPTION: "Miễn bài thu hoạch"}


@dataclass(frozen=True)
class Given:
    """A dispensation as it reaches one author; without a day it is an exemption."""

    until: datetime | None
    reason: str


@dataclass(frozen=True)
class Deadline:
    """When one author's reflection is due, and what holds after that."""

    due_at: datetime
    grace: timedelta = timedelta()
    """For what was sent in time and came a little later: it is not late."""
    late_until: datetime | None = None
    """Until when the drive takes late texts; None is not at all."""
    later_because: tuple[str, ...] = ()
    """Why the day is later than the drive's."""
    exempt_because: tuple[str, ...] = ()
    """Why nothing is asked of the author; empty where something is."""

    @property
    def last_at(self) -> datetime:
        """The last moment at which a text is taken."""
        return max(self.due_at + self.grace, self.late_until or self.due_at)

    def is_late(self, at: datetime) -> bool:
        return at > self.due_at + self.grace

    def refusal(self, now: datetime) -> str | None:
        """Say why it is too late to hand in; None means that it is not."""
        if now <= self.last_at:
            return None
        return _(
            "Đã hết hạn nộp bài (%(end)s). Bài vẫn được giữ nguyên, không mất chữ nào; đồng chí liên hệ ban tổ chức "
            "để xin gia hạn.",
            end=in_words(max(self.due_at, self.late_until or self.due_at)),
        )


def deadline(
    due_at: datetime,
    grace_seconds: int,
    late_until: datetime | None,
    rewrite_by: datetime | None,
    given: Collection[Given],
) -> Deadline:
    """The most generous day holds: the drive's, one that an extension gives, or one to which the text was returned."""
    later = [one for one in given if one.until is not None and one.until > due_at]
    days = [due_at, *(one.until for one in later if one.until), *([rewrite_by] if rewrite_by else [])]
    return Deadline(
        max(days),
        timedelta(seconds=grace_seconds),
        late_until,
        tuple(dict.fromkeys(one.reason for one in later)),
        tuple(dict.fromkeys(one.reason for one in given if one.until is None)),
    )


def in_words(moment: datetime) -> str:
    """“hết ngày 19/12/2026” for the end of a day, and any other moment with its time."""
    day = vietnamese.format_date(vietnamese.day_of(moment))
    if moment == vietnamese.end_of_day(vietnamese.day_of(moment)):
        return _("hết ngày %(day)s", day=day)
    return _("%(time)s ngày %(day)s", time=vietnamese.format_time(moment), day=day)


def sentence(who: str, kind: Kind, until: datetime | None) -> str:
    """What a dispensation does, as its maker checks it and as the list shows it."""
    if kind is Kind.EXEMPTION or until is None:
        return _("%(who)s được miễn bài thu hoạch của đợt này.", who=who)
    return _("%(who)s được nộp bài thu hoạch đến %(end)s.", who=who, end=in_words(until))


def refusal_of_dispensation(
    kind: Kind, until: datetime | None, reason: str, due_at: datetime, now: datetime
) -> str | None:
    """Say why a dispensation cannot be given; None means that it can."""
    if len(reason.split()) < 2:
        return _("Đồng chí ghi rõ lý do (ít nhất hai từ); người được hưởng đọc được lý do này.")
    if kind is Kind.EXEMPTION:
        return _("Miễn bài thì không ghi ngày. Đồng chí bỏ ngày, hoặc chọn gia hạn.") if until else None
    if until is None:
        return _("Đồng chí ghi ngày mà người được gia hạn phải nộp.")
    if until <= due_at:
        return _("Gia hạn phải sau hạn chung của đợt (%(end)s).", end=in_words(due_at))
    if until <= now:
        return _("Ngày gia hạn đã qua. Đồng chí chọn ngày khác.")
    if until > due_at + timedelta(days=MOST_DAYS):
        return _("Gia hạn nhiều nhất %(n)s ngày sau hạn chung của đợt.", n=MOST_DAYS)
    return None


MOST_DAYS = 366
