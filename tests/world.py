"""A district with one of everything, its neighbour, and one visitor for every role in each: to walk over all pages."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.behalf import services as behalf
from lms.behalf.models import BehalfEntry
from lms.content import workspace
from lms.content.files import read_folder
from lms.content.models import Image as PublishedImage
from lms.content.models import Module, Proposal
from lms.db import db, transaction
from lms.drives import services as drives
from lms.drives.models import Drive
from lms.grading import appeals, archiving, releasing
from lms.grading import queries as grading_queries
from lms.grading import services as grading
from lms.grading.models import Archive, RubricChange
from lms.papers import services as papers
from lms.people import services as people
from lms.people.models import Person, RoleGrant
from lms.people.rules import Position
from lms.people.viewer import SignedIn
from lms.quizzes import corrections
from lms.quizzes import services as quizzes
from lms.quizzes.anomalies import Anomaly
from lms.quizzes.forms import SWITCHES
from lms.quizzes.marking import Correction, Effect
from lms.quizzes.models import AnomalyFound
from lms.quizzes.rules import Extra
from lms.reflections import dispensations
from lms.reflections import queries as reflection_queries
from lms.reflections import services as reflections
from lms.reflections.deadlines import Kind
from lms.reflections.models import Reflection
from lms.units.models import Unit
from lms.uploads import queries as upload_queries
from lms.uploads import services as uploads
from tests.factories import (
    LONG_AGO,
    NOON,
    PASSWORD,
    SAMPLE,
    TEXTS,
    a_district,
    a_drive,
    a_handed_in_reflection,
    a_learner,
    a_person,
    a_place,
    a_plan,
    a_unit,
    a_version,
    a_version_with_free_text,
    summoned,
    viewer,
    with_role,
)
from tests.pages import submit
from tests.uploads.files import a_docx, a_photo

HERE = (
    "unit_admin",
    "organiser",
    "author",
    "content_reviewer",
    "reviewer",
    "grading_lead",
    "leader",
    "auditor",
    "system_admin",
)
"""A visitor for each role over the district."""

THERE = tuple(f"{role}_there" for role in HERE)
"""The same roles over the neighbour district."""

VISITORS = ("signed_out", "learner", "learner_there", *HERE, *THERE)

FINISHED = (
    *("reflections.receipt", "reflections.copy", "papers.own_enclosure"),
    *("grading.result", "grading.withdrawal", "grading.withdraw"),
    *("grading.own_appeal", "grading.make_appeal", "grading.add_own_note", "grading.withdraw_appeal"),
)
"""Asked about the drive in which the learner's result is released."""

GRADED = ("grading.preview",)
"""Asked about a text that is graded and that no visitor releases."""

MOVED = ("reflections.route", "reflections.reroute")
"""Asked about a text that no visitor grades, for graded texts stay where they are."""


MARKING = ("quizzes.answer_to_mark", "quizzes.mark_answer", "quizzes.next_to_mark", "quizzes.marked_answers")
"""Asked about a drive of their own, where texts wait that a person marks."""


@dataclass
class World:
    """Names and ids that pages are asked for; everything belongs to the district unless its name says otherwise."""

    drive: str = "dot-mau"
    finished_drive: str = "dot-cu"
    """The learner's result in it is released."""
    drive_on_paper: str = "dot-giay"
    """In it the learner has sent a file and two photographed pages, and handed in nothing."""
    upload: int = 0
    page: int = 0
    entries: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """For each visitor who may enter on somebody's behalf, an entry of theirs with its document and its page."""
    entries_to_decide: dict[str, int] = field(default_factory=dict)
    """For each of them an entry that somebody else has sent."""
    absent: dict[str, int] = field(default_factory=dict)
    """For each of them the summons of somebody whom nobody enters for."""
    slug: str = "mau"
    lesson: str = "mot"
    text: int = 0
    """The lesson's text in the drive's version."""
    unit: int = 0
    unit_code: str = ""
    helping_unit: int = 0
    """Has a reviewer of its own, and stands under the district beside the school."""
    version: int = 0
    free_text_version: int = 0
    """Of the module in the drive “dot-tu-luan”."""
    session: int = 0
    attempt: int = 0
    asked: str = ""
    """A question of the running attempt."""
    finished_attempt: int = 0
    colleagues_attempt: int = 0
    exception: int = 0
    """Given to everybody in the school."""
    dispensation: int = 0
    """A later day for everybody in the school."""
    allowance: int = 0
    """Given to the learner."""
    correction: int = 0
    """Of the key of another question than the one that visitors correct."""
    reflection: int = 0
    """Handed in by a colleague of the learner."""
    own_receipt: str = ""
    """The learner's in the drive that is finished."""
    receipt: str = ""
    """Of that reflection."""
    graded_reflection: int = 0
    kept_back: int = 0
    """Graded too; no visitor asks for its release."""
    draft: int = 0
    """What another colleague has not handed in."""
    appeal: int = 0
    """Against a colleague's released result, which the visitor `reviewer` marked; the learner has one of their own."""
    archive: int = 0
    """Asked for by the visitor `grading_lead`, and made."""
    released_reflection: int = 0
    rubric_change: int = 0
    """In force in the drive; the rubric that it names is the one that there was."""
    own_reflection: int = 0
    """Handed in by `reviewer_who_learns`, a second reviewer of the district."""
    learner_code: str = ""
    proposal: int = 0
    """The module's content, laid before a content reviewer by somebody else."""
    image: str = "0" * 64
    newcomer: str = ""
    """Code of somebody in the school who is not summoned."""
    usernames: dict[str, str] = field(default_factory=dict)
    clerks: dict[str, int] = field(default_factory=dict)
    """For each visitor somebody in the school to administer, so that one visitor never spoils another's row."""
    grants: dict[str, int] = field(default_factory=dict)
    """The role that the visitor's clerk holds."""
    absences: dict[str, int] = field(default_factory=dict)
    """The leave of the visitor's clerk."""
    summonses: dict[str, int] = field(default_factory=dict)
    """The summons of the visitor's clerk."""
    anomaly: int = 0
    """About the learner's finished attempt."""
    papers: dict[str, int] = field(default_factory=dict)
    """For each visitor an attempt in the drive “dot-tu-luan” with a text that a person has to mark."""

    def visit(self, app: Flask, visitor: str) -> FlaskClient:
        """The visitor's browser, signed in."""
        client = app.test_client()
        if visitor != "signed_out":
            answer = submit(client, "/people/sign-in", username=self.usernames[visitor], secret=PASSWORD)
            assert answer.status_code == 302, answer.text
        return client

    def address(self, app: Flask, visitor: str, endpoint: str) -> str:
        """The page for the district's own things; only what a route names goes into its address."""
        behalf = self.entries.get(visitor) or self.entries["organiser"]
        entry, upload, page = behalf if endpoint.startswith("behalf.") else (0, self.upload, self.page)
        if endpoint == "behalf.decide":
            entry = self.entries_to_decide.get(visitor, entry)
        drive = self.drive_on_paper if endpoint.startswith("papers.") else self.drive
        values = {
            "code": self.drive,
            "drive": "dot-tu-luan" if endpoint in MARKING else self.finished_drive if endpoint in FINISHED else drive,
            "slug": self.slug,
            "lesson_key": self.lesson,
            "attempt_id": self.papers[visitor] if endpoint in MARKING else self.attempt,
            "reflection_id": self.own_reflection
            if endpoint in MOVED
            else self.kept_back
            if endpoint in GRADED
            else self.released_reflection
            if endpoint == "grading.take_text"
            else self.reflection,
            "grade_id": 0,
            "appeal_id": self.appeal,
            "archive_id": self.archive,
            "rubric_id": self.version,
            "change_id": self.rubric_change,
            "remark_id": 0,
            "upload_id": upload,
            "page_id": page,
            "entry_id": entry,
            "position": 3 if endpoint == "papers.page_of_essay" else 1,
            "unit_id": self.unit,
            "session_id": self.session,
            "summons_id": self.summonses[visitor],
            "person_id": self.clerks[visitor],
            "grant_id": self.grants[visitor],
            "absence_id": self.absences[visitor],
            "receipt_no": self.own_receipt,
            "exception_id": self.exception,
            "dispensation_id": self.dispensation,
            "allowance_id": self.allowance,
            "correction_id": self.correction,
            "anomaly_id": self.anomaly,
            "version_id": self.free_text_version if endpoint in MARKING else self.version,
            "question": "tl-01" if endpoint in MARKING else "mau-02",
            "name": {"authoring.delete": "questions/bo.md", "authoring.rename": "questions/doi.md"}.get(
                endpoint, "lessons/01-mot.md"
            ),
            "file_name": "so-do.png",
            "form": "moodle-xml",
            "proposal_id": self.proposal,
            "version": 1,
            "digest": self.image,
        }
        wanted = next(app.url_map.iter_rules(endpoint)).arguments
        return app.url_map.bind("localhost").build(endpoint, {name: values[name] for name in wanted})

    def form(self, visitor: str, endpoint: str) -> dict[str, Any]:
        """What is sent: just enough to be sound, so that nothing but the visitor decides about the answer."""
        plan = {
            "title": "Đợt mẫu",
            "kind": "class",
            "unit": self.unit,
            "opens_on": "2026-11-01",
            "due_on": "2026-11-20",
            "closes_on": "2026-11-30",
            "reflection": self.version,
            f"order-{self.version}": 1,
            "needs_sessions": 0,
            "least_rating": "average",
            "excellent": 8,
            "good": 6.5,
            "average": 5,
        }
        forms: dict[str, dict[str, Any]] = {
            "people.open_sign_in": {"username": self.usernames["reviewer_who_learns"], "secret": PASSWORD},
            "people.save_password": {"current": PASSWORD, "password": PASSWORD, "again": PASSWORD},
            "people.choose_display": {"text_size": "large"},
            "people.grant_role": {"role": "reviewer", "unit_code": self.unit_code},
            "people.note_absence": {"first_day": "2026-11-20", "last_day": "2026-11-21", "reason": "Nghỉ phép"},
            "reflections.reroute": {"unit": self.helping_unit, "reason": "Giám khảo ở đó đang bận"},
            "drives.create": {"code": "dot-moi", **plan},
            "drives.change": {"code": self.drive, **plan},
            "drives.cite_document": {
                "type": "KH",
                "number": "82/KH-LĐLĐ",
                "issued_on": "2026-10-01",
                "issuer": "Liên đoàn Lao động huyện",
            },
            "drives.add_session": {
                "title": "Bế mạc",
                "starts_at": "2026-11-12T08:00",
                "ends_at": "2026-11-12T11:00",
            },
            "drives.note_attendance": {f"presence-{self.summonses[visitor]}": "present"},
            "drives.add_points": {"points": f"Điểm cầu {visitor}; Hội trường"},
            "drives.assign_point": {"point": 0, "codes": self.learner_code},
            "drives.summon": {"codes": self.newcomer, "reason": "Kế hoạch mẫu"},
            "drives.withdraw": {"reason": "Chuyển công tác"},
            "lessons.keep_place": {"text": self.text, "paragraph": 1},
            "authoring.create": {"title": "Họp tổ", "code": "CD12", "slug": "hop-to", "unit": self.unit},
            "authoring.add": {"part": "lessons", "title": "Bài mới"},
            "authoring.move": {"step": "up"},
            "authoring.rename": {"stem": "doi-roi"},
            "authoring.delete": {"based_on": 1},
            "authoring.restore": {"revision": 1},
            "authoring.save": {"text": "Bài sửa.", "based_on": 1},
            "authoring.check": {"text": "Bài sửa."},
            "authoring.show_unsaved": {"text": "Bài sửa."},
            "authoring.add_picture": {"picture": (BytesIO(a_picture()), "moi.png"), "alternative": "Sơ đồ"},
            "authoring.read_import": {
                "file": (BytesIO("Câu 1: Mấy?\n*A. Một\nB. Hai".encode()), "de.txt"),
                "lesson": "hai",
                "source": "",
            },
            "authoring.write_import": {"stem": "nhap", "markdown": "## nhap-01"},
            "quizzes.make_exception": {
                "form_token": visitor,
                "unit_code": self.unit_code,
                "module": 0,
                "extra_minutes": 5,
                "reason": "Mất điện",
                "step": "save",
            },
            "reflections.dispense": {
                "form_token": visitor,
                "unit_code": self.unit_code,
                "kind": "extension",
                "until": "2026-11-25",
                "reason": "Lũ lụt kéo dài",
                "step": "save",
            },
            "reflections.end_dispensation": {"reason": "Ghi nhầm"},
            "quizzes.set_rules": {
                "minutes": 20,
                **dict.fromkeys(("counts", "feedback", "practice", *SWITCHES), ""),
                "step": "save",
            },
            "quizzes.withdraw_exception": {"reason": "Ghi nhầm"},
            "quizzes.give_allowance": {
                "form_token": visitor,
                "person_code": self.learner_code,
                "percent": 25,
                "valid_from": "2026-11-01",
                "reason": "Cần đọc chậm",
                "step": "save",
            },
            "quizzes.make_correction": {"form_token": "once", "effect": "full", "reason": "Đề sai"},
            "quizzes.undo_correction": {"reason": "Ghi nhầm"},
            "publishing.decide": {"decision": "turn-down", "note": "Thiếu nguồn"},
            "quizzes.withdraw_allowance": {"reason": "Ghi nhầm"},
            "quizzes.judge_anomaly": {"verdict": "open", "note": f"Hỏi thêm: {visitor}"},
            "quizzes.mark_answer": {"points-a": "2.0", "points-b": "0.5"},
            "quizzes.save": {"counter": 1},
            "quizzes.flag": {"counter": 1, "flag": f"on:{self.asked}"},
            "quizzes.try_out": {"chosen": "7"},
            "quizzes.check_answer": {"counter": 1, "check": self.asked},
            "quizzes.hand_in": {"counter": 1},
            "reflections.keep": {"number": 1},
            "reflections.merge": {"based_on": 3, "aside": 3, "text-tam-dac": "Bản gộp."},
            "reflections.save": {"based_on": 4, **{f"text-{key}": text for key, text in TEXTS.items()}},
            "papers.send_document": {"file": (BytesIO(a_docx()), "bai.docx")},
            "papers.send_photos": {"photos": (BytesIO(a_photo()), "trang.jpg")},
            "papers.change_page": {"step": "turn"},
            "behalf.start": {"summons": self.absent.get(visitor, 0), "reason": "Nộp bài viết tay"},
            "behalf.save": {"text-tam-dac": "Chép từ bản giấy."},
            "behalf.add_document": {"file": (BytesIO(a_docx(["Trang hai."])), "bai.docx")},
            "behalf.add_photos": {"photos": (BytesIO(a_photo(60, 80)), "trang.jpg")},
            "behalf.change_page": {"step": "turn"},
            "behalf.decide": {"decision": "approve"},
            "papers.confirm": {"based_on": 0, **{f"text-{key}": text for key, text in TEXTS.items()}},
            "reflections.verify_receipt": {"receipt": self.receipt},
            "reflections.hand_in": {"commitment": 1, "number": 5},
            "grading.grade": {"revision": 1, "score-noi-dung": "8", "score-lien-he": "7,5"},
            "grading.moderate": {"text": self.kept_back, "note": "Điểm hợp lý"},
            "grading.set_rules": {"untouched_days": 7, "marks_wanted": 1, "most_apart": "1,5", "settle_by": "mean"},
            "grading.move": {"text": self.own_reflection, "to": "others"},
            "grading.add_phrase": {"text": "Nêu được việc cụ thể."},
            "grading.make_appeal": {"reason": "Tiêu chí liên hệ cần được xem lại."},
            "grading.add_own_note": {"text": "Xin xem thêm đoạn cuối."},
            "grading.add_note": {"text": "Ban chấm đang xem lại bài."},
            "grading.decide_appeal": {"decision": "keep", "answer": "Đã đọc lại, điểm phù hợp với bài."},
            "grading.undo_rubric": {
                "reason": "Áp dụng nhầm phiên bản thang chấm.",
                "digest": hashlib.sha256().hexdigest(),
            },
            "grading.ask_for_archive": {"unit": self.unit},
            "grading.release": {"reflection": self.graded_reflection},
        }
        return forms.get(endpoint, {})


def build() -> World:
    """Fill the database at hand, at NOON."""
    with clock.stopped_at(NOON):
        return _build()


def _build() -> World:
    world = World()
    district, neighbour = a_district(), a_district("Liên đoàn Lao động huyện Bên")
    school = a_unit("Công đoàn Trường Mẫu", under=district)
    helping = a_unit("Công đoàn Chấm hộ", under=district)
    with_role(Role.REVIEWER, helping)
    world.helping_unit = helping.id
    school_there = a_unit("Công đoàn Trường Bên", under=neighbour)
    world.unit, world.unit_code = district.id, district.code
    staff = _staff(world, district, neighbour)
    drive, finished = a_drive(district, code=world.drive), a_drive(district, code=world.finished_drive)
    _learner(world, drive, finished, school, staff)
    _colleagues(world, drive, school, staff["reviewer"])
    _who_appeals(world, drive, school, staff)
    _a_reviewer_who_learns(world, drive, district)
    _on_paper(world, district, staff["organiser"])
    _on_behalf(world, drive, school, staff)
    theirs = a_drive(neighbour, code="dot-ben")
    world.usernames["learner_there"] = _username(a_learner(theirs, school_there, password=PASSWORD))
    _clerks(world, drive, school)
    _papers(world, district, school)
    world.session = drives.add_session(
        drive,
        by=viewer(staff["organiser"]),
        title="Khai mạc",
        starts_at=NOON - timedelta(hours=3),
        ends_at=NOON,
        place="Hội trường",
    ).id
    world.version = drive.modules[0].version_id
    world.text = drive.modules[0].version.lessons[0].id
    _another_rubric(world, drive, staff["grading_lead"])
    world.newcomer = a_person("Vũ Mới Đến", of=school).code
    _files(world)
    return world


def _files(world: World) -> None:
    """The module's files, which the district's authors write."""
    question = b"## bo-01\n"
    more = {"images/so-do.png": a_picture(), "questions/bo.md": question, "questions/doi.md": question}
    files = {**read_folder(SAMPLE), **{f"modules/{world.slug}/{name}": data for name, data in more.items()}}
    workspace.take(files, [world.slug], at=NOON)
    with transaction() as session:
        module = session.scalars(select(Module).where(Module.slug == world.slug)).one()
        module.unit_id = world.unit
        somebody = session.scalars(select(Person.id).limit(1)).one()
        proposal = Proposal(module_id=module.id, digest="0" * 64, note="", proposed_at=NOON, proposed_by_id=somebody)
        session.add_all([proposal, PublishedImage(digest=world.image, content_type="image/webp", data=b"")])
        session.flush()
        world.proposal = proposal.id


def a_picture() -> bytes:
    data = BytesIO()
    Image.new("RGB", (40, 20)).save(data, "PNG")
    return data.getvalue()


def _username(person: Person) -> str:
    assert person.account is not None
    return person.account.username


def _staff(world: World, district: Unit, neighbour: Unit) -> dict[str, Person]:
    staff = {}
    for role in map(Role, HERE):
        staff[role.value] = with_role(role, district, password=PASSWORD)
        staff[f"{role.value}_there"] = with_role(role, neighbour, password=PASSWORD)
    world.usernames.update({visitor: _username(person) for visitor, person in staff.items()})
    return staff


def _learner(world: World, drive: Drive, finished: Drive, school: Unit, staff: dict[str, Person]) -> None:
    learner = a_learner(drive, school, password=PASSWORD)
    world.usernames["learner"], world.learner_code = _username(learner), learner.code
    summoned(learner, finished)
    handed_in = a_handed_in_reflection(learner, finished)
    world.own_receipt = handed_in.receipt_no or ""
    _graded(handed_in, staff["reviewer"])
    releasing.release([_reflection_of(learner, finished).id], by=viewer(staff["grading_lead"]), at=NOON)
    reason = "Tiêu chí liên hệ cần được xem lại."
    appeals.appeal(viewer(learner), finished.code, reason, at=NOON)
    place = a_place(learner, drive)
    world.finished_attempt = quizzes.start_attempt(place, at=NOON).id
    quizzes.hand_in(viewer(learner), world.finished_attempt, {}, 1, at=NOON)
    running = quizzes.start_attempt(place, at=NOON)
    world.attempt, world.asked = running.id, running.question_keys[0]
    more = quizzes.Gift(Extra("Mất điện", minutes=5), unit=school)
    world.exception = quizzes.make_exception(drive, more, token="w", by=viewer(staff["organiser"]), at=NOON).id
    wish = dispensations.Wish(Kind.EXTENSION, NOON + timedelta(days=15), "Đi công tác", unit=school)
    world.dispensation = dispensations.give(drive, wish, token="w", by=viewer(staff["organiser"]), at=NOON).id
    share = quizzes.Share(25, LONG_AGO, None, "Cần đọc chậm")
    world.allowance = quizzes.give_allowance(learner, share, token="w", by=viewer(staff["unit_admin"]), at=NOON).id
    drive_version = drive.modules[0].version_id
    subject = corrections.subject_of(drive, drive_version, "mau-01")
    world.correction = corrections.make(
        subject, Correction(Effect.FULL), reason="Đề sai", token="w", by=viewer(staff["organiser"]), at=NOON
    ).id
    corrections.settle(at=NOON)
    figures = {"seconds": 3, "words": 400, "answered": 6, "right": 0.9}
    one = world.finished_attempt
    with transaction() as session:
        found = AnomalyFound(
            drive_id=drive.id, kind=Anomaly.TOO_FAST, attempt_id=one, other_id=one, figures=figures, found_at=NOON
        )
        session.add(found)
        session.flush()
        world.anomaly = found.id
    for number, text in enumerate(("Bản đầu.", "Bản sau.")):
        reflections.save(viewer(learner), drive.code, {"tam-dac": text}, number, at=NOON)


def _on_paper(world: World, district: Unit, organiser: Person) -> None:
    """What the learner has sent and not handed in, and what lies with two texts that were."""
    plan = replace(a_plan(a_version()), reflection_due_at=NOON + timedelta(days=15))
    drive = drives.create_drive(world.drive_on_paper, district, plan, by=viewer(organiser))
    learner = db.session.scalars(select(Person).where(Person.code == world.learner_code)).one()
    place = summoned(learner, drive)
    by = viewer(learner)
    world.upload = papers.send_document(by, drive.code, "bai.docx", a_docx(), at=NOON).id
    papers.send_photos(by, drive.code, [a_photo(), a_photo(turned=6)], at=NOON)
    uploads.read_due(most=None)
    contents = upload_queries.own_contents(place.id)
    world.page = contents.pages[0].id
    finished = reflection_queries.desk_for(by, world.finished_drive).reflection
    assert finished is not None
    with transaction():
        for receipt in (finished.receipt_no or "", world.receipt):
            uploads.enclose(uploads.sealed(contents), place.id, receipt)


def _on_behalf(world: World, drive: Drive, school: Unit, staff: dict[str, Person]) -> None:
    """Entries of those who may make them: one open, and one that a second person is to decide about."""
    somebody = viewer(with_role(Role.LEADER, school))

    def entry_by(maker: SignedIn) -> BehalfEntry:
        place = summoned(a_person("Hoàng Viết Tay", of=school), drive)
        entry = behalf.start(drive, place, "Nộp bài viết tay", by=maker, at=NOON)
        behalf.add_photos(entry, [a_photo(60, 80)], by=maker)
        return entry

    for visitor in ("unit_admin", "organiser", "leader"):
        maker = viewer(staff[visitor])
        entry = entry_by(maker)
        behalf.add_document(entry, "bai.docx", a_docx(), by=maker, at=NOON)
        contents = upload_queries.contents(entry.bundle_id)
        world.entries[visitor] = (entry.id, contents.uploads[0].id, contents.pages[0].id)
        sent = entry_by(somebody)
        behalf.send(sent, by=somebody, at=NOON)
        world.entries_to_decide[visitor] = sent.id
        world.absent[visitor] = summoned(a_person("Hoàng Chưa Nộp", of=school), drive).id


def _colleagues(world: World, drive: Drive, school: Unit, reviewer: Person) -> None:
    first, second, third, slow = (a_learner(drive, school) for _ in range(4))
    world.colleagues_attempt = quizzes.start_attempt(a_place(first, drive), at=NOON).id
    handed_in = a_handed_in_reflection(first, drive)
    world.reflection, world.receipt = handed_in.id, handed_in.receipt_no or ""
    world.graded_reflection = a_handed_in_reflection(second, drive).id
    world.kept_back = a_handed_in_reflection(third, drive).id
    for author in (second, third):
        _graded(_reflection_of(author, drive), reviewer)
    reflections.save(viewer(slow), drive.code, {"tam-dac": "Chưa xong."}, 0, at=NOON)
    world.draft = _reflection_of(slow, drive).id


def _who_appeals(world: World, drive: Drive, school: Unit, staff: dict[str, Person]) -> None:
    colleague = a_learner(drive, school)
    reflection = a_handed_in_reflection(colleague, drive)
    _graded(reflection, staff["reviewer"])
    releasing.release([reflection.id], by=viewer(staff["grading_lead"]), at=NOON)
    reason = "Tiêu chí liên hệ cần được xem lại."
    world.released_reflection = reflection.id
    world.archive = archiving.ask(viewer(staff["grading_lead"]), drive, world.unit, at=NOON).id
    archiving.folder().mkdir(exist_ok=True)
    (archiving.folder() / f"{world.archive}.zip").write_bytes(b"PK")
    with transaction() as session:
        made = session.get_one(Archive, world.archive)
        made.finished_at, made.size, made.sha256 = NOON, 2, hashlib.sha256(b"PK").hexdigest()
    world.appeal = appeals.appeal(viewer(colleague), drive.code, reason, at=NOON).id


def _another_rubric(world: World, drive: Drive, lead: Person) -> None:
    with transaction() as session:
        row = RubricChange(
            drive_id=drive.id,
            version_id=world.version,
            rubric_version_id=world.version,
            by_levels=False,
            reason="Thang chấm mẫu",
            made_at=NOON,
            made_by_id=lead.id,
        )
        session.add(row)
        session.flush()
        world.rubric_change = row.id


def _a_reviewer_who_learns(world: World, drive: Drive, district: Unit) -> None:
    person = with_role(Role.REVIEWER, district, password=PASSWORD)
    summoned(person, drive)
    world.usernames["reviewer_who_learns"] = _username(person)
    world.own_reflection = a_handed_in_reflection(person, drive).id


def _reflection_of(person: Person, drive: Drive) -> Reflection:
    place = a_place(person, drive)
    return db.session.scalars(select(Reflection).where(Reflection.summons_id == place.summons_id)).one()


def _graded(reflection: Reflection, reviewer: Person) -> None:
    essay = grading_queries.essay_for(viewer(reviewer), reflection.id)
    scores = {criterion.id: Decimal(7) for criterion in essay.version.criteria()}
    grading.grade(essay, scores, "Bài viết tốt.", by=viewer(reviewer), at=NOON)


def _papers(world: World, district: Unit, school: Unit) -> None:
    version = a_version_with_free_text()
    drive = a_drive(district, code="dot-tu-luan", versions=[version], with_reflection=False)
    world.free_text_version = version.id
    for visitor in VISITORS:
        person = a_learner(drive, school)
        attempt = quizzes.start_attempt(a_place(person, drive, "tu-luan"), at=NOON)
        quizzes.hand_in(viewer(person), attempt.id, {"tl-01": ["Để phòng ngừa."]}, 1, at=NOON)
        world.papers[visitor] = attempt.id


def _clerks(world: World, drive: Drive, school: Unit) -> None:
    for visitor in VISITORS:
        clerk = a_person("Đỗ Văn Thư", of=school, position=Position.OFFICER)
        people.grant_role(clerk, Role.LEADER, school, by=None, on=LONG_AGO)
        world.clerks[visitor] = clerk.id
        world.grants[visitor] = db.session.scalars(select(RoleGrant.id).where(RoleGrant.person_id == clerk.id)).one()
        leave = people.note_absence(clerk, NOON.date(), NOON.date(), "Nghỉ phép", by=viewer(clerk), at=NOON)
        world.absences[visitor] = leave.id
        world.summonses[visitor] = summoned(clerk, drive).id
