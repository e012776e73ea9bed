"""The workspace keeps every save, and never lets one author's text vanish under another's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from lms.content import checker, queries, workspace
from lms.content import services as content
from lms.content.files import read_folder
from lms.content.models import FileRevision
from lms.db import db as database
from lms.db import transaction
from lms.errors import Refused
from lms.quizzes.kinds import CHECKS
from tests.factories import NOON, SAMPLE, a_person

LESSON = "modules/mau/lessons/01-mot.md"


def take_the_sample(**options) -> None:
    workspace.take(read_folder(SAMPLE), ["mau"], at=NOON, **options)


def text(path: str = LESSON) -> bytes | None:
    revision = workspace.current(path)
    return revision.data if revision else None


def test_a_folder_comes_in_and_goes_out_byte_for_byte_and_the_second_time_changes_nothing(db):
    take_the_sample()
    take_the_sample()

    assert workspace.texts(workspace.tree().values()) == read_folder(SAMPLE)
    assert {row.number for row in workspace.tree().values()} == {1}


def test_every_save_is_kept_and_an_equal_one_adds_nothing(db):
    author = a_person().id
    take_the_sample()

    workspace.save(LESSON, b"hai\n", 1, by=author, at=NOON)
    workspace.save(LESSON, b"hai\n", 1, by=author, at=NOON)
    workspace.save(LESSON, b"ba\n", 2, by=author, at=NOON)

    assert [(row.number, row.saved_by_id) for row in workspace.history(LESSON)] == [(3, author), (2, author), (1, None)]
    assert workspace.history(LESSON)[1].data == b"hai\n"


def test_the_second_author_meets_the_first_ones_text_and_nothing_is_lost(db):
    take_the_sample()
    workspace.save(LESSON, b"bai cua nguoi thu nhat\n", 1, by=a_person().id, at=NOON)

    with pytest.raises(workspace.Conflict) as conflict:
        workspace.save(LESSON, b"bai cua nguoi thu hai\n", 1, by=a_person().id, at=NOON)

    assert workspace.text_of(conflict.value.theirs) == "bai cua nguoi thu nhat\n"
    assert text() == b"bai cua nguoi thu nhat\n"


def test_of_two_saves_at_one_moment_one_holds_and_one_is_a_conflict(db):
    take_the_sample()

    def save(words: bytes) -> str:
        with db.app_context():
            try:
                workspace.save(LESSON, words, 1, by=None, at=NOON)
            except workspace.Conflict:
                return "conflict"
            return "saved"

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(save, [f"bài {n}\n".encode() for n in range(6)]))

    assert sorted(answers) == ["conflict"] * 5 + ["saved"]
    assert len(workspace.history(LESSON)) == 2


def test_a_deleted_file_is_gone_from_the_tree_and_stays_in_the_history(db):
    take_the_sample()

    workspace.save(LESSON, None, 1, by=None, at=NOON)

    assert LESSON not in workspace.tree()
    assert workspace.history(LESSON)[1].data == read_folder(SAMPLE)[LESSON]
    workspace.save(LESSON, b"lai co\n", 2, by=None, at=NOON)
    assert workspace.tree()[LESSON].number == 3


def test_the_folder_does_not_run_over_what_an_author_changed_unless_it_is_told_to(db):
    take_the_sample()
    author = a_person("Lê Thị Soạn")
    workspace.save(LESSON, b"ban tren trang\n", 1, by=author.id, at=NOON)

    with pytest.raises(Refused, match=r"01-mot.md đã được Lê Thị Soạn sửa.*lms content export"):
        take_the_sample()
    assert text() == b"ban tren trang\n"

    take_the_sample(overwrite=True)
    assert text() == read_folder(SAMPLE)[LESSON]
    assert workspace.history(LESSON)[1].data == b"ban tren trang\n"


def test_what_the_folder_no_longer_has_is_deleted_for_the_chosen_modules_alone(db):
    found = read_folder(SAMPLE)
    other = {path.replace("modules/mau/", "modules/khac/"): data for path, data in found.items()}
    workspace.take({**found, **other}, ["mau", "khac"], at=NOON)
    del found[LESSON]

    workspace.take(found, ["mau"], at=NOON)

    assert LESSON not in workspace.tree()
    assert "modules/khac/lessons/01-mot.md" in workspace.tree()
    assert set(workspace.tree("mau")) == set(found)


@pytest.mark.parametrize(
    "path",
    [
        "modules/mau/../khac/module.md",
        "modules/mau/lessons/01-Mot.md",
        "modules/mau/lessons/mot.md",
        "modules/mau/lessons/01-một.md",
        "modules/mau/notes.txt",
        "modules/mau/images/x.svg",
        "settings.toml",
        "modules//module.md",
        "modules/mau/module.md\n",
    ],
)
def test_no_file_lies_where_content_does_not_belong(db, path):
    with pytest.raises(Refused, match="Tên tệp"):
        workspace.save(path, b"x", 0, by=None, at=NOON)


def test_names_that_differ_only_in_case_or_accents_are_refused():
    taken = ["modules/mau/questions/chung.md", "modules/mau/images/so-do.png"]
    assert workspace.refusal_of_path("modules/mau/questions/chung.md", taken) is None
    assert "gần giống" in (workspace.refusal_of_path(taken[1], ["modules/mau/images/SO-DO.png"]) or "")


def test_a_text_that_is_far_too_long_is_refused(db):
    with pytest.raises(Refused, match="quá lớn"):
        workspace.save(LESSON, b"x" * 500_001, 0, by=None, at=NOON)


def test_a_version_remembers_its_files_and_can_be_brought_back(db):
    found = read_folder(SAMPLE)
    module = checker.check(found, kinds=CHECKS, on=NOON.date()).modules["mau"]
    [(version, _new)] = content.publish_folder(found, [module], at=NOON)
    assert {path: row.data for path, row in workspace.of_version(version.id).items()} == found
    workspace.save(LESSON, b"khac\n", 1, by=None, at=NOON)
    workspace.save("modules/mau/lessons/09-moi.md", b"moi\n", 0, by=None, at=NOON)
    workspace.save("modules/mau/quiz.md", None, 1, by=None, at=NOON)

    workspace.restore(queries.version_of("mau", 1), by=a_person().id, at=NOON + timedelta(hours=1))

    assert workspace.texts(workspace.tree("mau").values()) == found
    assert workspace.history("modules/mau/lessons/09-moi.md")[1].data == b"moi\n"


def test_a_version_from_before_the_workspace_cannot_be_brought_back_and_says_so(db):
    module = checker.check(read_folder(SAMPLE), kinds=CHECKS, on=NOON.date()).modules["mau"]
    content.publish(module, by=None, at=NOON)

    with pytest.raises(Refused, match="trước khi có kho soạn thảo"):
        workspace.restore(queries.version_of("mau", 1), by=a_person().id, at=NOON)


def test_publishing_a_folder_is_all_or_nothing(db):
    found = read_folder(SAMPLE)
    module = checker.check(found, kinds=CHECKS, on=NOON.date()).modules["mau"]
    content.publish_folder(found, [module], at=NOON)
    workspace.save(LESSON, b"ban tren trang\n", 1, by=a_person().id, at=NOON)
    before = database.session.scalar(select(func.count()).select_from(FileRevision))

    with pytest.raises(Refused):
        content.publish_folder({**found, "sources.yaml": b"A9:\n"}, [module], at=NOON)

    database.session.rollback()
    assert database.session.scalar(select(func.count()).select_from(FileRevision)) == before


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from([LESSON, "modules/mau/module.md", "sources.yaml"]), st.binary(max_size=40)))
def test_any_bytes_come_out_as_they_went_in(db, found):
    workspace.take(found, ["mau"], at=NOON, overwrite=True)

    own = {path: data for path, data in found.items() if path != "sources.yaml"}
    standing = workspace.texts(workspace.tree("mau").values())
    assert {path: data for path, data in standing.items() if path != "sources.yaml"} == own
    assert found.get("sources.yaml", standing.get("sources.yaml")) == standing.get("sources.yaml")


@given(st.text(max_size=200))
def test_what_the_editor_sends_is_stored_in_one_spelling(typed):
    once = workspace.as_bytes(typed)

    assert workspace.as_bytes(once.decode()) == once
    assert once.endswith(b"\n")
    assert b"\r" not in once


def test_a_transaction_around_a_conflict_can_go_on(db):
    take_the_sample()
    with transaction():
        with pytest.raises(workspace.Conflict):
            workspace.save(LESSON, b"x\n", 0, by=None, at=NOON)
        workspace.save(LESSON, b"y\n", 1, by=None, at=NOON)

    assert text() == b"y\n"
