"""What an attempt asks: questions drawn from the bank, and their order and that of options, from a stored seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from lms.content.blueprints import fill
from lms.content.rules import Candidate, Cell, Option, Question, QuizPlan


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
