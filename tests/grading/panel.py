"""A district's reviewers and the people whose texts they grade."""

from datetime import datetime, timedelta
from decimal import Decimal

from lms.access import Role
from lms.drives.models import Drive
from lms.grading import queries, services
from lms.grading.models import Grade
from lms.people.viewer import SignedIn
from lms.reflections import services as reflection_services
from lms.reflections.models import Reflection
from lms.units.models import Unit
from tests.factories import (
    NOON,
    PASSWORD,
    a_district,
    a_drive,
    a_handed_in_reflection,
    a_learner,
    a_unit,
    viewer,
    with_role,
)

LATER = NOON + timedelta(hours=1)
GOOD = {"noi-dung": Decimal("8.5"), "lien-he": Decimal("7.25")}
BETTER = {"noi-dung": Decimal("9"), "lien-he": Decimal("9")}
REWRITTEN = {"tam-dac": "Tôi tâm đắc với cách kiểm tra từng việc.", "lien-he": "Đơn vị tôi đã có số liệu mới."}


class Panel:
    """A district's drive with two reviewers and a lead, and a union whose people write."""

    def __init__(self) -> None:
        self.district: Unit = a_district()
        self.union: Unit = a_unit(under=self.district)
        self.person = with_role(Role.REVIEWER, self.district, name="Trần Thị Một", password=PASSWORD)
        self.first = viewer(self.person)
        self.second = viewer(with_role(Role.REVIEWER, self.district, name="Trần Thị Hai"))
        self.lead = viewer(with_role(Role.GRADING_LEAD, self.district, name="Trần Thị Trưởng"))
        self.drive: Drive = a_drive(self.district)

    def text(self, *, at: datetime = NOON, name: str = "Lê Thị Học Viên") -> Reflection:
        return a_handed_in_reflection(a_learner(self.drive, self.union, name=name), self.drive, at=at)

    def rewrite(self, reflection: Reflection, texts: dict[str, str] = REWRITTEN, *, at: datetime = LATER) -> None:
        author = viewer(reflection.summons.person)
        number = reflection_services.save(author, self.drive.code, texts, reflection.head, at=at).number
        reflection_services.hand_in(author, self.drive.code, number=number, at=at)


def grade(
    reflection: Reflection, by: SignedIn, scores: dict[str, Decimal] | None = None, *, at: datetime = NOON
) -> Grade:
    return services.grade(queries.essay_for(by, reflection.id), scores or GOOD, "Bài rõ.", by=by, at=at)


def send_back(reflection: Reflection, by: SignedIn) -> Grade:
    essay = queries.essay_for(by, reflection.id)
    return services.return_for_rewriting(essay, "Cần thêm số liệu.", by=by, at=NOON)
