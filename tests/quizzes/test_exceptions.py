"""More time, another attempt, a later end: who gets it, what wins, and what the pages say about it."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.content import services as content
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.errors import NotAllowed, NotFound, Refused
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.quizzes import queries, rules, services
from lms.quizzes.models import Allowance, Attempt, QuizException
from lms.quizzes.rules import GRACE, Extra
from lms.quizzes.services import Gift, Share
from lms.units.models import Unit
from lms.vietnamese import end_of_day
from tests.factories import (
    LONG_AGO,
    NOON,
    PASSWORD,
    a_district,
    a_drive,
    a_learner,
    a_person,
    a_place,
    a_unit,
    a_version,
    an_organiser,
    summoned,
    the_sample,
    viewer,
    with_role,
)
from tests.pages import signed_in, submit
from tests.queries_counted import queries_counted
from tests.quizzes.test_rules import a_plan

MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
CLOSES = end_of_day(date(2026, 11, 30))
LATER = end_of_day(date(2026, 12, 12))
extras = st.builds(
    Extra,
    reason=st.sampled_from(["Mất điện", "Mắt kém", "Ốm"]),
    minutes=st.integers(0, 30),
    attempts=st.integers(0, 3),
    open_until=st.none() | st.integers(-5, 30).map(lambda days: CLOSES + timedelta(days=days)),
    percent=st.integers(0, 100),
)
plans = st.builds(a_plan, minutes=st.integers(1, 60), attempts=st.integers(0, 3))


@given(plans, st.lists(extras, max_size=5), extras)
def test_another_exception_never_makes_anything_worse(plan, before, another):
    without, held = rules.terms(plan, CLOSES, before), rules.terms(plan, CLOSES, [*before, another])

    assert held.minutes >= without.minutes >= plan.minutes
    assert held.closes_at >= without.closes_at >= CLOSES
    assert (held.attempts == 0) == (plan.attempts == 0)
    assert held.attempts >= without.attempts >= plan.attempts


@given(plans, st.lists(extras, max_size=5).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_the_order_of_exceptions_does_not_matter(plan, orders):
    some, others = orders

    assert rules.terms(plan, CLOSES, some) == rules.terms(plan, CLOSES, others)


@given(plans, st.lists(extras, min_size=1, max_size=5))
def test_each_value_is_the_most_generous_of_all_and_nothing_is_added_up(plan, some):
    alone = [rules.terms(plan, CLOSES, [one]) for one in some]

    held = rules.terms(plan, CLOSES, some)

    assert held.minutes == max(one.minutes for one in alone)
    assert held.attempts == max(one.attempts for one in alone)
    assert held.closes_at == max(one.closes_at for one in alone)
    assert bool(held.minutes_because) == (held.minutes > plan.minutes)
    assert bool(held.later_because) == (held.closes_at > CLOSES)


@pytest.mark.parametrize(("percent", "minutes"), [(25, 19), (20, 18), (1, 16), (100, 30), (34, 21)])
def test_an_allowance_counts_a_begun_minute(percent, minutes):
    assert rules.terms(a_plan(minutes=15), CLOSES, [Extra("Mắt kém", percent=percent)]).minutes == minutes


@pytest.mark.parametrize(
    ("given_to_them", "done", "words"),
    [
        ([], 1, "Đồng chí có 15 phút mỗi lượt, còn 1 lượt, làm đến hết 30/11/2026."),
        (
            [Extra("mất điện", minutes=5), Extra("mắt kém", percent=10), Extra("ốm", attempts=1, open_until=LATER)],
            1,
            "Đồng chí có 20 phút (thêm 5 phút: mất điện) mỗi lượt, còn 2 lượt (thêm 1 lượt: ốm), "
            "làm đến hết 12/12/2026 (gia hạn: ốm).",
        ),
        (
            [Extra("mất 50% bài", minutes=5), Extra("mưa bão", minutes=5)],
            9,
            "Đồng chí có 20 phút (thêm 5 phút: mưa bão; mất 50% bài) mỗi lượt, còn 0 lượt, làm đến hết 30/11/2026.",
        ),
    ],
)
def test_a_learner_is_told_what_holds_and_why(db, given_to_them, done, words):
    held = rules.terms(a_plan(), CLOSES, given_to_them)

    assert rules.sentence(held, done) == words


@pytest.mark.parametrize(
    ("extra", "title", "words"),
    [
        (Extra("", 10, 1), "Họp tổ", "Ai được thêm 10 phút và 1 lượt cho bài kiểm tra chuyên đề “Họp tổ”."),
        (Extra("", attempts=2), None, "Ai được thêm 2 lượt cho mọi bài kiểm tra của đợt."),
        (Extra("", open_until=LATER), None, "Ai được làm mọi bài kiểm tra của đợt đến hết 12/12/2026."),
        (
            Extra("", minutes=5, open_until=LATER),
            "Họp tổ",
            "Ai được thêm 5 phút cho bài kiểm tra chuyên đề “Họp tổ”, làm đến hết 12/12/2026.",
        ),
    ],
)
def test_an_exception_is_said_in_a_sentence(db, extra, title, words):
    assert rules.sentence_of_exception("Ai", title, extra) == words


@dataclass
class Scene:
    """A district with a school and a group under it, a neighbour, and a drive for all of them."""

    district: Unit
    school: Unit
    group: Unit
    neighbour: Unit
    drive: Drive
    organiser: SignedIn
    forms: int = 0

    def a_learner(self, of: Unit | None = None, **more: str) -> Person:
        return a_learner(self.drive, of or self.school, **more)

    def give(self, to: Person | Unit, at: datetime = NOON, module_id: int | None = None, **extra: object):
        self.forms += 1
        gift = Gift(
            Extra(**{"reason": "Mất điện", **extra}),  # type: ignore[arg-type]
            person=to if isinstance(to, Person) else None,
            unit=to if isinstance(to, Unit) else None,
            module_id=module_id,
        )
        return services.make_exception(self.drive, gift, token=f"form-{self.forms}", by=self.organiser, at=at)

    def allow(self, person: Person, percent: int = 20, since: date = LONG_AGO, until: date | None = None) -> Allowance:
        self.forms += 1
        share = Share(percent, since, until, "Mắt kém")
        return services.give_allowance(person, share, token=f"form-{self.forms}", by=self.organiser, at=NOON)

    def start(self, person: Person, at: datetime = NOON, slug: str = "mau") -> Attempt:
        return services.start_attempt(a_place(person, self.drive, slug), at=at)


def a_scene() -> Scene:
    district = a_district()
    school = a_unit("Công đoàn Trường Mẫu", under=district)
    group = a_unit("Tổ công đoàn Mẫu", under=school, kind="team")
    neighbour = a_unit("Công đoàn Trường Bên", under=district)
    drive = a_drive(district)
    return Scene(district, school, group, neighbour, drive, an_organiser(drive))


def minutes_of(attempt: Attempt) -> timedelta:
    return attempt.due_at - attempt.started_at


def rows_in(table: type[QuizException] | type[Allowance]) -> int:
    return database.session.scalar(select(func.count()).select_from(table)) or 0


def decisions(action: str) -> int:
    return database.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


def test_a_unit_is_given_more_with_everything_under_it_and_nobody_else(db):
    scene = a_scene()
    in_school, beside = scene.a_learner(scene.school), scene.a_learner(scene.neighbour)

    scene.give(scene.school, minutes=10)
    in_group = scene.a_learner(scene.group)  # summoned after the exception was made

    assert minutes_of(scene.start(in_school)) == minutes_of(scene.start(in_group)) == 25 * MINUTE
    assert minutes_of(scene.start(beside)) == 15 * MINUTE


def test_a_person_is_given_more_and_their_colleague_is_not(db):
    scene = a_scene()
    person, colleague = scene.a_learner(), scene.a_learner()
    scene.give(person, minutes=5)

    assert minutes_of(scene.start(person)) == 20 * MINUTE
    assert minutes_of(scene.start(colleague)) == 15 * MINUTE


def test_an_exception_for_one_module_and_drive_leaves_the_others_alone(db):
    scene = a_scene()
    other_version, _is_new = content.publish(replace(the_sample(), slug="hai", code="HAI"), by=None, at=NOON)
    both = [a_version(), other_version]
    scene.drive = a_drive(scene.district, code="hai-bai", versions=both)
    elsewhere = a_drive(scene.district, code="dot-khac", versions=both)
    person = scene.a_learner()
    summoned(person, elsewhere)
    scene.give(person, minutes=5, module_id=both[0].module_id)

    here, there = scene.start(person), services.start_attempt(a_place(person, elsewhere), at=NOON)

    assert minutes_of(here) == 20 * MINUTE
    assert minutes_of(scene.start(person, slug="hai")) == minutes_of(there) == 15 * MINUTE


def test_another_attempt_can_be_given_and_no_more_than_that(db):
    scene = a_scene()
    person = scene.a_learner()
    for hour in range(2):
        services.hand_in(viewer(person), scene.start(person, NOON + timedelta(hours=hour)).id, {}, 0, at=NOON)
    with pytest.raises(Refused, match="đủ 2 lượt"):
        scene.start(person)

    scene.give(person, attempts=1)

    services.hand_in(viewer(person), scene.start(person).id, {}, 0, at=NOON)
    with pytest.raises(Refused, match="đủ 3 lượt"):
        scene.start(person)


def test_a_later_end_opens_the_quiz_again_and_ends_the_attempt(db):
    scene = a_scene()
    person, colleague = scene.a_learner(), scene.a_learner()
    after, end = scene.drive.closes_at + timedelta(days=1), scene.drive.closes_at + timedelta(days=2)
    scene.give(person, open_until=end)

    started = scene.start(person, after)
    services.hand_in(viewer(person), started.id, {}, 0, at=after)
    last = scene.start(person, end - 4 * MINUTE)

    assert (started.due_at, last.due_at) == (after + 15 * MINUTE, end)
    with pytest.raises(Refused, match="đã đóng"):
        scene.start(colleague, after)
    with pytest.raises(Refused, match="đã đóng"):
        scene.start(person, end + GRACE + TICK)


def test_the_most_generous_of_all_wins_and_a_withdrawn_one_gives_nothing(db):
    scene = a_scene()
    person = scene.a_learner(scene.group)
    scene.give(scene.school, minutes=2)
    most = scene.give(scene.group, minutes=10)
    scene.allow(person, 40)
    place = a_place(person, scene.drive)
    _plan, held = queries.rules_at(place)

    before = queries.terms_at(place, held, NOON.date()).minutes
    services.withdraw_exception(most, scene.drive, by=scene.organiser, at=NOON, because="Ghi nhầm")
    after = queries.terms_at(place, held, NOON.date())

    assert (before, after.minutes, after.minutes_because) == (25, 21, ("Mắt kém",))


@pytest.mark.parametrize(
    ("since", "until", "holds"), [(-1, 0, True), (0, None, True), (1, None, False), (-9, -1, False)]
)
def test_an_allowance_holds_between_its_days_at_every_quiz(db, since, until, holds):
    scene = a_scene()
    person = scene.a_learner()
    day = NOON.date()
    last = day + timedelta(days=until) if until is not None else None

    scene.allow(person, since=day + timedelta(days=since), until=last)

    assert minutes_of(scene.start(person)) == (18 if holds else 15) * MINUTE


def test_a_running_attempt_gets_the_time_too_and_keeps_it_after_withdrawal(db):
    scene = a_scene()
    person, beside = scene.a_learner(), scene.a_learner(scene.neighbour)
    running, other = scene.start(person), scene.start(beside)

    row = scene.give(scene.school, NOON + MINUTE, minutes=10)
    due_at = running.due_at
    services.withdraw_exception(row, scene.drive, by=scene.organiser, at=NOON + MINUTE, because="Ghi nhầm")
    scene.give(person, NOON + 2 * MINUTE, minutes=1)

    assert due_at == running.due_at == NOON + 25 * MINUTE
    assert other.due_at == NOON + 15 * MINUTE
    assert [decisions(name) for name in ("make_exception", "lengthen_attempt", "withdraw_exception")] == [2, 1, 1]
    question = queries.questions_of(running)[0]
    assert services.save_answer(viewer(person), running.id, question.id, ["a"], 1, at=NOON + 24 * MINUTE).is_newest
    services.hand_in(viewer(person), running.id, {}, 0, at=NOON + 24 * MINUTE)
    assert minutes_of(scene.start(person, NOON + timedelta(hours=1))) == 16 * MINUTE


def test_a_running_attempt_gets_what_an_allowance_gives(db):
    scene = a_scene()
    person = scene.a_learner()
    running = scene.start(person)

    scene.allow(person, 50)

    assert running.due_at == NOON + 23 * MINUTE


def test_a_running_attempt_that_the_end_of_the_drive_cut_short_gets_all_its_minutes_with_a_later_end(db):
    scene = a_scene()
    person = scene.a_learner()
    scene.give(person, minutes=5)
    begun = scene.drive.closes_at - 4 * MINUTE
    running = scene.start(person, begun)
    due_at = running.due_at

    scene.give(scene.district, begun, open_until=scene.drive.closes_at + timedelta(days=1))

    assert (due_at, running.due_at) == (scene.drive.closes_at, begun + 20 * MINUTE)


@pytest.mark.parametrize(("late_by", "minutes"), [(GRACE, 25), (GRACE + TICK, 15)])
def test_an_attempt_whose_time_is_over_stays_over(db, late_by, minutes):
    scene = a_scene()
    running = scene.start(scene.a_learner())

    scene.give(scene.school, running.due_at + late_by, minutes=10)

    assert running.due_at == NOON + minutes * MINUTE


@pytest.mark.parametrize("first", ["the start", "the exception"])
def test_whoever_starts_at_the_moment_an_exception_is_made_gets_it(db, first):
    scene = a_scene()
    place = a_place(scene.a_learner(), scene.drive)
    drive_id, school_id = scene.drive.id, scene.school.id

    def start() -> None:
        services.start_attempt(place, at=NOON)

    def give() -> None:
        drive, school = database.session.get_one(Drive, drive_id), database.session.get_one(Unit, school_id)
        gift = Gift(Extra("Mất điện", minutes=10), unit=school)
        services.make_exception(drive, gift, token="form", by=scene.organiser, at=NOON)

    def elsewhere(act: Callable[[], None]) -> None:
        with db.app_context():
            act()

    now, meanwhile = (start, give) if first == "the start" else (give, start)
    with ThreadPoolExecutor(1) as worker:
        with transaction():
            now()
            other = worker.submit(elsewhere, meanwhile)
            with pytest.raises(TimeoutError):  # it waits for this transaction
                other.result(timeout=1)
        other.result()

    database.session.expire_all()
    assert minutes_of(database.session.scalars(select(Attempt)).one()) == 25 * MINUTE


def test_the_same_form_makes_one_exception_also_when_it_comes_many_times_at_once(db):
    scene = a_scene()
    person_id, drive_id = scene.a_learner().id, scene.drive.id
    database.session.commit()

    def send(_number: int) -> int:
        with db.app_context():
            drive, person = database.session.get_one(Drive, drive_id), database.session.get_one(Person, person_id)
            gift = Gift(Extra("Mất điện", minutes=10), person=person)
            return services.make_exception(drive, gift, token="form", by=scene.organiser, at=NOON).id

    with ThreadPoolExecutor(3) as workers:
        made = set(workers.map(send, range(4)))

    assert (len(made), rows_in(QuizException), decisions("make_exception")) == (1, 1, 1)


def test_a_form_that_was_saved_and_changed_is_refused(db):
    scene = a_scene()
    person = scene.a_learner()
    scene.give(person, minutes=5)
    scene.forms -= 1

    with pytest.raises(Refused, match="nội dung khác"):
        scene.give(person, minutes=6)

    assert [row.extra_minutes for row in database.session.scalars(select(QuizException))] == [5]


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        ({}, "ít nhất một điều"),
        ({"minutes": 5, "reason": ""}, "lý do"),
        ({"open_until": NOON + timedelta(days=20)}, "sau ngày đóng"),
        ({"minutes": 5, "module_id": 999}, "không có bài kiểm tra này"),
    ],
)
def test_an_exception_that_cannot_be_is_refused_with_a_sentence(db, extra, words):
    scene = a_scene()
    running = scene.start(scene.a_learner())

    with pytest.raises(Refused, match=words):
        scene.give(scene.school, **extra)

    assert (rows_in(QuizException), running.due_at) == (0, NOON + 15 * MINUTE)


def test_nobody_gives_to_themselves_or_beyond_what_they_hold(db):
    scene = a_scene()
    person = scene.a_learner()
    row, allowance = scene.give(person, minutes=5), scene.allow(person)
    myself = database.session.get_one(Person, scene.organiser.person_id)
    summoned(myself, scene.drive)
    stranger = viewer(with_role(Role.ORGANISER, a_district("Huyện Bên")))

    with pytest.raises(Refused, match="không tự cho mình"):
        scene.give(myself, minutes=5)
    with pytest.raises(Refused, match="không tự cho mình"):
        scene.allow(myself)
    scene.organiser = stranger
    with pytest.raises(NotAllowed):
        scene.give(person, minutes=5)
    with pytest.raises(NotFound):
        scene.allow(person)
    with pytest.raises(NotAllowed):
        services.withdraw_exception(row, scene.drive, by=stranger, at=NOON, because="Thử")
    with pytest.raises(NotFound):
        services.withdraw_allowance(allowance, by=stranger, at=NOON, because="Thử")

    assert (rows_in(QuizException), rows_in(Allowance)) == (1, 1)
    assert (row.withdrawn_at, allowance.withdrawn_at) == (None, None)


def test_withdrawing_twice_keeps_the_first_reason(db):
    scene = a_scene()
    allowance = scene.allow(scene.a_learner())

    services.withdraw_allowance(allowance, by=scene.organiser, at=NOON, because="Hết cần")
    services.withdraw_allowance(allowance, by=scene.organiser, at=NOON + MINUTE, because="Lần nữa")

    assert (allowance.withdrawn_at, allowance.withdrawn_because) == (NOON, "Hết cần")
    assert decisions("withdraw_allowance") == 1


def test_starting_and_saving_ask_no_more_however_many_exceptions_there_are(db):
    scene = a_scene()
    few, many = scene.a_learner(scene.neighbour), scene.a_learner(scene.group)
    for minutes in range(1, 6):
        scene.give(many, minutes=minutes)
        scene.give(scene.school, minutes=minutes)
    counts = []

    for person in (few, many):
        place, who = a_place(person, scene.drive), viewer(person)
        with queries_counted() as started:
            attempt = services.start_attempt(place, at=NOON)
        question = queries.questions_of(attempt)[0]
        with queries_counted() as saved:
            services.save_answer(who, attempt.id, question.id, ["a"], 1, at=NOON)
        counts.append((len(started), len(saved)))

    assert counts == [(7, 3), (7, 3)], "each with its line on the timeline"


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.stopped_at(NOON):
        yield


class Pages:
    """A scene, and somebody's browser before it; what is stored is asked for in a context of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.scene = scene = a_scene()
            self.learner = scene.a_learner(password=PASSWORD)
            a_learner(scene.drive, scene.group)
            for row in (scene.district, scene.school, scene.neighbour, scene.drive):
                database.session.refresh(row)

    def browser_of(self, role: Role, over: Unit | None = None) -> FlaskClient:
        with self.app.app_context():
            person = with_role(role, over or a_district("Huyện Bên"), password=PASSWORD)
        return signed_in(self.app.test_client(), person)

    def organiser(self) -> FlaskClient:
        return self.browser_of(Role.ORGANISER, self.scene.district)

    def told(self) -> str:
        """What the learner reads on the quiz's page."""
        return text_of(signed_in(self.app.test_client(), self.learner).get("/quizzes/dot-mau/mau/"))

    def stored(self, table: type[QuizException] | type[Allowance]) -> int:
        with self.app.app_context():
            return rows_in(table)


@pytest.fixture
def pages(app: Flask, noon: None) -> Pages:
    return Pages(app)


def text_of(page: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


FORM = {"form_token": "mot", "module": 0, "extra_minutes": 10, "extra_attempts": 1, "reason": "Mất điện ngày 09/11"}
PATH = "/quizzes/dot-mau/exceptions"


def test_an_organiser_reads_the_result_first_and_then_saves_it_once(pages):
    organiser, school = pages.organiser(), pages.scene.school
    assert PATH in organiser.get("/drives/dot-mau").text

    check = submit(organiser, PATH, unit_code=school.code, **FORM, open_until="2026-12-12")
    nothing_yet = pages.stored(QuizException)
    answers = [organiser.post(PATH, data={**typed_on(check), "step": "save"}) for _ in range(2)]

    assert (check.status_code, nothing_yet) == (200, 0)
    sentence = "được thêm 10 phút và 1 lượt cho mọi bài kiểm tra của đợt, làm đến hết 12/12/2026."
    change = "từ 15 phút, 2 lượt, làm đến 12:00 ngày 30/11/2026 thành 25 phút, 3 lượt, làm đến hết 12/12/2026."
    assert f"2 người thuộc Công đoàn Trường Mẫu {sentence}" in text_of(check)
    assert change in text_of(check)
    assert [(answer.status_code, answer.location) for answer in answers] == [(302, PATH)] * 2
    assert pages.stored(QuizException) == 1
    listed = text_of(organiser.get(PATH))
    assert f"Mọi người thuộc Công đoàn Trường Mẫu {sentence} Mất điện ngày 09/11 Trần Thị Phụ Trách" in listed
    assert (
        "Đồng chí có 25 phút (thêm 10 phút: Mất điện ngày 09/11) mỗi lượt, còn 3 lượt (thêm 1 lượt: Mất điện ngày "
        "09/11), làm đến hết 12/12/2026 (gia hạn: Mất điện ngày 09/11)."
    ) in pages.told()


def typed_on(page: TestResponse) -> dict[str, str]:
    """The hidden fields of the page, by name."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    return {name: unescape(value) for name, value in found}


def test_going_back_from_the_check_keeps_what_was_typed(pages):
    person, organiser = pages.learner, pages.organiser()
    check = submit(organiser, PATH, person_code=person.code, **FORM)

    form = organiser.post(PATH, data={**typed_on(check), "step": "edit"})

    assert f"{person.full_name} ({person.code}) được thêm" in text_of(check)
    assert form.status_code == 200
    assert all(f'value="{value}"' in form.text for value in (person.code, "10", "1", "Mất điện ngày 09/11", "mot"))


BAD: list[tuple[dict[str, str], str]] = [
    ({}, "chỉ một trong ba"),
    ({"person_code": "{person}", "unit_code": "{school}"}, "chỉ một trong ba"),
    ({"person_code": "P-LA"}, "không có cán bộ mang mã “P-LA”"),
    ({"person_code": "{stranger}"}, "không có cán bộ mang mã"),
    ({"unit_code": "{empty}"}, "không có ai thuộc đơn vị mã"),
    ({"unit_code": "<b>\x00"}, "không có ai thuộc đơn vị mã"),
    ({"person_code": "{person}", "extra_minutes": "-1"}, "Từ 0 đến 600."),
    ({"person_code": "{person}", "extra_minutes": "9" * 400}, "Từ 0 đến 600."),
    ({"person_code": "{person}", "extra_minutes": "mười"}, "nhập một số nguyên"),
    ({"person_code": "{person}", "extra_attempts": "21"}, "Từ 0 đến 20."),
    ({"person_code": "{person}", "extra_minutes": "", "extra_attempts": ""}, "ít nhất một điều"),
    ({"person_code": "{person}", "open_until": "0001-01-01"}, "Năm phải từ"),
    ({"person_code": "{person}", "open_until": "2026-11-29"}, "phải sau ngày đóng"),
    ({"person_code": "{person}", "reason": " "}, "ghi lý do"),
    ({"person_code": "{person}", "reason": "x" * 100_000}, "Dài nhất 200 ký tự"),
    ({"person_code": "{person}", "module": "77"}, "chọn một mục"),
    ({"person_code": "{person}", "form_token": ""}, "Trang đã cũ"),
]


def test_bad_input_is_answered_with_a_sentence_and_keeps_what_was_typed(app, pages):
    scene = pages.scene
    with app.app_context():
        stranger = a_person(of=scene.school)
    codes = {"person": pages.learner.code, "stranger": stranger.code}
    codes |= {"school": scene.school.code, "empty": scene.neighbour.code}
    organiser = pages.organiser()

    for step in ("check", "save"):
        for wrong, words in BAD:
            typed = {name: value.format(**codes) for name, value in wrong.items()}
            answer = submit(organiser, PATH, **{**FORM, "step": step, **typed})

            assert answer.status_code == 422, typed
            assert words in text_of(answer)
            assert 'value="Mất điện ngày 09/11"' in answer.text or "reason" in typed
    assert pages.stored(QuizException) == 0


def test_an_exception_is_withdrawn_on_a_page_of_its_own_with_a_reason(app, pages):
    with app.app_context():
        row = pages.scene.give(pages.learner, minutes=5).id
    organiser, path = pages.organiser(), f"{PATH}/{row}/withdraw"
    before = pages.told()

    asked = organiser.get(path)
    without_reason = submit(organiser, path, reason="  ")
    done = submit(organiser, path, reason="Ghi nhầm người")

    assert "Đồng chí có 20 phút (thêm 5 phút: Mất điện) mỗi lượt" in before
    assert "Ai đang làm bài vẫn giữ nguyên thời gian đang có." in text_of(asked)
    assert (without_reason.status_code, done.status_code, done.location) == (422, 302, PATH)
    assert "Thôi áp dụng từ 10/11/2026 12:00: Ghi nhầm người" in text_of(organiser.get(PATH))
    assert "Đã thôi áp dụng từ" in text_of(organiser.get(path))
    assert "Đồng chí có 15 phút mỗi lượt, còn 2 lượt" in pages.told()


ALLOWANCES = "/quizzes/allowances"
SHARE = {"form_token": "hai", "percent": 25, "valid_from": "2026-11-01", "reason": "Cần đọc chậm"}


@pytest.mark.parametrize("role", [Role.UNIT_ADMIN, Role.ORGANISER])
def test_a_standing_allowance_is_checked_saved_shown_and_withdrawn(app, pages, role):
    learner, clerk = pages.learner, pages.browser_of(role, pages.scene.district)

    check = submit(clerk, ALLOWANCES, person_code=learner.code, **SHARE)
    nothing_yet = pages.stored(Allowance)
    answers = [clerk.post(ALLOWANCES, data={**typed_on(check), "step": "save"}).status_code for _ in range(2)]

    sentence = f"{learner.full_name} ({learner.code}) được thêm 25% thời gian ở mọi bài kiểm tra từ 01/11/2026."
    assert sentence in text_of(check)
    assert (nothing_yet, answers, pages.stored(Allowance)) == (0, [302, 302], 1)
    assert sentence in text_of(clerk.get(ALLOWANCES))
    assert "Đồng chí có 19 phút (thêm 4 phút: Cần đọc chậm) mỗi lượt" in pages.told()
    with app.app_context():
        row = database.session.scalars(select(Allowance.id)).one()
    assert submit(clerk, f"{ALLOWANCES}/{row}/withdraw", reason="").status_code == 422
    assert submit(clerk, f"{ALLOWANCES}/{row}/withdraw", reason="Hết cần").location == ALLOWANCES
    assert "Hết cần" in text_of(clerk.get(ALLOWANCES))


def test_a_bad_allowance_is_answered_with_a_sentence(pages):
    clerk = pages.browser_of(Role.UNIT_ADMIN, pages.scene.district)
    bad: list[tuple[dict[str, object], str]] = [
        ({"person_code": "P-LA"}, "không có cán bộ mang mã “P-LA”"),
        ({"percent": 0}, "Từ 1 đến 300."),
        ({"percent": "25%"}, "nhập một số nguyên"),
        ({"valid_to": "2026-10-31"}, "Ngày cuối phải từ ngày đầu"),
        ({"valid_from": ""}, "điền mục này"),
        ({"reason": "   "}, "ghi lý do"),
    ]

    for typed, words in bad:
        answer = submit(clerk, ALLOWANCES, **{"person_code": pages.learner.code, **SHARE, "step": "save", **typed})

        assert answer.status_code == 422, typed
        assert words in text_of(answer)
    assert pages.stored(Allowance) == 0


def test_pages_of_a_drive_and_of_people_elsewhere_are_not_found(app, pages):
    learner = pages.learner
    with app.app_context():
        row, allowance = pages.scene.give(learner, minutes=5).id, pages.scene.allow(learner).id
    stranger = pages.browser_of(Role.ORGANISER)

    answers = [
        stranger.get(PATH).status_code,
        submit(stranger, PATH, person_code=learner.code, **FORM, step="save").status_code,
        submit(stranger, f"{PATH}/{row}/withdraw", reason="Thử").status_code,
        submit(stranger, f"{ALLOWANCES}/{allowance}/withdraw", reason="Thử").status_code,
        submit(stranger, ALLOWANCES, person_code=learner.code, **SHARE, step="save").status_code,
    ]

    assert answers == [404, 404, 404, 404, 422]
    assert learner.full_name not in stranger.get(ALLOWANCES).text
    assert (pages.stored(QuizException), pages.stored(Allowance)) == (1, 1)
    assert "thêm 5 phút: Mất điện" in pages.told()
