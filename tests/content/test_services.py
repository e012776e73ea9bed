"""Publishing: a version for every new content, and never a change to what learners saw."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lms.audit import AuditEntry
from lms.content import queries, services
from lms.content.models import ModuleVersion
from lms.content.rules import Module
from lms.db import db as database
from lms.drives import services as drives
from lms.drives.queries import Place
from lms.errors import NotFound, Refused
from lms.lessons import queries as lessons
from tests.factories import (
    NOON,
    a_district,
    a_drive,
    a_learner,
    a_place,
    a_plan,
    a_unit,
    an_organiser,
    read,
    the_sample,
)


def rewritten(module: Module, html: str = "<p>Lời mới.</p>") -> Module:
    """The module with other words in its first lesson."""
    first, *others = module.lessons
    return replace(module, lessons=(replace(first, html=html), *others))


def text_of(place: Place) -> str:
    """The first lesson as it is shown at this place."""
    return next(lesson.html for lesson in content_of(place).lessons if lesson.key == "mot")


def content_of(place: Place) -> ModuleVersion:
    return database.session.get_one(ModuleVersion, place.version_id)


def count_versions() -> int:
    return database.session.scalar(select(func.count()).select_from(ModuleVersion)) or 0


def test_the_first_publishing_makes_version_1_with_all_that_was_written(db):
    checked = the_sample()

    version, is_new = services.publish(checked, by=None, at=NOON)

    assert (is_new, version.number, version.module.code, version.module.slug) == (True, 1, "MAU01", "mau")
    stored = queries.version_of("mau", None)
    assert [(lesson.key, lesson.title, lesson.html) for lesson in stored.lessons] == [
        (lesson.id, lesson.title, lesson.html) for lesson in checked.lessons
    ]
    assert [question.specification() for question in stored.questions] == list(checked.questions)
    assert stored.quiz_plan() == checked.quiz
    assert stored.prompt_list() == list(checked.prompts)
    assert stored.criteria() == list(checked.rubric)


def test_a_lesson_keeps_the_source_that_it_cites_as_it_stood_then(db):
    version, _ = services.publish(the_sample(), by=None, at=NOON)

    assert version.lessons[0].sources == [
        {
            "id": "A1",
            "statement": "Ủy viên Ban Chấp hành chiếm tối đa 1/3 số ủy viên Ủy ban Kiểm tra.",
            "reference": "Tài liệu mẫu",
            "valid_from": "2025-07-01",
            "valid_to": None,
            "document_type": "",
            "number": "",
            "issued_on": None,
            "issuer": "",
            "superseded_by": "",
        }
    ]
    assert version.lessons[1].sources == []


def test_the_same_content_is_the_same_version(db):
    first, _ = services.publish(the_sample(), by=None, at=NOON)

    again, is_new = services.publish(the_sample(), by=None, at=NOON + timedelta(days=1))

    assert (is_new, again.id, again.published_at) == (False, first.id, NOON)
    assert count_versions() == 1


def test_changed_words_are_version_2_and_version_1_can_still_be_read(db):
    old = the_sample()
    services.publish(old, by=None, at=NOON)

    version, is_new = services.publish(rewritten(old), by=None, at=NOON)

    assert (is_new, version.number) == (True, 2)
    assert queries.version_of("mau", None).number == 2
    assert queries.version_of("mau", 2).lessons[0].html == "<p>Lời mới.</p>"
    assert queries.version_of("mau", 1).lessons[0].html == old.lessons[0].html
    with pytest.raises(NotFound):
        queries.version_of("mau", 3)


def test_going_back_to_earlier_words_is_a_version_of_its_own(db):
    """Only the latest version is compared, so that the newest number always is what learners get."""
    services.publish(the_sample(), by=None, at=NOON)
    services.publish(rewritten(the_sample()), by=None, at=NOON)

    version, is_new = services.publish(the_sample(), by=None, at=NOON)

    assert (is_new, version.number) == (True, 3)


def test_a_code_belongs_to_one_module(db):
    services.publish(the_sample(), by=None, at=NOON)

    with pytest.raises(Refused, match="Mã MAU01 đã thuộc chuyên đề “mau”"):
        services.publish(replace(the_sample(), slug="mau-hai"), by=None, at=NOON)

    services.publish(replace(the_sample(), slug="mau-hai", code="MAU02"), by=None, at=NOON)
    assert [version.module.slug for version in database.session.scalars(queries.latest_versions())] == [
        "mau",
        "mau-hai",
    ]


def test_a_module_keeps_its_code(db):
    services.publish(the_sample(), by=None, at=NOON)

    with pytest.raises(Refused, match="Chuyên đề “mau” đã mang mã MAU01"):
        services.publish(replace(the_sample(), code="MAU02"), by=None, at=NOON)

    assert count_versions() == 1


def test_publishing_is_noted_in_the_audit_once_for_each_version(db):
    version, _ = services.publish(the_sample(), by=7, at=NOON)
    services.publish(the_sample(), by=7, at=NOON)

    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "publish")).one()
    assert (entry.actor_id, entry.at, entry.subject, entry.subject_id) == (7, NOON, "module_version", version.id)
    assert entry.after == {"module": "mau", "digest": services.digest_of(the_sample())}


def test_what_was_read_stays_read_when_the_drive_takes_a_new_version(db):
    district = a_district()
    drive = a_drive(district)
    learner = a_learner(drive, a_unit(under=district))
    place = a_place(learner, drive)
    before = text_of(place)
    read(place, "mot")

    newer, _ = services.publish(rewritten(the_sample()), by=None, at=NOON)
    drives.change_drive(drive, a_plan(newer), by=an_organiser(drive))

    place = a_place(learner, drive)
    assert [(entry.key, entry.is_read) for entry in lessons.contents(place)] == [("mot", True), ("hai", False)]
    assert text_of(place) == "<p>Lời mới.</p>"
    assert before != "<p>Lời mới.</p>"


def test_a_drive_keeps_the_version_it_has_until_its_organiser_takes_another(db):
    district = a_district()
    drive = a_drive(district)
    learner = a_learner(drive, a_unit(under=district))

    services.publish(rewritten(the_sample()), by=None, at=NOON)

    assert text_of(a_place(learner, drive)) == the_sample().lessons[0].html


def test_a_digest_says_nothing_of_what_stands_at_its_default():
    plain = the_sample()
    question = plain.questions[0]

    said = replace(plain, questions=(replace(question, topic="to-chuc"), *plain.questions[1:]))
    unsaid = replace(said, questions=(replace(said.questions[0], topic=""), *plain.questions[1:]))

    assert services.digest_of(said) != services.digest_of(plain)
    assert services.digest_of(unsaid) == services.digest_of(plain)
    assert "wait_minutes" not in services._said(plain)["quiz"]
