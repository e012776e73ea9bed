"""Late or not, a later day, no reflection at all: who gets it, what counts, and what the pages say about it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.completion import queries as completion
from lms.completion.rules import Demand, Facts, State, standing
from lms.db import db as database
from lms.db import transaction
from lms.drives import queries as drive_queries
from lms.drives import services as drive_services
from lms.drives.rules import Rating
from lms.errors import NotAllowed, Refused
from lms.people.models import Person
from lms.reflections import dispensations, queries, services
from lms.reflections import rules as reflection_rules
from lms.reflections.deadlines import Deadline, Given, Kind, deadline, refusal_of_dispensation
from lms.reflections.dispensations import Wish
from lms.reflections.models import Reflection
from lms.units.models import Unit
from lms.vietnamese import end_of_day
from tests.factories import (
    NOON,
    PASSWORD,
    TEXTS,
    a_district,
    a_drive,
    a_learner,
    a_plan,
    a_unit,
    an_organiser,
    summoned,
    viewer,
    with_role,
)
from tests.pages import submit

DAY, SECOND, TICK = timedelta(days=1), timedelta(seconds=1), timedelta(microseconds=1)
DUE = end_of_day(date(2026, 11, 20))
LATE = end_of_day(date(2026, 11, 24))
EXTENDED = end_of_day(date(2026, 11, 28))
days = st.none() | st.integers(-3, 30).map(lambda n: DUE + n * DAY)
gifts = st.lists(st.builds(Given, until=days, reason=st.sampled_from(["Đi công tác", "Mưa lũ"])), max_size=3)


# --- The rules --------------------------------------------------------------------------------------------------------


@given(gifts, days, days, st.integers(0, 600))
def test_of_many_days_the_latest_holds_and_no_gift_ever_takes_away(given, late, rewrite_by, grace):
    late = late and max(late, DUE)
    whole = deadline(DUE, grace, late, rewrite_by, given)

    days = [DUE, *(one.until for one in given if one.until), *([rewrite_by] if rewrite_by else [])]
    assert whole.due_at == max(days)
    assert not whole.is_late(whole.due_at + timedelta(seconds=grace))
    assert whole.is_late(whole.due_at + timedelta(seconds=grace) + TICK)
    assert (whole.refusal(whole.last_at), bool(whole.refusal(whole.last_at + TICK))) == (None, True)
    for one in range(len(given)):
        assert deadline(DUE, grace, late, rewrite_by, given[:one] + given[one + 1 :]).last_at <= whole.last_at
    assert bool(whole.exempt_because) == any(one.until is None for one in given)


@pytest.mark.parametrize(
    ("late_until", "second", "is_late", "is_taken"),
    [(None, 0, False, True), (None, 60, False, True), (None, 61, True, False), (LATE, 61, True, True)],
)
def test_the_grace_makes_nothing_late_and_a_drive_decides_what_comes_after_it(late_until, second, is_late, is_taken):
    held = Deadline(DUE, timedelta(seconds=60), late_until)
    moment = DUE + second * SECOND

    assert (held.is_late(moment), held.refusal(moment) is None) == (is_late, is_taken)


def test_the_refusal_names_the_day_and_says_that_nothing_is_lost():
    assert Deadline(DUE).refusal(DUE + SECOND) == (
        "Đã hết hạn nộp bài (hết ngày 20/11/2026). Bài vẫn được giữ nguyên, không mất chữ nào; "
        "đồng chí liên hệ ban tổ chức để xin gia hạn."
    )


@pytest.mark.parametrize(
    ("kind", "until", "reason", "because"),
    [
        (Kind.EXTENSION, EXTENDED, "Đi công tác", None),
        (Kind.EXEMPTION, None, "Nghỉ thai sản", None),
        (Kind.EXTENSION, EXTENDED, "Bận", "ghi rõ lý do"),
        (Kind.EXTENSION, None, "Đi công tác", "ghi ngày"),
        (Kind.EXTENSION, DUE, "Đi công tác", "sau hạn chung"),
        (Kind.EXTENSION, DUE + 400 * DAY, "Đi công tác", "nhiều nhất 366 ngày"),
        (Kind.EXEMPTION, EXTENDED, "Nghỉ thai sản", "không ghi ngày"),
    ],
)
def test_what_is_given_makes_sense(kind, until, reason, because):
    refusal = refusal_of_dispensation(kind, until, reason, DUE, NOON)

    assert because in refusal if because else refusal is None


@given(
    st.sampled_from([None, *reflection_rules.State]),
    st.none() | st.sampled_from(Rating),
    st.integers(0, 1),
    st.integers(-40, 40),
)
def test_who_is_exempt_never_counts_as_done_for_that_and_lacks_no_reflection(reflection, rating, lessons, day):
    demand = Demand(1, 0, 0, reflection=True, least_rating=Rating.AVERAGE, due_at=DUE)
    if reflection is not reflection_rules.State.RELEASED:
        rating = None
    facts = Facts(lessons, 0, 0, reflection, rating)
    plain, exempt = (standing(demand, one, DUE + day * DAY) for one in (facts, replace(facts, is_exempt=True)))

    assert exempt.state is not State.DONE or plain.state is State.DONE
    assert {lack for lack, _n in exempt.lacks} <= {"lessons"}
    assert (plain.state is State.DONE) == (exempt.state is State.DONE)
    assert (exempt.state is State.EXEMPT) <= (lessons == 1)


def test_an_extension_moves_the_day_from_which_somebody_is_overdue():
    demand = Demand(0, 0, 0, reflection=True, least_rating=Rating.AVERAGE, due_at=DUE)
    facts = Facts(0, 0, 0, None, None)

    assert standing(demand, facts, DUE + TICK).state is State.OVERDUE
    assert standing(demand, replace(facts, extended_to=EXTENDED), EXTENDED).state is State.OPEN
    assert standing(demand, replace(facts, extended_to=EXTENDED), EXTENDED + TICK).state is State.OVERDUE


# --- Giving it and handing in -----------------------------------------------------------------------------------------


class Place:
    """A drive whose day has come, a learner in a school, and one in another."""

    def __init__(self, late_until=None) -> None:
        self.district = a_district()
        self.school = a_unit("Công đoàn Trường Mẫu", under=self.district)
        self.drive = a_drive(self.district)
        organiser = an_organiser(self.drive)
        plan = replace(
            a_plan(self.drive.modules[0].version), reflection_due_at=DUE, late_until=late_until, grace_seconds=60
        )
        drive_services.change_drive(self.drive, plan, by=organiser)
        self.organiser = organiser
        self.learner = a_learner(self.drive, self.school, password=PASSWORD)
        self.other = a_learner(self.drive, self.district)

    def write(self, who: Person | None = None) -> int:
        return services.save(viewer(who or self.learner), self.drive.code, TEXTS, 0, at=NOON).number

    def hand_in(self, at, who: Person | None = None) -> Reflection:
        return services.hand_in(viewer(who or self.learner), self.drive.code, number=1, at=at)

    def give(self, kind=Kind.EXTENSION, until=EXTENDED, token="t", at=NOON, **whom):
        wish = Wish(kind, until, "Đi công tác dài ngày", **(whom or {"unit": self.school}))
        return dispensations.give(self.drive, wish, token=token, by=self.organiser, at=at)

    def state_of(self, who: Person, at) -> State:
        row = drive_queries.summons_for(viewer(who), self.drive.code)
        return standing(completion.demand_of(self.drive), completion.learner(row, at).facts, at).state


def test_one_second_late_is_told_clearly_loses_nothing_and_an_extension_heals_it(db):
    place = Place()
    place.write()

    with pytest.raises(Refused, match="Bài vẫn được giữ nguyên, không mất chữ nào"):
        place.hand_in(DUE + 61 * SECOND)
    assert queries.desk_for(viewer(place.learner), place.drive.code).texts == TEXTS
    assert not place.hand_in(DUE + 60 * SECOND).is_late


def test_a_drive_takes_late_texts_and_calls_them_late_until_an_extension_covers_them(db):
    place = Place(late_until=LATE)
    for who in (place.learner, place.other):
        place.write(who)

    rows = [place.hand_in(LATE, who) for who in (place.learner, place.other)]
    assert [row.is_late for row in rows] == [True, True]
    place.give(at=LATE)
    for row in rows:
        database.session.refresh(row)

    assert [row.is_late for row in rows] == [False, True]


def test_an_extension_reaches_all_under_the_unit_and_ends_when_it_is_withdrawn(db):
    place = Place()
    for who in (place.learner, place.other):
        place.write(who)
    with clock.stopped_at(NOON):
        row = place.give()
        assert place.give() is row
        assert [place.state_of(who, DUE + DAY) for who in (place.learner, place.other)] == [State.OPEN, State.OVERDUE]

        with pytest.raises(Refused, match="Đã hết hạn"):
            place.hand_in(DUE + DAY, place.other)
        dispensations.withdraw(row, place.drive, by=place.organiser, at=NOON, because="Ghi nhầm")
        with pytest.raises(Refused, match="Đã hết hạn"):
            place.hand_in(DUE + DAY)
        place.give(token="again", person=place.learner)
        assert not place.hand_in(DUE + DAY).is_late

    count = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "dispense")
    assert database.session.scalar(count) == 2


def test_who_is_exempt_is_counted_apart(db):
    place = Place()
    with transaction():
        place.drive.needs_lessons = place.drive.needs_quizzes = False
    with clock.stopped_at(NOON):
        place.give(Kind.EXEMPTION, None, person=place.other)

        assert [place.state_of(who, DUE + DAY) for who in (place.learner, place.other)] == [State.OVERDUE, State.EXEMPT]
        given = dispensations.given_to(drive_queries.summons_for(viewer(place.other), "dot-mau").id, clock.today())
        assert given == [Given(None, "Đi công tác dài ngày")]


def test_only_organisers_of_the_drive_give_and_nobody_to_themselves(db):
    place = Place()
    stranger = viewer(with_role(Role.ORGANISER, a_district("Liên đoàn Lao động huyện Bên")))
    wish = Wish(Kind.EXTENSION, EXTENDED, "Đi công tác", unit=place.school)

    with pytest.raises(NotAllowed):
        dispensations.give(place.drive, wish, token="t", by=stranger, at=NOON)
    themselves = Wish(
        Kind.EXEMPTION, None, "Đi công tác", person=database.session.get(Person, place.organiser.person_id)
    )
    with pytest.raises(Refused, match="không tự gia hạn"):
        dispensations.give(place.drive, themselves, token="t", by=place.organiser, at=NOON)
    with pytest.raises(Refused, match="chỉ một trong hai"):
        dispensations.give(place.drive, replace(wish, unit=None), token="t", by=place.organiser, at=NOON)


def test_no_organiser_is_exempt_with_their_own_unit(db):
    place = Place()
    organiser = with_role(Role.ORGANISER, place.drive.unit)
    summoned(organiser, place.drive)
    unit_id = drive_queries.summons_for(viewer(organiser), "dot-mau").unit_id
    own = Wish(Kind.EXEMPTION, None, "Đi công tác", unit=database.session.get_one(Unit, unit_id))

    with pytest.raises(Refused, match="không tự gia hạn"):
        dispensations.give(place.drive, own, token="t", by=viewer(organiser), at=NOON)


def test_the_organiser_checks_a_sentence_first_and_the_learner_reads_the_reason(app: Flask) -> None:
    with app.app_context(), clock.stopped_at(NOON):
        place = Place()
        place.write()
        people = (with_role(Role.ORGANISER, place.district, password=PASSWORD), place.learner)
        names = [person.account.username for person in people if person.account]
        code, unit_code = place.drive.code, place.school.code
    form = {"form_token": "t", "unit_code": unit_code, "kind": "extension", "until": "2026-11-28"}
    path, write = f"/reflections/{code}/dispensations", f"/reflections/{code}/"
    desk, learner = app.test_client(), app.test_client()

    with clock.stopped_at(NOON):
        for client, name in zip((desk, learner), names, strict=True):
            submit(client, "/people/sign-in", username=name, secret=PASSWORD)
        checked = submit(desk, path, **form, reason="Mưa lũ kéo dài", step="check")
        assert "1 người thuộc Công đoàn Trường Mẫu được nộp bài thu hoạch đến hết ngày 28/11/2026." in checked.text
        assert "Chưa gia hạn hay miễn cho ai" in desk.get(path).text
        assert submit(desk, path, **form, reason="Mưa lũ kéo dài", step="save").status_code == 302
        assert "Mưa lũ kéo dài" in desk.get(path).text
        for page in ("/", write):
            assert "gia hạn nộp bài" in learner.get(page).text
            assert "Mưa lũ kéo dài" in learner.get(page).text
    with clock.stopped_at(EXTENDED + DAY):
        submit(learner, "/people/sign-in", username=names[1], secret=PASSWORD)
        refused = submit(learner, f"{write}hand-in", commitment=1, number=1)
        assert refused.status_code == 409
        assert "Đã hết hạn nộp bài (hết ngày 28/11/2026)." in refused.text
        assert TEXTS["lien-he"] in refused.text
