"""The audit trail: written with the change it tells of, sealed into a chain, and hard to falsify unseen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from lms import audit, clock
from lms.audit import AuditEntry, AuditHead, AuditSeal
from lms.db import db as database
from lms.db import transaction
from lms.errors import Refused
from tests.factories import NOON, a_unit

HOUR = timedelta(hours=1)


def entries(count: int, *, at: datetime = NOON) -> None:
    """Decisions as services write them, and the seal that the worker puts on them."""
    with transaction():
        for number in range(count):
            audit.record(
                "grade", "reflection", number, by=7, before={"mark": None}, after={"mark": "8,00 – Khá"}, at=at
            )
    with clock.stopped_at(at):
        audit.seal()


def change(statement: str, **values: object) -> None:
    """What somebody with the database's password does, past the program."""
    database.session.commit()
    with database.engine.begin() as connection:
        connection.execute(text(statement), values)
    database.session.expire_all()


def last(count: int) -> list[int]:
    return sorted(database.session.scalars(select(AuditEntry.id).order_by(AuditEntry.id.desc()).limit(count)))


def faults(known_head: str | None = None) -> list[str]:
    return audit.verify(known_head).faults


# --- Writing ----------------------------------------------------------------------------------------------------------


def test_an_entry_says_who_did_what_to_whom_when_and_why(db):
    audit.record("move", "unit", 5, by=7, on_behalf_of=8, before={"of": 1}, after={"of": 2}, reason="Sáp nhập", at=NOON)

    entry = database.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.subject, entry.subject_id, entry.at) == ("move", "unit", 5, NOON)
    assert (entry.actor_id, entry.on_behalf_of_id, entry.reason) == (7, 8, "Sáp nhập")
    assert (entry.before, entry.after) == ({"of": 1}, {"of": 2})


def test_an_entry_is_rolled_back_with_the_change_it_tells_of(db):
    def move(fail: bool) -> None:
        with transaction() as session:
            unit.name = "Công đoàn cơ sở Mới"
            session.flush()
            audit.record("rename", "unit", unit.id, by=None)
            if fail:
                raise RuntimeError("mất điện")

    unit = a_unit()
    with pytest.raises(RuntimeError, match="mất điện"):
        move(fail=True)
    before = (unit.name, database.session.scalar(select(func.count()).where(AuditEntry.action == "rename")))
    move(fail=False)

    assert before == ("Công đoàn cơ sở Mẫu", 0)
    assert database.session.scalar(select(func.count()).where(AuditEntry.action == "rename")) == 1


# --- Sealing ----------------------------------------------------------------------------------------------------------


def test_a_sealed_trail_is_whole(db):
    entries(3)

    verdict = audit.verify()

    assert (verdict.sealed, verdict.unsealed, verdict.faults) == (3, 0, [])
    assert verdict.head.startswith("3:")


def test_an_empty_trail_is_whole(db):
    assert audit.verify() == audit.Verdict(0, 0, f"0:{'00' * 32}", [])
    assert audit.seal() == 0
    assert faults() == []


def test_sealing_twice_seals_once(db):
    entries(3)

    assert audit.seal() == 0
    assert database.session.scalar(select(func.count()).select_from(AuditSeal)) == 3


def test_what_is_not_sealed_yet_is_counted_and_no_fault(db):
    entries(2)
    audit.record("grade", "reflection", 1, by=7, at=NOON)

    verdict = audit.verify()

    assert (verdict.sealed, verdict.unsealed, verdict.faults) == (2, 1, [])


def test_a_worker_that_was_away_for_a_day_seals_without_false_alarm(db):
    entries(2)
    for hours in (3, 20):
        audit.record("grade", "reflection", 1, by=7, at=NOON + hours * HOUR)

    with clock.stopped_at(NOON + 24 * HOUR):
        audit.seal()

    assert audit.verify().faults == []


def test_a_chain_grows_from_where_it_ended(db):
    entries(2)
    noted = audit.verify().head

    entries(3, at=NOON + HOUR)

    assert audit.verify(noted).faults == []
    assert audit.verify().sealed == 5


def test_a_trail_keeps_its_seals_on_either_database():
    """The digest has one spelling: a trail that is moved to another database stays whole."""
    entry = AuditEntry(
        id=12,
        at=NOON,
        actor_id=7,
        on_behalf_of_id=None,
        action="grade",
        subject="reflection",
        subject_id=3,
        before=None,
        after={"mark": "8.00", "a": ["đ"]},
        reason="Phúc khảo",
    )

    assert entry.digest().hex() == "20460624b1a700597f5a6cffc075d9d68b6a4e0dfeb58b357efb4656e641265c"


def test_a_seal_vouches_for_what_the_database_holds_not_for_what_the_program_still_remembers(db):
    with transaction() as session:
        audit.record("grade", "reflection", 1, by=7, after={"points": {10: 1e16, 9: -0.0}, "list": (1, 2)})
        session.flush()
        remembered = session.scalars(select(AuditEntry)).all()
    audit.seal()
    del remembered
    database.session.expunge_all()

    assert faults() == []


def test_sealers_and_writers_at_once_make_one_chain(db):
    database.session.commit()

    def in_its_own_process(act: Callable[[], int]) -> int:
        with db.app_context():
            return sum(act() for _round in range(6))

    def write() -> int:
        audit.record("grade", "reflection", 3, by=7)
        return 0

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(in_its_own_process, [audit.seal, write, audit.seal, write]))
    audit.seal()

    verdict = audit.verify()
    assert (verdict.sealed, verdict.unsealed, verdict.faults) == (12, 0, [])
    assert list(database.session.scalars(select(AuditSeal.number).order_by(AuditSeal.number))) == list(range(1, 13))


def test_verifying_while_the_worker_seals_raises_no_alarm(db):
    entries(2, at=clock.now())
    database.session.commit()

    def seal() -> None:
        with db.app_context():
            for _round in range(8):
                audit.record("grade", "reflection", 3, by=7)
                audit.seal()

    with ThreadPoolExecutor(1) as workers:
        working = workers.submit(seal)
        found = [fault for _round in range(12) for fault in faults()]
        working.result()

    assert found == []


# --- Falsifying -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "falsified",
    [
        "actor_id = 8",
        "actor_id = NULL",
        "on_behalf_of_id = 8",
        "action = 'return'",
        "subject = 'person'",
        "subject_id = 99",
        "reason = ''",
        "before = NULL",
        """after = '{"mark": "9,00 – Giỏi"}'""",
        "at = '2026-11-10 05:00:00.000001+00'",
    ],
)
def test_a_changed_entry_is_found_and_named(db, falsified):
    entries(4)
    _first, second, *_others = last(4)
    if database.engine.dialect.name == "sqlite":
        falsified = falsified.replace("+00'", "'")

    change(f"UPDATE audit_entry SET {falsified} WHERE id = :id", id=second)

    assert faults() == [f"Mắt xích 2: dòng nhật ký {second} đã bị sửa hoặc chèn vào."]


def test_a_deleted_entry_is_found_and_named(db):
    entries(4)
    _first, second, *_others = last(4)

    change("DELETE FROM audit_entry WHERE id = :id", id=second)

    assert faults() == [f"Mắt xích 2: dòng nhật ký {second} bị mất."]


def test_an_entry_deleted_together_with_its_seal_is_found(db):
    entries(4)
    _first, second, *_others = last(4)

    change("DELETE FROM audit_entry WHERE id = :id", id=second)
    change("DELETE FROM audit_seal WHERE entry_id = :id", id=second)

    assert faults() == ["Mắt xích 2: bị mất."]


def test_two_entries_that_changed_places_are_found(db):
    entries(4)
    _first, second, third, _fourth = last(4)

    change("UPDATE audit_seal SET entry_id = -1 WHERE entry_id = :id", id=second)
    change("UPDATE audit_seal SET entry_id = :second WHERE entry_id = :third", second=second, third=third)
    change("UPDATE audit_seal SET entry_id = :third WHERE entry_id = -1", third=third)

    assert faults() == [
        f"Mắt xích 2: dòng nhật ký {third} đã bị sửa hoặc chèn vào.",
        f"Mắt xích 3: dòng nhật ký {second} đã bị sửa hoặc chèn vào.",
    ]


def test_an_entry_inserted_with_a_seal_of_its_own_is_found(db):
    entries(2)
    (latest,) = last(1)
    insert(NOON)

    change(
        "INSERT INTO audit_seal (number, entry_id, hash, sealed_at) SELECT 3, :id, hash, sealed_at FROM audit_seal "
        "WHERE number = 2",
        id=latest + 1,
    )

    assert faults() == [
        f"Mắt xích 3: dòng nhật ký {latest + 1} đã bị sửa hoặc chèn vào.",
        "Đầu chuỗi ghi 2 mắt xích, còn thấy 3: phần cuối đã bị cắt hoặc thêm.",
    ]


def test_a_seal_inserted_before_the_first_is_found(db):
    entries(2)

    change(
        "INSERT INTO audit_seal (number, entry_id, hash, sealed_at) SELECT 0, -1, hash, sealed_at FROM audit_seal "
        "WHERE number = 2"
    )

    assert faults() == ["Mắt xích 0: đã bị chèn vào."]


def insert(at: datetime) -> int:
    """An entry made past the program; its id."""
    change(
        "INSERT INTO audit_entry (at, actor_id, action, subject, subject_id) VALUES (:at, 7, 'grade', 'reflection', 3)",
        at=at if database.engine.dialect.name == "postgresql" else f"{at:%Y-%m-%d %H:%M:%S.%f}",
    )
    return last(1)[0]


def test_an_entry_slipped_into_the_past_is_found_before_and_after_the_worker_has_sealed_it(db):
    entries(2)
    entries(2, at=NOON + 5 * HOUR)
    slipped_in = insert(NOON + HOUR)

    before = faults()
    with clock.stopped_at(NOON + 6 * HOUR):
        audit.seal()
    after = faults()

    assert before == [f"Dòng nhật ký {slipped_in}: mang giờ cũ mà không có dấu niêm phong; có thể đã bị chèn vào."]
    assert after == [f"Dòng nhật ký {slipped_in}: mang giờ cũ hơn lần niêm phong trước; có thể đã bị chèn vào."]


@pytest.mark.parametrize("head_row", ["left alone", "deleted"])
def test_a_tail_that_was_cut_off_is_found_by_the_head(db, head_row):
    entries(4)
    _first, second, *_others = last(4)

    change("DELETE FROM audit_seal WHERE number > 2")
    change("DELETE FROM audit_entry WHERE id > :id", id=second)
    if head_row == "deleted":
        change("DELETE FROM audit_head")

    recorded = 4 if head_row == "left alone" else 0
    assert faults() == [f"Đầu chuỗi ghi {recorded} mắt xích, còn thấy 2: phần cuối đã bị cắt hoặc thêm."]


def test_a_trail_that_was_emptied_is_found_by_the_head(db):
    entries(4)

    change("DELETE FROM audit_seal")
    change("DELETE FROM audit_entry")

    assert faults() == ["Đầu chuỗi ghi 4 mắt xích, còn thấy 0: phần cuối đã bị cắt hoặc thêm."]


def test_a_tail_cut_off_with_a_forged_head_is_found_by_a_noted_head(db):
    entries(4)
    noted = audit.verify().head
    _first, second, *_others = last(4)

    change("DELETE FROM audit_seal WHERE number > 2")
    change("DELETE FROM audit_entry WHERE id > :id", id=second)
    change("UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit_seal WHERE number = 2)")

    assert faults() == []
    assert faults(noted) == ["Đầu chuỗi đã ghi lại có 4 mắt xích, nay chỉ còn 2."]


def test_a_chain_made_anew_is_found_by_a_noted_head(db):
    entries(4)
    noted = audit.verify().head
    _first, second, *_others = last(4)

    change("UPDATE audit_entry SET actor_id = 8 WHERE id = :id", id=second)
    change("DELETE FROM audit_seal")
    change("DELETE FROM audit_head")
    with clock.stopped_at(NOON):
        audit.seal()

    assert faults() == []
    assert faults(noted) == ["Mắt xích 4: khác với đầu chuỗi đã ghi lại; chuỗi đã bị làm lại."]


@pytest.mark.parametrize("noted", ["4", "4:abc", "bốn:" + "0" * 64, "-1:" + "0" * 64])
def test_a_head_that_was_noted_wrongly_is_refused(db, noted):
    with pytest.raises(Refused, match="SỐ:MÃ"):
        audit.verify(noted)


def test_the_table_of_seals_says_what_the_head_says(db):
    entries(2)

    head = database.session.get_one(AuditHead, 1)

    assert audit.verify().head == f"{head.number}:{head.hash.hex()}"
