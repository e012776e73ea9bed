"""A reflection in a file, through the pages: sent, read, checked, handed in; what is no document is refused."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.db import transaction
from lms.grading import queries as grading_queries
from lms.grading import services as grading
from lms.people.models import Person
from lms.reflections import queries as reflections
from lms.reflections import rules
from lms.reflections.models import Reflection
from lms.uploads import queries, store
from lms.uploads import services as uploads
from lms.uploads.models import Enclosure
from lms.uploads.rules import Kind
from tests.factories import NOON, PASSWORD, TEXTS, a_district, a_drive, a_learner, viewer, with_role
from tests.pages import signed_in, submit, token_on
from tests.queries_counted import queries_counted
from tests.uploads.files import a_docx, a_pdf, a_photo, an_empty_pdf

HERE = "/papers/dot-mau/"
THE_ESSAY = ("Bài thu hoạch", "1. Điều tâm đắc", TEXTS["tam-dac"], "2. Liên hệ", TEXTS["lien-he"])


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@dataclass
class Author:
    """A learner at a browser, and what the database says of their text."""

    app: Flask
    person: Person
    client: FlaskClient

    def send(self, data: bytes, name: str) -> TestResponse:
        return submit(self.client, f"{HERE}files", file=(BytesIO(data), name))

    def get(self, path: str) -> str:
        return self.client.get(path).text

    def post(self, path: str, **fields: object) -> TestResponse:
        return submit(self.client, path, **fields)

    def worker_reads(self) -> int:
        with self.app.app_context():
            return uploads.read_due(most=None)

    def contents(self) -> queries.Contents:
        with self.app.app_context():
            return queries.own_contents(reflections.desk_for(viewer(self.person), "dot-mau").summons.id)

    def reflection(self) -> Reflection:
        with self.app.app_context():
            row = reflections.desk_for(viewer(self.person), "dot-mau").reflection
        assert row is not None
        return row

    def enclosures(self) -> Sequence[Enclosure]:
        number = self.reflection().receipt_no or ""
        with self.app.app_context():
            return queries.enclosures(number)

    def kept(self, digest: str) -> bytes:
        with self.app.app_context():
            return store.get(digest)

    def confirms_a_file(self) -> int:
        """A document sent, read, and what was read in it confirmed; its number."""
        self.send(a_docx(THE_ESSAY), "Bài của Mẫu.docx")
        self.worker_reads()
        number = self.contents().uploads[0].id
        texts = {f"text-{key}": text for key, text in TEXTS.items()}
        answer = self.post(f"{HERE}files/{number}", based_on=0, **texts)
        assert answer.location == "/reflections/dot-mau/check"
        return number

    def checked(self) -> dict[str, str]:
        """What the check page carries to the handing in."""
        return dict(re.findall(r'name="(number|files)" value="([^"]*)"', self.get("/reflections/dot-mau/check")))

    def hands_in(self, **changed: object) -> TestResponse:
        return self.post("/reflections/dot-mau/hand-in", **{**self.checked(), "commitment": 1, **changed})


@pytest.fixture
def author(app: Flask, client: FlaskClient) -> Author:
    with app.app_context():
        district = a_district()
        learner = a_learner(a_drive(district), district, password=PASSWORD)
    return Author(app, learner, signed_in(client, learner))


def test_a_document_is_read_by_the_worker_shown_part_by_part_and_handed_in_with_its_original(author: Author) -> None:
    data = a_docx(THE_ESSAY)
    author.send(data, "Bài của Mẫu.docx")
    waiting = author.get(HERE)
    before = author.get("/reflections/dot-mau/check")
    author.worker_reads()
    upload = author.contents().uploads[0]
    shown = author.get(f"{HERE}files/{upload.id}")
    author.confirms_a_file()

    answer = author.hands_in()

    assert "Đang đọc tệp…" in waiting
    assert "Tệp “Bài của Mẫu.docx” đang được đọc." in before
    areas = re.findall(r"<textarea[^>]*>(.*?)</textarea>", shown, re.DOTALL)
    assert areas[0].endswith(TEXTS["tam-dac"])
    assert areas[1] == f"2. Liên hệ\n\n{TEXTS['lien-he']}" or areas[1] == TEXTS["lien-he"]
    assert answer.location == "/reflections/dot-mau/receipt"
    row = author.reflection()
    enclosed = author.enclosures()
    assert [(one.kind, author.kept(one.sha256)) for one in enclosed] == [(Kind.ORIGINAL, data)]
    assert (row.form, row.sha256) == (rules.Form.FILE, rules.fingerprint(TEXTS, [enclosed[0].sha256]))
    receipt = author.get("/reflections/dot-mau/receipt")
    assert "Tệp văn bản, chữ đã đọc ra" in receipt
    assert enclosed[0].sha256 in receipt


def test_anybody_who_holds_the_text_verifies_it_though_a_file_lay_with_it(author: Author) -> None:
    author.confirms_a_file()
    author.hands_in()
    row = author.reflection()

    answer = submit(author.app.test_client(), "/reflections/verify", receipt=row.receipt_no, text=list(TEXTS.values()))

    assert "không khác một ký tự" in answer.text


def test_anybody_who_holds_the_original_verifies_it_and_a_changed_one_is_found_out(author: Author) -> None:
    author.confirms_a_file()
    author.hands_in()
    data = author.kept(author.enclosures()[0].sha256)
    number = author.reflection().receipt_no
    stranger = author.app.test_client()

    answers = [
        submit(stranger, "/reflections/verify", receipt=number, file=(BytesIO(held), "a.docx")).text
        for held in (data, data + b" ")
    ]

    assert ["đúng là tệp đã nộp" in answer for answer in answers] == [True, False]
    assert "không phải tệp đã nộp" in answers[1]
    assert not any(author.person.full_name in answer or TEXTS["tam-dac"] in answer for answer in answers)


def test_nobody_fills_the_disk_by_sending_and_taking_away(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.uploads.rules.MOST_RECEIVED", 3 * len(a_pdf()))

    answers = []
    for number in range(4):
        answers.append(author.send(a_pdf(), f"{number}.pdf").status_code)
        if author.contents().uploads:
            author.post(f"{HERE}files/{author.contents().uploads[0].id}/remove")

    assert answers == [302, 302, 302, 422]


def test_what_is_refused_for_its_text_or_its_number_is_neither_drawn_nor_kept(
    author: Author, monkeypatch: pytest.MonkeyPatch
) -> None:
    author.post(f"{HERE}photos", photos=(BytesIO(a_photo(60, 80)), "1.jpg"))
    author.send(a_pdf(), "1.pdf")
    author.post(f"{HERE}files/{author.contents().uploads[0].id}/remove")

    def never(*_given: object) -> None:
        raise AssertionError

    monkeypatch.setattr("lms.uploads.store.put", never)
    monkeypatch.setattr("lms.uploads.pictures.page_of", never)
    monkeypatch.setattr("lms.uploads.pictures.turned", never)

    def answers() -> list[int]:
        page = author.contents().pages[0].id
        return [
            author.send(a_docx(), "2.docx").status_code,
            author.post(f"{HERE}photos", photos=(BytesIO(a_photo(60, 80)), "2.jpg")).status_code,
            author.post(f"{HERE}pages/{page}", step="turn").status_code,
        ]

    with monkeypatch.context() as patch:
        patch.setattr("lms.uploads.rules.MOST_RECEIVED", 1)
        over_time = answers()
    with monkeypatch.context() as patch:
        patch.setattr("lms.uploads.rules.MOST_DOCUMENTS", 1)
        one_more = author.send(a_docx(), "2.docx")
    with author.app.app_context(), transaction() as session:
        session.execute(update(Reflection).values(state=rules.State.SUBMITTED))
    handed_in = answers()

    assert (over_time, handed_in) == ([422, 422, 409], [422, 422, 409])
    assert (one_more.status_code, "gửi quá nhiều tệp" in one_more.text) == (422, True)


def test_nothing_is_handed_in_while_a_file_is_unread_unconfirmed_or_changed_since_the_check(author: Author) -> None:
    author.confirms_a_file()
    checked = author.contents().fingerprint
    author.send(a_pdf(), "them.pdf")

    unread = author.hands_in(number=1, files=author.contents().fingerprint)
    changed = author.hands_in(number=1, files=checked)
    author.worker_reads()
    unconfirmed = author.hands_in(number=1, files=author.contents().fingerprint)

    assert [one.status_code for one in (unread, changed, unconfirmed)] == [409, 409, 409]
    assert "đang được đọc" in unread.text
    assert author.reflection().receipt_no is None
    assert "xem lại chữ đọc được" in unconfirmed.text


def test_after_handing_in_nothing_changes_and_a_second_hand_in_gives_the_same_receipt(author: Author) -> None:
    upload_id = author.confirms_a_file()
    fields = author.checked()
    author.hands_in()
    row, enclosed = author.reflection(), [one.sha256 for one in author.enclosures()]

    again = author.post("/reflections/dot-mau/hand-in", commitment=1, **fields)
    sent = author.send(a_pdf(), "muon.pdf")
    removed = author.post(f"{HERE}files/{upload_id}/remove")

    assert (again.status_code, sent.status_code, removed.status_code) == (302, 422, 409)
    assert (author.reflection().receipt_no, author.reflection().sha256) == (row.receipt_no, row.sha256)
    assert [one.sha256 for one in author.enclosures()] == enclosed
    assert author.client.get(HERE).location == "/reflections/dot-mau/receipt"
    assert [one.name for one in author.contents().uploads] == ["Bài của Mẫu.docx"]


def test_a_text_that_is_too_long_is_refused_and_shown_again(author: Author) -> None:
    author.send(a_docx(), "bai.docx")
    author.worker_reads()
    typed = "Sửa lại. " * 25_000

    answer = author.post(f"{HERE}files/{author.contents().uploads[0].id}", **{"text-tam-dac": typed, "based_on": 0})

    assert answer.status_code == 409
    assert "Bài dài quá" in answer.text
    assert typed in answer.text
    assert "Đồng chí xem lại chữ đọc được" in author.get("/reflections/dot-mau/check")


def test_a_scanned_pdf_becomes_pages_and_is_handed_in_as_handwriting(author: Author) -> None:
    author.send(an_empty_pdf(2), "quet.pdf")
    author.worker_reads()

    answer = author.hands_in()

    assert answer.location == "/reflections/dot-mau/receipt"
    row = author.reflection()
    assert (row.form, row.words) == (rules.Form.SCAN, 0)
    kinds = [one.kind for one in author.enclosures()]
    assert kinds == [Kind.ORIGINAL, Kind.SCAN, Kind.PAGE, Kind.PAGE]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("bai.docm", b"PK\x03\x04", "có macro"),
        ("bai.docx", b"<html><script>alert(1)</script></html>", "bên trong không phải"),
        ("bai.doc", b"\xd0\xcf\x11\xe0\xa1\xb1", "Word kiểu cũ"),
        ("bai.jpg", b"<html>", "Chỉ nhận tệp"),
        ("bai.pdf", b"\xff\xd8\xff\xe0", "Đây là ảnh"),
        ("bai.pdf", b"", "Tệp trống"),
        ("bai.pdf", b"%PDF" + bytes(100_001), "nặng quá"),
    ],
)
def test_what_is_no_document_at_all_is_refused_at_once(
    author: Author, name: str, data: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.uploads.rules.MOST_BYTES", 100_000)

    answer = author.send(data, name)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert author.contents().is_empty


def test_an_original_reaches_a_reviewer_only_as_a_download_without_a_name_and_is_noted(author: Author) -> None:
    author.confirms_a_file()
    with author.app.app_context():
        stranger = with_role(Role.REVIEWER, a_district("Huyện khác"), password=PASSWORD)
        unit = reflections.desk_for(viewer(author.person), "dot-mau").summons.unit
        reviewer = with_role(Role.REVIEWER, unit, password=PASSWORD)
    author.hands_in()
    row = author.reflection()
    path = f"/papers/essays/{row.id}/1"

    refused = signed_in(author.app.test_client(), stranger).get(path).status_code
    of_author = author.client.get(path).status_code
    desk = signed_in(author.app.test_client(), reviewer)
    answer = desk.get(path)

    assert (refused, of_author, answer.status_code) == (404, 403, 200)
    assert answer.headers["Content-Disposition"] == f"attachment; filename=bai-thu-hoach-{row.receipt_no}-1.docx"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].endswith("; sandbox")
    assert path in desk.get(f"/grading/{row.id}").text
    with author.app.app_context():
        noted = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "download_original")).all()
    assert [(one.actor_id, one.subject_id) for one in noted] == [(reviewer.id, row.id)]


def test_another_learner_sees_nothing_of_ones_files(author: Author) -> None:
    number = author.confirms_a_file()
    with author.app.app_context():
        drive = reflections.desk_for(viewer(author.person), "dot-mau").summons.drive
        person = a_learner(drive, drive.unit, password=PASSWORD)
    stranger = signed_in(author.app.test_client(), person)

    seen = [stranger.get(f"{HERE}files/{number}{part}").status_code for part in ("", "/original")]
    changed = [submit(stranger, f"{HERE}files/{number}{part}").status_code for part in ("", "/remove")]

    assert (seen, changed) == ([404, 404], [404, 404])


def test_kept_files_that_no_row_names_are_forgotten_after_a_day(author: Author) -> None:
    author.send(a_docx(), "mot.docx")
    author.send(a_pdf(), "hai.pdf")
    first, second = author.contents().uploads
    author.post(f"{HERE}files/{first.id}/remove")
    with author.app.app_context():
        gone = store.path_of(first.sha256)
        half_written = gone.with_name("new-x")
        half_written.write_bytes(b"")
        for file in store.folder().glob("??/*"):
            os.utime(file, (NOON.timestamp() - 100_000,) * 2)

        uploads.forget_unused(at=NOON)

    assert (gone.exists(), half_written.exists()) == (False, False)
    assert author.kept(second.sha256) == a_pdf()


def test_a_file_sent_again_while_it_is_being_forgotten_stays(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.put_aside
    sent_before, sent_after = a_docx(), a_pdf()

    def put_aside(place: Path) -> Path:
        """The same content comes a moment before, or a moment after; another one was left by a run that died."""
        is_after = store.digest_of(place) == hashlib.sha256(sent_after).hexdigest()
        if not is_after:
            author.send(sent_before, "mot.docx")
        aside = real(place)
        if is_after:
            author.send(sent_after, "hai.pdf")
        return aside

    for data, name in ((sent_before, "mot.docx"), (sent_after, "hai.pdf"), (a_pdf([["Trang"]]), "ba.pdf")):
        author.send(data, name)
    for upload in author.contents().uploads[:2]:
        author.post(f"{HERE}files/{upload.id}/remove")
    with author.app.app_context():
        left = store.put_aside(store.path_of(author.contents().uploads[0].sha256))
        for file in store.folder().glob("??/*"):
            os.utime(file, (NOON.timestamp() - 100_000,) * 2)
        monkeypatch.setattr(store, "put_aside", put_aside)

        assert uploads.forget_unused(at=NOON) == 0

    assert not left.exists()
    assert sorted(author.kept(one.sha256) for one in author.contents().uploads) == sorted(
        [sent_before, sent_after, a_pdf([["Trang"]])]
    )


def test_the_pages_ask_no_more_for_more_files(author: Author) -> None:
    def counts() -> list[int]:
        asked = []
        for path in (HERE, "/reflections/dot-mau/check"):
            with queries_counted() as statements:
                author.client.get(path)
            asked.append(len(statements))
        return asked

    author.send(a_docx(), "mot.docx")
    author.post(f"{HERE}photos", photos=(BytesIO(a_photo(60, 80)), "1.jpg"))
    with_one = counts()
    author.send(a_pdf(), "hai.pdf")
    author.post(f"{HERE}photos", photos=[(BytesIO(a_photo(60, 80)), "2.jpg"), (BytesIO(a_photo(80, 60)), "3.jpg")])

    assert counts() == with_one
    assert max(with_one) <= 6


def test_photos_become_pages_that_are_put_in_order_turned_taken_out_and_handed_in(author: Author) -> None:
    photos = [(BytesIO(a_photo(60 + 20 * number, 80)), f"{number}.jpg") for number in range(3)]
    author.post(f"{HERE}photos", photos=photos)
    first, second, third = (page.id for page in author.contents().pages)

    author.post(f"{HERE}pages/{third}", step="up")
    author.post(f"{HERE}pages/{first}", step="turn")
    author.post(f"{HERE}pages/{second}", step="remove")
    answer = author.hands_in()

    assert answer.location == "/reflections/dot-mau/receipt"
    assert [(page.id, page.width, page.height) for page in author.contents().pages] == [
        (first, 80, 60),
        (third, 100, 80),
    ]
    scan, *pages = author.enclosures()
    assert [(one.width, one.height) for one in pages] == [(80, 60), (100, 80)]
    assert (author.reflection().form, scan.kind, scan.pages) == (rules.Form.SCAN, Kind.SCAN, 2)
    shown = author.client.get("/papers/dot-mau/receipt/2")
    assert (shown.mimetype, shown.data[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert author.client.get("/papers/dot-mau/receipt/1").headers["Content-Disposition"].startswith("attachment")


def test_pages_in_another_order_than_the_author_checked_are_not_handed_in(author: Author) -> None:
    photos = [(BytesIO(a_photo(60 + 20 * number, 80)), f"{number}.jpg") for number in range(2)]
    author.post(f"{HERE}photos", photos=photos)
    seen = author.checked()
    author.post(f"{HERE}pages/{author.contents().pages[0].id}", step="down")

    refused = author.hands_in(**seen)
    accepted = author.hands_in()

    assert (refused.status_code, accepted.status_code) == (409, 302)


@pytest.mark.parametrize(("wanted", "status"), [({}, 422), ({"Accept": "application/json"}, 409)])
def test_of_photos_all_are_taken_or_none_and_the_refusal_names_the_photo(
    author: Author, wanted: dict[str, str], status: int
) -> None:
    token = token_on(author.client.get("/help"))
    photos = [(BytesIO(a_photo(60, 80)), "1.jpg"), (BytesIO(b"<html><script>alert(1)</script>"), "2.jpg")]

    answer = author.client.post(f"{HERE}photos", data={"csrf_token": token, "photos": photos}, headers=wanted)

    assert answer.status_code == status
    assert "Ảnh thứ 2: Tệp không phải ảnh" in (answer.json["error"] if answer.json else answer.text)
    assert author.contents().is_empty


def test_photos_may_be_larger_together_than_any_other_request(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(author.app.config, "MAX_CONTENT_LENGTH", 2_000)

    photos = author.post(f"{HERE}photos", photos=(BytesIO(a_photo(600, 800)), "1.jpg"))
    file = author.send(a_docx(more={"x": os.urandom(4_000)}), "bai.docx")

    assert (photos.status_code, file.status_code) == (302, 413)


def test_a_returned_text_may_take_another_file_and_the_first_receipt_keeps_its_own(author: Author) -> None:
    author.confirms_a_file()
    with author.app.app_context():
        unit = reflections.desk_for(viewer(author.person), "dot-mau").summons.unit
        reviewer = viewer(with_role(Role.REVIEWER, unit))
    author.hands_in()
    first = author.reflection()
    with author.app.app_context():
        essay = grading_queries.essay_for(reviewer, first.id)
        grading.return_for_rewriting(essay, "Bổ sung số liệu.", by=reviewer, at=NOON)
    author.post(f"{HERE}files/{author.contents().uploads[0].id}/remove")
    author.post(f"{HERE}photos", photos=(BytesIO(a_photo(60, 80)), "1.jpg"))

    author.hands_in()

    second = author.reflection()
    with author.app.app_context():
        kept = [one.kind for one in queries.enclosures(first.receipt_no or "")]
    assert kept == [Kind.ORIGINAL]
    assert [one.kind for one in author.enclosures()] == [Kind.SCAN, Kind.PAGE]
    assert second.receipt_no != first.receipt_no
