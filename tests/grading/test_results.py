"""What a result says about the next step."""

from decimal import Decimal

from lms.content.rules import Criterion, Level
from lms.grading.results import Line, lines

GOOD, FAIR, POOR = Level(8, "Tốt", "Có số liệu."), Level(5, "Đạt", "Có ý."), Level(0, "Chưa đạt", "Còn thiếu.")
CRITERION = Criterion("noi-dung", "Nội dung", 60, (GOOD, FAIR, POOR))


def test_the_next_level_is_the_nearest_better_one():
    levels = [Line(CRITERION, Decimal(score), CRITERION.level_of(score)).above for score in (9, 6, 1)]

    assert levels == [None, GOOD, FAIR]


def test_a_criterion_without_a_score_has_no_line():
    other = Criterion("lien-he", "Liên hệ", 40, (FAIR, POOR))

    assert [line.criterion.id for line in lines([CRITERION, other], {"noi-dung": "7.5"})] == ["noi-dung"]
