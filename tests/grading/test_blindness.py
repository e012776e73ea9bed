"""Where texts are graded without names, no answer to a grader has the author's, and none to the author has theirs."""

import json
import logging
import re
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms import clock, vietnamese
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.drives.rules import Settling
from lms.errors import NotAllowed
from lms.grading import queries, queues, releasing, services
from lms.grading import settings as grading_settings
from lms.grading.models import Notes, Remark
from lms.grading.rules import Passage
from lms.grading.settings import GradingRules
from lms.people.rules import Position
from lms.reflections import services as reflections
from lms.reflections.rules import State
from lms.uploads import store
from lms.uploads.models import Enclosure
from lms.uploads.rules import Kind, Media
from tests.factories import NOON, PASSWORD, a_learner, a_person, a_unit, an_organiser, viewer, with_role
from tests.grading.panel import GOOD, LATER, Panel
from tests.pages import send_json, signed_in, submit
from tests.uploads.files import a_docx

AUTHOR, COLLEAGUE, UNION = "Đoàn Ngọc Uyên Phương", "Phan Bội Kim Chi", "Công đoàn Trường Tiểu học Hoa Phượng Đỏ"
FIRST = {
    "tam-dac": f"Tôi là {AUTHOR}, làm việc tại {UNION}. Đồng chí Phương xin nêu ba việc.",
    "lien-he": "Ở trường Hoa Phượng Đỏ, chị Kim Chi (kimchi.phan@example.org, 0912 345 678) cùng làm.",
}
SECOND = {**FIRST, "tam-dac": f"{FIRST['tam-dac']} Bản này thêm số liệu của {COLLEAGUE}."}
HIDDEN = (
    "doan ngoc uyen phuong",
    "uyen phuong",
    "hoa phuong do",
    "phan boi kim chi",
    "kim chi",
    "0912 345 678",
    "example.org",
)
GRADER = ("tran thi mot", "thi mot", "giam khao mot")


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


class Blind(Panel):
    """A panel whose drive hides names, and one text in its second round with comments on words that name people."""

    def __init__(self, *, is_blind: bool = True) -> None:
        super().__init__()
        self.school = a_unit(UNION, under=self.district)
        a_person(COLLEAGUE, of=self.school, position=Position.OFFICER)
        self.author = a_learner(self.drive, self.school, name=AUTHOR, password=PASSWORD)
        self.leader = with_role(Role.GRADING_LEAD, self.district, name="Phạm Thị Trưởng Ban", password=PASSWORD)
        rules = GradingRules(is_blind=is_blind)
        grading_settings.set_rules(self.drive, rules, by=an_organiser(self.drive), at=NOON)
        number = reflections.save(viewer(self.author), self.drive.code, FIRST, 0, at=NOON).number
        self.reflection = reflections.hand_in(viewer(self.author), self.drive.code, number=number, at=NOON)

    def essay(self) -> queries.Essay:
        return queries.essay_for(self.first, self.reflection.id)

    def passage(self) -> Passage:
        """On what the reviewer sees of the author's name."""
        shown = self.essay().texts["tam-dac"]
        start = FIRST["tam-dac"].index(AUTHOR)
        return Passage("tam-dac", start, shown[start : start + len(AUTHOR)], "Giám khảo Một: nên bỏ chỗ này.")

    def returned(self) -> None:
        services.return_for_rewriting(
            self.essay(), "Cần thêm số liệu. Trần Thị Một", [self.passage()], by=self.first, at=NOON
        )

    def second_round(self) -> None:
        self.returned()
        number = reflections.save(viewer(self.author), self.drive.code, SECOND, self.reflection.head, at=LATER).number
        reflections.hand_in(viewer(self.author), self.drive.code, number=number, at=LATER)


def named(answer, names=HIDDEN) -> set[str]:
    """Which of the names an answer has, in whatever spelling, in its body, its headers or its address."""
    whole = answer.text + str(answer.headers) + json.dumps(answer.text)
    plain = re.sub(r"[^a-z0-9.@]+", " ", vietnamese.fold(whole.encode().decode("unicode_escape", "ignore") + whole))
    return {name for name in names if name in plain or name.replace(" ", "") in plain}


def everything_fetched(app: Flask, client: FlaskClient, values: dict[str, object]) -> dict[str, set[str]]:
    """Every page that the visitor may fetch of these things, with the names in it."""
    found = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments <= set(values) and rule.endpoint != "static":
            path = app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments})
            answer = client.get(path)
            if answer.status_code < 400:
                found[rule.endpoint] = named(answer)
    return found


@pytest.mark.parametrize("is_blind", [True, False])
def test_no_answer_to_whoever_grades_has_the_authors_names(app, client, caplog, is_blind):
    caplog.set_level(logging.DEBUG)
    with app.app_context():
        panel = Blind(is_blind=is_blind)
        panel.second_round()
        essay, code, unit = panel.reflection.id, panel.drive.code, panel.school.id
    values = {"reflection_id": essay, "drive": code, "code": code, "unit_id": unit, "person_id": panel.author.id}
    caplog.clear()
    reviewer, lead = signed_in(client, panel.person), signed_in(app.test_client(), panel.leader)

    found: dict[str, set[str]] = {}
    for who, one in (("reviewer", reviewer), ("lead", lead)):
        pages = everything_fetched(app, one, values)
        found |= {f"{who}: {endpoint}": names for endpoint, names in pages.items()}
    for path in ("?q=phuong", "?q=hoa", f"?unit={unit}", "?show=all", "?again=yes", "?late=no"):
        found[path] = named(reviewer.get(f"/grading/{path}"))
    body = {"scores": {"noi-dung": "7"}, "comment": "", "remarks": [], "counter": 1}
    found["claim"] = named(send_json(reviewer, f"/grading/{essay}/claim", {}))
    found["notes"] = named(send_json(reviewer, f"/grading/{essay}/notes", body))
    remark = {"decision": "remark", "remark_at": "tam-dac:0", "remark_text": "Rõ."}
    found["remark"] = named(submit(reviewer, f"/grading/{essay}", revision=2, **remark))
    found["kept"] = named(reviewer.get(f"/grading/{essay}"))
    found["refused"] = named(submit(reviewer, f"/grading/{essay}", revision=2, decision="mark"))
    scores = {"score-noi-dung": "7", "score-lien-he": "8"}
    graded = submit(reviewer, f"/grading/{essay}", revision=2, decision="mark", **scores)
    found["graded"] = named(graded) | named(reviewer.get("/grading/")) | named(reviewer.get("/grading/?show=graded"))
    waves = (f"/grading/release/{code}", f"/grading/release/{code}?unit={unit}", f"/grading/release/{code}/{essay}")
    released = [lead.get(path) for path in waves]
    found["release"] = set().union(*map(named, released))
    found["log"] = {name for name in HIDDEN if name in vietnamese.fold(caplog.text)}

    leaks = {where: names for where, names in found.items() if names}
    assert [answer.status_code for answer in released] == [200, 200, 200]
    if is_blind:
        assert leaks == {}
        assert graded.status_code == 302
    else:
        assert set(HIDDEN) == set().union(*leaks.values())
        assert {"reviewer: grading.queue", "reviewer: grading.essay", "lead: grading.texts"} <= set(leaks)


def test_what_is_hidden_is_not_found_and_what_is_shown_bears_a_number(db):
    panel = Blind()
    label = f"Bài {panel.reflection.id}"

    def found(**wanted) -> list[tuple[str, str]]:
        rows = queues.rows(panel.first, [State.SUBMITTED], wanted=queues.Filter(**wanted))
        return [(row.author, row.unit) for row in rows]

    assert found() == found(words=label) == found(words=str(panel.reflection.id)) == [(label, "")]
    assert found(words="Phương") == found(words="hoa phuong do") == found(unit_id=panel.school.id) == []
    assert queues.units_of_queue(panel.first) == []
    grading_settings.set_rules(panel.drive, GradingRules(), by=an_organiser(panel.drive), at=NOON)
    assert found(words="Phương") == found(unit_id=panel.school.id) == [(AUTHOR, UNION)]


def test_a_comment_on_hidden_words_lies_on_the_authors_own_words(db):
    panel = Blind()
    passage = panel.passage()
    assert AUTHOR not in passage.quote

    services.grade(panel.essay(), GOOD, "", [passage], by=panel.first, at=NOON)

    remark = database.session.scalars(select(Remark)).one()
    assert (remark.quote, remark.start) == (AUTHOR, passage.start)
    place, quote = panel.essay().place("tam-dac", remark.start, remark.quote)
    assert (place, quote) == (passage.start, passage.quote)


def test_a_decision_taken_back_brings_no_name_to_the_desk(app, client):
    with app.app_context():
        panel = Blind()
        row = services.grade(panel.essay(), GOOD, "", [panel.passage()], by=panel.first, at=NOON)
        services.take_back(row.id, by=panel.first, at=LATER)
        assert AUTHOR in database.session.scalars(select(Notes)).one().remarks[0]["quote"]

    assert named(signed_in(client, panel.person).get(f"/grading/{panel.reflection.id}")) == set()


def test_a_name_is_shown_only_to_a_lead_who_gives_a_reason_and_that_stays_on_record(app, client):
    with app.app_context():
        panel = Blind()
    path = f"/grading/{panel.reflection.id}"
    lead, reviewer = signed_in(client, panel.leader), signed_in(app.test_client(), panel.person)

    assert submit(reviewer, f"{path}/unmask", reason="Nghi chép bài của người khác").status_code == 403
    assert submit(lead, f"{path}/unmask", reason="tò mò").status_code == 409
    assert named(lead.get(path)) == set()
    assert submit(lead, f"{path}/unmask", reason="Nghi chép bài của người khác").status_code == 302
    submit(lead, f"{path}/unmask", reason="Nghi chép bài của người khác")

    assert "doan ngoc uyen phuong" in named(lead.get(path)) & named(lead.get("/grading/"))
    assert named(reviewer.get(path)) == set()
    with app.app_context():
        entries = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "unmask")).all()
        assert [(one.actor_id, one.reason) for one in entries] == [(panel.leader.id, "Nghi chép bài của người khác")]


@pytest.mark.parametrize("is_blind", [True, False])
def test_no_answer_to_the_author_has_the_names_of_those_who_graded(app, client, is_blind):
    with app.app_context():
        panel = Blind(is_blind=is_blind)
        panel.returned()
        code = panel.drive.code
    author = signed_in(client, panel.author)

    names = named(author.get(f"/reflections/{code}/"), GRADER)
    with app.app_context():
        number = reflections.save(viewer(panel.author), code, SECOND, 1, at=LATER).number
        reflections.hand_in(viewer(panel.author), code, number=number, at=LATER)
        services.grade(panel.essay(), GOOD, "Trần Thị Một chấm.", [panel.passage()], by=panel.first, at=LATER)
        releasing.release([panel.reflection.id], by=viewer(panel.leader), at=LATER)
    pages = (
        "/",
        f"/grading/result/{code}",
        f"/reflections/{code}/receipt",
        f"/reflections/{code}/history",
        "/notices/",
    )
    for path in pages:
        answer = author.get(path)
        assert answer.status_code == 200, path
        names |= named(answer, GRADER)

    assert names == (set() if is_blind else set(GRADER))


def test_no_file_is_opened_whose_words_and_properties_nobody_can_blot_out(app, client):
    with app.app_context():
        panel = Blind()
        data = a_docx(tuple(FIRST.values()), more={"docProps/core.xml": AUTHOR})
        facts = {
            "receipt_no": panel.reflection.receipt_no,
            "summons_id": panel.reflection.summons_id,
            "media": Media.DOCX,
        }
        with transaction() as session:
            for position, kind in enumerate((Kind.ORIGINAL, Kind.PAGE), 1):
                session.add(Enclosure(position=position, kind=kind, sha256=store.put(data), size=len(data), **facts))
    number = panel.reflection.id
    paths = (f"/papers/essays/{number}/1", f"/papers/essays/{number}/pages/2")
    lead, reviewer = signed_in(client, panel.leader), signed_in(app.test_client(), panel.person)

    for one in (lead, reviewer):
        answers = [one.get(path) for path in paths]
        assert [answer.status_code for answer in answers] == [409, 409]
        page = one.get(f"/grading/{number}")
        assert [named(answer) for answer in [page, *answers]] == [set()] * 3
        assert not any(path in page.text for path in paths)
    submit(lead, f"/grading/{number}/unmask", reason="Bài chỉ có ảnh chụp")

    assert lead.get(paths[0]).data == data
    assert reviewer.get(paths[0]).status_code == 409


def test_organisers_set_how_a_drive_is_graded_and_nobody_else(app, client):
    with app.app_context():
        panel = Blind(is_blind=False)
        person = with_role(Role.ORGANISER, panel.district, name="Vũ Thị Tổ Chức", password=PASSWORD)
    organiser, path = signed_in(client, person), f"/grading/settings/{panel.drive.code}"

    typed = {"is_blind": "y", "marks_wanted": 2, "most_apart": "1,5", "settle_by": "first"}
    assert submit(organiser, path, untouched_days=0, **typed).status_code == 422
    assert submit(organiser, path, untouched_days=3, **typed).status_code == 302
    submit(organiser, path, untouched_days=3, **typed)

    with app.app_context():
        drive = database.session.get_one(Drive, panel.drive.id)
        assert grading_settings.rules_of(drive) == GradingRules(True, 3, 2, Decimal("1.5"), Settling.FIRST)
        entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "set_grading_rules")).one()
        assert entry.after == {
            "is_blind": True,
            "untouched_days": 3,
            "marks_wanted": 2,
            "most_apart": "1.5",
            "settle_by": "first",
            "appeal_days": 5,
            "appeal_answer_days": 10,
        }
        for stranger in (panel.lead, panel.first):
            with pytest.raises(NotAllowed):
                grading_settings.set_rules(drive, GradingRules(), by=stranger, at=NOON)
