"""Importing units: what a list changes, what it leaves alone, and what it is refused for."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import event, func, select

from lms.audit import AuditEntry
from lms.db import db as database
from lms.db import transaction
from lms.imports import Plan
from lms.units import services
from lms.units.commands import units as command
from lms.units.importing import Change, import_units
from lms.units.models import Unit, UnitClosure, UnitLink, UnitName, UnitStat
from lms.units.queries import unit_path
from tests.spreadsheets import a_workbook

HEADER = ("STT", "Mã đơn vị", "Tên đơn vị", "Loại", "Mã đơn vị cấp trên", "Nhóm/Khối", "Số đoàn viên", "Từ ngày")
DISTRICT = (1, "H01", "LĐLĐ huyện Mẫu", "LĐLĐ huyện", None, None, None, "28/07/1990")
SCHOOL = (2, "CS01", "CĐCS Trường Hòa Bình", "CĐCS", "H01", "Trường học", 45, "1/9/2001")
OFFICE = (3, "CS02", "CĐCS Phòng Nội vụ", "Công đoàn cơ sở", "H01", "phong-ban-nganh", "1.234", None)
SPRING = date(2025, 3, 1)
SUMMER = date(2025, 6, 1)
TABLES = (Unit, UnitName, UnitLink, UnitStat, UnitClosure, AuditEntry)


@pytest.fixture
def file(db: Flask, tmp_path: Path) -> Path:
    return tmp_path / "don-vi.xlsx"


def imported(
    file: Path, *rows: Sequence[Any], on: date = SPRING, header: Sequence[str] = HEADER, **options: bool
) -> Plan[Change]:
    return import_units(a_workbook(file, [header, *rows]), by=None, on=on, **options)


def counts() -> list[int]:
    return [database.session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]


def a_unit(code: str) -> Unit:
    return database.session.scalars(select(Unit).where(Unit.code == code)).one()


def path_of(code: str, on: date) -> list[str]:
    return [unit.code for unit in unit_path(a_unit(code).id, on)]


def names_of(code: str) -> list[tuple[str, date, date]]:
    rows = select(UnitName).where(UnitName.unit_id == a_unit(code).id).order_by(UnitName.valid_from)
    return [(row.name, row.valid_from, row.valid_to) for row in database.session.scalars(rows)]


def messages(plan: Plan[Change]) -> list[str]:
    return [f"{fault.column}{fault.row} {fault.message}" for fault in plan.faults]


def test_a_list_founds_a_tree_though_children_come_first(file: Path) -> None:
    plan = imported(file, SCHOOL, OFFICE, DISTRICT)

    assert (plan.faults, plan.hints) == ([], [])
    assert [str(change) for change in plan.changes] == [
        "dòng 2, CS01: lập mới “CĐCS Trường Hòa Bình”, từ 01/09/2001",
        "dòng 3, CS02: lập mới “CĐCS Phòng Nội vụ”, từ 01/03/2025",
        "dòng 4, H01: lập mới “LĐLĐ huyện Mẫu”, từ 28/07/1990",
    ]
    assert path_of("CS01", date(2010, 1, 1)) == ["H01", "CS01"]
    assert path_of("CS02", date(2010, 1, 1)) == []
    assert path_of("CS02", SPRING) == ["H01", "CS02"]
    school = a_unit("CS01")
    assert (school.kind_code, school.category_code, school.member_count) == ("grassroots_union", "truong-hoc", 45)
    assert (a_unit("CS02").category_code, a_unit("CS02").member_count) == ("phong-ban-nganh", 1234)


def test_an_imported_unit_is_the_same_as_one_founded_by_hand(file: Path) -> None:
    imported(file, DISTRICT, (2, "A", "CĐCS Đá Mài", "CĐCS", "H01", "Trường học", 45, "1/9/2001"))
    with transaction():
        services.found_unit(
            code="B",
            name="CĐCS Đá Mài",
            kind="grassroots_union",
            on=date(2001, 9, 1),
            parent=a_unit("H01"),
            category="truong-hoc",
            members=45,
        )
        services.rebuild_closure()

    def facts(code: str) -> list[dict[str, object]]:
        unit = a_unit(code)
        found = [unit]
        for table, column in ((UnitName, UnitName.unit_id), (UnitLink, UnitLink.child_id)):
            found += database.session.scalars(select(table).where(column == unit.id)).all()
        own = {"id", "code", "unit_id", "child_id", "_sa_instance_state"}
        return [{key: value for key, value in vars(row).items() if key not in own} for row in found]

    assert facts("A") == facts("B")


def test_running_twice_changes_nothing(file: Path) -> None:
    imported(file, DISTRICT, SCHOOL, OFFICE)
    before = counts()

    plan = imported(file, DISTRICT, SCHOOL, OFFICE, on=SUMMER)

    assert (plan.changes, plan.faults, plan.hints) == ([], [], [])
    assert counts() == before


def test_changes_are_dated_and_leave_the_past_readable(file: Path) -> None:
    other = (4, "H02", "LĐLĐ huyện Khác", "LĐLĐ huyện", None, None, None, "1/1/1990")
    imported(file, DISTRICT, SCHOOL, OFFICE, other)

    plan = imported(
        file,
        (1, "CS01", "CĐCS Trường Hoà Bình 1", "CĐCS", "H02", "Ngoài nhà nước", 50, "1/4/2025"),
        (2, "CS02", "CĐCS Phòng Nội vụ", "CĐCS", None, None, None, None),
        on=SUMMER,
    )

    assert [str(change) for change in plan.changes] == [
        "dòng 2, CS01: đổi tên “CĐCS Trường Hòa Bình” thành “CĐCS Trường Hoà Bình 1”, từ 01/04/2025",
        "dòng 2, CS01: chuyển từ H01 về H02, từ 01/04/2025",
        "dòng 2, CS01: nhóm truong-hoc thành ngoai-nha-nuoc, từ 01/06/2025",
        "dòng 2, CS01: số đoàn viên 45 thành 50, từ 01/06/2025",
    ]
    assert names_of("CS01") == [
        ("CĐCS Trường Hòa Bình", date(2001, 9, 1), date(2025, 3, 31)),
        ("CĐCS Trường Hoà Bình 1", date(2025, 4, 1), date(9999, 12, 31)),
    ]
    assert path_of("CS01", date(2025, 3, 31)) == ["H01", "CS01"]
    assert path_of("CS01", date(2025, 4, 1)) == ["H02", "CS01"]
    assert (a_unit("CS01").member_count, a_unit("CS01").category_code) == (50, "ngoai-nha-nuoc")
    assert path_of("CS02", SUMMER) == ["H01", "CS02"]
    assert imported(file, SCHOOL[:7], on=SUMMER).changes[0].kind == "rename"


def test_a_list_with_fewer_columns_touches_nothing_else(file: Path) -> None:
    imported(file, DISTRICT, SCHOOL)

    plan = imported(file, ("CS01", "CĐCS Trường Mới", "cdcs"), header=("Mã ĐV", "TÊN ĐƠN VỊ (*)", "Loại hình đơn vị"))

    assert [change.kind for change in plan.changes] == ["rename"]
    assert (a_unit("CS01").member_count, a_unit("CS01").category_code) == (45, "truong-hoc")


def test_a_unit_may_be_older_than_the_one_above_it(file: Path) -> None:
    """A grassroots union of 2001 stands under its commune union only since that exists, with the tiers of that day."""
    province = (1, "T", "LĐLĐ tỉnh", "LĐLĐ tỉnh", None, None, None, "1/1/1990")
    commune = (2, "X", "Công đoàn xã Mẫu", "Công đoàn xã", "T", None, None, "1/7/2025")

    plan = imported(file, province, commune, (3, *SCHOOL[1:4], "X", *SCHOOL[5:]), on=date(2025, 8, 1))

    assert plan.faults == []
    assert path_of("CS01", date(2025, 6, 30)) == ["CS01"]
    assert path_of("CS01", date(2025, 7, 1)) == ["T", "X", "CS01"]


def test_a_new_unit_without_a_parent_deserves_a_look(file: Path) -> None:
    imported(file, DISTRICT)

    plan = imported(file, (2, *SCHOOL[1:4], None, *SCHOOL[5:]))

    assert [hint.message for hint in plan.hints] == ["Đơn vị mới CS01 không có cấp trên."]
    assert path_of("CS01", SPRING) == ["CS01"]


# --- Refusals ---------------------------------------------------------------------------------------------------------

KEYS = ("code", "name", "kind", "parent", "category", "members", "since")
GOOD = ("CS09", "CĐCS Chín", "CĐCS", "H01", None, None, None)
FOUR = "trong hệ thống 4 cấp (đến 30/06/2025)."
NOT_BELOW = f"“Công đoàn cơ sở” không thể trực thuộc “Công đoàn cơ sở” {FOUR}"
TEAM = "“Tổ công đoàn” không thể trực thuộc “Liên đoàn Lao động huyện, quận, thị xã”"
FAULTS = [
    ({"code": "CS01", "name": "Khác"}, ["B3 Mã “CS01” đã có ở dòng 2."]),
    ({"code": "cs01"}, ["B3 Mã “cs01” đã có ở dòng 2."]),
    ({"code": "h01"}, ["B3 Mã “h01” chỉ khác chữ hoa, chữ thường với H01."]),
    ({"code": "CS 09"}, ["B3 Mã “CS 09” không hợp lệ."]),
    ({"code": "C" * 41}, ["B3 Mã “" + "C" * 41 + "” không hợp lệ."]),
    ({"code": None}, ["B3 Thiếu Mã đơn vị."]),
    ({"name": None}, ["C3 Thiếu Tên đơn vị."]),
    ({"kind": None}, ["D3 Thiếu Loại."]),
    ({"kind": "Chi bộ"}, ["D3 Không có loại đơn vị “Chi bộ”."]),
    ({"kind": "Công đoàn xã"}, [f"D3 Loại “Công đoàn xã, phường, đặc khu” không có {FOUR}"]),
    ({"kind": "Tổ công đoàn"}, [f"E3 {TEAM} {FOUR}"]),
    ({"parent": "H99"}, ["E3 Không có đơn vị mã “H99” trong tệp này và trong hệ thống."]),
    ({"parent": "CS09"}, [f"E3 {NOT_BELOW}", "E3 Đơn vị CS09 sẽ trực thuộc chính mình."]),
    ({"category": "Khối lạ"}, ["F3 Không có nhóm “Khối lạ”."]),
    ({"members": "7,5"}, ["G3 Số đoàn viên “7,5” không phải số nguyên."]),
    ({"members": 1.234}, ["G3 Số đoàn viên “1,234” không phải số nguyên."]),
    ({"members": -1}, ["G3 Số đoàn viên “-1” không phải số nguyên."]),
    ({"members": "nhiều"}, ["G3 Số đoàn viên “nhiều” không phải số nguyên."]),
    ({"since": "31/2/2020"}, ["H3 Ngày “31/2/2020” không có trong lịch; hãy kiểm tra lại ngày và tháng."]),
    ({"since": "1/1/3020"}, ["H3 Năm 3020 không hợp lý."]),
    ({"since": "1/1/1929"}, ["D3 Loại “Công đoàn cơ sở” không có trong hệ thống ngày 01/01/1929."]),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "expected"), FAULTS)
def test_each_fault_names_its_cell_and_nothing_is_written(
    file: Path, wrong: dict[str, object], expected: list[str]
) -> None:
    imported(file, DISTRICT)
    before = counts()

    plan = imported(file, SCHOOL, (3, *(dict(zip(KEYS, GOOD, strict=True)) | wrong).values()))

    assert messages(plan) == expected
    assert all(fault.cure for fault in plan.faults)
    assert counts() == before


KNOWN_FAULTS = [
    ({"kind": "Nghiệp đoàn"}, "D2 Đơn vị CS01 đang là “Công đoàn cơ sở”."),
    ({"name": "Mới", "since": "1/1/2000"}, "H2 Thay đổi từ 01/01/2000, nhưng đơn vị mang tên hiện nay từ 01/09/2001."),
    ({"parent": "H02", "since": "1/1/2000"}, "H2 Thay đổi từ 01/01/2000, nhưng đơn vị trực thuộc H01 từ 01/09/2001."),
    ({"parent": "CS02"}, f"E2 {NOT_BELOW}"),
]


@pytest.mark.parametrize(("wrong", "expected"), KNOWN_FAULTS)
def test_what_cannot_change_about_a_known_unit(file: Path, wrong: dict[str, object], expected: str) -> None:
    other = (4, "H02", "LĐLĐ huyện Khác", "LĐLĐ huyện", None, None, None, "1/1/1980")
    imported(file, DISTRICT, SCHOOL, OFFICE, other)
    before = counts()
    row = dict(zip(KEYS, (*SCHOOL[1:4], None, None, None, None), strict=True)) | wrong

    plan = imported(file, (1, *row.values()), on=SUMMER)

    assert messages(plan) == [expected]
    assert counts() == before


def test_circles_are_found_wherever_they_close(file: Path) -> None:
    sections = [(n, f"B{n}", f"Bộ phận {n}", "Công đoàn bộ phận", "CS01", None, None, None) for n in (1, 2, 3)]
    imported(file, DISTRICT, SCHOOL, *sections)

    plan = imported(
        file,
        (1, "B1", "Bộ phận 1", "Công đoàn bộ phận", "B2", None, None, None),
        (2, "B2", "Bộ phận 2", "Công đoàn bộ phận", "B9", None, None, None),
        (3, "B9", "Bộ phận 9", "Công đoàn bộ phận", "B1", None, None, None),
        (4, "B3", "Bộ phận 3", "Công đoàn bộ phận", "B2", None, None, None),
    )

    assert messages(plan) == [
        "E2 Đơn vị B1 sẽ trực thuộc chính mình.",
        "E3 Đơn vị B2 sẽ trực thuộc chính mình.",
        "E4 Đơn vị B9 sẽ trực thuộc chính mình.",
    ]


def test_a_circle_that_lasts_only_some_days_is_one_too(file: Path) -> None:
    """B1 goes under B2 in April, but B2 leaves B1 only in May."""
    sections = [
        (1, "B1", "Bộ phận 1", "Công đoàn bộ phận", "CS01", None, None, "1/1/2010"),
        (2, "B2", "Bộ phận 2", "Công đoàn bộ phận", "B1", None, None, "1/1/2010"),
    ]
    imported(file, DISTRICT, SCHOOL, *sections)
    turn = [
        (1, *sections[0][1:4], "B2", None, None, "1/4/2025"),
        (2, *sections[1][1:4], "CS01", None, None, "1/5/2025"),
    ]

    assert messages(imported(file, *turn, on=SUMMER)) == ["E2 Đơn vị B1 sẽ trực thuộc chính mình."]

    turn[1] = (*turn[1][:7], "1/4/2025")
    assert messages(imported(file, *turn, on=SUMMER)) == []
    assert path_of("B1", SUMMER) == ["H01", "CS01", "B2", "B1"]


# --- All or nothing, in parts, or not at all --------------------------------------------------------------------------

BAD = (4, "CS03", "CĐCS Ba", "Loại lạ", "H01", None, "x", None)
BELOW_BAD = (5, "TV01", "CĐCS thành viên", "CĐCS thành viên", "CS03", None, None, None)


def test_one_bad_row_keeps_all_out_and_all_bad_cells_are_told(file: Path) -> None:
    before = counts()

    plan = imported(file, DISTRICT, SCHOOL, BAD, BELOW_BAD)

    assert messages(plan) == ["D4 Không có loại đơn vị “Loại lạ”.", "G4 Số đoàn viên “x” không phải số nguyên."]
    assert counts() == before


def test_partial_writes_the_sound_rows_without_what_hangs_on_the_bad(file: Path) -> None:
    plan = imported(file, DISTRICT, SCHOOL, BAD, BELOW_BAD, partial=True)

    assert database.session.scalars(select(Unit.code).order_by(Unit.id)).all() == ["H01", "CS01"]
    assert [(fault.row, fault.message) for fault in plan.set_aside] == [
        (5, "Bỏ qua vì đơn vị cấp trên ở dòng 4 chưa nhập được.")
    ]


def test_partial_does_not_close_a_circle_by_leaving_a_row_out(file: Path) -> None:
    """B1 may go under B2 because B2 leaves B1; when the row of B2 is bad, both stay."""
    sections = [
        (1, "B1", "Bộ phận 1", "Công đoàn bộ phận", "CS01", None, None, None),
        (2, "B2", "Bộ phận 2", "Công đoàn bộ phận", "B1", None, None, None),
    ]
    imported(file, DISTRICT, SCHOOL, *sections)

    plan = imported(
        file, (1, *sections[0][1:4], "B2"), (2, *sections[1][1:4], "CS01", "Khối lạ"), on=SUMMER, partial=True
    )

    assert messages(plan) == ["F3 Không có nhóm “Khối lạ”."]
    assert [(fault.row, fault.message) for fault in plan.set_aside] == [(2, "Đơn vị B1 sẽ trực thuộc chính mình.")]
    assert path_of("B2", SUMMER) == ["H01", "CS01", "B1", "B2"]


def test_a_dry_run_tells_all_and_writes_nothing(file: Path) -> None:
    before = counts()

    plan = imported(file, DISTRICT, SCHOOL, dry_run=True)

    assert len(plan.changes) == 2
    assert counts() == before


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.orm import Session
from lms import create_app
from lms.units.importing import import_units
app = create_app(sys.argv[1], SECRET_KEY="x" * 40, DATABASE_URL=sys.argv[2])
with app.app_context():
    event.listen(Session, "before_commit", lambda session: os.kill(os.getpid(), signal.SIGKILL))
    import_units(Path(sys.argv[3]), by=None, on=date(2025, 3, 1))
"""


def test_a_run_killed_at_the_last_moment_leaves_nothing(file: Path, database_url: str, tmp_path: Path) -> None:
    before = counts()
    database.session.remove()
    a_workbook(file, [HEADER, DISTRICT, SCHOOL, OFFICE])

    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), database_url, str(file)], env=dict(os.environ))

    assert done.returncode == -signal.SIGKILL
    assert counts() == before
    assert imported(file, DISTRICT, SCHOOL, OFFICE).faults == []
    assert counts() != before


def test_look_ups_do_not_grow_with_the_rows(file: Path) -> None:
    def statements(rows: int) -> int:
        seen: list[str] = []

        def note(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(database.engine, "before_cursor_execute", note)
        plan = imported(file, DISTRICT, *((n, f"C{n}", f"CĐCS {n}", *SCHOOL[3:]) for n in range(rows)), dry_run=True)
        event.remove(database.engine, "before_cursor_execute", note)
        assert len(plan.changes) == rows + 1
        return len(seen)

    assert statements(3) == statements(300)


def test_each_import_is_one_entry_in_the_audit_trail(file: Path) -> None:
    imported(file, SCHOOL, DISTRICT)

    entry = database.session.scalars(select(AuditEntry)).one()

    assert (entry.action, entry.subject, entry.subject_id) == ("import_units", "unit", a_unit("H01").id)
    assert entry.after == {"file": "don-vi.xlsx", "on": "2025-03-01", "found": 2}


# --- The command ------------------------------------------------------------------------------------------------------


def run(app: Flask, *arguments: object) -> Result:
    return CliRunner().invoke(command, ["import", *map(str, arguments)], obj=app)


def test_the_command_says_what_it_does(db: Flask, file: Path) -> None:
    a_workbook(file, [HEADER, DISTRICT, *((n, f"C{n}", f"CĐCS {n}", *SCHOOL[3:]) for n in range(12))])

    tried, done, again = (run(db, file, *options, "--on", "2025-03-01") for options in (["--dry-run"], [], []))

    assert (tried.exit_code, done.exit_code, again.exit_code) == (0, 0, 0)
    lines = done.stdout.splitlines()
    assert lines[0] == "don-vi.xlsx, trang 'Danh sách': 13 dòng; lập mới 13."
    assert lines[1] == "  dòng 2, H01: lập mới “LĐLĐ huyện Mẫu”, từ 28/07/1990"
    assert lines[11:] == ["  … và 3 mục nữa", "Ghi chú: Không đọc các cột: STT.", "Đã ghi."]
    assert tried.stdout.splitlines()[:12] == lines[:12]
    assert tried.stdout.endswith("Chạy thử: chưa ghi gì.\n")
    assert again.stdout.splitlines() == [
        "don-vi.xlsx, trang 'Danh sách': 13 dòng; không có gì thay đổi.",
        "Ghi chú: Không đọc các cột: STT.",
        "Không có gì để ghi.",
    ]


def test_the_command_fails_when_anything_is_faulty(db: Flask, file: Path) -> None:
    a_workbook(file, [HEADER, DISTRICT, BAD, BELOW_BAD])
    first = "don-vi.xlsx, trang 'Danh sách', ô D3: Không có loại đơn vị “Loại lạ”. Cách sửa: Dùng một trong các loại: "

    refused, partial = run(db, file), run(db, file, "--partial", "--on", "2025-03-01")

    assert (refused.exit_code, partial.exit_code) == (1, 1)
    assert (len(refused.stderr.splitlines()), len(partial.stderr.splitlines())) == (2, 3)
    assert partial.stderr.startswith(first)
    assert "Chưa ghi gì: 1 dòng có lỗi." in refused.stdout
    assert partial.stdout.endswith("Đã ghi các dòng đúng; 1 dòng có lỗi, chưa ghi.\n")
    assert a_unit("H01").name == "LĐLĐ huyện Mẫu"


def test_a_file_cannot_steer_the_terminal(db: Flask, file: Path) -> None:
    rows = [(*HEADER, "Ghi\x9b31m chú"), (*DISTRICT, None), (2, "CS01", "Tên\x9b31m", *SCHOOL[3:])]
    a_workbook(file, rows)

    done = run(db, file)

    assert "�31m chú" in done.stdout
    assert "\x9b" not in done.stdout + done.stderr


def test_the_command_reads_a_named_sheet_only(db: Flask, file: Path) -> None:
    a_workbook(file, [HEADER, DISTRICT])

    assert run(db, file, "--sheet", "Danh sách").exit_code == 0
    assert run(db, file, "--sheet", "Khác").stderr.startswith("don-vi.xlsx: Không có trang “Khác”.")
    assert run(db, file.with_name("khong-co.xlsx")).exit_code == 1
