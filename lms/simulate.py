"""A database at scale: units, cadres, one drive, and work at every state, written in bulk for measuring."""

import random
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from flask import current_app, session
from flask_migrate import upgrade
from flask_wtf.csrf import generate_csrf
from sqlalchemy import insert, select

from lms import MIGRATIONS, clock, create_app, vietnamese
from lms.access import Role
from lms.content import checker
from lms.content import queries as content_queries
from lms.content import services as content
from lms.content.files import read_folder
from lms.content.models import ModuleVersion, QuestionVersion
from lms.db import db, transaction
from lms.demonstration import INVENTED, PASSWORD
from lms.drives import services as drives
from lms.drives.models import Drive, Summons
from lms.drives.rules import Kind
from lms.grading.models import Assignment
from lms.lessons.models import LessonRead
from lms.people import services as people
from lms.people.models import Account, Person, Post, RoleGrant, SignIn
from lms.people.rules import Position
from lms.people.viewer import acting_as, token_hash
from lms.quizzes.kinds import CHECKS
from lms.quizzes.kinds import KINDS as QUESTION_KINDS
from lms.quizzes.models import Answer, Attempt, AttemptEvent
from lms.quizzes.timeline import Event
from lms.reflections.models import HandIn, Reflection, Revision, kept_whole
from lms.reflections.rules import COMMITMENT_VERSION, Form, State, fingerprint, new_receipt
from lms.units import services as units
from lms.units.models import Unit

CODE = "dot-lon"
PEOPLE_PER_UNIT = 8
UNITS_PER_DISTRICT = 40
QUESTIONS = 20
"""Asked by the quiz that is measured, as far as its bank goes."""


@dataclass(frozen=True)
class World:
    """What a measurement needs to know: sign-in names and addresses of pages."""

    reader: str
    """A learner in the middle of it, with a draft."""
    fresh: list[str]
    """Learners who have not begun."""
    drafters: list[str]
    """Learners whose reflections lie ready to be handed in."""
    reviewer: str
    leader: str
    lead: str
    """Leads the grading."""
    lesson: str
    quiz: str
    reflection: str
    unit_page: str
    essay: Mapping[str, str]


def fill(
    folder: Path,
    url: str,
    *,
    learners: int,
    attempts: int | None = None,
    essays: int = 0,
    reviewers: int = 1,
    modules: Path = Path("content"),
) -> World:
    """Make an instance in `folder` on an empty database and fill it.

    With `attempts` exactly so many attempts at quizzes are finished; `learners_for` says how many learners that takes.
    With `essays` so many more people have handed in their reflection and done nothing else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = f'SECRET_KEY = "{secrets.token_urlsafe(48)}"\nDATABASE_URL = "{url}"\n'
    (folder / "settings.toml").write_text(settings, "utf-8")
    with create_app(folder).app_context():
        upgrade(directory=str(MIGRATIONS))
        units.install_presets()
        with transaction():
            world = _fill(learners, attempts, essays, reviewers, modules)
        db.session.remove()
        db.engine.dispose()
        return world


LEAST_QUIZZES = 5
"""In the modules that come with the program."""


def learners_for(attempts: int) -> int:
    """So many learners that the half of them who have finished every quiz make up these attempts."""
    return 2 * -(-attempts // LEAST_QUIZZES) + 4


@dataclass(frozen=True)
class Device:
    """A browser in which a person is signed in: what it sends along with every request."""

    username: str
    cookie: str
    token: str
    """Against forged forms."""


def sign_in_all(usernames: Sequence[str]) -> list[Device]:
    """Sign everybody in without the cost of their passwords; needs the application's context."""
    app, now = current_app._get_current_object(), clock.now()  # type: ignore[attr-defined]
    accounts = dict(db.session.execute(select(Account.username, Account.id)).all())
    tokens = {username: secrets.token_urlsafe(32) for username in usernames}
    rows = (
        {"account_id": accounts[username], "token_hash": token_hash(token), "started_at": now, "seen_at": now}
        | {"device": "", "by_code": False}
        for username, token in tokens.items()
    )
    with transaction():
        _bulk(SignIn, rows)
    signer = app.session_interface.get_signing_serializer(app)
    with app.test_request_context():
        against_forgery, kept = generate_csrf(), dict(session)
    return [
        Device(username, f"session={signer.dumps(kept | {'_user_id': token, '_fresh': True})}", against_forgery)
        for username, token in tokens.items()
    ]


def _fill(learners: int, attempts: int | None, essays: int, reviewers: int, modules: Path) -> World:
    chance = random.Random(learners)  # noqa: S311 - the same figures every time
    province, grassroots = _units(-(-(learners + essays) // PEOPLE_PER_UNIT))
    staff = _staff(province, reviewers)
    files = read_folder(modules)
    report = checker.check(files, kinds=CHECKS, on=clock.today())
    content.publish_folder(files, list(report.modules.values()), at=clock.now() - timedelta(days=30))
    versions = list(db.session.scalars(content_queries.latest_versions()))
    reflection = next(version for version in versions if version.prompts)
    drive = _drive(province, versions, reflection, staff["to-chuc"])
    usernames = _people(grassroots, learners + essays, chance)
    learning = usernames[:learners]
    essay = {prompt.id: _prose(prompt.min_words + 150, chance) for prompt in reflection.prompt_list()}
    _summon(drive)
    _study(range(1, learners + 1), versions, attempts, chance)
    drafted = [at for at in range(1, learners + 1) if at % 4 == 1]
    handed_in = [at for at in range(1, learners + essays + 1) if at % 4 == 0 or at > learners]
    _write(drive, reflection, essay, drafted, handed_in)
    if reviewers > 1:
        _give_out(handed_in, staff["to-truong"])
    longest = max((lesson for version in versions for lesson in version.lessons), key=lambda lesson: len(lesson.html))
    slug = {version.id: version.module.slug for version in versions}
    richest = max(versions, key=lambda version: len(version.questions))
    richest.quiz = {**(richest.quiz or {}), "questions": min(QUESTIONS, len(richest.questions))}
    return World(
        reader=usernames[0],
        fresh=learning[1::4],
        drafters=learning[4::4],
        reviewer="giam-khao",
        leader="lanh-dao",
        lead="to-truong",
        lesson=f"/lessons/{CODE}/{slug[longest.version_id]}/{longest.key}",
        quiz=f"/quizzes/{CODE}/{slug[richest.id]}/",
        reflection=f"/reflections/{CODE}/",
        unit_page=f"/reports/{CODE}/{province.id}",
        essay=essay,
    )


def _units(count: int) -> tuple[Unit, list[Unit]]:
    since = clock.today() - timedelta(days=400)
    province = units.found_unit(code="TINH", name="Liên đoàn Lao động tỉnh", kind="provincial_federation", on=since)
    grassroots, district = [], province
    for number in range(count):
        if number % UNITS_PER_DISTRICT == 0:
            place = number // UNITS_PER_DISTRICT + 1
            name = f"Công đoàn xã số {place}"
            district = units.found_unit(code=f"XA{place}", name=name, kind="commune_union", on=since, parent=province)
        name = f"Công đoàn cơ sở số {number + 1}"
        grassroots.append(
            units.found_unit(code=f"CS{number + 1}", name=name, kind="grassroots_union", on=since, parent=district)
        )
    units.rebuild_closure()
    return province, grassroots


def _staff(province: Unit, reviewers: int) -> dict[str, Person]:
    staff, since = {}, clock.today() - timedelta(days=300)
    roles = [("to-chuc", Role.ORGANISER), ("lanh-dao", Role.LEADER), ("to-truong", Role.GRADING_LEAD)]
    roles += [(f"giam-khao-{number}" if number else "giam-khao", Role.REVIEWER) for number in range(reviewers)]
    for number, (username, role) in enumerate(roles):
        person = people.register_person(code=f"PT{number}", full_name="Phụ Trách Viên", username=username)
        people.appoint(person, province, Position.OFFICER, on=since)
        people.grant_role(person, role, province, by=None, on=since)
        staff[username] = person
    shared = people.HASHER.hash(PASSWORD)
    for account in db.session.scalars(select(Account)):
        account.password_hash = shared
    return staff


def _drive(unit: Unit, versions: Sequence[ModuleVersion], reflection: ModuleVersion, organiser: Person) -> Drive:
    now = clock.now()
    plan = drives.Plan(
        title="Đợt học tập quy mô lớn",
        kind=Kind.CAMPAIGN,
        partners="",
        opens_at=now - timedelta(days=10),
        reflection_due_at=now + timedelta(days=10),
        closes_at=now + timedelta(days=20),
        versions=versions,
        reflection_version=reflection,
    )
    return drives.create_drive(CODE, unit, plan, by=acting_as(organiser))


def _people(grassroots: Sequence[Unit], count: int, chance: random.Random) -> list[str]:
    """Persons with accounts and main posts; their sign-in names."""
    shared, since = people.HASHER.hash(PASSWORD), clock.today() - timedelta(days=300)
    names = [
        " ".join(chance.choice(INVENTED[part]) for part in ("family", "middle", "given")) for _turn in range(count)
    ]
    first = (db.session.scalar(select(Person.id).order_by(Person.id.desc()).limit(1)) or 0) + 1
    ids = range(first, first + count)
    _bulk(
        Person,
        (
            {
                "id": id,
                "code": f"CB{id}",
                "full_name": name,
                "folded_name": vietnamese.fold(name),
                "sort_key": vietnamese.name_key(name),
            }
            for id, name in zip(ids, names, strict=True)
        ),
    )
    _bulk(
        Account,
        ({"id": id, "person_id": id, "username": f"hv{id}", "password_hash": shared, "is_open": True} for id in ids),
    )
    _bulk(
        Post,
        (
            {
                "person_id": id,
                "unit_id": grassroots[turn // PEOPLE_PER_UNIT].id,
                "position": Position.COMMITTEE_MEMBER,
                "full_time": False,
                "is_main": True,
                "valid_from": since,
            }
            for turn, id in enumerate(ids)
        ),
    )
    return [f"hv{id}" for id in ids]


def _summon(drive: Drive) -> None:
    now = clock.now()
    rows = db.session.execute(
        select(Post.person_id, Post.unit_id).where(Post.position == Position.COMMITTEE_MEMBER).order_by(Post.person_id)
    ).all()
    _bulk(
        Summons,
        (
            {
                "id": at,
                "drive_id": drive.id,
                "person_id": person_id,
                "unit_id": unit_id,
                "reason": "Kế hoạch",
                "added_at": now - timedelta(days=12),
            }
            for at, (person_id, unit_id) in enumerate(rows, 1)
        ),
    )


def _study(everyone: range, versions: Sequence[ModuleVersion], attempts: int | None, chance: random.Random) -> None:
    """By turns: all lessons and quizzes, nothing, some lessons, all again."""
    busy = [at for at in everyone if at % 4 != 2]
    finished = [at for at in busy if at % 4 in (1, 0)]
    sittings = finished if attempts is None else finished[: -(-attempts // len(versions))]
    count = len(sittings) * len(versions) if attempts is None else attempts
    if len(sittings) * len(versions) < count:
        raise ValueError(f"{count} attempts need {learners_for(count)} learners")
    _bulk(LessonRead, _reads(busy, versions))
    _bulk(Attempt, islice(_attempts(sittings, versions), count))
    _bulk(Answer, _answers(count, versions, chance))
    _bulk(AttemptEvent, _events(count, versions))


def _write(
    drive: Drive, version: ModuleVersion, essay: Mapping[str, str], drafted: Sequence[int], handed_in: Sequence[int]
) -> None:
    now, whole = clock.now(), kept_whole(essay, 1)
    _bulk(Reflection, _reflections(drive, version, essay, drafted, handed_in))
    _bulk(HandIn, _hand_ins())
    _bulk(
        Revision,
        (
            {"reflection_id": at, "based_on": 0, "saved_at": now, "is_aside": False, **whole}
            for at in (*drafted, *handed_in)
        ),
    )


def _give_out(handed_in: Sequence[int], lead: Person) -> None:
    """To every reviewer in turn."""
    reviewers = db.session.scalars(select(RoleGrant.person_id).where(RoleGrant.role == Role.REVIEWER)).all()
    now = clock.now()
    _bulk(
        Assignment,
        (
            {
                "reflection_id": at,
                "reviewer_id": reviewers[turn % len(reviewers)],
                "given_at": now,
                "given_by_id": lead.id,
            }
            for turn, at in enumerate(handed_in)
        ),
    )


def _reads(busy: Sequence[int], versions: Sequence[ModuleVersion]) -> Iterator[dict[str, Any]]:
    for at in busy:
        for version in versions[: 2 if at % 4 == 3 else None]:
            for lesson in version.lessons:
                yield {
                    "summons_id": at,
                    "module_id": version.module_id,
                    "lesson_key": lesson.key,
                    "lesson_id": lesson.id,
                    "version_number": version.number,
                    "read_at": clock.now(),
                }


def _attempts(finished: Sequence[int], versions: Sequence[ModuleVersion]) -> Iterator[dict[str, Any]]:
    number = 0
    for at in finished:
        for version in versions:
            number += 1
            keys = [question.key for question in _asked(version)]
            yield {
                "id": number,
                "summons_id": at,
                "module_id": version.module_id,
                "version_id": version.id,
                "number": 1,
                "seed": number,
                "question_keys": keys,
                "started_at": clock.now() - timedelta(days=3),
                "due_at": clock.now() - timedelta(days=2),
                "submitted_at": clock.now() - timedelta(days=2),
                "by_timeout": False,
                "points": float(len(keys)),
                "passed": True,
            }


def _asked(version: ModuleVersion) -> list[QuestionVersion]:
    """What every simulated attempt at a version asks."""
    plan = version.quiz_plan()
    return list(version.questions[: plan.questions if plan else 0])


def _answers(attempts: int, versions: Sequence[ModuleVersion], chance: random.Random) -> Iterator[dict[str, Any]]:
    """Three of four answers are right; the rest were left open."""
    asked = {
        version.id: [
            (question.key, list(QUESTION_KINDS[question.kind].best(question.specification())))
            for question in _asked(version)
        ]
        for version in versions
    }
    now = clock.now()
    for number in range(attempts):
        for key, right in asked[versions[number % len(versions)].id]:
            yield {
                "attempt_id": number + 1,
                "question_key": key,
                "chosen": right if chance.random() < 0.75 else [],
                "counter": 1,
                "saved_at": now,
            }


def _events(attempts: int, versions: Sequence[ModuleVersion]) -> Iterator[dict[str, Any]]:
    """The timelines: begun, every answer saved after half a minute more, handed in."""
    asked = {version.id: [question.key for question in _asked(version)] for version in versions}
    start = clock.now() - timedelta(days=3)
    for number in range(attempts):
        keys = asked[versions[number % len(versions)].id]
        happened = [(Event.START, None), *((Event.SAVE, key) for key in keys), (Event.HAND_IN, None)]
        for turn, (kind, key) in enumerate(happened):
            yield {
                "attempt_id": number + 1,
                "at": start + timedelta(seconds=30 * turn),
                "kind": kind,
                "question_key": key,
                "counter": turn,
            }


def _reflections(
    drive: Drive, version: ModuleVersion, essay: Mapping[str, str], drafted: Sequence[int], handed_in: Sequence[int]
) -> Iterator[dict[str, Any]]:
    words, sha256 = sum(vietnamese.count_words(text) for text in essay.values()), fingerprint(essay)
    for place, at in enumerate((*drafted, *handed_in)):
        receipt = {
            "state": State.SUBMITTED,
            "managing_unit_id": drive.unit_id,
            "submitted_at": clock.now() - timedelta(minutes=at),
            "receipt_no": new_receipt(),
            "sha256": sha256,
            "words": words,
            "commitment": COMMITMENT_VERSION,
        }
        yield {
            "id": at,
            "summons_id": at,
            "version_id": version.id,
            "head": 1,
            "texts": dict(essay),
            "saved_at": clock.now(),
            "whole_at": 1,
            "newest": 1,
            "form": Form.TYPED,
            "is_late": False,
            **(dict.fromkeys(receipt) | {"state": State.DRAFT} if place < len(drafted) else receipt),
        }


def _hand_ins() -> Iterator[dict[str, Any]]:
    """One for each reflection with a receipt."""
    facts = {
        "reflection_id": Reflection.id,
        "receipt_no": Reflection.receipt_no,
        "revision": Reflection.head,
        "sha256": Reflection.sha256,
        "words": Reflection.words,
        "commitment": Reflection.commitment,
        "at": Reflection.submitted_at,
        "form": Reflection.form,
    }
    handed_in = select(*(column.label(name) for name, column in facts.items())).where(
        Reflection.receipt_no.is_not(None)
    )
    for row in db.session.execute(handed_in).mappings().all():
        yield dict(row)


def _prose(words: int, chance: random.Random) -> str:
    text: list[str] = []
    while sum(len(sentence.split()) for sentence in text) < words:
        text.append(chance.choice(INVENTED["sentences"]))
    return " ".join(text)


def _bulk(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    """Insert in portions, so that a million rows never stand in memory; then let PostgreSQL count on from there."""
    db.session.flush()
    rows = iter(rows)
    while portion := list(islice(rows, 5000)):
        db.session.execute(insert(model.__table__), portion)
    if "id" in model.__table__.c and db.engine.dialect.name == "postgresql":
        table = model.__tablename__
        db.session.connection().exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"  # noqa: S608
        )
