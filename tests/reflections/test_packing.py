"""Every state of a text in little room."""

import random

from hypothesis import given
from hypothesis import strategies as st

from lms.db import db as database
from lms.reflections import packing, queries
from lms.reflections.models import Revision
from tests.reflections.test_services import Writer

TEXTS = st.dictionaries(st.sampled_from(["tam-dac", "lien-he"]), st.text(max_size=60))


@given(TEXTS, TEXTS)
def test_what_was_packed_comes_back_to_the_byte(before, after):
    first, second = packing.to_bytes(before), packing.to_bytes(after)

    assert packing.unpack_whole(packing.pack_whole(first)) == first
    assert packing.unpack_change(first, packing.pack_change(first, second)) == second
    assert packing.to_texts(second) == after


def test_five_hundred_saves_of_an_essay_take_less_than_ten_times_its_size_and_all_can_be_read(db):
    writer, chance = Writer(), random.Random(7)
    typed = ["".join(chance.choices("aăâeêioôơuưyđ", k=4)) for _word in range(400)]
    words: list[str] = []
    saved = []
    for number in range(500):
        at = len(words) if chance.random() < 0.8 else chance.randrange(len(words) + 1)
        words[at:at] = chance.choices(typed, k=6)
        saved.append({"tam-dac": " ".join(words), "lien-he": ""})
        writer.save(saved[-1], number)

    rows = queries.revisions_of(writer.desk.reflection)

    room = sum(len(row.packed) + len(row.sha256) + 40 for row in rows)
    assert room < 10 * len(packing.to_bytes(saved[-1]))
    assert [row.number for row in rows] == list(range(500, 0, -1))
    for number in (1, 2, 49, 50, 51, 250, 499, 500):
        assert queries.revision(writer.desk.reflection, number).texts == saved[number - 1]
    assert database.session.query(Revision).count() == 500
