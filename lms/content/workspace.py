"""The workspace: the files that authors work on, the same text as in `content/`, every save of it kept.

A save says on which revision it is based. Rows are only added, so the second of two authors meets a `Conflict` that
holds both texts, and nothing that anybody wrote is lost.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from lms import audit
from lms.content import files
from lms.content.files import Files
from lms.content.models import FileRevision, ModuleVersion, VersionFile
from lms.db import db, transaction
from lms.errors import Refused
from lms.vietnamese import fold, nfc

PATH = re.compile(
    r"sources\.yaml|glossary\.yaml|modules/(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)/(?:"
    r"module\.md|quiz\.md|reflection\.md|sources\.yaml|lessons/\d{2}-[a-z0-9-]{1,80}\.md"
    r"|questions/[a-z0-9-]{1,80}\.md|images/[a-z0-9-]{1,80}\.(?:png|jpe?g|webp))"
)
LARGEST_TEXT = 500_000


class Conflict(Refused):
    """Somebody saved the file in the meantime; `theirs` is what stands now."""

    def __init__(self, theirs: FileRevision | None) -> None:
        super().__init__(_("Tệp này vừa được người khác sửa. Đồng chí xem hai bản bên dưới rồi chọn hoặc gộp."))
        self.theirs = theirs


def _newest() -> Select[FileRevision]:
    newest = (
        select(FileRevision.path, func.max(FileRevision.number).label("number")).group_by(FileRevision.path).subquery()
    )
    return select(FileRevision).join(
        newest, (newest.c.path == FileRevision.path) & (newest.c.number == FileRevision.number)
    )


def tree(slug: str | None = None) -> dict[str, FileRevision]:
    """The files as they are, by path: of one module with what all share, or of the whole workspace."""
    statement = _newest().where(FileRevision.data.is_not(None)).options(joinedload(FileRevision.saved_by))
    if slug is not None:
        own = FileRevision.path.startswith(f"modules/{slug}/", autoescape=True)
        statement = statement.where(own | FileRevision.path.in_(files.SHARED))
    return {revision.path: revision for revision in db.session.scalars(statement.order_by(FileRevision.path))}


def used_by(slug: str, standing: Mapping[str, FileRevision]) -> list[FileRevision]:
    """The files that a module is made of, out of the whole workspace: its own and the shared ones."""
    return [row for path, row in standing.items() if path in files.SHARED or _slug(path) == slug]


def texts(revisions: Iterable[FileRevision]) -> dict[str, bytes]:
    return {revision.path: revision.data for revision in revisions if revision.data is not None}


def current(path: str) -> FileRevision | None:
    """The newest revision of a file, also when that one deleted it."""
    return db.session.scalars(
        select(FileRevision).where(FileRevision.path == path).order_by(FileRevision.number.desc()).limit(1)
    ).first()


def history(path: str) -> list[FileRevision]:
    """Every state of a file, the newest first."""
    return list(
        db.session.scalars(
            select(FileRevision)
            .where(FileRevision.path == path)
            .options(joinedload(FileRevision.saved_by))
            .order_by(FileRevision.number.desc())
        )
    )


def refusal_of_path(path: str, taken: Collection[str] = ()) -> str | None:
    """Why there can be no such file; names that differ only in case or Unicode form would be one file elsewhere."""
    if not PATH.fullmatch(path):
        return _("Tên tệp “%(path)s” chưa đúng. Dùng chữ thường không dấu, số và dấu gạch nối.", path=path)
    if any(other != path and fold(other) == fold(path) for other in taken):
        return _("Đã có tệp có tên gần giống “%(path)s”. Đặt tên khác.", path=path)
    return None


def save(path: str, data: bytes | None, based_on: int, *, by: int | None, at: datetime) -> FileRevision:
    """A new state of a file, or the standing one if nothing changed; `data` None deletes it, `based_on` 0 makes it.

    Raises `Conflict` when the newest revision is another one than the author had before their eyes.
    """
    if refusal := refusal_of_path(path):
        raise Refused(refusal)
    if data is not None and len(data) > (files.LARGEST if "/images/" in path else LARGEST_TEXT):
        raise Refused(_("Tệp quá lớn. Chia nội dung thành nhiều tệp nhỏ hơn."))
    with transaction() as session:
        now = current(path)
        number = now.number if now else 0
        if now is not None and now.data == data:
            return now
        if number != based_on:
            raise Conflict(now)
        revision = FileRevision(path=path, number=number + 1, data=data, saved_at=at, saved_by_id=by)
        try:
            with session.begin_nested():
                session.add(revision)
        except IntegrityError:
            raise Conflict(current(path)) from None
        return revision


def text_of(revision: FileRevision | None) -> str:
    """A text file as the editor shows it."""
    return (revision.data or b"").decode("utf-8", "replace") if revision else ""


def as_bytes(text: str) -> bytes:
    """What the editor sends, as it is stored: composed letters, plain line ends, one line end at the last line."""
    lines = nfc(text).replace("\r\n", "\n").replace("\r", "\n")
    return (lines.rstrip("\n") + "\n").encode()


def take(content: Files, slugs: Collection[str], *, at: datetime, overwrite: bool = False) -> dict[str, FileRevision]:
    """Bring these modules and the shared files in from a folder, byte for byte; return the workspace's newest state.

    What is not in the folder is deleted. Refused where an author changed a file on the pages after it last came from a
    folder, unless `overwrite` says that the folder wins; the author's text then stays in the file's history.
    """
    with transaction():
        standing = tree()
        chosen = {path: data for path, data in content.items() if path in files.SHARED or _slug(path) in slugs}
        gone = [path for path in standing if _slug(path) in slugs and path not in chosen]
        for path, data in [*chosen.items(), *((path, None) for path in gone)]:
            now = standing.get(path)
            if now is not None and now.data == data:
                continue
            if now is not None and now.saved_by_id is not None and not overwrite:
                raise Refused(
                    _(
                        "Tệp %(path)s đã được %(name)s sửa trên trang. Chạy “lms content export” để lấy bản đó về"
                        " trước, hoặc thêm --overwrite để dùng bản trong thư mục.",
                        path=path,
                        name=now.saved_by.full_name if now.saved_by else "",
                    )
                )
            newest = current(path)
            save(path, data, newest.number if newest else 0, by=None, at=at)
        return tree()


def _slug(path: str) -> str | None:
    found = PATH.fullmatch(path)
    return found["slug"] if found else None


def of_version(version_id: int) -> dict[str, FileRevision]:
    """The files that a version was made of; empty for one that was published before the workspace existed."""
    return {
        revision.path: revision
        for revision in db.session.scalars(
            select(FileRevision)
            .join(VersionFile, VersionFile.revision_id == FileRevision.id)
            .where(VersionFile.version_id == version_id)
            .order_by(FileRevision.path)
        )
    }


def restore(version: ModuleVersion, *, by: int, at: datetime) -> None:
    """Make the module's files what they were when the version was published; the shared files stay as they are."""
    wanted = {path: row.data for path, row in of_version(version.id).items() if path not in files.SHARED}
    if not wanted:
        raise Refused(_("Phiên bản này được xuất bản trước khi có kho soạn thảo, nên không khôi phục được."))
    with transaction():
        standing = [path for path in tree(version.module.slug) if path not in files.SHARED]
        for path in {*wanted, *standing}:
            newest = current(path)
            save(path, wanted.get(path), newest.number if newest else 0, by=by, at=at)
        audit.record("restore", "module_version", version.id, by=by, at=at)
