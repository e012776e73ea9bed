"""Another rubric in the middle: previewed mark by mark, applied as previewed, undone; never silent about a result."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis.strategies import integers, lists, sampled_from
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.content import services as content
from lms.content.models import ModuleVersion
from lms.content.rules import Criterion, Level
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.errors import NotFound, Refused
from lms.grading import appeals, queries, releasing, results, rubrics, services
from lms.grading.revaluing import differences, refusal_of_rubric, revalued
from lms.grading.rubrics import Trial
from lms.notices.models import Notice
from lms.people import services as people
from lms.reflections.rules import State
from tests.factories import LONG_AGO, NOON, PASSWORD, a_unit, the_sample, viewer, with_role
from tests.grading.panel import GOOD, LATER, Panel, grade
from tests.pages import signed_in, submit

WHY = "Hướng dẫn mới tăng trọng số phần liên hệ."
LEVELS = (Level(8, "Tốt", "Đủ."), Level(5, "Đạt", "Có."), Level(0, "Chưa đạt", "Thiếu."))
CONTENT, TIES = Criterion("noi-dung", "Nội dung", 60, LEVELS), Criterion("lien-he", "Liên hệ", 40, LEVELS)


# --- Rules ------------------------------------------------------------------------------------------------------------


def test_other_weights_give_another_mark_and_the_same_scores():
    after = [replace(CONTENT, weight=20), replace(TIES, weight=80)]

    found = revalued([CONTENT, TIES], after, {"noi-dung": "9", "lien-he": "6"}, by_levels=False)

    assert (found.scores, found.mark) == ({"noi-dung": "9", "lien-he": "6"}, Decimal("6.60"))


def test_a_score_that_a_level_gave_follows_the_level_and_a_typed_one_stays():
    lower = replace(CONTENT, levels=(Level(7, "Tốt", "Đủ."), *LEVELS[1:]))

    by_level = revalued([CONTENT], [lower], {"noi-dung": "9"}, by_levels=True)
    typed = revalued([CONTENT], [lower], {"noi-dung": "8.75"}, by_levels=True)

    assert (by_level.mark, typed.mark) == (Decimal("8.50"), Decimal("8.75"))


def test_a_criterion_that_is_left_out_keeps_its_score_for_the_way_back():
    found = revalued([CONTENT, TIES], [CONTENT], {"noi-dung": "9", "lien-he": "6"}, by_levels=False)

    assert (found.scores, found.mark) == ({"noi-dung": "9", "lien-he": "6"}, Decimal("9.00"))
    assert revalued([CONTENT], [CONTENT, TIES], {"noi-dung": "9"}, by_levels=False) is None


def test_a_rubric_with_a_new_criterion_or_without_a_difference_is_refused_in_words():
    assert "“Liên hệ”" in (refusal_of_rubric([CONTENT], [CONTENT, TIES]) or "")
    assert "giống hệt" in (refusal_of_rubric([CONTENT], [CONTENT]) or "")
    assert refusal_of_rubric([CONTENT, TIES], [CONTENT]) is None
    assert differences([CONTENT, TIES], [replace(CONTENT, weight=100)]) == [
        "“Nội dung”: trọng số từ 60 thành 100.",
        "Bỏ tiêu chí “Liên hệ”.",
    ]


@settings(max_examples=40)
@given(lists(integers(0, 40), min_size=2, max_size=2), sampled_from([1, 20, 50, 99]))
def test_the_way_there_and_back_changes_nothing(quarters, weight):
    scores = {key: str(Decimal(score) / 4) for key, score in zip(("noi-dung", "lien-he"), quarters, strict=True)}
    before, after = [CONTENT, TIES], [replace(CONTENT, weight=weight), TIES]
    first = revalued(before, before, scores, by_levels=False)

    there = revalued(before, after, scores, by_levels=False)

    assert revalued(after, before, there.scores, by_levels=False) == first
    assert min(map(Decimal, scores.values())) <= there.mark <= max(map(Decimal, scores.values()))


# --- Services ---------------------------------------------------------------------------------------------------------


def another_rubric() -> ModuleVersion:
    """The sample once more, with the weights the other way round."""
    sample = the_sample()
    turned = tuple(replace(one, weight=100 - one.weight) for one in sample.rubric)
    version, _is_new = content.publish(replace(sample, rubric=turned), by=None, at=NOON)
    return version


class Weighed(Panel):
    """A released and a graded result of 8.00, a text that waits, and a rubric by which GOOD comes to 7.75."""

    def __init__(self) -> None:
        super().__init__()
        self.released, self.graded, self.waiting = (self.text(name=f"Lê Thị {name}") for name in ("An", "Ba", "Ca"))
        for one in (self.released, self.graded):
            grade(one, self.first)
        releasing.release([self.released.id], by=self.lead, at=NOON)
        self.rubric = another_rubric()

    @property
    def version(self) -> ModuleVersion:
        return self.released.version

    def preview(self) -> Trial:
        return rubrics.dry_run(self.drive, self.version, self.rubric, by_levels=False)

    def change(self, digest: str | None = None) -> Trial:
        return rubrics.apply(
            *(self.lead, self.drive.code, self.version.id, self.rubric.id, WHY),
            by_levels=False,
            digest=self.preview().digest() if digest is None else digest,
            at=LATER,
        )

    def marks(self) -> list[Decimal]:
        release = releasing.release_of(self.released.id)
        return [release.mark, queries.essay_for(self.first, self.graded.id).current.mark]


def told(person_id: int) -> list[str]:
    chosen = select(Notice.kind).where(Notice.person_id == person_id, Notice.kind == "result_revalued")
    return list(database.session.scalars(chosen))


def test_every_mark_that_changes_is_previewed_and_nothing_is_written(db):
    panel = Weighed()

    found = panel.preview()

    assert sorted((one.reflection_id, one.before, one.after, one.is_released) for one in found.changes) == [
        (panel.released.id, Decimal("8.00"), Decimal("7.75"), True),
        (panel.graded.id, Decimal("8.00"), Decimal("7.75"), False),
    ]
    assert panel.marks() == [Decimal("8.00")] * 2


def test_a_change_is_applied_told_and_undone(db):
    panel = Weighed()

    panel.change()
    grade(panel.waiting, panel.second, at=LATER)

    assert panel.marks() == [Decimal("7.75")] * 2
    assert queries.essay_for(panel.first, panel.waiting.id).current.mark == Decimal("7.75")
    own = results.own(panel.released.id)
    assert [(one.mark, one.reason) for one in own.formers] == [(Decimal("8.00"), WHY)]
    assert (told(panel.released.summons.person_id), told(panel.graded.summons.person_id)) == (["result_revalued"], [])

    change = rubrics.standing(panel.drive.id, panel.version.id)
    digest = rubrics.dry_undo(change, panel.drive).digest()
    rubrics.undo(panel.lead, panel.drive.code, change.id, "Áp dụng nhầm phiên bản thang chấm.", digest=digest, at=LATER)

    assert panel.marks() == [Decimal("8.00")] * 2
    assert queries.essay_for(panel.first, panel.waiting.id).current.mark == Decimal("8.00")
    assert [one.mark for one in results.own(panel.released.id).formers] == [Decimal("8.00"), Decimal("7.75")]
    assert told(panel.released.summons.person_id) == ["result_revalued"] * 2
    with pytest.raises(Refused, match="đã được hủy"):
        rubrics.undo(panel.lead, panel.drive.code, change.id, WHY + " Lại.", digest=digest, at=LATER)


def test_what_changed_since_the_preview_is_previewed_again(db):
    panel = Weighed()
    digest = panel.preview().digest()
    grade(panel.waiting, panel.second)

    with pytest.raises(Refused, match="xem lại bảng mới"):
        panel.change(digest)
    with pytest.raises(Refused, match="ít nhất 5 từ"):
        rubrics.apply(
            *(panel.lead, panel.drive.code, panel.version.id, panel.rubric.id, "Sửa."),
            by_levels=False,
            digest="",
            at=LATER,
        )
    panel.change()
    with pytest.raises(Refused, match="đã đổi một lần"):
        panel.change()


def test_who_has_the_old_rubric_on_the_desk_is_asked_to_look_again(db):
    panel = Weighed()
    essay = queries.essay_for(panel.second, panel.waiting.id)
    assert essay.criteria
    panel.change()

    with pytest.raises(Refused, match="Thang chấm vừa đổi"):
        services.grade(essay, GOOD, "Bài rõ.", by=panel.second, at=LATER)

    assert panel.waiting.state is State.SUBMITTED


def test_an_appeal_after_the_change_is_answered_by_the_new_rubric(db):
    panel = Weighed()
    panel.change()
    author = viewer(panel.released.summons.person)
    with clock.stopped_at(LATER):
        appeal = appeals.appeal(author, panel.drive.code, "Xin xem lại tiêu chí liên hệ thực tế.", at=LATER)
        scores = {"noi-dung": Decimal("8.5"), "lien-he": Decimal("9.5")}
        appeals.decide(panel.second, appeal.id, scores, "Đã xem lại, tăng tiêu chí liên hệ.", at=LATER)

    assert releasing.release_of(panel.released.id).mark == Decimal("9.10")


def test_only_the_lead_of_the_unit_that_organises_changes_the_rubric(db):
    panel = Weighed()
    below = viewer(with_role(Role.GRADING_LEAD, a_unit(under=panel.district)))

    with pytest.raises(NotFound):
        rubrics.drive_for(below, panel.drive.code)


def test_the_lead_sees_who_else_got_a_mark_and_walks_through_a_change(app, client):
    with app.app_context():
        panel = Weighed()
        person = with_role(Role.GRADING_LEAD, panel.district, password=PASSWORD)
        digest, version, other = panel.preview().digest(), panel.version.id, panel.rubric.id
    lead, code = signed_in(client, person), panel.drive.code
    path, fields = f"/grading/rubric/{code}/{version}/{other}", {"digest": digest}

    with clock.stopped_at(NOON + timedelta(hours=2)):
        same = lead.get(f"/grading/release/{code}/marks?mark=8.00").text
        page = lead.get(f"/grading/rubric/{code}").text
        preview = lead.get(path).text
        refused = submit(lead, path, reason="Sửa.", **fields)
        applied = submit(lead, path, reason=WHY, **fields)
        with app.app_context():
            change = rubrics.standing(panel.drive.id, version).id
        back = lead.get(f"/grading/rubric/{code}/undo/{change}").text

    assert "Lê Thị An" in same
    assert "Lê Thị Ba" in same
    assert "trọng số từ 60 thành 40" in page
    assert "2 điểm sẽ thay đổi, trong đó 1 kết quả đã công bố" in preview
    assert (refused.status_code, "Sửa.</textarea>" in refused.text) == (409, True)
    assert applied.status_code == 302
    assert "2 điểm sẽ thay đổi" in back


def test_no_lead_sees_the_first_of_two_marks_nor_changes_their_own(app, client):
    with app.app_context():
        panel = Weighed()
        with transaction() as session:
            session.get_one(Drive, panel.drive.id).marks_wanted = 2
        grade(panel.waiting, panel.first)
        person = with_role(Role.GRADING_LEAD, panel.district, password=PASSWORD)
        author = panel.graded.summons.person
        people.grant_role(author, Role.GRADING_LEAD, panel.district, by=None, on=LONG_AGO)
        found, code = panel.preview(), panel.drive.code
        path = f"/grading/rubric/{code}/{panel.version.id}/{panel.rubric.id}"
        preview = signed_in(client, person).get(path).text
        with pytest.raises(Refused, match="chính đồng chí"):
            rubrics.apply(
                *(viewer(author), code, panel.version.id, panel.rubric.id, WHY),
                by_levels=False,
                digest=found.digest(),
                at=LATER,
            )

    assert ("Lê Thị Ba" in preview, "Lê Thị Ca" in preview) == (True, False)
    assert len(found.worths) == 3
