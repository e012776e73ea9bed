"""Content as plain files, wherever they lie: a mapping from the path below `content/` to the bytes.

The same text is on a disk, in the workspace of the authoring pages, and in every published version.
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

Files: TypeAlias = Mapping[str, bytes]

SOURCES = "sources.yaml"
GLOSSARY = "glossary.yaml"
SHARED = (SOURCES, GLOSSARY)
"""What all modules use."""

LARGEST = 6_000_000
"""Bytes of one file that are looked at; more is never content, and the checker says so."""


def read_folder(root: Path) -> dict[str, bytes]:
    """Every file of the shared sources and of the modules, no more than one byte over `LARGEST` of each."""
    found = [root / name for name in SHARED] + sorted((root / "modules").rglob("*"))
    return {path.relative_to(root).as_posix(): _head(path) for path in found if path.is_file() and _is_ours(path, root)}


def _is_ours(path: Path, root: Path) -> bool:
    """Not what an editor or a system leaves about, and nothing that a link brings in from elsewhere."""
    return (
        not path.name.startswith(".") and not path.name.endswith("~") and path.resolve().is_relative_to(root.resolve())
    )


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def of_module(files: Files, slug: str) -> dict[str, bytes]:
    """What a module consists of, beside the shared files."""
    return {path: data for path, data in files.items() if path.startswith(f"modules/{slug}/")}


def slugs(files: Files) -> list[str]:
    parts = (PurePosixPath(path).parts for path in files)
    return sorted({part[1] for part in parts if len(part) > 2 and part[0] == "modules"})
