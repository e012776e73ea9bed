"""`lms content questions …` on the command line.

The question kinds live further along the path; the group above puts their checks into `context.meta["kinds"]`.
"""

import os
import re
import tempfile
from pathlib import Path

import click

from lms import clock
from lms.content import checker, exchange
from lms.content.exchange import to_sheet
from lms.content.exchange.items import Remark, slug
from lms.content.exchange.writing import WRITERS
from lms.content.exchange.writing import export as exported
from lms.content.files import read_folder
from lms.content.frontmatter import ID, LARGEST_FILE, Page
from lms.content.questions import blocks
from lms.content.rules import Severity
from lms.errors import NotFound, Refused

SEVERITIES = {Severity.ERROR: "lỗi", Severity.WARNING: "cảnh báo", Severity.HINT: "gợi ý"}

folder_option = click.option(
    "--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default="content", show_default=True
)
new_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.group()
def questions() -> None:
    """Nhập và xuất câu hỏi: văn bản, Word, Excel, GIFT, Aiken, Moodle XML."""


@questions.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--module", required=True, help="Tên thư mục chuyên đề sẽ nhận câu hỏi.")
@click.option("--lesson", default="", help="Mã bài cần đọc lại, cho câu không ghi bài.")
@click.option("--source", "sources", multiple=True, help="Mã nguồn, cho câu không ghi nguồn; lặp lại được.")
@click.option("--into", default="", help="Tên tệp .md sẽ ghi trong questions/; không nêu thì theo tên tệp nguồn.")
@click.option("--format", "form", type=click.Choice(exchange.FORMATS), default=exchange.AUTO, show_default=True)
@click.option("--append", is_flag=True, help="Cho phép ghi nối vào tệp đã có.")
@click.option("--partial", is_flag=True, help="Ghi những câu chuyển được dù còn câu bị từ chối.")
@click.option("--dry-run", is_flag=True, help="Chỉ báo cáo, không ghi.")
@folder_option
@click.pass_context
def import_(
    context: click.Context,
    file: Path,
    module: str,
    lesson: str,
    sources: tuple[str, ...],
    into: str,
    form: str,
    append: bool,
    partial: bool,
    dry_run: bool,
    folder: Path,
) -> None:
    """Chuyển câu hỏi trong FILE thành Markdown, kèm báo cáo từng câu."""
    target = _target(folder, module, into or f"{slug(file.stem) or 'nhap'}.md")
    if target.exists() and not append and not dry_run:
        raise Refused(f"{target} đã có. Chọn tên khác với --into, hoặc ghi nối bằng --append.")
    with file.open("rb") as opened:
        data = opened.read(exchange.MOST_BYTES + 1)
    taken = _ids(folder, module)
    found = exchange.read(
        file.name, data, kinds=context.meta["kinds"], lesson=lesson, sources=sources, taken=taken, form=form
    )
    for remark in found.remarks:
        click.echo(_as_line(file.name, remark), err=True)
    click.echo(f"{len(found.items)} câu chuyển được, {found.refused} câu cần sửa.")
    is_good = bool(found.items) and (partial or not found.refused)
    if dry_run or not is_good:
        click.echo("Chưa ghi gì." if dry_run or not found.items else "Chưa ghi gì; thêm --partial để ghi các câu tốt.")
    else:
        _write(target, found.markdown)
        click.echo(f"Đã ghi {target}. Tiếp theo: điền chỗ còn thiếu rồi chạy lms content check.")
    context.exit(0 if is_good else 1)


def _as_line(name: str, remark: Remark) -> str:
    place = f"{name}:{remark.where}" if remark.where else name
    return f"{place}: {SEVERITIES[remark.severity]}: {remark.message} {remark.cure}".rstrip()


def _questions_of(folder: Path, module: str) -> Path:
    if not ID.match(module) or not (folder / "modules" / module).is_dir():
        raise NotFound(f"Không có chuyên đề “{module}” trong {folder}.")
    return folder / "modules" / module / "questions"


def _target(folder: Path, module: str, name: str) -> Path:
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*\.md", name):
        raise Refused(f"Tên tệp “{name}” chưa đúng. Dùng chữ thường không dấu, số, gạch nối và đuôi .md.")
    return _questions_of(folder, module) / name


def _ids(folder: Path, module: str) -> set[str]:
    files = {path.name: path.read_bytes() for path in sorted(_questions_of(folder, module).glob("*.md"))}
    return {block.id for name in files for block in blocks(Page(files, name))}


def _write(target: Path, text: str) -> None:
    """The whole text or nothing, below what the file says already."""
    before = target.read_text("utf-8") if target.exists() else ""
    text = f"{before.rstrip()}\n\n{text}" if before.strip() else text
    if len(text.encode()) > LARGEST_FILE:
        cure = "Chia tệp nguồn thành nhiều phần rồi nhập vào nhiều tệp --into."
        raise Refused(f"Tệp câu hỏi sẽ lớn hơn {LARGEST_FILE // 1000} KB, chưa ghi gì. {cure}")
    target.parent.mkdir(exist_ok=True)
    _replace(target, text.encode())


def _replace(target: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".nhap-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).chmod(0o644)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@questions.command()
@new_file
@click.option("--module", required=True, help="Tên thư mục chuyên đề.")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="moodle-xml", show_default=True)
@folder_option
@click.pass_context
def export(context: click.Context, file: Path, module: str, form: str, folder: Path) -> None:
    """Ghi câu hỏi của chuyên đề thành FILE mới: Moodle XML, GIFT, hoặc bảng tính."""
    _questions_of(folder, module)
    report = checker.check(read_folder(folder), kinds=context.meta["kinds"], on=clock.today())
    checked = report.modules.get(module)
    if checked is None:
        raise Refused(f"Chuyên đề “{module}” còn lỗi. Chạy lms content check, sửa hết lỗi rồi xuất lại.")
    found = exported(form, checked.questions)
    _create(file, found.data)
    for question in found.left:
        message = f"loại “{question.kind}” không có chỗ trong dạng {form}, nên câu này không có trong tệp."
        click.echo(f"{question.id}: lỗi: {message}", err=True)
    for id, lost in found.losses.items():
        click.echo(f"{id}: cảnh báo: Không mang theo: {'; '.join(lost)}.", err=True)
    click.echo(f"Đã xuất {found.count} câu vào {file}.")
    context.exit(1 if found.left else 0)


@questions.command("sheet")
@new_file
def sheet_(file: Path) -> None:
    """Ghi bảng tính mẫu FILE (.xlsx) mỗi loại câu một ví dụ để viết đè lên."""
    _create(file, to_sheet.template())
    click.echo(f"Đã ghi {file}. Viết câu hỏi rồi nhập bằng: lms content questions import {file} --module …")


def _create(file: Path, data: bytes) -> None:
    if file.exists():
        raise Refused(f"{file} đã có. Chọn tên khác, hoặc xóa tệp cũ trước.")
    if not file.parent.is_dir():
        raise Refused(f"Không có thư mục {file.parent}.")
    _replace(file, data)
