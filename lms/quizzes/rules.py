"""The rules of quizzes: what holds for a learner, when an attempt may start, what it draws, how it is marked."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from flask_babel import gettext as _

from lms import vietnamese
from lms.content.blueprints import fill
from lms.content.rules import Candidate, Cell, Counts, Feedback, Option, Question, QuizPlan
from lms.quizzes.kinds import KINDS, Answer, Part

GRACE = timedelta(seconds=15)
"""An answer on its way when time runs out still counts, for so long unless a quiz says otherwise; the due time that is
shown does not move."""


@dataclass(frozen=True)
class Rules:
    """What holds for everybody at a module's quiz in a drive: the module's words, and over them the organisers'."""

    opens_at: datetime
    closes_at: datetime
    minutes: int
    attempts: int
    wait_minutes: int
    counts: Counts
    pass_percent: int
    feedback: Feedback
    show_marks: bool
    show_answers: bool
    show_explanations: bool
    shuffle: bool
    one_a_page: bool
    grace_seconds: int


RULES = tuple(field.name for field in fields(Rules))


def resolve(plan: QuizPlan, opens_at: datetime, closes_at: datetime, own: Mapping[str, Any]) -> Rules:
    """The organisers' own word for each rule where they have one, else the module's; never outside the drive."""
    chosen: dict[str, Any] = {name: getattr(plan, name, None) for name in RULES}
    chosen.update({name: value for name, value in own.items() if name in RULES and value is not None})
    first, last = chosen["opens_at"] or opens_at, chosen["closes_at"] or closes_at
    chosen["opens_at"] = min(max(first, opens_at), closes_at)
    chosen["closes_at"] = max(min(last, closes_at), chosen["opens_at"])
    return Rules(**chosen)


def refusal_of_window(opens_at: datetime, closes_at: datetime, first: datetime, last: datetime) -> str | None:
    """Say why a quiz cannot open and close like this in a drive from `first` to `last`; None: it can."""
    if opens_at >= closes_at:
        return _("Bài kiểm tra phải mở trước khi đóng.")
    if opens_at < first or closes_at > last:
        return _(
            "Bài kiểm tra mở và đóng trong thời gian của đợt: từ %(first)s đến %(last)s.",
            first=until(first),
            last=until(last),
        )
    return None


COUNTS_NAMES = {
    Counts.BEST: "lượt tốt nhất",
    Counts.LAST: "lượt cuối cùng",
    Counts.FIRST: "lượt đầu tiên",
    Counts.AVERAGE: "trung bình các lượt",
}
FEEDBACK_NAMES = {
    Feedback.AT_ONCE: "ngay sau mỗi câu",
    Feedback.SUBMITTED: "sau khi nộp bài",
    Feedback.CLOSED: "sau khi bài kiểm tra đóng",
}


def in_words(held: Rules) -> str:
    """The rules as a paragraph that an organiser and a learner understand alike."""
    sentences = [
        _("Bài kiểm tra mở từ %(first)s đến %(last)s.", first=moment(held.opens_at), last=until(held.closes_at)),
        _(
            "Mỗi người làm %(attempts)s, mỗi lượt %(minutes)s phút%(wait)s.",
            attempts=_("tối đa %(n)s lượt", n=held.attempts) if held.attempts else _("bao nhiêu lượt cũng được"),
            minutes=held.minutes,
            wait=_(", lượt sau cách lượt trước ít nhất %(time)s", time=span(held.wait_minutes))
            if held.wait_minutes
            else "",
        ),
        _("Kết quả là %(counts)s, đạt từ %(n)s%% số điểm.", counts=_(COUNTS_NAMES[held.counts]), n=held.pass_percent),
        shown_in_words(held),
        _("Thứ tự câu hỏi và phương án được xáo cho từng lượt.")
        if held.shuffle
        else _("Câu hỏi và phương án giữ thứ tự của người soạn."),
        _("Mỗi trang một câu.") if held.one_a_page else _("Mọi câu trên một trang."),
        _("Câu trả lời đến chậm nhất %(n)s giây sau khi hết giờ vẫn được tính.", n=held.grace_seconds),
    ]
    return " ".join(sentences)


def shown_in_words(held: Rules) -> str:
    """What a learner sees of their attempt, and when."""
    shown = [
        word
        for word, is_shown in (
            (_("điểm"), held.show_marks),
            (_("đáp án đúng"), held.show_answers),
            (_("lời giải thích"), held.show_explanations),
        )
        if is_shown
    ]
    if not shown:
        return _("Người học không xem lại điểm từng câu, đáp án và lời giải thích.")
    what = _(" và ").join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    return _("Người học xem %(what)s %(when)s.", what=what, when=_(FEEDBACK_NAMES[held.feedback]))


def span(minutes: int) -> str:
    """“90 phút”, “2 giờ”, “1 ngày”."""
    if minutes and minutes % 1440 == 0:
        return _("%(n)s ngày", n=minutes // 1440)
    if minutes and minutes % 60 == 0:
        return _("%(n)s giờ", n=minutes // 60)
    return _("%(n)s phút", n=minutes)


def moment(at: datetime) -> str:
    """“14 giờ 05 ngày 12/12/2026”."""
    return _("%(time)s ngày %(day)s", time=_time(at), day=vietnamese.format_date(at))


def _time(at: datetime) -> str:
    hours, minutes = vietnamese.format_time(at).split(":")
    return _("%(h)s giờ %(m)s", h=int(hours), m=minutes)


@dataclass(frozen=True)
class Review:
    """What a learner may see of a finished attempt. `later` says when the rest comes; empty when nothing does."""

    marks: bool
    answers: bool
    explanations: bool
    later: str = ""


ALL = Review(True, True, True)


def review(held: Rules, closes_at: datetime, now: datetime) -> Review:
    """What may be seen of an attempt that is handed in; `closes_at` is when the quiz closes for this learner."""
    if held.feedback is Feedback.CLOSED and now <= closes_at:
        return Review(False, False, False, _("Kết quả xem được sau %(end)s.", end=until(closes_at)))
    return Review(held.show_marks, held.show_answers, held.show_explanations)


def review_at_once(held: Rules) -> Review:
    """What may be seen of a question as soon as it is answered, in an attempt that is still running."""
    if held.feedback is not Feedback.AT_ONCE:
        return Review(False, False, False)
    return Review(held.show_marks, held.show_answers, held.show_explanations)


@dataclass(frozen=True)
class Try:
    """What counting needs to know of an attempt that is handed in."""

    number: int
    percent: float
    passed: bool


@dataclass(frozen=True)
class Outcome:
    """The result that counts. `number` is the attempt's; None for an average."""

    percent: float
    passed: bool
    number: int | None


TOLERANCE = 0.001
"""In percent: stored points have four decimals, and an average of them must not fail for the rest."""


def outcome(counts: Counts, pass_percent: int, tries: Sequence[Try]) -> Outcome | None:
    """Which attempt counts; None while none is handed in. A passed attempt is better than any that is not."""
    if not tries:
        return None
    if counts is Counts.AVERAGE:
        percent = sum(one.percent for one in tries) / len(tries)
        return Outcome(percent, percent >= pass_percent - TOLERANCE, None)
    if counts is Counts.BEST:
        chosen = max(tries, key=lambda one: (one.passed, one.percent, -one.number))
    else:
        chosen = (min if counts is Counts.FIRST else max)(tries, key=lambda one: one.number)
    return Outcome(chosen.percent, chosen.passed, chosen.number)


LATE_FOR = timedelta(hours=24)
"""So long after the end an answer still counts that waited in a browser without network and was written in time."""

DRIFT = timedelta(seconds=5)
"""By so much a browser's clock may run faster than the server's during an attempt."""


class Event(StrEnum):
    """What happens to an attempt, for its timeline."""

    START = "start"
    SAVE = "save"
    LATE = "late"
    REFUSED = "refused"
    HAND_IN = "hand_in"
    CLOSE = "close"
    OPEN = "open"


@dataclass(frozen=True)
class Tick:
    """What the server signed: at this moment it was in touch with this person's page of this attempt."""

    attempt_id: int
    person_id: int
    at: datetime


@dataclass(frozen=True)
class Claim:
    """When an answer is said to have been written: so long after a tick; no tick when its signature was not ours."""

    tick: Tick | None
    elapsed: timedelta

    @property
    def written_at(self) -> datetime | None:
        return self.tick.at + self.elapsed if self.tick else None


@dataclass(frozen=True)
class Extra:
    """What one exception or allowance gives beyond the rules, and why; `percent` is of the quiz's own minutes."""

    reason: str
    minutes: int = 0
    attempts: int = 0
    open_until: datetime | None = None
    percent: int = 0

    def minutes_beyond(self, plan: "QuizPlan | Rules") -> int:
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


def terms(plan: QuizPlan | Rules, closes_at: datetime, extras: Iterable[Extra]) -> Terms:
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


def waits_until(wait_minutes: int, last_handed_in: datetime | None) -> datetime | None:
    """When the next attempt may begin, counted from the last one's hand-in; None is at once."""
    return last_handed_in + timedelta(minutes=wait_minutes) if wait_minutes and last_handed_in else None


def refusal_to_wait(held: Rules, closes_at: datetime, waits: datetime | None, now: datetime) -> str | None:
    """Say that a quiz is not open, or that the next attempt must wait; None means that it is time.

    `closes_at` is when the quiz closes for this learner.
    """
    if now > closes_at:
        return _("Bài kiểm tra đã đóng từ %(when)s.", when=moment(closes_at))
    if now < held.opens_at:
        return _("Bài kiểm tra mở từ %(when)s.", when=moment(held.opens_at))
    if waits is None or now >= waits:
        return None
    if vietnamese.day_of(waits) == vietnamese.day_of(now):
        return _("Đồng chí làm lại được từ %(when)s.", when=_time(waits))
    return _("Đồng chí làm lại được từ %(when)s.", when=moment(waits))


def refusal_to_start(held: Terms, attempts_so_far: int, has_open: bool) -> str | None:
    """Say why no new attempt can start; None means it can. An open attempt is continued instead."""
    if has_open:
        return _("Đồng chí đang có một lượt làm dở. Hãy làm tiếp lượt đó.")
    if held.attempts and attempts_so_far >= held.attempts:
        return _("Đồng chí đã làm đủ %(n)s lượt của bài kiểm tra này.", n=held.attempts)
    return None


def refusal_to_answer(
    submitted_at: datetime | None, due_at: datetime, now: datetime, grace: timedelta = GRACE
) -> str | None:
    """Say why an answer cannot be taken at this moment of the server's clock."""
    if submitted_at is not None:
        return _("Lượt làm này đã nộp, không sửa được nữa.")
    if now > due_at + grace:
        return _("Đã hết giờ làm bài. Những câu đã lưu trước đó được tính.")
    return None


MILLISECOND = timedelta(milliseconds=1)
"""Ticks count in these, so one may look a little older than the attempt it was given for."""


@dataclass(frozen=True)
class Attempted:
    """Where an attempt stands, for deciding about what arrives."""

    started_at: datetime
    due_at: datetime
    submitted_at: datetime | None = None
    by_timeout: bool = False
    opened_at: datetime | None = None
    grace: timedelta = GRACE


def refusal_of_late(state: Attempted, claim: Claim, now: datetime) -> str | None:
    """Say why an answer that arrives after the end does not count; None means that it was written in time.

    That nobody lied is another question: `tampering` asks it first.
    """
    if state.submitted_at is not None and not state.by_timeout:
        return refusal_to_answer(state.submitted_at, state.due_at, now)
    if state.opened_at is not None:
        return _("Kết quả lượt này đã được xem nên không nhận thêm câu trả lời.")
    if now > state.due_at + LATE_FOR:
        return _(
            "Câu trả lời đến quá muộn: chỉ nhận trong %(n)s giờ sau khi hết giờ làm bài.",
            n=int(LATE_FOR.total_seconds() // 3600),
        )
    if claim.written_at is None or claim.written_at > state.due_at + state.grace:
        return _("Câu này được trả lời sau khi hết giờ làm bài nên không được tính.")
    return None


def tampering(attempt_id: int, person_id: int, started_at: datetime, claim: Claim, now: datetime) -> str | None:
    """Say what about a claim cannot come from our own page; None means that it can."""
    tick = claim.tick
    if tick is None:
        return _("Dấu giờ của máy chủ kèm theo câu trả lời không hợp lệ.")
    if (tick.attempt_id, tick.person_id) != (attempt_id, person_id):
        return _("Dấu giờ kèm theo câu trả lời là của lượt làm bài khác.")
    if tick.at < started_at - MILLISECOND or claim.elapsed < timedelta():
        return _("Dấu giờ kèm theo câu trả lời có trước khi bắt đầu lượt làm bài.")
    if tick.at + claim.elapsed > now + DRIFT:
        return _("Dấu giờ kèm theo câu trả lời ở sau giờ máy chủ.")
    return None


@dataclass(frozen=True)
class Fact:
    """One thing that happened to an attempt."""

    at: datetime
    kind: Event
    question: str | None = None
    chosen: tuple[str, ...] = ()
    tick_at: datetime | None = None
    written_at: datetime | None = None
    note: str | None = None
    address: str | None = None
    device: str | None = None


GAP = timedelta(minutes=5)
"""A silence of this length between two things that happened is shown on the timeline."""


@dataclass(frozen=True)
class Line:
    """A line of the timeline, with the silence before it where that was long, and whether it came after the end."""

    fact: Fact
    silence: timedelta | None
    is_after_end: bool


def lines(facts: Sequence[Fact], due_at: datetime) -> list[Line]:
    """The timeline in the order of the server's clock; what the worker does later leaves no silence behind."""
    shown: list[Line] = []
    before: datetime | None = None
    for fact in sorted(facts, key=lambda fact: fact.at):
        silence = None if before is None or fact.kind is Event.CLOSE else fact.at - before
        shown.append(Line(fact, silence if silence and silence >= GAP else None, fact.at > due_at))
        before = fact.at
    return shown


def result_is_shown(state: Attempted, now: datetime) -> bool:
    """Has the learner a right to see the result? Not while it could still tell what to answer late.

    Whoever handed in sees it at once. After a timeout it is there once the learner asks for it, which ends the time for
    late answers, or once that time is over.
    """
    if state.submitted_at is None:
        return False
    return not state.by_timeout or state.opened_at is not None or now > state.due_at + LATE_FOR


def due_at(started_at: datetime, held: Terms) -> datetime:
    """When the attempt ends: after its minutes, but never after the quiz closes for this learner."""
    return min(started_at + timedelta(minutes=held.minutes), held.closes_at)


def draw(keys: Sequence[str], count: int, seed: int) -> list[str]:
    """Which questions an attempt asks, in its order; the same seed always draws the same."""
    return random.Random(seed).sample(sorted(keys), min(count, len(keys)))  # noqa: S311


@dataclass(frozen=True)
class Paper:
    """The questions of an attempt in its order, with title and number of questions of each section.

    `missing` is how many questions the bank could not give as the plan asks for them.
    """

    keys: list[str]
    sections: list[tuple[str, int]]
    missing: int = 0


def assemble(plan: QuizPlan, bank: Sequence[Candidate], seed: int, *, shuffle: bool = True) -> Paper:
    """Put an attempt together; the same plan, bank and seed always give the same.

    Where questions have been withdrawn, a cell is filled with the nearest that there is: of the same topic, else of the
    same difficulty, else any. A withdrawn question of a fixed list is left out. Without shuffling the questions stand
    in the author's order.
    """
    place = {one.key: number for number, one in enumerate(bank)}
    if not plan.sections:
        keys = draw(list(place), plan.questions, seed)
        return Paper(keys if shuffle else sorted(keys, key=place.__getitem__), [], plan.questions - len(keys))
    chance = random.Random(seed)  # noqa: S311
    fixed = {key for section in plan.sections for key in section.fixed}
    drawable = sorted((one for one in bank if one.key not in fixed), key=lambda one: one.key)
    chance.shuffle(drawable)
    cells = [cell for section in plan.sections for cell in section.cells]
    found = fill(cells, drawable)
    missing = sum(cell.questions - len(keys) for cell, keys in zip(cells, found, strict=True))
    missing += sum(key not in place for key in fixed)
    left = {one.key: one for one in drawable if not any(one.key in keys for keys in found)}
    for cell, keys in zip(cells, found, strict=True):
        for nearest in (Cell(0, cell.topic), Cell(0, "", cell.difficulty), Cell(0)):
            for one in [one for one in left.values() if nearest.takes(one)][: cell.questions - len(keys)]:
                keys.append(one.key)
                del left[one.key]
    papers, rest = [], iter(found)
    for section in plan.sections:
        keys = [key for key in section.fixed if key in place]
        for _cell in section.cells:
            keys += next(rest) if shuffle else sorted(next(rest), key=place.__getitem__)
        if shuffle:
            chance.shuffle(keys)
        papers.append((section.title, keys))
    sizes = [(title, len(keys)) for title, keys in papers if keys]
    return Paper([key for _title, keys in papers for key in keys], sizes, missing)


def shuffled(question: Question, seed: int, *, is_shuffled: bool = True) -> list[Option]:
    """The options in this attempt's order. True and false keep theirs, and so do all where nothing is shuffled."""
    options = list(question.options)
    if is_shuffled and question.kind != "true_false":
        random.Random(f"{seed}/{question.id}").shuffle(options)  # noqa: S311
    return options


def explained(
    question: Question, answer: Answer, seed: int, *, is_shuffled: bool = True, allowed: Review = ALL
) -> list[Part]:
    """What each part of the question gave, in the order in which this attempt showed them, as far as it may be seen."""
    kind = KINDS[question.kind]
    shown = kind.explain(question, answer)
    if kind.INPUT in ("radio", "checkbox") or not allowed.answers:
        place = {option.id: at for at, option in enumerate(shuffled(question, seed, is_shuffled=is_shuffled))}
        shown.sort(key=lambda part: place.get(part.id, -1))
    if not allowed.answers:
        shown = [replace(part, is_right=False, label=part.open_label or part.label) for part in shown if part.given]
    return shown if allowed.explanations else [replace(part, explanation="") for part in shown]


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

    def passes(self, plan: QuizPlan | Rules) -> bool:
        return self.percent >= plan.pass_percent


class Effect(StrEnum):
    """What a correction does to a question that was asked."""

    KEY = "key"
    FULL = "full"
    OUT = "out"


@dataclass(frozen=True)
class Correction:
    """What is put right about a question; `right` are the options that are right from now on, for a new key."""

    effect: Effect
    right: tuple[str, ...] = ()


Corrections = Mapping[str, Correction]
"""By the question's id."""


def corrected(question: Question, corrections: Corrections) -> Question:
    """The question with the key that counts."""
    correction = corrections.get(question.id)
    if correction is None or correction.effect is not Effect.KEY:
        return question
    options = tuple(replace(option, is_right=option.id in correction.right) for option in question.options)
    return replace(question, options=options)


def refusal_of_correction(question: Question, correction: Correction) -> str | None:
    """Say why a question cannot be corrected like this; None means it can."""
    if correction.effect is not Effect.KEY:
        return None
    now = corrected(question, {question.id: correction})
    if set(correction.right) - {option.id for option in question.options}:
        return _("Câu hỏi không có phương án này. Đồng chí tải lại trang rồi chọn lại.")
    if now == question:
        return _("Đáp án đồng chí chọn giống đáp án đang dùng. Đồng chí chọn phương án đúng khác.")
    return KINDS[question.kind].check(now.options)


def mark(
    questions: Sequence[Question], answers: Mapping[str, Answer], corrections: Corrections | None = None
) -> Result:
    """Mark an attempt; a question without an answer earns nothing.

    A correction may give a question another key, give everybody its whole point, or leave it out of the count.
    """
    marks = {}
    for question in questions:
        correction = (corrections or {}).get(question.id)
        if correction is None or correction.effect is Effect.KEY:
            asked = corrected(question, corrections or {})
            marks[question.id] = KINDS[asked.kind].mark(asked, answers.get(asked.id, ()))
        elif correction.effect is Effect.FULL:
            marks[question.id] = Fraction(1)
    return Result(marks)
