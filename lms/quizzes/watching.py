"""Looking through finished attempts for what a person should judge: the worker's part, a portion of units at a time.

A round goes through the units in order and keeps how far it came, so it may stop anywhere, and whoever continues after
a crash starts behind the last portion that held. What was found already is not found again.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from lms import access, audit
from lms.access import Action
from lms.content.models import ModuleVersion, QuestionVersion
from lms.content.rules import Question
from lms.db import db, fetch, one_or_not_found, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.errors import Refused
from lms.people.models import Person
from lms.people.viewer import SignedIn
from lms.quizzes import anomalies, corrections
from lms.quizzes.anomalies import Anomaly, Sheet, Verdict
from lms.quizzes.kinds import KINDS, is_marked_by_hand
from lms.quizzes.marking import Effect, corrected
from lms.quizzes.models import AnomalyFound, AnomalyJudgement, AnomalyScan, Answer, Attempt
from lms.vietnamese import count_words

PAUSE = timedelta(minutes=30)
"""While attempts keep coming in, a quiz is looked through anew no more often than this."""
WATCHED = timedelta(days=7)
"""For how long after its end a drive is looked at for more attempts."""
PORTION = 300
"""Attempts in a portion of units, unless one unit alone has more."""
MOST_OF_UNIT = 300
"""Of a larger unit the newest attempts are compared: the number of pairs grows with the square."""
SAMPLE = 500
"""So many attempts tell how common each mistake is."""
A_ROUND = 10
"""So many portions at most in one round of the worker: closing overdue attempts must not wait for it."""


def look(*, at: datetime, portions: int = A_ROUND) -> int:
    """Look through what is due; return how many anomalies are new. A second run finds nothing more."""
    found = 0
    for drive_id, version_id, n in _due(at):
        if portions <= 0:
            break
        _begin(drive_id, version_id, n, at=at)
        while portions > 0:
            portions -= 1
            more, new = _portion(drive_id, version_id, at=at)
            found += new
            if not more:
                break
    return found


def _due(at: datetime) -> list[tuple[int, int, int]]:
    """Drive, module version and number of finished attempts, where a round is to begin or to go on."""
    known = select(AnomalyScan.n).where(AnomalyScan.drive_id == Drive.id).exists()
    watched = select(Drive.id).where(Drive.opens_at <= at, or_(Drive.closes_at >= at - WATCHED, ~known))
    unfinished = select(AnomalyScan.drive_id).where(~AnomalyScan.is_done)
    n = func.count()
    rows = db.session.execute(
        select(Summons.drive_id, Attempt.version_id, n)
        .join(Summons, Summons.id == Attempt.summons_id)
        .outerjoin(
            AnomalyScan,
            and_(AnomalyScan.drive_id == Summons.drive_id, AnomalyScan.version_id == Attempt.version_id),
        )
        .where(
            Attempt.submitted_at.is_not(None),
            or_(Summons.drive_id.in_(watched), Summons.drive_id.in_(unfinished)),
        )
        .group_by(Summons.drive_id, Attempt.version_id, AnomalyScan.n, AnomalyScan.is_done, AnomalyScan.begun_at)
        .having(
            or_(
                AnomalyScan.n.is_(None),
                AnomalyScan.is_done.is_(False),
                and_(AnomalyScan.n != n, AnomalyScan.begun_at <= at - PAUSE),
            )
        )
        .order_by(Summons.drive_id, Attempt.version_id)
    )
    return [(drive_id, version_id, count) for drive_id, version_id, count in rows]


def _begin(drive_id: int, version_id: int, n: int, *, at: datetime) -> None:
    """A new round, unless one is under way."""
    with transaction() as session:
        row = session.get(AnomalyScan, (drive_id, version_id), with_for_update=True, populate_existing=True)
        if row is None:
            row = AnomalyScan(drive_id=drive_id, version_id=version_id, n=n, reached_id=0, is_done=False, begun_at=at)
            session.add(row)
        elif row.is_done:
            row.n, row.reached_id, row.is_done, row.begun_at = n, 0, False, at


def _portion(drive_id: int, version_id: int, *, at: datetime) -> tuple[bool, int]:
    """The next units: whether more are left, and how many anomalies are new. Everything is read before it writes."""
    reached = db.session.scalar(
        select(AnomalyScan.reached_id).where(
            AnomalyScan.drive_id == drive_id, AnomalyScan.version_id == version_id, ~AnomalyScan.is_done
        )
    )
    if reached is None:
        return False, 0
    unit_ids = _next_units(drive_id, version_id, reached)
    quiz = _Quiz(drive_id, version_id)
    rows = [row for unit_id in unit_ids for row in quiz.look_at(unit_id)]
    with transaction() as session:
        scan = session.get_one(AnomalyScan, (drive_id, version_id), with_for_update=True, populate_existing=True)
        if scan.reached_id != reached:
            return True, 0  # another worker was faster
        scan.reached_id, scan.is_done = (unit_ids[-1], False) if unit_ids else (reached, True)
        facts = [{**row, "drive_id": drive_id, "found_at": at, "verdict": None} for row in rows]
        note = upsert(AnomalyFound).on_conflict_do_nothing(index_elements=["kind", "attempt_id", "other_id"])
        new = len(fetch(note.returning(AnomalyFound.id), facts).all()) if facts else 0
    return bool(unit_ids), new


def _next_units(drive_id: int, version_id: int, reached: int) -> list[int]:
    """The units behind this one, together with no more attempts than a portion, but at least one."""
    rows = db.session.execute(
        _finished(drive_id, version_id)
        .with_only_columns(Summons.unit_id, func.count())
        .where(Summons.unit_id > reached)
        .group_by(Summons.unit_id)
        .order_by(Summons.unit_id)
        .limit(PORTION)
    ).all()
    chosen: list[int] = []
    attempts = 0
    for unit_id, n in rows:
        attempts += n
        if chosen and attempts > PORTION:
            break
        chosen.append(unit_id)
    return chosen


def _finished(drive_id: int, version_id: int) -> Select[Attempt, int]:
    return (
        select(Attempt, Summons.person_id)
        .join(Summons, Summons.id == Attempt.summons_id)
        .where(Summons.drive_id == drive_id, Attempt.version_id == version_id, Attempt.submitted_at.is_not(None))
    )


Given = Mapping[int, Mapping[str, tuple[str, ...]]]


class _Quiz:
    """The questions of a quiz with the keys that count, and how common each mistake is."""

    def __init__(self, drive_id: int, version_id: int) -> None:
        self.drive_id, self.version_id = drive_id, version_id
        standing = corrections.standing(drive_id, version_id)
        rows = db.session.scalars(select(QuestionVersion).where(QuestionVersion.version_id == version_id))
        told = [corrected(row.specification(), standing) for row in rows]
        self.questions = {
            one.id: one for one in told if one.id not in standing or standing[one.id].effect is Effect.KEY
        }
        self.words = {key: _words(question) for key, question in self.questions.items()}
        sample = _finished(drive_id, version_id).with_only_columns(Attempt.id).order_by(Attempt.id.desc()).limit(SAMPLE)
        common: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for answers in _given(db.session.scalars(sample).all()).values():
            for key, mistake in self._mistakes(answers):
                common[key][mistake] += 1
        self.chances = {key: anomalies.chance_of_same(mistakes) for key, mistakes in common.items()}

    def look_at(self, unit_id: int) -> Iterator[dict[str, Any]]:
        """What is to be judged among the attempts of a unit."""
        statement = _finished(self.drive_id, self.version_id).where(Summons.unit_id == unit_id)
        rows = db.session.execute(statement.order_by(Attempt.id.desc()).limit(MOST_OF_UNIT)).all()
        given = _given([attempt.id for attempt, _person in rows])
        sheets = [
            Sheet(attempt.id, person_id, dict(self._mistakes(given.get(attempt.id, {})))) for attempt, person_id in rows
        ]
        for pair in anomalies.alike(sheets, self.chances):
            figures = {"shared": list(pair.shared), "wrong": pair.wrong, "chance": pair.chance}
            yield _row(Anomaly.SAME_MISTAKES, pair.one, pair.other, figures)
        for attempt, _person in rows:
            if haste := self._haste(attempt, given.get(attempt.id, {})):
                yield _row(Anomaly.TOO_FAST, attempt.id, attempt.id, haste)

    def _mark(self, key: str, answer: tuple[str, ...]) -> float:
        question = self.questions[key]
        return float(KINDS[question.kind].mark(question, answer))

    def _mistakes(self, answers: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
        for key, answer in answers.items():
            question = self.questions.get(key)
            if question is None or not answer:
                continue
            is_free = is_marked_by_hand(question)
            if is_free or self._mark(key, answer) < 1:
                mistake = anomalies.comparable(answer[:1] if is_free else answer, is_free=is_free)
                if mistake is not None:
                    yield key, mistake

    def _haste(self, attempt: Attempt, answers: Mapping[str, tuple[str, ...]]) -> dict[str, Any] | None:
        answered = [key for key, answer in answers.items() if answer and key in self.questions]
        if attempt.submitted_at is None or not answered:
            return None
        seconds = (attempt.submitted_at - attempt.started_at).total_seconds()
        words = sum(self.words[key] for key in answered)
        right = sum(self._mark(key, answers[key]) for key in answered) / len(answered)
        if not anomalies.is_too_fast(seconds, words, len(answered), right):
            return None
        return {"seconds": round(seconds), "words": words, "answered": len(answered), "right": round(right, 4)}


def _row(kind: Anomaly, one: int, other: int, figures: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "attempt_id": one, "other_id": other, "figures": figures}


def _words(question: Question) -> int:
    """What a learner reads of a question before answering."""
    shown = question.options if KINDS[question.kind].INPUT in ("radio", "checkbox", "select") else ()
    return sum(count_words(re.sub("<[^>]*>", " ", html)) for html in (question.html, *(one.html for one in shown)))


def _given(attempt_ids: Sequence[int]) -> Given:
    given: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for attempt_id, key, chosen, by_hand in db.session.execute(
        select(Answer.attempt_id, Answer.question_key, Answer.chosen, Answer.by_hand).where(
            Answer.attempt_id.in_(attempt_ids)
        )
    ):
        given[attempt_id][key] = (*chosen, *(by_hand or ()))
    return given


@dataclass(frozen=True)
class Found:
    """An anomaly in the list, with whom it is about."""

    anomaly: AnomalyFound
    title: str
    attempts: list[tuple[Attempt, Person]]
    """One, or two with the smaller number in front."""


def of_drive(drive_id: int, *, is_judged: bool, after: int, size: int) -> list[Found]:
    """The anomalies of a drive, judged ones or those that wait for a person, the newest in front."""
    other, others_summons, other_person = aliased(Attempt), aliased(Summons), aliased(Person)
    rows = db.session.execute(
        select(AnomalyFound, ModuleVersion.title, Attempt, Person, other, other_person)
        .join(Attempt, Attempt.id == AnomalyFound.attempt_id)
        .join(Summons, Summons.id == Attempt.summons_id)
        .join(Person, Person.id == Summons.person_id)
        .join(other, other.id == AnomalyFound.other_id)
        .join(others_summons, others_summons.id == other.summons_id)
        .join(other_person, other_person.id == others_summons.person_id)
        .join(ModuleVersion, ModuleVersion.id == Attempt.version_id)
        .options(selectinload(AnomalyFound.judgements).options(joinedload(AnomalyJudgement.made_by)))
        .where(
            AnomalyFound.drive_id == drive_id,
            AnomalyFound.verdict.is_not(None) if is_judged else AnomalyFound.verdict.is_(None),
        )
        .order_by(AnomalyFound.id.desc())
        .offset(after)
        .limit(size)
    )
    return [
        Found(anomaly, title, [(attempt, person), *([(second, their)] if second.id != attempt.id else [])])
        for anomaly, title, attempt, person, second, their in rows
    ]


def anomaly_of(drive_id: int, anomaly_id: int) -> AnomalyFound:
    return one_or_not_found(
        select(AnomalyFound).where(AnomalyFound.id == anomaly_id, AnomalyFound.drive_id == drive_id)
    )


def judge(row: AnomalyFound, drive: Drive, verdict: Verdict, note: str, *, by: SignedIn, at: datetime) -> None:
    """Keep what a person made of it, and why. The same said twice by one person is kept once."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    if not note:
        raise Refused(_("Đồng chí ghi căn cứ của kết luận."))
    concerned = select(Summons.person_id).join(Attempt, Attempt.summons_id == Summons.id)
    if by.person_id in db.session.scalars(concerned.where(Attempt.id.in_([row.attempt_id, row.other_id]))).all():
        raise Refused(_("Đồng chí không tự kết luận về lượt làm bài của mình."))
    with transaction() as session:
        session.refresh(row, with_for_update=True)
        last = row.judgements[-1] if row.judgements else None
        if last is not None and (last.verdict, last.note, last.made_by_id) == (verdict, note, by.person_id):
            return
        before = {"verdict": row.verdict}
        row.judgements.append(AnomalyJudgement(verdict=verdict, note=note, made_by_id=by.person_id, made_at=at))
        row.verdict = verdict
        session.flush()
        after = {"verdict": verdict, "attempts": sorted({row.attempt_id, row.other_id})}
        audit.record(
            "judge_anomaly", "anomaly", row.id, by=by.person_id, at=at, before=before, after=after, reason=note
        )
