"""Every number is the length of the list of names behind it, and children sum to their parent."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lms import clock
from lms.access import Role
from lms.completion.rules import State
from lms.db import db as database
from lms.errors import NotFound
from lms.reports import queries
from lms.units import queries as units
from lms.units import services as unit_services
from tests.factories import NOON, a_district, a_drive, a_learner, a_person, a_unit, viewer, with_role
from tests.progress import a_busy_district, some_work
from tests.queries_counted import queries_counted
from tests.taken_back import taken_back


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


def test_every_number_of_every_unit_is_the_length_of_the_list_behind_it(db):
    busy = a_busy_district(learners=14)

    @given(seed=some.integers(0, 2**32))
    @settings(max_examples=4, deadline=None)
    def all_sums_agree(seed):
        with taken_back():
            some_work(Random(seed), share=0.97)
            for unit in busy.units:
                progress = queries.progress(busy.drive, unit, NOON)
                everybody = queries.names(busy.drive, unit, None, NOON)

                assert progress.total.assigned == len(everybody)
                for state in State:
                    names = queries.names(busy.drive, unit, state, NOON)
                    assert progress.total.of(state) == len(names)
                    assert names == [(learner, where) for learner, where in everybody if where.state is state]
                below = [queries.progress(busy.drive, child, NOON).total for child, _ in progress.children]
                assert [tally for _, tally in progress.children] == below
                own = [learner for learner, _ in everybody if learner.unit_id == unit.id]
                assert progress.own.assigned == len(own)
                assert progress.total.assigned == len(own) + sum(tally.assigned for tally in below)

    all_sums_agree()


def test_people_are_counted_where_their_unit_stands_today(db):
    district, neighbour = a_district(), a_district("Liên đoàn Lao động huyện Bên")
    school = a_unit(under=district)
    drive = a_drive(district)
    a_learner(drive, school)
    assert queries.progress(drive, district, NOON).total.assigned == 1

    unit_services.move_unit(school, neighbour, on=clock.today())
    unit_services.rebuild_closure()

    assert queries.progress(drive, district, NOON).total.assigned == 0
    assert queries.progress(drive, neighbour, NOON).total.assigned == 1


def test_names_come_by_unit_and_given_name_in_vietnamese_order(db):
    district = a_district()
    drive, an, dan = (
        a_drive(district),
        a_unit("Công đoàn Ân Thi", under=district),
        a_unit("Công đoàn An", under=district),
    )
    for unit, name in ((an, "Lê Văn Đức"), (an, "Vũ Thị Ánh"), (dan, "Trần Văn Bình"), (an, "Hồ Thị An")):
        a_learner(drive, unit, name=name)

    names = queries.names(drive, district, None, NOON)

    assert [(learner.unit, learner.name) for learner, _ in names] == [
        ("Công đoàn An", "Trần Văn Bình"),
        ("Công đoàn Ân Thi", "Hồ Thị An"),
        ("Công đoàn Ân Thi", "Vũ Thị Ánh"),
        ("Công đoàn Ân Thi", "Lê Văn Đức"),
    ]


def test_a_leader_sees_the_units_below_and_the_drives_that_reach_them(db):
    district, neighbour = a_district(), a_district("Liên đoàn Lao động huyện Bên")
    school, other = a_unit("Trường Một", under=district), a_unit("Trường Hai", under=district)
    drive, theirs = a_drive(district), a_drive(neighbour, code="dot-ben")
    a_learner(drive, school)
    a_learner(theirs, neighbour)
    head, leader = viewer(with_role(Role.LEADER, school)), viewer(with_role(Role.LEADER, district))

    def sees(who, code, unit) -> bool:
        try:
            return queries.place_for(who, code, unit.id) == (drive, unit)
        except NotFound:
            return False

    assert [sees(leader, "dot-mau", unit) for unit in (district, school, other, neighbour)] == [True, True, True, False]
    assert [sees(head, "dot-mau", unit) for unit in (district, school, other, neighbour)] == [False, True, False, False]
    assert not sees(leader, "khong-co", district)
    assert not sees(leader, "dot-ben", district)
    assert not sees(viewer(a_person(of=school)), "dot-mau", school)
    assert [unit.id for unit in queries.roots_of(head)] == [school.id]
    assert [one.code for one in database.session.scalars(queries.drives_of(head))] == ["dot-mau"]


def test_the_numbers_of_one_learner_and_of_twenty_take_as_many_queries(db):
    busy = a_busy_district(learners=20)
    some_work(Random(7))
    small = busy.units[-1]
    assert len(queries.names(busy.drive, busy.district, None, NOON)) > 5 * len(
        queries.names(busy.drive, small, None, NOON)
    )

    with queries_counted() as for_few:
        queries.progress(busy.drive, small, NOON)
        queries.names(busy.drive, small, None, NOON)
    with queries_counted() as for_all:
        queries.progress(busy.drive, busy.district, NOON)
        queries.names(busy.drive, busy.district, None, NOON)

    assert len(for_few) == len(for_all) == 6


def test_every_unit_below_is_mapped_to_the_child_it_hangs_on(db):
    busy = a_busy_district(learners=1)
    day = clock.today()

    for child in database.session.scalars(units.children(busy.district.id, day)):
        below = set(database.session.scalars(units.subtree([child.id], day)))
        through = queries.completion.child_of_each(busy.district.id, day)
        assert {unit for unit, over in through.items() if over == child.id} == below
