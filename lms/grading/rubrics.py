"""Another rubric for texts that are being graded: every mark that would change, then the change, and the way back.

The scores stay what the reviewers gave; the mark is worked out from them anew, and what it was is kept. A released
result never changes silently: the former one stays readable beside it and its author is told.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, insert, select, update

from lms import access, audit
from lms.access import Action
from lms.content.models import ModuleVersion
from lms.db import db, one_or_not_found, transaction
from lms.drives.models import Drive, Summons
from lms.errors import NotFound, Refused
from lms.grading import appeals
from lms.grading.appealing import Cause
from lms.grading.blindness import names_shown
from lms.grading.models import Grade, Release, Revaluation, RubricChange
from lms.grading.queries import rubric_of, stands
from lms.grading.revaluing import Worth, refusal_of_rubric, revalued
from lms.grading.rules import COUNTING
from lms.notices.services import notify
from lms.people.viewer import SignedIn
from lms.reflections.models import Reflection
from lms.reflections.rules import State

LEAST_WORDS = 5
PORTION = 500


# --- What there is ----------------------------------------------------------------------------------------------------


def drive_for(viewer: SignedIn, code: str) -> Drive:
    """A drive whose rubric the viewer may change: they lead the grading of the unit that organises it."""
    access.require(viewer, Action.RELEASE)
    drive = one_or_not_found(select(Drive).where(Drive.code == code))
    if not access.may(viewer, Action.RELEASE, drive.unit_id):
        raise NotFound()
    return drive


@dataclass(frozen=True)
class Used:
    """A module version on which texts of the drive were begun, with the rubric that applies to them."""

    version: ModuleVersion
    rubric: ModuleVersion
    texts: int
    change: RubricChange | None
    others: list[ModuleVersion]
    """Versions of the same module whose rubric could take its place."""


def used_in(drive: Drive) -> list[Used]:
    rows = db.session.execute(
        select(ModuleVersion, func.count())
        .join(Reflection, Reflection.version_id == ModuleVersion.id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(Summons.drive_id == drive.id)
        .group_by(ModuleVersion.id)
        .order_by(ModuleVersion.number)
    ).all()
    found = []
    for version, count in rows:
        rubric, change = rubric_of(drive.id, version.id), standing(drive.id, version.id)
        of_module = select(ModuleVersion).where(ModuleVersion.module_id == version.module_id)
        others = db.session.scalars(of_module.order_by(ModuleVersion.number.desc())).all()
        fit = [one for one in others if not refusal_of_rubric(rubric.criteria(), one.criteria())]
        found.append(Used(version, rubric, count, change, [] if change else fit))
    return found


def standing(drive_id: int, version_id: int) -> RubricChange | None:
    """The change that is in force."""
    return db.session.scalars(
        select(RubricChange).where(
            RubricChange.drive_id == drive_id, RubricChange.version_id == version_id, RubricChange.undone_at.is_(None)
        )
    ).one_or_none()


def change_of(drive: Drive, change_id: int) -> RubricChange:
    return one_or_not_found(select(RubricChange).where(RubricChange.drive_id == drive.id, RubricChange.id == change_id))


# --- Every mark that would change -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A graded text whose mark would be another one; what waits for a second mark has none yet."""

    reflection_id: int
    grade_id: int
    before: Decimal
    after: Decimal
    is_released: bool


@dataclass(frozen=True)
class Trial:
    """What a change, or its undoing, would do."""

    changes: list[Change] = field(default_factory=list)
    worths: dict[int, Worth] = field(default_factory=dict)
    """By mark, also those that do not count, what it comes to."""
    authors: set[int] = field(default_factory=set)
    """Whose texts bear these marks."""

    def digest(self) -> str:
        rows = ",".join(f"{one.grade_id}:{one.before}:{one.after}:{one.is_released}" for one in self.changes)
        return hashlib.sha256(rows.encode()).hexdigest()

    @property
    def released(self) -> int:
        return sum(one.is_released for one in self.changes)


def _marks(drive_id: int, version_id: int, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .join(Reflection, Reflection.id == Grade.reflection_id)
        .join(Summons, Summons.id == Reflection.summons_id)
        .where(Summons.drive_id == drive_id, Reflection.version_id == version_id)
        .where(Grade.decision.in_(COUNTING), stands())
    )


def dry_run(drive: Drive, version: ModuleVersion, rubric: ModuleVersion, *, by_levels: bool) -> Trial:
    """Every mark that would change if the texts of this version were graded by the other's rubric. Writes nothing."""
    before, after = rubric_of(drive.id, version.id).criteria(), rubric.criteria()
    return _trial(drive, version.id, lambda scores, _id: revalued(before, after, scores, by_levels=by_levels))


def dry_undo(change: RubricChange, drive: Drive) -> Trial:
    """The way back: marks that the change altered are what they were; later ones are worked out by the old rubric."""
    after = db.session.get_one(ModuleVersion, change.version_id).criteria()
    rows = db.session.execute(
        select(Revaluation.grade_id, Revaluation.scores_before, Revaluation.mark_before).where(
            Revaluation.change_id == change.id
        )
    )
    were = {grade_id: Worth(scores, mark) for grade_id, scores, mark in rows}
    return _trial(
        drive,
        change.version_id,
        lambda scores, id: were.get(id) or revalued(after, after, scores, by_levels=False),
    )


def _trial(drive: Drive, version_id: int, worth: Any) -> Trial:
    columns = (Grade.id, Grade.reflection_id, Grade.scores, Grade.mark, Release.grade_id)
    statement = _marks(drive.id, version_id, *columns, Reflection.state, Summons.person_id).outerjoin(
        Release, Release.reflection_id == Reflection.id
    )
    found, last = Trial(), {}
    for id, reflection_id, scores, mark, released_id, state, author_id in db.session.execute(
        statement.order_by(Grade.id)
    ):
        other = worth(scores, id)
        if other is None:
            continue
        if other.mark != mark or other.scores != scores:
            found.worths[id] = other
            found.authors.add(author_id)
        if state in (State.GRADED, State.RELEASED) and released_id in (None, id):
            last[reflection_id] = Change(reflection_id, id, mark, other.mark, released_id is not None)
    found.changes.extend(one for one in last.values() if one.before != one.after)
    return found


def called(viewer: SignedIn, changes: Sequence[Change]) -> Mapping[int, str]:
    """What the texts are called for the viewer."""
    return names_shown(viewer, [one.reflection_id for one in changes])


# --- The change, and the way back -------------------------------------------------------------------------------------


def refusal_of_reason(reason: str) -> str | None:
    if len(reason.split()) < LEAST_WORDS:
        return _("Đồng chí ghi rõ lý do (ít nhất %(n)s từ): người có điểm thay đổi sẽ đọc lý do này.", n=LEAST_WORDS)
    return None


def refusal_of_own(viewer: SignedIn, trial: Trial) -> str | None:
    """Nobody sees or changes what their own text comes to."""
    if viewer.person_id in trial.authors:
        return _(
            "Lần đổi này làm thay đổi điểm bài của chính đồng chí. Đồng chí nhờ người khác của ban chấm thực hiện."
        )
    return None


def apply(
    viewer: SignedIn,
    code: str,
    version_id: int,
    rubric_version_id: int,
    reason: str,
    *,
    by_levels: bool,
    digest: str,
    at: datetime,
) -> Trial:
    """Grade the texts by the other rubric from now on, and let the marks that there are be those of the preview."""
    if refusal := refusal_of_reason(reason):
        raise Refused(refusal)
    with transaction() as session:
        drive = _held(drive_for(viewer, code))
        version, rubric = _pair(version_id, rubric_version_id)
        if standing(drive.id, version.id) is not None:
            raise Refused(_("Thang chấm của các bài này đã đổi một lần. Đồng chí hủy lần đó trước."))
        if refusal := refusal_of_rubric(version.criteria(), rubric.criteria()):
            raise Refused(refusal)
        trial = dry_run(drive, version, rubric, by_levels=by_levels)
        _require_seen(viewer, trial, digest)
        row = RubricChange(
            drive_id=drive.id,
            version_id=version.id,
            rubric_version_id=rubric.id,
            by_levels=by_levels,
            reason=reason.strip(),
            made_at=at,
            made_by_id=viewer.person_id,
        )
        session.add(row)
        session.flush()
        _note(row.id, trial)
        _put(drive, trial, row, reason.strip(), is_undo=False, by=viewer, at=at)
        facts = {"rubric": [version.number, rubric.number], "marks": len(trial.changes), "released": trial.released}
        audit.record("change_rubric", "drive", drive.id, by=viewer.person_id, at=at, after=facts, reason=row.reason)
        return trial


def undo(viewer: SignedIn, code: str, change_id: int, reason: str, *, digest: str, at: datetime) -> Trial:
    """Grade by the former rubric again. Every mark is what it was, and authors of released ones are told."""
    if refusal := refusal_of_reason(reason):
        raise Refused(refusal)
    with transaction():
        drive = _held(drive_for(viewer, code))
        row = change_of(drive, change_id)
        if row.undone_at is not None:
            raise Refused(_("Lần đổi thang chấm này đã được hủy."))
        trial = dry_undo(row, drive)
        _require_seen(viewer, trial, digest)
        row.undone_at, row.undone_because = at, reason.strip()
        _put(drive, trial, row, reason.strip(), is_undo=True, by=viewer, at=at)
        facts = {"change": row.id, "marks": len(trial.changes), "released": trial.released}
        audit.record("undo_rubric", "drive", drive.id, by=viewer.person_id, at=at, before=facts, reason=reason.strip())
        return trial


def _held(drive: Drive) -> Drive:
    return db.session.get_one(Drive, drive.id, with_for_update=True, populate_existing=True)


def _pair(version_id: int, rubric_version_id: int) -> tuple[ModuleVersion, ModuleVersion]:
    version, rubric = (db.session.get(ModuleVersion, id) for id in (version_id, rubric_version_id))
    if version is None or rubric is None or version.module_id != rubric.module_id:
        raise NotFound()
    return version, rubric


def _require_seen(viewer: SignedIn, trial: Trial, digest: str) -> None:
    if refusal := refusal_of_own(viewer, trial):
        raise Refused(refusal)
    if trial.digest() != digest:
        raise Refused(_("Điểm vừa thay đổi so với bảng đồng chí xem. Đồng chí xem lại bảng mới rồi áp dụng."))


def _note(change_id: int, trial: Trial) -> None:
    """Keep what the marks were."""
    ids = list(trial.worths)
    for start in range(0, len(ids), PORTION):
        chosen = select(Grade.id, Grade.scores, Grade.mark).where(Grade.id.in_(ids[start : start + PORTION]))
        rows = [
            {
                "change_id": change_id,
                "grade_id": id,
                "scores_before": scores,
                "mark_before": mark,
                "mark_after": trial.worths[id].mark,
            }
            for id, scores, mark in db.session.execute(chosen).all()
        ]
        db.session.execute(insert(Revaluation), rows)


def _put(
    drive: Drive, trial: Trial, change: RubricChange, reason: str, *, is_undo: bool, by: SignedIn, at: datetime
) -> None:
    """Write the marks, and the results that they are; each author of a changed result is told once."""
    scores_before = _scores([one.grade_id for one in trial.changes if one.is_released])
    rows = [{"id": id, "scores": worth.scores, "mark": worth.mark} for id, worth in trial.worths.items()]
    if rows:
        db.session.execute(update(Grade), rows)
    told = []
    released = {one.reflection_id: one for one in trial.changes if one.is_released}
    ids = sorted(released)
    for start in range(0, len(ids), PORTION):
        chosen = (
            select(Release, Summons.person_id)
            .join(Reflection, Reflection.id == Release.reflection_id)
            .join(Summons, Summons.id == Reflection.summons_id)
            .where(Release.reflection_id.in_(ids[start : start + PORTION]))
        )
        for release, person_id in db.session.execute(chosen.order_by(Release.id).with_for_update(of=Release)).all():
            one = released[release.reflection_id]
            before = scores_before[one.grade_id]
            appeals.replace(release, one.grade_id, before, one.after, drive, Cause.RUBRIC, reason, by, at)
            facts = {"mark": str(one.before)}, {"mark": str(one.after), "rating": release.rating.value}
            audit.record(
                *("revalue", "reflection", release.reflection_id),
                by=by.person_id,
                at=at,
                before=facts[0],
                after=facts[1],
                reason=reason,
            )
            told.append(person_id)
    notify(
        told,
        kind="result_revalued",
        key=f"rubric:{change.id}:{'undo' if is_undo else 'made'}",
        text=f"Thang chấm của “{drive.title}” thay đổi nên điểm bài thu hoạch của đồng chí thay đổi theo. "
        "Điểm cũ vẫn xem lại được.",
        link=f"/grading/result/{drive.code}",
        at=at,
    )


def _scores(grade_ids: Collection[int]) -> dict[int, dict[str, str]]:
    ids, found = sorted(grade_ids), {}
    for start in range(0, len(ids), PORTION):
        chosen = select(Grade.id, Grade.scores).where(Grade.id.in_(ids[start : start + PORTION]))
        found.update(dict(db.session.execute(chosen).all()))
    return found
