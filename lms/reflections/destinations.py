"""Who can grade a text, and to which unit it therefore goes."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _


@dataclass(frozen=True)
class Holder:
    """Somebody who may grade in a unit on the author's way up; `depth` 0 is the unit that manages the author."""

    depth: int
    unit_id: int
    unit: str
    name: str
    is_author: bool
    is_away: bool
    is_direct: bool


def hindrance(holder: Holder, *, forbids_direct: bool) -> str | None:
    """Say why this person cannot grade the text; None means that they can."""
    if holder.is_author:
        return _("là người viết bài")
    if holder.is_away:
        return _("đang nghỉ")
    if forbids_direct and holder.is_direct:
        return _("là cấp trên hoặc cấp dưới trực tiếp của người viết")
    return None


def destination(holders: Sequence[Holder], *, forbids_direct: bool) -> int | None:
    """The nearest unit upward with at least one person who can grade; None when there is none up to the top."""
    free = [one for one in holders if hindrance(one, forbids_direct=forbids_direct) is None]
    return min(free, key=lambda one: one.depth).unit_id if free else None


def why_nowhere(holders: Sequence[Holder], *, forbids_direct: bool) -> str:
    """What keeps a text without a destination, and so what would help."""
    reasons = {hindrance(one, forbids_direct=forbids_direct) for one in holders if not one.is_author}
    if None in reasons:
        return _("Vừa có giám khảo; bài được chuyển đi trong một phút.")
    if not reasons:
        return _("Từ đơn vị quản lý trở lên chưa có giám khảo nào khác người viết.")
    return _("Giám khảo ở mọi cấp đều vướng: %(why)s.", why="; ".join(sorted(filter(None, reasons))))


def refusal_to_reroute(is_open: bool, reason: str) -> str | None:
    """Say why a text cannot be sent to another unit by hand; None means it can."""
    if not is_open:
        return _("Bài không còn chờ chấm nên không chuyển được nữa.")
    if len(reason.split()) < 3:
        return _("Đồng chí ghi rõ lý do chuyển bài (ít nhất ba từ).")
    return None
