"""The rules of quizzes: what holds for everybody, what somebody is given beyond, and when an attempt may start."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from lms import vietnamese
from lms.content.rules import Counts, Feedback, Practice, QuizPlan

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
    practice: Practice


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


PRACTICE_NAMES = {
    Practice.OFF: "không",
    Practice.AFTER: "khi đã xong bài kiểm tra",
    Practice.ALWAYS: "bất cứ lúc nào",
}


PRACTICE_IN_WORDS = {
    Practice.OFF: "Không có phần tự luyện.",
    Practice.AFTER: "Người học tự luyện được khi đã đạt, đã làm đủ lượt hoặc bài kiểm tra đã đóng.",
    Practice.ALWAYS: "Người học tự luyện được bất cứ lúc nào, nên biết trước đáp án của cả những câu sẽ gặp.",
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
        _(PRACTICE_IN_WORDS[held.practice]),
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

    @property
    def shows_something(self) -> bool:
        return self.marks or self.answers or self.explanations


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
    passed: bool | None
    """None while a person has something to mark."""


@dataclass(frozen=True)
class Outcome:
    """The result that counts. `number` is the attempt's; None for an average. Not `passed` and not failed: it waits."""

    percent: float
    passed: bool | None
    number: int | None


TOLERANCE = 0.001
"""In percent: stored points have four decimals, and an average of them must not fail for the rest."""


def outcome(counts: Counts, pass_percent: int, tries: Sequence[Try]) -> Outcome | None:
    """Which attempt counts; None while none is handed in. A passed attempt is better than any that is not.

    While an attempt waits for a person, nobody is said to have passed or failed by what it may still change.
    """
    if not tries:
        return None
    waits = any(one.passed is None for one in tries)
    if counts is Counts.AVERAGE:
        percent = sum(one.percent for one in tries) / len(tries)
        return Outcome(percent, None if waits else percent >= pass_percent - TOLERANCE, None)
    if counts is Counts.BEST:
        chosen = max(tries, key=lambda one: (bool(one.passed), one.passed is None, one.percent, -one.number))
    else:
        chosen = (min if counts is Counts.FIRST else max)(tries, key=lambda one: one.number)
    return Outcome(chosen.percent, chosen.passed, chosen.number)


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


def due_at(started_at: datetime, held: Terms) -> datetime:
    """When the attempt ends: after its minutes, but never after the quiz closes for this learner."""
    return min(started_at + timedelta(minutes=held.minutes), held.closes_at)
