"""One page says who may do what.

A permission is a question about a viewer and a unit: the unit that a thing belongs to, or None where a page spans all
that the viewer holds. Whether it is the right moment is a rule of the step, not a permission.
"""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Protocol, TypeVar

from flask_babel import gettext as _

from lms.errors import NotAllowed


class Role(StrEnum):
    """What somebody may do within a unit and everything under it (domain.md §3)."""

    SYSTEM_ADMIN = "system_admin"
    UNIT_ADMIN = "unit_admin"
    ORGANISER = "organiser"
    AUTHOR = "author"
    CONTENT_REVIEWER = "content_reviewer"
    REVIEWER = "reviewer"
    GRADING_LEAD = "grading_lead"
    LEADER = "leader"
    AUDITOR = "auditor"


ROLE_NAMES: dict[Role, Callable[[], str]] = {
    Role.SYSTEM_ADMIN: lambda: _("Quản trị hệ thống"),
    Role.UNIT_ADMIN: lambda: _("Quản trị đơn vị"),
    Role.ORGANISER: lambda: _("Ban tổ chức"),
    Role.AUTHOR: lambda: _("Biên soạn nội dung"),
    Role.CONTENT_REVIEWER: lambda: _("Thẩm định nội dung"),
    Role.REVIEWER: lambda: _("Giám khảo"),
    Role.GRADING_LEAD: lambda: _("Trưởng ban chấm"),
    Role.LEADER: lambda: _("Lãnh đạo"),
    Role.AUDITOR: lambda: _("Ủy ban Kiểm tra"),
}


class Action(StrEnum):
    """Everything that needs a role. What a learner does with their own things is scoped by the query instead."""

    SEE_PROGRESS = "see_progress"
    MANAGE_PEOPLE = "manage_people"
    GRANT_ROLES = "grant_roles"
    ORGANISE_DRIVES = "organise_drives"
    GIVE_ALLOWANCES = "give_allowances"
    SEE_TIMELINES = "see_timelines"
    SEE_CONTENT = "see_content"
    EDIT_CONTENT = "edit_content"
    APPROVE_CONTENT = "approve_content"
    GRADE = "grade"
    MARK_ANSWERS = "mark_answers"
    RELEASE = "release"
    ALLOCATE = "allocate"
    UNMASK = "unmask"
    ROUTE = "route"
    ENTER_ON_BEHALF = "enter_on_behalf"
    READ_AUDIT = "read_audit"


class Viewer(Protocol):
    """Who is asking: the signed-in person with the roles they hold today."""

    @property
    def person_id(self) -> int: ...

    def holds(self, roles: Collection[Role], unit_id: int | None) -> bool:
        """Hold one of the roles over this unit; over any unit at all when `unit_id` is None."""
        ...


ROLES_FOR: dict[Action, tuple[Role, ...]] = {
    Action.SEE_PROGRESS: (Role.LEADER, Role.UNIT_ADMIN, Role.ORGANISER),
    Action.MANAGE_PEOPLE: (Role.UNIT_ADMIN, Role.SYSTEM_ADMIN),
    Action.GRANT_ROLES: (Role.SYSTEM_ADMIN, Role.UNIT_ADMIN),
    Action.ORGANISE_DRIVES: (Role.ORGANISER,),
    Action.GIVE_ALLOWANCES: (Role.UNIT_ADMIN, Role.ORGANISER),
    Action.SEE_TIMELINES: (Role.ORGANISER, Role.AUDITOR),
    Action.SEE_CONTENT: (Role.AUTHOR, Role.CONTENT_REVIEWER, Role.ORGANISER),
    Action.EDIT_CONTENT: (Role.AUTHOR,),
    Action.APPROVE_CONTENT: (Role.CONTENT_REVIEWER,),
    Action.GRADE: (Role.REVIEWER, Role.GRADING_LEAD),
    Action.MARK_ANSWERS: (Role.REVIEWER, Role.GRADING_LEAD, Role.ORGANISER),
    Action.RELEASE: (Role.GRADING_LEAD,),
    Action.ALLOCATE: (Role.GRADING_LEAD,),
    Action.UNMASK: (Role.GRADING_LEAD,),
    Action.ROUTE: (Role.ORGANISER, Role.GRADING_LEAD),
    Action.ENTER_ON_BEHALF: (Role.ORGANISER, Role.UNIT_ADMIN, Role.LEADER),
    Action.READ_AUDIT: (Role.AUDITOR,),
}
"""Which roles allow an action; queries scope by the same row, so that list and permission cannot disagree."""

GRANTABLE: dict[Role, tuple[Role, ...]] = {
    Role.SYSTEM_ADMIN: tuple(Role),
    Role.UNIT_ADMIN: tuple(role for role in Role if role not in (Role.SYSTEM_ADMIN, Role.AUDITOR)),
}
"""Nobody hands out more than their own office: a unit administrator appoints no system administrators or auditors."""


def may(viewer: Viewer, action: Action, unit_id: int | None = None) -> bool:
    return viewer.holds(ROLES_FOR[action], unit_id)


def require(viewer: Viewer, action: Action, unit_id: int | None = None) -> None:
    """Raise NotAllowed unless the viewer may."""
    if not may(viewer, action, unit_id):
        raise NotAllowed()


View = TypeVar("View", bound=Callable[..., object])


def public(view: View) -> View:
    """Mark a view that needs no sign-in; every other view wants one, so forgetting is safe."""
    view.is_public = True  # type: ignore[attr-defined]
    return view
