"""What was read."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from lms.content.models import LessonVersion, Module
from lms.db import Model
from lms.drives.models import Summons


class LessonRead(Model):
    """Under this summons the lesson was read; by its stable key, so that a new version keeps it."""

    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id), primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey(Module.id), primary_key=True)
    lesson_key: Mapped[str] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey(LessonVersion.id))
    """The text that was read."""
    version_number: Mapped[int]
    """Its version's; reading counts while the lesson does not ask for a later one (`LessonVersion.read_since`)."""
    read_at: Mapped[datetime]


class ReadingPlace(Model):
    """Where a learner stopped in a lesson, to go on from there on any device. It gives no credit."""

    summons_id: Mapped[int] = mapped_column(ForeignKey(Summons.id), primary_key=True)
    module_id: Mapped[int] = mapped_column(ForeignKey(Module.id), primary_key=True)
    lesson_key: Mapped[str] = mapped_column(primary_key=True)
    lesson_id: Mapped[int] = mapped_column(ForeignKey(LessonVersion.id))
    """The text in which the paragraph was counted."""
    paragraph: Mapped[int]
    """Counted from 0 among the blocks of the text."""
    seen_at: Mapped[datetime]
