"""The rules of quizzes: what holds for a learner, when an attempt may start, what it draws, how it is marked."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from flask_babel import gettext as _

from lms import vietnamese
from lms.content.rules import Option, Question, QuizPlan
from lms.quizzes.kinds import KINDS, Answer, Part

GRACE = timedelta(seconds=15)
"""An answer on its way when time runs out still counts; the due time that is shown does not move."""


@dataclass(frozen=True)
class Extra:
    """What one exception or allowance gives beyond the rules, and why; `percent` is of the quiz's own minutes."""

    reason: str
    minutes: int = 0
    attempts: int = 0
    open_until: datetime | None = None
    percent: int = 0

    def minutes_beyond(self, plan: QuizPlan) -> int:
        """Whole minutes, a begun one counted."""
        return max(self.minutes, -(-plan.minutes * self.percent // 100))


MOST_MINUTES = 600
MOST_ATTEMPTS = 20
MOST_PERCENT = 300


@dataclass(frozen=True)
class Terms:
    """What holds for one learner at one quiz, and the reasons for all that goes beyond the rules. 0 attempts: no limit.

    Minutes and attempts are those of the plan and more; the quiz closes with the drive or later.
    """

    minutes: int
    attempts: int
    closes_at: datetime
    more_minutes: int = 0
    minutes_because: tuple[str, ...] = ()
    more_attempts: int = 0
    attempts_because: tuple[str, ...] = ()
    later_because: tuple[str, ...] = ()


def terms(plan: QuizPlan, closes_at: datetime, extras: Iterable[Extra]) -> Terms:
    """The most generous value of each wins by itself; what is given is never added up."""
    given = list(extras)
    minutes = max((one.minutes_beyond(plan) for one in given), default=0)
    attempts = max((one.attempts for one in given), default=0) if plan.attempts else 0
    end = max([closes_at, *(one.open_until for one in given if one.open_until)])
    return Terms(
        minutes=plan.minutes + minutes,
        attempts=plan.attempts + attempts,
        closes_at=end,
        more_minutes=minutes,
        minutes_because=_reasons(one for one in given if minutes and one.minutes_beyond(plan) == minutes),
        more_attempts=attempts,
        attempts_because=_reasons(one for one in given if attempts and one.attempts == attempts),
        later_because=_reasons(one for one in given if end > closes_at and one.open_until == end),
    )


def _reasons(given: Iterable[Extra]) -> tuple[str, ...]:
    return tuple(sorted({one.reason for one in given}))


def sentence(held: Terms, attempts_so_far: int) -> str:
    """What holds for a learner, in words, with the reason for whatever they are given."""
    minutes = _("%(n)s phút", n=held.minutes)
    if held.more_minutes:
        because = "; ".join(held.minutes_because)
        minutes = _("%(minutes)s (thêm %(n)s phút: %(because)s)", minutes=minutes, n=held.more_minutes, because=because)
    attempts = _("không giới hạn số lượt")
    if held.attempts:
        attempts = _("còn %(n)s lượt", n=max(0, held.attempts - attempts_so_far))
    if held.more_attempts:
        because = "; ".join(held.attempts_because)
        attempts = _(
            "%(attempts)s (thêm %(n)s lượt: %(because)s)", attempts=attempts, n=held.more_attempts, because=because
        )
    end = until(held.closes_at)
    if held.later_because:
        end = _("%(end)s (gia hạn: %(because)s)", end=end, because="; ".join(held.later_because))
    return _(
        "Đồng chí có %(minutes)s mỗi lượt, %(attempts)s, làm đến %(end)s.", minutes=minutes, attempts=attempts, end=end
    )


def in_short(held: Terms) -> str:
    """The bare figures of the terms."""
    attempts = _("%(n)s lượt", n=held.attempts) if held.attempts else _("không giới hạn số lượt")
    return _("%(n)s phút, %(attempts)s, làm đến %(end)s", n=held.minutes, attempts=attempts, end=until(held.closes_at))


def until(moment: datetime) -> str:
    """“hết 12/12/2026” for the end of a day, and any other moment with its time."""
    day = vietnamese.format_date(moment)
    if moment == vietnamese.end_of_day(vietnamese.day_of(moment)):
        return _("hết %(day)s", day=day)
    return _("%(time)s ngày %(day)s", time=vietnamese.format_time(moment), day=day)


def sentence_of_exception(who: str, title: str | None, extra: Extra) -> str:
    """What somebody gets, in words; without a title for every quiz of the drive."""
    quiz = _("bài kiểm tra chuyên đề “%(title)s”", title=title) if title else _("mọi bài kiểm tra của đợt")
    parts = [
        _("%(n)s phút", n=extra.minutes) if extra.minutes else "",
        _("%(n)s lượt", n=extra.attempts) if extra.attempts else "",
    ]
    more = _(" và ").join(filter(None, parts))
    if extra.open_until is None:
        return _("%(who)s được thêm %(more)s cho %(quiz)s.", who=who, more=more, quiz=quiz)
    end = until(extra.open_until)
    if not more:
        return _("%(who)s được làm %(quiz)s đến %(end)s.", who=who, quiz=quiz, end=end)
    return _("%(who)s được thêm %(more)s cho %(quiz)s, làm đến %(end)s.", who=who, more=more, quiz=quiz, end=end)


def sentence_of_allowance(who: str, percent: int, valid_from: date, valid_to: date | None) -> str:
    """What somebody gets at every quiz, in words."""
    first = vietnamese.format_date(valid_from)
    if valid_to is None:
        return _(
            "%(who)s được thêm %(n)s%% thời gian ở mọi bài kiểm tra từ %(first)s.", who=who, n=percent, first=first
        )
    last = vietnamese.format_date(valid_to)
    return _(
        "%(who)s được thêm %(n)s%% thời gian ở mọi bài kiểm tra từ %(first)s đến hết %(last)s.",
        who=who,
        n=percent,
        first=first,
        last=last,
    )


def refusal_of_extra(extra: Extra, closes_at: datetime, now: datetime) -> str | None:
    """Say why an exception cannot be made like this; None means it can."""
    if not extra.reason:
        return _("Đồng chí ghi lý do. Người học đọc được lý do này.")
    if not (extra.minutes or extra.attempts or extra.open_until):
        return _("Đồng chí cho thêm ít nhất một điều: phút, lượt, hoặc ngày kết thúc muộn hơn.")
    if extra.open_until and extra.open_until <= closes_at:
        return _("Ngày kết thúc muộn hơn phải sau ngày đóng của đợt (%(day)s).", day=vietnamese.format_date(closes_at))
    if extra.open_until and extra.open_until <= now:
        return _("Ngày kết thúc muộn hơn đã qua. Đồng chí chọn ngày khác.")
    return None


def refusal_to_start(held: Terms, attempts_so_far: int, has_open: bool) -> str | None:
    """Say why no new attempt can start; None means it can. An open attempt is continued instead."""
    if has_open:
        return _("Đồng chí đang có một lượt làm dở. Hãy làm tiếp lượt đó.")
    if held.attempts and attempts_so_far >= held.attempts:
        return _("Đồng chí đã làm đủ %(n)s lượt của bài kiểm tra này.", n=held.attempts)
    return None


def refusal_to_answer(submitted_at: datetime | None, due_at: datetime, now: datetime) -> str | None:
    """Say why an answer cannot be taken at this moment of the server's clock."""
    if submitted_at is not None:
        return _("Lượt làm này đã nộp, không sửa được nữa.")
    if now > due_at + GRACE:
        return _("Đã hết giờ làm bài. Những câu đã lưu trước đó được tính.")
    return None


def due_at(started_at: datetime, held: Terms) -> datetime:
    """When the attempt ends: after its minutes, but never after the quiz closes for this learner."""
    return min(started_at + timedelta(minutes=held.minutes), held.closes_at)


def draw(keys: Sequence[str], count: int, seed: int) -> list[str]:
    """Which questions an attempt asks, in its order; the same seed always draws the same."""
    return random.Random(seed).sample(sorted(keys), min(count, len(keys)))  # noqa: S311


def shuffled(question: Question, seed: int) -> list[Option]:
    """The options in this attempt's order. True and false keep theirs."""
    options = list(question.options)
    if question.kind != "true_false":
        random.Random(f"{seed}/{question.id}").shuffle(options)  # noqa: S311
    return options


def explained(question: Question, answer: Answer, seed: int) -> list[Part]:
    """What each part of the question gave, in the order in which this attempt showed them."""
    parts = {part.id: part for part in KINDS[question.kind].explain(question, answer)}
    return [parts[option.id] for option in shuffled(question, seed)]


@dataclass(frozen=True)
class Result:
    """Points out of the number of questions; `marks` is the fraction earned by each."""

    marks: Mapping[str, Fraction]

    @property
    def points(self) -> Fraction:
        return sum(self.marks.values(), Fraction(0))

    @property
    def percent(self) -> Fraction:
        return 100 * self.points / len(self.marks) if self.marks else Fraction(0)

    def passes(self, plan: QuizPlan) -> bool:
        return self.percent >= plan.pass_percent


def mark(questions: Sequence[Question], answers: Mapping[str, Answer]) -> Result:
    """Mark an attempt; a question without an answer earns nothing."""
    return Result({one.id: KINDS[one.kind].mark(one, answers.get(one.id, ())) for one in questions})
