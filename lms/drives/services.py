"""Planning a drive, calling people to it, and noting who attended."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from blinker import Signal
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, delete, select

from lms import access, audit
from lms.access import Action
from lms.content.models import ModuleVersion
from lms.db import db, one_or_not_found, transaction, upsert
from lms.drives import rules
from lms.drives.models import Attendance, Drive, DriveDocument, DriveModule, DriveSession, Summons, VenuePoint
from lms.drives.rules import Kind, Presence, Rating, Thresholds
from lms.errors import Refused
from lms.people.models import Person
from lms.people.queries import main_post
from lms.people.viewer import SignedIn
from lms.units.models import Unit
from lms.vietnamese import day_of

RESERVED = ("new",)
"""No drive has this code: its page would be the one on which drives are made."""


@dataclass(frozen=True)
class Plan:
    """All that an organiser decides about a drive."""

    title: str
    kind: Kind
    partners: str
    opens_at: datetime
    reflection_due_at: datetime
    closes_at: datetime
    versions: Sequence[ModuleVersion]
    reflection_version: ModuleVersion | None
    needs_lessons: bool = True
    needs_quizzes: bool = True
    needs_sessions: int = 0
    least_rating: Rating = Rating.AVERAGE
    thresholds: Thresholds = field(default_factory=Thresholds)
    forbids_direct: bool = False
    may_withdraw: bool = False
    most_returns: int = 2
    late_until: datetime | None = None
    grace_seconds: int = 60


def create_drive(code: str, unit: Unit, plan: Plan, *, by: SignedIn) -> Drive:
    """A new drive organised by the unit."""
    access.require(by, Action.ORGANISE_DRIVES, unit.id)
    if code in RESERVED or db.session.scalars(select(Drive).where(Drive.code == code)).first():
        raise Refused(_("Mã đợt “%(code)s” đã dùng. Đồng chí chọn mã khác.", code=code))
    with transaction() as session:
        drive = Drive(code=code, unit_id=unit.id)
        _apply(drive, plan)
        session.add(drive)
        session.flush()
        audit.record("create_drive", "drive", drive.id, by=by.person_id, after={"code": code, "title": plan.title})
        return drive


def change_drive(drive: Drive, plan: Plan, *, by: SignedIn) -> None:
    """A change of plan. What learners did in a module that is taken out stays, and counts again if it returns."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    with transaction():
        before = _facts(drive)
        _apply(drive, plan)
        audit.record("change_drive", "drive", drive.id, by=by.person_id, before=before, after=_facts(drive))


def _facts(drive: Drive) -> dict[str, object]:
    return {
        "title": drive.title,
        "opens_at": drive.opens_at.isoformat(),
        "reflection_due_at": drive.reflection_due_at.isoformat(),
        "closes_at": drive.closes_at.isoformat(),
        "late_until": drive.late_until.isoformat() if drive.late_until else None,
        "grace_seconds": drive.grace_seconds,
        "modules": [module.version_id for module in drive.modules],
        "needs": [drive.needs_lessons, drive.needs_quizzes, drive.needs_sessions, drive.least_rating.value],
        "forbids_direct": drive.forbids_direct,
        "may_withdraw": drive.may_withdraw,
        "thresholds": [drive.excellent, drive.good, drive.average],
        "most_returns": drive.most_returns,
    }


def _apply(drive: Drive, plan: Plan) -> None:
    for refusal in (
        rules.refusal_of_window(plan.opens_at, plan.reflection_due_at, plan.closes_at),
        rules.refusal_of_lateness(plan.reflection_due_at, plan.late_until, plan.closes_at),
        rules.refusal_of_thresholds(plan.thresholds),
        None if plan.versions else _("Đợt học tập cần ít nhất một chuyên đề."),
    ):
        if refusal:
            raise Refused(refusal)
    if plan.reflection_version is not None and not plan.reflection_version.prompts:
        raise Refused(_("Chuyên đề được chọn không có câu hỏi thu hoạch."))
    drive.title, drive.kind, drive.partners = plan.title, plan.kind, plan.partners
    drive.opens_at, drive.reflection_due_at, drive.closes_at = plan.opens_at, plan.reflection_due_at, plan.closes_at
    drive.late_until, drive.grace_seconds = plan.late_until, plan.grace_seconds
    drive.reflection_version_id = plan.reflection_version.id if plan.reflection_version else None
    drive.needs_lessons, drive.needs_quizzes = plan.needs_lessons, plan.needs_quizzes
    drive.needs_sessions, drive.least_rating = plan.needs_sessions, plan.least_rating
    drive.forbids_direct, drive.may_withdraw = plan.forbids_direct, plan.may_withdraw
    marks = plan.thresholds
    drive.excellent, drive.good, drive.average = marks.excellent, marks.good, marks.average
    drive.most_returns = plan.most_returns
    current = {module.module_id: module for module in drive.modules}
    modules = []
    for position, version in enumerate(plan.versions, 1):
        module = current.get(version.module_id) or DriveModule(module_id=version.module_id)
        module.version_id, module.position = version.id, position
        modules.append(module)
    drive.modules = modules


def adopt(version: ModuleVersion, drive_ids: Collection[int], *, by: int, at: datetime) -> int:
    """Let these drives show a new version of a module that they already have; return how many did.

    Running attempts and reflections in hand stay on the version they began with: they have pinned it themselves. A
    drive that has closed keeps what its learners saw.
    """
    with transaction() as session:
        rows = session.scalars(
            select(DriveModule)
            .join(Drive, Drive.id == DriveModule.drive_id)
            .where(
                DriveModule.module_id == version.module_id,
                DriveModule.version_id != version.id,
                DriveModule.drive_id.in_(drive_ids),
                Drive.closes_at >= at,
            )
        ).all()
        for row in rows:
            drive = session.get_one(Drive, row.drive_id)
            before, row.version_id = row.version_id, version.id
            if drive.reflection_version_id == before and version.prompts:
                drive.reflection_version_id = version.id
            audit.record(
                "adopt_version",
                "drive",
                drive.id,
                by=by,
                at=at,
                before={"version": before},
                after={"version": version.id},
            )
        return len(rows)


def cite_document(
    drive: Drive, *, by: SignedIn, type: str, number: str, issued_on: date, issuer: str, about: str
) -> None:
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    if refusal := rules.refusal_of_number(type, number):
        raise Refused(refusal)
    with transaction() as session:
        session.add(
            DriveDocument(drive_id=drive.id, type=type, number=number, issued_on=issued_on, issuer=issuer, about=about)
        )


def add_session(
    drive: Drive, *, by: SignedIn, title: str, starts_at: datetime, ends_at: datetime, place: str
) -> DriveSession:
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    if starts_at >= ends_at:
        raise Refused(_("Giờ kết thúc phải sau giờ bắt đầu."))
    with transaction() as session:
        row = DriveSession(drive_id=drive.id, title=title, starts_at=starts_at, ends_at=ends_at, place=place)
        session.add(row)
        session.flush()
        return row


def summon(
    drive: Drive, people: Iterable[Person], *, by: SignedIn, at: datetime, reason: str
) -> tuple[int, list[Person]]:
    """Call people to the drive; return how many are new, and those who hold no post and so cannot be counted anywhere.

    Who was withdrawn is called again; who is already called stays as they are.
    """
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    new, without_post = 0, []
    with transaction() as session:
        known = {row.person_id: row for row in session.scalars(select(Summons).where(Summons.drive_id == drive.id))}
        for person in people:
            row = known.get(person.id)
            if row is not None and row.withdrawn_at is None:
                continue
            post = main_post(person.id, day_of(at))
            if post is None:
                without_post.append(person)
                continue
            if row is None:
                row = known[person.id] = Summons(drive_id=drive.id, person_id=person.id)
                session.add(row)
            row.unit_id, row.reason, row.added_at, row.added_by_id = post.unit_id, reason, at, by.person_id
            row.withdrawn_at = row.withdrawn_because = None
            new += 1
        if new:
            facts = {"count": new, "why": reason}
            audit.record("summon", "drive", drive.id, by=by.person_id, at=at, after=facts)
    return new, without_post


MOST_POINTS = 1000


def add_points(drive: Drive, lines: Iterable[str], *, by: SignedIn, at: datetime) -> int:
    """Connection points, a line each as “name; place”, a star before the central one; return how many are new.

    A point of that name gets the new place; no line takes a point away.
    """
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    told = [point for line in lines if (point := rules.read_point(line))]
    if not told:
        raise Refused(_("Đồng chí ghi mỗi điểm cầu một dòng: tên; địa điểm."))
    if len(told) > MOST_POINTS:
        raise Refused(_("Mỗi lần thêm nhiều nhất %(n)s điểm cầu.", n=MOST_POINTS))
    with transaction() as session:
        session.execute(select(Drive.id).where(Drive.id == drive.id).with_for_update())
        known = {row.name: row for row in session.scalars(select(VenuePoint).where(VenuePoint.drive_id == drive.id))}
        new = 0
        for point in told:
            row = known.get(point.name)
            if row is None:
                row = known[point.name] = VenuePoint(drive_id=drive.id, name=point.name)
                session.add(row)
                new += 1
            row.place = point.place
            if point.is_central:
                for other in known.values():
                    other.is_central = other is row
            elif row.is_central is None:
                row.is_central = False
        after = {"points": [point.name for point in told]}
        audit.record("add_points", "drive", drive.id, by=by.person_id, at=at, after=after)
        return new


point_assigned = Signal("People take part at another point. Sent with `point_id`, `by` and `at`, in the transaction.")


def assign_point(drive: Drive, point_id: int | None, scope: ColumnElement[bool], *, by: SignedIn, at: datetime) -> int:
    """Let the summoned whom a condition chooses take part at a point, or at none; return how many moved."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    with transaction() as session:
        if point_id is not None:
            one_or_not_found(select(VenuePoint).where(VenuePoint.id == point_id, VenuePoint.drive_id == drive.id))
        rows = session.scalars(
            select(Summons)
            .where(Summons.drive_id == drive.id, Summons.withdrawn_at.is_(None), scope)
            .order_by(Summons.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        moved = {row: row.point_id for row in rows if row.point_id != point_id}
        for row in moved:
            row.point_id = point_id
        if moved:
            before = {str(row.id): old for row, old in moved.items()}
            audit.record(
                "assign_point", "drive", drive.id, by=by.person_id, at=at, before=before, after={"point_id": point_id}
            )
            point_assigned.send(drive, point_id=point_id, by=by, at=at)
        return len(moved)


def withdraw(summons: Summons, *, by: SignedIn, at: datetime, because: str) -> None:
    """The person is no longer called; what they have done in the drive stays and counts again if they are recalled."""
    access.require(by, Action.ORGANISE_DRIVES, summons.drive.unit_id)
    if not because.strip():
        raise Refused(_("Đồng chí ghi lý do rút tên."))
    with transaction():
        summons.withdrawn_at, summons.withdrawn_because = at, because.strip()
        audit.record("withdraw_summons", "summons", summons.id, by=by.person_id, at=at, reason=because.strip())


def note_attendance(
    session_row: DriveSession, drive: Drive, presences: Mapping[int, Presence | None], *, by: SignedIn, at: datetime
) -> int:
    """Note who attended a session, by summons; None takes a note back. Only changes are written and audited."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    with transaction() as session:
        rows = session.scalars(select(Attendance).where(Attendance.session_id == session_row.id))
        noted = {row.summons_id: row.presence for row in rows}
        mine = set(session.scalars(select(Summons.id).where(Summons.drive_id == drive.id)))
        changes = {
            summons_id: presence
            for summons_id, presence in presences.items()
            if summons_id in mine and noted.get(summons_id) != presence
        }
        for summons_id, presence in changes.items():
            if presence is None:
                session.execute(
                    delete(Attendance).where(
                        Attendance.session_id == session_row.id, Attendance.summons_id == summons_id
                    )
                )
                continue
            values = {"presence": presence, "noted_at": at, "noted_by_id": by.person_id}
            note = upsert(Attendance).values(session_id=session_row.id, summons_id=summons_id, **values)
            session.execute(note.on_conflict_do_update(index_elements=["session_id", "summons_id"], set_=values))
        if changes:
            audit.record(
                "note_attendance",
                "drive_session",
                session_row.id,
                by=by.person_id,
                at=at,
                before={str(key): noted[key].value for key in changes if key in noted},
                after={str(key): value.value if value else None for key, value in changes.items()},
            )
        return len(changes)
