"""The sample that is looked at once more: the same for the same seed, and on record."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis.strategies import builds, decimals, integers, lists
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.errors import NotAllowed, NotFound, Refused
from lms.grading import moderation, services
from lms.grading import queries as grading
from lms.grading.models import Moderation
from lms.grading.sampling import Marked, Reason, Wanted, sample
from tests.factories import NOON, PASSWORD, a_district, viewer, with_role
from tests.grading.panel import LATER, Panel, grade
from tests.pages import signed_in, submit

THRESHOLDS = (Decimal(8), Decimal("6.5"), Decimal(5))
MARKED = builds(Marked, integers(1, 10**6), integers(0, 40).map(lambda n: Decimal(n) / 4), integers(1, 4))
TEXTS = lists(MARKED, max_size=30, unique_by=lambda one: one.id)
WANTED = builds(Wanted, integers(0, 100), decimals(0, 1, places=2), integers(0, 4), integers(1, 99))


@given(TEXTS, WANTED)
@settings(max_examples=50)
def test_everything_is_in_the_sample_that_ought_to_be_and_says_why(texts, wanted):
    found = sample(texts, THRESHOLDS, wanted)

    for one in texts:
        reasons = found.get(one.id, frozenset())
        assert (Reason.FAIL in reasons) == (one.mark < 5)
        assert (Reason.BORDERLINE in reasons) == any(abs(one.mark - at) <= wanted.near for at in THRESHOLDS)
    for reviewer_id in {one.reviewer_id for one in texts}:
        theirs = [one for one in texts if one.reviewer_id == reviewer_id]
        chosen = [one for one in theirs if Reason.REVIEWER in found.get(one.id, ())]
        assert len(chosen) == min(wanted.of_each, len(theirs))
    assert all(found.values())


@given(TEXTS, WANTED)
@settings(max_examples=50)
def test_the_same_seed_draws_the_same_whatever_has_been_graded_since(texts, wanted):
    before = sample(texts[: len(texts) // 2], THRESHOLDS, wanted)
    after = sample(texts[::-1], THRESHOLDS, wanted)

    assert after == sample(texts, THRESHOLDS, wanted)
    for one in texts[: len(texts) // 2]:
        drawn = [Reason.CHANCE in found.get(one.id, ()) for found in (before, after)]
        assert drawn[0] == drawn[1]


def test_the_share_is_about_what_was_asked_for():
    texts = [Marked(n, Decimal(7), 1) for n in range(2000)]

    found = sample(texts, THRESHOLDS, Wanted(percent=10, near=Decimal(0), of_each=0))

    assert 150 < len(found) < 250
    assert found.keys() != sample(texts, THRESHOLDS, Wanted(percent=10, near=Decimal(0), of_each=0, seed=2)).keys()


def test_a_lead_looks_at_a_mark_once_and_never_at_their_own(app, client):
    with app.app_context(), clock.stopped_at(NOON):
        panel = Panel()
        leader = with_role(Role.GRADING_LEAD, panel.district, name="Phạm Thị Trưởng Ban", password=PASSWORD)
        theirs, own, waiting = (panel.text(name=f"Lê Thị Viết {n}") for n in range(3))
        grade(theirs, panel.first)
        grade(own, viewer(leader))
        code, drive = panel.drive.code, panel.drive
        stranger = viewer(with_role(Role.GRADING_LEAD, a_district("Liên đoàn Lao động huyện Khác")))
        for one, text, error in (
            (viewer(leader), own, Refused),
            (viewer(leader), waiting, NotFound),
            (stranger, theirs, NotFound),
            (panel.first, theirs, NotAllowed),
        ):
            with pytest.raises(error):
                moderation.moderate(one, drive, text.id, "", at=NOON)
    page = f"/grading/moderation/{code}"
    with clock.stopped_at(NOON):
        lead = signed_in(client, leader)
        shown = lead.get(f"{page}?percent=100&near=0,5&of_each=x&seed=3").text
        for _twice in range(2):
            answer = submit(lead, page, text=theirs.id, note="Điểm hợp lý", percent=100, near="0,5", seed=3)
        after = lead.get(answer.location).text

    assert ("2 bài trong 2 bài đã chấm" in shown, shown.count("Đã xem, giữ điểm")) == (True, 1)
    assert "sát ngưỡng xếp loại" in shown
    assert ("Phạm Thị Trưởng Ban đã xem" in after, "Điểm hợp lý" in after) == (True, True)
    with app.app_context():
        assert len(database.session.scalars(select(Moderation)).all()) == 1
        entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "moderate")).one()
        assert (entry.subject_id, entry.reason) == (theirs.id, "Điểm hợp lý")


def test_a_mark_that_changed_since_is_to_be_looked_at_anew(db):
    with clock.stopped_at(NOON):
        panel = Panel()
        text = panel.text()
        grade(text, panel.first)
        moderation.moderate(panel.lead, panel.drive, text.id, "", at=NOON)
        seen = moderation.sample_of(panel.lead, panel.drive, Wanted(percent=100))
        scores = {"noi-dung": Decimal(5), "lien-he": Decimal(5)}
        services.grade(grading.essay_for(panel.second, text.id), scores, "", by=panel.second, at=LATER)

        anew = moderation.sample_of(panel.lead, panel.drive, Wanted(percent=100))

    assert [(row.mark, row.seen_by) for row in seen.rows + anew.rows] == [
        (Decimal("8.00"), "Trần Thị Trưởng"),
        (Decimal("5.00"), None),
    ]
