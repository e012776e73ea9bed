"""Where handed-in texts go, and where they go on to when nobody there can grade."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.db import transaction
from lms.errors import NotFound, Refused
from lms.grading import queries as grading_queries
from lms.grading import services as grading
from lms.people import services as people
from lms.people.models import Person, Post, RoleGrant
from lms.people.queries import is_direct as asked
from lms.people.rules import Position, is_direct
from lms.reflections import destinations, routing
from lms.reflections.models import Reflection
from lms.units.models import Unit
from tests.factories import (
    NOON,
    a_district,
    a_drive,
    a_handed_in_reflection,
    a_learner,
    a_person,
    a_unit,
    an_organiser,
    viewer,
    with_role,
)
from tests.queries_counted import queries_counted

TODAY = date(2026, 11, 10)
LATER = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


@dataclass
class Place:
    """A union under a district, each with a reviewer, and a text handed in by the chair of the union."""

    district: Unit
    union: Unit
    above: Person
    here: Person
    author: Person
    text: Reflection

    @property
    def at(self) -> int | None:
        database.session.expire_all()
        return self.text.managing_unit_id

    def moves(self) -> list[tuple[int | None, int | None, str, int | None]]:
        return [(row.from_unit_id, row.to_unit_id, row.reason, row.by_id) for row in routing.trail_of(self.text.id)]


def a_place_of_grading(*, forbids_direct: bool = False) -> Place:
    district = a_district()
    union = a_unit(under=district)
    above, here = with_role(Role.REVIEWER, district), with_role(Role.REVIEWER, union)
    drive = a_drive(district)
    with transaction():
        drive.forbids_direct = forbids_direct
    author = a_learner(drive, union)
    return Place(district, union, above, here, author, a_handed_in_reflection(author, drive))


def away(person: Person, *, reason: str = "Nghỉ phép năm") -> int:
    return people.note_absence(person, TODAY, TODAY + timedelta(days=3), reason, by=viewer(person), at=NOON).id


def test_leave_sends_new_and_waiting_texts_upward_and_coming_back_draws_new_ones(db):
    place = a_place_of_grading()
    assert place.at == place.union.id

    leave = away(place.here)
    moved, again = routing.reroute_due(at=NOON), routing.reroute_due(at=NOON)

    assert (moved, again, place.at) == (1, 0, place.district.id)
    reason = "Không còn giám khảo nào ở đó chấm được bài này."
    assert place.moves() == [(place.union.id, place.district.id, reason, None)]
    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "reroute_reflection")).one()
    assert (entry.actor_id, entry.before, entry.after) == (None, {"unit": place.union.id}, {"unit": place.district.id})

    people.withdraw_absence(place.here, leave, by=viewer(place.here), at=NOON)
    assert (routing.reroute_due(at=NOON), place.at) == (0, place.district.id)


def test_a_text_nobody_can_grade_is_on_the_organisers_list_until_somebody_can(db):
    place = a_place_of_grading()
    away(place.here)
    for grant in database.session.scalars(select(RoleGrant).where(RoleGrant.person_id == place.above.id)).all():
        with transaction():
            grant.valid_to = TODAY - timedelta(days=1)
    organiser = an_organiser(place.text.summons.drive)

    assert (routing.reroute_due(at=NOON), place.at) == (1, None)
    (lost,) = routing.waiting(organiser, "dot-mau", placed=False)
    holders = routing.holders([lost.id])[lost.id]
    assert destinations.why_nowhere(holders, forbids_direct=False) == "Giám khảo ở mọi cấp đều vướng: đang nghỉ."
    assert routing.reroute_due(at=NOON) == 0

    with_role(Role.REVIEWER, place.district)
    assert (routing.reroute_due(at=NOON), place.at) == (1, place.district.id)
    assert routing.waiting(organiser, "dot-mau", placed=False) == []


def test_a_transfer_moves_what_waits_and_leaves_what_is_graded(db):
    place = a_place_of_grading()
    other = a_unit("Công đoàn Khác", under=place.district)
    with_role(Role.REVIEWER, other)
    colleague = a_learner(place.text.summons.drive, place.union)
    graded = a_handed_in_reflection(colleague, place.text.summons.drive)
    essay = grading_queries.essay_for(viewer(place.here), graded.id)
    scores = {criterion.id: Decimal(7) for criterion in essay.version.criteria()}
    grading.grade(essay, scores, "", by=viewer(place.here), at=NOON)

    for person in (place.author, colleague):
        people.appoint(person, other, Position.MEMBER, on=TODAY)

    assert (routing.reroute_due(at=NOON), place.at) == (1, other.id)
    assert graded.managing_unit_id == place.union.id
    assert place.moves() == [(place.union.id, other.id, "Người viết chuyển đơn vị.", None)]


def test_by_hand_with_a_reason_to_a_unit_that_can_and_the_worker_lets_it_lie(db):
    place = a_place_of_grading()
    organiser, stranger = an_organiser(place.text.summons.drive), viewer(with_role(Role.ORGANISER, a_district("Khác")))
    idle = a_unit("Không giám khảo", under=place.district)

    def move(by, to, reason="Giám khảo ở đó quá tải"):
        routing.reroute(by, "dot-mau", place.text.id, to.id, reason, at=NOON)

    with pytest.raises(NotFound):
        move(stranger, place.district)
    with pytest.raises(Refused):
        move(organiser, idle)
    with pytest.raises(Refused):
        move(organiser, place.district, "Bận")
    move(organiser, place.district)

    assert (routing.reroute_due(at=NOON), place.at) == (0, place.district.id)
    reason = "Giám khảo ở đó quá tải"
    assert place.moves() == [(place.union.id, place.district.id, reason, organiser.person_id)]


@pytest.mark.parametrize("is_blind", [True, False])
def test_an_organiser_who_grades_sees_no_names_of_what_they_grade_without_names(db, is_blind):
    place = a_place_of_grading()
    drive = place.text.summons.drive
    with transaction():
        drive.is_blind = is_blind
    organiser = with_role(Role.ORGANISER, place.district)
    seen = [row.id for row in routing.waiting(viewer(organiser), drive.code)]
    people.grant_role(organiser, Role.REVIEWER, place.district, by=None, on=date(2020, 1, 1))

    now = [row.id for row in routing.waiting(viewer(organiser), drive.code)]

    assert (seen, now) == ([place.text.id], [] if is_blind else [place.text.id])
    with transaction():
        place.text.managing_unit_id = None
    lost = routing.waiting(viewer(organiser), drive.code, placed=False)
    assert [row.id for row in lost] == [place.text.id]


def test_direct_superiors_and_subordinates_neither_get_nor_see_it_where_the_drive_forbids(db):
    place = a_place_of_grading(forbids_direct=True)

    assert place.at == place.district.id
    with pytest.raises(NotFound):
        grading_queries.essay_for(viewer(place.here), place.text.id)
    assert grading_queries.essay_for(viewer(place.above), place.text.id).author.id == place.author.id
    with transaction():
        place.text.summons.drive.forbids_direct = False
        place.text.managing_unit_id = place.union.id
    assert grading_queries.essay_for(viewer(place.here), place.text.id).author.id == place.author.id


@pytest.mark.parametrize("one", [Position.CHAIR, Position.VICE_CHAIR, Position.MEMBER])
def test_the_database_and_the_rule_agree_about_superiors(db, one):
    top = a_district()
    middle = a_unit(under=top)
    bottom = a_unit(under=middle)
    subject = a_person(of=middle, position=one)
    others = [
        a_person(of=unit, position=position)
        for unit in (top, middle, bottom)
        for position in (Position.CHAIR, Position.VICE_CHAIR, Position.OFFICER)
    ]

    for other in others:
        post = database.session.scalars(select(Post).where(Post.person_id == other.id)).one()
        same = post.unit_id == middle.id
        found = database.session.scalar(select(asked(subject.id, other.id, TODAY)))
        assert found == is_direct(one, post.position, same_unit=same, adjoining=not same)


def test_the_pure_rule_and_the_hand_in_agree(db):
    place = a_place_of_grading()
    for leave in (False, True):
        if leave:
            away(place.here)
        found = routing.holders([place.text.id])[place.text.id]
        routing.reroute_due(at=NOON)
        assert destinations.destination(found, forbids_direct=False) == place.at


def test_absences_are_entered_by_the_person_or_their_administrator_and_no_other(db):
    place = a_place_of_grading()
    admin, other = viewer(with_role(Role.UNIT_ADMIN, place.district)), viewer(place.above)

    with pytest.raises(NotFound):
        people.note_absence(place.here, TODAY, TODAY, "Nghỉ ốm", by=other, at=NOON)
    row = people.note_absence(place.here, TODAY, TODAY, "Nghỉ ốm", by=admin, at=NOON)
    with pytest.raises(NotFound):
        people.withdraw_absence(place.above, row.id, by=admin, at=NOON)
    with pytest.raises(Refused):
        people.note_absence(place.here, TODAY, TODAY - timedelta(days=1), "Nghỉ ốm", by=admin, at=NOON)


def test_the_lists_ask_the_same_number_of_questions_however_long_they_are(db):
    place = a_place_of_grading()
    organiser, drive = an_organiser(place.text.summons.drive), place.text.summons.drive

    def questions() -> int:
        with queries_counted() as asked:
            rows = routing.waiting(organiser, drive.code)
            routing.holders([row.id for row in rows])
        return len(asked)

    one = questions()
    for _ in range(2):
        a_handed_in_reflection(a_learner(drive, place.union), drive)
    assert questions() == one
