"""Names and numbers of files, and two texts side by side."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lms.authoring import examples, rules
from lms.authoring.rules import Part

LESSONS = ["lessons/01-mot.md", "lessons/02-hai.md", "lessons/05-ba.md", "module.md"]
words = st.text(st.sampled_from("a b:#-'\"[]{}&*!|>%@`ằ\n.,1"), max_size=12)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("module.md", Part.INTRODUCTION),
        ("lessons/01-mot.md", Part.LESSONS),
        ("questions/chung.md", Part.QUESTIONS),
        ("quiz.md", Part.QUIZ),
        ("reflection.md", Part.REFLECTION),
        ("sources.yaml", Part.SOURCES),
        ("shared/glossary.yaml", Part.SOURCES),
        ("images/so-do.png", Part.IMAGES),
    ],
)
def test_every_file_has_its_part_and_its_way_back(name: str, part: Part) -> None:
    assert rules.part_of(name) is part
    assert rules.name_of(rules.path_of("mau", name)) == name


def test_a_new_lesson_comes_after_all_others_as_long_as_there_are_numbers() -> None:
    assert rules.next_lesson(LESSONS, "bon") == "lessons/06-bon.md"
    assert rules.next_lesson([], "mot") == "lessons/01-mot.md"
    assert rules.next_lesson(["lessons/99-cuoi.md"], "nua") is None


def test_moving_closes_gaps_and_stops_at_the_ends() -> None:
    assert rules.moved(LESSONS, "lessons/05-ba.md", -1) == {
        "lessons/01-mot.md": "lessons/01-mot.md",
        "lessons/05-ba.md": "lessons/02-ba.md",
        "lessons/02-hai.md": "lessons/03-hai.md",
    }
    assert rules.moved(LESSONS, "lessons/01-mot.md", -1) == {}
    assert rules.moved(LESSONS, "lessons/05-ba.md", 1) == {}
    assert rules.moved(LESSONS, "lessons/09-khong.md", 1) == {}


@pytest.mark.parametrize(
    ("name", "renamed"),
    [
        ("lessons/01-mot.md", "lessons/01-moi.md"),
        ("questions/chung.md", "questions/moi.md"),
        ("images/so-do.png", "images/moi.png"),
        ("questions/questions.md", "questions/moi.md"),
    ],
)
def test_renaming_keeps_folder_number_and_ending(name: str, renamed: str) -> None:
    assert rules.renamed(name, "moi") == renamed


@given(theirs=words, mine=words)
def test_side_by_side_both_texts_are_whole(theirs: str, mine: str) -> None:
    rows = rules.side_by_side(theirs, mine)

    assert "\n".join(row.theirs for row in rows if row.theirs is not None) == theirs
    assert "\n".join(row.mine for row in rows if row.mine is not None) == mine
    assert theirs != mine or not any(row.differs for row in rows)


@given(title=words.map(lambda text: " ".join(text.split())).filter(bool))
def test_any_title_can_stand_in_a_declaration(title: str) -> None:
    assert yaml.load(f"title: {examples.as_value(title)}", Loader=yaml.BaseLoader) == {"title": title}
