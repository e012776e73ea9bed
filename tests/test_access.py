"""The policy written out, and lists that show exactly what the policy allows."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from lms import access, clock
from lms.access import ROLE_NAMES, ROLES_FOR, Action, Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.drives import queries as drives
from lms.drives.models import Drive
from lms.errors import NotAllowed, NotFound, Refused
from lms.grading import queries as grading
from lms.grading import queues, releasing, services
from lms.people import queries as people_queries
from lms.people import services as people
from lms.people.models import Person, RoleGrant
from lms.people.viewer import SignedIn
from lms.reflections import services as reflections
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from lms.reports import queries as reports
from lms.units import services as units
from lms.units.models import Unit
from tests.factories import (
    LONG_AGO,
    NOON,
    TEXTS,
    a_drive,
    a_handed_in_reflection,
    a_learner,
    a_person,
    a_unit,
    viewer,
    with_role,
)

POLICY = """
                 system_admin unit_admin organiser author content_reviewer reviewer grading_lead leader auditor
see_progress     -            yes        yes       -      -                -        -            yes    -
manage_people    yes          yes        -         -      -                -        -            -      -
grant_roles      yes          yes        -         -      -                -        -            -      -
organise_drives  -            -          yes       -      -                -        -            -      -
give_allowances  -            yes        yes       -      -                -        -            -      -
see_timelines    -            -          yes       -      -                -        -            -      yes
see_content      -            -          yes       yes    yes              -        -            -      -
edit_content     -            -          -         yes    -                -        -            -      -
approve_content  -            -          -         -      yes              -        -            -      -
grade            -            -          -         -      -                yes      yes          -      -
mark_answers     -            -          yes       -      -                yes      yes          -      -
release          -            -          -         -      -                -        yes          -      -
allocate         -            -          -         -      -                -        yes          -      -
unmask           -            -          -         -      -                -        yes          -      -
route            -            -          yes       -      -                -        yes          -      -
enter_on_behalf  -            yes        yes       -      -                -        -            yes    -
read_audit       -            -          -         -      -                -        -            -      yes
"""

TODAY = NOON.date()
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


def the_policy() -> dict[tuple[Role, Action], bool]:
    head, *lines = POLICY.strip().splitlines()
    roles = [Role(name) for name in head.split()]
    return {
        (role, Action(action)): word == "yes"
        for action, *words in map(str.split, lines)
        for role, word in zip(roles, words, strict=True)
    }


def holding(*grants: tuple[Role, Unit]) -> SignedIn:
    """A stranger to everybody who holds just these roles today."""
    nobody = SignedIn("", 0, 0, 0, "", "", NOON, must_choose_password=False, grants=())
    return replace(nobody, grants=tuple((role, unit.id) for role, unit in grants))


@dataclass
class Places:
    """A province with two districts, and a school under the first."""

    province: Unit
    district: Unit
    neighbour: Unit
    school: Unit

    def all(self) -> list[Unit]:
        return [self.province, self.district, self.neighbour, self.school]


@pytest.fixture
def places(db) -> Places:
    province = a_unit("Liên đoàn Lao động tỉnh Mẫu", kind="provincial_federation")
    district = a_unit("Liên đoàn Lao động huyện Mẫu", kind="district_federation", under=province)
    neighbour = a_unit("Liên đoàn Lao động huyện Bên", kind="district_federation", under=province)
    return Places(province, district, neighbour, a_unit("Công đoàn Trường Mẫu", under=district))


def every_viewer(places: Places) -> list[SignedIn]:
    """Each role over each unit, all roles in one hand, two roles in different units, and nobody."""
    alone = [holding((role, unit)) for role in Role for unit in places.all()]
    together = holding(*((role, places.district) for role in Role))
    apart = holding((Role.REVIEWER, places.school), (Role.ORGANISER, places.neighbour), (Role.LEADER, places.school))
    return [*alone, together, apart, holding()]


def test_each_role_may_do_what_is_written_down_in_its_unit_and_under_it(places):
    policy = the_policy()
    roles = {role: holding((role, places.district)) for role in Role}

    allowed = {
        (role, action): [access.may(one, action, unit.id) for unit in places.all()]
        for role, one in roles.items()
        for action in Action
    }
    anywhere = {(role, action): access.may(one, action) for role, one in roles.items() for action in Action}

    assert allowed == {key: [False, yes, False, yes] for key, yes in policy.items()}
    assert anywhere == policy


def test_without_a_role_nothing_is_allowed(places):
    for action in Action:
        assert not access.may(holding(), action)
        assert not access.may(holding(), action, places.school.id)
        with pytest.raises(NotAllowed):
            access.require(holding(), action, places.school.id)


def test_every_role_has_a_name_and_every_action_a_role():
    assert set(ROLE_NAMES) == set(Role)
    assert set(ROLES_FOR) == set(Action)
    assert all(ROLES_FOR.values())


@pytest.mark.parametrize(
    ("since", "until", "holds"),
    [
        (LONG_AGO, YESTERDAY, False),
        (LONG_AGO, TODAY, True),
        (TODAY, TODAY, True),
        (TOMORROW, TOMORROW, False),
    ],
    ids=["ended yesterday", "ends today", "begins and ends today", "begins tomorrow"],
)
def test_a_role_holds_from_its_first_to_its_last_day(places, since, until, holds):
    person = a_person(of=places.district)
    other = with_role(Role.REVIEWER, places.district)
    people.grant_role(person, Role.ORGANISER, places.district, by=None, on=since, until=until)

    assert access.may(viewer(person), Action.ORGANISE_DRIVES, places.school.id) is holds
    assert not access.may(viewer(other), Action.ORGANISE_DRIVES, places.school.id)


def test_a_role_over_a_unit_follows_the_unit_when_it_moves(places):
    one = holding((Role.LEADER, places.district))
    assert access.may(one, Action.SEE_PROGRESS, places.school.id)

    units.move_unit(places.school, places.neighbour, on=TODAY)
    units.rebuild_closure()

    assert not access.may(one, Action.SEE_PROGRESS, places.school.id)
    assert access.may(holding((Role.LEADER, places.neighbour)), Action.SEE_PROGRESS, places.school.id)


def test_the_list_of_people_is_whom_the_policy_lets_one_administer(places):
    for unit in places.all():
        a_person(of=unit)
    a_person("Người không có chức vụ")
    gone = a_person("Người đã thôi chức vụ", of=places.school)
    people.end_post(gone.posts[0], last_day=YESTERDAY)
    in_two = a_person("Người có hai chức vụ", of=places.neighbour)
    people.appoint(in_two, places.school, in_two.posts[0].position, on=LONG_AGO, is_main=False)
    database.session.expire_all()
    everybody = list(database.session.scalars(select(Person)))

    for one in every_viewer(places):
        listed = set(database.session.scalars(people_queries.visible_to(one)))
        allowed = {
            person
            for person in everybody
            for post in person.posts
            if post.valid_to >= TODAY and access.may(one, Action.MANAGE_PEOPLE, post.unit_id)
        }
        assert listed == allowed, one.grants
        assert {person for person in everybody if found(people_queries.person_for, one, person.id)} == allowed


def found(look_up, *asked) -> bool:
    """Whether a look-up finds something, for a viewer, or says that there is no such thing."""
    try:
        look_up(*asked)
    except NotFound:
        return False
    return True


def test_the_list_of_drives_is_what_the_policy_lets_one_organise(places):
    for unit in places.all():
        a_drive(unit, code=f"dot-{unit.id}")
    all_drives = list(database.session.scalars(select(Drive)))

    for one in every_viewer(places):
        listed = set(database.session.scalars(drives.organised_by(one)))
        allowed = {drive for drive in all_drives if access.may(one, Action.ORGANISE_DRIVES, drive.unit_id)}
        assert listed == allowed, one.grants
        assert {drive for drive in all_drives if found(drives.drive_for_organiser, one, drive.code)} == allowed


def test_progress_is_shown_of_the_units_and_drives_that_the_list_of_reports_offers(places):
    with_people = a_drive(places.district, code="dot-huyen")
    a_learner(with_people, places.school)
    a_drive(places.neighbour, code="dot-ben")
    a_learner(a_drive(places.province, code="dot-tinh"), places.neighbour)
    codes = ["dot-huyen", "dot-ben", "dot-tinh"]

    for one in every_viewer(places):
        offered = {drive.code for drive in database.session.scalars(reports.drives_of(one))}
        seen = {unit.id for unit in places.all() if access.may(one, Action.SEE_PROGRESS, unit.id)}
        shown = {
            (code, unit.id) for code in codes for unit in places.all() if found(reports.place_for, one, code, unit.id)
        }
        assert shown == {(code, unit) for code in offered for unit in seen}, one.grants

    of_the_school = reports.drives_of(holding((Role.LEADER, places.school)))
    assert [drive.code for drive in database.session.scalars(of_the_school)] == ["dot-huyen"]


def reflections_in_every_state(places: Places) -> list[Reflection]:
    """Handed in to each unit, to nobody, graded, returned for rewriting, and a draft."""
    drive = a_drive(places.province)
    a_handed_in_reflection(a_learner(drive, places.neighbour), drive)
    reviewer = with_role(Role.REVIEWER, places.province)
    for unit in (places.district, places.neighbour):
        with_role(Role.GRADING_LEAD, unit)
    for unit in places.all():
        a_handed_in_reflection(a_learner(drive, unit), drive)
    graded = essay(a_handed_in_reflection(a_learner(drive, places.district), drive), reviewer)
    scores = {criterion.id: Decimal(8) for criterion in graded.version.criteria()}
    services.grade(graded, scores, "", by=viewer(reviewer), at=NOON)
    returned = essay(a_handed_in_reflection(a_learner(drive, places.district), drive), reviewer)
    services.return_for_rewriting(returned, "Cần viết rõ hơn.", by=viewer(reviewer), at=NOON)
    reflections.save(viewer(a_learner(drive, places.district)), drive.code, TEXTS, 0, at=NOON)
    return list(database.session.scalars(select(Reflection).order_by(Reflection.id)))


def essay(reflection: Reflection, reviewer: Person) -> grading.Essay:
    return grading.essay_for(viewer(reviewer), reflection.id)


def test_the_list_of_essays_is_what_the_policy_lets_one_grade_and_never_ones_own(places):
    everything = reflections_in_every_state(places)
    readable = [State.SUBMITTED, State.GRADED, State.RELEASED]
    authors = [
        replace(holding((Role.GRADING_LEAD, places.province)), person_id=reflection.summons.person_id)
        for reflection in everything
    ]
    assert [(reflection.managing_unit_id, reflection.state.value) for reflection in everything] == [
        (None, "submitted"),
        (places.province.id, "submitted"),
        (places.district.id, "submitted"),
        (places.neighbour.id, "submitted"),
        (places.district.id, "submitted"),
        (places.district.id, "graded"),
        (places.district.id, "returned"),
        (None, "draft"),
    ]

    viewers = [one for one in every_viewer(places) if access.may(one, Action.GRADE)]
    for one in [*viewers, *authors, holding((Role.LEADER, places.province)), holding()]:
        for action in (Action.GRADE, Action.RELEASE):
            allowed = {
                reflection.id
                for reflection in everything
                if reflection.managing_unit_id is not None
                and reflection.state in readable
                and access.may(one, action, reflection.managing_unit_id)
                and reflection.summons.person_id != one.person_id
            }
            listed = {row.id for row in queues.rows(one, readable, action)}
            opened = {
                reflection.id for reflection in everything if found(grading.essay_for, one, reflection.id, action)
            }
            assert (listed, opened) == (allowed, allowed), (one.grants, action)
        may_release = {row.id for row in releasing.releasable(one)}
        assert may_release == {row.id for row in queues.rows(one, [State.GRADED], Action.RELEASE)}


def granted(person: Person) -> set[tuple[Role, int]]:
    return {(grant.role, grant.unit_id) for grant in people_queries.grants_of(person.id)}


def succeeds(service, *given, **named) -> bool:
    """Whether a service does its work, or says that it is not allowed."""
    try:
        service(*given, **named)
    except NotAllowed:
        return False
    return True


def test_nobody_grants_more_than_their_own_office(places):
    person = a_person(of=places.school)
    everything = set(Role)

    for office in Role:
        by = viewer(with_role(office, places.district))
        given = {role for role in Role if succeeds(people.grant_role, person, role, places.school, by=by, on=TODAY)}
        assert granted(person) == {(role, places.school.id) for role in given}
        assert given == {
            Role.SYSTEM_ADMIN: everything,
            Role.UNIT_ADMIN: everything - {Role.SYSTEM_ADMIN, Role.AUDITOR},
        }.get(office, set()), office
        for grant in people_queries.grants_of(person.id):
            people.end_role(grant, by=holding((Role.SYSTEM_ADMIN, places.province)), on=TODAY)


@pytest.mark.parametrize("office", [Role.UNIT_ADMIN, Role.SYSTEM_ADMIN])
def test_nobody_grants_or_ends_a_role_outside_their_own_subtree(places, office):
    by, person = viewer(with_role(office, places.district)), a_person(of=places.school)

    given = [succeeds(people.grant_role, person, Role.LEADER, unit, by=by, on=TODAY) for unit in places.all()]

    assert given == [False, True, False, True]
    assert granted(person) == {(Role.LEADER, places.district.id), (Role.LEADER, places.school.id)}

    other = a_person(of=places.school)
    for unit in places.all():
        people.grant_role(other, Role.LEADER, unit, by=None, on=LONG_AGO)
    ended = [succeeds(people.end_role, grant, by=by, on=TODAY) for grant in grants_by_unit(other, places)]

    assert ended == [False, True, False, True]
    assert granted(other) == {(Role.LEADER, places.province.id), (Role.LEADER, places.neighbour.id)}


def grants_by_unit(person: Person, places: Places) -> list[RoleGrant]:
    grants = {grant.unit_id: grant for grant in people_queries.grants_of(person.id)}
    return [grants[unit.id] for unit in places.all()]


def test_a_unit_administrator_ends_neither_system_administrators_nor_auditors(places):
    by = viewer(with_role(Role.UNIT_ADMIN, places.district))
    officers = {role: with_role(role, places.district) for role in Role}

    ended = {
        role
        for role, person in officers.items()
        for grant in people_queries.grants_of(person.id)
        if succeeds(people.end_role, grant, by=by, on=TODAY)
    }

    assert ended == set(Role) - {Role.SYSTEM_ADMIN, Role.AUDITOR}
    assert {role for role, person in officers.items() if granted(person)} == {Role.SYSTEM_ADMIN, Role.AUDITOR}
    entries = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "end_role")).all()
    assert {(entry.actor_id, (entry.before or {})["role"]) for entry in entries} == {
        (by.person_id, role.value) for role in ended
    }


def test_a_role_that_has_ended_does_not_end_again(places):
    by = viewer(with_role(Role.UNIT_ADMIN, places.district))
    person = with_role(Role.LEADER, places.school)
    grant = people_queries.grants_of(person.id)[0]
    people.end_role(grant, by=by, on=TODAY - timedelta(days=30))

    with pytest.raises(Refused):
        people.end_role(grant, by=by, on=TODAY)

    assert grant.valid_to == TODAY - timedelta(days=31)


def test_a_code_opens_no_office_that_its_issuer_could_not_grant(places):
    """Whoever has the code is the person: issuing one to an auditor would make an auditor."""
    unit_admin = viewer(with_role(Role.UNIT_ADMIN, places.district))
    system_admin = viewer(with_role(Role.SYSTEM_ADMIN, places.province))
    offices = (Role.UNIT_ADMIN, Role.SYSTEM_ADMIN, Role.AUDITOR)
    officers = {role: with_role(role, places.district) for role in offices}
    member, had_been = a_person(of=places.school), a_person(of=places.school)
    above, beside, soon = (a_person(of=places.school) for _ in range(3))
    people.grant_role(had_been, Role.AUDITOR, places.district, by=None, on=LONG_AGO, until=YESTERDAY)
    people.grant_role(above, Role.LEADER, places.province, by=None, on=LONG_AGO)
    people.grant_role(beside, Role.LEADER, places.neighbour, by=None, on=LONG_AGO)
    people.grant_role(soon, Role.AUDITOR, places.district, by=None, on=TOMORROW)
    everybody = [*officers.values(), member, had_been, above, beside, soon]
    closed = [officers[Role.SYSTEM_ADMIN], officers[Role.AUDITOR], above, beside, soon]

    refused = [one for one in everybody if not succeeds(people.issue_code, one, by=unit_admin, at=NOON, days=14)]
    without_code = [one for one in everybody if one.account and one.account.code_hash is None]

    assert refused == without_code == closed
    assert all(succeeds(people.issue_code, one, by=system_admin, at=NOON, days=14) for one in closed)
