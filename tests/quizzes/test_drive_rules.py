"""What organisers say of a quiz in their drive: what holds, what counts, what is shown, what it does to attempts."""

from dataclasses import replace
from datetime import timedelta
from statistics import fmean

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from lms import clock
from lms.access import Role
from lms.completion import queries as completion
from lms.content.rules import Candidate, Cell, Counts, Feedback, Section
from lms.db import db as database
from lms.db import transaction
from lms.drives import queries as drives
from lms.drives import services as drive_services
from lms.errors import NotAllowed, Refused
from lms.quizzes import assembling, queries, rules, services
from lms.quizzes.models import Attempt, QuizSettings
from lms.quizzes.rules import Extra, Try
from tests.factories import (
    NOON,
    PASSWORD,
    a_district,
    a_drive,
    a_learner,
    a_place,
    a_unit,
    an_organiser,
    viewer,
    with_role,
)
from tests.pages import signed_in, submit
from tests.quizzes.test_rules import a_plan

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
OPENS, CLOSES = NOON - 9 * DAY, NOON + 20 * DAY
seeds = st.integers(0, 2**31 - 1)
tries_made = st.lists(st.tuples(st.integers(0, 100), st.sampled_from([True, False, None])), max_size=5).map(
    lambda some: [Try(number, float(percent), passed) for number, (percent, passed) in enumerate(some, 1)]
)


def held_by(**own):
    return rules.resolve(a_plan(), OPENS, CLOSES, own)


@given(st.integers(-40, 40), st.integers(-40, 40))
def test_a_quiz_never_opens_before_its_drive_or_closes_after_it(first, last):
    held = held_by(opens_at=NOON + first * DAY, closes_at=NOON + last * DAY)

    assert OPENS <= held.opens_at <= held.closes_at <= CLOSES


def test_what_the_organisers_leave_open_holds_as_the_module_says():
    assert held_by(minutes=None, attempts=0, shuffle=False) == replace(held_by(), attempts=0, shuffle=False)


def counted_by_hand(counts, least, tries):
    waits = None in [one.passed for one in tries]
    if counts is Counts.AVERAGE:
        return None if waits else fmean(one.percent for one in tries) >= least
    if counts is Counts.BEST:
        return True if any(one.passed for one in tries) else None if waits else False
    return tries[0 if counts is Counts.FIRST else -1].passed


@given(st.sampled_from(Counts), st.integers(1, 100), tries_made)
def test_which_attempt_counts(counts, least, tries):
    result = rules.outcome(counts, least, tries)

    assert (result is None) == (not tries)
    if result:
        assert result.passed == counted_by_hand(counts, least, tries)
        assert rules.outcome(counts, least, tries[::-1]) == result


@given(tries_made.filter(bool), st.integers(0, 100), st.booleans())
def test_one_more_attempt_never_harms_where_the_best_counts(tries, percent, passed):
    more = [*tries, Try(len(tries) + 1, float(percent), passed)]

    before, after = rules.outcome(Counts.BEST, 60, tries), rules.outcome(Counts.BEST, 60, more)

    worth = {False: 0, None: 1, True: 2}
    assert (worth[after.passed], after.percent) >= (worth[before.passed], before.percent)


@given(st.integers(0, 600), st.integers(0, 600))
def test_the_next_attempt_waits_from_the_hand_in_of_the_last(wait, since):
    waits = rules.waits_until(wait, NOON)

    refusal = rules.refusal_to_wait(held_by(), CLOSES, waits, NOON + since * MINUTE)

    assert (refusal is None) == (since >= wait)


def test_a_wait_names_the_hour_and_another_day_its_date(db):
    assert rules.refusal_to_wait(held_by(), CLOSES, NOON + 125 * MINUTE, NOON) == "Đồng chí làm lại được từ 14 giờ 05."
    assert "12/11/2026" in str(rules.refusal_to_wait(held_by(), CLOSES, NOON + 2 * DAY, NOON))


@pytest.mark.parametrize("feedback", Feedback)
def test_after_the_window_nothing_is_shown_before_it(db, feedback):
    held = held_by(feedback=feedback, show_answers=False)

    before, after = (rules.review(held, CLOSES, CLOSES + one * MINUTE) for one in (-1, 1))

    assert (after.marks, after.answers, after.explanations) == (True, False, True)
    assert (before == after) == (feedback is not Feedback.CLOSED)
    assert rules.review_at_once(held).marks == (feedback is Feedback.AT_ONCE)


bank_of = st.lists(st.tuples(st.sampled_from("xy"), st.sampled_from(["de", "kho"])), min_size=8, max_size=14).map(
    lambda some: [Candidate(f"c{number:02}", *one) for number, one in enumerate(some)]
)
SECTIONS = (
    Section("Một", ("c01", "c00"), (Cell(2, "x"),)),
    Section("Hai", (), (Cell(1, "", "kho"), Cell(2))),
)


@given(bank_of, seeds, st.booleans())
def test_a_paper_keeps_its_sections_in_order_and_asks_nothing_twice(bank, seed, shuffle):
    plan = replace(a_plan(questions=7), sections=SECTIONS)

    paper = assembling.assemble(plan, bank, seed, shuffle=shuffle)

    assert paper == assembling.assemble(plan, bank, seed, shuffle=shuffle)
    assert [title for title, _count in paper.sections] == ["Một", "Hai"]
    assert len(paper.keys) == len(set(paper.keys)) == sum(count for _title, count in paper.sections) == 7
    first = paper.keys[: paper.sections[0][1]]
    assert {"c00", "c01"} <= set(first)
    if not shuffle:
        assert first[:2] == ["c01", "c00"]
    if not paper.missing:
        chosen = {one.key: one for one in bank}
        assert sum(chosen[key].topic == "x" for key in set(first) - {"c00", "c01"}) == 2


def test_where_questions_were_withdrawn_the_nearest_take_their_place():
    bank = [Candidate("a", "x", "kho"), Candidate("b", "y", "de"), Candidate("c", "y", "kho")]
    plan = replace(a_plan(), sections=(Section("", ("gone",), (Cell(1, "x", "de"),)),))

    paper = assembling.assemble(plan, bank, 7)

    assert (paper.keys, paper.missing) == (["a"], 2)


@pytest.fixture
def scene(db):
    district = a_district()
    school = a_unit("Công đoàn Trường Mẫu", under=district)
    drive = a_drive(district)
    learner = a_learner(drive, school, password=PASSWORD)
    return drive, learner, a_place(learner, drive), an_organiser(drive)


def take(place, learner, at):
    attempt = services.start_attempt(place, at=at)
    return services.hand_in(viewer(learner), attempt.id, {}, 1, at=at)


def test_waiting_window_and_attempts_decide_about_a_start(scene):
    drive, learner, place, organiser = scene
    own = {"wait_minutes": 30, "attempts": 0, "opens_at": NOON, "closes_at": NOON + DAY}
    assert services.set_rules(drive, place.module_id, own, by=organiser, at=NOON - DAY)
    assert not services.set_rules(drive, place.module_id, own, by=organiser, at=NOON - DAY)

    for too_early in (NOON - MINUTE, NOON + DAY + MINUTE):
        with pytest.raises(Refused, match="Bài kiểm tra"):
            services.start_attempt(place, at=too_early)
    take(place, learner, NOON)
    with pytest.raises(Refused, match="làm lại được từ 12 giờ 30"):
        services.start_attempt(place, at=NOON + 29 * MINUTE)
    for turn in range(1, 4):
        assert take(place, learner, NOON + turn * 30 * MINUTE).number == turn + 1


def test_a_running_attempt_gains_time_and_never_loses_any(scene):
    drive, _learner, place, organiser = scene
    attempt = services.start_attempt(place, at=NOON)

    services.set_rules(drive, place.module_id, {"minutes": 5}, by=organiser, at=NOON)
    assert attempt.due_at == NOON + 15 * MINUTE
    services.set_rules(drive, place.module_id, {"minutes": 40, "shuffle": False}, by=organiser, at=NOON)

    assert (attempt.due_at, attempt.is_shuffled) == (NOON + 40 * MINUTE, True)


def test_the_organisers_grace_is_the_attempts(scene):
    drive, _learner, place, organiser = scene
    services.set_rules(drive, place.module_id, {"grace_seconds": 120}, by=organiser, at=NOON)
    attempt = services.start_attempt(place, at=NOON)
    over = attempt.due_at + timedelta(seconds=120)

    assert services.close_due(at=over) == 0
    assert services.close_due(at=over + MINUTE) == 1


@pytest.mark.parametrize("own", [{"opens_at": NOON, "closes_at": NOON}, {"closes_at": CLOSES + MINUTE}])
def test_a_window_outside_the_drive_or_upside_down_is_refused(scene, own):
    drive, _learner, place, organiser = scene

    with pytest.raises(Refused):
        services.set_rules(drive, place.module_id, own, by=organiser, at=NOON)

    assert database.session.get(QuizSettings, (drive.id, place.module_id)) is None


def test_only_an_organiser_sets_rules(scene):
    drive, learner, place, _organiser = scene

    with pytest.raises(NotAllowed):
        services.set_rules(drive, place.module_id, {"minutes": 90}, by=viewer(learner), at=NOON)


MARKS = [(0.5, None), (0.9, False), (1.8, True), (0.0, False), (3.0, True), (1.0, None)]
"""None: a person has still something to mark."""


@pytest.mark.parametrize("counts", Counts)
def test_units_and_desk_count_the_same_attempt_as_the_rule(scene, counts):
    drive, learner, place, organiser = scene
    services.set_rules(drive, place.module_id, {"counts": counts, "attempts": 9}, by=organiser, at=NOON)
    row = drives.summons_for(viewer(learner), drive.code)
    tries = []
    for number, (points, passed) in enumerate(MARKS, 1):
        with transaction():
            attempt = take(place, learner, NOON + number * MINUTE)
            attempt.points, attempt.passed = points, passed
        tries.append(Try(number, attempt.percent, passed))

        expected = rules.outcome(counts, 60, tries).passed

        facts, shown = completion.learner(row, NOON).facts, completion.module_progress(row, NOON)[0]
        assert (facts.quizzes, facts.quizzes_waiting) == (int(expected is True), int(expected is None))
        assert (shown.passed, shown.is_pending) == (expected is True, expected is None)


def test_the_desk_offers_what_an_exception_gives(scene):
    drive, learner, place, organiser = scene
    row = drives.summons_for(viewer(learner), drive.code)
    for turn in range(2):
        take(place, learner, NOON + turn * MINUTE)
    assert not completion.module_progress(row, NOON)[0].may_try

    gift = services.Gift(Extra("Mất điện", attempts=1), person=learner)
    services.make_exception(drive, gift, token="t", by=organiser, at=NOON)

    assert completion.module_progress(row, NOON)[0].may_try


def test_an_exception_for_a_point_reaches_those_who_take_part_there(scene):
    drive, learner, _place, organiser = scene
    other = a_learner(drive, drive.unit)
    lines = ["* Trung tâm; Hội trường A", "Xã Mẫu; Nhà văn hóa", ""]
    assert drive_services.add_points(drive, lines, by=organiser, at=NOON) == 2
    assert drive_services.add_points(drive, lines, by=organiser, at=NOON) == 0
    (central, _none), (far, _nobody) = drives.points_of(drive.id)
    row = drives.summons_for(viewer(learner), drive.code)
    chosen = type(row).id == row.id
    assert drive_services.assign_point(drive, far.id, chosen, by=organiser, at=NOON) == 1

    gift = services.Gift(Extra("Mất điện tại điểm cầu", minutes=10), point=far)
    services.make_exception(drive, gift, token="t", by=organiser, at=NOON)

    assert (central.is_central, far.is_central) == (True, False)
    minutes = [services.start_attempt(a_place(one, drive), at=NOON) for one in (learner, other)]
    assert [one.due_at - NOON for one in minutes] == [25 * MINUTE, 15 * MINUTE]

    drive_services.assign_point(drive, far.id, type(row).person_id == other.id, by=organiser, at=NOON)
    drive_services.assign_point(drive, None, type(row).person_id == learner.id, by=organiser, at=NOON)

    assert [one.due_at - NOON for one in minutes] == [25 * MINUTE, 25 * MINUTE]


FORM = dict.fromkeys(
    ("counts", "feedback", "practice", "show_marks", "show_answers", "show_explanations", "shuffle", "one_a_page"), ""
)
PATH = "/quizzes/dot-mau/mau/rules"


def test_organisers_read_the_rules_in_words_before_they_hold(app: Flask, client: FlaskClient, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with app.app_context():
        district = a_district()
        drive = a_drive(district)
        learner = a_learner(drive, district, password=PASSWORD)
        boss = with_role(Role.ORGANISER, district, password=PASSWORD)
        attempt = take(a_place(learner, drive), learner, NOON).id
    signed_in(client, boss)

    wrong = submit(client, PATH, **{**FORM, "minutes": "chín"})
    upside_down = submit(client, PATH, **FORM, opens_at="2026-11-20T08:00", closes_at="2026-11-19T08:00")
    check = submit(client, PATH, **{**FORM, "feedback": "closed", "counts": "average"}, minutes="20", wait_minutes="60")
    nothing_yet = client.get(PATH).text
    saved = submit(client, PATH, **{**FORM, "feedback": "closed", "counts": "average"}, minutes="20", step="save")

    assert (wrong.status_code, 'value="chín"' in wrong.text) == (422, True)
    assert (upside_down.status_code, "2026-11-20T08:00" in upside_down.text) == (422, True)
    assert "mỗi lượt 20 phút, lượt sau cách lượt trước ít nhất 1 giờ" in check.text
    assert "Đã có 1 lượt làm, trong đó 0 lượt đang làm" in check.text
    assert "mỗi lượt 15 phút" in nothing_yet
    assert saved.status_code == 302
    theirs = signed_in(app.test_client(), learner)
    result, quiz = theirs.get(f"/quizzes/attempts/{attempt}").text, theirs.get("/quizzes/dot-mau/mau/").text
    assert "Kết quả xem được sau" in result
    assert [word for word in ("Đáp án đúng", "Chưa đạt") if word in result] == []
    assert [word for word in ("lấy trung bình các lượt", "Chờ công bố") if word not in quiz] == []
    with app.app_context():
        assert database.session.get_one(Attempt, attempt).submitted_at == NOON
        assert queries.settings_of(1, 1).set_at == NOON
