"""Importing people and their posts, and issuing codes to a whole unit."""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import event, func, select

from lms.audit import AuditEntry
from lms.db import db as database
from lms.db import transaction
from lms.errors import Refused
from lms.imports import Plan
from lms.people import codes, services
from lms.people.commands import people as command
from lms.people.importing import Change, import_people
from lms.people.models import Account, Person, Post
from lms.people.rules import Position
from lms.units.models import Unit
from tests.factories import a_district, a_person, a_unit
from tests.spreadsheets import a_workbook

KEYS = (
    "Mã cán bộ (*)",
    "Họ và tên (*)",
    "Ngày sinh",
    "Năm sinh",
    "Điện thoại",
    "Email",
    "Mã đơn vị (*)",
    "Chức vụ (*)",
    "Chuyên trách",
    "Chức vụ chính",
    "Từ ngày",
    "Tên đăng nhập",
)
AN = dict(
    zip(
        KEYS,
        (
            "CB01",
            "Nguyễn Văn An",
            "30/4/1975",
            None,
            "0912 345 678",
            "an@vidu.vn",
            "A",
            "CT",
            "x",
            None,
            "1/1/2024",
            "nvan",
        ),
        strict=True,
    )
)
BINH = AN | {
    "Mã cán bộ (*)": "CB02",
    "Họ và tên (*)": "Trần Thị Bình",
    "Ngày sinh": None,
    "Năm sinh": 1980,
    "Điện thoại": None,
    "Email": None,
    "Chức vụ (*)": "Ủy viên Ban Chấp hành",
    "Chuyên trách": None,
    "Tên đăng nhập": None,
}
SPRING, SUMMER = date(2025, 3, 1), date(2025, 6, 1)
FOREVER = date(9999, 12, 31)
NOON = datetime(2026, 11, 10, 5, tzinfo=UTC)
TABLES = (Person, Account, Post, AuditEntry)


@pytest.fixture
def file(db: Flask, tmp_path: Path) -> Path:
    """A path for the list, in a world with a district H and its units A and B."""
    with transaction():
        district = a_district()
        one, two = a_unit("CĐCS A", under=district), a_unit("CĐCS B", under=district)
        district.code, one.code, two.code = "H", "A", "B"
    return tmp_path / "can-bo.xlsx"


def imported(file: Path, *rows: dict[str, Any], on: date = SPRING, **options: bool) -> Plan[Change]:
    a_workbook(file, [KEYS, *(list(row.values()) for row in rows)])
    return import_people(file, by=None, on=on, **options)


def counts() -> list[int]:
    return [database.session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def the(code: str) -> Person:
    return database.session.scalars(select(Person).where(Person.code == code)).one()


def posts_of(code: str) -> list[tuple[str, str, bool, date, date]]:
    rows = (
        select(Unit.code, Post.position, Post.is_main, Post.valid_from, Post.valid_to)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.person_id == the(code).id)
        .order_by(Post.valid_from, Unit.code, Post.position)
    )
    return [tuple(row) for row in database.session.execute(rows)]


def messages(plan: Plan[Change]) -> list[str]:
    return [f"{fault.column}{fault.row} {fault.message}" for fault in plan.faults]


def post(unit: str, position: str, **said: object) -> dict[str, Any]:
    return AN | {"Mã đơn vị (*)": unit, "Chức vụ (*)": position, "Từ ngày": None} | said


def test_a_list_registers_people_with_posts_and_accounts(file: Path) -> None:
    plan = imported(file, AN, BINH)

    assert (plan.faults, plan.hints) == ([], [])
    assert [str(change) for change in plan.changes] == [
        "dòng 2, CB01: thêm “Nguyễn Văn An”",
        "dòng 2, CB01: Chủ tịch tại A từ 01/01/2024",
        "dòng 3, CB02: thêm “Trần Thị Bình”",
        "dòng 3, CB02: Ủy viên Ban Chấp hành tại A từ 01/01/2024",
    ]
    an, binh = the("CB01"), the("CB02")
    assert (an.full_name, an.birth_date, an.birth_year) == ("Nguyễn Văn An", date(1975, 4, 30), 1975)
    assert (an.phone, an.email, an.account and an.account.username) == ("+84912345678", "an@vidu.vn", "nvan")
    assert (binh.birth_date, binh.birth_year, binh.phone, binh.account) == (None, 1980, None, None)
    assert posts_of("CB01") == [("A", Position.CHAIR, True, date(2024, 1, 1), FOREVER)]
    assert [post.full_time for post in an.posts] == [True]


def test_an_imported_person_is_the_same_as_one_registered_by_hand(file: Path) -> None:
    imported(file, AN | {"Họ và tên (*)": "Đỗ Thị Ánh"})
    with transaction():
        other = services.register_person(
            code="CB99",
            full_name="Đỗ Thị Ánh",
            birth_year=1975,
            birth_date=date(1975, 4, 30),
            phone="+84912345678",
            email="an@vidu.vn",
            username="nvan2",
        )
        unit = database.session.scalars(select(Unit).where(Unit.code == "A")).one()
        services.appoint(other, unit, Position.CHAIR, on=date(2024, 1, 1), full_time=True)
    database.session.expire_all()

    def facts(code: str) -> list[dict[str, object]]:
        person = the(code)
        own = {"id", "code", "person_id", "username"}
        rows = (person, person.account, *person.posts)
        return [{c.key: getattr(row, c.key) for c in row.__table__.columns if c.key not in own} for row in rows]

    assert facts("CB01") == facts("CB99")


def test_running_twice_changes_nothing(file: Path) -> None:
    side = post("B", "UV BCH", **{"Chức vụ chính": "không"})
    imported(file, AN, side, BINH)
    before = counts()

    plan = imported(file, AN, side, BINH, on=SUMMER)

    assert (plan.changes, plan.faults, plan.hints) == ([], [], [])
    assert counts() == before


def test_the_name_may_stand_in_two_columns(file: Path) -> None:
    header = ["Mã cán bộ", "Họ đệm", "Tên", "Mã đơn vị", "Chức vụ"]
    a_workbook(file, [header, ["CB01", "Nguyễn Văn", "An", "A", "PCT"], ["CB02", None, None, "A", "PCT"]])

    plan = import_people(file, by=None, on=SPRING, partial=True)

    assert the("CB01").full_name == "Nguyễn Văn An"
    assert messages(plan) == ["C3 Thiếu Họ và tên."]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("Chủ tịch", Position.CHAIR),
        ("CT CĐCS", Position.CHAIR),
        ("chủ tịch công đoàn cơ sở", Position.CHAIR),
        ("P.CT", None),
        ("Phó chủ tịch", Position.VICE_CHAIR),
        ("vice_chair", Position.VICE_CHAIR),
        ("UV. BCH", Position.COMMITTEE_MEMBER),
        ("Uỷ viên BCH", Position.COMMITTEE_MEMBER),
        ("UV BCH CĐCS", Position.COMMITTEE_MEMBER),
        ("Chủ nhiệm UBKT", Position.INSPECTION_HEAD),
        ("Ủy viên Ủy ban Kiểm tra", Position.INSPECTION_MEMBER),
        ("Ban nữ công", Position.WOMEN_BOARD),
        ("Cán bộ chuyên môn công đoàn", Position.OFFICER),
        ("Đoàn viên", Position.MEMBER),
        ("Bí thư", None),
    ],
)
def test_positions_by_their_names_and_short_forms(file: Path, text: str, position: Position | None) -> None:
    plan = imported(file, AN | {"Chức vụ (*)": text}, dry_run=True)

    if position is None:
        assert messages(plan) == [f"H2 Không có chức vụ “{text}”."]
        assert plan.faults[0].cure.startswith("Dùng một trong: Chủ tịch, Phó Chủ tịch, ")
    else:
        assert [change.row.position for change in plan.changes] == [position, position]


# --- Several posts ----------------------------------------------------------------------------------------------------


def test_the_first_row_of_a_person_is_the_main_post_unless_another_says_so(file: Path) -> None:
    imported(file, post("A", "CT"), post("B", "UV BCH"))
    said = {"Mã cán bộ (*)": "CB03", "Tên đăng nhập": None}
    imported(file, post("A", "CT", **said), post("B", "UV BCH", **said, **{"Chức vụ chính": "có"}))

    assert [(unit, is_main) for unit, _position, is_main, *_days in posts_of("CB01")] == [("A", True), ("B", False)]
    assert [(unit, is_main) for unit, _position, is_main, *_days in posts_of("CB03")] == [("A", False), ("B", True)]


def test_merged_cells_give_a_person_several_posts(file: Path) -> None:
    rows = [("Mã cán bộ", "Họ và tên", "Mã đơn vị", "Chức vụ"), ("CB01", "An", "A", "CT"), (None, None, "B", "UV BCH")]
    a_workbook(file, rows, merged=["A2:A3", "B2:B3"])

    assert import_people(file, by=None, on=SPRING).faults == []
    assert [(unit, position) for unit, position, *_rest in posts_of("CB01")] == [
        ("A", Position.CHAIR),
        ("B", Position.COMMITTEE_MEMBER),
    ]


def test_a_new_position_in_the_unit_of_the_main_post_replaces_it(file: Path) -> None:
    imported(file, AN)

    plan = imported(file, post("A", "Phó Chủ tịch", **{"Từ ngày": "1/5/2025"}), on=SUMMER)

    assert [str(change) for change in plan.changes] == ["dòng 2, CB01: Chủ tịch thành Phó Chủ tịch tại A từ 01/05/2025"]
    assert posts_of("CB01") == [
        ("A", Position.CHAIR, True, date(2024, 1, 1), date(2025, 4, 30)),
        ("A", Position.VICE_CHAIR, True, date(2025, 5, 1), FOREVER),
    ]
    assert imported(file, post("A", "Phó Chủ tịch"), on=date(2025, 7, 1)).changes == []


def test_a_position_mended_on_its_first_day_leaves_no_trace(file: Path) -> None:
    imported(file, AN)

    imported(file, post("A", "Phó Chủ tịch", **{"Từ ngày": "1/1/2024"}), on=SUMMER)

    assert posts_of("CB01") == [("A", Position.VICE_CHAIR, True, date(2024, 1, 1), FOREVER)]


def test_a_second_position_beside_the_main_one_replaces_nothing(file: Path) -> None:
    imported(file, AN)

    imported(file, post("A", "CT"), post("A", "Nữ công"))
    imported(file, post("A", "UBKT", **{"Chức vụ chính": "không"}))

    assert [(position, is_main, end) for _unit, position, is_main, _since, end in posts_of("CB01")] == [
        (Position.CHAIR, True, FOREVER),
        (Position.INSPECTION_MEMBER, False, FOREVER),
        (Position.WOMEN_BOARD, False, FOREVER),
    ]


def test_a_post_elsewhere_becomes_the_main_one_and_the_old_stays(file: Path) -> None:
    imported(file, AN)

    imported(file, post("B", "CT"))

    assert [(unit, is_main, end) for unit, _position, is_main, _since, end in posts_of("CB01")] == [
        ("A", False, FOREVER),
        ("B", True, FOREVER),
    ]
    assert imported(file, post("A", "CT"), on=SUMMER).changes == []


def test_main_and_full_time_change_only_when_said(file: Path) -> None:
    imported(file, AN, post("B", "UV BCH"))

    plan = imported(
        file, post("A", "CT", **{"Chuyên trách": "không"}), post("B", "UV BCH", **{"Chức vụ chính": "Có"}), on=SUMMER
    )

    assert [str(change) for change in plan.changes] == [
        "dòng 2, CB01: sửa chức vụ Chủ tịch tại A",
        "dòng 3, CB01: sửa chức vụ Ủy viên Ban Chấp hành tại B",
    ]
    database.session.expire_all()
    assert [(held.is_main, held.full_time) for held in the("CB01").posts] == [(False, False), (True, True)]


def test_two_people_may_swap_their_posts_in_one_list(file: Path) -> None:
    an, binh = AN, BINH | {"Mã đơn vị (*)": "B"}
    imported(file, an, binh)

    plan = imported(
        file,
        an | {"Chức vụ (*)": "UV BCH", "Từ ngày": None},
        binh | {"Chức vụ (*)": "CT", "Từ ngày": None},
        on=SUMMER,
    )

    assert plan.faults == []
    assert [posts_of(code)[-1][:4] for code in ("CB01", "CB02")] == [
        ("A", Position.COMMITTEE_MEMBER, True, SUMMER),
        ("B", Position.CHAIR, True, SUMMER),
    ]


# --- What is said about a person --------------------------------------------------------------------------------------


def test_facts_are_mended_and_empty_cells_leave_them(file: Path) -> None:
    imported(file, AN, BINH)

    plan = imported(
        file,
        AN | {"Họ và tên (*)": "Nguyễn Văn Ân", "Ngày sinh": None, "Năm sinh": "1975", "Email": None},
        BINH | {"Ngày sinh": "2/9/1980", "Tên đăng nhập": "TTBinh"},
        on=SUMMER,
    )

    assert [str(change) for change in plan.changes] == [
        "dòng 2, CB01: sửa thông tin của “Nguyễn Văn An”",
        "dòng 3, CB02: sửa thông tin của “Trần Thị Bình”",
        "dòng 3, CB02: mở tài khoản ttbinh",
    ]
    database.session.expire_all()
    an, binh = the("CB01"), the("CB02")
    assert (an.full_name, an.birth_date, an.email) == ("Nguyễn Văn Ân", date(1975, 4, 30), "an@vidu.vn")
    assert (binh.birth_date, binh.account and binh.account.username) == (date(1980, 9, 2), "ttbinh")


LOST_ZERO = "thiếu số 0 ở đầu; nếu đúng, hãy nhập lại là 0912345678."
NO_PHONE = "không đúng; hãy nhập số di động 10 chữ số (03, 05, 07, 08, 09) hoặc số cố định bắt đầu bằng 02."
FAULTS = [
    ({"Mã cán bộ (*)": None}, ["A3 Thiếu Mã cán bộ."]),
    ({"Mã cán bộ (*)": "CB 02"}, ["A3 Mã “CB 02” không hợp lệ."]),
    ({"Mã cán bộ (*)": 2}, ["A3 Mã cán bộ “2” là ô kiểu số, có thể đã mất số 0 ở đầu."]),
    ({"Mã cán bộ (*)": "cb01"}, ["A3 Mã “cb01” chỉ khác chữ hoa, chữ thường với CB01."]),
    ({"Mã cán bộ (*)": "CB01"}, ["B3 Khác với dòng 2 của cùng mã CB01.", "D3 Khác với dòng 2 của cùng mã CB01."]),
    ({"Họ và tên (*)": None}, ["B3 Thiếu Họ và tên."]),
    ({"Họ và tên (*)": "TrÇn ThÞ B×nh"}, ["B3 Chữ gõ bằng phông cũ (TCVN3 hoặc VNI), không phải Unicode."]),
    ({"Ngày sinh": "30/2/1980"}, ["C3 Ngày “30/2/1980” không có trong lịch; hãy kiểm tra lại ngày và tháng."]),
    ({"Ngày sinh": "1/1/1981"}, ["D3 Ngày sinh và Năm sinh không khớp."]),
    ({"Năm sinh": "1880"}, ["D3 Năm sinh 1880 không hợp lý."]),
    ({"Năm sinh": 2020}, ["D3 Năm sinh 2020 không hợp lý."]),
    ({"Điện thoại": 912345678}, [f"E3 Số điện thoại “912345678” {LOST_ZERO}"]),
    ({"Điện thoại": "0912"}, [f"E3 Số điện thoại “0912” {NO_PHONE}"]),
    ({"Email": "bình@vidu.vn"}, ["F3 Email “bình@vidu.vn” không đúng."]),
    ({"Email": "a@b"}, ["F3 Email “a@b” không đúng."]),
    ({"Mã đơn vị (*)": "Z"}, ["G3 Không có đơn vị mã “Z” trong hệ thống."]),
    ({"Chức vụ (*)": None}, ["H3 Thiếu Chức vụ."]),
    ({"Chuyên trách": "có lẽ"}, ["I3 Không hiểu “có lẽ” ở cột này."]),
    ({"Từ ngày": "hôm qua"}, ["K3 Không đọc được ngày “hôm qua”; hãy viết đủ ngày, tháng, năm như 30/04/1975."]),
    ({"Tên đăng nhập": "Trần Bình"}, ["L3 Tên đăng nhập “Trần Bình” không hợp lệ."]),
    ({"Tên đăng nhập": "ab"}, ["L3 Tên đăng nhập “ab” không hợp lệ."]),
    ({"Tên đăng nhập": "NVAN"}, ["L3 Tên đăng nhập “nvan” đã thuộc về mã CB01."]),
    ({"Tên đăng nhập": "somebody"}, ["L3 Tên đăng nhập “somebody” đã thuộc về mã OLD."]),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "expected"), FAULTS)
def test_each_fault_names_its_cell_and_nothing_is_written(
    file: Path, wrong: dict[str, object], expected: list[str]
) -> None:
    services.register_person(code="OLD", full_name="Có Trước", username="somebody")
    before = counts()

    plan = imported(file, AN, BINH | wrong)

    assert messages(plan) == expected
    assert all(fault.cure for fault in plan.faults)
    assert counts() == before


def test_posts_that_contradict_each_other(file: Path) -> None:
    yes = {"Chức vụ chính": "x"}

    assert messages(imported(file, post("A", "CT", **yes), post("B", "CT", **yes))) == [
        "J3 Dòng 2 đã là chức vụ chính của người này."
    ]
    assert messages(imported(file, post("A", "CT"), post("A", "Chủ tịch"))) == ["H3 Chức vụ này đã có ở dòng 2."]


def test_the_past_is_not_rewritten(file: Path) -> None:
    imported(file, AN)
    before = counts()

    too_early = imported(file, post("A", "PCT", **{"Từ ngày": "31/12/2023"}), on=SUMMER)
    renamed = imported(file, AN | {"Tên đăng nhập": "khac"}, on=SUMMER)

    assert messages(too_early) == ["K2 Thay chức vụ từ 31/12/2023, nhưng chức vụ Chủ tịch bắt đầu từ 01/01/2024."]
    assert messages(renamed) == ["L2 Mã CB01 đang dùng tên đăng nhập nvan."]
    assert counts() == before


def test_a_post_that_ended_is_taken_up_again_on_another_day_only(file: Path) -> None:
    imported(file, AN)
    with transaction():
        services.end_post(the("CB01").posts[0], last_day=date(2024, 12, 31))

    assert messages(imported(file, AN)) == ["K2 Chức vụ này đã từng ghi từ cùng ngày 01/01/2024 rồi kết thúc."]
    assert imported(file, post("A", "CT")).faults == []
    assert [days for *_post, since, end in posts_of("CB01") for days in [(since, end)]] == [
        (date(2024, 1, 1), date(2024, 12, 31)),
        (SPRING, FOREVER),
    ]


def test_probable_doubles_deserve_a_look(file: Path) -> None:
    """The same name, however the tone is placed, and the same birth date under another code."""
    thuy = AN | {"Họ và tên (*)": "Lê Thị Thuý", "Tên đăng nhập": None}
    imported(file, thuy)

    plan = imported(
        file,
        thuy | {"Mã cán bộ (*)": "CB07", "Họ và tên (*)": "Lê Thị Thúy"},
        thuy | {"Mã cán bộ (*)": "CB08", "Họ và tên (*)": "Lê Thị Thủy"},
        thuy | {"Mã cán bộ (*)": "CB09", "Họ và tên (*)": "LÊ THỊ THUỶ"},
        thuy | {"Mã cán bộ (*)": "CB10", "Ngày sinh": "1/1/1990"},
    )

    assert [(hint.row, hint.message) for hint in plan.hints] == [
        (2, "Lê Thị Thúy có cùng họ tên và ngày sinh với mã CB01."),
        (4, "LÊ THỊ THUỶ có cùng họ tên và ngày sinh với mã CB08."),
    ]
    assert plan.faults == []


def test_a_code_that_changes_hands_deserves_a_look(file: Path) -> None:
    imported(file, AN)

    plan = imported(file, AN | {"Họ và tên (*)": "Phạm Thị Hoa", "Ngày sinh": "1/1/1990"}, dry_run=True)

    assert [hint.message for hint in plan.hints] == ["Mã CB01 trước đây là của “Nguyễn Văn An”."]


# --- All or nothing, in parts, or not at all --------------------------------------------------------------------------


def test_partial_leaves_out_all_rows_of_a_person_with_a_fault(file: Path) -> None:
    rows = (AN, post("Z", "UV BCH"), BINH)

    assert messages(imported(file, *rows)) == ["G3 Không có đơn vị mã “Z” trong hệ thống."]
    assert database.session.scalars(select(Person.code)).all() == []
    plan = imported(file, *rows, partial=True)

    assert database.session.scalars(select(Person.code)).all() == ["CB02"]
    assert [(fault.row, fault.message) for fault in plan.set_aside] == [(2, "Bỏ qua vì dòng 3 của cùng người có lỗi.")]


def test_a_dry_run_writes_nothing(file: Path) -> None:
    before = counts()

    assert len(imported(file, AN, BINH, dry_run=True).changes) == 4
    assert counts() == before


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.orm import Session
from lms import create_app
from lms.people.importing import import_people
app = create_app(sys.argv[1], SECRET_KEY="x" * 40, DATABASE_URL=sys.argv[2])
with app.app_context():
    event.listen(Session, "before_commit", lambda session: os.kill(os.getpid(), signal.SIGKILL))
    import_people(Path(sys.argv[3]), by=None, on=date(2025, 3, 1))
"""


def test_a_run_killed_at_the_last_moment_leaves_nothing(file: Path, database_url: str, tmp_path: Path) -> None:
    before = counts()
    database.session.remove()
    a_workbook(file, [KEYS, list(AN.values()), list(BINH.values())])

    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), database_url, str(file)], env=dict(os.environ))

    assert done.returncode == -signal.SIGKILL
    assert counts() == before


def test_look_ups_do_not_grow_with_the_rows(file: Path) -> None:
    def statements(rows: int) -> int:
        seen: list[str] = []

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(database.engine, "before_cursor_execute", note)
        many = [AN | {"Mã cán bộ (*)": f"C{n}", "Tên đăng nhập": f"user{n}"} for n in range(rows)]
        plan = imported(file, *many, dry_run=True)
        event.remove(database.engine, "before_cursor_execute", note)
        assert len(plan.changes) == 2 * rows
        return len(seen)

    assert statements(3) == statements(300)


def test_each_import_is_one_entry_in_the_audit_trail(file: Path) -> None:
    imported(file, AN, BINH)

    entry = database.session.scalars(select(AuditEntry)).one()

    assert (entry.action, entry.subject, entry.subject_id) == ("import_people", "person", 0)
    assert entry.after == {"file": "can-bo.xlsx", "on": "2025-03-01", "register": 2, "appoint": 2}


# --- Commands ---------------------------------------------------------------------------------------------------------


def run(app: Flask, *arguments: object) -> Result:
    return CliRunner().invoke(command, list(map(str, arguments)), obj=app)


def test_the_import_command_tells_and_fails_in_one_line_each(db: Flask, file: Path) -> None:
    a_workbook(file, [KEYS, list(AN.values()), list((BINH | {"Mã đơn vị (*)": "Z"}).values())])

    refused = run(db, "import", file)
    partial = run(db, "import", file, "--partial")

    assert (refused.exit_code, partial.exit_code) == (1, 1)
    assert refused.stderr == (
        "can-bo.xlsx, trang 'Danh sách', ô G3: Không có đơn vị mã “Z” trong hệ thống. "
        "Cách sửa: Sửa mã, hoặc nhập danh sách đơn vị trước.\n"
    )
    assert partial.stdout.splitlines() == [
        "can-bo.xlsx, trang 'Danh sách': 2 dòng; người mới 1; chức vụ mới 1.",
        "  dòng 2, CB01: thêm “Nguyễn Văn An”",
        "  dòng 2, CB01: Chủ tịch tại A từ 01/01/2024",
        "Đã ghi các dòng đúng; 1 dòng có lỗi, chưa ghi.",
    ]


def the_unit(code: str) -> Unit:
    return database.session.scalars(select(Unit).where(Unit.code == code)).one()


def test_codes_go_to_those_of_the_subtree_who_have_no_password(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "ma.xlsx"
    imported(file, AN, BINH)
    a_person("Lê Có Mật Khẩu", of=the_unit("A"), password="mot-cau-de-nho")
    away, closed = a_person("Phan Ở Xa", of=the_unit("B")), a_person("Đinh Đã Khóa", of=the_unit("A"))
    elsewhere = a_person("Vũ Chính Nơi Khác", of=the_unit("B"))
    chair = a_person("=Đào Thị Yến", of=the_unit("A"))
    with transaction():
        services.appoint(elsewhere, the_unit("A"), Position.MEMBER, on=SPRING, is_main=False)
        closed.account.is_open = False

    assert codes.issue_to_unit("A", out, at=NOON, days=5) == 2

    sheet = load_workbook(out).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert rows[0][0] == "CĐCS A"
    assert rows[1][0] == "Mỗi mã đăng nhập được một lần, đến 15/11/2026 12:00."
    assert rows[3] == ["STT", "Đơn vị", "Họ và tên", "Tên đăng nhập", "Mã dùng một lần"]
    assert [row[:4] for row in rows[4:]] == [
        [1, "CĐCS A", "Nguyễn Văn An", "nvan"],
        [2, "CĐCS A", "=Đào Thị Yến", chair.account.username],
    ]
    assert out.stat().st_mode & 0o777 == 0o600
    attempt = services.Try("nvan", rows[4][4].lower().replace("-", " "), "10.0.0.1", "test", None)
    assert services.sign_in(attempt, at=NOON).account.username == "nvan"
    assert codes.issue_to_unit("H", tmp_path / "huyen.xlsx", at=NOON, days=5) == 4
    assert away.account.code_hash
    assert not closed.account.code_hash


def test_codes_never_touch_a_file_that_is_there(db: Flask, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "ma.xlsx"
    imported(file, AN)
    out.write_text("cũ")

    refused = run(db, "codes", "--unit", "A", "--out", out)

    assert isinstance(refused.exception, Refused)
    assert str(refused.exception) == f"Tệp {out} đã có. Chọn tên khác, hoặc cất tệp cũ đi."
    assert out.read_text() == "cũ"
    assert the("CB01").account.code_hash is None


def test_codes_that_fail_leave_no_half_file(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "ma.xlsx"
    imported(file, AN)

    def interrupted(ids: list[int]) -> list[int]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        codes.issue_to_unit("A", out, at=NOON, days=5, watch=interrupted)

    assert not out.exists()


def test_the_codes_command(db: Flask, file: Path, tmp_path: Path) -> None:
    out = tmp_path / "ma.xlsx"
    imported(file, AN)

    none, done = run(db, "codes", "--unit", "B", "--out", out), run(db, "codes", "--unit", "H", "--out", out)

    assert (none.exit_code, done.exit_code) == (0, 0)
    assert none.stdout == "Không có ai cần mã: mọi người trong đơn vị đã có mật khẩu hoặc chưa có tài khoản.\n"
    assert f"Đã cấp 1 mã, ghi vào {out}." in done.stdout
    assert the("CB01").account.code_hash
    assert str(run(db, "codes", "--unit", "Z", "--out", out).exception) == "Không có đơn vị mã “Z”."
