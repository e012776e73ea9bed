"""Notices of the one who asks."""

from collections.abc import Sequence

from sqlalchemy import select

from lms.db import db
from lms.notices.models import Notice


def page(person_id: int, *, after: int, size: int) -> Sequence[Notice]:
    """The notices of a person, those unread first and the newest in front."""
    return db.session.scalars(
        select(Notice)
        .where(Notice.person_id == person_id)
        .order_by(Notice.read_at.is_not(None), Notice.id.desc())
        .offset(after)
        .limit(size)
    ).all()


def newest_unread(person_id: int, size: int) -> Sequence[Notice]:
    return db.session.scalars(
        select(Notice)
        .where(Notice.person_id == person_id, Notice.read_at.is_(None))
        .order_by(Notice.id.desc())
        .limit(size)
    ).all()
