"""How texts are graded in a drive, as its organisers set it."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal

from lms import access, audit
from lms.access import Action
from lms.db import db, transaction
from lms.drives.models import Drive
from lms.drives.rules import Settling
from lms.grading.agreement import Agreement
from lms.people.viewer import SignedIn


@dataclass(frozen=True)
class GradingRules:
    """What organisers decide about grading; each stands on the drive under the same name."""

    is_blind: bool = False
    untouched_days: int = 5
    marks_wanted: int = 1
    most_apart: Decimal = Decimal(1)
    settle_by: Settling = Settling.MEAN
    appeal_days: int = 5
    appeal_answer_days: int = 10

    @property
    def agreement(self) -> Agreement:
        return Agreement(self.marks_wanted, self.most_apart, self.settle_by)


def rules_of(drive: Drive) -> GradingRules:
    return GradingRules(*(getattr(drive, one.name) for one in fields(GradingRules)))


def agreement_of(drive: Drive) -> Agreement:
    """How many mark a text of the drive, and when they agree."""
    return rules_of(drive).agreement


def set_rules(drive: Drive, rules: GradingRules, *, by: SignedIn, at: datetime) -> None:
    """Let grading in the drive go by these rules from now on. What was decided before stays as it is."""
    access.require(by, Action.ORGANISE_DRIVES, drive.unit_id)
    with transaction():
        held = db.session.get_one(Drive, drive.id, with_for_update=True, populate_existing=True)
        before = rules_of(held)
        if before == rules:
            return
        for name, value in asdict(rules).items():
            setattr(held, name, value)
        was, now = ({name: _plain(value) for name, value in asdict(one).items()} for one in (before, rules))
        audit.record("set_grading_rules", "drive", drive.id, by=by.person_id, at=at, before=was, after=now)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value
