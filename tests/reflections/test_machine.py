"""Whatever happens, in whatever order: what was once acknowledged can always be read again."""

from datetime import datetime, timedelta

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from lms.access import Role
from lms.db import db as database
from lms.db import transaction
from lms.drives.models import Drive
from lms.errors import Refused
from lms.grading import queries as grading_queries
from lms.grading import services as grading
from lms.grading import withdrawing
from lms.people.viewer import SignedIn
from lms.reflections import dispensations, rules, services
from lms.reflections.deadlines import Kind
from lms.reflections.dispensations import Wish
from lms.reflections.models import HandIn
from lms.reflections.rules import State
from lms.units.models import Unit
from tests.factories import NOON, a_drive, an_organiser, viewer, with_role
from tests.reflections.test_services import Writer, a_tree

FEW = settings(max_examples=14, stateful_step_count=18, deadline=None, phases=[Phase.reuse, Phase.generate])
DAY = timedelta(days=1)
WORDS = st.sampled_from([0, 6, 7, 8])
"""Mostly enough to be handed in."""
MOSTLY = st.sampled_from([True, True, True, False])
SENTENCE = "Đơn vị tôi sẽ làm ngay."

Texts = dict[str, str]


class Writing(RuleBasedStateMachine):
    """Two devices, an undecided author, a reviewer, an organiser, and a clock that goes past every day."""

    drive: Drive
    reviewer: SignedIn
    union: Unit

    def __init__(self) -> None:
        super().__init__()
        self.writer = Writer(self.drive, self.union)
        self.now = NOON
        self.acknowledged: dict[int, Texts] = {}
        self.aside: set[int] = set()
        self.head = 0
        self.opened = {"phone": 0, "desk": 0}
        self.state = State.DRAFT
        self.receipts: list[str] = []
        self.kept: dict[str, Texts] = {}
        """What was handed in with each receipt."""
        self.returns = 0
        self.extended_to: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state in rules.OPEN_TO_AUTHOR

    @property
    def due_at(self) -> datetime:
        return max(self.drive.reflection_due_at, self.extended_to or self.drive.reflection_due_at)

    @property
    def is_too_late(self) -> bool:
        assert self.drive.late_until is not None
        return self.now > max(self.due_at, self.drive.late_until)

    def note(self, saved: services.Saved, texts: Texts) -> None:
        assert self.acknowledged.setdefault(saved.number, texts) == texts
        if saved.is_aside:
            self.aside.add(saved.number)
        else:
            self.head = saved.number

    @rule(step=st.sampled_from([timedelta(minutes=1), 5 * DAY, 11 * DAY, 40 * DAY]))
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @initialize(words=WORDS, days=st.sampled_from([0, 12]))
    def the_first_words(self, words: int, days: int) -> None:
        """In good time, or when the day has passed already."""
        self.now += days * DAY
        self.save("phone", words, opens=True, reads_answer=True)

    @rule(device=st.sampled_from(["phone", "desk"]), words=WORDS, opens=MOSTLY, reads_answer=st.booleans())
    def save(self, device: str, words: int, opens: bool, reads_answer: bool) -> None:
        if opens:
            self.opened[device] = self.head
        texts = {"tam-dac": "từ " * words, "lien-he": SENTENCE}
        clean = {key: text.strip() for key, text in texts.items()}
        based_on = self.opened[device]
        try:
            saved = self.writer.save(texts, based_on, at=self.now)
        except Refused:
            assert not self.is_open
            return
        assert self.is_open
        assert saved.is_aside == (based_on != self.head and clean != self.acknowledged.get(self.head))
        self.note(saved, clean)
        if reads_answer and not saved.is_aside:  # else the answer was lost on its way
            self.opened[device] = saved.number

    @precondition(lambda self: self.aside)
    @rule(data=st.data(), is_fresh=st.booleans())
    def merge(self, data: st.DataObject, is_fresh: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.aside)))
        both = {"tam-dac": f"{self.acknowledged[number]['tam-dac']} gộp".strip(), "lien-he": SENTENCE}
        based_on = self.head if is_fresh else self.head - 1
        try:
            saved = services.merge(self.writer.viewer, self.drive.code, both, based_on, number, at=self.now)
        except Refused:
            assert not self.is_open
            return
        self.note(saved, both)
        if not saved.is_aside:
            self.aside = {one for one in self.aside if one > number}

    @precondition(lambda self: self.acknowledged)
    @rule(data=st.data())
    def keep(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.acknowledged)))
        try:
            services.keep(self.writer.viewer, self.drive.code, number, at=self.now)
        except Refused:
            assert not self.is_open
            return
        assert self.is_open
        self.aside = set()
        if self.acknowledged[number] != self.acknowledged.get(self.head):
            self.head = max(self.acknowledged) + 1
            self.acknowledged[self.head] = self.acknowledged[number]

    @rule(is_right=MOSTLY)
    def hand_in(self, is_right: bool) -> None:
        refusal, number = "", self.head if is_right else self.head + 1
        try:
            reflection = self.writer.hand_in(number, at=self.now)
        except Refused as refused:
            refusal = refused.sentence
        if refusal:
            text = self.acknowledged.get(self.head, {}).get("tam-dac", "")
            assert not is_right or self.is_too_late or not 5 <= len(text.split()) <= 50
            assert ("Đã hết hạn nộp bài" in refusal) <= self.is_too_late
            return
        assert is_right
        if self.state is not State.SUBMITTED:
            assert not self.is_too_late
            assert reflection.is_late == (self.now > self.due_at)
            self.receipts.append(reflection.receipt_no or "")
            self.kept[self.receipts[-1]] = self.acknowledged[self.head]
        assert reflection.receipt_no == self.receipts[-1]
        self.state = State.SUBMITTED

    @rule(days=st.integers(1, 30))
    def the_organiser_gives_more_time(self, days: int) -> None:
        until = self.drive.reflection_due_at + days * DAY
        wish = Wish(Kind.EXTENSION, until, "Mưa lũ kéo dài", person=self.writer.person)
        token = f"{self.writer.person.id}-{days}-{self.now}"
        try:
            dispensations.give(self.drive, wish, token=token, by=an_organiser(self.drive), at=self.now)
        except Refused:
            assert until <= self.now
            return
        self.extended_to = max(until, self.extended_to or until)

    @precondition(lambda self: self.state is State.SUBMITTED)
    @rule()
    def the_reviewer_returns_it(self) -> None:
        essay = grading_queries.essay_for(self.reviewer, self.writer.desk.reflection.id)
        if self.returns == self.drive.most_returns:
            with pytest.raises(Refused, match="hết số lần"):
                grading.return_for_rewriting(essay, "Cần viết thêm số liệu", by=self.reviewer, at=self.now)
            return
        grading.return_for_rewriting(essay, "Cần viết thêm số liệu", by=self.reviewer, at=self.now)
        self.returns += 1
        self.state = State.RETURNED

    @precondition(lambda self: self.state is State.SUBMITTED)
    @rule()
    def the_author_takes_it_back(self) -> None:
        try:
            withdrawing.withdraw(self.writer.viewer, self.drive.code, at=self.now)
        except Refused:
            assert self.returns or self.now > self.due_at
            return
        assert not self.returns
        assert self.now <= self.due_at
        self.state = State.DRAFT

    @invariant()
    def all_that_was_acknowledged_can_be_read(self) -> None:
        desk = self.writer.desk
        history = self.writer.history
        assert {number: texts for number, texts, _aside in history} == self.acknowledged
        assert {number for number, _texts, is_aside in history if is_aside} == self.aside
        assert desk.texts == self.acknowledged.get(self.head, {})
        if desk.reflection is not None:
            assert (desk.reflection.head, desk.reflection.state) == (self.head, self.state)
            assert [desk.reflection.receipt_no] == (self.receipts[-1:] if self.state is not State.DRAFT else [None])
        if self.state is State.SUBMITTED:
            assert desk.reflection.sha256 == rules.fingerprint(desk.texts)

    def teardown(self) -> None:
        """Every receipt is another one, and stays true to what was handed in with it."""
        assert len(set(self.receipts)) == len(self.receipts)
        for receipt in self.receipts:
            row = database.session.query(HandIn).filter_by(receipt_no=receipt).one()
            assert row.sha256 == rules.fingerprint(self.kept[receipt])
            assert self.acknowledged[row.revision] == self.kept[receipt]


def test_an_acknowledged_text_can_always_be_read_again(db):
    province, _district, Writing.union = a_tree()
    Writing.drive = a_drive(province)
    with transaction():
        Writing.drive.may_withdraw = True
        Writing.drive.late_until = Writing.drive.reflection_due_at + 9 * DAY
    Writing.reviewer = viewer(with_role(Role.REVIEWER, Writing.union))

    run_state_machine_as_test(Writing, settings=FEW)
