"""What is read in a file, what is refused by which sentence, and that neither a bomb nor a kill does harm."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from flask import Flask

from lms import clock
from lms.db import db as database
from lms.db import transaction
from lms.people.models import Person
from lms.refusals import Unreadable
from lms.uploads import child, queries, reading, store
from lms.uploads import services as uploads
from lms.uploads.models import Upload
from lms.uploads.rules import Reading
from tests.factories import NOON, a_district, a_drive, a_learner, summoned
from tests.uploads.files import (
    WORDS,
    a_docx,
    a_docx_that_draws_on,
    a_pdf,
    an_empty_pdf,
    an_encrypted_pdf,
    an_odt,
    zipped,
)

WORD_MACRO = '<Types><Override ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
ENTITIES = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
LOCKED = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
LEGACY = "C«ng ®oµn c¬ së ®· ph©n c«ng râ ng­êi"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tep"


def in_process(media: str, data: bytes, path: Path) -> str:
    """As the child reads it, without the child: its limits have tests of their own."""
    path.write_bytes(data)
    return child.read(media, path)[0]


def test_a_word_document_gives_its_paragraphs_lists_and_tables_without_what_was_deleted(path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>Điều tâm </w:t></w:r><w:del><w:r><w:delText>bỏ</w:delText></w:r></w:del>"
        "<w:r><w:t>đắc</w:t><w:br/><w:t>dòng hai</w:t></w:r></w:p><w:p/>"
        "<w:p><w:pPr><w:numPr><w:ilvl/></w:numPr></w:pPr><w:r><w:t>một việc</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>Việc</w:t></w:r></w:p></w:tc>"
        "<w:tc><w:p><w:r><w:t>Hạn</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    )

    assert in_process("docx", a_docx(body=body), path) == "Điều tâm đắc\ndòng hai\n\n- một việc\n\nViệc Hạn"


def test_an_open_document_gives_its_words_in_order_however_they_are_marked(path: Path) -> None:
    data = an_odt(["Tôi <text:span>sẽ</text:span> làm<text:s text:c='2'/>ngay<text:line-break/>hôm nay"])

    assert in_process("odt", data, path) == "Tôi sẽ làm ngay\nhôm nay"


def test_the_lines_of_a_pdf_become_paragraphs_again(path: Path) -> None:
    lines = ["Doan vien da phan cong ro nguoi, ro viec va ro", "thoi han trong quy toi.", "1. Viec thu nhat da xong."]

    read = in_process("pdf", a_pdf([lines]), path)

    assert read == "Doan vien da phan cong ro nguoi, ro viec va ro thoi han trong quy toi.\n\n1. Viec thu nhat da xong."


HOSTILE = {
    "macro": ("docx", a_docx(more={"word/vbaProject.bin": b"x"}), "có chứa macro"),
    "macro by its kind": ("docx", a_docx(types=WORD_MACRO), "có chứa macro"),
    "external entity": ("docx", a_docx(head=ENTITIES), "DOCTYPE hoặc ENTITY"),
    "template elsewhere": ("docx", a_docx_that_draws_on("http://xa.example/m.dotm", "attachedTemplate"), "từ nơi khác"),
    "template on a share": ("docx", a_docx_that_draws_on(r"\\xa\m.dotm", "attachedTemplate"), "từ nơi khác"),
    "picture elsewhere": ("docx", a_docx_that_draws_on("http://xa.example/a.png", "image"), "từ nơi khác"),
    "zip bomb": ("docx", a_docx(["a" * 30_000_000]), "bung ra lớn bất thường"),
    "no document": ("docx", zipped({"a.txt": "a"}), "không phải văn bản Word"),
    "broken zip": ("docx", a_docx()[:200], "Không đọc được tệp nén"),
    "broken XML": ("docx", a_docx(["<w:p>"]), "viết sai cú pháp"),
    "way out of the zip": ("docx", a_docx(more={"../../x": "x"}), "trỏ ra ngoài"),
    "deep": ("docx", a_docx(body="<w:p>" * 200 + "</w:p>" * 200), "lồng quá sâu"),
    "too long": ("docx", a_docx([WORDS * 100] * 101), "212.201 từ"),
    "old font": ("docx", a_docx([LEGACY]), "phông chữ cũ"),
    "empty": ("docx", a_docx([" "]), "không có chữ nào"),
    "locked": ("odt", an_odt(more={"META-INF/manifest.xml": LOCKED}), "đặt mật khẩu"),
    "macro of LibreOffice": ("odt", an_odt(more={"Basic/Standard/m.xml": "<x/>"}), "có chứa macro"),
    "object elsewhere": ("odt", an_odt(["<draw:object xlink:href='http://xa.example/'/>"]), "từ nơi khác"),
    "encrypted": ("pdf", an_encrypted_pdf(), "đặt mật khẩu"),
    "damaged": ("pdf", a_pdf()[:120], "tệp hỏng"),
    "600 pages": ("pdf", an_empty_pdf(600), "có 600 trang"),
    "41 scanned pages": ("pdf", an_empty_pdf(41), "Bản quét có 41 trang"),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_a_hostile_or_broken_file_is_refused_by_one_sentence_and_its_cure(path: Path, fault: str) -> None:
    media, data, sentence = HOSTILE[fault]

    with pytest.raises(Unreadable) as refused:
        in_process(media, data, path)

    assert sentence in refused.value.sentence


@pytest.mark.parametrize("kind", ["hyperlink", "attachedTemplate"])
def test_links_and_the_template_of_ones_own_disk_do_no_harm(path: Path, kind: str) -> None:
    target = "file:///C:\\Users\\Normal.dotm" if kind == "attachedTemplate" else "https://congdoan.example/"

    assert in_process("docx", a_docx_that_draws_on(target, kind), path) == WORDS


# --- The child --------------------------------------------------------------------------------------------------------

THIRTY_PAGES = {
    "docx": a_docx([WORDS * 5] * 120),
    "pdf": a_pdf([["Doan vien da phan cong ro nguoi, ro viec va ro thoi han trong quy toi day."] * 45] * 30),
}


@pytest.mark.parametrize("media", THIRTY_PAGES)
def test_thirty_pages_are_read_within_three_seconds_and_little_memory(path: Path, media: str) -> None:
    path.write_bytes(THIRTY_PAGES[media])
    before = time.monotonic()

    content = reading.read(media, path)

    assert len(content.text.split()) > 12_000
    assert time.monotonic() - before < 3
    assert peak(media, path) < 150_000_000


def peak(media: str, path: Path) -> int:
    """Bytes of memory that a process needs at most to read the file."""
    program = (
        "import re, sys; from pathlib import Path; from lms.uploads import child; child.read(sys.argv[1], "
        "Path(sys.argv[2])); print(re.search('VmHWM:\\s+([0-9]+)', Path('/proc/self/status').read_text())[1])"
    )
    done = subprocess.run([sys.executable, "-c", program, media, str(path)], capture_output=True, check=True)
    return int(done.stdout) * 1024


def test_a_child_that_wants_too_much_is_stopped_and_its_file_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(path)
    monkeypatch.setattr(reading, "SECONDS", 1)

    with pytest.raises(Unreadable, match="đọc mãi không xong"):
        reading.read("docx", path)


def test_no_secret_reaches_the_child(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(path)
    monkeypatch.setenv("LMS_SECRET_KEY", "bi-mat")
    monkeypatch.setattr(reading, "SECONDS", 5)
    seen = []
    watcher = threading.Thread(target=with_the_child, args=[lambda process: seen.append(process.environ())])
    watcher.start()

    with pytest.raises(reading.Interrupted):
        reading.read("docx", path)
    watcher.join()

    assert "bi-mat" not in str(seen)
    assert "PYTHONPATH" in seen[0]


def with_the_child(act: Callable[[psutil.Process], object]) -> None:
    """Wait for the child that reads, act on it, and kill it as a power cut would."""
    for _try in range(500):
        for process in psutil.Process().children():
            if "lms.uploads.child" in " ".join(process.cmdline()):
                act(process)
                os.kill(process.pid, signal.SIGKILL)
                return
        time.sleep(0.01)


# --- The worker -------------------------------------------------------------------------------------------------------


@pytest.fixture
def bundle(db: Flask) -> int:
    district = a_district()
    learner = a_learner(a_drive(district), district)
    with transaction():
        return uploads.own_bundle(summoned(learner, a_drive(district, code="dot-hai")).id)


def sent(bundle: int, data: bytes, name: str = "bai.docx") -> Upload:
    kept = uploads.keep_document(name, data)
    somebody = database.session.scalars(database.select(Person.id).limit(1)).one()
    with transaction():
        return uploads.add_document(bundle, kept, by=somebody, at=NOON)


def now_of(upload: Upload) -> Upload:
    database.session.expire_all()
    return queries.upload(upload.bundle_id, upload.id)


def test_a_worker_that_dies_in_the_middle_leaves_the_file_to_the_next_one(
    bundle: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = sent(bundle, a_docx())

    def dies(*_given: object) -> reading.Content:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reading, "read", dies)
        with pytest.raises(KeyboardInterrupt):
            uploads.read_next(at=NOON)

    assert not uploads.read_next(at=NOON)  # the dead one's lease still runs
    assert uploads.read_next(at=NOON + timedelta(minutes=3))
    assert (now_of(upload).state, now_of(upload).text) == (Reading.READ, WORDS)


def test_a_killed_child_is_tried_again_and_given_up_after_three_times(
    bundle: int, monkeypatch: pytest.MonkeyPatch, path: Path
) -> None:
    upload = sent(bundle, a_docx())
    os.mkfifo(path)
    states = []
    with monkeypatch.context() as patch:
        patch.setattr(store, "path_of", lambda _digest: path)
        for _try in range(3):
            killer = threading.Thread(target=with_the_child, args=[lambda _process: None])
            killer.start()
            uploads.read_next(at=NOON)
            killer.join()
            states.append(now_of(upload).state)

    assert states == [Reading.WAITING, Reading.WAITING, Reading.REFUSED]
    assert "lưu lại thành tệp mới" in now_of(upload).problem


def test_a_file_taken_away_while_it_is_read_stays_away(bundle: int, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = sent(bundle, an_empty_pdf(1), "quet.pdf")
    real = reading.read

    def read(media: str, place: Path) -> reading.Content:
        content = real(media, place)
        with transaction():
            uploads.remove_document(queries.upload(upload.bundle_id, upload.id))
        return content

    monkeypatch.setattr(reading, "read", read)

    uploads.read_next(at=NOON)

    assert queries.contents(bundle).is_empty


def test_a_refused_file_says_why(bundle: int) -> None:
    upload = sent(bundle, a_docx(more={"word/vbaProject.bin": b"x"}))

    assert uploads.read_due(most=None) == 1
    assert now_of(upload).state is Reading.REFUSED
    assert "có chứa macro" in now_of(upload).problem


def test_a_run_reads_a_few_files_and_leases_each_from_its_own_moment(
    bundle: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        sent(bundle, a_docx((f"Bài {number}",)))
    moments = iter(NOON + timedelta(hours=hour) for hour in range(9))
    monkeypatch.setattr(clock, "now", lambda: next(moments))
    monkeypatch.setattr(reading, "read", lambda *_given: reading.Content("Đã đọc", None, []))

    read = uploads.read_due(most=3)

    rows = [now_of(upload) for upload in queries.contents(bundle).uploads]
    assert (read, [row.state for row in rows]) == (3, 3 * [Reading.READ] + [Reading.WAITING])
    assert [row.taken_until for row in rows[:3]] == [
        NOON + timedelta(hours=hour) + uploads.READS_FOR for hour in range(3)
    ]
