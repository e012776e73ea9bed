"""Marking by a person: the attempt waits and says so everywhere, and every mark that was given stays to be read."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.completion import queries as completion
from lms.completion.rules import State, standing
from lms.content.rules import Counts, Feedback
from lms.db import db as database
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.errors import NotAllowed, NotFound, Refused
from lms.notices.models import Notice
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.quizzes import by_hand, corrections, queries, services, statistics
from lms.quizzes.marking import Correction, Effect
from lms.quizzes.models import Attempt, FormerMark, ItemStatistics
from tests.factories import (
    NOON,
    PASSWORD,
    a_district,
    a_drive,
    a_learner,
    a_place,
    a_unit,
    a_version_with_free_text,
    an_organiser,
    read,
    the_sample,
    viewer,
    with_role,
)
from tests.pages import signed_in, submit

FULL, HALF, NOTHING = ({"a": a, "b": b} for a, b in (("2.0", "1.0"), ("1.0", "0.5"), ("0.0", "0.0")))
HOUR = timedelta(hours=1)
LESSONS = [lesson.id for lesson in the_sample().lessons]


@pytest.fixture(autouse=True)
def everybody_draws_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "randbits", lambda bits: 7)


@dataclass
class Scene:
    drive: Drive
    learner: Person
    reviewer: SignedIn
    other: SignedIn
    stranger: SignedIn

    def attempt(self, text: str = "Để phòng ngừa.", choice: str = "a", learner: Person | None = None) -> Attempt:
        who = learner or self.learner
        attempt = services.start_attempt(a_place(who, self.drive, "tu-luan"), at=NOON)
        sent = {"tn-01": [choice], "tl-01": [text]}
        return services.hand_in(viewer(who), attempt.id, sent, 1, at=NOON)

    def mark(self, attempt: Attempt, points: dict[str, str], *, by: SignedIn | None = None, **more) -> None:
        marker = by or self.reviewer
        paper = by_hand.paper_for(marker, attempt.id, "tl-01")
        told = {"note": "", "reason": "", "seen": paper.last.id if paper.last else 0, **more}
        by_hand.mark(paper, points, **told, by=marker, at=NOON + HOUR)

    def standing(self) -> State:
        row = drives.summons_for(viewer(self.learner), self.drive.code)
        return standing(completion.demand_of(self.drive), completion.learner(row, NOON).facts, NOON).state


def a_scene() -> Scene:
    district, elsewhere = a_district(), a_district("Liên đoàn Lao động huyện Bên")
    school = a_unit("Công đoàn Trường Mẫu", under=district)
    drive = a_drive(district, versions=[a_version_with_free_text()], with_reflection=False)
    markers = (viewer(with_role(Role.REVIEWER, unit)) for unit in (district, school, elsewhere))
    return Scene(drive, a_learner(drive, school, password=PASSWORD), *markers)


@pytest.fixture
def scene(db: Flask) -> Scene:
    return a_scene()


def notices() -> list[str]:
    return list(database.session.scalars(select(Notice.text).order_by(Notice.id)))


def test_an_attempt_waits_until_a_person_has_marked_it_and_is_told_once(scene):
    read(a_place(scene.learner, scene.drive, "tu-luan"), *LESSONS)
    attempt = scene.attempt()
    assert (attempt.points, attempt.passed, attempt.is_pending) == (1, None, True)
    assert scene.standing() is State.WAITING_FOR_US
    assert notices() == []

    scene.mark(attempt, HALF, note="Nêu thêm ví dụ")

    assert (attempt.points, attempt.passed) == (1.5, True)
    assert scene.standing() is State.DONE
    assert notices() == ["Bài kiểm tra “Chuyên đề mẫu”, lượt 1, đã chấm xong. Kết quả: 1,5/2 điểm, đạt."]
    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "mark_answer")).one()
    assert (entry.subject_id, entry.actor_id, entry.after["given"]) == (
        attempt.id,
        scene.reviewer.person_id,
        ["a=1.0", "b=0.5"],
    )


def test_a_blank_text_waits_for_nobody(scene):
    attempt = scene.attempt(text=" ")

    assert (attempt.points, attempt.passed) == (1, False)
    assert by_hand.stacks(scene.reviewer) == []


def test_marking_again_needs_a_reason_and_keeps_the_former_mark(scene):
    attempt = scene.attempt()
    scene.mark(attempt, FULL)
    with pytest.raises(Refused, match="lý do chấm lại"):
        scene.mark(attempt, NOTHING)

    scene.mark(attempt, NOTHING, by=scene.other, reason="Chấm nhầm bài")

    assert (attempt.points, attempt.passed) == (1, False)
    former = database.session.scalars(select(FormerMark)).one()
    assert (former.points, former.passed, former.reason) == (2, True, "Chấm nhầm bài")
    assert corrections.told_of(attempt)[1] == [former]
    marks = by_hand.marks_of(attempt.id, "tl-01")
    assert [(one.points, one.made_by_id) for one in marks] == [
        (["a=2.0", "b=1.0"], scene.reviewer.person_id),
        (["a=0.0", "b=0.0"], scene.other.person_id),
    ]
    assert len(notices()) == 2


def test_two_markers_at_once_and_a_form_sent_twice_make_one_mark(scene):
    attempt = scene.attempt()
    scene.mark(attempt, FULL)

    scene.mark(attempt, FULL, seen=0)
    with pytest.raises(Refused, match="vừa chấm"):
        scene.mark(attempt, NOTHING, by=scene.other, seen=0, reason="Chậm hơn")

    assert len(by_hand.marks_of(attempt.id, "tl-01")) == 1
    assert (attempt.points, len(notices())) == (2, 1)


def test_only_those_who_grade_the_unit_see_the_answers_and_nobody_their_own(scene):
    attempt = scene.attempt()
    colleague = with_role(Role.REVIEWER, scene.drive.unit)
    own = scene.attempt(learner=a_learner(scene.drive, scene.drive.unit))
    for one in (scene.reviewer, viewer(colleague), an_organiser(scene.drive)):
        assert by_hand.paper_for(one, attempt.id, "tl-01").attempt.id == attempt.id
    assert {stack.waiting for stack in by_hand.stacks(scene.reviewer)} == {2}
    assert {stack.waiting for stack in by_hand.stacks(scene.other)} == {1}
    assert by_hand.stacks(scene.stranger) == by_hand.stacks(viewer(scene.learner)) == []
    for one, attempt_id, key in (
        (scene.stranger, attempt.id, "tl-01"),
        (scene.other, own.id, "tl-01"),
        (scene.reviewer, attempt.id, "tn-01"),
        (scene.reviewer, 10**6, "tl-01"),
    ):
        with pytest.raises(NotFound):
            by_hand.paper_for(one, attempt_id, key)
    paper = by_hand.paper_for(scene.reviewer, attempt.id, "tl-01")
    with pytest.raises(NotAllowed):
        by_hand.mark(paper, FULL, note="", reason="", seen=0, by=scene.stranger, at=NOON)


def test_each_marker_goes_around_all_that_waits_from_a_place_of_their_own(scene):
    attempts = [scene.attempt(learner=a_learner(scene.drive, scene.drive.unit)).id for _ in range(4)]
    here = (scene.drive.code, database.session.get_one(Attempt, attempts[0]).version_id, "tl-01")

    round_, at = [], 0
    for _ in range(8):
        at = by_hand.next_waiting(scene.reviewer, *here, after=at) or 0
        round_.append(at)

    assert sorted(round_[:4]) == attempts
    assert round_[4:] == round_[:4]
    for id in attempts:
        scene.mark(database.session.get_one(Attempt, id), FULL)
    assert by_hand.next_waiting(scene.reviewer, *here) is None
    assert len(by_hand.marked_of(scene.reviewer, *here, after=0, size=9)) == 4


def test_a_correction_may_end_the_waiting_and_its_undoing_begin_it_again(scene):
    attempt = scene.attempt()
    organiser = an_organiser(scene.drive)
    subject = corrections.subject_of(scene.drive, attempt.version_id, "tl-01")
    [change] = corrections.dry_run(subject, Correction(Effect.FULL))
    assert (change.before, change.after) == ((1, 2, None), (2, 2, True))

    row = corrections.make(subject, Correction(Effect.FULL), reason="Đề sai", token="t", by=organiser, at=NOON)
    corrections.settle(at=NOON)
    assert (attempt.points, attempt.passed) == (2, True)
    assert by_hand.stacks(scene.reviewer) == []
    assert database.session.scalars(select(FormerMark)).all() == []

    corrections.undo(row, scene.drive, because="Nhầm", by=organiser, at=NOON)
    corrections.settle(at=NOON)
    assert (attempt.points, attempt.passed) == (1, None)
    assert [stack.waiting for stack in by_hand.stacks(scene.reviewer)] == [1]
    assert [text.rpartition(": ")[2] for text in notices()] == ["2/2 điểm, đạt.", "Nhầm"]


def test_a_correction_elsewhere_keeps_what_the_marker_gave(scene):
    attempt = scene.attempt(choice="b")
    scene.mark(attempt, HALF)
    subject = corrections.subject_of(scene.drive, attempt.version_id, "tn-01")

    corrections.make(
        subject, Correction(Effect.KEY, ("b",)), reason="Đề sai", token="t", by=an_organiser(scene.drive), at=NOON
    )
    corrections.settle(at=NOON)

    assert (attempt.points, attempt.passed) == (1.5, True)


def test_item_analysis_counts_an_attempt_once_it_is_complete(scene):
    attempt = scene.attempt()
    assert statistics.analyse(at=NOON) == 0
    scene.mark(attempt, HALF)
    assert statistics.analyse(at=NOON) == 1

    figures = database.session.scalars(select(ItemStatistics)).one().figures
    [text] = [item for item in figures["items"] if item["key"] == "tl-01"]
    assert (text["facility"], [choice["option"] for choice in text["choices"]]) == (0.5, ["a", "b", "?", ""])

    scene.mark(attempt, FULL, reason="Sót ý")
    assert statistics.analyse(at=NOON) == 1


def test_a_result_that_may_not_be_seen_yet_is_not_told_either(scene):
    attempt = scene.attempt()
    place = a_place(scene.learner, scene.drive, "tu-luan")
    own = {"feedback": Feedback.CLOSED, "counts": Counts.LAST}
    services.set_rules(scene.drive, place.module_id, own, by=an_organiser(scene.drive), at=NOON)

    scene.mark(attempt, FULL)

    scene.mark(attempt, HALF, reason="Chấm lại")

    assert len(notices()) == 2
    for told in notices():
        assert "Kết quả xem được sau" in told
        assert "2/2" not in told


def test_a_newer_answer_that_was_written_in_time_waits_anew(scene):
    attempt = services.start_attempt(a_place(scene.learner, scene.drive, "tu-luan"), at=NOON)
    services.save_answer(viewer(scene.learner), attempt.id, "tl-01", ["Bản đầu"], 1, at=NOON)
    over = attempt.due_at + HOUR
    services.close_due(at=over)
    scene.mark(attempt, FULL)
    assert attempt.passed is False
    assert "Đồng chí mở bài để xem kết quả." in notices()[0]
    row = drives.summons_for(viewer(scene.learner), scene.drive.code)
    hidden = completion.module_progress(row, over)[0]
    assert (hidden.passed, hidden.is_pending, hidden.unopened) == (False, True, attempt.id)

    claim = services.Claim(services.lateness.Tick(attempt.id, scene.learner.id, NOON), timedelta(minutes=1))
    services.save_answer(viewer(scene.learner), attempt.id, "tl-01", ["Bản sau"], 2, at=over, claim=claim)

    assert (attempt.passed, queries.answers_of(attempt.id)["tl-01"].given) == (None, ("Bản sau",))
    assert [stack.waiting for stack in by_hand.stacks(scene.reviewer)] == [1]


def test_the_pages_say_that_it_waits_and_lead_from_one_answer_to_the_next(app: Flask, client: FlaskClient):
    with clock.stopped_at(NOON):
        with app.app_context():
            scene = a_scene()
            ids = [scene.attempt("Dòng một\n" + "từ " * 30).id]
            marker = with_role(Role.REVIEWER, scene.drive.unit, password=PASSWORD)
            organiser = with_role(Role.ORGANISER, scene.drive.unit, password=PASSWORD)
            version_id = database.session.get_one(Attempt, ids[0]).version_id
        other = signed_in(app.test_client(), marker)
        mine = signed_in(client, scene.learner)

        result, quiz, desk = (
            mine.get(path).text for path in (f"/quizzes/attempts/{ids[0]}", "/quizzes/dot-mau/tu-luan/", "/")
        )
        assert "Đã nộp bài, chờ chấm" in result
        assert all("Chờ chấm" in page and "hưa đạt" not in page for page in (result, quiz, desk))

        address = other.get(f"/quizzes/marking/dot-mau/{version_id}/tl-01/next").location
        page = other.get(address).text
        assert "Lê Thị Học Viên" not in page
        assert re.search(r"<del>(từ ?)+</del>", page)
        refused = submit(other, address, **{"points-a": "2.0"}, note="Đọc kỹ", seen="0")
        assert (refused.status_code, "Đọc kỹ" in refused.text) == (409, True)
        assert re.search(r'name="points-a" value="2.0" checked', refused.text)
        assert (
            submit(other, address, **{"points-a": "2.0", "points-b": "0.5"}, note="Đọc kỹ", seen="0").status_code == 302
        )
        assert (
            "không còn bài nào"
            in other.get(f"/quizzes/marking/dot-mau/{version_id}/tl-01/next", follow_redirects=True).text
        )

        result = mine.get(f"/quizzes/attempts/{ids[0]}").text
        assert "Đạt yêu cầu" in result
        assert all(words in result for words in ("Được 2 điểm", "Được 0,5 điểm", "Đọc kỹ", "Bài trả lời mẫu"))

        submit(other, address, **{"points-a": "0.0", "points-b": "0.5"}, seen="1", reason="Nhầm bài")
        staff = signed_in(app.test_client(), organiser).get(f"/quizzes/dot-mau/attempts/{ids[0]}").text
        assert all(words in staff for words in ("0,17 điểm", "Nhầm bài", "Đọc kỹ", "a=2.0, b=0.5", "1,83/2 điểm, đạt"))
