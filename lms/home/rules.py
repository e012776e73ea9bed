"""The one next step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lms.completion.queries import ModuleProgress
from lms.reflections.rules import State as ReflectionState


@dataclass(frozen=True)
class NextStep:
    """What to do now: its kind, and the module it concerns where there is one."""

    kind: str
    module: ModuleProgress | None = None


def next_step(
    modules: Sequence[ModuleProgress], reflection: ReflectionState | None, asks_reflection: bool, needs_quizzes: bool
) -> NextStep:
    """The first thing on the path that is not done: an open attempt before all, since its time is running.

    A quiz without another try is no step: it must not stand in the way of the reflection.
    """
    for module in modules:
        if module.open_attempt is not None:
            return NextStep("continue_quiz", module)
    for module in modules:
        if module.unopened is not None:
            return NextStep("open_result", module)
    if reflection is ReflectionState.RETURNED:
        return NextStep("rewrite")
    for module in modules:
        if not module.is_read:
            return NextStep("read", module)
        if needs_quizzes and not module.passed and not module.is_pending and module.may_try:
            return NextStep("quiz", module)
    if asks_reflection and reflection in (None, ReflectionState.DRAFT):
        return NextStep("write")
    if reflection is ReflectionState.RELEASED:
        return NextStep("see_result")
    if needs_quizzes and not asks_reflection and any(module.is_pending for module in modules):
        return NextStep("wait_for_mark")
    return NextStep("wait" if asks_reflection else "nothing")


def step_at(step: NextStep, opens_at: datetime, due_at: datetime, closes_at: datetime, now: datetime) -> NextStep:
    """The step at this moment: before the drive opens, and once it is too late for the step, only to say so."""
    if now < opens_at:
        return NextStep("not_open")
    if step.kind in ("write", "rewrite") and now > due_at:
        return NextStep("too_late")
    if step.kind == "quiz" and step.module and step.module.quiz:
        closes_at = step.module.quiz.closes_at
    if step.kind in ("continue_quiz", "read", "quiz") and now > closes_at:
        return NextStep("closed")
    return step
