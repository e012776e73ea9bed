"""Demonstration data: a district's class of 84 grassroots unions and 132 invented cadres, at every state of the work.

The numbers are those of seed 000 (21 + 11 + 42 + 10 unions, more than 130 cadres); every person is invented. All of it
is done through the same services that the pages use, in one transaction.
"""

import random
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from lms import audit, clock, demonstration_marking
from lms.access import Role
from lms.behalf import services as behalf
from lms.completion.queries import module_progress
from lms.content import checker
from lms.content import queries as content_queries
from lms.content import services as content
from lms.content.files import read_folder
from lms.content.models import ModuleVersion
from lms.content.rules import Feedback, Module
from lms.db import db, transaction
from lms.drives import queries as drives
from lms.drives import services as drive_services
from lms.drives.models import Drive, Summons
from lms.drives.rules import Kind, Presence
from lms.errors import BadContent
from lms.grading import appeals, moving, releasing
from lms.grading import queries as grading_queries
from lms.grading import services as grading
from lms.lessons import queries as lessons
from lms.lessons import services as lesson_services
from lms.papers import services as papers
from lms.people import services as people
from lms.people.models import Person
from lms.people.rules import Position
from lms.people.viewer import SignedIn, acting_as
from lms.quizzes import queries as quiz_queries
from lms.quizzes import services as quizzes
from lms.quizzes import statistics
from lms.quizzes.kinds import CHECKS
from lms.quizzes.kinds import KINDS as QUESTION_KINDS
from lms.reflections import dispensations
from lms.reflections import services as reflections
from lms.reflections.deadlines import Kind as Dispensing
from lms.reflections.dispensations import Wish
from lms.reflections.models import Reflection
from lms.units import services as units
from lms.units.models import Unit
from lms.uploads import queries as upload_queries
from lms.vietnamese import VIETNAM, day_of, end_of_day

MARK = "DEMO"
"""A file of this name tells that a folder holds demonstration data and may be made anew."""

PASSWORD = "hoctap-2026"  # noqa: S105 - printed for everybody, on purpose
DRIVE = "lop-boi-duong"

INVENTED: dict[str, list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


STAFF = (
    ("bantochuc", "Phạm Thu Hạnh", Position.VICE_CHAIR, (Role.ORGANISER,), "Ban tổ chức: mở đợt, triệu tập, điểm danh"),
    (
        "giamkhao1",
        "Đặng Minh Khánh",
        Position.OFFICER,
        (Role.REVIEWER, Role.GRADING_LEAD),
        "Giám khảo, Trưởng ban chấm",
    ),
    ("giamkhao2", "Võ Ngọc Quyên", Position.OFFICER, (Role.REVIEWER,), "Giám khảo"),
    ("lanhdao", "Bùi Quốc Nam", Position.CHAIR, (Role.LEADER,), "Lãnh đạo: xem tiến độ"),
    ("biensoan", "Lý Hồng Vân", Position.OFFICER, (Role.AUTHOR,), "Biên soạn nội dung"),
    ("thamdinh", "Mai Thị Lan", Position.OFFICER, (Role.CONTENT_REVIEWER,), "Thẩm định nội dung"),
    ("quantri", "Hồ Thanh Sang", Position.OFFICER, (Role.UNIT_ADMIN,), "Quản trị đơn vị: cán bộ, mã đăng nhập"),
    ("kiemtra", "Ngô Xuân Hòa", Position.INSPECTION_HEAD, (Role.AUDITOR,), "Ủy ban Kiểm tra"),
)

STAGES = (
    ("chưa bắt đầu", 18),
    ("đang đọc", 26),
    ("đọc xong, chưa kiểm tra", 12),
    ("đang viết thu hoạch", 18),
    ("đã nộp, chờ chấm", 26),
    ("được trả lại", 3),
    ("đã chấm, chờ công bố", 11),
    ("có kết quả", 18),
)


def fill(folder: Path, *, show: Callable[[str], None]) -> str:
    """Fill an empty, prepared database; return the table of sign-in names."""
    chance = random.Random(84)  # noqa: S311 - the same demonstration every time
    now = clock.now()
    opened = day_of(now) - timedelta(days=12)
    with transaction():
        district, grassroots = _organisation(opened - timedelta(days=400))
        staff = _staff(district, opened - timedelta(days=200))
        show(f"84 công đoàn cơ sở, {len(staff)} người phụ trách")
        modules = _publish(folder, district, now - timedelta(days=20))
        versions = list(db.session.scalars(content_queries.latest_versions()))
        show(f"{len(versions)} chuyên đề")
        cadres = _cadres(grassroots, chance, opened - timedelta(days=300))
        drive = _drive(district, staff["bantochuc"], versions, opened)
        drive_services.summon(
            drive, cadres, by=staff["bantochuc"], at=now - timedelta(days=13), reason="Kế hoạch số 12/KH-LĐLĐ"
        )
        _quiz_rules(drive, staff["bantochuc"], now)
        _earlier_drive(district, staff["bantochuc"], versions[:2], cadres[::4], now)
        _attendance(drive, staff["bantochuc"], now, chance)
        show("132 học viên, đang dựng các trạng thái…")
        examples = _work(drive, cadres, staff, now, chance)
        demonstration_marking.fill(modules[demonstration_marking.MODULE], district, cadres, staff, now)
    audit.seal()
    statistics.analyse(at=now)
    rows = [*((name, what) for name, _n, _p, _r, what in STAFF), *examples]
    table = "\n".join(f"  {name:<12} {what}" for name, what in rows)
    return f"\nMật khẩu chung: {PASSWORD}\n{table}\n"


def _organisation(since: date) -> tuple[Unit, list[Unit]]:
    province = units.found_unit(
        code="LDLD-TINH", name="Liên đoàn Lao động tỉnh (mẫu)", kind="provincial_federation", on=since
    )
    district = units.found_unit(
        code="LDLD-HUYEN", name="Liên đoàn Lao động huyện (mẫu)", kind="district_federation", on=since, parent=province
    )
    levels = (("Mầm non", [""]), ("Tiểu học", [" A", " B"]), ("Trung học cơ sở", [""]))
    schools = [
        f"Trường {level} {name}{letter}"
        for level, letters in levels
        for name in INVENTED["communes"]
        for letter in letters
    ][:42]
    groups = (
        ("phong-ban-nganh", INVENTED["offices"]),
        ("xa-thi-tran", [name if name.startswith("thị trấn") else f"xã {name}" for name in INVENTED["communes"]]),
        ("truong-hoc", schools),
        ("ngoai-nha-nuoc", [f"Công ty {name}" for name in INVENTED["companies"]]),
    )
    members = iter(_shares(2830, 84))
    grassroots = [
        units.found_unit(
            code=f"CS{number:03}",
            name=f"Công đoàn cơ sở {name}",
            kind="grassroots_union",
            on=since,
            parent=district,
            category=category,
            members=next(members),
        )
        for number, (category, name) in enumerate(((c, n) for c, names in groups for n in names), 1)
    ]
    units.rebuild_closure()
    return district, grassroots


def _shares(total: int, parts: int) -> Iterator[int]:
    """Uneven whole numbers that sum to the total."""
    chance = random.Random(total)  # noqa: S311
    weights = [chance.uniform(0.4, 2.2) for _ in range(parts)]
    left = total
    for number, weight in enumerate(weights):
        share = left if number == parts - 1 else max(6, round(total * weight / sum(weights)))
        left -= share
        yield share


def _staff(district: Unit, since: date) -> dict[str, SignedIn]:
    staff = {}
    shared = people.HASHER.hash(PASSWORD)
    for number, (username, name, position, roles, _what) in enumerate(STAFF, 1):
        person = people.register_person(code=f"PT{number:02}", full_name=name, username=username)
        people.appoint(person, district, position, on=since, full_time=True)
        for role in roles:
            people.grant_role(person, role, district, by=None, on=since)
        if person.account:
            person.account.password_hash = shared
        staff[username] = acting_as(person)
    return staff


def _publish(folder: Path, district: Unit, at: datetime) -> Mapping[str, Module]:
    files = read_folder(folder)
    report = checker.check(files, kinds=CHECKS, on=clock.today())
    if report.errors:
        fault = report.errors[0]
        raise BadContent(f"{fault.file}:{fault.line}: {fault.message} Chạy “lms content check” để xem hết.")
    content.publish_folder(files, list(report.modules.values()), at=at, unit_id=district.id)
    return report.modules


def _cadres(grassroots: list[Unit], chance: random.Random, since: date) -> list[Person]:
    positions = (Position.CHAIR, Position.VICE_CHAIR)
    places = [(unit, positions[turn]) for turn in range(2) for unit in grassroots][:132]
    chance.shuffle(places)
    names = [f"{a} {b} {c}" for a in INVENTED["family"] for b in INVENTED["middle"] for c in INVENTED["given"]]
    taken = {row[1] for row in STAFF}
    chosen = chance.sample([name for name in names if name not in taken], len(places))
    shared = people.HASHER.hash(PASSWORD)
    cadres = []
    for number, ((unit, position), name) in enumerate(zip(places, chosen, strict=True), 1):
        person = people.register_person(
            code=f"CB{number:04}", full_name=name, birth_year=chance.randint(1966, 1996), username=f"hocvien{number:03}"
        )
        people.appoint(person, unit, position, on=since)
        if person.account:
            person.account.password_hash = shared
        cadres.append(person)
    return cadres


def _drive(district: Unit, organiser: SignedIn, versions: list[ModuleVersion], opened: date) -> Drive:
    reflection = next(version for version in versions if version.module.code == "CD07")
    drive = drive_services.create_drive(
        DRIVE,
        district,
        drive_services.Plan(
            title="Lớp bồi dưỡng chính trị, nghiệp vụ cho cán bộ công đoàn cơ sở",
            kind=Kind.CLASS,
            partners="Liên đoàn Lao động tỉnh; Trung tâm Chính trị huyện",
            opens_at=datetime.combine(opened, time(), VIETNAM),
            reflection_due_at=end_of_day(opened + timedelta(days=24)),
            closes_at=end_of_day(opened + timedelta(days=45)),
            late_until=end_of_day(opened + timedelta(days=31)),
            versions=versions,
            reflection_version=reflection,
            needs_sessions=4,
        ),
        by=organiser,
    )
    drive_services.cite_document(
        drive,
        by=organiser,
        type="KH",
        number="12/KH-LĐLĐ",
        issued_on=opened - timedelta(days=30),
        issuer="Liên đoàn Lao động huyện (mẫu)",
        about="Bồi dưỡng cán bộ công đoàn cơ sở",
    )
    for day in range(3):
        for title, start, end in (("sáng", 7, 11), ("chiều", 13, 17)):
            on = opened + timedelta(days=2 + day)
            drive_services.add_session(
                drive,
                by=organiser,
                title=f"Ngày {day + 1}, buổi {title}",
                starts_at=datetime.combine(on, time(start, 30), VIETNAM),
                ends_at=datetime.combine(on, time(end), VIETNAM),
                place="Hội trường Trung tâm Chính trị huyện",
            )
    return drive


def _earlier_drive(
    district: Unit, organiser: SignedIn, versions: list[ModuleVersion], cadres: list[Person], now: datetime
) -> None:
    """A drive that is over, which some did not finish: so that the leader's page has names to remind."""
    plan = drive_services.Plan(
        title="Đợt tự học quý trước",
        kind=Kind.CAMPAIGN,
        partners="",
        opens_at=now - timedelta(days=95),
        reflection_due_at=now - timedelta(days=50),
        closes_at=now - timedelta(days=40),
        versions=versions,
        reflection_version=None,
        needs_quizzes=False,
    )
    drive = drive_services.create_drive("dot-quy-truoc", district, plan, by=organiser)
    drive_services.summon(drive, cadres, by=organiser, at=now - timedelta(days=96), reason="Kế hoạch số 9/KH-LĐLĐ")
    for turn, summons in enumerate(db.session.scalars(drives.summoned(drive.id)).all()):
        _read(acting_as(summons.person), summons, 1000 if turn % 5 else 3, now - timedelta(days=60))


def _quiz_rules(drive: Drive, organiser: SignedIn, now: datetime) -> None:
    """The quizzes behind the first one show what else an organiser can choose."""
    own: tuple[dict[str, Any], ...] = ({}, {"one_a_page": True}, {"feedback": Feedback.AT_ONCE})
    for chosen, rules in zip(drive.modules, own, strict=False):
        quizzes.set_rules(drive, chosen.module_id, rules, by=organiser, at=now - timedelta(days=13))


def _attendance(drive: Drive, organiser: SignedIn, now: datetime, chance: random.Random) -> None:
    summonses = list(db.session.scalars(drives.summoned(drive.id)))
    for session in drives.sessions_of(drive.id):
        presences: dict[int, Presence | None] = {
            row.id: chance.choices([Presence.PRESENT, Presence.ABSENT, Presence.MADE_UP], [92, 5, 3])[0]
            for row in summonses
        }
        drive_services.note_attendance(session, drive, presences, by=organiser, at=now - timedelta(days=7))


def _work(
    drive: Drive, cadres: list[Person], staff: dict[str, SignedIn], now: datetime, chance: random.Random
) -> list[tuple[str, str]]:
    """Bring everybody to their stage; return one sign-in name for each stage."""
    examples: dict[int, tuple[str, str]] = {}
    stages = [(stage, name) for stage, (name, count) in enumerate(STAGES) for _place in range(count)]
    summonses = {row.person_id: row for row in db.session.scalars(drives.summoned(drive.id))}
    handed_in: list[tuple[int, int]] = []
    ends = _ends()
    on_paper = cadres[ends["đã nộp, chờ chấm"] - 1]
    for person, (stage, name) in zip(cadres, stages, strict=True):
        viewer, at = acting_as(person), now - timedelta(days=chance.uniform(1.5, 9))
        summons = summonses[person.id]
        examples.setdefault(stage, (viewer.username, f"Học viên: {name}"))
        if stage >= 1:
            _read(viewer, summons, chance.randint(2, 14) if stage == 1 else 1000, at)
        if stage >= 3:
            _take_quizzes(viewer, summons, at, chance)
        if stage >= 3:
            number = reflections.save(viewer, DRIVE, _essay(summons, chance, stage > 3), 0, at=at).number
        if stage >= 4:
            if person is on_paper:
                papers.send_photos(viewer, DRIVE, _handwritten_pages(), at=at)
            files = upload_queries.own_contents(summons.id).fingerprint
            row = reflections.hand_in(viewer, DRIVE, number=number, files=files, at=at + timedelta(hours=2))
            handed_in.append((row.id, stage))
    _enter_on_behalf(drive, summonses[cadres[ends["đang viết thu hoạch"] - 2].id], staff["quantri"], now)
    _dispense(drive, cadres, staff["bantochuc"], now)
    _grade(handed_in, staff, now, chance)
    return [examples[stage] for stage in sorted(examples)]


def _ends() -> dict[str, int]:
    """How many cadres are at each stage or at one before it."""
    return dict(zip((name for name, _count in STAGES), accumulate(count for _name, count in STAGES), strict=True))


def _handwritten_pages() -> list[bytes]:
    """Two photographed pages of something that looks like writing."""
    chance = random.Random(7)  # noqa: S311 - the same pages every time
    pages = []
    for _page in range(2):
        paper = Image.new("RGB", (900, 1240), (242, 238, 226))
        pen = ImageDraw.Draw(paper)
        for line in range(140, 1120, 48):
            x = 90
            while x < 780:
                word = [(x + step * 7, line + chance.randint(-13, 4)) for step in range(chance.randint(4, 11))]
                pen.line(word, fill=(38, 46, 110), width=3, joint="curve")
                x = word[-1][0] + 22
        made = BytesIO()
        paper.save(made, "JPEG", quality=80)
        pages.append(made.getvalue())
    return pages


def _enter_on_behalf(drive: Drive, summons: Summons, clerk: SignedIn, now: datetime) -> None:
    """A reflection on paper that waits for a second person."""
    at = now - timedelta(hours=5)
    entry = behalf.start(drive, summons, "Không dùng được máy, nộp bài viết tay tại hội nghị", by=clerk, at=at)
    behalf.add_photos(entry, _handwritten_pages(), by=clerk)
    behalf.send(entry, by=clerk, at=at)


def _dispense(drive: Drive, cadres: list[Person], organiser: SignedIn, now: datetime) -> None:
    """The last who are still reading has a later day, and the last who are writing need not hand in."""
    ends = _ends()
    later, exempt = cadres[ends["đang đọc"] - 1], cadres[ends["đang viết thu hoạch"] - 1]
    until = drive.reflection_due_at + timedelta(days=10)
    for token, wish in (
        ("demo-1", Wish(Dispensing.EXTENSION, until, "Đi công tác dài ngày", person=later)),
        ("demo-2", Wish(Dispensing.EXEMPTION, None, "Nghỉ chế độ dài ngày", person=exempt)),
    ):
        dispensations.give(drive, wish, token=token, by=organiser, at=now - timedelta(days=1))


def _read(viewer: SignedIn, summons: Summons, count: int, at: datetime) -> None:
    for module in module_progress(summons, at):
        place = drives.place_for(viewer, summons.drive.code, module.slug)
        for entry in lessons.contents(place):
            if count <= 0:
                return
            lesson_services.mark_read(place, entry, at=at)
            count -= 1


def _take_quizzes(viewer: SignedIn, summons: Summons, at: datetime, chance: random.Random) -> None:
    """Everybody with a strength of their own; who falls short of the pass mark comes back and does better."""
    strength = chance.uniform(0.6, 0.95)
    for module in module_progress(summons, at):
        for turn, skill in enumerate((strength, 1)):
            begun = at + timedelta(minutes=30 * turn)
            attempt = quizzes.start_attempt(drives.place_for(viewer, DRIVE, module.slug), at=begun)
            answers: dict[str, Sequence[str]] = {}
            for question in quiz_queries.questions_of(attempt):
                kind = QUESTION_KINDS[question.kind]
                wrong = [[option.id] for option in question.options if not option.is_right]
                missed = {"text": ["10"], "select": kind.best(question)[:1], "gaps": kind.best(question)[:1]}
                guess = missed.get(kind.INPUT) or chance.choice(wrong)
                answers[question.id] = kind.best(question) if chance.random() < skill else guess
            if quizzes.hand_in(viewer, attempt.id, answers, 1, at=begun + timedelta(minutes=9)).passed:
                break


def _essay(summons: Summons, chance: random.Random, is_finished: bool) -> dict[str, str]:
    """Every prompt answered with invented sentences, above the least number of words when it is finished."""
    version = summons.drive.reflection_version
    texts = {}
    for prompt in version.prompt_list() if version else []:
        paragraphs: list[str] = []
        while sum(len(text.split()) for text in paragraphs) < (prompt.min_words + 40 if is_finished else 60):
            paragraphs.append(" ".join(chance.sample(INVENTED["sentences"], 4)))
        texts[prompt.id] = "\n\n".join(paragraphs)
    return texts


def _grade(handed_in: list[tuple[int, int]], staff: dict[str, SignedIn], now: datetime, chance: random.Random) -> None:
    reviewers = (staff["giamkhao1"], staff["giamkhao2"])
    done = []
    for turn, (reflection_id, stage) in enumerate(handed_in):
        if stage == 4:
            continue
        reviewer = reviewers[turn % 2]
        essay = grading_queries.essay_for(reviewer, reflection_id)
        if stage == 5:
            reason = "Bài mới nêu chung chung. Đồng chí bổ sung số liệu của đơn vị và người chịu trách nhiệm từng việc."
            grading.return_for_rewriting(essay, reason, by=reviewer, at=now - timedelta(hours=20))
            continue
        scores: dict[str, Decimal | None] = {
            criterion.id: Decimal(chance.randint(22, 38)) / 4 for criterion in essay.version.criteria()
        }
        comment = INVENTED["comments"][0 if turn % 9 < 6 and stage != 7 else turn % len(INVENTED["comments"])]
        decided_at = now - timedelta(hours=18) + timedelta(minutes=7 * turn)
        grading.grade(essay, scores, comment, by=reviewer, at=decided_at)
        if stage == 7:
            done.append(reflection_id)
    releasing.release(done, by=reviewers[0], at=now - timedelta(hours=3))
    waiting = [id for id, stage in handed_in if stage == 4][:6]
    moving.move(reviewers[0], DRIVE, waiting, of=None, to=[reviewers[1].person_id], at=now - timedelta(hours=2))
    _appeals(done[:2], reviewers, now)


def _appeals(released: Sequence[int], reviewers: Sequence[SignedIn], now: datetime) -> None:
    """One that waits, and one that has been answered with another mark."""
    reason = "Phần liên hệ tôi có nêu số liệu quý ba và người chịu trách nhiệm, mong được xem lại tiêu chí này."
    for turn, reflection_id in enumerate(released):
        reflection = db.session.get_one(Reflection, reflection_id)
        author = acting_as(reflection.summons.person)
        row = appeals.appeal(author, DRIVE, reason, at=now - timedelta(hours=2))
        if turn == 0:
            continue
        graded_by = {grade.reviewer_id for grade in grading_queries.grades_of(reflection_id)}
        judge = next(one for one in reviewers if one.person_id not in graded_by)
        last = grading_queries.grades_of(reflection_id)[-1]
        scores = {key: min(Decimal(score) + 1, Decimal(10)) for key, score in last.scores.items()}
        answer = "Đã đọc lại: số liệu quý ba và phân công đều có trong bài, nên các tiêu chí được cộng thêm điểm."
        appeals.decide(judge, row.id, scores, answer, at=now - timedelta(hours=1))
