"""Item analysis: formulas against the textbook's, properties over random attempts, and the worker on both databases."""

import json
import secrets
import statistics as textbook
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sqlalchemy import select

from lms.content import services as content
from lms.db import db as database
from lms.drives.models import Drive
from lms.people.models import Person
from lms.quizzes import queries, services, statistics
from lms.quizzes.analysis import (
    LEAST_FOR_ALPHA,
    LEAST_FOR_DISCRIMINATION,
    LEAST_LEARNERS,
    Facilities,
    Figures,
    Flag,
    Gathered,
    Item,
    Key,
    Sitting,
    from_json,
    quartiles,
)
from lms.quizzes.models import ItemStatistics
from lms.quizzes.statistics import PAUSE, WATCHED
from lms.units import services as units
from tests.factories import NOON, a_district, a_drive, a_learner, a_place, a_unit, moved_to, the_sample, viewer
from tests.quizzes.test_services import MINUTES, the_right_answer

OPTIONS = ("a", "b", "c", "d")
LATER = NOON + timedelta(hours=1)


def keys(count: int, right: str = "a") -> list[Key]:
    return [Key(f"c{number}", OPTIONS, frozenset(right)) for number in range(count)]


def gathered(sittings: Sequence[Sitting]) -> Gathered:
    all_of_them = Gathered()
    for sitting in sittings:
        all_of_them.add(sitting)
    return all_of_them


def figures(sittings: Sequence[Sitting], count: int) -> Figures:
    return gathered(sittings).figures(keys(count))


def a_sitting(*chosen: str) -> Sitting:
    """Somebody's answers to c0, c1 …; `a` is right, an empty one was left out."""
    given_answers = {f"c{number}": tuple(option) for number, option in enumerate(chosen)}
    return Sitting({key: float(ids == ("a",)) for key, ids in given_answers.items()}, given_answers)


@some.composite
def sittings(draw: some.DrawFn) -> list[Sitting]:
    """Up to forty attempts, each of some questions out of six, with partial credit and blanks."""
    attempts = []
    for _turn in range(draw(some.integers(0, 40))):
        asked = draw(some.lists(some.sampled_from([f"c{n}" for n in range(6)]), max_size=6, unique=True))
        marks = {key: draw(some.sampled_from([0.0, 1 / 3, 0.5, 1.0])) for key in asked}
        chosen = {key: draw(some.sampled_from([(), ("a",), ("b",), ("a", "c")])) for key in asked}
        attempts.append(
            Sitting(marks, chosen, draw(some.booleans()), draw(some.integers(0, 60)), draw(some.booleans()))
        )
    return attempts


def rounded(value: object) -> object:
    """Without the last digits, which depend on the order of a sum."""
    return json.loads(json.dumps(value), parse_float=lambda text: round(float(text), 6))


@given(sittings=sittings(), seed=some.integers(0, 2**32))
@settings(max_examples=40)
def test_the_order_of_attempts_makes_no_difference(sittings, seed):
    other_order = Random(seed).sample(sittings, len(sittings))

    assert rounded(figures(other_order, 6).as_json()) == rounded(figures(sittings, 6).as_json())


@given(sittings=sittings())
@settings(max_examples=60)
def test_every_figure_is_in_its_range_or_not_there(sittings):
    found = figures(sittings, 6)

    assert found.learners == len(sittings)
    for share in (found.mean, found.passed):
        assert share is None if not sittings else 0 <= share <= 1 + 1e-9
    assert found.alpha is None or (len(sittings) >= LEAST_FOR_ALPHA and found.alpha <= 1)
    for item in found.items:
        assert item.n == sum(item.key in sitting.marks for sitting in sittings)
        assert (item.facility is None) == (item.n == 0)
        assert item.facility is None or 0 <= item.facility <= 1 + 1e-9
        assert item.discrimination is None or (item.n >= LEAST_FOR_DISCRIMINATION and -1 <= item.discrimination <= 1)
        for choice in item.choices:
            assert 0 <= (choice.lower or 0) <= choice.all <= item.n
            assert (choice.upper or 0) <= choice.all
        assert (item.lower is None) == (item.upper is None)
        assert (item.lower or 0) + (item.upper or 0) <= item.n


@given(sittings=sittings())
@settings(max_examples=20)
def test_figures_survive_the_database(sittings):
    found = figures(sittings, 6)

    assert from_json(json.loads(json.dumps(found.as_json()))) == found


def test_nobody_and_somebody_alone_have_no_made_up_numbers():
    nobody, alone = figures([], 2), figures([a_sitting("a", "b")], 2)

    assert nobody.items == tuple(
        Item(key.id, 0, choices=item.choices) for key, item in zip(keys(2), nobody.items, strict=True)
    )
    assert (nobody.mean, nobody.passed, nobody.alpha, nobody.minutes) == (None, None, None, None)
    assert [item.facility for item in alone.items] == [1, 0]
    assert [item.discrimination for item in alone.items] == [None, None]
    assert (alone.mean, alone.alpha, alone.minutes) == (0.5, None, (0, 0, 0))


@pytest.mark.parametrize("option", ["a", "b", ""])
def test_when_all_answer_alike_nothing_but_the_facility_can_be_said(option):
    found = figures([a_sitting(*[option] * 4)] * 50, 4)

    assert {item.facility for item in found.items} == {float(option == "a")}
    assert {item.discrimination for item in found.items} == {None}
    assert found.alpha is None
    assert {choice.lower for item in found.items for choice in item.choices} == {None}
    assert {item.flags for item in found.items} == {() if option == "a" else (Flag.HARD,)}


def test_a_quiz_of_one_question_has_no_rest_to_compare_with():
    found = figures([a_sitting("a"), a_sitting("b")] * 30, 1)

    assert (found.items[0].facility, found.items[0].discrimination, found.alpha) == (0.5, None, None)


@given(seed=some.integers(0, 2**32), learners=some.integers(LEAST_FOR_ALPHA, 60), count=some.integers(2, 8))
@settings(max_examples=30)
def test_where_all_answer_the_same_questions_alpha_is_the_textbooks(seed, learners, count):
    rows = simulated(Random(seed), learners, count)
    columns = list(zip(*(row.marks.values() for row in rows), strict=True))
    whole = textbook.variance([sum(row.marks.values()) for row in rows])

    parts = sum(textbook.variance(column) for column in columns)

    expected = count / (count - 1) * (1 - parts / whole) if whole else None
    assert figures(rows, count).alpha == (None if expected is None else pytest.approx(expected))


@given(seed=some.integers(0, 2**32), learners=some.integers(LEAST_FOR_DISCRIMINATION, 60), count=some.integers(3, 8))
@settings(max_examples=30)
def test_discrimination_is_the_correlation_with_the_rest(seed, learners, count):
    rows = simulated(Random(seed), learners, count)

    for item in figures(rows, count).items:
        marks = [row.marks[item.key] for row in rows]
        rests = [sum(row.marks.values()) - row.marks[item.key] for row in rows]
        can_be_told = len(set(marks)) > 1 and len(set(rests)) > 1
        expected = pytest.approx(textbook.correlation(marks, rests), abs=1e-4) if can_be_told else None
        assert item.discrimination == expected


def simulated(chance: Random, learners: int, count: int, *, bank: int = 0, wrong_key: str = "") -> list[Sitting]:
    """Learners of different strength; who does not know takes any option. A wrongly keyed question counts `b` as right.

    With a bank each attempt draws `count` questions of it.
    """
    rows = []
    for _learner in range(learners):
        strength = chance.gauss(0, 1)
        asked = chance.sample(range(bank), count) if bank else range(count)
        marks, chosen = {}, {}
        for number in asked:
            key = f"c{number}"
            knows = chance.random() < 1 / (1 + 2.718 ** -(1.5 * strength + 0.3))
            picked = "a" if knows else chance.choice(OPTIONS)
            chosen[key], marks[key] = (picked,), float(picked == ("b" if key == wrong_key else "a"))
        rows.append(Sitting(marks, chosen))
    return rows


def test_thirds_and_choices_are_counted_as_by_hand():
    strong, fair, weak = a_sitting("a", "a", "a"), a_sitting("b", "a", ""), a_sitting("", "b", "b")

    item = figures([strong] * 4 + [fair] * 4 + [weak] * 4, 3).items[0]

    assert (item.lower, item.upper, item.facility) == (4, 4, pytest.approx(1 / 3))
    counted = {choice.option: (choice.all, choice.lower, choice.upper) for choice in item.choices}
    assert counted == {"a": (4, 0, 4), "b": (4, 0, 0), "c": (0, 0, 0), "d": (0, 0, 0), "": (4, 4, 0)}


@pytest.mark.parametrize("seed", range(5))
def test_a_planted_wrong_key_is_flagged_and_a_sound_bank_is_not(seed):
    planted = simulated(Random(seed), 400, 10, bank=20, wrong_key="c7")
    bank = [*keys(20)]
    bank[7] = Key("c7", OPTIONS, frozenset("b"))

    sound = gathered(simulated(Random(seed), 400, 10, bank=20)).figures(keys(20))
    faulty = gathered(planted).figures(bank)

    assert {item.key: item.flags for item in sound.items if item.flags} == {}
    suspects = {item.key for item in faulty.items if Flag.WRONG_KEY in item.flags}
    assert suspects == {"c7"}
    assert sound.alpha is not None
    assert 0.5 < sound.alpha < 0.85
    assert sound.pairs == 20 * 19 / 2


def test_a_few_answers_never_make_a_suspicion():
    few = [a_sitting("b", "a", "a"), a_sitting("a", "b", "b")] * 9

    assert {item.flags for item in figures(few, 3).items} == {()}
    assert figures(few * 2, 3).items[0].flags == (Flag.WRONG_KEY,)


def test_a_question_that_tells_nobody_apart_is_weak():
    chance = Random(5)
    rows = simulated(chance, 600, 8)
    for row in rows:
        row.marks["c3"] = float(chance.random() < 0.5)  # type: ignore[index]
        row.chosen["c3"] = ("a",) if row.marks["c3"] else ("b",)  # type: ignore[index]

    assert [item.flags for item in figures(rows, 8).items] == [(), (), (), (Flag.WEAK,), (), (), (), ()]


def test_alpha_of_drawn_questions_agrees_with_that_of_the_whole_test():
    whole = simulated(Random(3), 3000, 20)
    chance = Random(4)
    drawn = []
    for row in whole:
        asked = chance.sample(sorted(row.marks), 10)
        drawn.append(Sitting({key: row.marks[key] for key in asked}, {key: row.chosen[key] for key in asked}))

    of_twenty, of_ten = figures(whole, 20).alpha, figures(drawn, 20).alpha

    assert of_twenty is not None
    expected = of_twenty / (2 - of_twenty)  # Spearman and Brown's formula for half the length
    assert of_ten == pytest.approx(expected, abs=0.02)


def test_quartiles_are_values_that_somebody_had():
    assert quartiles(gathered([Sitting({}, {}, minutes=n) for n in (9, 2, 4, 7)]).minutes) == (2, 4, 7)


def test_a_units_question_that_few_were_asked_is_left_out():
    unit = Facilities()
    for number in range(LEAST_LEARNERS):
        unit.add(a_sitting("a", "b") if number else a_sitting("b"))

    assert unit.figures(keys(3)) == Figures(LEAST_LEARNERS, (Item("c0", LEAST_LEARNERS, 0.8),))


# --- The worker -------------------------------------------------------------------------------------------------------


def a_first_attempt(person: Person, drive: Drive, *, right: int, at: datetime = NOON, minutes: int = 3) -> None:
    """They answer this many questions right, leave the others out, and hand in."""
    attempt = services.start_attempt(a_place(person, drive), at=at)
    questions = queries.questions_of(attempt)
    sent = {question.id: the_right_answer(question) for question in questions[:right]}
    services.hand_in(viewer(person), attempt.id, sent, 1, at=at + timedelta(minutes=minutes))


def stored() -> list[tuple[object, ...]]:
    table = ItemStatistics.__table__
    rows = database.session.execute(select(table).order_by(*table.primary_key.columns))
    return [tuple(row) for row in rows]


def figures_of(drive: Drive, unit_id: int | None = None) -> Figures:
    version = drive.modules[0].version_id
    row = database.session.get_one(
        ItemStatistics, (drive.id, version, unit_id or drive.unit_id), populate_existing=True
    )
    return from_json(row.figures)


def test_the_worker_counts_each_learners_first_attempt_once_and_a_second_run_changes_nothing(db):
    district = a_district()
    drive, school = a_drive(district), a_unit(under=district)
    people = [a_learner(drive, school) for _ in range(3)]
    assert statistics.analyse(at=NOON) == 0
    for right, person in enumerate(people, 1):
        a_first_attempt(person, drive, right=right, minutes=right)
    a_first_attempt(people[0], drive, right=3, at=LATER)
    services.start_attempt(a_place(people[1], drive), at=LATER)

    runs = [statistics.analyse(at=LATER), statistics.analyse(at=LATER + PAUSE)]
    before = stored()
    runs.append(statistics.analyse(at=LATER + 2 * PAUSE))

    assert runs == [1, 0, 0]
    assert stored() == before
    assert len(before) == 1
    found = figures_of(drive)
    assert (found.learners, found.mean, found.minutes, found.asked) == (3, pytest.approx(2 / 3), (1, 2, 3), 3)
    assert sum(item.n for item in found.items) == 9
    assert sum((item.facility or 0) * item.n for item in found.items) == pytest.approx(6)
    assert sum(choice.all for item in found.items for choice in item.choices if not choice.option) == 3


def test_the_time_of_a_question_is_told_from_enough_people_on_and_other_work_gets_its_turn(db, monkeypatch):
    monkeypatch.setattr(statistics, "PORTION", 2)
    monkeypatch.setattr(secrets, "randbits", lambda bits: 7)
    drive, turns = a_drive(a_district()), []
    for number in range(LEAST_LEARNERS):
        person = a_learner(drive, drive.unit)
        attempt = services.start_attempt(a_place(person, drive), at=NOON)
        for place, key in enumerate(attempt.question_keys[:2], 1):
            moment = NOON + timedelta(seconds=place * (20 + number))
            question = next(one for one in queries.questions_of(attempt) if one.id == key)
            services.save_answer(viewer(person), attempt.id, key, the_right_answer(question), place, at=moment)
        services.hand_in(viewer(person), attempt.id, {}, 9, at=NOON + timedelta(minutes=5))

    statistics.analyse(at=LATER, meanwhile=lambda: turns.append(services.close_due(at=LATER)))

    assert turns == [0, 0, 0]
    timed = [item.seconds for item in figures_of(drive).items if item.seconds]
    assert timed == [(21, 22, 23), (21, 22, 23)]


def test_an_attempt_that_ran_out_counts_with_its_blanks(db):
    drive = a_drive(a_district())
    person = a_learner(drive, a_unit())
    services.start_attempt(a_place(person, drive), at=NOON)
    services.close_due(at=LATER)

    statistics.analyse(at=LATER)

    found = figures_of(drive)
    minutes = int(MINUTES.total_seconds() // 60)
    assert (found.learners, found.mean, found.by_timeout, found.minutes) == (1, 0, 1, (minutes,) * 3)


def test_new_attempts_are_counted_after_a_pause_and_not_long_after_the_end(db):
    drive, school = a_drive(a_district()), a_unit()
    people = [a_learner(drive, school) for _ in range(3)]
    a_first_attempt(people[0], drive, right=1)
    statistics.analyse(at=LATER)

    a_first_attempt(people[1], drive, right=2)
    too_soon = statistics.analyse(at=LATER + PAUSE - timedelta(seconds=1))
    in_time = statistics.analyse(at=LATER + PAUSE)
    counted = figures_of(drive).learners
    a_first_attempt(people[2], drive, right=2)
    long_after = statistics.analyse(at=drive.closes_at + WATCHED + timedelta(seconds=1))

    assert (too_soon, in_time, counted, long_after) == (0, 1, 2, 0)


def test_a_unit_has_figures_from_five_learners_on_and_loses_them_when_it_moves(db):
    district = a_district()
    drive, cluster, small = a_drive(district), a_unit("Cụm", under=district), a_unit("Trường nhỏ", under=district)
    school = a_unit("Trường", under=cluster)
    for number in range(LEAST_LEARNERS):
        a_first_attempt(a_learner(drive, school if number else cluster), drive, right=3)
        if number:
            a_first_attempt(a_learner(drive, small), drive, right=0)

    statistics.analyse(at=LATER)

    assert {row.unit_id for row in database.session.scalars(select(ItemStatistics))} == {district.id, cluster.id}
    assert figures_of(drive).learners == 2 * LEAST_LEARNERS - 1
    of_cluster = figures_of(drive, cluster.id)
    assert of_cluster.learners == LEAST_LEARNERS
    assert {item.facility for item in of_cluster.items} <= {1}
    assert all(item.n == LEAST_LEARNERS for item in of_cluster.items)

    units.move_unit(school, small, on=LATER.date() - timedelta(days=1))
    units.rebuild_closure()
    a_first_attempt(a_learner(drive, small), drive, right=0)
    statistics.analyse(at=LATER + PAUSE)

    assert {row.unit_id for row in database.session.scalars(select(ItemStatistics))} == {district.id, small.id}


def test_versions_of_a_module_are_worked_out_apart(db):
    drive, school = a_drive(a_district()), a_unit()
    first, second = a_learner(drive, school), a_learner(drive, school)
    a_first_attempt(first, drive, right=3)
    version, _ = content.publish(replace(the_sample(), title="Bản sau"), by=None, at=NOON)
    old = drive.modules[0].version_id
    moved_to(version, drive)
    a_first_attempt(second, drive, right=3)
    a_first_attempt(first, drive, right=0, at=LATER)

    assert statistics.analyse(at=LATER) == 2

    rows = database.session.scalars(select(ItemStatistics).order_by(ItemStatistics.version_id)).all()
    assert [(row.version_id, row.n, row.figures["mean"]) for row in rows] == [(old, 1, 1), (version.id, 1, 1)]


def test_many_attempts_are_read_in_portions_and_none_twice(db, monkeypatch):
    drive, school = a_drive(a_district()), a_unit()
    for number in range(5):
        a_first_attempt(a_learner(drive, school), drive, right=number % 4)
    monkeypatch.setattr(statistics, "PORTION", 2)

    statistics.analyse(at=LATER)

    found = figures_of(drive)
    assert (found.learners, found.mean) == (5, pytest.approx(6 / 15))
