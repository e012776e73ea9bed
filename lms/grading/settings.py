"""How texts are graded in a drive, as its organisers set it."""

from dataclasses import asdict, dataclass
from datetime import datetime

from lms import access, audit
from lms.access import Action
from lms.db import db, transaction
from lms.drives.models import Drive
from lms.people.viewer import SignedIn


@dataclass(frozen=True)
class GradingRules:
    """What organisers decide about grading; each stands on the drive under the same name."""

    is_blind: bool = False
    untouched_days: int = 5


def rules_of(drive: Drive) -> GradingRules:
    return GradingRules(drive.is_blind, drive.untouched_days)


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
        was, now = asdict(before), asdict(rules)
        audit.record("set_grading_rules", "drive", drive.id, by=by.person_id, at=at, before=was, after=now)
