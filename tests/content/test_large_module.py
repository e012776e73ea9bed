"""A module of 500 questions is checked while its author waits."""

import time

from lms.content import checker
from lms.content.files import read_folder
from lms.quizzes.kinds import CHECKS
from tests.content import large
from tests.content.test_checker import TODAY


def test_five_hundred_different_questions_are_checked_in_seconds(tmp_path):
    large.write(tmp_path)

    started = time.process_time()
    report = checker.check(read_folder(tmp_path), kinds=CHECKS, on=TODAY)
    spent = time.process_time() - started

    assert (report.errors, len(report.modules["mau"].questions) >= large.QUESTIONS) == ([], True)
    assert spent < 5
