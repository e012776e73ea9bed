"""Who is to grade what: a plan by reading effort, room and conflicts. The same input and seed give the same plan."""

import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from heapq import heapify, heappop, heappush

from flask_babel import gettext as _


@dataclass(frozen=True)
class Essay:
    """A text that wants readers: how long it is, whose it is, the unit it went to, and who has read it already."""

    id: int
    words: int
    author_id: int
    unit_id: int
    had_by: frozenset[int] = frozenset()
    wants: int = 1
    """How many readers more."""


@dataclass(frozen=True)
class Reviewer:
    """Somebody who grades: the units whose texts go to them, the words they have room for and those they have open."""

    id: int
    unit_ids: frozenset[int]
    room: int
    open_words: int = 0


class Why(StrEnum):
    """What keeps a text without a reader."""

    NOBODY = "nobody"
    CONFLICT = "conflict"
    FULL = "full"


def why(reason: Why) -> str:
    return {
        Why.NOBODY: _("Đơn vị nhận bài không có giám khảo nào đang làm việc."),
        Why.CONFLICT: _("Giám khảo ở đó đều vướng: là người viết, cấp trên hay cấp dưới trực tiếp, hoặc đã có bài."),
        Why.FULL: _("Giám khảo chấm được bài này đều đã hết sức chấm."),
    }[reason]


@dataclass(frozen=True)
class Share:
    """What the plan gives to one reviewer, beside what they have open."""

    reviewer: Reviewer
    essays: tuple[int, ...]
    words: int

    @property
    def percent(self) -> int:
        """How much of their room is then used."""
        return round(100 * (self.words + self.reviewer.open_words) / self.reviewer.room) if self.reviewer.room else 0


@dataclass(frozen=True)
class Plan:
    shares: tuple[Share, ...]
    left: Mapping[int, Why] = field(default_factory=dict)
    """The texts that lack a reader, with the reason."""

    @property
    def given(self) -> int:
        return sum(len(share.essays) for share in self.shares)

    def digest(self) -> str:
        """Short, and another one as soon as anything is given to somebody else."""
        facts = [(share.reviewer.id, share.essays) for share in self.shares]
        return sha256(repr(facts).encode()).hexdigest()[:16]


def plan(
    essays: Collection[Essay], reviewers: Collection[Reviewer], clashes: Mapping[int, Collection[int]], *, seed: int
) -> Plan:
    """Give every text as many readers as it wants, so that each reviewer's room is used alike and none is exceeded.

    `clashes` says by author who must not grade them; nobody grades their own. Texts that few can read come first, among
    them long before short; between equals the seed decides, so that no reviewer gets one unit's texts in a row.
    """
    people = sorted((one for one in reviewers if one.room > 0), key=lambda one: one.id)
    random.Random(seed).shuffle(people)  # noqa: S311 -- chance that anybody can repeat is wanted
    used = {one.id: one.open_words for one in people}
    given: dict[int, list[int]] = {one.id: [] for one in people}
    left: dict[int, Why] = {}
    queues: dict[int, list[tuple[float, int]]] = {
        unit_id: [(used[one.id] / one.room, rank) for rank, one in enumerate(people) if unit_id in one.unit_ids]
        for unit_id in {one.unit_id for one in essays}
    }
    for heap in queues.values():
        heapify(heap)
    barred_from = {one.id: {one.author_id, *one.had_by, *clashes.get(one.author_id, ())} for one in essays}
    for essay in _in_order(essays, people, barred_from, seed):
        barred = barred_from[essay.id]
        for _turn in range(essay.wants):
            chosen, reason = _lightest(queues[essay.unit_id], people, used, essay.words, barred)
            if chosen is None:
                left[essay.id] = reason
                break
            barred.add(chosen.id)
            used[chosen.id] += essay.words
            given[chosen.id].append(essay.id)
    return Plan(
        tuple(
            Share(one, tuple(sorted(given[one.id])), used[one.id] - one.open_words)
            for one in sorted(people, key=lambda one: one.id)
        ),
        left,
    )


def _in_order(
    essays: Collection[Essay], people: Iterable[Reviewer], barred_from: Mapping[int, set[int]], seed: int
) -> list[Essay]:
    there: dict[int, set[int]] = {one.unit_id: set() for one in essays}
    for one in people:
        for unit_id in one.unit_ids & there.keys():
            there[unit_id].add(one.id)
    mixed = sorted(essays, key=lambda one: one.id)
    random.Random(seed).shuffle(mixed)  # noqa: S311 -- as above
    able = {one.id: len(there[one.unit_id]) - len(there[one.unit_id] & barred_from[one.id]) for one in mixed}
    return sorted(mixed, key=lambda one: (able[one.id], -one.words))


def _lightest(
    heap: list[tuple[float, int]],
    people: Sequence[Reviewer],
    used: Mapping[int, int],
    words: int,
    barred: Collection[int],
) -> tuple[Reviewer | None, Why]:
    """Whoever of the heap has used the least of their room and may and can take so many words more.

    A reviewer who stands in several heaps has perhaps got more since; loads only grow, so what is out of date is put
    back with today's load when it comes up.
    """
    passed: list[tuple[float, int]] = []
    reason, found = Why.CONFLICT if heap else Why.NOBODY, None
    while heap:
        load, rank = heappop(heap)
        one = people[rank]
        now = used[one.id] / one.room
        if now != load:
            heappush(heap, (now, rank))
            continue
        passed.append((load, rank))
        if one.id in barred:
            continue
        if used[one.id] + words <= one.room:
            found = one
            break
        reason = Why.FULL
    for entry in passed:
        heappush(heap, entry)
    return found, reason


def room_of(a_day: int, mean_words: int, days: int) -> int:
    """Words that somebody has room for who grades so many texts of middling length on each of these days."""
    return max(a_day, 0) * max(mean_words, 1) * max(days, 0)


def days_present(first: date, last: date, absences: Iterable[tuple[date, date]]) -> int:
    """The days from the first to the last, both counted, on which somebody is not away."""
    away = list(absences)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return sum(not any(begin <= day <= end for begin, end in away) for day in days)
