"""Authors, reviewers and a lead in any order, with leases that run out, transfers, leave and texts that come back.

Whatever they do: no text is lost, no mark is overwritten, no text is in a state that its decisions do not explain, what
was typed is there until it is decided, and nobody reads what the drive hides from them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from inspect import signature
from itertools import count
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from lms import clock
from lms.access import Role
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.errors import NotAllowed, NotFound, Refused
from lms.grading import allocation, moving, queries, queues, releasing, rounds, rules, services, withdrawing
from lms.grading.models import Assignment, Grade, Notes, Release
from lms.grading.rules import Decision
from lms.people import queries as people_queries
from lms.people.models import Absence, Person
from lms.people.viewer import SignedIn
from lms.reflections import queries as reflections
from lms.reflections import services as writing
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from tests.factories import NOON, a_drive, a_learner, viewer, with_role
from tests.grading.panel import Panel

FEW = settings(max_examples=12, stateful_step_count=10, phases=[Phase.reuse, Phase.generate])
REVIEWERS, AUTHORS = st.integers(0, 2), st.integers(0, 1)
NAMES = ("Đoàn Ngọc Uyên Phương", "Lương Bội Kim Chi")
GRADERS = ("Trần Thị Một", "Trần Thị Hai", "Trần Thị Ba")
REVIEWING = ("mark", "mark", "mark", "type", "open", "send_back", "take_back")
OTHERS = (
    *("write_and_hand_in", "write_and_hand_in", "withdraw", "give_out", "move", "release"),
    *("leave_or_come_back", "go_on_leave", "time_passes", "time_passes"),
)
EVENINGS = count(1)
POINTS = st.sampled_from(["4", "6", "6.5", "9"])


class District(Panel):
    """One for all evenings: three who grade, and who leads them."""

    def __init__(self) -> None:
        super().__init__()
        third = with_role(Role.REVIEWER, self.district, name=GRADERS[2])
        self.reviewers = [self.first.person_id, self.second.person_id, third.id]


class Evening(RuleBasedStateMachine):
    panel: Panel

    @initialize(is_blind=st.booleans(), wanted=st.sampled_from([1, 2]), given=st.booleans())
    def begin(self, is_blind: bool, wanted: int, given: bool) -> None:
        """Two texts wait, given out or not; everybody is there."""
        self.now: datetime = NOON
        panel, self.code = self.panel, f"dot-{next(EVENINGS)}"
        self.lead, self.reviewers = panel.lead.person_id, self.panel.reviewers
        drive = a_drive(panel.district, code=self.code)
        self.authors = [a_learner(drive, panel.union, name=name).id for name in NAMES]
        with transaction():
            drive = database.session.get_one(Drive, drive.id)
            drive.is_blind, drive.marks_wanted, drive.may_withdraw = is_blind, wanted, True
        self.is_blind, self.wanted = is_blind, wanted
        self.texts: dict[tuple[int, int], dict[str, str]] = {}
        """What was acknowledged, by author and number."""
        self.decisions: dict[int, tuple[object, ...]] = {}
        """Every decision there ever was, as it was made."""
        self.typed: dict[tuple[int, int], str] = {}
        """What was typed and not decided, by reviewer and text."""
        self.counter = 0
        for reviewer in range(len(self.reviewers)):
            self.leave_or_come_back(reviewer, gone=False)
            self.go_on_leave(reviewer, away=False)
        for author in range(len(self.authors)):
            self.write_and_hand_in(author, "đầu")
        if given:
            self.give_out(1)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """At this moment; what is refused changes nothing and says why."""
        with clock.stopped_at(self.now):
            try:
                yield
            except (Refused, NotFound, NotAllowed):
                database.session.rollback()

    def viewer(self, person_id: int) -> SignedIn:
        return viewer(database.session.get_one(Person, person_id))

    def reflection(self, author: int) -> Reflection | None:
        desk = reflections.desk_for(self.viewer(self.authors[author]), self.code)
        return desk.reflection

    @rule(deeds=st.lists(st.tuples(st.sampled_from(REVIEWING), REVIEWERS, AUTHORS, POINTS), min_size=4, max_size=6))
    def reviewers_work(self, deeds: list[tuple[str, int, int, str]]) -> None:
        for deed, reviewer, author, points in deeds:
            given = {"reviewer": reviewer, "author": author, "points": points, "words": f"Đang đọc {points}"}
            self.do(deed, given | {"take_over": points == "9"})

    @rule(deeds=st.lists(st.tuples(st.sampled_from(OTHERS), REVIEWERS, AUTHORS, st.booleans()), min_size=1, max_size=3))
    def others_work(self, deeds: list[tuple[str, int, int, bool]]) -> None:
        for deed, one, other, way in deeds:
            given = {"author": other, "word": ["một", "hai", "ba"][one], "reviewer": one, "gone": way, "away": way}
            given |= {"seed": one + 1, "of": one, "to": None if way and other else (one + 1) % 3, "common": way}
            self.do(deed, given | {"hours": (0.1, 1, 30, 130)[one + other]})

    def do(self, deed: str, given: dict[str, Any]) -> None:
        act = getattr(self, deed)
        act(**{name: given[name] for name in signature(act).parameters})

    # --- authors

    def write_and_hand_in(self, author: int, word: str) -> None:
        with self.trying():
            by, before = self.viewer(self.authors[author]), self.reflection(author)
            sentence = f"Tôi là {NAMES[author]}, viết bản {word} cho rõ ràng."
            texts = {"tam-dac": sentence, "lien-he": f"Số liệu lấy ở đơn vị tôi. {sentence}"}
            number = writing.save(by, self.code, texts, before.head if before else 0, at=self.now).number
            self.texts[author, number] = texts
            writing.hand_in(by, self.code, number=number, at=self.now)

    def withdraw(self, author: int) -> None:
        with self.trying():
            withdrawing.withdraw(self.viewer(self.authors[author]), self.code, at=self.now)

    # --- reviewers

    def open(self, reviewer: int, author: int, take_over: bool) -> None:
        with self.trying():
            essay, by = self.essay(reviewer, author)
            held = services.claim(essay.reflection.id, by=by, at=self.now, take_over=take_over)
            assert held.reviewer_id == by.person_id or not take_over

    def essay(self, reviewer: int, author: int) -> tuple[queries.Essay, SignedIn]:
        """The text on this reviewer's desk, which shows them nothing that they must not know."""
        by, reflection = self.viewer(self.reviewers[reviewer]), self.reflection(author)
        if reflection is None:
            raise NotFound
        essay = queries.essay_for(by, reflection.id)
        shown = " ".join([essay.author.full_name, essay.unit.name, *essay.texts.values()])
        assert (NAMES[author] in shown) == (not self.is_blind)
        everything = queries.grades_of(reflection.id)
        on_it = [one for one in queries.standing(everything) if one.revision_id == essay.revision.id]
        marked_by = {one.reviewer_id for one in on_it if one.decision is Decision.MARK}
        if self.wanted == 2 and reflection.state is State.SUBMITTED and by.person_id not in marked_by:
            assert not {one.id for one in on_it if one.decision is Decision.MARK} & {one.id for one in essay.grades}
        if self.wanted == 2 and reflection.state is State.SUBMITTED and len(marked_by) == 1:
            assert {one.reviewer_id for one in essay.grades if one.decision is Decision.MARK} <= {by.person_id} | {
                one.reviewer_id for one in everything if one.revision_id != essay.revision.id
            }
        return essay, by

    def type(self, reviewer: int, author: int, words: str) -> None:
        with self.trying():
            essay, by = self.essay(reviewer, author)
            self.counter += 1
            services.keep_notes(essay.reflection.id, {}, words, [], self.counter, by=by, at=self.now)
            self.typed[by.person_id, essay.reflection.id] = words

    def mark(self, reviewer: int, author: int, points: str) -> None:
        with self.trying():
            essay, by = self.essay(reviewer, author)
            scores = dict.fromkeys(("noi-dung", "lien-he"), Decimal(points))
            comment = f"Giám khảo {GRADERS[reviewer]} nhận xét."
            services.grade(essay, scores, comment, by=by, at=self.now)
            self.typed.pop((by.person_id, essay.reflection.id), None)
            self.note()

    def send_back(self, reviewer: int, author: int) -> None:
        with self.trying():
            essay, by = self.essay(reviewer, author)
            reason = f"Cần thêm số liệu. {GRADERS[reviewer]}"
            services.return_for_rewriting(essay, reason, by=by, at=self.now)
            self.typed.pop((by.person_id, essay.reflection.id), None)
            self.note()
            round_ = rounds.round_of(essay.reflection.id)
            assert round_ is not None
            assert (GRADERS[reviewer] in round_.reason) == (not self.is_blind)

    def take_back(self, reviewer: int) -> None:
        with self.trying():
            by = self.viewer(self.reviewers[reviewer])
            last = queues.day_of(by).last
            if last is not None:
                row = services.take_back(last, by=by, at=self.now)
                notes = queries.notes_of(by, row.reflection_id)
                assert notes is not None
                self.typed[by.person_id, row.reflection_id] = notes.comment
                self.note()

    def note(self) -> None:
        """Remember every new decision; `no_mark_is_overwritten` looks at all of them after every step."""
        for one in database.session.scalars(select(Grade)):
            self.decisions.setdefault(one.id, self.facts(one))

    @staticmethod
    def facts(one: Grade) -> tuple[object, ...]:
        return one.reflection_id, one.revision_id, one.reviewer_id, one.decision, one.mark, str(one.scores), one.comment

    def leave_or_come_back(self, reviewer: int, gone: bool) -> None:
        """Moved to another unit, or back."""
        with transaction():
            for grant in people_queries.grants_of(self.reviewers[reviewer]):
                grant.valid_from = NOON.date() + timedelta(days=900) if gone else NOON.date() - timedelta(days=900)

    def go_on_leave(self, reviewer: int, away: bool) -> None:
        with transaction() as session:
            for row in session.scalars(select(Absence).where(Absence.person_id == self.reviewers[reviewer])):
                row.withdrawn_at = self.now
            days = {"first_day": NOON.date(), "last_day": NOON.date() + timedelta(days=2), "entered_at": self.now}
            if away:
                session.add(Absence(person_id=self.reviewers[reviewer], reason="Nghỉ phép", **days))

    # --- the lead, the worker and time

    def give_out(self, seed: int) -> None:
        with self.trying():
            lead = self.viewer(self.lead)
            drive = allocation.drive_for(lead, self.code)
            until = allocation.last_day(drive)
            digest = allocation.propose(lead, drive, until=until, seed=seed).plan.digest()
            allocation.apply(lead, self.code, until=until, seed=seed, digest=digest, at=self.now)

    def move(self, of: int, to: int | None, common: bool) -> None:
        with self.trying():
            giver = None if common else self.reviewers[of]
            receivers = [] if to is None else [self.reviewers[to]]
            moving.move(self.viewer(self.lead), self.code, None, of=giver, to=receivers, at=self.now)

    def release(self, author: int) -> None:
        with self.trying():
            reflection = self.reflection(author)
            if reflection is not None:
                releasing.release([reflection.id], by=self.viewer(self.lead), at=self.now)

    def time_passes(self, hours: float) -> None:
        self.now = min(self.now + timedelta(hours=hours), NOON + timedelta(days=9))
        with clock.stopped_at(self.now):
            moving.hand_back(at=self.now)

    # --- what always holds

    @invariant()
    def no_mark_is_overwritten(self) -> None:
        database.session.expire_all()
        rows = {one.id: self.facts(one) for one in database.session.scalars(select(Grade))}
        assert {id: rows.get(id) for id in self.decisions} == self.decisions

    @invariant()
    def what_was_typed_is_there(self) -> None:
        kept = {(one.reviewer_id, one.reflection_id): one.comment for one in database.session.scalars(select(Notes))}
        assert {key: kept.get(key) for key in self.typed} == self.typed

    @invariant()
    def every_state_is_what_the_decisions_say(self) -> None:
        released = set(database.session.scalars(select(Release.reflection_id)))
        open_work = database.session.scalars(select(Assignment).where(Assignment.ended_at.is_(None))).all()
        for author in range(len(self.authors)):
            reflection = self.reflection(author)
            if reflection is None:
                continue
            hands = [one.reviewer_id for one in open_work if one.reflection_id == reflection.id]
            assert len(hands) == len(set(hands)) <= self.wanted
            assert not hands or reflection.state not in (State.GRADED, State.RELEASED)
            if reflection.id in released or reflection.state is State.RELEASED:
                assert (reflection.id in released, reflection.state) == (True, State.RELEASED)
            elif reflection.state is not State.DRAFT:
                head = reflections.revision(reflection, reflection.head).id
                standing = queries.standing(queries.grades_of(reflection.id))
                on_it = [one.decision for one in standing if one.revision_id == head]
                assert reflection.state is rules.state_after(on_it, is_double=self.wanted == 2)

    def teardown(self) -> None:
        for (author, number), texts in getattr(self, "texts", {}).items():
            reflection = self.reflection(author)
            assert reflection is not None
            assert reflections.revision(reflection, number).texts == texts


def test_an_evening_of_grading_loses_nothing_and_tells_nobody_what_is_hidden(db):
    Evening.panel = District()

    run_state_machine_as_test(Evening, settings=FEW)
