"""What a grading lead sees: counts that sum, marks against marks, and names in the order of the alphabet."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from lms import clock
from lms.access import Role
from lms.errors import NotFound
from lms.grading import allocation, leading, releasing
from lms.grading import settings as grading_settings
from lms.grading.settings import GradingRules
from lms.reflections.rules import State
from tests.factories import NOON, PASSWORD, a_district, an_organiser, viewer, with_role
from tests.grading.panel import Panel, grade
from tests.pages import signed_in
from tests.queries_counted import queries_counted


def even(score: str) -> dict[str, Decimal]:
    return {"noi-dung": Decimal(score), "lien-he": Decimal(score)}


@pytest.fixture(autouse=True)
def later():
    with clock.stopped_at(NOON + timedelta(days=4)):
        yield


def test_progress_sums_and_ages_tell_how_long_texts_wait(db):
    panel = Panel()
    for days in (0, 1, 3):
        panel.text(at=NOON + timedelta(days=days))
    graded, released = panel.text(), panel.text()
    for one in (graded, released):
        grade(one, panel.first)
    releasing.release([released.id], by=panel.lead, at=NOON)

    seen = leading.lead(panel.lead, panel.drive)

    progress = seen.progress
    assert (progress.all, progress.graded, progress.of(State.SUBMITTED)) == (5, 2, 3)
    assert (progress.ages, progress.oldest) == ([1, 2, 0, 0], NOON)
    assert [(day.handed_in, day.marked) for day in seen.days[-5:]] == [(3, 2), (1, 0), (0, 0), (1, 0), (0, 0)]


def test_marks_of_two_people_are_compared_criterion_by_criterion_and_person_by_person(db):
    panel = Panel()
    rules = GradingRules(marks_wanted=2)
    grading_settings.set_rules(panel.drive, rules, by=an_organiser(panel.drive), at=NOON)
    for turn in range(6):
        text = panel.text()
        grade(text, panel.first, even("7"), at=NOON + timedelta(minutes=6 * turn))
        grade(
            text, panel.second, {"noi-dung": Decimal(8), "lien-he": Decimal(9)}, at=NOON + timedelta(minutes=6 * turn)
        )

    seen = leading.lead(panel.lead, panel.drive)

    assert [(one.criterion.id, one.share.value, one.share.n, one.apart) for one in seen.agreed] == [
        ("noi-dung", 1.0, 6, 1.0),
        ("lien-he", 0.0, 6, 2.0),
    ]
    assert [(one.name, one.marks) for one in seen.reviewers] == [("Trần Thị Hai", 6), ("Trần Thị Một", 6)]
    milder, stricter = seen.reviewers
    assert (milder.severity.value, milder.shared.value, milder.drift.value) == pytest.approx((1.4, 1.4, 0))
    assert (milder.shared.is_clear, stricter.severity.value, stricter.an_hour) == (True, pytest.approx(-1.4), 10)


def test_a_lead_sees_no_other_unit_and_nobody_else_sees_the_page(db):
    panel = Panel()
    panel.text()
    stranger = viewer(with_role(Role.GRADING_LEAD, a_district("Liên đoàn Lao động huyện Khác")))

    with pytest.raises(NotFound):
        allocation.drive_for(stranger, panel.drive.code)


def test_the_page_ranks_nobody_and_costs_the_same_for_many(db, client):
    panel = Panel()
    person = with_role(Role.GRADING_LEAD, panel.district, password=PASSWORD)
    for turn in range(7):
        grade(panel.text(), panel.first if turn % 2 else panel.second, even("9" if turn % 2 else "6"))
    signed_in(client, person)
    path = f"/grading/lead/{panel.drive.code}"

    with queries_counted() as few:
        page = client.get(path).text
    grade(panel.text(), panel.lead, even("8"))
    panel.text()
    with queries_counted() as many:
        client.get(path)

    table = page[page.index('<table id="bang-giam-khao"') :]
    assert re.findall(r'<th scope="row">([^<]+)', table) == ["Trần Thị Hai", "Trần Thị Một"]
    assert 'aria-describedby="bang-giam-khao"' in page
    assert "chưa đủ bài" in table
    assert len(many) == len(few)
