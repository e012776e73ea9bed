"""A district in the middle of a drive, with all sorts of work done: rows put in straight away, for counting."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from sqlalchemy import select

from lms.content import services as content
from lms.content.models import LessonVersion, ModuleVersion
from lms.db import db, transaction
from lms.drives import services as drives
from lms.drives.models import Attendance, Drive, DriveModule, DriveSession, Summons
from lms.drives.rules import Presence, Rating
from lms.grading.models import Grade, Release
from lms.grading.rules import Decision
from lms.lessons.models import LessonRead
from lms.people import services as people
from lms.people.models import Person
from lms.people.rules import Position
from lms.quizzes.models import Attempt
from lms.reflections.models import Reflection, Revision, kept_whole
from lms.reflections.rules import State
from lms.units.models import Unit
from tests.factories import LONG_AGO, NOON, a_district, a_drive, a_unit, a_version, an_organiser, the_sample

PAST = (State.GRADED, State.RELEASED)


@dataclass
class Busy:
    """The district with two clusters of schools under it; its drive, and another one with the same people."""

    district: Unit
    units: list[Unit]
    drive: Drive
    other: Drive
    people: list[Person]


def a_busy_district(learners: int, *, needs_sessions: int = 1) -> Busy:
    """Everybody is called to both drives, in turn from the district itself and every unit under it."""
    district = a_district()
    clusters = [a_unit(f"Cụm {number}", under=district) for number in (1, 2)]
    schools = [a_unit(f"Trường {number}", under=clusters[number % 2]) for number in range(4)]
    units = [district, *clusters, *schools]
    first = a_version()
    second, _ = content.publish(replace(the_sample(), slug="hai", code="HAI01"), by=None, at=NOON)
    third, _ = content.publish(replace(the_sample(), slug="ba", code="BA01", quiz=None), by=None, at=NOON)
    drive = a_drive(district, versions=[first, second, third], needs_sessions=needs_sessions)
    other = a_drive(district, code="dot-khac", versions=[third, first])
    for one in (drive, other):
        for number in range(2):
            start = NOON + timedelta(days=number)
            hours = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
            drives.add_session(one, by=an_organiser(one), title=f"Buổi {number}", place="", **hours)
    called = [_person(number, units[number % len(units)]) for number in range(learners)]
    for one in (drive, other):
        drives.summon(one, called, by=an_organiser(one), at=NOON, reason="Kế hoạch")
    return Busy(district, units, drive, other, called)


def _person(number: int, unit: Unit) -> Person:
    with transaction():
        person = people.register_person(code=f"HV{number}", full_name=f"Học Viên {number}")
        people.appoint(person, unit, Position.CHAIR, on=LONG_AGO)
        return person


def some_work(random: Random, share: float = 0.6) -> None:
    """Whatever one may have done under a summons, and now and then what no longer counts."""
    with transaction() as session:
        for summons in session.scalars(select(Summons).order_by(Summons.id)).all():
            versions = session.scalars(
                select(ModuleVersion)
                .join(DriveModule)
                .where(DriveModule.drive_id == summons.drive_id)
                .order_by(DriveModule.position)
            ).all()
            for version in versions:
                _read(summons, version, random, share)
                _try(summons, version, random, share)
            meetings = select(DriveSession.id).where(DriveSession.drive_id == summons.drive_id)
            for meeting in session.scalars(meetings.order_by(DriveSession.id)):
                if random.random() < share:
                    presence = random.choice(list(Presence))
                    keys = {"session_id": meeting, "summons_id": summons.id}
                    session.add(Attendance(**keys, presence=presence, noted_at=NOON, noted_by_id=summons.person_id))
            if random.random() < share:
                _write(summons, versions[0], random.choice(list(State)), random.choice(list(Rating)))
            if random.random() < 0.1:
                summons.withdrawn_at, summons.withdrawn_because = NOON, "Chuyển công tác"


def _read(summons: Summons, version: ModuleVersion, random: Random, share: float) -> None:
    written = select(LessonVersion).where(LessonVersion.version_id == version.id)
    lessons = db.session.scalars(written.order_by(LessonVersion.position)).all()
    for key, lesson in [*((lesson.key, lesson) for lesson in lessons), ("bai-da-bo", lessons[0])]:
        if random.random() < share:
            where = {"summons_id": summons.id, "module_id": version.module_id}
            db.session.add(LessonRead(**where, lesson_key=key, lesson_id=lesson.id, version_number=1, read_at=NOON))


def _try(summons: Summons, version: ModuleVersion, random: Random, share: float) -> None:
    tries = [passed for passed in (False, random.random() < share, True) if random.random() < share]
    for number, passed in enumerate(tries, 1):
        where = {"summons_id": summons.id, "module_id": version.module_id, "version_id": version.id}
        times = {"started_at": NOON, "due_at": NOON, "submitted_at": NOON}
        db.session.add(Attempt(**where, number=number, seed=1, question_keys=[], **times, points=0, passed=passed))
    if random.random() < share / 2:
        where = {"summons_id": summons.id, "module_id": version.module_id, "version_id": version.id}
        db.session.add(Attempt(**where, number=len(tries) + 1, seed=1, question_keys=[], started_at=NOON, due_at=NOON))


def _write(summons: Summons, version: ModuleVersion, state: State, rating: Rating) -> None:
    reflection = Reflection(summons_id=summons.id, version_id=version.id, state=state, head=1, newest=1, whole_at=1)
    db.session.add(reflection)
    db.session.flush()
    revision = Revision(reflection_id=reflection.id, based_on=0, saved_at=NOON, **kept_whole({}, 1))
    db.session.add(revision)
    db.session.flush()
    if state in PAST:
        decided = {"decision": Decision.MARK, "scores": {}, "mark": 7, "comment": "", "decided_at": NOON}
        grade = Grade(reflection_id=reflection.id, revision_id=revision.id, reviewer_id=summons.added_by_id, **decided)
        db.session.add(grade)
        db.session.flush()
    if state is State.RELEASED:
        released = {"mark": 7, "released_by_id": summons.added_by_id, "released_at": NOON}
        db.session.add(Release(reflection_id=reflection.id, grade_id=grade.id, rating=rating, **released))
