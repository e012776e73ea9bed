"""Questions from files of other programs into the draft, and from the draft into such files."""

from io import BytesIO

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms import clock
from lms.access import Action
from lms.authoring import queries, rules, services
from lms.authoring.forms import FoundForm, ImportForm
from lms.authoring.queries import Draft
from lms.authoring.rules import Part, part_of
from lms.authoring.views.blueprint import SEVERITY_NAMES, bp, content_of
from lms.content import exchange
from lms.content.exchange import to_sheet
from lms.content.exchange.items import shown as shortened
from lms.content.exchange.items import slug as as_slug
from lms.content.exchange.writing import WRITERS, Exported, export
from lms.errors import NotFound, Refused
from lms.quizzes.kinds import CHECKS, KINDS
from lms.web import current_user


@bp.get("/<slug>/import")
def new_import(slug: str) -> ResponseReturnValue:
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    return _import_page(draft, _import_form(draft))


def _import_form(draft: Draft) -> ImportForm:
    form = ImportForm()
    form.lesson.choices = list(draft.lessons.items())
    known = draft.report.previews[draft.module.slug].sources
    facts = [(source.id, f"{source.id}: {shortened(source.statement)}") for source in known]
    form.source.choices = [("", _("Điền sau")), *facts]
    return form


def _import_page(draft: Draft, form: ImportForm) -> str:
    return render_template("authoring/import.html", draft=draft, module=draft.module, form=form)


@bp.post("/<slug>/import")
def read_import(slug: str) -> ResponseReturnValue:
    """What a file holds, item by item; nothing is written."""
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    form = _import_form(draft)
    if not form.validate():
        return _import_page(draft, form), 422
    sent = form.file.data
    found = exchange.read(
        sent.filename or "",
        content_of(sent),
        kinds=CHECKS,
        lesson=form.lesson.data or "",
        sources=[form.source.data] if form.source.data else [],
        taken=draft.question_ids(),
    )
    stem = rules.free(as_slug((sent.filename or "").rpartition(".")[0]) or "cau-hoi-nhap", _question_stems(draft))
    next_form = FoundForm(formdata=None, stem=stem, markdown=found.markdown)
    return render_template(
        "authoring/found.html", draft=draft, module=draft.module, found=found, form=next_form, severities=SEVERITY_NAMES
    )


def _question_stems(draft: Draft) -> list[str]:
    return [rules.stem_of(name) for name in draft.names if part_of(name) is Part.QUESTIONS]


@bp.post("/<slug>/import/write")
def write_import(slug: str) -> ResponseReturnValue:
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    form = FoundForm()
    if form.validate():
        try:
            name = services.write_questions(
                draft, form.stem.data or "", form.markdown.data or "", by=current_user, at=clock.now()
            )
        except Refused as refused:
            form.stem.errors = [*form.stem.errors, refused.sentence]
        else:
            flash(_("Đã thêm tệp câu hỏi vào bản thảo. Đồng chí sửa các chỗ còn báo lỗi."))
            return redirect(url_for("authoring.edit", slug=slug, name=name))
    page = render_template(
        "authoring/found.html", draft=draft, module=draft.module, found=None, form=form, severities=SEVERITY_NAMES
    )
    return page, 422


@bp.get("/<slug>/import/mau.xlsx")
def question_sheet(slug: str) -> ResponseReturnValue:
    """The sheet to write over, a filled row of each kind."""
    queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    return send_file(BytesIO(to_sheet.template()), as_attachment=True, download_name="cau-hoi-mau.xlsx")


# --- Export -----------------------------------------------------------------------------------------------------------


@bp.get("/<slug>/export")
def new_export(slug: str) -> ResponseReturnValue:
    """Every format with what it would lose, question by question."""
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    found = {form: _exported(draft, form) for form in WRITERS}
    return render_template(
        "authoring/export.html",
        draft=draft,
        module=draft.module,
        found=found,
        writers=WRITERS,
        kinds={name: kind.NAME for name, kind in KINDS.items()},
    )


@bp.get("/<slug>/export/<form>")
def export_questions(slug: str, form: str) -> ResponseReturnValue:
    draft = queries.draft_for(current_user, slug, Action.EDIT_CONTENT)
    if form not in WRITERS:
        raise NotFound()
    name = f"{slug}{WRITERS[form].suffix}"
    return send_file(BytesIO(_exported(draft, form).data), "application/octet-stream", True, name)


def _exported(draft: Draft, form: str) -> Exported:
    """The questions without errors; what stands beside them does not matter here."""
    return export(form, draft.report.previews[draft.module.slug].questions)
