"""What SQL counts equals what counting the rows one by one gives, on both databases."""

from dataclasses import replace
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from lms.completion import queries
from lms.completion.rules import Demand, Facts
from lms.content import services as content
from lms.content.models import LessonVersion, ModuleVersion
from lms.db import db as database
from lms.db import transaction
from lms.drives import services as drives
from lms.drives.models import Attendance, Drive, DriveModule, DriveSession, Summons
from lms.drives.queries import summons_for
from lms.drives.rules import Presence
from lms.grading.models import Release
from lms.lessons.models import LessonRead
from lms.quizzes.models import Attempt
from lms.reflections.models import Reflection
from tests.factories import NOON, a_district, a_drive, a_learner, a_plan, a_version, an_organiser, the_sample, viewer
from tests.progress import Busy, a_busy_district, some_work
from tests.queries_counted import queries_counted
from tests.taken_back import taken_back


def rows(table: type) -> list:
    return list(database.session.scalars(select(table)))


def pinned(drive: Drive) -> dict[int, ModuleVersion]:
    """The versions of the drive by module."""
    versions = {version.id: version for version in rows(ModuleVersion)}
    return {row.module_id: versions[row.version_id] for row in rows(DriveModule) if row.drive_id == drive.id}


def keys_of(version: ModuleVersion) -> set[str]:
    return {lesson.key for lesson in rows(LessonVersion) if lesson.version_id == version.id}


def facts_of(summons: Summons, versions: dict[int, ModuleVersion]) -> Facts:
    """Counted from the rows, one by one."""
    keys = {module: keys_of(version) for module, version in versions.items()}
    quizzes = {module for module, version in versions.items() if version.quiz}
    reflection = next((row for row in rows(Reflection) if row.summons_id == summons.id), None)
    release = next((row for row in rows(Release) if reflection and row.reflection_id == reflection.id), None)
    return Facts(
        lessons=sum(
            row.summons_id == summons.id and row.lesson_key in keys.get(row.module_id, ()) for row in rows(LessonRead)
        ),
        quizzes=len(
            quizzes & {row.module_id for row in rows(Attempt) if row.summons_id == summons.id and row.passed is True}
        ),
        sessions=sum(row.summons_id == summons.id and row.presence is not Presence.ABSENT for row in rows(Attendance)),
        reflection=reflection and reflection.state,
        rating=release and release.rating,
    )


def demand_in_python(drive: Drive) -> Demand:
    versions = pinned(drive).values()
    return Demand(
        lessons=sum(len(keys_of(version)) for version in versions) if drive.needs_lessons else 0,
        quizzes=sum(bool(version.quiz) for version in versions) if drive.needs_quizzes else 0,
        sessions=drive.needs_sessions,
        reflection=drive.reflection_version_id is not None,
        least_rating=drive.least_rating,
        due_at=drive.reflection_due_at,
    )


def everything_agrees(busy: Busy) -> None:
    for drive in (busy.drive, busy.other):
        versions = pinned(drive)
        called = [row for row in rows(Summons) if row.drive_id == drive.id and row.withdrawn_at is None]
        counted = {learner.summons_id: learner for learner in queries.learners(Summons.drive_id == drive.id)}
        assert queries.demand_of(drive) == demand_in_python(drive)
        assert {id: learner.facts for id, learner in counted.items()} == {
            row.id: facts_of(row, versions) for row in called
        }
        for row in called:
            assert counted[row.id].person_id == row.person_id
            assert counted[row.id].unit_id == row.unit_id
        for row in called[:2]:
            assert queries.learner(row, NOON) == counted[row.id]
            module_progress_agrees(row, versions)
            session_notes_agree(row)


def module_progress_agrees(row: Summons, versions: dict[int, ModuleVersion]) -> None:
    for module, shown in zip(versions, queries.module_progress(row, NOON), strict=True):
        lessons = [lesson.key for lesson in rows(LessonVersion) if lesson.version_id == versions[module].id]
        read = {one.lesson_key for one in rows(LessonRead) if (one.summons_id, one.module_id) == (row.id, module)}
        tries = [one for one in rows(Attempt) if (one.summons_id, one.module_id) == (row.id, module)]
        assert (shown.lessons, shown.lessons_read) == (len(lessons), len(read & set(lessons)))
        assert shown.next_lesson == next((key for key in lessons if key not in read), None)
        assert (bool(shown.quiz), shown.tries) == (bool(versions[module].quiz), len(tries))
        assert shown.passed == any(one.passed for one in tries)
        assert shown.open_attempt == next((one.id for one in tries if one.submitted_at is None), None)


def session_notes_agree(row: Summons) -> None:
    noted = {one.session_id: one.presence for one in rows(Attendance) if one.summons_id == row.id}
    meetings = [one for one in rows(DriveSession) if one.drive_id == row.drive_id]
    assert [(note.title, note.presence) for note in queries.session_notes(row)] == [
        (meeting.title, noted.get(meeting.id)) for meeting in sorted(meetings, key=lambda one: one.starts_at)
    ]


def test_demand_and_facts_are_what_the_rows_say(db):
    busy = a_busy_district(learners=5)

    @given(seed=some.integers(0, 2**32), share=some.sampled_from([0.2, 0.6, 0.95]))
    @settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def agrees_with_any_work(seed, share):
        with taken_back():
            some_work(Random(seed), share)
            everything_agrees(busy)

    agrees_with_any_work()


def test_a_quiz_that_the_drive_no_longer_has_does_not_stand_in_for_another(db):
    """Version 2 of the second module has dropped its quiz; who passed the old one still owes the first module's."""
    first = a_version()
    second, _ = content.publish(replace(the_sample(), slug="hai", code="HAI01"), by=None, at=NOON)
    district = a_district()
    drive = a_drive(district, versions=[first, second])
    summons = summons_for(viewer(a_learner(drive, district)), drive.code)
    with transaction() as session:
        where = {"summons_id": summons.id, "module_id": second.module_id, "version_id": second.id}
        times = {"started_at": NOON, "due_at": NOON, "submitted_at": NOON}
        session.add(Attempt(**where, number=1, seed=1, question_keys=[], **times, points=3, passed=True))
    assert queries.learner(summons, NOON).facts.quizzes == 1

    without, _ = content.publish(replace(the_sample(), slug="hai", code="HAI01", quiz=None), by=None, at=NOON)
    drives.change_drive(drive, a_plan(first, without), by=an_organiser(drive))

    assert queries.demand_of(drive).quizzes == 1
    assert queries.learner(summons, NOON).facts.quizzes == 0


def test_a_drive_asks_only_for_what_its_plan_says(db):
    drive = a_drive(a_district(), needs_sessions=2)
    assert (queries.demand_of(drive).lessons, queries.demand_of(drive).quizzes) == (2, 1)

    plan = replace(a_plan(a_version(), with_reflection=False), needs_lessons=False, needs_quizzes=False)
    drives.change_drive(drive, plan, by=an_organiser(drive))

    demand = queries.demand_of(drive)
    assert (demand.lessons, demand.quizzes, demand.sessions, demand.reflection) == (0, 0, 0, False)


def test_the_facts_of_two_learners_and_of_twenty_take_one_query(db):
    busy = a_busy_district(learners=20)
    some_work(Random(1))
    two = [row.id for row in rows(Summons) if row.drive_id == busy.drive.id][:2]

    with queries_counted() as for_two:
        list(queries.learners(Summons.id.in_(two)))
    with queries_counted() as for_all:
        everybody = list(queries.learners(Summons.drive_id == busy.drive.id))

    assert len(everybody) > 10
    assert (len(for_two), len(for_all)) == (1, 1)
