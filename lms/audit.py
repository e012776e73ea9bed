"""Who did what to whom, when and why: written with the change itself, sealed afterwards into a chain.

`record` adds an entry in the transaction of the change. The worker later seals entries in order: each seal holds the
SHA-256 of its entry together with the seal before it, so no hot path waits on a lock and yet a changed, missing or
inserted row shows (`lms audit verify`). Whoever notes the printed head keeps proof against a chain made anew.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, LargeBinary, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock
from lms.db import Json, Model, db, transaction, upsert
from lms.errors import Refused

BATCH = 500
UNSEALED_FOR = timedelta(hours=1)
"""An entry older than this that has no seal, while later ones have, was not written by the program."""


class AuditEntry(Model):
    """One decision about somebody's record. `actor_id` is a person; None is the system itself."""

    __table_args__ = (Index("ix_audit_entry_subject", "subject", "subject_id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    on_behalf_of_id: Mapped[int | None]
    action: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[int]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    reason: Mapped[str | None]

    def digest(self) -> bytes:
        """What a seal vouches for: every column, in one spelling on every database."""
        facts = [
            self.id,
            self.at.isoformat(timespec="microseconds"),
            self.actor_id,
            self.on_behalf_of_id,
            self.action,
            self.subject,
            self.subject_id,
            self.before,
            self.after,
            self.reason,
        ]
        return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).digest()


class AuditSeal(Model):
    """Entry `entry_id` is link `number` of the chain; `hash` covers the entry and the link before."""

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(unique=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed_at: Mapped[datetime]


class AuditHead(Model):
    """A single row: the last link. Sealing locks it, so two workers never fork the chain."""

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


def record(
    action: str,
    subject: str,
    subject_id: int,
    *,
    by: int | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
    on_behalf_of: int | None = None,
    at: datetime | None = None,
) -> None:
    """Add an entry to the transaction that makes the change. Values must be plain JSON."""
    with transaction() as session:
        session.add(
            AuditEntry(
                at=at or clock.now(),
                actor_id=by,
                on_behalf_of_id=on_behalf_of,
                action=action,
                subject=subject,
                subject_id=subject_id,
                before=dict(before) if before is not None else None,
                after=dict(after) if after is not None else None,
                reason=reason,
            )
        )


def _link(previous: bytes, number: int, entry: AuditEntry) -> bytes:
    return hashlib.sha256(previous + number.to_bytes(8, "big") + entry.digest()).digest()


def seal() -> int:
    """Seal what has no seal yet, in small transactions; return how many. A second run at once finds nothing."""
    total, now = 0, clock.now()
    while sealed := _seal_batch(now):
        total += sealed
    return total


def _seal_batch(now: datetime) -> int:
    with transaction() as session:
        session.execute(upsert(AuditHead).values(id=1, number=0, hash=bytes(32)).on_conflict_do_nothing())
        head = session.get_one(AuditHead, 1, with_for_update=True, populate_existing=True)
        entries = session.scalars(
            select(AuditEntry)
            .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
            .where(AuditSeal.number.is_(None))
            .order_by(AuditEntry.id)
            .limit(BATCH)
            .execution_options(populate_existing=True)
        ).all()
        for entry in entries:
            head.number += 1
            head.hash = _link(head.hash, head.number, entry)
            session.add(AuditSeal(number=head.number, entry_id=entry.id, hash=head.hash, sealed_at=now))
        return len(entries)


@dataclass(frozen=True)
class Verdict:
    """What `verify` found: `faults` are Vietnamese sentences naming the row; the head is `number:hash`."""

    sealed: int
    unsealed: int
    head: str
    faults: list[str]


def verify(known_head: str | None = None) -> Verdict:
    """Walk the whole chain. With a head noted earlier, also prove that this chain still contains it."""
    faults: list[str] = []
    known_number, known_hash = _known(known_head)
    number, previous = 0, bytes(32)
    run: datetime | None = None
    run_before: datetime | None = None
    head: tuple[int | None, bytes | None] = (0, previous)
    for seal_row, entry, *ends in db.session.execute(_chain()):
        head = (ends[0], ends[1])
        if seal_row.number <= number:
            faults.append(f"Mắt xích {seal_row.number}: đã bị chèn vào.")
            continue
        number += 1
        follows = seal_row.number == number
        while number < seal_row.number:
            faults.append(f"Mắt xích {number}: bị mất.")
            number += 1
        if seal_row.sealed_at != run:
            run, run_before = seal_row.sealed_at, run
        if entry is None:
            faults.append(f"Mắt xích {number}: dòng nhật ký {seal_row.entry_id} bị mất.")
        elif follows and _link(previous, number, entry) != seal_row.hash:
            faults.append(f"Mắt xích {number}: dòng nhật ký {seal_row.entry_id} đã bị sửa hoặc chèn vào.")
        elif run_before is not None and entry.at < run_before - UNSEALED_FOR:
            faults.append(f"Dòng nhật ký {entry.id}: mang giờ cũ hơn lần niêm phong trước; có thể đã bị chèn vào.")
        if number == known_number and seal_row.hash.hex() != known_hash:
            faults.append(f"Mắt xích {number}: khác với đầu chuỗi đã ghi lại; chuỗi đã bị làm lại.")
        previous = seal_row.hash
    if number == 0 and (row := db.session.get(AuditHead, 1)):
        head = (row.number, row.hash)
    if head != (number, previous):
        faults.append(f"Đầu chuỗi ghi {head[0] or 0} mắt xích, còn thấy {number}: phần cuối đã bị cắt hoặc thêm.")
    if known_number > number:
        faults.append(f"Đầu chuỗi đã ghi lại có {known_number} mắt xích, nay chỉ còn {number}.")
    unsealed = select(AuditEntry).where(~select(AuditSeal.number).where(AuditSeal.entry_id == AuditEntry.id).exists())
    if run is not None:
        for entry in db.session.scalars(unsealed.where(AuditEntry.at < run - UNSEALED_FOR)):
            faults.append(f"Dòng nhật ký {entry.id}: mang giờ cũ mà không có dấu niêm phong; có thể đã bị chèn vào.")
    count = db.session.scalar(select(func.count()).select_from(unsealed.subquery())) or 0
    return Verdict(sealed=number, unsealed=count, head=f"{number}:{previous.hex()}", faults=faults)


def _chain() -> Select[Any]:
    """Every link with its entry, in order, with the head of that same moment, since sealing may go on meanwhile."""
    end = select(AuditHead).where(AuditHead.id == 1)
    return (
        select(
            AuditSeal,
            AuditEntry,
            end.with_only_columns(AuditHead.number).scalar_subquery(),
            end.with_only_columns(AuditHead.hash).scalar_subquery(),
        )
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.number)
        .execution_options(yield_per=BATCH, populate_existing=True)
    )


def _known(head: str | None) -> tuple[int, str]:
    if not head:
        return 0, ""
    match = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", head.strip())
    if match is None:
        raise Refused("Đầu chuỗi có dạng SỐ:MÃ, chép nguyên từ dòng cuối mà lệnh này in ra lần trước.")
    return int(match[1]), match[2]
