"""The one next step."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """The first thing on the path that is not done: an open attempt before all, since its time is running."""
    for module in modules:
        if module.open_attempt is not None:
            return NextStep("continue_quiz", module)
    if reflection is ReflectionState.RETURNED:
        return NextStep("rewrite")
    for module in modules:
        if not module.is_read:
            return NextStep("read", module)
        if module.has_quiz and needs_quizzes and not module.passed:
            return NextStep("quiz", module)
    if asks_reflection and reflection in (None, ReflectionState.DRAFT):
        return NextStep("write")
    if reflection is ReflectionState.RELEASED:
        return NextStep("see_result")
    return NextStep("wait" if asks_reflection else "nothing")
