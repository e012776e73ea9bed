"""Reading a handed-in file, seen from the worker: a child process with limits does it, and may fail in any way."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from lms.refusals import Unreadable
from lms.uploads.child import OUTPUT

SECONDS = 90
"""By the clock; the child also counts the seconds that it computes."""

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL")
"""Of the environment; no secret reaches a process that reads a stranger's file."""

_TOO_MUCH = ("Tệp quá rối, đọc mãi không xong.", "Chép phần chữ sang một tệp mới rồi gửi lại.")


@dataclass(frozen=True)
class Content:
    """What a file holds. `pictures` are the pages of a scan, as small JPEGs."""

    text: str
    pages: int | None
    pictures: list[bytes]


class Interrupted(Exception):
    """The child was stopped from outside before it could answer: worth another try."""


def read(media: str, path: Path) -> Content:
    """What the file holds; `Unreadable` when it cannot be taken, `Interrupted` when nobody knows yet."""
    command = [sys.executable, "-m", "lms.uploads.child", media, str(path)]
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    with TemporaryFile() as output:
        try:
            done = subprocess.run(  # noqa: S603 -- our own module, arguments of our own making
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unreadable(*_TOO_MUCH) from None
        if done.returncode == 0:
            output.seek(0)
            return _content(output.read(OUTPUT))
    if done.returncode == -9:
        raise Interrupted()
    if done.returncode == -24:  # SIGXCPU
        raise Unreadable(*_TOO_MUCH)
    raise Unreadable("Không đọc được tệp: tệp hỏng.", "Mở tệp, lưu lại thành tệp mới rồi gửi lại.")


def _content(output: bytes) -> Content:
    head, _newline, rest = output.partition(b"\n")
    said = json.loads(head)
    if "refused" in said:
        raise Unreadable(said["refused"], "")
    pictures, start = [], 0
    for size in said["pictures"]:
        pictures.append(rest[start : start + size])
        start += size
    return Content(said["text"], said["pages"], pictures)
