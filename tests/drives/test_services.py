"""Planning a drive, calling people to it, and noting who attended."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from lms.access import Role
from lms.audit import AuditEntry
from lms.content import services as content
from lms.db import db as database
from lms.drives import queries, services
from lms.drives.models import Attendance, Drive, DriveDocument, DriveModule, DriveSession, Summons
from lms.drives.rules import Presence, Rating, Thresholds
from lms.errors import NotAllowed, NotFound, Refused
from lms.lessons import queries as lessons
from lms.people import services as people
from lms.people.models import Person
from lms.people.rules import Position
from lms.units.models import Unit
from tests.factories import (
    LONG_AGO,
    NOON,
    a_district,
    a_drive,
    a_learner,
    a_person,
    a_place,
    a_plan,
    a_unit,
    a_version,
    an_organiser,
    read,
    summoned,
    the_sample,
    viewer,
    with_role,
)

DAY = timedelta(days=1)


def audited(action: str) -> list[AuditEntry]:
    return list(database.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def a_session(drive: Drive) -> DriveSession:
    return services.add_session(
        drive, by=an_organiser(drive), title="Khai mạc", starts_at=NOON, ends_at=NOON + timedelta(hours=3), place=""
    )


def count(table: type) -> int:
    return database.session.scalar(select(func.count()).select_from(table)) or 0


# --- The plan ---------------------------------------------------------------------------------------------------------


def test_a_drive_is_made_as_planned(db):
    district = a_district()
    organiser = viewer(with_role(Role.ORGANISER, district))
    version = a_version()
    plan = replace(a_plan(version, needs_sessions=2), title="Lớp bồi dưỡng", thresholds=Thresholds(9, 7, 5.5))

    drive = services.create_drive("lop-2026", district, replace(plan, least_rating=Rating.GOOD), by=organiser)

    stored = queries.drive_for_organiser(organiser, "lop-2026")
    assert stored is drive
    assert (stored.title, stored.unit_id, stored.needs_sessions) == ("Lớp bồi dưỡng", district.id, 2)
    assert (stored.thresholds(), stored.least_rating) == (Thresholds(9, 7, 5.5), Rating.GOOD)
    assert [(row.version_id, row.position) for row in stored.modules] == [(version.id, 1)]
    assert [entry.after for entry in audited("create_drive")] == [{"code": "lop-2026", "title": "Lớp bồi dưỡng"}]


REFUSED_PLANS = {
    "the deadline comes before the beginning": (
        {"reflection_due_at": NOON - 10 * DAY},
        "Ngày mở phải trước hạn nộp thu hoạch, và hạn nộp không sau ngày đóng.",
    ),
    "the deadline comes after the end": (
        {"closes_at": NOON + 9 * DAY},
        "Ngày mở phải trước hạn nộp thu hoạch, và hạn nộp không sau ngày đóng.",
    ),
    "good is above excellent": (
        {"thresholds": Thresholds(7, 8, 5)},
        "Điểm xếp loại phải giảm dần từ giỏi, khá đến trung bình, trong khoảng 0 đến 10.",
    ),
    "excellent is above ten": (
        {"thresholds": Thresholds(11, 8, 5)},
        "Điểm xếp loại phải giảm dần từ giỏi, khá đến trung bình, trong khoảng 0 đến 10.",
    ),
    "there is no module": ({"versions": []}, "Đợt học tập cần ít nhất một chuyên đề."),
}


def test_a_plan_that_cannot_be_is_refused_when_made_and_when_changed(db):
    district = a_district()
    drive = a_drive(district)
    organiser = an_organiser(drive)
    plan = a_plan(a_version())

    for changes, sentence in REFUSED_PLANS.values():
        with pytest.raises(Refused) as refused:
            services.create_drive("dot-hai", district, replace(plan, **changes), by=organiser)
        assert refused.value.sentence == sentence
        with pytest.raises(Refused) as refused:
            services.change_drive(drive, replace(plan, **changes), by=organiser)
        assert refused.value.sentence == sentence

    assert count(Drive) == 1
    assert (audited("change_drive"), len(drive.modules), drive.closes_at) == ([], 1, plan.closes_at)


def test_a_module_without_prompts_cannot_give_the_reflection(db):
    district = a_district()
    organiser = viewer(with_role(Role.ORGANISER, district))
    silent, _ = content.publish(replace(the_sample(), prompts=(), rubric=()), by=None, at=NOON)

    with pytest.raises(Refused, match=r"Chuyên đề được chọn không có câu hỏi thu hoạch\."):
        services.create_drive("dot-mau", district, a_plan(silent), by=organiser)

    assert services.create_drive("dot-mau", district, a_plan(silent, with_reflection=False), by=organiser).id


def test_a_code_names_one_drive_and_never_the_page_that_makes_one(db):
    district = a_district()
    drive = a_drive(district)
    plan = a_plan(a_version())

    for code in ("dot-mau", "new"):
        with pytest.raises(Refused) as refused:
            services.create_drive(code, district, plan, by=an_organiser(drive))
        assert refused.value.sentence == f"Mã đợt “{code}” đã dùng. Đồng chí chọn mã khác."


def test_only_an_organiser_of_the_unit_plans_its_drives(db):
    district, neighbour = a_district(), a_district("Liên đoàn Lao động huyện Bên")
    school = a_unit(under=district)
    drive = a_drive(district)
    plan = a_plan(a_version())
    strangers = [
        viewer(with_role(Role.ORGANISER, neighbour)),
        viewer(with_role(Role.ORGANISER, school)),
        viewer(with_role(Role.LEADER, district)),
        viewer(a_person(of=district)),
    ]

    for stranger in strangers:
        with pytest.raises(NotAllowed):
            services.create_drive("dot-hai", district, plan, by=stranger)
        with pytest.raises(NotAllowed):
            services.change_drive(drive, plan, by=stranger)
        with pytest.raises(NotAllowed):
            services.summon(drive, [], by=stranger, at=NOON, reason="Kế hoạch")
        with pytest.raises(NotFound):
            queries.drive_for_organiser(stranger, drive.code)

    assert services.create_drive("dot-hai", school, plan, by=an_organiser(drive)).unit_id == school.id


def test_a_change_of_plan_says_what_it_changed_and_takes_nothing_from_learners(db):
    district = a_district()
    drive = a_drive(district)
    learner = a_learner(drive, a_unit(under=district))
    place = a_place(learner, drive)
    read(place, "mot")
    version = a_version()
    other, _ = content.publish(replace(the_sample(), slug="khac", code="KHAC01"), by=None, at=NOON)

    services.change_drive(drive, replace(a_plan(other), title="Đợt khác"), by=an_organiser(drive))
    with pytest.raises(NotFound):
        a_place(learner, drive)
    services.change_drive(drive, a_plan(other, version), by=an_organiser(drive))

    assert [row.version_id for row in queries.modules_of(drive.id)] == [other.id, version.id]
    assert count(DriveModule) == 2
    assert [entry.is_read for entry in lessons.contents(a_place(learner, drive))] == [True, False]
    first, second = audited("change_drive")
    assert (first.before["title"], first.after["title"]) == ("Đợt học tập mẫu", "Đợt khác")
    assert (first.before["modules"], first.after["modules"]) == ([version.id], [other.id])
    assert second.after["modules"] == [other.id, version.id]


# --- Documents and sessions -------------------------------------------------------------------------------------------


def test_a_drive_rests_on_documents_whose_numbers_fit_their_types(db):
    drive = a_drive(a_district())
    facts = {"issued_on": date(2026, 9, 5), "issuer": "LĐLĐ huyện Mẫu", "about": ""}

    services.cite_document(drive, by=an_organiser(drive), type="KH", number="82/KH-LĐLĐ", **facts)
    with pytest.raises(Refused, match="không khớp với loại “Quyết định”"):
        services.cite_document(drive, by=an_organiser(drive), type="QĐ", number="82/KH-LĐLĐ", **facts)

    row = database.session.scalars(select(DriveDocument)).one()
    assert (row.type, row.number, row.issued_on) == ("KH", "82/KH-LĐLĐ", date(2026, 9, 5))


def test_a_session_ends_after_it_begins(db):
    drive = a_drive(a_district())
    facts = {"by": an_organiser(drive), "title": "Khai mạc", "place": "Hội trường"}

    with pytest.raises(Refused, match="Giờ kết thúc phải sau giờ bắt đầu"):
        services.add_session(drive, starts_at=NOON, ends_at=NOON, **facts)
    services.add_session(drive, starts_at=NOON, ends_at=NOON + timedelta(minutes=1), **facts)

    assert [row.title for row in queries.sessions_of(drive.id)] == ["Khai mạc"]


# --- The summons ------------------------------------------------------------------------------------------------------


def test_calling_somebody_twice_calls_them_once(db):
    district = a_district()
    drive, person = a_drive(district), a_person(of=a_unit(under=district))
    organiser = an_organiser(drive)

    first = services.summon(drive, [person, person], by=organiser, at=NOON, reason="Kế hoạch 1")
    again = services.summon(drive, [person], by=organiser, at=NOON + DAY, reason="Kế hoạch 2")

    assert (first, again) == ((1, []), (0, []))
    row = database.session.scalars(select(Summons)).one()
    assert (row.person_id, row.reason, row.added_at, row.added_by_id) == (
        person.id,
        "Kế hoạch 1",
        NOON,
        organiser.person_id,
    )
    assert [entry.after for entry in audited("summon")] == [{"count": 1, "why": "Kế hoạch 1"}]


def test_who_holds_no_post_on_that_day_is_not_called_but_named(db):
    district = a_district()
    drive, without, later = a_drive(district), a_person("Chưa Có Chức Vụ"), a_person("Sắp Nhận Chức Vụ")
    people.appoint(later, a_unit(under=district), Position.CHAIR, on=date(2026, 11, 11))

    answer = services.summon(drive, [without, later], by=an_organiser(drive), at=NOON, reason="Kế hoạch")
    next_day = services.summon(drive, [later], by=an_organiser(drive), at=NOON + DAY, reason="Kế hoạch")

    assert (answer, next_day) == ((0, [without, later]), (1, []))


def test_a_person_is_counted_under_the_unit_of_their_main_post(db):
    district = a_district()
    drive, main, side = a_drive(district), a_unit("Công đoàn chính", under=district), a_unit("Khác", under=district)
    person = a_person(of=main)
    people.appoint(person, side, Position.COMMITTEE_MEMBER, on=LONG_AGO, is_main=False)

    assert summoned(person, drive).unit_id == main.id


def test_a_withdrawn_person_is_called_no_more_and_keeps_their_work_until_they_are_recalled(db):
    district = a_district()
    drive, school, ward = a_drive(district), a_unit(under=district), a_unit("Công đoàn phường", under=district)
    learner = a_learner(drive, school)
    row, place = queries.summons_for(viewer(learner), drive.code), a_place(learner, drive)
    read(place, "mot")

    services.withdraw(row, by=an_organiser(drive), at=NOON, because="  Nghỉ thai sản ")

    assert (row.withdrawn_at, row.withdrawn_because) == (NOON, "Nghỉ thai sản")
    assert (queries.summonses_of(viewer(learner)), queries.count_summoned([drive.id])) == ([], {})
    with pytest.raises(NotFound):
        a_place(learner, drive)
    entry = audited("withdraw_summons")[0]
    assert (entry.subject_id, entry.reason, entry.at) == (row.id, "Nghỉ thai sản", NOON)

    people.appoint(learner, ward, Position.CHAIR, on=date(2026, 11, 1))
    assert services.summon(drive, [learner], by=an_organiser(drive), at=NOON + DAY, reason="Đi làm lại") == (1, [])
    recalled = queries.summons_for(viewer(learner), drive.code)
    assert (recalled.id, recalled.unit_id, recalled.withdrawn_because) == (row.id, ward.id, None)
    assert [entry.is_read for entry in lessons.contents(a_place(learner, drive))] == [True, False]


def test_a_withdrawal_has_a_reason(db):
    district = a_district()
    drive = a_drive(district)
    row = summoned(a_person(of=district), drive)

    with pytest.raises(Refused, match="Đồng chí ghi lý do rút tên"):
        services.withdraw(row, by=an_organiser(drive), at=NOON, because="   ")

    assert (row.withdrawn_at, audited("withdraw_summons")) == (None, [])


def test_those_called_are_listed_by_given_name_and_found_without_diacritics(db):
    district = a_district()
    drive, school = a_drive(district), a_unit(under=district)
    for name in ("Trần Văn Đức", "Lê Thị Ánh", "Nguyễn Văn An"):
        a_learner(drive, school, name=name)
    gone = summoned(a_person("Phạm Thị Anh", of=school), drive)
    services.withdraw(gone, by=an_organiser(drive), at=NOON, because="Chuyển công tác")

    def listed(words: str = "") -> list[str]:
        return [row.person.full_name for row in database.session.scalars(queries.summoned(drive.id, words=words))]

    assert listed() == ["Nguyễn Văn An", "Lê Thị Ánh", "Trần Văn Đức"]
    assert listed("anh") == ["Lê Thị Ánh"]
    assert queries.count_summoned([drive.id]) == {drive.id: 3}


def test_candidates_are_those_with_their_main_post_under_the_units_on_that_day(db):
    district, neighbour = a_district(), a_district("Liên đoàn Lao động huyện Bên")
    school = a_unit(under=district)
    here, moved, there = a_person("Ở Đây", of=school), a_person("Đã Đi", of=school), a_person("Bên Kia", of=neighbour)
    people.appoint(moved, neighbour, Position.CHAIR, on=date(2026, 11, 1))
    people.appoint(there, school, Position.MEMBER, on=LONG_AGO, is_main=False)

    found = database.session.execute(queries.candidates([district.id], date(2026, 11, 10)))

    assert [(person.full_name, post.unit_id) for person, post in found] == [(here.full_name, school.id)]


# --- Attendance -------------------------------------------------------------------------------------------------------


def attended(session: DriveSession) -> dict[int, Presence]:
    return {id: row.presence for id, row in queries.attendances(session.id).items()}


def three_learners(district: Unit, drive: Drive) -> tuple[int, int, int]:
    school = a_unit(under=district)
    one, two, three = (queries.summons_for(viewer(a_learner(drive, school)), drive.code).id for _ in range(3))
    return one, two, three


def test_every_change_of_attendance_is_written_once_and_audited(db):
    district = a_district()
    drive = a_drive(district)
    one, two, three = three_learners(district, drive)
    session, organiser = a_session(drive), an_organiser(drive)

    def note(at, **presences):
        by_id = {int(key[1:]): presence for key, presence in presences.items()}
        return services.note_attendance(session, drive, by_id, by=organiser, at=at)

    first = {f"s{one}": Presence.PRESENT, f"s{two}": Presence.ABSENT, f"s{three}": None}
    assert note(NOON, **first) == 2
    assert note(NOON + DAY, **first) == 0
    assert note(NOON + DAY, **{f"s{one}": None, f"s{two}": Presence.MADE_UP}) == 2

    assert attended(session) == {two: Presence.MADE_UP}
    row = database.session.get_one(Attendance, (session.id, two), populate_existing=True)
    assert (row.noted_at, row.noted_by_id) == (NOON + DAY, organiser.person_id)
    assert [(entry.at, entry.before, entry.after) for entry in audited("note_attendance")] == [
        (NOON, {}, {str(one): "present", str(two): "absent"}),
        (NOON + DAY, {str(one): "present", str(two): "absent"}, {str(one): None, str(two): "made_up"}),
    ]


def test_only_those_called_to_the_drive_are_noted_in_its_sessions(db):
    district = a_district()
    drive, other = a_drive(district), a_drive(district, code="dot-khac")
    stranger = queries.summons_for(viewer(a_learner(other, district)), "dot-khac").id
    session = a_session(drive)

    assert services.note_attendance(session, drive, {stranger: Presence.PRESENT}, by=an_organiser(drive), at=NOON) == 0
    with pytest.raises(NotAllowed):
        services.note_attendance(session, drive, {}, by=viewer(a_person(of=district)), at=NOON)

    assert (count(Attendance), audited("note_attendance")) == (0, [])


def test_drives_touching_a_unit_are_its_own_and_those_that_called_somebody_of_it(db):
    district, neighbour = a_district(), a_district("Liên đoàn Lao động huyện Bên")
    school = a_unit(under=district)
    ours, theirs = a_drive(district, code="cua-huyen"), a_drive(neighbour, code="cua-huyen-ben")
    a_learner(ours, district)
    guest = summoned(a_person(of=school), theirs)

    def codes(unit: Unit) -> set[str]:
        found = database.session.scalars(queries.drives_touching([unit.id], date(2026, 11, 10)))
        return {drive.code for drive in found}

    assert codes(district) == {"cua-huyen", "cua-huyen-ben"}
    assert (codes(school), codes(neighbour)) == ({"cua-huyen-ben"}, {"cua-huyen-ben"})
    services.withdraw(guest, by=an_organiser(theirs), at=NOON, because="Nhầm tên")
    assert (codes(district), codes(school)) == ({"cua-huyen"}, set())


def test_a_persons_drives_stand_with_the_nearest_deadline_in_front(db):
    district = a_district()
    later, sooner = a_drive(district, code="sau"), a_drive(district, code="truoc")
    plan = replace(a_plan(a_version()), reflection_due_at=NOON + DAY)
    services.change_drive(sooner, plan, by=an_organiser(sooner))
    person: Person = a_learner(later, district)
    summoned(person, sooner)

    assert [row.drive.code for row in queries.summonses_of(viewer(person))] == ["truoc", "sau"]
