"""The command `lms`, as thin as a view. Errors go to standard error, a line each; exit code 0 only if all is well.

What only some commands need is imported by them, so that checking content waits for no spreadsheets and migrations.
"""

import json
import secrets
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import click
from flask import Flask

from lms import MIGRATIONS, audit, clock, create_app
from lms.config import BadSetting
from lms.content import checker, workspace
from lms.content import queries as content_queries
from lms.content import services as content
from lms.content.earlier import EarlierIds
from lms.content.files import Files, of_module, read_folder
from lms.content.files import slugs as slugs_in
from lms.content.rules import Severity
from lms.errors import LmsError
from lms.quizzes.kinds import CHECKS

SEVERITIES = {Severity.ERROR: "lỗi", Severity.WARNING: "cảnh báo", Severity.HINT: "gợi ý"}

folder_option = click.option(
    "--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default="content", show_default=True
)


overwrite_option = click.option(
    "--overwrite", is_flag=True, help="Dùng bản trong thư mục dù trên trang đã có người sửa."
)


class Commands(click.Group):
    """Turns our own errors into one line and exit code 1, and imports a step's commands when one of them is called."""

    def __init__(self, *given: Any, steps: Mapping[str, str] | None = None, **named: Any) -> None:
        super().__init__(*given, **named)
        self.steps = steps or {}

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted([*super().list_commands(context), *self.steps])

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if module := self.steps.get(name):
            return cast(click.Command, getattr(import_module(module), name))
        return super().get_command(context, name)

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except (LmsError, BadSetting) as error:
            click.echo(str(error), err=True)
            context.exit(1)


@click.group(cls=Commands, steps={"units": "lms.units.commands", "people": "lms.people.commands"})
@click.option(
    "--instance", type=click.Path(path_type=Path), default="instance", show_default=True, envvar="LMS_INSTANCE"
)
@click.pass_context
def main(context: click.Context, instance: Path) -> None:
    """Thu Hoạch: học tập và thu hoạch của cán bộ công đoàn."""
    context.obj = instance
    if context.invoked_subcommand in ("units", "people") and "--help" not in sys.argv:
        context.obj = _app(context, instance)


def _app(context: click.Context, instance: Path) -> Flask:
    """The application, inside its context until the command ends."""
    app = create_app(instance)
    context.with_resource(app.app_context())
    return app


def write_secret(instance: Path) -> None:
    """Give a new instance folder its secret key; an existing one keeps its own."""
    instance.mkdir(parents=True, exist_ok=True)
    file = instance / "settings.toml"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f'SECRET_KEY = "{secrets.token_urlsafe(48)}"\n', "utf-8")


def prepare(app: Flask) -> None:
    """Bring the database to the newest shape, with the presets of the organisation."""
    from flask_migrate import upgrade

    from lms.units import services as unit_services

    upgrade(directory=str(MIGRATIONS))
    unit_services.install_presets()


@main.command()
@click.pass_context
def init(context: click.Context) -> None:
    """Tạo thư mục dữ liệu, khóa bí mật và cơ sở dữ liệu; chạy lại khi nâng cấp."""
    write_secret(context.obj)
    prepare(_app(context, context.obj))
    click.echo(f"Sẵn sàng trong {context.obj}. Tiếp theo: lms units import, lms people import, lms serve.")


@main.command()
@click.option("--no-worker", is_flag=True, help="Không chạy kèm tiến trình nền.")
@click.pass_context
def serve(context: click.Context, no_worker: bool) -> None:
    """Chạy máy chủ, kèm tiến trình nền."""
    from lms import serving

    app = create_app(context.obj)
    click.echo(f"http://{app.config['HOST']}:{app.config['PORT']}")
    serving.serve(app, with_worker=not no_worker)


@main.command()
@click.pass_context
def worker(context: click.Context) -> None:
    """Chạy riêng tiến trình nền: đóng bài quá giờ, niêm phong nhật ký."""
    from lms import serving

    serving.work(create_app(context.obj))


@main.command()
@click.option("--port", type=int, default=8000, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default="instance/demo", show_default=True)
@folder_option
@click.option("--no-serve", is_flag=True, help="Chỉ tạo dữ liệu.")
@click.pass_context
def demo(context: click.Context, port: int, data: Path, folder: Path, no_serve: bool) -> None:
    """Tạo dữ liệu trình diễn mới (xóa dữ liệu trình diễn cũ) rồi chạy máy chủ."""
    from lms import demonstration, serving

    if data.exists() and not (data / demonstration.MARK).exists() and any(data.iterdir()):
        click.echo(f"{data}: không phải thư mục trình diễn, nên không xóa. Chọn thư mục khác với --data.", err=True)
        context.exit(1)
    shutil.rmtree(data, ignore_errors=True)
    write_secret(data)
    (data / demonstration.MARK).touch()
    app = create_app(data, PORT=port, DATABASE_URL=f"sqlite:///{(data / 'lms.sqlite').resolve()}")
    with app.app_context():
        prepare(app)
        click.echo(demonstration.fill(folder, show=click.echo))
    if not no_serve:
        click.echo(f"http://{app.config['HOST']}:{port}")
        serving.serve(app, with_worker=True)


@main.group("content", cls=Commands, steps={"questions": "lms.content.exchange.commands"})
@click.pass_context
def content_group(context: click.Context) -> None:
    """Chuyên đề trong thư mục content/."""
    context.meta["kinds"] = CHECKS


def _report(found: Files, earlier: Mapping[str, EarlierIds]) -> checker.Report:
    return checker.check(found, kinds=CHECKS, on=clock.today(), earlier=earlier)


def _published(context: click.Context) -> Mapping[str, EarlierIds]:
    """The ids of what is published in the instance, where there is one: with them a changed id is told."""
    instance: Path = context.find_root().obj
    if not (instance / "settings.toml").exists():
        return {}
    from sqlalchemy.exc import DatabaseError

    try:
        _app(context, instance)
        return content_queries.earlier_ids()
    except DatabaseError:
        click.echo("Không hỏi được cơ sở dữ liệu, nên chưa so mã với phiên bản đã xuất bản. Chạy lms init.", err=True)
        return {}


@content_group.command()
@folder_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_context
def check(context: click.Context, folder: Path, form: str) -> None:
    """Kiểm tra mọi chuyên đề; báo hết lỗi trong một lần."""
    report = _report(read_folder(folder), _published(context))
    if form == "json":
        click.echo(json.dumps([asdict(fault) for fault in report.faults], ensure_ascii=False, indent=1))
    else:
        for line in checker.as_lines(report.faults, SEVERITIES.__getitem__):
            click.echo(line, err=True)
        click.echo(f"{len(report.modules)} chuyên đề dùng được, {len(report.errors)} lỗi.")
    sys.exit(1 if report.errors else 0)


@content_group.command()
@click.argument("slugs", nargs=-1)
@folder_option
@overwrite_option
@click.pass_context
def publish(context: click.Context, slugs: tuple[str, ...], folder: Path, overwrite: bool) -> None:
    """Xuất bản chuyên đề (không nêu tên: tất cả). Nội dung không đổi thì không tạo phiên bản."""
    _app(context, context.find_root().obj)
    found = read_folder(folder)
    report = _report(found, content_queries.earlier_ids())
    known = slugs_in(found)
    wanted = slugs or tuple(known)
    concerned = [
        fault for fault in report.errors if not fault.file.startswith("modules/") or fault.file.split("/")[1] in wanted
    ]
    for line in checker.as_lines(concerned, SEVERITIES.__getitem__):
        click.echo(line, err=True)
    if unknown := [slug for slug in wanted if slug not in known]:
        click.echo(f"Không có chuyên đề: {', '.join(unknown)}.", err=True)
    if concerned or unknown:
        context.exit(1)
    modules = [report.modules[slug] for slug in wanted]
    for version, is_new in content.publish_folder(found, modules, at=clock.now(), overwrite=overwrite):
        what = "phiên bản mới" if is_new else "không đổi"
        click.echo(f"{version.module.slug}: phiên bản {version.number} ({what})")


@content_group.command("import")
@folder_option
@overwrite_option
@click.pass_context
def import_(context: click.Context, folder: Path, overwrite: bool) -> None:
    """Đưa các tệp trong thư mục vào kho soạn thảo, chưa xuất bản."""
    _app(context, context.find_root().obj)
    found = read_folder(folder)
    workspace.take(found, slugs_in(found), at=clock.now(), overwrite=overwrite)
    click.echo(f"Đã đưa vào {len(found)} tệp.")


@content_group.command()
@folder_option
@click.pass_context
def export(context: click.Context, folder: Path) -> None:
    """Ghi kho soạn thảo ra thư mục, đúng từng byte; tệp đã xóa trong kho thì xóa khỏi chuyên đề đó."""
    _app(context, context.find_root().obj)
    standing = workspace.texts(workspace.tree().values())
    for path, data in standing.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    for slug in slugs_in(standing):
        for path in of_module(read_folder(folder), slug).keys() - standing.keys():
            (folder / path).unlink()
    click.echo(f"Đã ghi {len(standing)} tệp vào {folder}.")


@main.group("audit")
def audit_group() -> None:
    """Nhật ký nghiệp vụ."""


@audit_group.command()
@click.option("--head", help="Đầu chuỗi đã ghi lại lần trước, dạng SỐ:MÃ.")
@click.pass_context
def verify(context: click.Context, head: str | None) -> None:
    """Kiểm tra chuỗi nhật ký: nêu dòng bị sửa, mất hoặc chèn."""
    _app(context, context.find_root().obj)
    verdict = audit.verify(head)
    for fault in verdict.faults:
        click.echo(fault, err=True)
    click.echo(f"{verdict.sealed} dòng đã niêm phong, {verdict.unsealed} dòng chờ. Đầu chuỗi: {verdict.head}")
    sys.exit(1 if verdict.faults else 0)


@main.command()
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
@click.option("--step", "steps", multiple=True, help="Chỉ đo các bước này.")
@click.option("--learners", type=int, default=2000, show_default=True)
@click.option("--words", default=0, show_default=True, help="Số từ của bài thu hoạch; 0 là bài có sẵn.")
@click.option("--attempts", type=int, multiple=True, help="Số lượt kiểm tra đã nộp; lặp lại để so sánh.")
@click.option("--essays", type=int, multiple=True, help="Số bài thu hoạch đã nộp thêm; lặp lại để so sánh.")
@click.option("--reviewers", type=int, default=1, show_default=True)
def bench(
    database: str,
    steps: tuple[str, ...],
    learners: int,
    words: int,
    attempts: tuple[int, ...],
    essays: tuple[int, ...],
    reviewers: int,
) -> None:
    """Đo CPU, số truy vấn và số byte mỗi trang; in JSON."""
    from lms import bench as measuring

    if attempts and essays:
        raise click.UsageError("Chọn một trong hai: --attempts hoặc --essays.")
    sizes = [{"attempts": count} for count in attempts] + [
        {"essays": count, "reviewers": reviewers} for count in essays
    ]
    click.echo(json.dumps(measuring.run(database, steps, learners, words, sizes), indent=1))


@main.group()
def load() -> None:
    """Cho nhiều người cùng vào một lúc, đo độ trễ, rồi kiểm tra không mất và không trùng; in JSON."""


def _rush(kind: str, database: str, given: dict[str, Any]) -> None:
    from lms import load as rushing

    click.echo(json.dumps(rushing.run(kind, database, given), indent=1))


DATABASE = click.option(
    "--database", type=click.Choice(["sqlite", "postgresql"]), default="postgresql", show_default=True
)


@load.command()
@DATABASE
@click.option("--people", type=int, default=1000, show_default=True)
@click.option("--seconds", type=float, default=10, show_default=True)
def starts(database: str, **given: Any) -> None:
    """Mọi người bắt đầu bài kiểm tra; một phần mười bấm hai lần."""
    _rush("starts", database, given)


@load.command()
@DATABASE
@click.option("--people", type=int, default=1000, show_default=True)
@click.option("--rate", type=int, default=500, show_default=True, help="Câu trả lời mỗi giây.")
@click.option("--seconds", type=float, default=60, show_default=True)
def saves(database: str, **given: Any) -> None:
    """Mọi người lưu câu trả lời."""
    _rush("saves", database, given)


@load.command()
@DATABASE
@click.option("--people", type=int, default=500, show_default=True)
@click.option("--rate", type=int, default=100, show_default=True, help="Câu trả lời mỗi giây.")
@click.option("--seconds", type=float, default=20, show_default=True)
@click.option("--attempts", type=int, default=100_000, show_default=True)
def analysis(database: str, **given: Any) -> None:
    """Lưu câu trả lời khi chưa có và khi đang có phân tích câu hỏi."""
    _rush("analysis", database, given)


@load.command("hand-ins")
@DATABASE
@click.option("--people", type=int, default=5000, show_default=True)
@click.option("--last", type=int, default=500, show_default=True, help="Số người nộp trong phút cuối.")
@click.option("--hour", type=float, default=600, show_default=True, help="Số giây trước phút cuối.")
@click.option("--minute", type=float, default=60, show_default=True, help="Số giây của phút cuối.")
def hand_ins(database: str, **given: Any) -> None:
    """Mọi người nộp bài thu hoạch trước hạn; một phần mười bấm hai lần."""
    _rush("hand_ins", database, given)


@load.command()
@DATABASE
@click.option("--essays", type=int, default=50_000, show_default=True)
@click.option("--reviewers", type=int, default=300, show_default=True)
def allocation(database: str, **given: Any) -> None:
    """Phân công chấm tất cả bài đã nộp."""
    _rush("allocation", database, given)
