"""Reads one handed-in file in a process of its own: `python -m lms.uploads.child docx FILE` writes to standard output.

It is started by `reading.py`, which keeps every secret out of its environment. Before it opens the file it gives up
memory, time, and the right to write anywhere but a bounded output. The first line of the output is JSON, behind it
stand the pictures of a scan's pages, one after the other.
"""

import json
import sys
from pathlib import Path

from lms.refusals import Unreadable

MEMORY = 700_000_000
"""Bytes of addresses; what is really used is far less."""
SECONDS = 30
"""Of computing."""
OUTPUT = 40_000_000

MOST_CHARACTERS = 200_000


def give_up_power() -> None:
    """Take away from this process what no honest file needs."""
    try:
        import resource
    except ImportError:  # not on Windows, where only the clock of the parent bounds the child
        return
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def read(media: str, path: Path) -> tuple[str, int | None, list[bytes]]:
    """The words of a file, its number of pages where it has pages, and the pictures of a scan."""
    pages, pictures = None, list[bytes]()
    if media == "pdf":
        from lms.uploads import pdfs

        text, pages, pictures = pdfs.read_pdf(path)
    else:
        from lms.uploads import documents

        text = {"docx": documents.read_docx, "odt": documents.read_odt}[media](path.read_bytes())
    return _checked(text, is_scan=bool(pictures)), pages, pictures


def _checked(text: str, *, is_scan: bool) -> str:
    from lms import vietnamese
    from lms.uploads.documents import too_long

    text = vietnamese.nfc(text).strip()
    if len(text) > MOST_CHARACTERS:
        raise too_long(vietnamese.count_words(text))
    if vietnamese.looks_like_legacy_font(text):
        raise Unreadable(
            "Tệp gõ bằng phông chữ cũ (TCVN3 hoặc VNI), đọc ra không thành tiếng Việt.",
            "Mở tệp, chuyển sang bảng mã Unicode (UniKey: Ctrl + Shift + F6) rồi gửi lại.",
        )
    if not text and not is_scan:
        raise Unreadable("Tệp không có chữ nào.", "Kiểm tra lại tệp; bài viết tay thì gửi ở mục ảnh chụp.")
    return text


def main() -> None:
    give_up_power()
    try:
        text, pages, pictures = read(sys.argv[1], Path(sys.argv[2]))
        said = {"text": text, "pages": pages, "pictures": [len(one) for one in pictures]}
    except Unreadable as refused:
        said, pictures = {"refused": refused.sentence}, []
    except (MemoryError, RecursionError):
        said, pictures = {"refused": "Tệp quá rối, máy chủ không đọc được. Chép phần chữ sang tệp mới rồi gửi lại."}, []
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + b"".join(pictures))


if __name__ == "__main__":
    main()
