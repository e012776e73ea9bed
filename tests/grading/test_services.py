"""Claiming, marking, returning and releasing: every decision stays, and nobody decides about their own text."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from lms import clock
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.drives.rules import Rating
from lms.errors import NotAllowed, NotFound, Refused
from lms.grading import queries, queues, releasing, rounds, rules, services, withdrawing
from lms.grading.rules import Decision
from lms.notices.models import Notice
from lms.people import services as people
from lms.reflections import queries as reflections
from lms.reflections import services as reflection_services
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from tests.factories import (
    LONG_AGO,
    NOON,
    PASSWORD,
    TEXTS,
    a_district,
    a_handed_in_reflection,
    a_learner,
    viewer,
    with_role,
)
from tests.grading.panel import BETTER, GOOD, LATER, REWRITTEN, Panel, grade, send_back
from tests.pages import signed_in, submit


def history(reflection: Reflection) -> list[tuple[Decision, Decimal | None]]:
    return [(one.decision, one.mark) for one in queries.grades_of(reflection.id)]


def decisions(action: str) -> int:
    return database.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


# --- Marking ----------------------------------------------------------------------------------------------------------


def test_a_mark_is_kept_with_the_text_that_was_read(db):
    panel = Panel()
    reflection = panel.text()

    row = grade(reflection, panel.first)

    assert (row.decision, row.mark, row.comment) == (Decision.MARK, Decimal("8.00"), "Bài rõ.")
    assert row.scores == {"noi-dung": "8.5", "lien-he": "7.25"}
    assert row.revision_id == reflections.revision(reflection, 1).id
    assert reflection.state is State.GRADED
    assert decisions("grade") == 1


def test_a_second_thought_is_a_new_row_and_the_first_one_stays(db):
    panel = Panel()
    reflection = panel.text()
    grade(reflection, panel.first, GOOD)

    grade(reflection, panel.second, BETTER, at=LATER)

    assert history(reflection) == [(Decision.MARK, Decimal("8.00")), (Decision.MARK, Decimal("9.00"))]
    assert queries.essay_for(panel.first, reflection.id).current.mark == Decimal("9.00")


def test_a_mark_wants_a_score_for_every_criterion(db):
    panel = Panel()
    reflection = panel.text()

    with pytest.raises(Refused, match="Liên hệ"):
        grade(reflection, panel.first, {"noi-dung": Decimal(8)})

    assert (history(reflection), reflection.state) == ([], State.SUBMITTED)
    grade(reflection, panel.first)
    assert reflection.state is State.GRADED


def test_nobody_finds_their_own_text_among_those_to_grade(db):
    panel = Panel()
    author = a_learner(panel.drive, panel.union)
    people.grant_role(author, Role.REVIEWER, panel.district, by=None, on=LONG_AGO)
    reflection = a_handed_in_reflection(author, panel.drive)
    essay = queries.essay_for(panel.first, reflection.id)

    with pytest.raises(NotFound):
        queries.essay_for(viewer(author), reflection.id)
    with pytest.raises(Refused, match="chính mình"):
        services.grade(essay, GOOD, "", by=viewer(author), at=NOON)
    with pytest.raises(Refused, match="chính mình"):
        services.return_for_rewriting(essay, "Cần thêm số liệu.", by=viewer(author), at=NOON)

    with clock.stopped_at(NOON):
        assert queues.next_in_queue(viewer(author)) is None
        assert queues.next_in_queue(panel.first) == reflection.id
    assert (history(reflection), reflection.state) == ([], State.SUBMITTED)


def test_a_reviewer_of_another_district_finds_nothing_and_decides_nothing(db):
    panel = Panel()
    reflection = panel.text()
    stranger = viewer(with_role(Role.REVIEWER, a_district("Liên đoàn Lao động huyện Khác")))

    with pytest.raises(NotFound):
        queries.essay_for(stranger, reflection.id)
    with pytest.raises(NotAllowed):
        services.grade(queries.essay_for(panel.first, reflection.id), GOOD, "", by=stranger, at=NOON)

    assert (queues.rows(stranger, list(State)), history(reflection)) == ([], [])
    assert [row.id for row in queues.rows(panel.first, [State.SUBMITTED])] == [reflection.id]


def test_a_draft_is_nobodys_but_its_authors(db):
    panel = Panel()
    author = a_learner(panel.drive, panel.union)
    reflection_services.save(viewer(author), panel.drive.code, TEXTS, 0, at=NOON)
    draft = reflections.desk_for(viewer(author), panel.drive.code).reflection

    with pytest.raises(NotFound):
        queries.essay_for(panel.first, draft.id)


# --- Taking back ------------------------------------------------------------------------------------------------------


def a_drive_that_lets_go(panel: Panel) -> None:
    with transaction():
        database.session.get_one(Drive, panel.drive.id).may_withdraw = True


def test_an_author_takes_a_text_back_that_nobody_has_begun_to_read_and_hands_it_in_anew(db):
    panel = Panel()
    a_drive_that_lets_go(panel)
    reflection = panel.text()
    author, receipt = viewer(reflection.summons.person), reflection.receipt_no
    essay = queries.essay_for(panel.first, reflection.id)

    withdrawing.withdraw(author, panel.drive.code, at=NOON)
    withdrawing.withdraw(author, panel.drive.code, at=LATER)

    desk = reflections.desk_for(author, panel.drive.code)
    assert (desk.reflection.state, desk.reflection.receipt_no, desk.texts) == (State.DRAFT, None, TEXTS)
    assert decisions("withdraw_reflection") == 1
    assert reflection_services.verify(receipt, [], address="", at=LATER).withdrawn_at == NOON
    with pytest.raises(NotFound):
        queries.essay_for(panel.first, reflection.id)
    with pytest.raises(NotFound):
        services.grade(essay, GOOD, "Bài rõ.", by=panel.first, at=LATER)
    panel.rewrite(reflection)
    assert queries.essay_for(panel.first, reflection.id).revision.texts == REWRITTEN


@pytest.mark.parametrize("because", ["không cho rút", "đã bắt đầu chấm", "đã chấm", "trả lại", "hết hạn"])
def test_a_text_stays_handed_in_once_somebody_reads_it_or_where_the_drive_wants_it_so(db, because):
    panel = Panel()
    reflection, at = panel.text(), NOON + timedelta(minutes=5)
    if because != "không cho rút":
        a_drive_that_lets_go(panel)
    if because == "đã bắt đầu chấm":
        services.claim(reflection.id, by=panel.first, at=NOON)
    if because == "đã chấm":
        grade(reflection, panel.first)
    if because == "trả lại":
        send_back(reflection, panel.first)
        panel.rewrite(reflection)
    if because == "hết hạn":
        at = panel.drive.reflection_due_at + timedelta(seconds=1)
    sentence = {"đã chấm": "đã bắt đầu chấm", "trả lại": "đã bắt đầu chấm"}.get(because, because)
    state = reflection.state

    with pytest.raises(Refused, match=sentence):
        withdrawing.withdraw(viewer(reflection.summons.person), panel.drive.code, at=at)

    assert (reflection.state, decisions("withdraw_reflection")) == (state, 0)


# --- Returning --------------------------------------------------------------------------------------------------------


def test_a_text_is_returned_rewritten_and_graded_anew(db):
    panel = Panel()
    reflection = panel.text()
    grade(reflection, panel.first)
    first_receipt = reflection.receipt_no

    send_back(reflection, panel.second)
    assert (reflection.state, rounds.round_of(reflection.id).reason) == (State.RETURNED, "Cần thêm số liệu.")
    panel.rewrite(reflection)
    essay = queries.essay_for(panel.first, reflection.id)
    assert (essay.current, essay.revision.texts, reflection.state) == (None, REWRITTEN, State.SUBMITTED)
    grade(reflection, panel.first, BETTER)

    assert history(reflection) == [
        (Decision.MARK, Decimal("8.00")),
        (Decision.RETURN, None),
        (Decision.MARK, Decimal("9.00")),
    ]
    assert reflection.receipt_no != first_receipt


def test_a_returned_text_is_out_of_the_reviewers_sight(db):
    panel = Panel()
    reflection = panel.text()
    send_back(reflection, panel.first)

    with pytest.raises(NotFound):
        queries.essay_for(panel.first, reflection.id)


def test_a_text_is_not_returned_without_a_reason(db):
    panel = Panel()
    reflection = panel.text()
    essay = queries.essay_for(panel.first, reflection.id)

    with pytest.raises(Refused, match="lý do"):
        services.return_for_rewriting(essay, "viết lại", by=panel.first, at=NOON)

    assert (reflection.state, history(reflection)) == (State.SUBMITTED, [])


def test_a_mark_for_a_text_that_was_rewritten_meanwhile_is_refused(db):
    panel = Panel()
    reflection = panel.text()
    opened = queries.essay_for(panel.first, reflection.id)
    send_back(reflection, panel.second)
    panel.rewrite(reflection)

    with pytest.raises(Refused, match="vừa được nộp lại"):
        services.grade(opened, GOOD, "", by=panel.first, at=LATER)
    with pytest.raises(Refused, match="vừa được nộp lại"):
        services.return_for_rewriting(opened, "Cần thêm số liệu.", by=panel.first, at=LATER)

    assert history(reflection) == [(Decision.RETURN, None)]
    grade(reflection, panel.first)
    assert reflection.state is State.GRADED


def test_a_mark_for_a_text_that_was_returned_meanwhile_is_refused(db):
    panel = Panel()
    reflection = panel.text()
    opened = queries.essay_for(panel.first, reflection.id)
    send_back(reflection, panel.second)

    with pytest.raises(Refused, match="không ở trạng thái chờ chấm"):
        services.grade(opened, GOOD, "", by=panel.first, at=LATER)

    assert reflection.state is State.RETURNED


# --- Release ----------------------------------------------------------------------------------------------------------


def test_releasing_makes_the_latest_mark_the_authors_result_once(db):
    panel = Panel()
    reflection = panel.text()
    grade(reflection, panel.first, BETTER)
    last = grade(reflection, panel.second, GOOD)

    first = releasing.release([reflection.id], by=panel.lead, at=NOON)
    second = releasing.release([reflection.id, reflection.id], by=panel.lead, at=LATER)

    released = releasing.release_of(reflection.id)
    assert (first, second, reflection.state) == (1, 0, State.RELEASED)
    assert (released.grade_id, released.rating, released.released_at) == (last.id, Rating.EXCELLENT, NOON)
    assert decisions("release") == 1


def test_a_released_text_is_neither_graded_nor_returned_nor_rewritten(db):
    panel = Panel()
    reflection = panel.text()
    grade(reflection, panel.first)
    releasing.release([reflection.id], by=panel.lead, at=NOON)

    with pytest.raises(Refused, match="đã công bố nên không chấm lại"):
        grade(reflection, panel.first, BETTER)
    with pytest.raises(Refused, match="không trả lại được nữa"):
        send_back(reflection, panel.first)
    with pytest.raises(Refused, match="đã nộp"):
        panel.rewrite(reflection)

    assert history(reflection) == [(Decision.MARK, Decimal("8.00"))]


def test_what_is_not_graded_or_not_the_leads_own_is_passed_over(db):
    panel = Panel()
    graded, waiting = panel.text(), panel.text()
    grade(graded, panel.first)
    stranger = viewer(with_role(Role.GRADING_LEAD, a_district("Liên đoàn Lao động huyện Khác")))
    ids = [graded.id, waiting.id, 999_999]

    assert releasing.release(ids, by=stranger, at=NOON) == 0
    assert releasing.release(ids, by=panel.first, at=NOON) == 0
    assert releasing.release(ids, by=panel.lead, at=NOON) == 1
    assert (graded.state, waiting.state) == (State.RELEASED, State.SUBMITTED)


def test_a_lead_never_releases_their_own_mark(db):
    panel = Panel()
    author = a_learner(panel.drive, panel.union)
    people.grant_role(author, Role.GRADING_LEAD, panel.district, by=None, on=LONG_AGO)
    reflection = a_handed_in_reflection(author, panel.drive)
    grade(reflection, panel.first)

    assert releasing.release([reflection.id], by=viewer(author), at=NOON) == 0
    assert releasing.release([reflection.id], by=panel.lead, at=NOON) == 1


@pytest.mark.parametrize(
    ("score", "rating"),
    [
        ("8", Rating.EXCELLENT),
        ("7.75", Rating.GOOD),
        ("6.5", Rating.GOOD),
        ("5", Rating.AVERAGE),
        ("4.75", Rating.FAIL),
    ],
)
def test_the_rating_follows_the_thresholds_of_the_drive(db, score, rating):
    panel = Panel()
    reflection = panel.text()
    grade(reflection, panel.first, dict.fromkeys(GOOD, Decimal(score)))

    releasing.release([reflection.id], by=panel.lead, at=NOON)

    assert releasing.release_of(reflection.id).rating is rating


def test_the_list_to_release_shows_the_latest_mark(db):
    panel = Panel()
    one, other = panel.text(name="Lê Thị Bình"), panel.text(name="Lê Thị An")
    grade(one, panel.first, BETTER)
    grade(one, panel.second, GOOD)
    grade(other, panel.first, BETTER)

    rows = [(row.author, row.grade.mark, row.reviewer) for row in releasing.releasable(panel.lead)]

    assert rows == [
        ("Lê Thị An", Decimal("9.00"), "Trần Thị Một"),
        ("Lê Thị Bình", Decimal("8.00"), "Trần Thị Hai"),
    ]


# --- The queue --------------------------------------------------------------------------------------------------------


def test_the_longest_waiting_text_comes_first(db):
    panel = Panel()
    later, sooner = panel.text(at=LATER), panel.text(at=NOON)

    assert [row.id for row in queues.rows(panel.first, [State.SUBMITTED])] == [sooner.id, later.id]
    assert queues.next_in_queue(panel.first) == sooner.id
    assert queues.next_in_queue(panel.first, after=sooner.id) == later.id
    assert queues.waiting(panel.first, [State.SUBMITTED, State.GRADED]) == {State.SUBMITTED: 2, State.GRADED: 0}


def test_a_text_that_one_reviewer_has_open_is_passed_over_by_the_others(db):
    panel = Panel()
    sooner, later = panel.text(at=NOON), panel.text(at=LATER)

    with clock.stopped_at(LATER):
        services.claim(sooner.id, by=panel.first, at=LATER)

        assert queues.next_in_queue(panel.first) == sooner.id
        assert queues.next_in_queue(panel.second) == later.id
        taken = {row.id: row.taken_by for row in queues.rows(panel.second, [State.SUBMITTED])}
    assert taken == {sooner.id: "Trần Thị Một", later.id: None}


def test_a_claim_is_not_taken_over_while_it_runs_but_hinders_nobody(db):
    panel = Panel()
    reflection = panel.text()
    services.claim(reflection.id, by=panel.first, at=NOON)
    services.claim(reflection.id, by=panel.second, at=NOON + timedelta(minutes=1))

    with clock.stopped_at(NOON + timedelta(minutes=2)):
        assert queues.next_in_queue(panel.first) == reflection.id
        assert queues.next_in_queue(panel.second) is None
        grade(reflection, panel.second)

    assert reflection.state is State.GRADED


def test_a_claim_ends_by_itself_and_passes_to_who_opens_the_text_next(db):
    panel = Panel()
    reflection = panel.text()
    services.claim(reflection.id, by=panel.first, at=NOON)
    end = NOON + rules.CLAIM

    with clock.stopped_at(end):
        assert queues.next_in_queue(panel.second) == reflection.id
        services.claim(reflection.id, by=panel.second, at=end)
    with clock.stopped_at(end + timedelta(minutes=1)):
        assert queues.next_in_queue(panel.first) is None


def test_reading_on_prolongs_a_claim(db):
    panel = Panel()
    reflection = panel.text()
    services.claim(reflection.id, by=panel.first, at=NOON)
    services.claim(reflection.id, by=panel.first, at=NOON + timedelta(minutes=9))

    with clock.stopped_at(NOON + timedelta(minutes=15)):
        assert queues.next_in_queue(panel.second) is None


def test_a_decision_ends_the_claim(db):
    panel = Panel()
    reflection = panel.text()
    services.claim(reflection.id, by=panel.first, at=NOON)

    send_back(reflection, panel.first)
    panel.rewrite(reflection, at=NOON)

    with clock.stopped_at(NOON):
        assert queues.next_in_queue(panel.second) == reflection.id


# --- The result page --------------------------------------------------------------------------------------------------


def test_an_author_sees_the_result_only_once_it_is_released(db, client):
    panel = Panel()
    author = a_learner(panel.drive, panel.union, password=PASSWORD)
    reflection = a_handed_in_reflection(author, panel.drive)
    other = panel.text(name="Lê Thị Người Khác")
    grade(reflection, panel.first, GOOD)
    signed_in(client, author)

    before = client.get(f"/grading/result/{panel.drive.code}")
    releasing.release([reflection.id], by=panel.lead, at=NOON)
    after = client.get(f"/grading/result/{panel.drive.code}")

    assert before.status_code == 404
    assert "Bài rõ." not in before.text
    assert after.status_code == 200
    for shown in ("Giỏi · 8/10", reflection.receipt_no, "8,5/10 · Tốt", "7,25/10 · Đạt", "Bài rõ.", TEXTS["tam-dac"]):
        assert shown in after.text
    assert panel.first.full_name not in after.text
    assert other.receipt_no not in after.text


# --- The desk ---------------------------------------------------------------------------------------------------------


def a_passage(quote: str = TEXTS["tam-dac"][:3], text: str = "Nói rõ hơn.") -> rules.Passage:
    return rules.Passage("tam-dac", 0, quote, text)


def test_what_is_typed_is_kept_and_an_older_save_changes_nothing(db):
    panel = Panel()
    reflection = panel.text()

    services.keep_notes(reflection.id, {"noi-dung": "7"}, "Hai", [a_passage()], 2, by=panel.first, at=NOON)
    stands = services.keep_notes(reflection.id, {}, "Một", [], 1, by=panel.first, at=LATER)

    notes = queries.notes_of(panel.first, reflection.id)
    assert (stands, notes.scores, notes.comment, notes.saved_at) == (2, {"noi-dung": "7"}, "Hai", NOON)
    assert queries.notes_of(panel.second, reflection.id) is None
    grade(reflection, panel.first)
    assert queries.notes_of(panel.first, reflection.id) is None


def test_a_decision_is_taken_back_by_a_row_and_its_words_are_on_the_desk_again(db):
    panel = Panel()
    reflection = panel.text()
    row = services.grade(
        queries.essay_for(panel.first, reflection.id), GOOD, "Rõ.", [a_passage()], by=panel.first, at=NOON
    )

    with pytest.raises(NotFound):
        services.take_back(row.id, by=panel.second, at=LATER)
    services.take_back(row.id, by=panel.first, at=LATER)

    assert history(reflection) == [(Decision.MARK, Decimal("8.00")), (Decision.TAKEN_BACK, None)]
    assert reflection.state is State.SUBMITTED
    notes = queries.notes_of(panel.first, reflection.id)
    assert (notes.comment, [one["text"] for one in notes.remarks]) == ("Rõ.", ["Nói rõ hơn."])
    with pytest.raises(Refused):
        services.take_back(row.id, by=panel.first, at=LATER)


def test_taking_one_of_two_marks_back_leaves_the_other_standing(db):
    panel = Panel()
    reflection = panel.text()
    grade(reflection, panel.first)
    second = grade(reflection, panel.second, BETTER, at=LATER)

    services.take_back(second.id, by=panel.second, at=LATER)

    assert reflection.state is State.GRADED
    assert queries.essay_for(panel.first, reflection.id).current.mark == Decimal("8.00")
    releasing.release([reflection.id], by=panel.lead, at=LATER)
    assert releasing.release_of(reflection.id).grade.mark == Decimal("8.00")


def test_a_released_mark_is_not_taken_back(db):
    panel = Panel()
    reflection = panel.text()
    row = grade(reflection, panel.first)
    releasing.release([reflection.id], by=panel.lead, at=LATER)

    with pytest.raises(Refused, match="đã công bố"):
        services.take_back(row.id, by=panel.first, at=LATER)


def test_an_essay_is_taken_over_with_notice_and_only_when_asked(db):
    panel = Panel()
    reflection = panel.text()
    services.claim(reflection.id, by=panel.first, at=NOON)

    held = services.claim(reflection.id, by=panel.second, at=NOON)
    assert held.reviewer_id == panel.first.person_id
    taken = services.claim(reflection.id, by=panel.second, at=NOON, take_over=True)

    assert taken.reviewer_id == panel.second.person_id
    told = database.session.scalars(select(Notice).where(Notice.person_id == panel.first.person_id)).one()
    assert told.text.startswith("Trần Thị Hai đã nhận một bài")


def test_a_comment_outside_the_text_is_refused_and_one_with_markup_stays_text(db, client):
    panel = Panel()
    reflection = panel.text()
    essay = queries.essay_for(panel.first, reflection.id)

    with pytest.raises(Refused, match="không gắn vào chỗ nào"):
        services.grade(essay, GOOD, "", [a_passage("không có chữ này")], by=panel.first, at=NOON)
    services.grade(essay, GOOD, "", [a_passage(text="<b>đậm</b>")], by=panel.first, at=NOON)

    page = signed_in(client, panel.person).get(f"/grading/{reflection.id}").text
    assert "&lt;b&gt;đậm&lt;/b&gt;" in page


def test_the_author_sees_why_until_when_and_of_which_words_and_the_receipt_keeps_what_was_handed_in(db, client):
    panel = Panel()
    author = a_learner(panel.drive, panel.union, name="Lê Thị Học Viên", password=PASSWORD)
    reflection = a_handed_in_reflection(author, panel.drive, at=NOON)
    after_the_drives_day = panel.drive.reflection_due_at + timedelta(days=2)
    services.return_for_rewriting(
        queries.essay_for(panel.first, reflection.id),
        "Cần thêm số liệu.",
        [a_passage()],
        rewrite_by=panel.drive.reflection_due_at + timedelta(days=5),
        by=panel.first,
        at=NOON,
    )
    reflection_services.save(viewer(author), panel.drive.code, REWRITTEN, reflection.head, at=after_the_drives_day)

    with clock.stopped_at(after_the_drives_day):
        browser = signed_in(client, author)
        desk = browser.get("/").text
        write = browser.get(f"/reflections/{panel.drive.code}/").text
        receipt = browser.get(f"/reflections/{panel.drive.code}/receipt").text

    assert "Viết tiếp bài thu hoạch" in desk
    assert "Đã hết hạn nộp bài" not in desk
    assert all(words in write for words in ("Cần thêm số liệu.", "Nộp lại trước khi hết ngày", "Đánh dấu đã sửa"))
    assert TEXTS["lien-he"] in receipt
    assert REWRITTEN["lien-he"] not in receipt


def test_the_second_round_knows_the_first_ones_comments_and_their_words(db):
    panel = Panel()
    reflection = panel.text()
    essay = queries.essay_for(panel.first, reflection.id)
    due = NOON + timedelta(days=30)
    services.return_for_rewriting(essay, "Cần thêm số liệu.", [a_passage()], rewrite_by=due, by=panel.first, at=NOON)
    author = viewer(reflection.summons.person)
    found = rounds.round_of(reflection.id)
    assert (found.reason, found.rewrite_by, len(found.remarks)) == ("Cần thêm số liệu.", due, 1)

    with pytest.raises(NotFound):
        rounds.deal_with(found.remarks[0].id, by=panel.first, at=NOON)
    rounds.deal_with(found.remarks[0].id, by=author, at=NOON)
    panel.rewrite(reflection, at=NOON + timedelta(days=29))

    again = queries.essay_for(panel.first, reflection.id)
    rounds.confirm(again, found.remarks[0].id, by=panel.first, at=due)
    remark = queries.remarks_of([again.grades[0].id])[0]
    assert (remark.dealt_with_at, remark.confirmed_by_id) == (NOON, panel.first.person_id)


def test_typing_outlives_the_essay_that_left_the_desk(db, client):
    panel = Panel()
    reflection = panel.text()
    signed_in(client, panel.person)
    send_back(reflection, panel.second)

    answer = submit(client, f"/grading/{reflection.id}", revision=1, comment="Nhận xét dài", **{"score-noi-dung": "7"})

    assert answer.status_code == 409
    assert "ở chỗ người viết" in answer.text
    assert queries.notes_of(panel.first, reflection.id).comment == "Nhận xét dài"
