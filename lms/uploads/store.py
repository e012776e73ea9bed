"""Files by their content, in the instance folder: nothing under the web root, no name that a person gave.

A file is there once its SHA-256 is returned, also after a loss of power; the same content is kept once.
"""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from flask import current_app

ASIDE = "gone-"
KEPT_UNUSED = timedelta(days=1)
"""A file that no row names is younger than this while its row is being written."""


def folder() -> Path:
    return Path(current_app.instance_path) / "uploads"


def path_of(digest: str) -> Path:
    return folder() / digest[:2] / digest


def put(data: bytes) -> str:
    """Keep these bytes; return their SHA-256."""
    digest = sha256(data).hexdigest()
    place = path_of(digest)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=place.parent, prefix="new-", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(place)
    if hasattr(os, "O_DIRECTORY"):
        directory = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(directory)
        os.close(directory)
    return digest


def get(digest: str) -> bytes:
    """The bytes, proven to be those that were kept."""
    data = path_of(digest).read_bytes()
    if sha256(data).hexdigest() != digest:
        raise RuntimeError(f"the kept file {digest} is not what was handed in")
    return data


def old_ones(at: datetime) -> Iterator[Path]:
    """Every kept file old enough that its row, if it has one, is written; what a crash left half-written, too."""
    return (place for place in folder().glob("??/*") if is_old(place, at))


def is_old(place: Path, at: datetime) -> bool:
    return at.timestamp() - place.stat().st_mtime > KEPT_UNUSED.total_seconds()


def put_aside(place: Path) -> Path:
    """Take a file away from its digest, so that the same content sent now is kept anew; return where it lies."""
    return place if place.name.startswith(ASIDE) else place.rename(place.with_name(ASIDE + place.name))


def bring_back(aside: Path) -> None:
    place = path_of(digest_of(aside))
    if place.exists():
        aside.unlink()
    else:
        aside.rename(place)


def digest_of(place: Path) -> str:
    """What a file is kept under, also while it is put aside."""
    return place.name.removeprefix(ASIDE)
