"""Graded texts for the archive: one PDF/A each with marks, comments and trail, and a unit's in a zip with their hashes.

The worker makes a zip in portions and keeps what it has made, so that a crash costs no more than one portion. Zips lie
in the instance folder under a number, bear nobody's name, and are forgotten after a week: they can be made again.
"""

import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from shutil import rmtree
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import joinedload, undefer

from lms import access, audit, clock, vietnamese
from lms.access import ROLES_FOR, Action
from lms.audit import AuditEntry
from lms.db import db, one_or_not_found, transaction
from lms.deeds import ACTION_NAMES
from lms.drives.models import Drive, Summons
from lms.drives.rules import RATING_NAMES
from lms.errors import Refused
from lms.grading import appeals, queries, results
from lms.grading.appealing import CAUSE_NAMES, OUTCOME_NAMES
from lms.grading.models import Archive, Grade
from lms.grading.queries import routed_to
from lms.grading.results import Result
from lms.grading.rules import DECISION_NAMES
from lms.people.models import Person
from lms.people.viewer import SignedIn, acting_as
from lms.reflections.copies import paragraphs_of, typeset
from lms.reflections.models import Reflection
from lms.reflections.rules import State
from lms.units import queries as units
from lms.units.models import Unit

TEMPLATE = Path(__file__).parent.parent / "templates" / "grading" / "archive.typ"
PORTION = 25
"""After so many PDFs the page shows how far it is."""
A_ROUND = 400
"""So many PDFs at most in one round of the worker, that other work has its turn."""
HOLD = timedelta(minutes=5)
KEPT = timedelta(days=7)
SUMS = "SHA256SUMS.txt"


# --- Who may, and what ------------------------------------------------------------------------------------------------


def _released(viewer: SignedIn, drive_id: int, unit_id: int) -> Select[Any]:
    """The released texts of a unit's people in a drive, as far as the viewer may take them away."""
    columns: list[Any] = [Reflection.id, Reflection.receipt_no]
    return (
        select(*columns)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(Summons.drive_id == drive_id, Reflection.state == State.RELEASED)
        .where(units.within(Summons.unit_id, [unit_id], clock.today()), routed_to(viewer, Action.RELEASE))
        .order_by(Reflection.id)
    )


def units_for(viewer: SignedIn) -> list[Unit]:
    """The units of which the viewer may take an archive: those whose grading they lead, and those right below."""
    roots, today = viewer.unit_ids(ROLES_FOR[Action.RELEASE]), clock.today()
    own = list(db.session.scalars(select(Unit).where(Unit.id.in_(roots)).order_by(Unit.sort_key, Unit.id)))
    return own + [child for root in roots for child in db.session.scalars(units.children(root, today))]


def refusal_to_archive(drive: Drive, at: datetime) -> str | None:
    """Say why no archive can be made: it names authors, which grading without names must not do while it lasts."""
    if drive.is_blind and at <= drive.closes_at:
        day = vietnamese.format_date(vietnamese.day_of(drive.closes_at))
        return _("Đợt này chấm ẩn danh mà hồ sơ có tên người viết, nên chỉ lập được sau ngày %(day)s.", day=day)
    return None


def ask(viewer: SignedIn, drive: Drive, unit_id: int, *, at: datetime) -> Archive:
    """Have the worker make the archive of a unit's released texts."""
    access.require(viewer, Action.RELEASE, unit_id)
    if refusal := refusal_to_archive(drive, at):
        raise Refused(refusal)
    count = len(db.session.execute(_released(viewer, drive.id, unit_id)).all())
    if not count:
        raise Refused(_("Đơn vị này chưa có kết quả nào đã công bố để lưu. Đồng chí chọn đơn vị khác."))
    with transaction() as session:
        row = Archive(drive_id=drive.id, unit_id=unit_id, asked_by_id=viewer.person_id, asked_at=at, total=count)
        session.add(row)
        session.flush()
        facts = {"archive": row.id, "unit": unit_id, "texts": count}
        audit.record("archive", "drive", drive.id, by=viewer.person_id, at=at, after=facts)
        return row


def archives_of(viewer: SignedIn, drive: Drive) -> list[Archive]:
    """Those that the viewer asked for, the newest in front."""
    chosen = select(Archive).options(joinedload(Archive.unit))
    mine = (Archive.drive_id == drive.id, Archive.asked_by_id == viewer.person_id)
    return list(db.session.scalars(chosen.where(*mine).order_by(Archive.id.desc()).limit(50)))


def archive_for(viewer: SignedIn, archive_id: int) -> Archive:
    """One that the viewer asked for."""
    mine = select(Archive).where(Archive.id == archive_id, Archive.asked_by_id == viewer.person_id)
    return one_or_not_found(mine.execution_options(populate_existing=True))


def take(viewer: SignedIn, archive_id: int, *, at: datetime) -> Path:
    """The zip, for who asked for it and still leads the unit; noted."""
    row = archive_for(viewer, archive_id)
    access.require(viewer, Action.RELEASE, row.unit_id)
    place = _zip_of(row.id)
    if row.finished_at is None or not place.exists():
        raise Refused(_("Hồ sơ chưa làm xong, hoặc đã quá 7 ngày nên đã xóa. Đồng chí yêu cầu lập lại."))
    facts = {"archive": row.id, "sha256": row.sha256}
    audit.record("download_archive", "drive", row.drive_id, by=viewer.person_id, at=at, after=facts)
    return place


def take_one(viewer: SignedIn, reflection_id: int, *, at: datetime) -> bytes:
    """The PDF/A of one released text that the viewer may release; noted."""
    essay = queries.essay_for(viewer, reflection_id, Action.RELEASE)
    if essay.reflection.state is not State.RELEASED:
        raise Refused(_("Chỉ lưu được bài đã công bố."))
    if refusal := refusal_to_archive(essay.drive, at):
        raise Refused(refusal)
    made = pdf_of(reflection_id)
    facts = {"sha256": sha256(made).hexdigest()}
    audit.record("download_archive", "reflection", reflection_id, by=viewer.person_id, at=at, after=facts)
    return made


# --- The worker -------------------------------------------------------------------------------------------------------


def folder() -> Path:
    return Path(current_app.instance_path) / "archives"


def _zip_of(archive_id: int) -> Path:
    return folder() / f"{archive_id}.zip"


def make_due(*, at: datetime) -> int:
    """Go on with the archives that are not finished; return how many PDFs were made."""
    made = 0
    for archive_id in db.session.scalars(select(Archive.id).where(Archive.finished_at.is_(None)).order_by(Archive.id)):
        if made >= A_ROUND:
            break
        if _hold(archive_id, at):
            made += _go_on(archive_id, A_ROUND - made)
    _forget(at)
    return made


def _hold(archive_id: int, at: datetime) -> bool:
    """Take the archive for this worker, for a while; False when another one is at it."""
    free = or_(Archive.held_until.is_(None), Archive.held_until < at)
    with transaction() as session:
        taken = session.execute(
            update(Archive)
            .where(Archive.id == archive_id, Archive.finished_at.is_(None), free)
            .values(held_until=at + HOLD)
        )
        return bool(taken.rowcount)  # type: ignore[attr-defined]


def _go_on(archive_id: int, most: int) -> int:
    row = db.session.get_one(Archive, archive_id, populate_existing=True)
    viewer = acting_as(db.session.get_one(Person, row.asked_by_id))
    texts = db.session.execute(_released(viewer, row.drive_id, row.unit_id)).all()
    place = folder() / str(archive_id)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    left = [(id, no) for id, no in texts if not (place / f"{no}.pdf").exists()]
    for turn, (id, receipt_no) in enumerate(left[:most], 1):
        new = place / f"{receipt_no}.new"
        new.write_bytes(pdf_of(id))
        new.replace(place / f"{receipt_no}.pdf")
        if turn % PORTION == 0:
            _note(archive_id, len(texts), len(texts) - len(left) + turn)
    if len(left) <= most:
        _finish(archive_id, place, len(texts))
    else:
        _note(archive_id, len(texts), len(texts) - len(left) + most, is_held=False)
    return min(len(left), most)


def _note(archive_id: int, total: int, done: int, *, is_held: bool = True) -> None:
    values = {"total": total, "done": done, "held_until": clock.now() + HOLD if is_held else None}
    with transaction() as session:
        session.execute(update(Archive).where(Archive.id == archive_id).values(**values))


def _finish(archive_id: int, place: Path, total: int) -> None:
    """Put the PDFs and their hashes into one zip; only a whole one gets its name."""
    new, lines = folder() / f"{archive_id}.new", []
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as bundle:
        for file in sorted(place.glob("*.pdf")):
            data = file.read_bytes()
            bundle.writestr(file.name, data)
            lines.append(f"{sha256(data).hexdigest()}  {file.name}\n")
        bundle.writestr(SUMS, "".join(lines))
    with new.open("rb") as whole:
        digest = file_digest(whole, "sha256").hexdigest()
    size = new.stat().st_size
    new.chmod(0o600)
    new.replace(_zip_of(archive_id))
    rmtree(place, ignore_errors=True)
    values = {"finished_at": clock.now(), "size": size, "sha256": digest, "total": total, "done": total}
    with transaction() as session:
        session.execute(update(Archive).where(Archive.id == archive_id).values(held_until=None, **values))


def _forget(at: datetime) -> None:
    for place in folder().glob("*.zip"):
        if at.timestamp() - place.stat().st_mtime > KEPT.total_seconds():
            place.unlink(missing_ok=True)


# --- One PDF ----------------------------------------------------------------------------------------------------------


def pdf_of(reflection_id: int) -> bytes:
    """A released text as it is archived, PDF/A-2a. A sign that no font here has becomes [?], and the page says so."""
    import typst

    content = content_of(reflection_id)
    try:
        return typeset(TEMPLATE, content, ["a-2a"])
    except typst.TypstError:
        lost = _("Có ký hiệu không in được ở bản này, hiện thành [?]; bản đầy đủ xem trên hệ thống.")
        return typeset(TEMPLATE, {**_plain(content), "note": lost}, ["a-2a"])


def _plain(value: Any) -> Any:
    """The same with nothing in it but letters, digits and common signs."""
    if isinstance(value, str):
        return "".join(one if _is_plain(one) else "[?]" for one in value)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _is_plain(sign: str) -> bool:
    return ord(sign) < 0x250 or 0x1E00 <= ord(sign) < 0x2070 or unicodedata.category(sign) == "Mn"


def content_of(reflection_id: int) -> dict[str, Any]:
    """All words of the archive's page."""
    reflection = db.session.get_one(
        Reflection, reflection_id, options=[undefer(Reflection.texts), joinedload(Reflection.summons)]
    )
    summons, known = reflection.summons, results.own(reflection_id)
    assert known is not None
    result = results.result_of(summons.drive, reflection, known)
    day = vietnamese.day_of(known.release.released_at)
    return {
        "title": _("Hồ sơ bài thu hoạch"),
        "author": summons.person.full_name,
        "drive": summons.drive.title,
        "receipt_no": result.receipt_no,
        "date": [day.year, day.month, day.day],
        "note": "",
        "sha256": reflection.sha256 or "",
        "facts": [
            (_("Người viết"), f"{summons.person.full_name} ({summons.person.code})"),
            (_("Đơn vị"), summons.unit.name),
            (_("Số biên nhận"), result.receipt_no),
            (_("Nộp lúc"), _moment(reflection.submitted_at)),
            (_("Số từ"), vietnamese.format_number(reflection.words or 0)),
        ],
        "result": _result(result),
        "comment": {"title": _("Nhận xét của người chấm"), "text": paragraphs_of(result.comment)},
        "essay": _("Bài viết"),
        "parts": [
            {
                "title": part.prompt.title,
                "paragraphs": [
                    [(piece.text, ", ".join(map(str, piece.ends))) for piece in paragraph.pieces]
                    for paragraph in paragraphs
                ],
            }
            for part, paragraphs in result.parts
        ],
        "remarks": {
            "title": _("Nhận xét tại chỗ"),
            "items": [(str(one.no), one.quote, one.text) for one in result.comments],
        },
        "sections": [section for section in _sections(reflection_id, result) if section["rows"]],
    }


def _moment(at: datetime | None) -> str:
    return vietnamese.format_datetime(at) if at else "–"


def _result(result: Result) -> dict[str, Any]:
    return {
        "title": _("Kết quả"),
        "facts": [
            (_("Xếp loại"), result.rating_name),
            (_("Điểm"), f"{vietnamese.format_number(result.mark)}/10"),
            (_("Công bố"), _moment(result.released_at)),
        ],
        "header": [_("Tiêu chí"), _("Điểm"), _("Mức"), _("Lời của mức")],
        "lines": [
            (one.criterion.title, vietnamese.format_number(one.score), one.level.name, one.level.text)
            for one in result.lines
        ],
    }


def _sections(reflection_id: int, result: Result) -> Iterator[dict[str, Any]]:
    """Former results, the appeal, the decisions and the trail, each in three columns."""
    yield {
        "title": _("Kết quả trước đây"),
        "header": [_("Đến"), _("Kết quả"), _("Vì sao đổi")],
        "rows": [
            (
                _moment(one.replaced_at),
                f"{vietnamese.format_number(one.mark)} ({RATING_NAMES[one.rating]})",
                f"{CAUSE_NAMES[one.cause]}: {one.reason}",
            )
            for one in result.formers
        ],
    }
    appeal = appeals.of_reflection(reflection_id)
    said = [(_moment(appeal.made_at), _("Người viết"), appeal.reason)] if appeal else []
    if appeal:
        said += [
            (_moment(note.at), _("Người viết") if note.is_by_author else note.by.full_name, note.text)
            for note in appeals.thread(appeal)
        ]
        if appeal.outcome and appeal.decided_by:
            answer = f"{OUTCOME_NAMES[appeal.outcome]}. {appeal.answer}".strip()
            said.append((_moment(appeal.decided_at), appeal.decided_by.full_name, answer))
    yield {"title": _("Khiếu nại"), "header": [_("Lúc"), _("Ai"), _("Nội dung")], "rows": said}
    yield {
        "title": _("Các quyết định chấm"),
        "header": [_("Lúc"), _("Ai"), _("Quyết định")],
        "rows": [
            (
                _moment(one.decided_at),
                one.reviewer.full_name,
                _decided(one),
            )
            for one in queries.grades_of(reflection_id)
        ],
    }
    yield {"title": _("Nhật ký"), "header": [_("Lúc"), _("Ai"), _("Việc")], "rows": list(_trail(reflection_id))}


def _decided(grade: Grade) -> str:
    mark = "" if grade.mark is None else f": {vietnamese.format_number(grade.mark)}"
    return f"{DECISION_NAMES[grade.decision]}{mark}"


def _trail(reflection_id: int) -> Iterator[tuple[str, str, str]]:
    rows = db.session.execute(
        select(AuditEntry, Person.full_name)
        .outerjoin(Person, Person.id == AuditEntry.actor_id)
        .where(AuditEntry.subject == "reflection", AuditEntry.subject_id == reflection_id)
        .where(AuditEntry.action != "download_archive")
        .order_by(AuditEntry.id)
    )
    for entry, name in rows:
        yield _moment(entry.at), name or _("Hệ thống"), ACTION_NAMES.get(entry.action, entry.action)
