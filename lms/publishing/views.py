"""The second half of authoring: proposals, the impact of publishing, versions, and facts that no longer hold."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock, vietnamese
from lms.access import Action
from lms.content import queries as content
from lms.content import workspace
from lms.content.changes import marked
from lms.content.models import Module, ModuleVersion, Proposal
from lms.content.queries import STAFF
from lms.db import db
from lms.errors import NotAllowed, NotFound, Refused
from lms.publishing import queries, services
from lms.publishing.rules import Change
from lms.web import current_user, number

bp = Blueprint("publishing", __name__, url_prefix="/publishing")

CHANGE_NAMES = {Change.NEW: "Mới", Change.CHANGED: "Thay đổi", Change.REMOVED: "Bỏ"}
OTHER_NAMES = {
    "title": "Tên chuyên đề",
    "introduction": "Phần giới thiệu",
    "order": "Thứ tự các bài",
    "quiz": "Cách ra bài kiểm tra",
    "prompts": "Câu hỏi thu hoạch",
    "rubric": "Thang chấm",
}


def _comparison(before: ModuleVersion | None, draft: queries.Draft) -> dict[str, object]:
    """What every page that shows a draft beside a version needs."""
    return {
        "draft": draft,
        "latest": before,
        "difference": queries.difference(before, draft),
        "sources": queries.sources_of(draft),
        "marked": marked,
        "change_names": CHANGE_NAMES,
        "other_names": OTHER_NAMES,
    }


def _note() -> str:
    return vietnamese.nfc(request.form.get("note", "").strip())[:2000]


@bp.get("/<slug>/propose")
def propose(slug: str) -> ResponseReturnValue:
    module = content.module_for(current_user, slug, Action.EDIT_CONTENT)
    return _proposing(module)


def _proposing(module: Module, refusal: str = "") -> str:
    latest = queries.latest_of(module.id)
    shown = _comparison(latest, queries.draft_of(module))
    return render_template("publishing/propose.html", module=module, refusal=refusal, note=_note(), **shown)


@bp.post("/<slug>/propose")
def send_proposal(slug: str) -> ResponseReturnValue:
    module = content.module_for(current_user, slug, Action.EDIT_CONTENT)
    try:
        services.propose(module, _note(), by=current_user, at=clock.now())
    except Refused as refused:
        return _proposing(module, refused.sentence), 409
    flash(_("Đã gửi thẩm định."))
    return redirect(url_for("publishing.versions", slug=slug))


def _proposal_for(proposal_id: int) -> Proposal:
    """A proposal of a module that the viewer writes or reviews."""
    proposal = db.session.get(Proposal, proposal_id)
    if proposal is None:
        raise NotFound()
    content.module_for(current_user, proposal.module.slug, *STAFF)
    return proposal


@bp.get("/proposals/<int:proposal_id>")
def proposal(proposal_id: int) -> ResponseReturnValue:
    return _proposal_page(_proposal_for(proposal_id))


def _proposal_page(proposal: Proposal, refusal: str = "") -> str:
    draft = queries.draft_of(proposal.module)
    return render_template(
        "publishing/proposal.html",
        proposal=proposal,
        module=proposal.module,
        is_current=draft.digest == proposal.digest,
        refusal=refusal,
        note=_note(),
        **_comparison(queries.latest_of(proposal.module_id), draft),
    )


@bp.post("/proposals/<int:proposal_id>")
def decide(proposal_id: int) -> ResponseReturnValue:
    found = _proposal_for(proposal_id)
    content.module_for(current_user, found.module.slug, Action.APPROVE_CONTENT)
    decision = request.form.get("decision")
    if decision not in ("approve", "turn-down"):
        abort(400)
    try:
        services.decide(found, decision == "approve", _note(), by=current_user, at=clock.now())
    except Refused as refused:
        db.session.expire_all()
        return _proposal_page(_proposal_for(proposal_id), refused.sentence), 409
    flash(_("Đã đồng ý cho xuất bản.") if decision == "approve" else _("Đã trả lại cho người soạn."))
    return redirect(url_for("publishing.versions", slug=found.module.slug))


@bp.get("/<slug>/publish")
def publish(slug: str) -> ResponseReturnValue:
    return _publishing(content.module_for(current_user, slug, Action.EDIT_CONTENT))


def _publishing(module: Module, refusal: str = "") -> str:
    draft = queries.draft_of(module)
    return render_template(
        "publishing/publish.html",
        module=module,
        refusal=refusal or services.refusal_to_publish(module, draft) or "",
        may_publish=services.refusal_to_publish(module, draft) is None,
        touched=queries.touched_by(module.id, at=clock.now()),
        **_comparison(queries.latest_of(module.id), draft),
    )


@bp.post("/<slug>/publish")
def make_version(slug: str) -> ResponseReturnValue:
    module = content.module_for(current_user, slug, Action.EDIT_CONTENT)
    drives = [value for value in map(_number, request.form.getlist("drive")) if value is not None]
    try:
        version = services.publish(
            module,
            request.form.get("digest", ""),
            request.form.getlist("again"),
            drives,
            by=current_user,
            at=clock.now(),
        )
    except Refused as refused:
        return _publishing(module, refused.sentence), 409
    flash(_("Đã xuất bản phiên bản %(n)s.", n=version.number))
    return redirect(url_for("publishing.versions", slug=slug))


def _number(text: str) -> int | None:
    try:
        return number(text)
    except ValueError:
        return None


@bp.get("/<slug>/versions")
def versions(slug: str) -> ResponseReturnValue:
    module = content.module_for(current_user, slug, *STAFF)
    draft = queries.draft_of(module)
    found = content.version_numbers(module.id)
    return render_template(
        "publishing/versions.html",
        module=module,
        draft=draft,
        is_latest=bool(found) and found[0].digest == draft.digest,
        refusal_to_publish=services.refusal_to_publish(module, draft),
        versions=found,
        proposals=queries.proposals_of(module.id),
        may_edit=content.may_on(current_user, module, Action.EDIT_CONTENT),
        may_review=content.may_on(current_user, module, Action.APPROVE_CONTENT),
    )


@bp.get("/<slug>/versions/<int:version>")
def version(slug: str, version: int) -> ResponseReturnValue:
    """What the draft changes against one version, and the way back to it."""
    module = content.module_for(current_user, slug, *STAFF)
    found = content.version_of(module.slug, version)
    return render_template(
        "publishing/version.html",
        module=module,
        may_restore=content.may_on(current_user, module, Action.EDIT_CONTENT) and bool(workspace.of_version(found.id)),
        **_comparison(found, queries.draft_of(module)),
    )


@bp.post("/<slug>/versions/<int:version>/restore")
def restore(slug: str, version: int) -> ResponseReturnValue:
    module = content.module_for(current_user, slug, Action.EDIT_CONTENT)
    found = content.version_of(module.slug, version)
    workspace.restore(found, by=current_user.person_id, at=clock.now())
    flash(_("Bản thảo đã trở lại như phiên bản %(n)s. Xem tác động rồi xuất bản.", n=found.number))
    return redirect(url_for("publishing.publish", slug=slug))


@bp.get("/facts")
def facts() -> ResponseReturnValue:
    """Facts that no longer hold, or soon will not, in the modules that the viewer writes or reviews."""
    if not any(access.may(current_user, action) for action in STAFF):
        raise NotAllowed()
    modules = db.session.scalars(content.modules_for(current_user, *STAFF))
    found = queries.lapsing_facts([module.id for module in modules], clock.today())
    return render_template("publishing/facts.html", facts=found)
