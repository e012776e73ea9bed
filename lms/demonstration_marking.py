"""Demonstration data for marking by a person: a small drive that is over, with texts that still wait for a reviewer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from lms.content import services as content
from lms.content.rules import Module, Option, Question
from lms.drives import queries as drives
from lms.drives import services as drive_services
from lms.drives.rules import Kind
from lms.people.models import Person
from lms.people.viewer import SignedIn, acting_as
from lms.quizzes import by_hand, watching
from lms.quizzes import queries as quiz_queries
from lms.quizzes import services as quizzes
from lms.quizzes.kinds import KINDS, is_marked_by_hand
from lms.units.models import Unit

MODULE, DRIVE, SLUG = "uy-ban-kiem-tra-cong-doan", "tinh-huong-kiem-tra", "tinh-huong-kiem-tra"

SITUATION = Question(
    "th-01",
    "free_text",
    "so-luong-co-cau",
    ("C6",),
    "<p>Có ý kiến đề nghị đưa cả ba Phó Chủ tịch vào Ủy ban Kiểm tra bảy người “cho tiện chỉ đạo”. Đồng chí trả lời "
    "thế nào? Nêu giới hạn, lý do và một cách làm khác.</p>",
    (
        Option(
            "a", "Nêu đúng giới hạn một phần ba (2 điểm)", True, "Bảy người thì nhiều nhất hai ủy viên Ban Chấp hành."
        ),
        Option("b", "Nêu lý do: kiểm tra phải độc lập (2 điểm)", True, "Người kiểm tra không tự kiểm tra mình."),
        Option("c", "Nêu một cách làm khác khả thi (1 điểm)", True, "Ví dụ mời dự họp, nghe báo cáo định kỳ."),
        Option(
            "d",
            "Bài trả lời mẫu (không quá 80 từ)",
            False,
            "Trong Ủy ban bảy người, ủy viên Ban Chấp hành nhiều nhất là hai. Nếu đông hơn, Ban Chấp hành tự kiểm tra "
            "mình. Muốn nắm việc kịp thời, Ban Chấp hành nghe Ủy ban báo cáo hằng quý.",
        ),
    ),
)

TEXTS = (
    "Không đưa cả ba được. Bảy người thì ủy viên Ban Chấp hành nhiều nhất hai. Kiểm tra mà toàn người chỉ đạo thì "
    "không còn độc lập. Tôi đề nghị mỗi quý Ủy ban báo cáo Ban Chấp hành một lần.",
    "Theo tôi là không nên, vì vừa chỉ đạo vừa kiểm tra thì khó nói thẳng. Ban Chấp hành cứ nghe báo cáo là nắm được.",
    "Nhiều nhất một phần ba, tức hai người. Người còn lại có thể được mời dự khi cần.",
    "Đưa vào cũng được nếu đoàn viên đồng ý, miễn là làm việc có trách nhiệm.",
    "Giới hạn là một phần ba nên ba trên bảy là vượt. Kiểm tra cần độc lập. Cách khác: phân một người làm đầu mối.",
    "Không đúng quy định về tỷ lệ. Ba người là gần một nửa.",
    "Tôi trả lời là chỉ hai đồng chí được tham gia. Lý do: để kết luận kiểm tra khách quan, đoàn viên tin.",
    "Đồng chí nào giỏi chuyên môn thì vào, không kể chức vụ.",
)
POINTS = (("2.0", "2.0", "1.0"), ("0.0", "1.5", "1.0"), ("2.0", "0.0", "1.0"), ("0.0", "0.0", "0.0"))
NOTE = "Nêu thêm con số: một phần ba của bảy là mấy người."


def fill(checked: Module, district: Unit, cadres: Sequence[Person], staff: dict[str, SignedIn], now: datetime) -> None:
    """The drive with a learner for each text; the reviewers have marked the first of them."""
    choices = [one for one in checked.questions if one.kind in ("single_choice", "gap_text")][-4:]
    assert checked.quiz is not None
    module = replace(
        checked,
        slug=SLUG,
        code="TH04",
        title="Tình huống về Ủy ban Kiểm tra",
        questions=(*choices, SITUATION),
        quiz=replace(checked.quiz, questions=len(choices) + 1),
        prompts=(),
        rubric=(),
    )
    version, _is_new = content.publish(module, by=None, at=now - timedelta(days=30), unit_id=district.id)
    organiser = staff["bantochuc"]
    plan = drive_services.Plan(
        title="Thi xử lý tình huống kiểm tra",
        kind=Kind.CAMPAIGN,
        partners="",
        opens_at=now - timedelta(days=20),
        reflection_due_at=now - timedelta(days=3),
        closes_at=now - timedelta(days=2),
        versions=[version],
        reflection_version=None,
    )
    drive = drive_services.create_drive(DRIVE, district, plan, by=organiser)
    people = list(cadres[-len(TEXTS) :])
    drive_services.summon(drive, people, by=organiser, at=now - timedelta(days=21), reason="Kế hoạch số 15/KH-LĐLĐ")
    ids = []
    for turn, (person, text) in enumerate(zip(people, TEXTS, strict=True)):
        viewer, begun = acting_as(person), now - timedelta(days=6, minutes=20 * turn)
        attempt = quizzes.start_attempt(drives.place_for(viewer, DRIVE, SLUG), at=begun)
        sent = {
            one.id: [text] if is_marked_by_hand(one) else KINDS[one.kind].best(one)
            for one in quiz_queries.questions_of(attempt)
        }
        hurry = timedelta(seconds=9) if turn == len(TEXTS) - 1 else timedelta(minutes=7)
        quizzes.hand_in(viewer, attempt.id, sent, 1, at=begun + hurry)
        ids.append(attempt.id)
    reviewer, second = staff["giamkhao1"], staff["giamkhao2"]
    for attempt_id, points in zip(ids, POINTS, strict=False):
        _mark(attempt_id, points, by=reviewer, at=now - timedelta(days=1))
    _mark(ids[1], ("0.0", "2.0", "1.0"), by=second, at=now - timedelta(hours=5), reason="Sót ý thứ hai")
    watching.look(at=now, portions=1000)


def _mark(attempt_id: int, points: Sequence[str], *, by: SignedIn, at: datetime, reason: str = "") -> None:
    paper = by_hand.paper_for(by, attempt_id, SITUATION.id)
    given = dict(zip("abc", points, strict=True))
    note = NOTE if points[0] == "0.0" else ""
    by_hand.mark(paper, given, note=note, reason=reason, seen=paper.last.id if paper.last else 0, by=by, at=at)
