"""Writing, keeping, handing in and routing a reflection: no acknowledged text is ever lost."""

import unicodedata
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.access import Role
from lms.audit import AuditEntry
from lms.content import services as content
from lms.db import db as database
from lms.drives import services as drive_services
from lms.drives.models import Drive
from lms.errors import NotFound, Refused
from lms.grading import queries as grading_queries
from lms.grading import services as grading
from lms.people import services as people
from lms.people.models import Person
from lms.people.rules import Position
from lms.people.viewer import SignedIn
from lms.reflections import queries, routing, rules, services
from lms.reflections.models import Reflection
from lms.reflections.rules import Match, State
from lms.units.models import Unit
from lms.vietnamese import count_words, is_nfc
from tests.factories import (
    LONG_AGO,
    NOON,
    PASSWORD,
    TEXTS,
    a_district,
    a_drive,
    a_learner,
    a_person,
    a_unit,
    an_organiser,
    moved_to,
    the_sample,
    viewer,
    with_role,
)
from tests.pages import signed_in, submit

LATER = NOON + timedelta(minutes=5)
OTHER = {"tam-dac": "Tôi tâm đắc với điều khác hẳn.", "lien-he": "Đơn vị tôi làm theo cách khác."}
THIRD = {"tam-dac": "Bản thứ ba của tôi nói gọn hơn.", "lien-he": "Đơn vị tôi đã bắt đầu làm."}


class Writer:
    """Somebody summoned to a drive who writes their reflection."""

    def __init__(self, drive: Drive | None = None, of: Unit | None = None) -> None:
        self.drive = drive or a_drive(a_district())
        self.person: Person = a_learner(self.drive, of or a_unit())
        self.viewer: SignedIn = viewer(self.person)

    def save(self, texts: dict[str, str], based_on: int = 0, *, at: datetime = NOON) -> services.Saved:
        return services.save(self.viewer, self.drive.code, texts, based_on, at=at)

    def keep(self, number: int) -> None:
        services.keep(self.viewer, self.drive.code, number, at=LATER)

    def hand_in(self, number: int = 1, *, at: datetime = NOON) -> Reflection:
        return services.hand_in(self.viewer, self.drive.code, number=number, at=at)

    @property
    def desk(self) -> queries.Desk:
        return queries.desk_for(self.viewer, self.drive.code)

    @property
    def history(self) -> list[tuple[int, dict[str, str], bool]]:
        """Every revision, oldest first: its number, its text, whether it waits for a decision."""
        if self.desk.reflection is None:
            return []
        rows = reversed(queries.revisions_of(self.desk.reflection))
        return [(row.number, dict(row.texts), row.is_aside) for row in rows]


def decisions(action: str) -> int:
    return database.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


# --- Saving -----------------------------------------------------------------------------------------------------------


def test_a_first_save_is_the_text(db):
    writer = Writer()

    saved = writer.save(TEXTS)

    assert saved == services.Saved(1, NOON, is_aside=False)
    assert (writer.desk.texts, writer.history) == (TEXTS, [(1, TEXTS, False)])


def test_every_save_stays_readable(db):
    writer = Writer()

    writer.save(TEXTS)
    writer.save(OTHER, 1, at=LATER)

    assert writer.desk.texts == OTHER
    assert writer.history == [(1, TEXTS, False), (2, OTHER, False)]


def test_saving_the_same_text_again_makes_no_revision(db):
    writer = Writer()
    writer.save(TEXTS)

    again = writer.save(TEXTS, 1, at=LATER)
    from_an_old_page = writer.save(TEXTS, 0, at=LATER)

    assert again == from_an_old_page == services.Saved(1, NOON, is_aside=False)
    assert writer.history == [(1, TEXTS, False)]


def test_saving_nothing_makes_no_revision(db):
    writer = Writer()

    saved = writer.save({"tam-dac": " ", "lien-he": ""})

    assert (saved.number, saved.is_aside, writer.history) == (0, False, [])


def test_a_save_from_an_old_page_is_kept_aside_and_overwrites_nothing(db):
    writer = Writer()
    writer.save(TEXTS)
    writer.save(OTHER, 1)

    stale = writer.save(THIRD, 1, at=LATER)

    assert stale == services.Saved(3, LATER, is_aside=True)
    assert writer.desk.texts == OTHER
    assert writer.history == [(1, TEXTS, False), (2, OTHER, False), (3, THIRD, True)]


def test_a_page_that_saves_its_old_text_again_and_again_is_kept_aside_once(db):
    writer = Writer()
    writer.save(TEXTS)
    writer.save(OTHER, 1)
    writer.save(THIRD, 1)

    again = writer.save(THIRD, 1, at=LATER)

    assert again == services.Saved(3, NOON, is_aside=True)
    assert len(writer.history) == 3


def test_writing_goes_on_while_another_text_waits_aside(db):
    writer = Writer()
    writer.save(TEXTS)
    writer.save(OTHER, 0)

    saved = writer.save(THIRD, 1)

    assert saved == services.Saved(3, NOON, is_aside=False)
    assert writer.desk.texts == THIRD
    assert queries.aside(writer.desk.reflection).texts == OTHER


def test_only_the_prompts_that_were_asked_are_kept(db):
    writer = Writer()

    writer.save({"tam-dac": "Chỉ viết câu này.", "cau-la": "Không ai hỏi."})

    assert writer.desk.texts == {"tam-dac": "Chỉ viết câu này.", "lien-he": ""}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Một\r\nhai\rba", "Một\nhai\nba"),
        (unicodedata.normalize("NFD", "Công đoàn cơ sở"), "Công đoàn cơ sở"),
        ("Công\x00 đoàn", "Công đoàn"),
        ("Công\u200b đoàn\ufeff", "Công đoàn"),
        ("Công\u00a0đoàn", "Công đoàn"),
        ("Tốt \ud83d", "Tốt \ufffd"),
        ("Tốt \ud83d\ude00", "Tốt 😀"),
        ("  \n Công đoàn \n\n", "Công đoàn"),
        ("Dòng một\n\n  Dòng hai\tcó thụt", "Dòng một\n\n  Dòng hai\tcó thụt"),
        ("<b>&amp; {{ 7*7 }} 'dấu' \"nháy\" \\n", "<b>&amp; {{ 7*7 }} 'dấu' \"nháy\" \\n"),
    ],
)
def test_what_is_typed_anywhere_is_stored_in_one_spelling(db, typed, kept):
    writer = Writer()
    writer.save({"tam-dac": typed})

    again = writer.save({"tam-dac": kept}, 1)

    assert writer.history == [(1, {"tam-dac": kept, "lien-he": ""}, False)]
    assert again.number == 1


@given(st.text())
def test_cleaning_a_text_changes_no_word_and_is_done_once(text):
    clean = services.clean_text(text)

    assert services.clean_text(clean) == clean
    assert count_words(clean) == count_words(text)
    assert is_nfc(clean)
    assert not {"\r", "\x00"} & set(clean)


def test_a_text_that_is_too_long_is_refused_and_the_one_before_stays(db):
    writer = Writer()
    writer.save(TEXTS)

    with pytest.raises(Refused, match=r"200\.000"):
        writer.save({"tam-dac": "a" * 200_001}, 1)

    assert writer.desk.texts == TEXTS


def test_writing_goes_on_after_the_deadline(db):
    writer = Writer()

    writer.save(TEXTS, at=writer.drive.closes_at + timedelta(days=1))

    assert writer.desk.texts == TEXTS


def test_nobody_reads_or_writes_without_a_summons_to_a_drive_with_a_reflection(db):
    writer, stranger = Writer(), viewer(a_person(of=a_unit()))
    writer.save(TEXTS)
    without = a_drive(a_district(), code="khong-viet", with_reflection=False)
    other = Writer(without)

    with pytest.raises(NotFound):
        queries.desk_for(stranger, writer.drive.code)
    with pytest.raises(NotFound):
        services.save(stranger, writer.drive.code, OTHER, 1, at=NOON)
    with pytest.raises(NotFound):
        other.save(TEXTS)

    assert writer.history == [(1, TEXTS, False)]


def test_a_withdrawn_summons_hides_the_text_and_a_new_one_brings_it_back(db):
    writer = Writer()
    writer.save(TEXTS)
    organiser, summons = an_organiser(writer.drive), writer.desk.summons
    drive_services.withdraw(summons, by=organiser, at=NOON, because="Chuyển công tác")

    with pytest.raises(NotFound):
        writer.save(OTHER, 1)

    drive_services.summon(writer.drive, [writer.person], by=organiser, at=NOON, reason="Gọi lại")
    assert writer.desk.texts == TEXTS


def test_the_prompts_stay_those_of_the_first_save(db):
    writer = Writer()
    writer.save(TEXTS)
    first, *_others = the_sample().prompts
    version, _is_new = content.publish(replace(the_sample(), prompts=(first,)), by=None, at=NOON)

    moved_to(version, writer.drive)
    late = Writer(writer.drive)

    assert [prompt.id for prompt in writer.desk.prompts] == ["tam-dac", "lien-he"]
    assert [prompt.id for prompt in late.desk.prompts] == ["tam-dac"]


# --- Choosing between texts -------------------------------------------------------------------------------------------


def test_a_text_that_waits_aside_is_taken_by_its_author(db):
    writer = Writer()
    writer.save(TEXTS)
    writer.save(OTHER, 0)

    writer.keep(2)

    assert writer.desk.texts == OTHER
    assert writer.history == [(1, TEXTS, False), (2, OTHER, False), (3, OTHER, False)]
    assert queries.aside(writer.desk.reflection) is None


def test_an_author_stays_with_the_text_in_use(db):
    writer = Writer()
    writer.save(TEXTS)
    writer.save(OTHER, 0)

    writer.keep(1)

    assert writer.desk.texts == TEXTS
    assert writer.history == [(1, TEXTS, False), (2, OTHER, False)]


def test_an_earlier_text_comes_back_and_what_came_between_stays(db):
    writer = Writer()
    writer.save(TEXTS)
    writer.save(OTHER, 1)

    writer.keep(1)
    writer.keep(1)

    assert writer.desk.texts == TEXTS
    assert writer.history == [(1, TEXTS, False), (2, OTHER, False), (3, TEXTS, False)]


def test_a_page_opened_before_a_text_was_taken_back_is_an_old_page(db):
    writer = Writer()
    writer.save(TEXTS)
    writer.save(OTHER, 1)
    writer.keep(1)

    stale = writer.save(THIRD, 2)

    assert stale.is_aside
    assert writer.desk.texts == TEXTS


def test_a_revision_that_does_not_exist_cannot_be_taken(db):
    writer = Writer()
    writer.save(TEXTS)
    other = Writer(writer.drive)
    other.save(OTHER)
    other.save(THIRD, 1)

    with pytest.raises(NotFound):
        writer.keep(2)

    assert writer.history == [(1, TEXTS, False)]


def test_nothing_is_taken_back_after_handing_in(db):
    writer = Writer()
    writer.save(OTHER)
    writer.save(TEXTS, 1)
    writer.hand_in(2)

    with pytest.raises(Refused, match="đã nộp"):
        writer.keep(1)

    assert writer.desk.texts == TEXTS


def test_two_versions_are_shown_word_by_word_and_made_into_one(app, client):
    with app.app_context():
        drive = a_drive(a_district())
        author = a_learner(drive, a_unit(), password=PASSWORD)
        for text in ("Tôi nhớ điều một.\n\nVà còn nữa.", "Tôi nhớ điều hai.\n\nVà còn nữa."):
            services.save(viewer(author), drive.code, {"tam-dac": text}, 0, at=NOON)
    path = f"/reflections/{drive.code}/"
    fields = {"aside": 2, "text-tam-dac": "Tôi nhớ cả hai điều.\n\nVà còn nữa."}

    page = signed_in(client, author).get(path)
    stale = submit(client, f"{path}merge", based_on=0, **fields)
    still = client.get(path)
    merged = submit(client, f"{path}merge", based_on=1, **(fields | {"aside": 3}))

    assert "điều<del> một</del><ins> hai</ins>." in page.text
    assert ">Tôi nhớ điều một.\nTôi nhớ điều hai.\n\nVà còn nữa.</textarea>" in page.text
    assert (stale.location, merged.location) == (f"{path}#hai-ban", path)
    assert "Có hai bản khác nhau" in still.text
    after = client.get(path)
    assert "Có hai bản khác nhau" not in after.text
    assert ">Tôi nhớ cả hai điều.\n\nVà còn nữa.</textarea>" in after.text
    assert "<ins>" in client.get(f"{path}history?number=2").text
    assert "<ins>" not in client.get(f"{path}history?number=1").text


# --- Handing in -------------------------------------------------------------------------------------------------------


def test_handing_in_freezes_the_text_and_gives_a_receipt(db):
    writer = Writer()
    writer.save(TEXTS)

    reflection = writer.hand_in()

    assert (reflection.state, reflection.submitted_at, reflection.words) == (State.SUBMITTED, NOON, 17)
    assert reflection.sha256 == rules.fingerprint(writer.desk.texts)
    assert reflection.receipt_no.startswith("TH-")
    assert reflection.commitment == rules.COMMITMENT_VERSION
    with pytest.raises(Refused, match="đã nộp"):
        writer.save(OTHER, 1)
    assert writer.desk.texts == TEXTS


def test_handing_in_twice_gives_one_receipt(db):
    writer = Writer()
    writer.save(TEXTS)

    first = writer.hand_in().receipt_no
    second = writer.hand_in(at=LATER)

    assert (second.receipt_no, second.submitted_at) == (first, NOON)
    assert decisions("hand_in_reflection") == 1


def test_only_the_text_that_the_author_has_just_checked_is_handed_in(db):
    writer = Writer()
    writer.save(TEXTS)
    writer.save(OTHER, 1)

    with pytest.raises(Refused, match="sửa ở nơi khác"):
        writer.hand_in(1)

    assert writer.desk.reflection.state is State.DRAFT
    assert writer.hand_in(2).sha256 == rules.fingerprint(OTHER)


@pytest.mark.parametrize(
    ("texts", "because"),
    [
        ({}, "“Điểm tâm đắc”: chưa viết. “Liên hệ”: chưa viết."),
        ({**TEXTS, "lien-he": "Quá ngắn."}, "“Liên hệ”: mới có 2 từ, cần ít nhất 5 từ."),
        ({**TEXTS, "lien-he": "dài " * 51}, "“Liên hệ”: đã viết 51 từ, quá mức 50 từ."),
    ],
)
def test_a_text_outside_its_limits_is_not_handed_in(db, texts, because):
    writer = Writer()
    number = writer.save(texts).number

    with pytest.raises(Refused) as refused:
        writer.hand_in(number)

    assert refused.value.sentence == because
    assert decisions("hand_in_reflection") == 0
    number = writer.save(TEXTS, number).number
    assert writer.hand_in(number).state is State.SUBMITTED


@pytest.mark.parametrize("late_by", [timedelta(), timedelta(microseconds=1)])
def test_a_text_is_handed_in_until_the_deadline_and_not_after_it(db, late_by):
    writer = Writer()
    writer.save(TEXTS)
    moment = writer.drive.reflection_due_at + late_by

    if late_by:
        with pytest.raises(Refused, match="Đã hết hạn nộp bài"):
            writer.hand_in(at=moment)
        assert writer.desk.reflection.receipt_no is None
    else:
        assert writer.hand_in(at=moment).submitted_at == moment


# --- Verifying a receipt ----------------------------------------------------------------------------------------------


def verified(receipt: str, *held: str, at: datetime = LATER) -> services.Verified:
    return services.verify(receipt, held, address="10.0.0.7", at=at)


def test_every_receipt_stays_true_when_the_text_is_handed_in_again(db):
    province, _district, union = a_tree()
    writer, reviewer = Writer(a_drive(province), union), viewer(with_role(Role.REVIEWER, union))
    writer.save(TEXTS)
    first = writer.hand_in().receipt_no
    essay = grading_queries.essay_for(reviewer, writer.desk.reflection.id)
    grading.return_for_rewriting(essay, "Cần viết thêm", by=reviewer, at=NOON)
    writer.save(OTHER, 1)
    second = writer.hand_in(2, at=LATER).receipt_no

    assert [verified(number, *TEXTS.values()).match for number in (first, second)] == [Match.SAME, Match.OTHER]
    assert verified(second, *OTHER.values()).match is Match.SAME
    assert verified(first.lower()) == services.Verified(first, NOON, 17, rules.fingerprint(TEXTS), 2, None, None)
    assert verified(first, TEXTS["tam-dac"]).match is Match.OTHER
    assert verified(first, *(f" {text}\r\n" for text in TEXTS.values()), "thừa").match is Match.SAME


def test_guessing_receipts_is_slowed_and_a_true_one_between_helps_nobody(db):
    writer = Writer()
    writer.save(TEXTS)
    receipt = writer.hand_in().receipt_no
    for _try in range(people.FREE_TRIES_OF_ADDRESS):
        verified(receipt)
        with pytest.raises(NotFound):
            verified("TH-2222-2222")

    with pytest.raises(Refused, match="Xin chờ 15 giây"):
        verified(receipt)

    assert verified(receipt, at=LATER + timedelta(seconds=15)).receipt_no == receipt
    assert services.verify(receipt, [], address="10.0.0.8", at=LATER).receipt_no == receipt


def test_anybody_verifies_a_receipt_without_learning_who_wrote(app, client):
    with app.app_context():
        writer = Writer()
        writer.save(TEXTS)
        receipt, name = writer.hand_in().receipt_no, writer.person.full_name

    asked = client.get(f"/reflections/verify?receipt={receipt}")
    found = submit(client, "/reflections/verify", receipt=receipt, text=list(TEXTS.values()))
    unknown = submit(client, "/reflections/verify", receipt="<b>TH-2222-2222", text="Bài <b>trong tay.")

    assert f'value="{receipt}"' in asked.text
    assert all(fact in found.text for fact in ("Khớp.", receipt, "<dd>17</dd>", rules.fingerprint(TEXTS)))
    assert name not in found.text
    assert unknown.status_code == 404
    assert "Không có biên nhận số này" in unknown.text
    assert 'value="Bài &lt;b&gt;trong tay."' in unknown.text


# --- Where it goes ----------------------------------------------------------------------------------------------------


def a_tree() -> tuple[Unit, Unit, Unit]:
    """A province over a district over a grassroots union."""
    province = a_unit("Liên đoàn Lao động tỉnh Mẫu", kind="provincial_federation")
    district = a_unit("Liên đoàn Lao động huyện Mẫu", kind="district_federation", under=province)
    return province, district, a_unit(under=district)


def destination(writer: Writer) -> Unit | None:
    writer.save(TEXTS)
    return writer.hand_in().managing_unit


def test_it_goes_to_the_authors_own_unit_where_that_has_a_reviewer(db):
    province, district, union = a_tree()
    for unit in (province, district, union):
        with_role(Role.REVIEWER, unit)

    assert destination(Writer(a_drive(province), union)) == union


def test_it_goes_to_the_nearest_unit_above_that_has_a_reviewer(db):
    province, district, union = a_tree()
    with_role(Role.REVIEWER, province)
    with_role(Role.GRADING_LEAD, district)
    with_role(Role.LEADER, union)

    assert destination(Writer(a_drive(province), union)) == district


def test_it_goes_to_the_unit_that_manages_the_author_where_that_is_another(db):
    province, district, union = a_tree()
    elsewhere = a_unit("Công đoàn ngành Mẫu", under=province, kind="district_federation")
    for unit in (district, elsewhere):
        with_role(Role.REVIEWER, unit)
    writer = Writer(a_drive(province), union)
    people.appoint(writer.person, union, Position.CHAIR, on=date(2026, 11, 1), managing_unit=elsewhere)

    assert destination(writer) == elsewhere


def test_it_goes_by_the_main_post_on_the_day_of_handing_in(db):
    province, _district, union = a_tree()
    elsewhere = a_unit("Công đoàn cơ sở Khác", under=province)
    for unit in (union, elsewhere):
        with_role(Role.REVIEWER, unit)
    writer = Writer(a_drive(province), union)
    people.appoint(writer.person, elsewhere, Position.CHAIR, on=date(2026, 11, 10))

    assert destination(writer) == elsewhere


def test_the_only_reviewer_of_a_unit_is_graded_by_the_unit_above(db):
    province, district, union = a_tree()
    with_role(Role.REVIEWER, district)
    writer = Writer(a_drive(province), union)
    people.grant_role(writer.person, Role.REVIEWER, union, by=None, on=LONG_AGO)

    assert destination(writer) == district


def test_one_of_two_reviewers_is_graded_by_the_other(db):
    province, district, union = a_tree()
    with_role(Role.REVIEWER, district)
    with_role(Role.REVIEWER, union)
    writer = Writer(a_drive(province), union)
    people.grant_role(writer.person, Role.REVIEWER, union, by=None, on=LONG_AGO)

    assert destination(writer) == union


@pytest.mark.parametrize("held", [(LONG_AGO, date(2026, 11, 9)), (date(2026, 11, 11), date(2027, 1, 1))])
def test_a_role_counts_only_while_it_is_held(db, held):
    province, district, union = a_tree()
    with_role(Role.REVIEWER, province)
    former = a_person(of=district)
    people.grant_role(former, Role.REVIEWER, district, by=None, on=held[0], until=held[1])

    assert destination(Writer(a_drive(province), union)) == province


def test_without_any_reviewer_above_it_is_handed_in_and_waits_for_the_organiser(db):
    province, _district, union = a_tree()
    writer = Writer(a_drive(province), union)

    assert destination(writer) is None
    assert writer.desk.reflection.state is State.SUBMITTED
    lost = routing.waiting(an_organiser(writer.drive), writer.drive.code, placed=False)
    assert [(row.author, row.unit, row.at_unit) for row in lost] == [(writer.person.full_name, union.name, None)]


def test_an_author_whose_post_has_ended_goes_by_the_unit_of_the_summons(db):
    province, _district, union = a_tree()
    with_role(Role.REVIEWER, union)
    writer = Writer(a_drive(province), union)
    for post in writer.person.posts:
        people.end_post(post, last_day=date(2026, 11, 9))

    assert destination(writer) == union
