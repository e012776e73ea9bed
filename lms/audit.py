"""Who did what to whom, when and why: written with the change itself, sealed afterwards into a chain.

`record` adds an entry in the transaction of the change. The worker later seals entries in order: each seal holds the
SHA-256 of its entry together with the seal before it, so no hot path waits on a lock and yet a changed, missing or
inserted row shows (`lms audit verify`). Whoever notes the printed head keeps proof against a chain made anew.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, LargeBinary, func, select
from sqlalchemy.orm import Mapped, mapped_column

from lms import clock
from lms.db import Json, Model, db, transaction

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
    total = 0
    while sealed := _seal_batch():
        total += sealed
    return total


def _seal_batch() -> int:
    with transaction() as session:
        head = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
        if head is None:
            head = AuditHead(id=1, number=0, hash=bytes(32))
            session.add(head)
        entries = session.scalars(
            select(AuditEntry)
            .outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id)
            .where(AuditSeal.number.is_(None))
            .order_by(AuditEntry.id)
            .limit(BATCH)
        ).all()
        now = clock.now()
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
    expected, number = bytes(32), 0
    known_number, _, known_hash = (known_head or "").partition(":")
    statement = (
        select(AuditSeal, AuditEntry)
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .order_by(AuditSeal.number)
        .execution_options(yield_per=BATCH)
    )
    latest: datetime | None = None
    for seal_row, entry in db.session.execute(statement):
        number += 1
        while number < seal_row.number:
            faults.append(f"Mắt xích {number}: bị mất.")
            number += 1
        if entry is None:
            faults.append(f"Mắt xích {number}: dòng nhật ký {seal_row.entry_id} bị mất.")
        elif _link(expected, number, entry) != seal_row.hash:
            faults.append(f"Mắt xích {number}: dòng nhật ký {seal_row.entry_id} đã bị sửa hoặc chèn vào.")
        if known_head and str(number) == known_number and seal_row.hash.hex() != known_hash:
            faults.append(f"Mắt xích {number}: khác với đầu chuỗi đã ghi lại; chuỗi đã bị làm lại.")
        expected, latest = seal_row.hash, seal_row.sealed_at
    head = db.session.get(AuditHead, 1)
    if head is not None and (head.number, head.hash) != (number, expected):
        faults.append(f"Đầu chuỗi ghi {head.number} mắt xích nhưng chỉ còn {number}: phần cuối đã bị cắt hoặc thêm.")
    if known_head and int(known_number or 0) > number:
        faults.append(f"Đầu chuỗi đã ghi lại có {known_number} mắt xích, nay chỉ còn {number}.")
    unsealed = select(AuditEntry).where(~select(AuditSeal.number).where(AuditSeal.entry_id == AuditEntry.id).exists())
    if latest is not None:
        for entry in db.session.scalars(unsealed.where(AuditEntry.at < latest - UNSEALED_FOR)):
            faults.append(f"Dòng nhật ký {entry.id}: mang giờ cũ mà không có dấu niêm phong; có thể đã bị chèn vào.")
    count = db.session.scalar(select(func.count()).select_from(unsealed.subquery())) or 0
    return Verdict(sealed=number, unsealed=count, head=f"{number}:{expected.hex()}", faults=faults)
