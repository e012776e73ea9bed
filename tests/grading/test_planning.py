"""The plan of who grades what keeps every rule, for any texts and reviewers, and is the same for the same seed."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis.strategies import booleans, composite, dates, frozensets, integers, lists, sampled_from, tuples

from lms.grading.planning import Essay, Plan, Reviewer, Why, days_present, plan, room_of

UNITS = frozenset({1, 2, 3})


@composite
def everything(draw):
    """Some texts of authors who may be reviewers too, some reviewers, and who clashes with whom."""
    essays = [
        Essay(
            id,
            draw(integers(50, 3000)),
            draw(integers(1, 9)),
            draw(sampled_from(sorted(UNITS))),
            draw(frozensets(integers(1, 9), max_size=2)),
            draw(integers(1, 2)),
        )
        for id in range(draw(integers(0, 12)))
    ]
    reviewers = [
        Reviewer(id, draw(frozensets(sampled_from(sorted(UNITS)))), draw(integers(0, 9000)), draw(integers(0, 2000)))
        for id in range(1, draw(integers(1, 6)))
    ]
    clashes = {author: draw(frozensets(integers(1, 6), max_size=2)) for author in draw(frozensets(integers(1, 9)))}
    return essays, reviewers, clashes


def readers(found: Plan) -> dict[int, list[int]]:
    """By text, who would get it."""
    by_text: dict[int, list[int]] = {}
    for share in found.shares:
        for essay in share.essays:
            by_text.setdefault(essay, []).append(share.reviewer.id)
    return by_text


def may_read(reviewer: Reviewer, essay: Essay, clashes) -> bool:
    barred = {essay.author_id, *essay.had_by, *clashes.get(essay.author_id, ())}
    return essay.unit_id in reviewer.unit_ids and reviewer.id not in barred


@given(everything(), integers(1, 99))
@settings(max_examples=40)
def test_nobody_gets_what_they_must_not_read_or_have_no_room_for(case, seed):
    essays, reviewers, clashes = case

    found = plan(essays, reviewers, clashes, seed=seed)

    known = {one.id: one for one in essays}
    for share in found.shares:
        texts = [known[id] for id in share.essays]
        assert all(may_read(share.reviewer, text, clashes) for text in texts)
        assert share.words == sum(text.words for text in texts)
        assert not texts or share.words + share.reviewer.open_words <= share.reviewer.room
    got = readers(found)
    assert all(len(ids) == len(set(ids)) <= known[text].wants for text, ids in got.items())
    assert {one.id for one in essays if len(got.get(one.id, ())) < one.wants} == set(found.left)


@given(everything(), integers(1, 99))
@settings(max_examples=40)
def test_what_is_left_is_left_for_the_reason_given(case, seed):
    essays, reviewers, clashes = case

    found = plan(essays, reviewers, clashes, seed=seed)

    used = {share.reviewer.id: share.words + share.reviewer.open_words for share in found.shares}
    got = readers(found)
    for essay in essays:
        there = [one for one in reviewers if one.room and essay.unit_id in one.unit_ids]
        free = [one for one in there if may_read(one, essay, clashes) and one.id not in got.get(essay.id, ())]
        expected = Why.NOBODY if not there else Why.FULL if free else Why.CONFLICT
        if essay.id in found.left:
            assert found.left[essay.id] is expected
            assert all(used[one.id] + essay.words > one.room for one in free)


@given(everything(), integers(1, 99), booleans())
@settings(max_examples=40)
def test_the_same_seed_gives_the_same_plan_in_whatever_order_things_come(case, seed, backwards):
    essays, reviewers, clashes = case
    step = -1 if backwards else 1

    first = plan(essays, reviewers, clashes, seed=seed)
    second = plan(essays[::step], reviewers[::step], clashes, seed=seed)

    assert (first, first.digest()) == (second, second.digest())


@given(lists(integers(50, 3000), min_size=1, max_size=40), integers(2, 5), integers(1, 99))
def test_reading_is_spread_evenly_where_everybody_can_read_everything(words, people, seed):
    essays = [Essay(n, count, 1000 + n, 1) for n, count in enumerate(words)]
    reviewers = [Reviewer(n, frozenset({1}), 10**6) for n in range(people)]

    shares = plan(essays, reviewers, {}, seed=seed).shares

    assert max(one.words for one in shares) - min(one.words for one in shares) <= max(words)


def test_twice_the_room_is_twice_the_reading():
    essays = [Essay(n, 100, 1000 + n, 1) for n in range(300)]
    quick, slow = Reviewer(1, frozenset({1}), 40_000), Reviewer(2, frozenset({1}), 20_000)

    first, second = plan(essays, [quick, slow], {}, seed=1).shares

    assert (first.words, second.words, first.percent, second.percent) == (20_000, 10_000, 50, 50)


def test_what_is_open_already_counts():
    essays = [Essay(n, 100, 1000 + n, 1) for n in range(10)]
    busy, free = Reviewer(1, frozenset({1}), 2000, open_words=1000), Reviewer(2, frozenset({1}), 2000)

    shares = plan(essays, [busy, free], {}, seed=1).shares

    assert [len(share.essays) for share in shares] == [0, 10]


def test_another_seed_mixes_otherwise_and_changes_the_digest():
    essays = [Essay(n, 100, 1000 + n, 1) for n in range(40)]
    reviewers = [Reviewer(n, frozenset({1}), 10**6) for n in range(4)]
    plans = [plan(essays, reviewers, {}, seed=seed) for seed in (1, 2)]

    assert plans[0].digest() != plans[1].digest()
    assert [share.words for share in plans[0].shares] == [share.words for share in plans[1].shares]


@given(dates(date(2026, 1, 1), date(2026, 1, 9)), integers(0, 9), lists(tuples(integers(-3, 12), integers(0, 5))))
@settings(max_examples=30)
def test_the_days_somebody_is_there_are_those_on_which_they_are_not_away(first, length, leaves):
    last = first + timedelta(days=length)
    absences = [(first + timedelta(days=begin), first + timedelta(days=begin + days)) for begin, days in leaves]

    days = days_present(first, last, absences)

    assert days == sum(
        not any(begin <= first + timedelta(days=n) <= end for begin, end in absences) for n in range(length + 1)
    )
    assert room_of(10, 800, days) == 8000 * days


def test_a_plan_for_a_whole_city_takes_no_time():
    """Half of the texts fit; every reviewer who is full is passed over thousands of times."""
    essays = [Essay(n, 400 + n % 2600, 1000 + n, n % 3) for n in range(5000)]
    reviewers = [Reviewer(n, frozenset({n % 3, 0}), 20_000) for n in range(100)]

    found = plan(essays, reviewers, {}, seed=1)

    assert found.given + len(found.left) == 5000
    assert set(found.left.values()) == {Why.FULL}
    assert replace(found, left={}).digest() == found.digest()
