"""Aiken: bad blocks are passed over with their line, the good ones are read."""

import pytest

from tests.content.exchange.files import imported, key_of, keys, only, options, told


@pytest.mark.parametrize("sign", [") ", ". ", ")", "."])
def test_questions_are_read_with_either_sign_and_any_space(sign):
    item = only(imported("a.txt", f"Ai bầu <b>ủy viên</b>?\nA{sign}Một\nB{sign}Hai\nANSWER: B\n"))

    assert (item.stem, options(item), key_of(item)) == ("Ai bầu &lt;b>ủy viên&lt;/b>?", ["Một", "Hai"], "B")


def test_every_bad_block_is_told_and_the_good_ones_are_kept():
    text = (
        "Chỉ một phương án\nA) Một\nANSWER: A\n\nA) Chưa có câu hỏi\n\nANSWER: A\n\n"
        "Câu tốt\nA) Một\nB) Hai\nANSWER: A\n\n"
        "Chưa xong\nA) Một\nB) Hai\n\nCâu tốt nữa\nA)Một\nB)Hai\nANSWER: B\n\nSai chữ\nA) Một\nB) Hai\nANSWER: C\n"
    )

    found = imported("a.txt", text)

    assert (keys(found), [where for where, _message in told(found)]) == (["A", "B"], ["1", "5", "7", "14", "23"])


def test_a_question_on_two_lines_is_told():
    found = imported("a.txt", "Dòng một\ndòng hai\nA) x\nB) y\nANSWER: A\n")

    message = "Câu hỏi chưa có dòng ANSWER, hoặc lời dẫn dài quá một dòng."
    assert (told(found), [item.stem for item in found.items]) == ([("1", message)], ["dòng hai"])
