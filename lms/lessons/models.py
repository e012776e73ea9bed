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
    read_at: Mapped[datetime]
