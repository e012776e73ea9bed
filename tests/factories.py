"""Plain functions that can be read aloud. Everything is made through the services that the program itself uses."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from sqlalchemy import select

from lms.access import Role
from lms.content import checker
from lms.content import services as content
from lms.content.files import read_folder
from lms.content.models import ModuleVersion
from lms.content.rules import Module, Option, Question
from lms.db import db, transaction
from lms.drives import queries as drives
from lms.drives import services as drive_services
from lms.drives.models import Drive, Summons
from lms.drives.queries import Place
from lms.drives.rules import Kind
from lms.lessons import queries as lessons
from lms.lessons import services as reading
from lms.people import services as people
from lms.people.models import Person
from lms.people.rules import Position
from lms.people.viewer import SignedIn, acting_as
from lms.quizzes.kinds import CHECKS
from lms.reflections import services as reflections
from lms.reflections.models import Reflection
from lms.units import services as units
from lms.units.models import Unit

NOON = datetime(2026, 11, 10, 5, tzinfo=UTC)
"""Midday in Việt Nam on 10/11/2026, inside the window of `a_drive`."""

LONG_AGO = date(2020, 1, 1)
PASSWORD = "mot-cau-de-nho"
SAMPLE = Path(__file__).parent / "sample"
TEXTS = {"tam-dac": "Tôi tâm đắc với cách phân công rõ người.", "lien-he": "Đơn vị tôi sẽ làm trong quý tới."}

_numbers = count(1)


def a_unit(name: str = "Công đoàn cơ sở Mẫu", *, under: Unit | None = None, kind: str = "grassroots_union") -> Unit:
    unit = units.found_unit(code=f"U{next(_numbers)}", name=name, kind=kind, on=LONG_AGO, parent=under)
    units.rebuild_closure()
    return db.session.get_one(Unit, unit.id)


def a_district(name: str = "Liên đoàn Lao động huyện Mẫu") -> Unit:
    return a_unit(name, kind="district_federation")


def a_person(
    name: str = "Nguyễn Văn Mẫu", *, of: Unit | None = None, position: Position = Position.CHAIR, password: str = ""
) -> Person:
    number = next(_numbers)
    with transaction():
        person = people.register_person(code=f"P{number}", full_name=name, username=f"user{number}")
        if of is not None:
            people.appoint(person, of, position, on=LONG_AGO)
        if password and person.account:
            person.account.password_hash = hash_of(password)
    return person


@cache
def hash_of(password: str) -> str:
    """Slow on purpose, so once for each password."""
    return people.HASHER.hash(password)


def with_role(role: Role, over: Unit, *, name: str = "Trần Thị Phụ Trách", password: str = "") -> Person:
    """Somebody with a post and a role in the unit."""
    person = a_person(name, of=over, position=Position.OFFICER, password=password)
    people.grant_role(person, role, over, by=None, on=LONG_AGO)
    return person


def read(place: Place, *keys: str, at: datetime = NOON) -> None:
    """The learner reads these lessons to their end."""
    for entry in lessons.contents(place):
        if entry.key in keys:
            reading.mark_read(place, entry, at=at)


def viewer(person: Person) -> SignedIn:
    return acting_as(person)


@cache
def the_sample() -> Module:
    """The small module under tests/sample, checked."""
    report = checker.check(read_folder(SAMPLE), kinds=CHECKS, on=date(2026, 11, 1))
    assert report.faults == []
    return report.modules["mau"]


def a_question(kind: str = "single_choice", *, right: str = "a", wrong: str = "bc", id: str = "cau-1") -> Question:
    """A question whose options bear the letters of `right` and `wrong`, in the order of the alphabet."""
    words = {"a": "Đúng", "b": "Sai"} if kind == "true_false" else {}
    options = (
        Option(letter, words.get(letter, f"Phương án {letter}"), letter in right, f"Giải thích {letter}")
        for letter in sorted(right + wrong)
    )
    return Question(id=id, kind=kind, lesson="mot", sources=(), html="<p>Câu hỏi</p>", options=tuple(options))


FREE_TEXT = Question(
    "tl-01",
    "free_text",
    "mot",
    (),
    "<p>Vì sao phải kiểm tra?</p>",
    (
        Option("a", "Nêu mục đích (2 điểm)", True, "Tìm chữ “phòng ngừa”."),
        Option("b", "Nêu ví dụ (1 điểm)", True, "Việc có thật."),
        Option("c", "Bài trả lời mẫu (không quá 20 từ)", False, "Để phòng ngừa, ví dụ thu kinh phí thiếu."),
    ),
)


def a_version_with_free_text() -> ModuleVersion:
    """A module “tu-luan” whose quiz asks a single choice (a is right) and a few sentences that a person marks."""
    sample = the_sample()
    assert sample.quiz is not None
    quiz = replace(sample.quiz, questions=2, pass_percent=60, sections=())
    questions = (a_question(id="tn-01"), FREE_TEXT)
    checked = replace(sample, slug="tu-luan", code="TL01", questions=questions, quiz=quiz, prompts=(), rubric=())
    version, _is_new = content.publish(checked, by=None, at=NOON - timedelta(days=30))
    return version


def a_version() -> ModuleVersion:
    version, _is_new = content.publish(the_sample(), by=None, at=NOON - timedelta(days=30))
    return version


def a_changed_version(*, read_again: Collection[str] = ()) -> ModuleVersion:
    """The sample once more, with other words in its first lesson."""
    first, *others = the_sample().lessons
    changed = replace(first, html=first.html.replace("Câu có nguồn", "Câu đã sửa"))
    checked = replace(the_sample(), lessons=(changed, *others))
    version, _is_new = content.publish(checked, by=None, at=NOON, read_again=read_again)
    return version


def a_plan(*versions: ModuleVersion, needs_sessions: int = 0, with_reflection: bool = True) -> drive_services.Plan:
    """A plan that is open around NOON: from nine days before to twenty days after."""
    return drive_services.Plan(
        title="Đợt học tập mẫu",
        kind=Kind.CLASS,
        partners="",
        opens_at=NOON - timedelta(days=9),
        reflection_due_at=NOON + timedelta(days=10),
        closes_at=NOON + timedelta(days=20),
        versions=versions,
        reflection_version=versions[0] if with_reflection else None,
        needs_sessions=needs_sessions,
        grace_seconds=0,
    )


def a_drive(
    unit: Unit,
    *,
    code: str = "dot-mau",
    versions: Sequence[ModuleVersion] | None = None,
    needs_sessions: int = 0,
    with_reflection: bool = True,
) -> Drive:
    """A drive by `a_plan`, with an organiser of its own in the unit."""
    organiser = viewer(with_role(Role.ORGANISER, unit))
    plan = a_plan(*(versions or [a_version()]), needs_sessions=needs_sessions, with_reflection=with_reflection)
    return drive_services.create_drive(code, unit, plan, by=organiser)


def an_organiser(of: Drive) -> SignedIn:
    """The one who organises the drive."""
    everyone = db.session.scalars(select(Person).join(Person.account).order_by(Person.id)).all()
    return next(one for one in map(viewer, everyone) if one.holds([Role.ORGANISER], of.unit_id))


def moved_to(version: ModuleVersion, drive: Drive) -> None:
    """The organiser replaces the drive's module by another version of it."""
    drive_services.change_drive(drive, a_plan(version), by=an_organiser(drive))


def summoned(person: Person, to: Drive) -> Summons:
    by = an_organiser(to)
    drive_services.summon(to, [person], by=by, at=NOON - timedelta(days=9), reason="Kế hoạch mẫu")
    return drives.summons_for(viewer(person), to.code)


def a_learner(to: Drive, of: Unit, *, name: str = "Lê Thị Học Viên", password: str = "") -> Person:
    """Somebody with a post in the unit who is summoned to the drive."""
    person = a_person(name, of=of, password=password)
    summoned(person, to)
    return person


def a_place(person: Person, drive: Drive, slug: str = "mau") -> Place:
    return drives.place_for(viewer(person), drive.code, slug)


def a_handed_in_reflection(by: Person, to: Drive, *, at: datetime = NOON) -> Reflection:
    number = reflections.save(viewer(by), to.code, TEXTS, 0, at=at).number
    return reflections.hand_in(viewer(by), to.code, number=number, at=at)
