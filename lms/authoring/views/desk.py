"""The desk, a module as files, the editor, pictures."""

from collections.abc import Mapping

from flask import (
    Response,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import access, clock, vietnamese
from lms.access import ROLES_FOR, Action
from lms.authoring import examples, preview, queries, rules, services
from lms.authoring.forms import ModuleForm, PictureForm
from lms.authoring.queries import Draft
from lms.authoring.rules import Part, part_of, path_of
from lms.authoring.views.blueprint import SEVERITY_NAMES, bp, content_of
from lms.content import workspace
from lms.content.exchange.items import slug as as_slug
from lms.content.files import SHARED
from lms.content.models import FileRevision, Module
from lms.content.queries import STAFF
from lms.content.rules import Fault
from lms.db import db, storable
from lms.errors import BadInput, NotAllowed, NotFound, Refused, wants_json
from lms.quizzes.kinds import KINDS
from lms.units.models import Unit
from lms.web import content_security_policy, current_user, number

WITH_FRAME = content_security_policy(frame_src="'self'")
IN_FRAME = content_security_policy(frame_ancestors="'self'")

PART_NAMES = {
    Part.INTRODUCTION: "Giới thiệu",
    Part.LESSONS: "Bài học",
    Part.QUESTIONS: "Câu hỏi",
    Part.QUIZ: "Bài kiểm tra",
    Part.REFLECTION: "Thu hoạch",
    Part.SOURCES: "Nguồn",
    Part.IMAGES: "Ảnh",
}


# --- The desk ---------------------------------------------------------------------------------------------------------


@bp.get("/")
def desk() -> ResponseReturnValue:
    if not any(access.may(current_user, action) for action in STAFF):
        raise NotAllowed()
    words = vietnamese.fold(request.args.get("q", "")[:200])
    rows = queries.desk(current_user)
    found = [row for row in rows if words in vietnamese.fold(f"{row.module.code} {row.title} {row.module.slug}")]
    return render_template(
        "authoring/desk.html",
        rows=found,
        words=request.args.get("q", "")[:200],
        is_empty=not rows,
        may_create=access.may(current_user, Action.EDIT_CONTENT),
    )


@bp.get("/new")
def new() -> ResponseReturnValue:
    return render_template("authoring/new.html", form=_module_form())


@bp.post("/new")
def create() -> ResponseReturnValue:
    form = _module_form()
    if form.validate():
        slug = form.slug.data or as_slug(form.title.data or "")
        try:
            services.create_module(
                slug=slug,
                code=form.code.data or "",
                title=form.title.data or "",
                unit_id=form.unit.data,
                by=current_user,
                at=clock.now(),
            )
        except Refused as refused:
            form.form_errors.append(refused.sentence)
        else:
            flash(_("Đã tạo chuyên đề với nội dung mẫu. Đồng chí mở từng tệp và viết đè nội dung của mình."))
            return redirect(url_for("authoring.module", slug=slug))
    return render_template("authoring/new.html", form=form), 422


def _module_form() -> ModuleForm:
    access.require(current_user, Action.EDIT_CONTENT)
    form = ModuleForm()
    roots = current_user.unit_ids(ROLES_FOR[Action.EDIT_CONTENT])
    units = db.session.scalars(db.select(Unit).where(Unit.id.in_(roots)).order_by(Unit.sort_key))
    form.unit.choices = [(unit.id, unit.name) for unit in units]
    return form


# --- A module as files ------------------------------------------------------------------------------------------------


@bp.get("/<slug>/")
def module(slug: str) -> ResponseReturnValue:
    return _module_page(queries.draft_for(current_user, slug, *STAFF))


def _module_page(draft: Draft, refusal: str = "", title: str = "") -> str:
    parts = draft.parts()
    return render_template(
        "authoring/module.html",
        draft=draft,
        module=draft.module,
        parts=parts,
        part_names=PART_NAMES,
        last_lesson=len(parts[Part.LESSONS]),
        missing=[part for name, part in rules.WHOLE_FILES.items() if name not in draft.names],
        deleted=queries.deleted(draft.module.slug),
        latest=draft.latest.number if draft.latest else 0,
        may_edit=queries.may_edit(current_user, draft.module, "module.md"),
        refusal=refusal,
        typed=title,
    )


@bp.post("/<slug>/add")
def add(slug: str) -> ResponseReturnValue:
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    title = request.form.get("title", "")[:400]
    try:
        part = Part(request.form.get("part", ""))
    except ValueError:
        raise BadInput() from None
    if part is Part.IMAGES:
        raise BadInput()
    try:
        name = services.add_file(draft, part, title, by=current_user, at=clock.now())
    except Refused as refused:
        return _module_page(draft, refused.sentence, title), 409
    flash(_("Đã thêm tệp với nội dung mẫu. Đồng chí viết đè nội dung của mình."))
    return redirect(url_for("authoring.edit", slug=slug, name=name))


@bp.post("/<slug>/move/<path:name>")
def move(slug: str, name: str) -> ResponseReturnValue:
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    step = {"up": -1, "down": 1}.get(request.form.get("step", ""))
    if step is None:
        raise BadInput()
    if name not in draft.names:
        raise NotFound()
    services.move(draft, name, step, by=current_user, at=clock.now())
    return redirect(url_for("authoring.module", slug=slug, _anchor="lessons"))


# --- One file: its name, its history, its end -------------------------------------------------------------------------


@bp.get("/<slug>/file/<path:name>")
def file(slug: str, name: str) -> ResponseReturnValue:
    found, path = queries.path_for(current_user, slug, name, *STAFF)
    return _file_page(found, path, name)


def _file_page(module: Module, path: str, name: str, refusal: str = "", stem: str | None = None) -> str:
    draft = queries.draft_of(module)
    history = workspace.history(path)
    wanted = request.args.get("revision", type=number)
    shown = next((row for row in history if row.number == wanted), None)
    is_standing = path in draft.files
    may_edit = queries.may_edit(current_user, module, name)
    return render_template(
        "authoring/file.html",
        draft=draft,
        module=module,
        name=name,
        title=draft.title_of(name),
        stem=rules.stem_of(name) if stem is None else stem,
        part=part_of(name),
        history=history,
        shown=shown,
        shown_text=workspace.text_of(shown),
        is_standing=is_standing,
        may_edit=may_edit,
        may_rename=may_edit and is_standing and part_of(name) in (Part.LESSONS, Part.QUESTIONS, Part.IMAGES),
        may_delete=may_edit and is_standing and path not in SHARED,
        refusal_to_delete=rules.refusal_to_delete(name),
        broken=queries.broken_without(draft, [path]) if may_edit and is_standing else [],
        latest=draft.latest.number if draft.latest else 0,
        refusal=refusal,
    )


@bp.post("/<slug>/rename/<path:name>")
def rename(slug: str, name: str) -> ResponseReturnValue:
    module, path = queries.path_for(current_user, slug, name, Action.EDIT_CONTENT)
    draft = queries.draft_of(module)
    if path not in draft.files:
        raise NotFound()
    stem = request.form.get("stem", "")[:200]
    try:
        renamed = services.rename(draft, name, stem, by=current_user, at=clock.now())
    except Refused as refused:
        return _file_page(module, path, name, refused.sentence, stem), 409
    flash(_("Đã đổi tên tệp. Mã bên trong giữ nguyên, nên kết quả học tập không đổi."))
    return redirect(url_for("authoring.file", slug=slug, name=renamed))


@bp.post("/<slug>/delete/<path:name>")
def delete(slug: str, name: str) -> ResponseReturnValue:
    module, path = queries.path_for(current_user, slug, name, Action.EDIT_CONTENT)
    based_on = request.form.get("based_on", 0, type=number)
    try:
        services.delete(queries.draft_of(module), name, based_on, by=current_user, at=clock.now())
    except Refused as refused:
        return _file_page(module, path, name, refused.sentence), 409
    flash(_("Đã xóa tệp khỏi bản thảo. Muốn lấy lại, đồng chí mở mục “Tệp đã xóa”."))
    return redirect(url_for("authoring.module", slug=slug))


@bp.post("/<slug>/restore/<path:name>")
def restore(slug: str, name: str) -> ResponseReturnValue:
    _module, path = queries.path_for(current_user, slug, name, Action.EDIT_CONTENT)
    services.restore(path, request.form.get("revision", 0, type=number), by=current_user, at=clock.now())
    flash(_("Đã khôi phục bản được chọn; bản trước đó vẫn còn trong lịch sử."))
    return redirect(url_for("authoring.file", slug=slug, name=name))


# --- The editor -------------------------------------------------------------------------------------------------------


@bp.get("/<slug>/edit/<path:name>")
def edit(slug: str, name: str) -> ResponseReturnValue:
    """`?add=KIND` opens a file of questions with a filled one below the others, not saved yet."""
    draft, path = _standing_file(slug, name)
    revision = draft.revisions[path]
    text = workspace.text_of(revision)
    kind = request.args.get("add", "")
    if kind in examples.KINDS and part_of(name) is Part.QUESTIONS:
        text = f"{text.rstrip()}\n\n{services.example_question(draft, kind)}"
    return _editor(draft, name, text, revision.number)


def _standing_file(slug: str, name: str) -> tuple[Draft, str]:
    """A text that is there, with its module."""
    module, path = queries.path_for(current_user, slug, name, *STAFF)
    draft = queries.draft_of(module)
    if path not in draft.files or part_of(name) is Part.IMAGES:
        raise NotFound()
    return draft, path


def _editor(draft: Draft, name: str, text: str, based_on: int, refusal: str = "") -> Response:
    path = path_of(draft.module.slug, name)
    edited = draft.with_file(path, workspace.as_bytes(text))
    faults = edited.faults_of(path)
    part = part_of(name)
    lesson, source = next(iter(draft.lessons), services.NO_LESSON), next(iter(draft.sources), services.NO_SOURCE)
    page = render_template(
        "authoring/editor.html",
        draft=draft,
        module=draft.module,
        name=name,
        part=part,
        part_names=PART_NAMES,
        title=edited.title_of(name),
        text=text,
        saved=draft.text(name),
        based_on=based_on,
        faults=faults,
        others=len(edited.judgement.faults) - len(faults),
        severity_names=SEVERITY_NAMES,
        pieces=examples.pieces(part, id=services.free_id(edited, part), lesson=lesson, source=source, on=clock.today()),
        sources=draft.report.previews[draft.module.slug].sources
        if part in (Part.LESSONS, Part.INTRODUCTION, Part.QUESTIONS)
        else [],
        may_edit=queries.may_edit(current_user, draft.module, name),
        may_upload=part in (Part.LESSONS, Part.INTRODUCTION),
        picture_form=PictureForm(formdata=None),
        refusal=refusal,
    )
    return _with_policy(page, WITH_FRAME)


def _with_policy(page: str, policy: str) -> Response:
    response = make_response(page)
    response.headers["Content-Security-Policy"] = policy
    return response


@bp.post("/<slug>/edit/<path:name>")
def save(slug: str, name: str) -> ResponseReturnValue:
    """Save, or with `do=check` only show what the checker says; what was typed stays on the page in any case."""
    module, path = queries.path_for(current_user, slug, name, Action.EDIT_CONTENT)
    text, based_on = _sent_text(), request.form.get("based_on", 0, type=number)
    draft = queries.draft_of(module)
    if request.form.get("do") == "check":
        return _editor(draft, name, text, based_on)
    try:
        services.save_text(path, text, based_on, by=current_user, at=clock.now())
    except workspace.Conflict as conflict:
        return _conflict_page(draft, path, name, text, conflict.theirs), 409
    except Refused as refused:
        response = _editor(draft, name, text, based_on, refused.sentence)
        response.status_code = 409
        return response
    flash(_("Đã lưu lúc %(time)s.", time=vietnamese.format_time(clock.now())))
    return redirect(url_for("authoring.edit", slug=slug, name=name))


def _sent_text() -> str:
    return storable(request.form.get("text", ""))


def _conflict_page(draft: Draft, path: str, name: str, mine: str, theirs: FileRevision | None) -> str:
    mine = workspace.as_bytes(mine).decode()
    return render_template(
        "authoring/conflict.html",
        draft=draft,
        module=draft.module,
        name=name,
        mine=mine,
        theirs=theirs,
        rows=rules.side_by_side(workspace.text_of(theirs), mine),
    )


@bp.post("/<slug>/check/<path:name>")
def check(slug: str, name: str) -> ResponseReturnValue:
    """For the script: faults and preview of a text that is not saved."""
    draft, path = _standing_file(slug, name)
    body = request.get_json(silent=True) if request.is_json else request.form
    text = body.get("text") if isinstance(body, Mapping) else None
    if not isinstance(text, str):
        raise BadInput()
    edited = _edited(draft, path, storable(text))
    here = [fault for fault in edited.report.faults if fault.file == path]
    return jsonify(
        {
            "faults": [_as_json(fault) for fault in here],
            "others": len(edited.report.faults) - len(here),
            "preview": _preview_page(edited, name),
        }
    )


def _edited(draft: Draft, path: str, text: str) -> Draft:
    data = workspace.as_bytes(text)
    if len(data) > workspace.LARGEST_TEXT:
        raise Refused(_("Tệp quá lớn. Chia nội dung thành nhiều tệp nhỏ hơn."))
    return draft.with_file(path, data)


def _as_json(fault: Fault) -> dict[str, object]:
    return {
        "line": fault.line,
        "severity": fault.severity.value,
        "name": SEVERITY_NAMES[fault.severity],
        "message": fault.message,
        "cure": fault.cure,
        "excerpt": fault.excerpt,
    }


# --- The preview ------------------------------------------------------------------------------------------------------


@bp.get("/<slug>/preview/<path:name>")
def show(slug: str, name: str) -> ResponseReturnValue:
    draft, _path = _standing_file(slug, name)
    return _with_policy(_preview_page(draft, name), IN_FRAME)


@bp.post("/<slug>/preview/<path:name>")
def show_unsaved(slug: str, name: str) -> ResponseReturnValue:
    """The text as it was typed, or an answered question of it; nothing is stored."""
    draft, path = _standing_file(slug, name)
    return _with_policy(_preview_page(_edited(draft, path, _sent_text()), name), IN_FRAME)


def _preview_page(draft: Draft, name: str) -> str:
    shown = preview.of(draft, name)
    return render_template(
        "authoring/preview.html",
        shown=shown,
        name=name,
        module=draft.module,
        text=draft.text(name),
        kinds=KINDS,
        marked=preview.marked(shown, request.form) if "mark" in request.form else {},
    )


# --- Pictures ---------------------------------------------------------------------------------------------------------


@bp.get("/<slug>/pictures/<file_name>")
def picture(slug: str, file_name: str) -> ResponseReturnValue:
    """A picture of the draft, as its author sent it."""
    draft = queries.draft_for(current_user, slug, *STAFF)
    return preview.picture(draft, file_name)


@bp.get("/<slug>/add-picture")
def new_picture(slug: str) -> ResponseReturnValue:
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    return render_template("authoring/picture.html", draft=draft, module=draft.module, form=PictureForm(), markdown="")


@bp.post("/<slug>/add-picture")
def add_picture(slug: str) -> ResponseReturnValue:
    """The answer holds the line that shows the picture; a script gets it as JSON."""
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    form = PictureForm()
    markdown = ""
    if form.validate():
        sent = form.picture.data
        try:
            markdown = services.add_picture(
                draft,
                sent.filename or "",
                content_of(sent),
                form.alternative.data or "",
                by=current_user,
                at=clock.now(),
            )
        except Refused as refused:
            form.picture.errors = [*form.picture.errors, refused.sentence]
    if wants_json():
        errors = [str(message) for messages in form.errors.values() for message in messages]
        return (jsonify({"markdown": markdown}), 200) if markdown else (jsonify({"error": " ".join(errors)}), 422)
    page = render_template("authoring/picture.html", draft=draft, module=draft.module, form=form, markdown=markdown)
    return page, 200 if markdown else 422
