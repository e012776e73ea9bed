"""Giving texts out: as planned, as seen before, and back again when nobody reads them."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from lms import clock, jobs
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.errors import NotAllowed, NotFound, Refused
from lms.grading import allocation, moving, queries, queues, services
from lms.grading.allocation import Proposal
from lms.grading.models import Assignment
from lms.grading.planning import Why
from lms.grading.rules import Ending
from lms.notices.models import Notice
from lms.people import queries as people_queries
from lms.people import services as people
from lms.people.models import Person
from lms.people.rules import Position
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from lms.units.models import Unit
from tests.factories import (
    LONG_AGO,
    NOON,
    PASSWORD,
    a_district,
    a_handed_in_reflection,
    a_person,
    a_unit,
    summoned,
    viewer,
    with_role,
)
from tests.grading.panel import LATER, Panel, grade, send_back
from tests.pages import signed_in, submit
from tests.queries_counted import queries_counted

UNTIL = NOON.date() + timedelta(days=9)


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


class Desk(Panel):
    """A panel whose lead is somebody with a password, and some texts that wait."""

    def __init__(self, texts: int = 4) -> None:
        super().__init__()
        self.leader: Person = with_role(Role.GRADING_LEAD, self.district, name="Phạm Thị Trưởng Ban", password=PASSWORD)
        self.lead = viewer(self.leader)
        self.texts = [self.text(at=NOON + timedelta(seconds=n), name=f"Lê Thị Viết {n}") for n in range(texts)]

    def proposal(self, seed: int = 1) -> Proposal:
        return allocation.propose(self.lead, self.drive, until=UNTIL, seed=seed)

    def give(self, seed: int = 1) -> int:
        digest = self.proposal(seed).plan.digest()
        return allocation.apply(self.lead, self.drive.code, until=UNTIL, seed=seed, digest=digest, at=NOON)

    def hand_over(self, *texts: Reflection, to: int | None = None, of: int | None = None, at=NOON) -> moving.Moved:
        receivers = [to] if to else []
        ids = [text.id for text in texts]
        return moving.move(self.lead, self.drive.code, ids, of=of, to=receivers, at=at)


def open_work() -> dict[int, int]:
    """Whose hands each text is in."""
    rows = select(Assignment.reflection_id, Assignment.reviewer_id).where(Assignment.ended_at.is_(None))
    return dict(database.session.execute(rows).all())


def endings() -> list[Ending]:
    ended = select(Assignment.ending).where(Assignment.ended_at.is_not(None)).order_by(Assignment.id)
    return list(database.session.scalars(ended))


def notices_of(person_id: int) -> list[str]:
    return list(database.session.scalars(select(Notice.text).where(Notice.person_id == person_id).order_by(Notice.id)))


def audited(action: str) -> list[AuditEntry]:
    return list(database.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


# --- The plan ---------------------------------------------------------------------------------------------------------


def test_what_was_seen_is_what_is_given_and_everybody_is_told_once(db):
    desk = Desk(texts=5)

    seen = desk.proposal()
    given = desk.give()

    assert given == 5
    shares = {share.reviewer.id: share.essays for share in seen.plan.shares if share.essays}
    assert open_work() == {text: person for person, texts in shares.items() for text in texts}
    assert sorted(map(len, shares.values())) == [2, 3]
    told = {person: notices_of(person) for person in shares}
    words = "Đồng chí được giao chấm %s bài thu hoạch của “Đợt học tập mẫu”."
    assert told == {person: [words % len(texts)] for person, texts in shares.items()}
    counts = {str(person): len(texts) for person, texts in shares.items()}
    assert [entry.after["given"] for entry in audited("allocate")] == [counts]
    assert desk.proposal().plan.given == 0


def test_a_plan_that_would_be_another_one_by_now_is_not_applied(db):
    desk = Desk()
    digest = desk.proposal().plan.digest()
    desk.text(name="Lê Thị Nộp Sau")

    with pytest.raises(Refused, match="vừa thay đổi"):
        allocation.apply(desk.lead, desk.drive.code, until=UNTIL, seed=1, digest=digest, at=NOON)

    assert (open_work(), audited("allocate")) == ({}, [])
    assert desk.give() == 5


def test_two_leads_who_give_out_the_same_plan_give_it_out_once(db):
    desk = Desk()
    digest = desk.proposal().plan.digest()

    desk.give()

    with pytest.raises(Refused, match="vừa thay đổi"):
        allocation.apply(desk.lead, desk.drive.code, until=UNTIL, seed=1, digest=digest, at=LATER)
    assert len(open_work()) == 4


def test_whoever_is_away_gets_less_and_whoever_is_set_to_nothing_gets_nothing(db):
    desk = Desk(texts=6)
    last = UNTIL - timedelta(days=5)
    people.note_absence(desk.person, NOON.date(), last, "Nghỉ phép", by=viewer(desk.person), at=NOON)

    half = {share.reviewer.id: len(share.essays) for share in desk.proposal().plan.shares}
    allocation.set_capacity(desk.lead, desk.drive.code, {desk.second.person_id: 0}, at=NOON)
    only = {share.reviewer.id: len(share.essays) for share in desk.proposal().plan.shares}

    assert half == {desk.first.person_id: 2, desk.second.person_id: 4}
    assert only == {desk.first.person_id: 6}
    assert audited("set_capacity")[0].after == {str(desk.second.person_id): 0}
    with pytest.raises(Refused, match="từ 0 đến 500"):
        allocation.set_capacity(desk.lead, desk.drive.code, {desk.second.person_id: 501}, at=NOON)


def test_the_plan_says_what_cannot_be_given_and_why(db):
    desk = Desk(texts=2)
    allocation.set_capacity(desk.lead, desk.drive.code, {desk.first.person_id: 0, desk.second.person_id: 0}, at=NOON)

    nobody = desk.proposal()
    allocation.set_capacity(desk.lead, desk.drive.code, {desk.first.person_id: 1}, at=NOON)
    tomorrow = allocation.propose(desk.lead, desk.drive, until=NOON.date(), seed=1)

    assert (nobody.left, nobody.plan.given) == ([(Why.NOBODY, 2)], 0)
    assert (tomorrow.left, tomorrow.plan.given) == ([(Why.FULL, 1)], 1)


def test_no_text_goes_to_its_author_or_where_forbidden_to_their_chief(db):
    desk = Desk(texts=0)
    people.appoint(desk.person, desk.union, Position.CHAIR, on=LONG_AGO)
    summoned(desk.person, desk.drive)
    own = a_handed_in_reflection(desk.person, desk.drive)
    officer = a_person("Lê Văn Cấp Dưới", of=desk.union, position=Position.OFFICER)
    summoned(officer, desk.drive)
    theirs = a_handed_in_reflection(officer, desk.drive)

    def plan() -> dict[int, set[int]]:
        return {share.reviewer.id: set(share.essays) for share in desk.proposal().plan.shares}

    assert plan()[desk.first.person_id] == {theirs.id}
    with transaction():
        database.session.get_one(Drive, desk.drive.id).forbids_direct = True
    assert plan() == {desk.first.person_id: set(), desk.second.person_id: {own.id, theirs.id}}
    with pytest.raises(Refused, match="không chấm"):
        moving.move(desk.lead, desk.drive.code, [own.id], of=None, to=[10**6], at=NOON)
    kept = desk.hand_over(own, theirs, to=desk.first.person_id)
    assert (kept.count, dict(kept.stayed)) == (0, {Why.CONFLICT: 2})


def test_direct_superiors_of_many_are_those_that_are_found_one_by_one(db):
    district = a_district()
    places: list[Unit] = [district, a_unit(under=district), a_unit(under=district)]
    everybody = [
        a_person(of=unit, position=position)
        for unit in places
        for position in (Position.CHAIR, Position.VICE_CHAIR, Position.OFFICER, Position.OFFICER)
    ]
    day = NOON.date()

    found = set(people_queries.direct_of([one.id for one in everybody], day))

    expected = {
        (one.id, other.id)
        for one in everybody
        for other in everybody
        if one != other and database.session.scalar(select(people_queries.is_direct(one.id, other.id, day)))
    }
    assert found == expected
    assert len(found) == 3 * (3 + 3 + 2 + 2) + 4


def test_only_whoever_leads_the_grading_gives_texts_out_and_only_in_their_units(db):
    desk = Desk()
    stranger = viewer(with_role(Role.GRADING_LEAD, a_district("Liên đoàn Lao động huyện Khác")))
    give = {"until": UNTIL, "seed": 1, "digest": desk.proposal().plan.digest(), "at": NOON}

    for one, error in ((desk.first, NotAllowed), (stranger, NotFound)):
        with pytest.raises(error):
            allocation.apply(one, desk.drive.code, **give)
        with pytest.raises(error):
            moving.move(one, desk.drive.code, None, of=None, to=[desk.first.person_id], at=NOON)
        with pytest.raises(error):
            allocation.set_capacity(one, desk.drive.code, {}, at=NOON)

    assert (open_work(), allocation.overviews(stranger)) == ({}, [])
    assert [(one.waiting, one.given) for one in allocation.overviews(desk.lead)] == [(4, 0)]


def test_planning_asks_the_same_however_many_texts_wait(db):
    desk = Desk(texts=1)
    with queries_counted() as few:
        desk.proposal()
    for n in range(5):
        desk.text(name=f"Lê Thị Thêm {n}")

    with queries_counted() as many:
        desk.proposal()

    assert len(few) == len(many)


# --- The queue --------------------------------------------------------------------------------------------------------


def test_ones_own_work_comes_first_then_what_is_nobodys_and_never_what_is_anothers(db):
    desk = Desk(texts=3)
    theirs, common, mine = desk.texts
    desk.hand_over(theirs, to=desk.second.person_id)
    desk.hand_over(mine, to=desk.first.person_id)

    assert queues.next_in_queue(desk.first) == mine.id
    grade(mine, desk.first)
    assert queues.next_in_queue(desk.first) == common.id
    grade(common, desk.first)
    assert queues.next_in_queue(desk.first) is None

    assert queues.given_to(desk.second) == 1
    rows = queues.rows(desk.first, [State.SUBMITTED])
    assert [(row.id, row.given_to) for row in rows] == [(theirs.id, "Trần Thị Hai")]
    assert queues.rows(desk.first, [State.SUBMITTED], wanted=queues.Filter(mine=True)) == []


def test_a_mark_ends_the_work_and_taking_it_back_brings_the_work_back(db):
    desk = Desk(texts=1)
    text = desk.texts[0]
    desk.hand_over(text, to=desk.first.person_id)

    row = grade(text, desk.first)
    assert (open_work(), endings()) == ({}, [Ending.DONE])
    services.take_back(row.id, by=desk.first, at=LATER)

    assert open_work() == {text.id: desk.first.person_id}


def test_a_mark_by_somebody_else_ends_the_work_too_and_says_so(db):
    desk = Desk(texts=1)
    desk.hand_over(desk.texts[0], to=desk.first.person_id)

    grade(desk.texts[0], desk.second)

    assert (open_work(), endings()) == ({}, [Ending.OTHERS])


def test_a_returned_text_comes_back_to_the_same_reviewer(db):
    desk = Desk(texts=1)
    text = desk.texts[0]
    desk.hand_over(text, to=desk.first.person_id)

    send_back(text, desk.first)
    assert (open_work(), queues.given_to(desk.first)) == ({text.id: desk.first.person_id}, 0)
    desk.rewrite(text)

    assert (queues.given_to(desk.first), queues.next_in_queue(desk.second)) == (1, None)


# --- Changing hands ---------------------------------------------------------------------------------------------------


def test_texts_are_moved_one_or_all_and_what_was_marked_stays(db):
    desk = Desk(texts=4)
    one, *rest = desk.texts
    desk.hand_over(*desk.texts, to=desk.first.person_id)
    grade(rest[0], desk.first)

    moved = desk.hand_over(one, of=desk.first.person_id, to=desk.second.person_id, at=LATER)
    again = desk.hand_over(one, of=desk.first.person_id, to=desk.second.person_id, at=LATER)
    everything = moving.move(desk.lead, desk.drive.code, None, of=desk.first.person_id, to=[], at=LATER)

    assert (moved.count, again.count, everything.count) == (1, 0, 2)
    assert open_work() == {one.id: desk.second.person_id}
    assert queries.essay_for(desk.second, rest[0].id).current.reviewer_id == desk.first.person_id
    told = "1 bài của “Đợt học tập mẫu” được chuyển cho người khác. Những gì đồng chí đã gõ vẫn được giữ."
    assert told in notices_of(desk.first.person_id)
    with pytest.raises(Refused, match="hàng chờ chung"):
        desk.hand_over(one)


def test_moving_to_several_spreads_evenly(db):
    desk = Desk(texts=4)
    to = [desk.first.person_id, desk.second.person_id]

    moving.move(desk.lead, desk.drive.code, None, of=None, to=to, at=NOON)

    assert sorted(list(open_work().values()).count(one) for one in to) == [2, 2]


def test_work_that_lies_untouched_returns_by_itself_once_and_is_logged(db):
    desk = Desk(texts=3)
    opened, typed, untouched = desk.texts
    desk.hand_over(*desk.texts, to=desk.first.person_id)
    day = NOON + timedelta(days=3)
    services.claim(opened.id, by=desk.first, at=day)
    services.keep_notes(typed.id, {}, "Đang đọc", [], 1, by=desk.first, at=day)

    before = moving.hand_back(at=NOON + timedelta(days=4))
    after = moving.hand_back(at=NOON + timedelta(days=5, minutes=1))
    again = moving.hand_back(at=NOON + timedelta(days=5, minutes=2))

    assert (before, after, again) == (0, 1, 0)
    assert open_work() == dict.fromkeys([opened.id, typed.id], desk.first.person_id)
    entry = audited("hand_back")[0]
    assert (entry.actor_id, entry.before["texts"], entry.reason) == (None, [untouched.id], "quá số ngày chưa mở")
    assert notices_of(desk.lead.person_id) == [
        "1 bài của “Đợt học tập mẫu” giao cho Trần Thị Một về hàng chờ chung (quá số ngày chưa mở)."
    ]
    with clock.stopped_at(NOON + timedelta(days=9)):
        jobs.run_all()
    assert open_work() == {}


@pytest.mark.parametrize("because", ["moved", "away"])
def test_open_work_of_somebody_who_leaves_returns_and_closed_work_stays(db, because):
    desk = Desk(texts=2)
    marked, waiting = desk.texts
    desk.hand_over(marked, waiting, to=desk.first.person_id)
    row = grade(marked, desk.first)
    services.keep_notes(waiting.id, {"noi-dung": "7"}, "Đang đọc", [], 1, by=desk.first, at=NOON)
    assert moving.hand_back(at=LATER) == 0
    if because == "moved":
        with transaction():
            people_queries.grants_of(desk.person.id)[0].valid_to = NOON.date() - timedelta(days=1)
    else:
        people.note_absence(desk.person, NOON.date(), UNTIL, "Nghỉ ốm", by=viewer(desk.person), at=NOON)

    count = moving.hand_back(at=LATER)

    assert (count, open_work()) == (1, {})
    assert endings() == [Ending.DONE, Ending.GONE if because == "moved" else Ending.AWAY]
    assert queries.essay_for(desk.second, marked.id).current.id == row.id
    assert queries.notes_of(desk.first, waiting.id).comment == "Đang đọc"
    assert queues.next_in_queue(desk.second) == waiting.id


# --- The pages --------------------------------------------------------------------------------------------------------


def test_a_lead_looks_at_the_plan_applies_it_and_moves_a_text_on(app, client):
    with app.app_context():
        desk = Desk(texts=3)
        first, second, code, text = desk.first.person_id, desk.second.person_id, desk.drive.code, desk.texts[0].id
    page = f"/grading/allocation/{code}"
    lead = signed_in(client, desk.leader)

    assert "3 bài chờ chấm chưa ở tay ai." in lead.get(page).text
    assert submit(lead, page, **{f"day-{first}": "20", f"day-{second}": "x"}).status_code == 422
    assert submit(lead, page, **{f"day-{first}": "20", f"day-{second}": "0"}).status_code == 302
    plan = lead.get(f"{page}/plan?until={UNTIL}&seed=4").text
    digest = plan.split('name="digest" value="')[1][:16]
    assert "Sẽ giao 3 bài cho 1 giám khảo" in plan
    assert submit(lead, f"{page}/plan", until=UNTIL, seed=4, digest="khac").status_code == 409
    assert submit(lead, f"{page}/plan", until=UNTIL, seed=4, digest=digest).status_code == 302
    assert "Mọi bài chờ chấm đều đã giao." in lead.get(page).text
    assert lead.get(f"{page}/texts?of={first}").text.count('name="text"') == 3
    assert submit(lead, f"{page}/texts", of=first, to=second).status_code == 409
    assert submit(lead, f"{page}/texts", of=first, text=text, to=second).status_code == 302

    with app.app_context():
        assert open_work()[text] == second
    reviewer = signed_in(app.test_client(), desk.person)
    assert "Được giao cho tôi (2)" in reviewer.get("/grading/").text
    assert reviewer.get("/grading/").text.count("Lê Thị Viết") == 2
    assert reviewer.get("/grading/?show=all").text.count("Lê Thị Viết") == 3
