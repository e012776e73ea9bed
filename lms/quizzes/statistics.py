"""Item analysis of every drive and module version, worked out by the worker and never on a learner's request."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, case, delete, exists, func, or_, select

from lms.content.models import QuestionVersion
from lms.content.rules import Question
from lms.db import UtcDateTime, db, fetch, transaction, upsert
from lms.drives.models import Drive, Summons
from lms.quizzes import corrections
from lms.quizzes.analysis import LEAST_LEARNERS, Facilities, Figures, Gathered, Key, Sitting
from lms.quizzes.kinds import KINDS, further, is_marked_by_hand
from lms.quizzes.marking import Corrections, Effect, corrected
from lms.quizzes.models import Answer, Attempt, AttemptEvent, ItemStatistics
from lms.quizzes.timeline import Event, Moment, seconds_spent
from lms.units.models import UnitClosure, UnitLink, valid_on
from lms.vietnamese import day_of

PAUSE = timedelta(minutes=10)
"""While attempts keep coming in, a quiz is worked out anew no more often than this."""
WATCHED = timedelta(days=7)
"""For how long after its end a drive is looked at for more attempts."""
PORTION = 1000

IS_FIRST = and_(Attempt.number == 1, Attempt.submitted_at.is_not(None), Attempt.passed.is_not(None))
"""Only what learners did before they saw any explanation counts, and only once all of it is marked."""


def analyse(*, at: datetime, meanwhile: Callable[[], object] = lambda: None) -> int:
    """Work out every quiz that has new first attempts; return how many. A second run changes nothing.

    After each portion `meanwhile` gets its turn, so that a large quiz keeps no other work of the worker waiting.
    """
    due = _due(at)
    for drive_id, unit_id, version_id in due:
        _analyse(drive_id, unit_id, version_id, at=at, meanwhile=meanwhile)
    return len(due)


def _due(at: datetime) -> list[tuple[int, int, int]]:
    """Drive, its unit and module version, where the number of first attempts is not the one worked out last."""
    known = exists().where(ItemStatistics.drive_id == Drive.id)
    watched = select(Drive.id).where(Drive.opens_at <= at, or_(Drive.closes_at >= at - WATCHED, ~known))
    now = (
        select(Summons.drive_id, Attempt.version_id, func.count().label("n"))
        .join(Summons, Summons.id == Attempt.summons_id)
        .where(IS_FIRST, Summons.drive_id.in_(watched))
        .group_by(Summons.drive_id, Attempt.version_id)
        .subquery()
    )
    rows = db.session.execute(
        select(now.c.drive_id, Drive.unit_id, now.c.version_id)
        .join(Drive, Drive.id == now.c.drive_id)
        .outerjoin(
            ItemStatistics,
            and_(
                ItemStatistics.drive_id == now.c.drive_id,
                ItemStatistics.version_id == now.c.version_id,
                ItemStatistics.unit_id == Drive.unit_id,
            ),
        )
        .where(
            or_(
                ItemStatistics.n.is_(None),
                and_(ItemStatistics.n != now.c.n, ItemStatistics.computed_at <= at - PAUSE),
            )
        )
        .order_by(now.c.drive_id, now.c.version_id)
    )
    return [(drive_id, unit_id, version_id) for drive_id, unit_id, version_id in rows]


def _analyse(drive_id: int, unit_id: int, version_id: int, *, at: datetime, meanwhile: Callable[[], object]) -> None:
    """Read everything first, so that nobody waits for the short transaction that writes."""
    standing = corrections.standing(drive_id, version_id)
    questions = _questions(version_id, standing)
    through = _child_of_each(unit_id, at)
    everybody, below = Gathered(), defaultdict[int, Facilities](Facilities)
    for portion in _sittings(drive_id, version_id, questions):
        for counted_under, sitting in portion:
            everybody.add(sitting)
            if counted_under in through:
                below[through[counted_under]].add(sitting)
        meanwhile()
    keys = [_key(question) for question in questions.values()]
    figures = {unit: one.figures(keys) for unit, one in below.items() if one.learners >= LEAST_LEARNERS}
    figures[unit_id] = everybody.figures(keys)
    _store(drive_id, version_id, figures, at=at)


def _questions(version_id: int, standing: Corrections) -> dict[str, Question]:
    """The questions with the keys that count; one that is left out, or full for everybody, says nothing any more."""
    rows = db.session.scalars(
        select(QuestionVersion).where(QuestionVersion.version_id == version_id).order_by(QuestionVersion.position)
    )
    told = (corrected(row.specification(), standing) for row in rows)
    return {one.id: one for one in told if one.id not in standing or standing[one.id].effect is Effect.KEY}


def _key(question: Question) -> Key:
    right = frozenset(option.id for option in question.options if option.is_right)
    is_shown = [one for one in question.options if one.is_right or not is_marked_by_hand(question)]
    lines = further.published(is_shown) if KINDS[question.kind].INPUT == "select" else is_shown
    return Key(question.id, tuple(one.id for one in lines), right)


def _child_of_each(unit_id: int, at: datetime) -> dict[int, int]:
    """Every unit under this one mapped to the child through which it hangs there."""
    day = day_of(at)
    children = select(UnitLink.child_id).where(UnitLink.parent_id == unit_id, valid_on(UnitLink, day))
    rows = db.session.execute(
        select(UnitClosure.descendant_id, UnitClosure.ancestor_id).where(
            UnitClosure.ancestor_id.in_(children), valid_on(UnitClosure, day)
        )
    )
    return dict(rows.all())


def _sittings(
    drive_id: int, version_id: int, questions: Mapping[str, Question]
) -> Iterator[Iterator[tuple[int, Sitting]]]:
    """Every first attempt with the unit under which its learner is counted, marked from the answers themselves."""
    marks: dict[tuple[str, tuple[str, ...]], float] = {}

    def mark(key: str, chosen: tuple[str, ...]) -> float:
        if (key, chosen) not in marks:
            marks[key, chosen] = float(KINDS[questions[key].kind].mark(questions[key], chosen))
        return marks[key, chosen]

    def choices(key: str, chosen: tuple[str, ...]) -> tuple[str, ...]:
        return KINDS[questions[key].kind].choices(questions[key], chosen)

    def sittings(rows: list[Row[*tuple[Any, ...]]]) -> Iterator[tuple[int, Sitting]]:
        ids = [row.id for row in rows]
        given, moments = _answers(ids), _moments(ids)
        for row in rows:
            chosen = {key: given[row.id].get(key, ()) for key in row.question_keys if key in questions}
            spent = seconds_spent(moments[row.id])
            yield (
                row.unit_id,
                Sitting(
                    marks={key: mark(key, ids) for key, ids in chosen.items()},
                    chosen={key: choices(key, ids) for key, ids in chosen.items()},
                    has_passed=bool(row.passed),
                    minutes=max(0, int((row.submitted_at - row.started_at).total_seconds() // 60)),
                    by_timeout=row.by_timeout,
                    seconds={key: time for key, time in spent.items() if key in chosen},
                ),
            )

    for rows in _portions(drive_id, version_id):
        yield sittings(rows)


def _portions(drive_id: int, version_id: int) -> Iterator[list[Row[*tuple[Any, ...]]]]:
    """The first attempts by person, which is the order of an index, so that each portion costs as much as the first."""
    last = 0
    columns = (
        *(Attempt.id, Summons.person_id, Summons.unit_id, Attempt.question_keys),
        *(Attempt.started_at, Attempt.submitted_at, Attempt.by_timeout, Attempt.passed),
    )
    statement = (
        select(*columns)
        .join(Summons, Summons.id == Attempt.summons_id)
        .where(IS_FIRST, Attempt.version_id == version_id, Summons.drive_id == drive_id)
        .order_by(Summons.person_id)
        .limit(PORTION)
    )
    while rows := list(db.session.execute(statement.where(Summons.person_id > last))):
        last = rows[-1].person_id
        yield rows


def _answers(attempt_ids: list[int]) -> Mapping[int, Mapping[str, tuple[str, ...]]]:
    given: defaultdict[int, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for attempt_id, key, chosen, by_hand in db.session.execute(
        select(Answer.attempt_id, Answer.question_key, Answer.chosen, Answer.by_hand).where(
            Answer.attempt_id.in_(attempt_ids)
        )
    ):
        given[attempt_id][key] = (*chosen, *(by_hand or ()))
    return given


SAVED = (Event.SAVE, Event.LATE)


def _moments(attempt_ids: list[int]) -> Mapping[int, list[Moment]]:
    """What happened to each of these attempts; what waited without network, when it was written."""
    rows = db.session.execute(
        select(
            AttemptEvent.attempt_id,
            func.coalesce(AttemptEvent.written_at, AttemptEvent.at, type_=UtcDateTime()),
            case((AttemptEvent.kind.in_(SAVED), AttemptEvent.question_key)),
        ).where(AttemptEvent.attempt_id.in_(attempt_ids))
    )
    found: defaultdict[int, list[Moment]] = defaultdict(list)
    for attempt_id, at, question in rows:
        found[attempt_id].append((at, question))
    return found


def _store(drive_id: int, version_id: int, figures: Mapping[int, Figures], *, at: datetime) -> None:
    """Put these figures in the place of the quiz's former ones; two workers at once end with either's."""
    rows = [
        {
            "drive_id": drive_id,
            "version_id": version_id,
            "unit_id": unit_id,
            "n": figures[unit_id].learners,
            "figures": figures[unit_id].as_json(),
            "computed_at": at,
        }
        for unit_id in sorted(figures)
    ]
    with transaction() as session:
        session.execute(
            delete(ItemStatistics).where(
                ItemStatistics.drive_id == drive_id,
                ItemStatistics.version_id == version_id,
                ItemStatistics.unit_id.not_in(figures),
            )
        )
        note = upsert(ItemStatistics)
        fetch(
            note.on_conflict_do_update(
                index_elements=["drive_id", "version_id", "unit_id"],
                set_={name: note.excluded[name] for name in ("n", "figures", "computed_at")},
            ),
            rows,
        )
