"""The inspection committee's read-only page."""

from lms import audit
from lms.access import Role
from lms.deeds import ACTION_NAMES
from lms.people import services as people
from lms.reports import queries
from tests.factories import NOON, a_district, a_person, a_unit, viewer, with_role


def test_an_auditor_sees_what_was_done_in_their_units_and_nothing_of_the_neighbours(db):
    here, there = a_district(), a_district("Liên đoàn Lao động huyện Bên Cạnh")
    mine, theirs = a_person("Lê Văn Trong", of=a_unit(under=here)), a_person("Lê Văn Ngoài", of=a_unit(under=there))
    auditor = viewer(with_role(Role.AUDITOR, here))
    for person in (mine, theirs):
        people.issue_code(person, by=None, at=NOON, days=3)
    audit.seal()

    lines = queries.audit_trail(auditor, words="", after=0)

    assert {line.entry.subject_id for line in lines if line.entry.action == "issue_code"} == {mine.id}
    assert all(line.seal for line in lines)


def test_the_trail_is_searched_without_diacritics(db):
    here = a_district()
    found, other = a_person("Đỗ Thị Ánh", of=a_unit(under=here)), a_person("Lê Văn Khác", of=a_unit(under=here))
    auditor = viewer(with_role(Role.AUDITOR, here))
    for person in (found, other):
        people.issue_code(person, by=None, at=NOON, days=3)

    lines = queries.audit_trail(auditor, words="do thi anh", after=0)

    assert [line.entry.subject_id for line in lines] == [found.id]


def test_every_action_that_the_program_records_has_a_vietnamese_name_and_no_other_has():
    import re
    from pathlib import Path

    import lms

    code = "".join(
        file.read_text("utf-8") for file in Path(lms.__file__).parent.rglob("*.py") if file.name != "rules.py"
    )
    recorded = set(re.findall(r'audit\.record\(\s*"(\w+)"', code))
    said = set(re.findall(r'"(\w+)"', code))

    assert recorded <= set(ACTION_NAMES)
    assert set(ACTION_NAMES) <= said
