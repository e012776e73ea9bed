"""Proposing, deciding, publishing and going back."""

from collections.abc import Collection
from datetime import datetime

from flask_babel import gettext as _

from lms import audit
from lms.content import services as content
from lms.content.models import Module, ModuleVersion, Proposal
from lms.db import transaction
from lms.drives import services as drives
from lms.errors import Refused
from lms.people.viewer import SignedIn
from lms.publishing import queries, rules
from lms.publishing.queries import Draft


def is_latest(module: Module, draft: Draft) -> bool:
    latest = queries.latest_of(module.id)
    return latest is not None and latest.digest == draft.digest


def refusal_to_publish(module: Module, draft: Draft) -> str | None:
    """Why this draft cannot become a version now."""
    approved = queries.is_approved(module.id, draft.digest)
    return rules.refusal_to_publish(draft.errors, is_latest(module, draft), approved)


def propose(module: Module, note: str, *, by: SignedIn, at: datetime) -> Proposal:
    """Lay the draft before a content reviewer; an older proposal that still waits gives way to it."""
    draft = queries.draft_of(module)
    waiting = queries.waiting_proposal(module.id)
    refusal = rules.refusal_to_propose(
        draft.errors, is_latest(module, draft), waiting is not None and waiting.digest == draft.digest
    )
    if refusal:
        raise Refused(refusal)
    with transaction() as session:
        if waiting is not None:
            _close(waiting, False, _("Có bản mới hơn."), by=by, at=at)
        proposal = Proposal(
            module_id=module.id, digest=draft.digest, note=note, proposed_at=at, proposed_by_id=by.person_id
        )
        session.add(proposal)
        session.flush()
        audit.record("propose", "proposal", proposal.id, by=by.person_id, at=at, after={"digest": draft.digest})
        return proposal


def decide(proposal: Proposal, approves: bool, reason: str, *, by: SignedIn, at: datetime) -> None:
    """The second person's word on one digest. Refused when the text has changed since it was proposed."""
    draft = queries.draft_of(proposal.module)
    editors = queries.editors_of(draft, queries.latest_of(proposal.module_id))
    if refusal := rules.refusal_to_decide(by.person_id, proposal.proposed_by_id, editors):
        raise Refused(refusal)
    if not approves and not reason:
        raise Refused(_("Ghi lý do trả lại để người soạn biết cần sửa gì."))
    if approves and draft.digest != proposal.digest:
        raise Refused(_("Bản thảo đã thay đổi sau khi gửi. Người soạn cần gửi lại bản mới."))
    with transaction() as session:
        session.refresh(proposal, with_for_update=True)
        if proposal.decided_at is not None:
            raise Refused(_("Bản này đã được quyết định rồi."))
        _close(proposal, approves, reason, by=by, at=at)


def _close(proposal: Proposal, approves: bool, reason: str, *, by: SignedIn, at: datetime) -> None:
    proposal.decided_at, proposal.decided_by_id = at, by.person_id
    proposal.is_approved, proposal.reason = approves, reason
    action = "approve" if approves else "turn_down"
    audit.record(
        action, "proposal", proposal.id, by=by.person_id, at=at, reason=reason, after={"digest": proposal.digest}
    )


def publish(
    module: Module, digest: str, read_again: Collection[str], drive_ids: Collection[int], *, by: SignedIn, at: datetime
) -> ModuleVersion:
    """Make the draft a version and let these drives show it, in one transaction.

    `digest` is the content whose impact the person saw; another one is refused.
    """
    draft = queries.draft_of(module)
    if refusal := refusal_to_publish(module, draft):
        raise Refused(refusal)
    if draft.checked is None or draft.digest != digest:
        raise Refused(_("Bản thảo vừa thay đổi. Đồng chí xem lại tác động rồi xuất bản."))
    touched = {one.drive.id for one in queries.touched_by(module.id, at=at)}
    with transaction():
        version, _is_new = content.publish(
            draft.checked, by=by.person_id, at=at, revisions=draft.revisions, read_again=read_again
        )
        drives.adopt(version, touched & set(drive_ids), by=by.person_id, at=at)
        return version
