"""Reading a folder of modules: everything that is right becomes a `Module`, everything that is wrong a `Fault`.

All faults of all files come out in one run, and a fault stays with its item: one bad question does not hide the others.
`reader` goes through one module; what to look for stands in a file for each matter: `frontmatter`, `sources`,
`glossary`, `prose`, `questions`, `banks`, `earlier`. The list for authors is in `content/README.md`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePosixPath
from types import MappingProxyType

from lms import vietnamese
from lms.content import prose
from lms.content.earlier import EarlierIds
from lms.content.files import Files, slugs
from lms.content.glossary import read_glossary
from lms.content.questions import CheckKind
from lms.content.reader import House, ModuleReader
from lms.content.rules import Fault, Module, Severity
from lms.content.sources import read_sources

NOBODY: Mapping[str, EarlierIds] = MappingProxyType({})


@dataclass(frozen=True)
class Report:
    """What was found in a folder: sound modules by slug, and every fault in file and line order."""

    modules: dict[str, Module]
    faults: list[Fault]
    previews: dict[str, Module] = field(default_factory=dict)
    """Every module with what can be shown of it, faults or not: never to be published, only to be looked at."""

    @property
    def errors(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.severity is Severity.ERROR]


def check(
    files: Files, *, kinds: Mapping[str, CheckKind], on: date, earlier: Mapping[str, EarlierIds] = NOBODY
) -> Report:
    """Read every module as of a publishing day.

    `kinds` are the known question kinds and their checks; `earlier` are, by slug, the ids of the last version.
    """
    shared = read_sources(files)
    glossary_page, glossary = read_glossary(files)
    house = House(shared.found if shared.page.is_readable else None, glossary, kinds, on)
    prose.check_years(shared.page)
    twins = _twins(files)
    faults = [*shared.page.faults, *glossary_page.faults, *twins]
    modules: dict[str, Module] = {}
    previews: dict[str, Module] = {}
    codes: dict[str, str] = {}
    for slug in slugs(files):
        reader = ModuleReader(files, slug, house, earlier.get(slug))
        previews[slug], is_sound = reader.read()
        code, fields = reader.code
        if code in codes:
            message = f"Mã “{code}” đã dùng ở chuyên đề “{codes[code]}”."
            fields.fault("code", "duplicate-id", message, "Đặt mã khác cho một chuyên đề.")
        elif is_sound and not any(fault.file.startswith(f"modules/{slug}/") for fault in twins):
            modules[slug] = previews[slug]
        if code:
            codes.setdefault(code, slug)
        faults += reader.faults()
    is_sound = shared.page.is_sound and glossary_page.is_sound
    return Report(modules if is_sound else {}, sorted(set(faults)), previews)


def _twins(files: Files) -> list[Fault]:
    """Two names that a phone or another system takes for one."""
    seen: dict[str, str] = {}
    found = []
    for path in sorted(files):
        other = seen.setdefault(vietnamese.nfc(path).casefold(), path)
        if other != path:
            message = f"Tên tệp chỉ khác “{PurePosixPath(other).name}” ở chữ hoa hoặc dạng Unicode."
            found.append(Fault(path, 1, 1, "twin-name", Severity.ERROR, message, "Đổi tên hoặc bỏ một trong hai tệp."))
    return found


def as_lines(faults: Iterable[Fault], show: Callable[[Severity], str]) -> list[str]:
    """For people: one line a fault, as compilers write it, with what stands there at the end."""
    return [
        f"{fault.file}:{fault.line}:{fault.column}: {show(fault.severity)}: {fault.message} {fault.cure}"
        + (f" | {fault.excerpt}" if fault.excerpt else "")
        for fault in faults
    ]
