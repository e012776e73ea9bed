"""Appeals: within their days, answered by somebody who has not graded the text, and nothing of it is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from lms import clock, vietnamese
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.drives.rules import Rating
from lms.errors import NotFound, Refused
from lms.grading import appealing, appeals, releasing
from lms.grading import settings as grading_settings
from lms.grading.appealing import Outcome
from lms.grading.models import Appeal
from lms.grading.settings import GradingRules
from lms.notices.models import Notice
from lms.people import services as people
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from tests.factories import (
    LONG_AGO,
    NOON,
    PASSWORD,
    a_district,
    a_handed_in_reflection,
    a_learner,
    an_organiser,
    viewer,
    with_role,
)
from tests.grading.panel import BETTER, GOOD, Panel, grade
from tests.pages import signed_in, submit
from tests.queries_counted import queries_counted

REASON = "Tôi thấy tiêu chí liên hệ chưa được tính đủ."
ANSWER = "Phần liên hệ có số liệu của đơn vị nên tăng điểm."
LAST = datetime(2026, 11, 15, 16, 59, tzinfo=NOON.tzinfo)
"""Just before the end of the fifth day after NOON in Việt Nam."""


class Appealed(Panel):
    """A panel with one released result: 8.00, marked by the first reviewer."""

    def __init__(self) -> None:
        super().__init__()
        self.person_who_writes = a_learner(self.drive, self.union, password=PASSWORD)
        self.reflection: Reflection = a_handed_in_reflection(self.person_who_writes, self.drive)
        grade(self.reflection, self.first)
        releasing.release([self.reflection.id], by=self.lead, at=NOON)
        self.author = viewer(self.person_who_writes)

    def appeal(self, *, at: datetime = NOON) -> int:
        return appeals.appeal(self.author, self.drive.code, REASON, at=at).id


def told(person_id: int) -> list[str]:
    chosen = select(Notice.kind).where(Notice.person_id == person_id, Notice.kind.like("appeal%"))
    return list(database.session.scalars(chosen.order_by(Notice.id)))


def entries(action: str) -> int:
    return database.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


@pytest.mark.parametrize(
    ("state", "days", "now", "has_appealed", "says"),
    [
        (State.RELEASED, 5, LAST, False, None),
        (State.RELEASED, 5, LAST + timedelta(minutes=2), False, "hết thời hạn khiếu nại"),
        (State.RELEASED, 0, NOON, False, "không nhận khiếu nại"),
        (State.RELEASED, 5, NOON, True, "Mỗi bài khiếu nại được một lần"),
        (State.GRADED, 5, NOON, False, "chưa có kết quả"),
    ],
)
def test_an_appeal_has_its_days_and_its_reason_to_be_refused(state, days, now, has_appealed, says):
    refusal = appealing.refusal_to_appeal(state, NOON, days, now, has_appealed=has_appealed)

    assert (refusal is None) if says is None else says in (refusal or "")


def test_an_appeal_starts_the_clock_and_tells_the_leads(db):
    panel = Appealed()

    with pytest.raises(Refused, match="ít nhất 5 từ"):
        appeals.appeal(panel.author, panel.drive.code, "Chưa đúng.", at=NOON)
    row = database.session.get_one(Appeal, panel.appeal())
    with pytest.raises(Refused, match="một lần"):
        panel.appeal()

    assert vietnamese.format_datetime(row.due_at) == vietnamese.format_datetime(LAST + timedelta(days=5))
    assert (told(panel.lead.person_id), told(panel.first.person_id)) == (["appeal_made"], [])
    assert entries("appeal") == 1


def test_the_organisers_say_for_how_long(db):
    panel = Appealed()
    rules = GradingRules(appeal_days=1, appeal_answer_days=3)
    grading_settings.set_rules(panel.drive, rules, by=an_organiser(panel.drive), at=NOON)

    with pytest.raises(Refused, match=r"hết thời hạn khiếu nại \(1 ngày"):
        panel.appeal(at=NOON + timedelta(days=2))
    row = database.session.get_one(Appeal, panel.appeal())
    assert (row.due_at - NOON).days == 3


def test_who_graded_the_text_never_decides_about_it(db):
    panel = Appealed()
    appeal = panel.appeal()
    people.grant_role(panel.person_who_writes, Role.REVIEWER, panel.district, by=None, on=LONG_AGO)

    for refused, error in ((panel.first, Refused), (viewer(panel.person_who_writes), NotFound)):
        with pytest.raises(error):
            appeals.decide(refused, appeal, None, ANSWER, at=NOON)
    stranger = viewer(with_role(Role.REVIEWER, a_district("Liên đoàn Lao động huyện Khác")))
    with pytest.raises(NotFound):
        appeals.decide(stranger, appeal, None, ANSWER, at=NOON)

    assert (appeals.waiting(panel.first), appeals.next_of(panel.first)) == (0, None)
    assert (appeals.waiting(panel.second), appeals.next_of(panel.second)) == (1, appeal)
    assert [row.is_mine for row in appeals.rows(panel.first, is_open=True)] == [False]


def test_a_new_mark_keeps_the_former_one_readable(db):
    panel = Appealed()
    appeal = panel.appeal()

    with pytest.raises(Refused, match="Liên hệ"):
        appeals.decide(panel.second, appeal, {"noi-dung": Decimal(9)}, ANSWER, at=NOON)
    with pytest.raises(Refused, match="từ 0 đến 10"):
        appeals.decide(panel.second, appeal, {**BETTER, "lien-he": Decimal(11)}, ANSWER, at=NOON)
    assert appeals.decide(panel.second, appeal, BETTER, ANSWER, at=NOON) is Outcome.CHANGED
    with pytest.raises(Refused, match="vừa được giải quyết"):
        appeals.decide(panel.lead, appeal, None, ANSWER, at=NOON)

    release = releasing.release_of(panel.reflection.id)
    (former,) = appeals.formers_of(release)
    assert (release.mark, release.rating) == (Decimal("9.00"), Rating.EXCELLENT)
    assert (former.mark, former.scores, former.reason) == (
        Decimal("8.00"),
        {key: str(score) for key, score in GOOD.items()},
        ANSWER,
    )
    assert panel.reflection.state is State.RELEASED
    assert told(panel.author.person_id) == ["appeal_decided"]
    assert entries("decide_appeal") == 1


def test_the_same_scores_are_no_change(db):
    panel = Appealed()

    assert appeals.decide(panel.second, panel.appeal(), GOOD, ANSWER, at=NOON) is Outcome.KEPT

    release = releasing.release_of(panel.reflection.id)
    assert (release.mark, appeals.formers_of(release)) == (Decimal("8.00"), [])


def test_of_two_who_decide_at_once_one_does(db):
    panel = Appealed()
    appeal = panel.appeal()

    def decide(one) -> str:
        with db.app_context():
            try:
                return appeals.decide(one, appeal, BETTER, ANSWER, at=NOON)
            except Refused:
                return "refused"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(decide, [panel.second, panel.lead]))

    assert sorted(answers) == ["changed", "refused"]
    assert len(appeals.formers_of(releasing.release_of(panel.reflection.id))) == 1


def test_both_sides_talk_until_it_is_decided_or_withdrawn(db):
    panel = Appealed()
    appeal = panel.appeal()

    appeals.add_note(panel.second, appeal, "Đồng chí nói về đoạn nào?", at=NOON)
    appeals.add_own_note(panel.author, panel.drive.code, "Đoạn cuối.", at=NOON)
    row = database.session.get_one(Appeal, appeal)
    said = [(note.is_by_author, note.text) for note in appeals.thread(row)]
    appeals.withdraw(panel.author, panel.drive.code, at=NOON)
    appeals.withdraw(panel.author, panel.drive.code, at=NOON)

    assert said == [(False, "Đồng chí nói về đoạn nào?"), (True, "Đoạn cuối.")]
    assert (told(panel.author.person_id), told(panel.second.person_id)) == (["appeal_note"], ["appeal_note"])
    for refused in (
        lambda: appeals.add_own_note(panel.author, panel.drive.code, "Còn nữa.", at=NOON),
        lambda: appeals.decide(panel.second, appeal, None, ANSWER, at=NOON),
    ):
        with pytest.raises(Refused, match="đã rút"):
            refused()
    assert entries("withdraw_appeal") == 1


def test_an_author_adds_so_many_notes_and_the_panel_is_told_once_an_hour(db):
    panel = Appealed()
    appeal = panel.appeal()
    appeals.add_note(panel.second, appeal, "Đồng chí nói về đoạn nào?", at=NOON)

    for n in range(appealing.MOST_NOTES):
        appeals.add_own_note(panel.author, panel.drive.code, "Đoạn cuối.", at=NOON + timedelta(seconds=n))
    with pytest.raises(Refused, match="30 lần"):
        appeals.add_own_note(panel.author, panel.drive.code, "Còn nữa.", at=NOON)

    assert told(panel.second.person_id) == ["appeal_note"]
    row = database.session.get_one(Appeal, appeal)
    database.session.expire_all()
    with queries_counted() as asked:
        names = {note.by.full_name for note in appeals.thread(row)}
    assert (len(names), len(asked) <= 2) == (2, True)


def test_author_and_reviewer_walk_through_an_appeal_and_lose_nothing_they_typed(app, client):
    with app.app_context():
        panel = Appealed()
        judge = with_role(Role.REVIEWER, panel.district, name="Hồ Thị Xem Lại", password=PASSWORD)
    result, own = f"/grading/result/{panel.drive.code}", f"/grading/appeal/{panel.drive.code}"
    author, reviewer = signed_in(client, panel.person_who_writes), signed_in(app.test_client(), judge)
    scores = {"score-noi-dung": "9", "score-lien-he": "9"}

    with clock.stopped_at(NOON):
        before = author.get(result).text
        short = submit(author, own, reason="Chưa rõ.")
        submit(author, own, reason=REASON)
        waiting = author.get(own).text
        page = reviewer.get("/grading/appeals/next", follow_redirects=True)
        path = page.request.path
        refused = submit(reviewer, path, decision="change", answer="Tăng.", **scores)
        submit(reviewer, path, decision="change", answer=ANSWER, **scores)
        after, decided = author.get(result).text, author.get(own).text

    assert "được gửi khiếu nại đến hết ngày 15/11/2026" in before
    assert (short.status_code, "Chưa rõ." in short.text) == (409, True)
    assert "Đang được xem lại, trả lời trước hết ngày 20/11/2026" in waiting
    assert REASON in page.text
    assert (refused.status_code, "Tăng.</textarea>" in refused.text, 'value="9"' in refused.text) == (409, True, True)
    for shown in ("Giỏi · 9/10", "Giỏi · 8/10, đến 10/11/2026", "sau khiếu nại", ANSWER, "Bài rõ."):
        assert shown in after
    assert ANSWER in decided
    for name in (judge.full_name, panel.first.full_name):
        assert name not in after + decided
