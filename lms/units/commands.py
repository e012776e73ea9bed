"""`lms units …` on the command line."""

from collections import Counter
from datetime import datetime
from pathlib import Path

import click
from flask import Flask

from lms import clock, imports
from lms.units.importing import Kind, import_units

KIND_NAMES = {
    Kind.FOUND: "lập mới",
    Kind.RENAME: "đổi tên",
    Kind.MOVE: "chuyển cấp trên",
    Kind.CATEGORY: "đổi nhóm",
    Kind.MEMBERS: "đổi số đoàn viên",
}


@click.group()
def units() -> None:
    """Danh sách đơn vị."""


@units.command("import")
@imports.options
@click.pass_obj
def import_(app: Flask, file: Path, sheet: str | None, dry_run: bool, partial: bool, on: datetime | None) -> None:
    """Nhập hoặc cập nhật đơn vị từ FILE (.xlsx hoặc .csv)."""
    day = on.date() if on else clock.today()
    plan = import_units(file, by=None, on=day, sheet=sheet, dry_run=dry_run, partial=partial)
    counts = Counter(KIND_NAMES[change.kind] for change in plan.changes)
    raise SystemExit(imports.report(plan, counts, dry_run=dry_run, partial=partial))
