"""Archives: a PDF/A for each released text, and a unit's in a zip whose hashes can be checked; only leads take them."""

import zipfile
from datetime import timedelta
from hashlib import sha256

import pypdfium2
import pytest
from sqlalchemy import func, select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.errors import NotAllowed, NotFound, Refused
from lms.grading import appeals, archiving, releasing, services
from lms.grading import queries as grading_queries
from lms.grading import settings as grading_settings
from lms.grading.models import Archive
from lms.grading.rules import Passage
from lms.grading.settings import GradingRules
from tests.factories import NOON, PASSWORD, TEXTS, a_district, a_unit, an_organiser, viewer, with_role
from tests.grading.panel import BETTER, GOOD, LATER, Panel
from tests.pages import signed_in, submit


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


def released(panel: Panel, comment: str = "Bài rõ.", name: str = "Lê Thị An") -> int:
    text = panel.text(name=name)
    essay = grading_queries.essay_for(panel.first, text.id)
    remark = Passage("tam-dac", 0, TEXTS["tam-dac"][:11], "Nói rõ hơn.")
    services.grade(essay, GOOD, comment, [remark], by=panel.first, at=NOON)
    releasing.release([text.id], by=panel.lead, at=NOON)
    return text.id


def words_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    pages = [page.get_textpage().get_text_bounded() for page in document]
    return " ".join(" ".join(pages).split())


def test_a_text_is_archived_with_marks_comments_appeal_and_trail(db):
    panel = Panel()
    text = released(panel)
    author = viewer(grading_queries.essay_for(panel.first, text).reflection.summons.person)
    appeal = appeals.appeal(author, panel.drive.code, "Xin xem lại tiêu chí liên hệ.", at=NOON)
    appeals.decide(panel.second, appeal.id, BETTER, "Phần liên hệ có số liệu nên tăng điểm.", at=NOON)

    made = archiving.pdf_of(text)

    assert b"pdfaid" in made
    shown = words_of(made)
    for expected in (
        *("Lê Thị An", "9/10", "Nắm nội dung", "Bài rõ.", "Nói rõ hơn.", "8 (Giỏi)", "sau khiếu nại"),
        *("Xin xem lại tiêu chí liên hệ.", "Phần liên hệ có số liệu", "Trần Thị Hai", "chấm: 8", "Công bố kết quả"),
    ):
        assert expected in shown, expected
    assert archiving.pdf_of(text) == made


def test_a_sign_that_cannot_be_printed_does_not_keep_a_text_out_of_the_archive(db):
    panel = Panel()

    shown = words_of(archiving.pdf_of(released(panel, "Rất tốt 😀 #let x = 1")))

    assert "Rất tốt [?] #let x = 1" in shown
    assert "hiện thành [?]" in shown


def test_the_worker_makes_a_zip_whose_hashes_hold_and_goes_on_where_it_stopped(db, monkeypatch):
    monkeypatch.setattr(archiving, "A_ROUND", 2)
    panel = Panel()
    for name in ("An", "Ba", "Ca"):
        released(panel, name=f"Lê Thị {name}")
    panel.text()
    row = archiving.ask(panel.lead, panel.drive, panel.district.id, at=NOON)

    first = archiving.make_due(at=NOON)
    halfway = archiving.archive_for(panel.lead, row.id)
    assert (first, halfway.done, halfway.total, halfway.finished_at) == (2, 2, 3, None)
    with pytest.raises(Refused, match="chưa làm xong"):
        archiving.take(panel.lead, row.id, at=NOON)
    assert archiving.make_due(at=NOON) == 1
    assert archiving.make_due(at=NOON) == 0

    place = archiving.take(panel.lead, row.id, at=LATER)
    finished = archiving.archive_for(panel.lead, row.id)
    assert sha256(place.read_bytes()).hexdigest() == finished.sha256
    with zipfile.ZipFile(place) as bundle:
        sums = dict(line.split("  ")[::-1] for line in bundle.read(archiving.SUMS).decode().splitlines())
        assert set(sums) == set(bundle.namelist()) - {archiving.SUMS}
        assert len(sums) == 3
        assert all(sha256(bundle.read(name)).hexdigest() == digest for name, digest in sums.items())
    taken = database.session.scalar(select(func.count()).where(AuditEntry.action == "download_archive"))
    assert (taken, list(archiving.folder().glob("*/"))) == (1, [])


def test_two_workers_are_never_at_the_same_archive(db):
    panel = Panel()
    released(panel)
    row = archiving.ask(panel.lead, panel.drive, panel.district.id, at=NOON)

    assert archiving._hold(row.id, NOON)
    assert not archiving._hold(row.id, NOON)
    assert archiving._hold(row.id, NOON + archiving.HOLD + timedelta(seconds=1))


def test_only_who_leads_the_unit_asks_and_only_who_asked_takes(db):
    panel = Panel()
    text = released(panel)
    stranger = viewer(with_role(Role.GRADING_LEAD, a_district("Liên đoàn Lao động huyện Khác")))
    other = viewer(with_role(Role.GRADING_LEAD, panel.district))
    row = archiving.ask(panel.lead, panel.drive, panel.district.id, at=NOON)
    archiving.make_due(at=NOON)

    for refused in (stranger, panel.first):
        with pytest.raises(NotAllowed):
            archiving.ask(refused, panel.drive, panel.district.id, at=NOON)
        with pytest.raises(NotFound):
            archiving.take_one(refused, text, at=NOON)
    with pytest.raises(NotFound):
        archiving.take(other, row.id, at=NOON)
    with pytest.raises(Refused, match="chưa có kết quả nào"):
        archiving.ask(panel.lead, panel.drive, a_unit("Công đoàn Vắng", under=panel.district).id, at=NOON)


def test_where_names_are_hidden_the_archive_waits_until_the_drive_has_closed(db):
    panel = Panel()
    text = released(panel)
    rules = GradingRules(is_blind=True)
    grading_settings.set_rules(panel.drive, rules, by=an_organiser(panel.drive), at=NOON)

    with pytest.raises(Refused, match="chấm ẩn danh"):
        archiving.ask(panel.lead, panel.drive, panel.district.id, at=NOON)
    with pytest.raises(Refused, match="chấm ẩn danh"):
        archiving.take_one(panel.lead, text, at=NOON)
    later = panel.drive.closes_at + timedelta(days=1)
    assert archiving.ask(panel.lead, panel.drive, panel.district.id, at=later).total == 1


def test_a_lead_asks_sees_how_far_it_is_and_takes_the_zip(app, client):
    with app.app_context():
        panel = Panel()
        released(panel)
        person = with_role(Role.GRADING_LEAD, panel.district, password=PASSWORD)
    lead, path = signed_in(client, person), f"/grading/archive/{panel.drive.code}"

    submit(lead, path, unit=panel.district.id)
    waiting = lead.get(path).text
    with app.app_context():
        number = database.session.scalars(select(Archive.id)).one()
        state = lead.get(f"/grading/archives/{number}/state").json
        archiving.make_due(at=NOON)
    done, bundle = lead.get(path).text, lead.get(f"/grading/archives/{number}")

    assert "<progress" in waiting
    assert state == {"done": 0, "total": 1, "is_finished": False}
    assert "Tải tệp zip" in done
    assert bundle.headers["Content-Disposition"].startswith("attachment")
    assert bundle.data[:2] == b"PK"
