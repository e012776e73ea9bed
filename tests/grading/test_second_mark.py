"""Two people mark a text without knowing of each other; nothing shows before both are in, then what they come to."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.drives.rules import Rating, Settling
from lms.errors import NotFound, Refused
from lms.grading import allocation, moving, queries, queues, releasing, services
from lms.grading.models import Grade, Remark
from lms.grading.rules import Decision, Passage
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from tests.factories import NOON, PASSWORD, TEXTS, viewer, with_role
from tests.grading.panel import LATER, Panel
from tests.pages import signed_in, submit


@pytest.fixture(autouse=True)
def noon():
    with clock.stopped_at(NOON):
        yield


class Pair(Panel):
    """A panel whose drive wants two marks within a point, and a third reviewer."""

    def __init__(self, by: Settling = Settling.MEAN) -> None:
        super().__init__()
        with transaction():
            drive = database.session.get_one(Drive, self.drive.id)
            drive.marks_wanted, drive.most_apart, drive.settle_by = 2, Decimal(1), by
        self.other = with_role(Role.REVIEWER, self.district, name="Trần Thị Ba", password=PASSWORD)
        self.third = viewer(self.other)
        self.leader = with_role(Role.GRADING_LEAD, self.district, name="Phạm Thị Trưởng Ban", password=PASSWORD)
        self.reflection = self.text()

    def mark(self, by, points: str, comment: str = "Bài rõ.", remarks: tuple[Passage, ...] = ()) -> Grade:
        scores = dict.fromkeys(("noi-dung", "lien-he"), Decimal(points))
        essay = queries.essay_for(by, self.reflection.id)
        return services.grade(essay, scores, comment, remarks, by=by, at=NOON)

    def seen(self, by) -> list[tuple[int, Decision]]:
        return [(one.reviewer_id, one.decision) for one in queries.essay_for(by, self.reflection.id).grades]


def standing(reflection: Reflection) -> list[tuple[Decision, Decimal | None]]:
    return [(one.decision, one.mark) for one in queries.standing(queries.grades_of(reflection.id))]


@pytest.mark.parametrize(("by", "mark"), [(Settling.MEAN, "7.50"), (Settling.FIRST, "7.00")])
def test_two_marks_that_agree_grade_the_text(db, by, mark):
    pair = Pair(by)

    pair.mark(pair.first, "7", "Rõ.")
    assert (pair.reflection.state, standing(pair.reflection)) == (State.SUBMITTED, [(Decision.MARK, Decimal(7))])
    pair.mark(pair.second, "8", "Đủ.")

    assert pair.reflection.state is State.GRADED
    assert standing(pair.reflection)[-1] == (Decision.SETTLED, Decimal(mark))
    assert releasing.release([pair.reflection.id], by=viewer(pair.leader), at=LATER) == 1
    released = releasing.release_of(pair.reflection.id)
    assert (released.grade.mark, released.rating) == (Decimal(mark), Rating.GOOD)
    assert released.grade.comment == ("Rõ.\n\nĐủ." if by is Settling.MEAN else "Rõ.")


def test_the_other_mark_is_seen_only_when_it_cannot_sway_ones_own(db):
    pair = Pair()
    passage = Passage("tam-dac", 0, TEXTS["tam-dac"][:7], "Nêu rõ hơn.")

    pair.mark(pair.first, "7", remarks=(passage,))
    assert (pair.seen(pair.first), pair.seen(pair.second)) == ([(pair.first.person_id, Decision.MARK)], [])
    assert pair.seen(viewer(pair.leader)) == []
    assert queries.essay_for(pair.second, pair.reflection.id).current is None
    pair.mark(pair.second, "9")

    both = [(pair.first.person_id, Decision.MARK), (pair.second.person_id, Decision.MARK)]
    assert pair.seen(pair.first) == pair.seen(pair.second) == both
    assert pair.seen(pair.third) == []


def test_marks_too_far_apart_want_a_third_reader_whose_mark_it_is(db):
    pair = Pair()
    pair.mark(pair.first, "5")
    pair.mark(pair.second, "9")
    assert pair.reflection.state is State.SUBMITTED

    assert [queues.next_in_queue(one) for one in (pair.first, pair.second, pair.third)] == [None] * 3
    moving.move(viewer(pair.leader), pair.drive.code, [pair.reflection.id], of=None, to=[pair.third.person_id], at=NOON)
    assert queues.next_in_queue(pair.third) == pair.reflection.id
    pair.mark(pair.third, "6")

    assert pair.reflection.state is State.GRADED
    assert standing(pair.reflection)[-1] == (Decision.SETTLED, Decimal(6))


def test_no_third_mark_where_two_agree_and_no_second_one_by_the_same_person(db):
    pair = Pair()
    pair.mark(pair.first, "7")
    with pytest.raises(Refused, match="đã chấm bài này"):
        pair.mark(pair.first, "9")
    pair.mark(pair.second, "7")

    with pytest.raises(Refused, match="đủ điểm"):
        pair.mark(pair.third, "2")

    assert len(standing(pair.reflection)) == 3


def test_ones_own_mark_goes_back_until_the_other_one_is_in(db):
    pair = Pair()
    row = pair.mark(pair.first, "7")

    services.take_back(row.id, by=pair.first, at=NOON)
    assert (pair.reflection.state, standing(pair.reflection)) == (State.SUBMITTED, [])
    mine = pair.mark(pair.first, "8")
    other = pair.mark(pair.second, "8")

    for one, by in ((mine, pair.first), (other, pair.second)):
        with pytest.raises(Refused, match="quyết định khác"):
            services.take_back(one.id, by=by, at=NOON)
    assert pair.reflection.state is State.GRADED


def test_no_mark_goes_back_once_both_are_in_and_what_they_came_to_never(db):
    pair = Pair()
    pair.mark(pair.first, "5")
    assert queues.day_of(pair.first).last is not None
    last = pair.mark(pair.second, "9")

    with pytest.raises(Refused, match="thấy điểm của nhau"):
        services.take_back(last.id, by=pair.second, at=NOON)
    assert [queues.day_of(one).last for one in (pair.first, pair.second)] == [None, None]

    pair.mark(pair.third, "6")
    settled = queries.grades_of(pair.reflection.id)[-1]
    assert (settled.decision, settled.reviewer_id) == (Decision.SETTLED, pair.third.person_id)
    with pytest.raises(NotFound):
        services.take_back(settled.id, by=pair.third, at=NOON)
    assert pair.reflection.state is State.GRADED


def test_a_returned_text_is_marked_anew_by_both(db):
    pair = Pair()
    pair.mark(pair.first, "7")
    essay = queries.essay_for(pair.second, pair.reflection.id)
    services.return_for_rewriting(essay, "Cần thêm số liệu.", by=pair.second, at=NOON)
    pair.rewrite(pair.reflection)

    pair.mark(pair.first, "8")
    assert pair.reflection.state is State.SUBMITTED
    pair.mark(pair.second, "8")

    assert (pair.reflection.state, standing(pair.reflection)[-1][1]) == (State.GRADED, Decimal(8))


def test_what_both_said_of_passages_reaches_the_author(db):
    pair = Pair()
    words = TEXTS["tam-dac"]
    pair.mark(pair.first, "7", remarks=(Passage("tam-dac", 0, words[:7], "Một."),))
    pair.mark(pair.second, "7", remarks=(Passage("tam-dac", 8, words[8:15], "Hai."),))

    settled = next(one for one in queries.grades_of(pair.reflection.id) if one.decision is Decision.SETTLED)

    assert [(one.quote, one.text) for one in queries.remarks_of([settled.id])] == [
        (words[:7], "Một."),
        (words[8:15], "Hai."),
    ]
    assert len(database.session.scalars(select(Remark)).all()) == 4


def test_a_lead_previews_no_result_before_both_marks_are_in(db, client):
    pair = Pair()
    signed_in(client, pair.leader)
    path = f"/grading/release/{pair.drive.code}/{pair.reflection.id}"

    pair.mark(pair.first, "7")
    assert client.get(path).status_code == 404
    pair.mark(pair.second, "8")

    assert "7,5/10" in client.get(path).text


def test_the_queue_gives_each_text_to_two_and_the_plan_too(db):
    pair = Pair()
    allocation.set_capacity(viewer(pair.leader), pair.drive.code, {pair.leader.id: 0}, at=NOON)
    last = allocation.last_day(pair.drive)

    plan = allocation.propose(viewer(pair.leader), pair.drive, until=last, seed=1).plan
    assert (plan.given, len({one.reviewer.id for one in plan.shares if one.essays})) == (2, 2)
    assert [queues.next_in_queue(one) for one in (pair.first, pair.second)] == [pair.reflection.id] * 2
    pair.mark(pair.first, "7")

    assert [queues.next_in_queue(one) for one in (pair.first, pair.second)] == [None, pair.reflection.id]
    assert [row.marked for row in queues.rows(pair.first, [State.SUBMITTED])] == [True]
    plan = allocation.propose(viewer(pair.leader), pair.drive, until=last, seed=1).plan
    assert [one.reviewer.id for one in plan.shares if one.essays] != [pair.first.person_id]
    assert plan.given == 1


def test_the_tray_shows_what_lies_farthest_apart_first_and_hands_it_to_a_third(app, client):
    with app.app_context():
        pair = Pair()
        close, wide = pair.text(name="Lê Thị Gần"), pair.text(name="Lê Thị Xa")
        for reflection, points in ((close, ("5", "6.5")), (wide, ("3", "9"))):
            pair.reflection = reflection
            for by, one in zip((pair.first, pair.second), points, strict=True):
                pair.mark(by, one)
    page, lead = f"/grading/allocation/{pair.drive.code}", signed_in(client, pair.leader)

    assert "2 bài lệch điểm, cần người thứ ba" in lead.get(page).text
    tray = lead.get(f"{page}/differences").text
    assert tray.index("Lê Thị Xa") < tray.index("Lê Thị Gần")
    assert ("lệch 6 điểm" in tray, "lệch 1,5 điểm" in tray) == (True, True)
    fields = {"text": wide.id, "to": pair.third.person_id, "back": "differences"}
    assert submit(lead, f"{page}/texts", **fields).location == f"{page}/differences"
    assert "Trần Thị Ba đang chấm." in lead.get(f"{page}/differences").text

    third = signed_in(app.test_client(), pair.other)
    desk = third.get(f"/grading/{wide.id}").text
    assert ("Trần Thị Một" in desk, "Trần Thị Hai" in desk) == (False, False)
    scores = {"score-noi-dung": "6", "score-lien-he": "6"}
    submit(third, f"/grading/{wide.id}", revision=1, decision="mark", **scores)
    assert "điểm chốt là 6" in third.get("/grading/").text
    assert "Lê Thị Xa" not in lead.get(f"{page}/differences").text


def test_a_reviewer_without_script_learns_nothing_of_the_first_mark(app, client):
    with app.app_context():
        pair = Pair()
        pair.mark(pair.first, "3.25", "Câu này của người chấm trước.")
    second = signed_in(client, pair.other)
    path = f"/grading/{pair.reflection.id}"

    seen = second.get("/grading/").text + second.get(path).text
    scores = {"score-noi-dung": "9", "score-lien-he": "x"}
    seen += submit(second, path, revision=1, decision="mark", **scores).text

    assert [words for words in ("3,25", "người chấm trước", "Trần Thị Một") if words in seen] == []


def test_a_place_of_thousands_of_digits_is_no_place(app, client):
    with app.app_context():
        pair = Pair()
    second, path = signed_in(client, pair.other), f"/grading/{pair.reflection.id}"
    digits = "9" * 5000

    remark = submit(second, path, revision=1, decision="remark", remark_at=f"tam-dac:{digits}", remark_text="Rõ.")
    removed = submit(second, path, revision=1, decision=f"remove:{digits}")

    assert (remark.status_code, removed.status_code) == (409, 302)
