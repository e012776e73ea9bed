"""Telling people, and noting what they have read."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update

from lms.db import storable, transaction, upsert
from lms.notices.models import Notice
from lms.web import local_path

PORTION = 500


def notify(person_ids: int | Iterable[int], *, kind: str, key: str, text: str, link: str = "", at: datetime) -> int:
    """Tell each person once about the thing that `key` names; return how many did not know yet.

    It joins the transaction of the change, so that nobody hears of what did not happen, and work that is repeated
    after a crash tells nobody twice.
    """
    if link and not local_path(link):
        raise ValueError(f"a notice leads to a page of this server, not to {link!r}")
    ids = [person_ids] if isinstance(person_ids, int) else sorted(set(person_ids))
    told = 0
    with transaction() as session:
        for start in range(0, len(ids), PORTION):
            rows = [
                {"person_id": id, "key": key, "kind": kind, "text": storable(text), "link": link, "made_at": at}
                for id in ids[start : start + PORTION]
            ]
            note = upsert(Notice).values(rows).on_conflict_do_nothing(index_elements=["person_id", "key"])
            told += len(session.scalars(note.returning(Notice.id)).all())
    return told


def mark_read(person_id: int, *, up_to: int, only: bool, at: datetime) -> None:
    """Note that the person has read this notice, or all up to it; other people's notices are not touched."""
    chosen = Notice.id == up_to if only else Notice.id <= up_to
    with transaction() as session:
        session.execute(
            update(Notice).where(Notice.person_id == person_id, Notice.read_at.is_(None), chosen).values(read_at=at)
        )
