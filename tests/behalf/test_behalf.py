"""A reflection entered on somebody's behalf: with the paper, approved by a second person, labelled everywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.behalf import queries, services
from lms.behalf.models import BehalfEntry
from lms.behalf.rules import State
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive, Summons
from lms.errors import NotAllowed, NotFound, Refused
from lms.notices.models import Notice
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.reflections import queries as reflections
from lms.reflections import services as reflection_services
from lms.reflections.models import HandIn, Reflection
from lms.reflections.rules import Form
from lms.reflections.rules import State as Stage
from lms.uploads import queries as uploads
from lms.uploads.rules import Change
from tests.factories import (
    NOON,
    PASSWORD,
    TEXTS,
    a_district,
    a_drive,
    a_handed_in_reflection,
    a_learner,
    a_unit,
    viewer,
    with_role,
)
from tests.pages import signed_in
from tests.uploads.files import a_docx, a_photo

LATER = NOON + timedelta(hours=3)


@dataclass
class Office:
    """A school with somebody who writes by hand, and the two who enter and approve."""

    drive: Drive
    author: Person
    summons: Summons
    clerk: SignedIn
    chair: SignedIn


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@pytest.fixture
def office(db: Flask) -> Office:
    district = a_district()
    school = a_unit("Công đoàn Trường Mẫu", under=district)
    drive = a_drive(district)
    author = a_learner(drive, school, name="Hoàng Viết Tay", password=PASSWORD)
    summons = reflections.desk_for(viewer(author), drive.code).summons
    clerk = with_role(Role.UNIT_ADMIN, school, name="Vũ Thị Văn Thư")
    chair = with_role(Role.LEADER, school, name="Đỗ Văn Chủ Tịch")
    with_role(Role.REVIEWER, district, name="Lý Giám Khảo", password=PASSWORD)
    return Office(drive, author, summons, viewer(clerk), viewer(chair))


def entered(office: Office) -> BehalfEntry:
    entry = services.start(office.drive, office.summons, "Nộp bài viết tay", by=office.clerk, at=NOON)
    services.add_photos(entry, [a_photo(60, 80), a_photo(80, 60)], by=office.clerk)
    return entry


def sent(office: Office) -> BehalfEntry:
    entry = entered(office)
    services.send(entry, by=office.clerk, at=NOON)
    return entry


def reflection(office: Office) -> Reflection:
    row = reflections.desk_for(viewer(office.author), office.drive.code).reflection
    assert row is not None
    return row


def told(person: Person | SignedIn) -> list[str]:
    number = person.person_id if isinstance(person, SignedIn) else person.id
    chosen = select(Notice.text).where(Notice.person_id == number, Notice.kind == "behalf").order_by(Notice.id)
    return list(database.session.scalars(chosen))


def test_approved_by_a_second_person_it_is_handed_in_with_its_paper_labelled_told_and_noted(office: Office) -> None:
    entry = sent(office)

    services.approve(entry, by=office.chair, at=LATER)

    row = reflection(office)
    assert (row.state, row.form, row.submitted_at, row.commitment) == (Stage.SUBMITTED, Form.SCAN, NOON, None)
    assert reflections.entered_by(row.receipt_no or "") == ("Vũ Thị Văn Thư", "Đỗ Văn Chủ Tịch")
    assert [one.kind for one in uploads.enclosures(row.receipt_no or "")] == ["scan", "page", "page"]
    assert told(office.author) == [
        "Vũ Thị Văn Thư đã nhập thay bài thu hoạch của đồng chí, đang chờ người thứ hai duyệt.",
        "Bài thu hoạch của đồng chí đã nộp. Nhập thay bởi Vũ Thị Văn Thư, Đỗ Văn Chủ Tịch duyệt.",
    ]
    noted = database.session.scalars(select(AuditEntry).where(AuditEntry.on_behalf_of_id == office.author.id)).all()
    assert [(one.action, one.actor_id) for one in noted] == [
        ("enter_on_behalf", office.clerk.person_id),
        ("approve_entry", office.chair.person_id),
        ("hand_in_reflection", office.chair.person_id),
    ]


def test_the_label_stands_on_the_receipt_and_on_the_reviewers_desk(office: Office, app: Flask) -> None:
    services.approve(sent(office), by=office.chair, at=LATER)
    number = reflection(office).id
    reviewer = database.session.scalars(select(Person).where(Person.full_name == "Lý Giám Khảo")).one()
    words = "Nhập thay bởi Vũ Thị Văn Thư, Đỗ Văn Chủ Tịch duyệt"

    pages = in_new_contexts(app, [(office.author, "/reflections/dot-mau/receipt"), (reviewer, f"/grading/{number}")])

    assert [words in page for page in pages] == [True, True]
    assert "Lời cam đoan" not in pages[0]


def in_new_contexts(app: Flask, wanted: list[tuple[Person, str]]) -> list[str]:
    """What each person's browser shows, as to strangers to this test's own application context."""
    from concurrent.futures import ThreadPoolExecutor

    def show(person: Person, path: str) -> str:
        return signed_in(app.test_client(), person).get(path).text

    for person, _path in wanted:
        assert person.account is not None
    with ThreadPoolExecutor(1) as aside:
        return [aside.submit(show, person, path).result() for person, path in wanted]


def test_nobody_is_their_own_second_person(office: Office) -> None:
    entry = sent(office)

    with pytest.raises(Refused, match="một người khác phải duyệt"):
        services.approve(entry, by=office.clerk, at=LATER)
    with pytest.raises(IntegrityError):
        _decided_in_the_database(entry, office.clerk)
    assert reflections.desk_for(viewer(office.author), office.drive.code).reflection is None


def _decided_in_the_database(entry: BehalfEntry, by: SignedIn) -> None:
    with transaction() as session:
        session.get_one(BehalfEntry, entry.id).decided_by_id = by.person_id


def test_neither_the_author_nor_a_stranger_decides(office: Office) -> None:
    entry = sent(office)
    author, stranger = viewer(office.author), viewer(with_role(Role.LEADER, a_district("Huyện Bên")))

    with pytest.raises(NotAllowed):
        services.approve(entry, by=author, at=LATER)
    with pytest.raises(NotAllowed):
        services.approve(entry, by=stranger, at=LATER)
    with pytest.raises(NotFound):
        queries.entry_for(stranger, office.drive.code, entry.id)


def test_turned_down_it_is_not_handed_in_and_may_be_entered_anew(office: Office) -> None:
    entry = sent(office)

    services.turn_down(entry, "Thiếu trang 3.", by=office.chair, at=LATER)

    assert reflections.desk_for(viewer(office.author), office.drive.code).reflection is None
    assert told(office.clerk) == ["Bài nhập thay cho Hoàng Viết Tay không được duyệt: Thiếu trang 3."]
    assert told(office.author)[-1] == "Bài thu hoạch nhập thay đồng chí chưa được duyệt nên chưa nộp."
    with pytest.raises(Refused, match="không chờ duyệt nữa"):
        services.approve(entry, by=office.chair, at=LATER)
    assert entered(office).state is State.OPEN


def test_it_needs_the_paper_and_only_one_enters_at_a_time(office: Office) -> None:
    entry = services.start(office.drive, office.summons, "Nộp bài viết tay", by=office.clerk, at=NOON)

    with pytest.raises(Refused, match="Chưa có bản giấy"):
        services.send(entry, by=office.clerk, at=NOON)
    with pytest.raises(Refused, match="Đang có người nhập thay"):
        services.start(office.drive, office.summons, "Nộp bài viết tay", by=office.chair, at=NOON)
    with pytest.raises(Refused, match="Chỉ người nhập"):
        services.add_photos(entry, [a_photo(60, 80)], by=office.chair)
    with pytest.raises(Refused, match="vì sao nhập thay"):
        services.start(office.drive, office.summons, " ", by=office.chair, at=NOON)


def test_nothing_changes_after_it_was_sent(office: Office) -> None:
    entry = sent(office)

    with pytest.raises(Refused, match="đã gửi duyệt"):
        services.keep_texts(entry, TEXTS, by=office.clerk, at=LATER)
    with pytest.raises(Refused, match="đã gửi duyệt"):
        services.add_photos(entry, [a_photo(60, 80)], by=office.clerk)


def test_what_the_author_had_typed_stays_in_their_history(office: Office) -> None:
    author = viewer(office.author)
    reflection_services.save(author, office.drive.code, {"tam-dac": "Đang gõ dở."}, 0, at=NOON)
    entry = entered(office)
    services.keep_texts(entry, TEXTS, by=office.clerk, at=NOON)
    services.send(entry, by=office.clerk, at=NOON)

    services.approve(entry, by=office.chair, at=LATER)

    row = reflection(office)
    assert reflections.desk_for(author, office.drive.code).texts == TEXTS
    assert [one.texts["tam-dac"] for one in reflections.revisions_of(row)] == [TEXTS["tam-dac"], "Đang gõ dở."]


def test_who_handed_in_meanwhile_is_not_handed_in_twice(office: Office) -> None:
    entry = sent(office)
    own = a_handed_in_reflection(office.author, office.drive)

    with pytest.raises(Refused):
        services.approve(entry, by=office.chair, at=LATER)

    assert queries.entry_for(office.chair, office.drive.code, entry.id).state is State.SENT
    assert list(database.session.scalars(select(HandIn.receipt_no))) == [own.receipt_no]


def test_a_document_on_somebodys_behalf_needs_its_words(office: Office) -> None:
    entry = services.start(office.drive, office.summons, "Gửi tệp qua thư", by=office.clerk, at=NOON)
    services.add_document(entry, "bai.docx", a_docx(), by=office.clerk, at=NOON)

    with pytest.raises(Refused, match="đang được đọc"):
        services.send(entry, by=office.clerk, at=NOON)


def test_the_deadline_is_asked_of_the_moment_at_which_it_was_sent(office: Office) -> None:
    entry = sent(office)

    services.approve(entry, by=office.chair, at=office.drive.reflection_due_at + timedelta(days=1))

    assert reflection(office).submitted_at == NOON


def test_nothing_more_is_drawn_or_kept_for_an_entry_that_was_sent(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = sent(office)
    page = uploads.contents(entry.bundle_id).pages[0]

    def never(*_given: object) -> None:
        raise AssertionError

    for name in ("store.put", "pictures.page_of", "pictures.turned"):
        monkeypatch.setattr(f"lms.uploads.{name}", never)

    for act in (
        lambda: services.add_document(entry, "bai.docx", a_docx(), by=office.clerk, at=NOON),
        lambda: services.add_photos(entry, [a_photo(60, 80)], by=office.clerk),
        lambda: services.change_page(entry, page.id, Change.TURN, by=office.clerk),
    ):
        with pytest.raises(Refused, match="đã gửi duyệt"):
            act()
