"""A text that two persons have seen becomes a version, and nobody loses what they were doing."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from lms.access import Role
from lms.audit import AuditEntry
from lms.content import checker, workspace
from lms.content import queries as content
from lms.content import services as content_services
from lms.content.files import read_folder
from lms.content.models import Module, ModuleVersion, Proposal
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.errors import Refused
from lms.lessons import queries as lessons
from lms.people.viewer import SignedIn
from lms.publishing import queries, services
from lms.publishing.rules import Change
from lms.quizzes import queries as quizzes
from lms.quizzes import services as quiz_services
from lms.quizzes.kinds import CHECKS
from lms.reflections import services as reflections
from lms.reflections.models import Reflection
from tests.factories import (
    NOON,
    SAMPLE,
    TEXTS,
    a_district,
    a_drive,
    a_learner,
    a_place,
    a_unit,
    read,
    viewer,
    with_role,
)

ONE, TWO = "modules/mau/lessons/01-mot.md", "modules/mau/lessons/02-hai.md"
QUESTIONS = "modules/mau/questions/chung.md"


class Desk:
    """A district with an author, a content reviewer, and the sample module published from its folder."""

    def __init__(self) -> None:
        found = read_folder(SAMPLE)
        checked = checker.check(found, kinds=CHECKS, on=NOON.date()).modules["mau"]
        [(self.version, _new)] = content_services.publish_folder(found, [checked], at=NOON - timedelta(days=30))
        self.district = a_district()
        with transaction():
            self.module.unit_id = self.district.id
        self.author = viewer(with_role(Role.AUTHOR, self.district, name="Lê Thị Soạn"))
        self.reviewer = viewer(with_role(Role.CONTENT_REVIEWER, self.district, name="Đỗ Văn Thẩm"))

    @property
    def module(self) -> Module:
        return database.session.scalars(select(Module).where(Module.slug == "mau")).one()

    @property
    def draft(self) -> queries.Draft:
        return queries.draft_of(self.module)

    def write(self, path: str, data: str | None, *, by: SignedIn | None = None) -> None:
        now = workspace.current(path)
        raw = None if data is None else data.encode()
        workspace.save(path, raw, now.number if now else 0, by=(by or self.author).person_id, at=NOON)

    def replace(self, path: str, old: str, new: str, *, by: SignedIn | None = None) -> None:
        text = workspace.text_of(workspace.current(path))
        assert old in text
        self.write(path, text.replace(old, new), by=by)

    def propose(self) -> Proposal:
        return services.propose(self.module, "", by=self.author, at=NOON)

    def approve(self) -> None:
        services.decide(self.propose(), True, "", by=self.reviewer, at=NOON)

    def publish(self, again: tuple[str, ...] = (), drives: tuple[Drive, ...] = ()) -> ModuleVersion:
        ids = [drive.id for drive in drives]
        return services.publish(self.module, self.draft.digest, again, ids, by=self.author, at=NOON)


def change_a_word(desk: Desk, path: str = ONE) -> None:
    desk.write(path, workspace.text_of(workspace.current(path)).rstrip("\n") + "\n\nMột câu được thêm vào.\n")


def test_nothing_is_published_before_a_second_person_agrees(db):
    desk = Desk()
    change_a_word(desk)

    with pytest.raises(Refused, match="chưa được thẩm định"):
        desk.publish()
    proposal = desk.propose()
    with pytest.raises(Refused, match="chưa được thẩm định"):
        desk.publish()
    services.decide(proposal, True, "", by=desk.reviewer, at=NOON)

    assert desk.publish().number == 2


def test_nobody_approves_what_they_proposed_or_wrote(db):
    desk = Desk()
    both = viewer(with_role(Role.CONTENT_REVIEWER, desk.district))
    change_a_word(desk)
    desk.replace(TWO, "---\n", "---\n", by=both)
    desk.write(TWO, workspace.text_of(workspace.current(TWO)) + "\nThêm một câu.\n", by=both)
    proposal = desk.propose()

    with pytest.raises(Refused, match="là người gửi"):
        services.decide(proposal, True, "", by=desk.author, at=NOON)
    with pytest.raises(Refused, match="đã sửa bản này"):
        services.decide(proposal, True, "", by=both, at=NOON)


def test_an_approval_is_for_one_text_and_not_for_the_next(db):
    desk = Desk()
    change_a_word(desk)
    desk.approve()
    change_a_word(desk)

    with pytest.raises(Refused, match="chưa được thẩm định"):
        desk.publish()


def test_a_text_that_changed_after_it_was_proposed_cannot_be_approved(db):
    desk = Desk()
    change_a_word(desk)
    proposal = desk.propose()
    change_a_word(desk)

    with pytest.raises(Refused, match="đã thay đổi sau khi gửi"):
        services.decide(proposal, True, "", by=desk.reviewer, at=NOON)


def test_turning_down_wants_a_reason_and_a_decision_is_made_once(db):
    desk = Desk()
    change_a_word(desk)
    proposal = desk.propose()

    with pytest.raises(Refused, match="Ghi lý do"):
        services.decide(proposal, False, "", by=desk.reviewer, at=NOON)
    services.decide(proposal, False, "Thiếu nguồn.", by=desk.reviewer, at=NOON)
    with pytest.raises(Refused, match="đã được quyết định"):
        services.decide(proposal, True, "", by=desk.reviewer, at=NOON)

    assert (proposal.is_approved, proposal.reason) == (False, "Thiếu nguồn.")
    actions = database.session.scalars(select(AuditEntry.action).where(AuditEntry.subject == "proposal"))
    assert list(actions) == ["propose", "turn_down"]


def test_a_draft_with_errors_or_without_news_is_not_proposed(db):
    desk = Desk()
    with pytest.raises(Refused, match="đã xuất bản"):
        desk.propose()
    desk.replace(ONE, "id: mot", "id: Sai Mã")
    with pytest.raises(Refused, match=r"Còn \d+ lỗi"):
        desk.propose()


def test_proposing_anew_takes_the_place_of_what_still_waits(db):
    desk = Desk()
    change_a_word(desk)
    first = desk.propose()
    with pytest.raises(Refused, match="đang chờ"):
        desk.propose()
    change_a_word(desk)
    second = desk.propose()

    assert (first.is_approved, first.reason) == (False, "Có bản mới hơn.")
    assert queries.waiting_proposal(desk.module.id) == second


def test_what_is_published_is_the_text_whose_impact_was_seen(db):
    desk = Desk()
    change_a_word(desk)
    desk.approve()

    with pytest.raises(Refused, match="vừa thay đổi"):
        services.publish(desk.module, "an-older-digest", (), (), by=desk.author, at=NOON)


def test_the_impact_counts_running_attempts_reflections_in_hand_and_finished_lessons(db):
    desk = Desk()
    drive = a_drive(desk.district, versions=[desk.version])
    reader, writer = a_learner(drive, a_unit(under=desk.district)), a_learner(drive, a_unit(under=desk.district))
    read(a_place(reader, drive), "mot")
    quiz_services.start_attempt(a_place(reader, drive), at=NOON)
    reflections.save(viewer(writer), drive.code, TEXTS, 0, at=NOON)
    closed = a_drive(desk.district, code="dot-cu", versions=[desk.version])
    with transaction():
        closed.opens_at, closed.reflection_due_at, closed.closes_at = (NOON - timedelta(days=n) for n in (30, 20, 10))

    [touched] = queries.touched_by(desk.module.id, at=NOON)

    assert (touched.drive.id, touched.number) == (drive.id, 1)
    assert (touched.learners, touched.running, touched.drafts) == (2, 1, 1)
    assert touched.finished == {"mot": 1}


def test_a_comparison_names_what_is_new_changed_and_gone(db):
    desk = Desk()
    change_a_word(desk)
    desk.write("modules/mau/lessons/03-ba.md", "---\nid: ba\ntitle: Bài ba\nminutes: 5\n---\nBài học thêm.\n")
    text = workspace.text_of(workspace.current(QUESTIONS))
    desk.write(QUESTIONS, text[: text.index("## mau-04")] + "## mau-05" + text[text.index("## mau-04") + 9 :])
    desk.replace("modules/mau/quiz.md", "minutes: 15", "minutes: 20")

    found = queries.difference(content.version_of("mau", 1), desk.draft)

    assert [(one.key, one.change) for one in found.lessons] == [("mot", Change.CHANGED), ("ba", Change.NEW)]
    assert [(one.key, one.change) for one in found.questions] == [("mau-05", Change.NEW), ("mau-04", Change.REMOVED)]
    assert found.others == ("order", "quiz")


def test_drives_that_were_chosen_show_the_new_version_and_others_keep_theirs(db):
    desk = Desk()
    follows = a_drive(desk.district, code="theo", versions=[desk.version])
    keeps = a_drive(desk.district, code="giu", versions=[desk.version])
    change_a_word(desk)
    desk.approve()

    version = desk.publish(drives=(follows,))

    database.session.expire_all()
    assert [follows.modules[0].version_id, follows.reflection_version_id] == [version.id, version.id]
    assert [keeps.modules[0].version_id, keeps.reflection_version_id] == [desk.version.id, desk.version.id]
    entry = database.session.scalars(select(AuditEntry).where(AuditEntry.action == "adopt_version")).one()
    assert (entry.subject_id, entry.before, entry.after) == (
        follows.id,
        {"version": desk.version.id},
        {"version": version.id},
    )


def test_running_attempts_and_reflections_stay_on_their_version(db):
    desk = Desk()
    drive = a_drive(desk.district, versions=[desk.version])
    person = a_learner(drive, a_unit(under=desk.district))
    attempt = quiz_services.start_attempt(a_place(person, drive), at=NOON)
    asked = quizzes.questions_of(attempt)
    reflections.save(viewer(person), drive.code, TEXTS, 0, at=NOON)
    desk.replace(QUESTIONS, "Chiếm nhiều nhất bao nhiêu?", "Chiếm tối đa bao nhiêu phần?")
    desk.approve()

    desk.publish(drives=(drive,))

    database.session.expire_all()
    assert quizzes.questions_of(attempt) == asked
    assert database.session.scalars(select(Reflection.version_id)).all() == [desk.version.id]


@pytest.mark.parametrize(("again", "still_counts"), [((), True), (("mot",), False)])
def test_the_author_says_whether_a_lesson_must_be_read_again(db, again, still_counts):
    desk = Desk()
    drive = a_drive(desk.district, versions=[desk.version])
    person = a_learner(drive, a_unit(under=desk.district))
    read(a_place(person, drive), "mot", "hai")
    change_a_word(desk)
    desk.approve()

    desk.publish(again, (drive,))

    place = a_place(person, drive)
    assert [entry.is_read for entry in lessons.contents(place)] == [still_counts, True]
    read(place, "mot")
    assert [entry.is_read for entry in lessons.contents(place)] == [True, True]


def test_going_back_makes_a_new_version_without_a_second_approval(db):
    desk = Desk()
    change_a_word(desk)
    desk.approve()
    desk.publish()

    workspace.restore(content.version_of("mau", 1), by=desk.author.person_id, at=NOON)
    version = desk.publish()

    assert version.number == 3
    assert version.digest == content.version_of("mau", 1).digest


def test_facts_that_end_are_tasks_with_all_that_rests_on_them(db):
    desk = Desk()
    assert queries.lapsing_facts([desk.module.id], NOON.date()) == []
    desk.replace("sources.yaml", "valid_to:", "valid_to: 2026-11-20")
    desk.approve()
    desk.publish()

    [soon] = queries.lapsing_facts([desk.module.id], NOON.date())
    [over] = queries.lapsing_facts([desk.module.id], NOON.date() + timedelta(days=30))

    assert (soon.fact.code, soon.has_lapsed, over.has_lapsed) == ("A1", False, True)
    assert [(key, title) for _version, key, title in soon.lessons] == [("mot", "Bài một")]
    assert [key for _version, key in soon.questions] == ["mau-01", "mau-02", "mau-03", "mau-04"]
    assert queries.lapsing_facts([], NOON.date()) == []


class Authoring(RuleBasedStateMachine):
    """Whatever is renamed, moved, edited, deleted and published: progress stays with its id, attempts stay whole."""

    desk: Desk
    runs = count()

    def __init__(self) -> None:
        super().__init__()
        workspace.restore(content.version_of("mau", 1), by=self.desk.author.person_id, at=NOON)
        if not services.is_latest(self.desk.module, self.desk.draft):
            self.desk.publish()
        version = queries.latest_of(self.desk.module.id)
        assert version is not None
        self.drive = a_drive(self.desk.district, code=f"dot-{next(self.runs)}", versions=[version])
        self.person = a_learner(self.drive, a_unit(under=self.desk.district))
        read(a_place(self.person, self.drive), "mot", "hai")
        self.attempt = quiz_services.start_attempt(a_place(self.person, self.drive), at=NOON)
        self.asked = quizzes.questions_of(self.attempt)
        self.again: set[str] = set()
        self.saves = 0
        self.added = 0

    def lesson_paths(self) -> list[str]:
        return [path for path in workspace.tree("mau") if "/lessons/" in path]

    @rule(at=st.integers(0, 5), name=st.sampled_from(["mot", "hai", "khac", "moi-hon"]), number=st.integers(1, 9))
    def rename_or_move_a_lesson(self, at: int, name: str, number: int) -> None:
        paths = self.lesson_paths()
        old, new = paths[at % len(paths)], f"modules/mau/lessons/0{number}-{name}.md"
        if new not in paths:
            text = workspace.text_of(workspace.current(old))
            self.desk.write(old, None)
            self.desk.write(new, text)

    @rule(at=st.integers(0, 5))
    def edit_a_lesson(self, at: int) -> None:
        paths = self.lesson_paths()
        change_a_word(self.desk, paths[at % len(paths)])

    @rule()
    def add_a_lesson(self) -> None:
        self.added += 1
        path = f"modules/mau/lessons/5{self.added % 10}-them-{self.added}.md"
        self.desk.write(path, f"---\nid: them-{self.added}\ntitle: Bài thêm\nminutes: 5\n---\nBài học thêm.\n")

    @rule()
    def delete_an_added_lesson(self) -> None:
        added = [path for path in self.lesson_paths() if "them-" in workspace.text_of(workspace.current(path))]
        if added:
            self.desk.write(added[0], None)

    @rule()
    def edit_or_delete_a_question(self) -> None:
        text = workspace.text_of(workspace.current(QUESTIONS))
        if "## mau-04" in text:
            self.desk.write(QUESTIONS, text[: text.index("## mau-04")].rstrip() + "\n")
            self.desk.replace("modules/mau/quiz.md", "questions: 3", "questions: 2")

    @rule(again=st.booleans())
    def publish(self, again: bool) -> None:
        if services.is_latest(self.desk.module, self.desk.draft):
            return
        if not queries.is_approved(self.desk.module.id, self.desk.draft.digest):
            self.desk.approve()
        changed = {
            one.key
            for one in queries.difference(queries.latest_of(self.desk.module.id), self.desk.draft).lessons
            if one.change is Change.CHANGED
        }
        chosen = ("mot",) if again and "mot" in changed else ()
        self.desk.publish(chosen, (self.drive,))
        self.again |= set(chosen)

    @invariant()
    def progress_stays_with_its_id(self) -> None:
        database.session.expire_all()
        entries = {entry.key: entry.is_read for entry in lessons.contents(a_place(self.person, self.drive))}
        assert entries["hai"] is True
        assert entries["mot"] is ("mot" not in self.again)
        assert not any(entries[key] for key in entries if key.startswith("them-"))

    @invariant()
    def the_running_attempt_stays_answerable(self) -> None:
        assert quizzes.questions_of(self.attempt) == self.asked
        first = self.asked[0]
        self.saves += 1
        saved = quiz_services.save_answer(
            viewer(self.person), self.attempt.id, first.id, [first.options[0].id], self.saves, at=NOON
        )
        assert saved.is_newest


def test_any_sequence_of_authoring_keeps_progress_and_attempts(db):
    Authoring.desk = Desk()
    few = settings(max_examples=5, stateful_step_count=12, phases=[Phase.reuse, Phase.generate], deadline=None)

    run_state_machine_as_test(Authoring, settings=few)
