"""Giving results out: in waves, past the gate, each told once, whoever else does it at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.db import transaction
from lms.errors import NotAllowed, NotFound
from lms.grading import queries, releasing, services
from lms.grading.gate import Concern
from lms.grading.models import Release
from lms.grading.releasing import Outcome, Wave
from lms.notices.models import Notice
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from tests.factories import NOON, PASSWORD, a_district, a_handed_in_reflection, a_learner, a_unit, viewer, with_role
from tests.grading.panel import GOOD, LATER, Panel
from tests.pages import signed_in, submit
from tests.queries_counted import queries_counted

LOW = dict.fromkeys(GOOD, Decimal(4))


def told(kind: str = "result_released") -> list[int]:
    return list(database.session.scalars(select(Notice.person_id).where(Notice.kind == kind).order_by(Notice.id)))


def marked(
    panel: Panel, scores=GOOD, comment: str = "Bài rõ.", *, at=NOON, text: Reflection | None = None
) -> Reflection:
    text = text or panel.text()
    services.grade(queries.essay_for(panel.first, text.id), scores, comment, by=panel.first, at=at)
    return text


def test_a_wave_goes_out_by_unit_and_by_day_and_tells_each_author_once(db):
    panel = Panel()
    elsewhere = a_unit("Công đoàn Xã Khác", under=panel.district)
    other = a_handed_in_reflection(a_learner(panel.drive, elsewhere), panel.drive)
    today, tomorrow = marked(panel), marked(panel, comment="Có số liệu.", at=NOON + timedelta(days=1))
    marked(panel, comment="Nên cụ thể hơn.", text=other)
    with clock.stopped_at(LATER):
        by_unit = releasing.release_wave(panel.lead, panel.drive.code, Wave(elsewhere.id), at=LATER)
        by_day = releasing.release_wave(panel.lead, panel.drive.code, Wave(until=NOON.date()), at=LATER)

        assert (by_unit, by_day) == (Outcome(1, 0), Outcome(1, 0))
        assert [one.state for one in (other, today, tomorrow)] == [State.RELEASED, State.RELEASED, State.GRADED]
        assert told() == [other.summons.person_id, today.summons.person_id]
        releasing.release([today.id, tomorrow.id], by=panel.lead, at=LATER)
    assert told() == [one.summons.person_id for one in (other, today, tomorrow)]
    assert releasing.release_of(today.id).mark == Decimal("8.00")


def test_what_the_gate_holds_back_waits_until_the_lead_has_looked(db):
    panel = Panel()
    fine, low = marked(panel), marked(panel, LOW, "")

    looked = releasing.look(panel.lead, panel.drive)
    first = releasing.release_wave(panel.lead, panel.drive.code, Wave(), at=NOON)
    second = releasing.release_wave(panel.lead, panel.drive.code, Wave(), [Concern.LOW_WITHOUT_COMMENT], at=LATER)

    assert (looked.of(Concern.LOW_WITHOUT_COMMENT), looked.through(())) == ([low.id], [fine.id])
    assert (first, second) == (Outcome(1, 1), Outcome(1, 0))


def test_a_comment_pasted_in_a_row_is_seen_also_where_the_wave_cuts_the_row(db):
    panel = Panel()
    texts = [marked(panel, at=NOON + timedelta(minutes=n)) for n in range(2)]
    texts.append(marked(panel, at=NOON + timedelta(days=2)))

    looked = releasing.look(panel.lead, panel.drive, Wave(until=NOON.date()))

    assert looked.of(Concern.SAME_COMMENT) == [one.id for one in texts[:2]]


def test_a_mark_that_lacks_a_criterion_never_goes_out(db):
    panel = Panel()
    text = marked(panel)
    with transaction():
        row = queries.grades_of(text.id)[0]
        row.scores = {"noi-dung": "8.5"}

    assert releasing.look(panel.lead, panel.drive).of(Concern.OPEN_CRITERION) == [text.id]
    assert releasing.release_wave(panel.lead, panel.drive.code, Wave(), set(Concern), at=NOON) == Outcome(0, 1)
    assert releasing.release([text.id], by=panel.lead, at=NOON) == 0
    assert (text.state, told()) == (State.GRADED, [])


def test_two_leads_at_once_release_each_result_once(db):
    panel = Panel()
    other = viewer(with_role(Role.GRADING_LEAD, panel.district, name="Trần Thị Phó"))
    ids = [marked(panel, comment=f"Nhận xét {n}.").id for n in range(4)]

    def release(lead) -> int:
        with db.app_context():
            return releasing.release(ids, by=lead, at=LATER)

    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(release, [panel.lead, other]))

    assert sorted(counts) == [0, 4]
    assert database.session.scalar(select(func.count()).select_from(Release)) == 4
    assert len(told()) == 4
    assert database.session.scalar(select(func.count()).where(AuditEntry.action == "release")) == 4


def test_only_a_lead_of_the_unit_comes_to_the_gate(db):
    panel = Panel()
    marked(panel)
    stranger = viewer(with_role(Role.GRADING_LEAD, a_district("Liên đoàn Lao động huyện Khác")))

    with pytest.raises(NotFound):
        releasing.release_wave(stranger, panel.drive.code, Wave(), at=NOON)
    with pytest.raises(NotAllowed):
        releasing.release_wave(panel.first, panel.drive.code, Wave(), at=NOON)
    assert releasing.overviews(stranger) == []
    assert [(one.waiting, one.released) for one in releasing.overviews(panel.lead)] == [(1, 0)]


def test_the_lead_sees_the_result_as_its_author_will_and_then_gives_it_out(db, client):
    panel = Panel()
    person = with_role(Role.GRADING_LEAD, panel.district, password=PASSWORD)
    fine, low = marked(panel), marked(panel, LOW, "")
    signed_in(client, person)
    path = f"/grading/release/{panel.drive.code}"

    with clock.stopped_at(LATER):
        page = client.get(path)
        preview = client.get(f"{path}/{low.id}")
        few = submit(client, path, reflection=[fine.id])
        rest = submit(client, path, which="wave", accept="low_without_comment")

    assert "2 kết quả chờ công bố" in page.text
    assert "1 bài điểm thấp mà chưa có nhận xét" in page.text
    assert "dưới 5, nhận xét chung chưa đến 3 từ" in page.text
    assert "Không đạt · 4/10" in preview.text
    assert "Chưa ai được báo" in preview.text
    assert (few.location, rest.location) == (path, path)
    assert (fine.state, low.state, len(told())) == (State.RELEASED, State.RELEASED, 2)


def test_the_gate_asks_the_same_number_of_queries_for_one_text_and_for_three(db, client):
    panel = Panel()
    person = with_role(Role.GRADING_LEAD, panel.district, password=PASSWORD)
    marked(panel)
    signed_in(client, person)
    path = f"/grading/release/{panel.drive.code}"

    with queries_counted() as one:
        client.get(path)
    for comment in ("Có số liệu.", "Nên cụ thể hơn."):
        marked(panel, comment=comment)
    with queries_counted() as three:
        client.get(path)

    assert len(three) == len(one)
