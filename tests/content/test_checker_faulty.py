"""One folder with every fault: what is said, where, and what of it can be looked at all the same.

`faulty/` lies beside this file. What a repository or a file system would not carry unchanged is added here.
"""

import json
import re
import unicodedata
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as some

from lms.cli import main
from lms.content import checker
from lms.content.banks import chance_of
from lms.content.checker import Report, check
from lms.content.earlier import EarlierIds
from lms.content.files import Files, read_folder
from lms.content.questions import ALL_OF_THEM
from lms.quizzes.kinds import CHECKS
from lms.vietnamese import fold

FAULTY = Path(__file__).parent / "faulty"
TODAY = date(2026, 11, 21)
LOI = "modules/loi/"

UNCARRIED = {
    "lessons/08-to-hop.md": unicodedata.normalize("NFD", "---\nid: to-hop\ntitle: Tổ hợp\nminutes: 5\n---\nMột.\n"),
    "lessons/09-rac.md": "---\nid: rac\ntitle: Rác\nminutes: 5\n---\n" + "*" * 2_001 + "\n",
    "lessons/10-Hai.md": "---\nid: hoa\ntitle: Chữ hoa\nminutes: 5\n---\nMột.\n",
    "lessons/10-hai.md": "---\nid: thuong\ntitle: Chữ thường\nminutes: 5\n---\nMột.\n",
    "lessons/11-dai.md": "a" * 500_001,
}
LATIN = {"lessons/12-latin.md": "---\nid: latin\ntitle: Hà Nội".encode() + "à".encode("latin-1")}

EARLIER = EarlierIds(
    "LOI00",
    lessons={
        "bai-tot": "Câu có nguồn. CĐCS (công đoàn cơ sở) nào cũng có sơ đồ này. Luật 12/2012/QH13 đã hết hiệu lực."
        " Bản tin in 2023-208 là in sai. Xem bài có lỗi. 1"
    },
    questions={"cau-cu": "Câu này không có lỗi. Một Hai Bảy", "lech-01": "Câu hỏi số 1?", "da-bo": "Câu đã bỏ hẳn."},
    prompts={"dieu-tam-dac": "Điểm tâm đắc: đồng chí tâm đắc điều gì?"},
    criteria={"nam-noi-dung": "Nắm nội dung"},
)


def files() -> Files:
    texts = {LOI + name: text.encode() for name, text in UNCARRIED.items()}
    return read_folder(FAULTY) | texts | {LOI + name: data for name, data in LATIN.items()}


@cache
def report() -> Report:
    return check(files(), kinds=CHECKS, on=TODAY, earlier={"loi": EARLIER})


GOLDEN = """\
glossary.yaml
  2:1 error bad-id: Chữ tắt này chưa đúng mẫu.
  3:5 error missing-key: Thiếu khóa “BCH”.
modules/loi/ghi-chu.txt
  1:1 hint unexpected-file: Tệp “ghi-chu.txt” không thuộc chuyên đề và bị bỏ qua.
modules/loi/images/hong.png
  1:1 error bad-picture: Tệp không phải ảnh PNG, JPEG hoặc WebP đọc được.
modules/loi/images/thua.png
  1:1 hint unused-image: Ảnh này không bài nào dùng.
modules/loi/lessons/01-tot.md
  2:5 warning changed-id: Bài “bai-tot” đã đổi mã thành “tot”: kết quả theo mã cũ sẽ mất.
modules/loi/lessons/02-loi.md
  4:10 error wrong-type: “minutes”: “lâu” phải là số nguyên từ 1 đến 120.
  6:1 error heading-level: Tiêu đề cấp 1 không dùng được ở đây.
  10:1 error heading-level: Tiêu đề cấp 4 không dùng được ở đây.
  12:10 error unknown-source: Nguồn “Z9” không có trong “sources” của module.md.
  12:29 error dead-link: Không có bài “khong-co” trong chuyên đề.
  12:52 error bad-link: Liên kết “02-loi.md” không dùng được.
  14:5 error raw-html: Không dùng HTML trong bài.
  16:1 error no-alt: Ảnh chưa có lời thay thế.
  16:26 error missing-image: Không có tệp “images/khong-co.png” trong chuyên đề.
  16:60 error bad-image: Ảnh “https://example.org/a.png” không dùng được.
  20:10 error bad-term: “2023-208” không phải một khoảng năm.
  20:29 error bad-term: “2023-28” không phải một khoảng năm.
  20:47 error bad-term: “2028-2023” không phải một khoảng năm.
  20:67 warning bad-term: Nhiệm kỳ 2023-2027 không phải 5 năm.
  20:82 error bad-term: “2023-208” không phải một khoảng năm.
  22:26 warning repealed-document: Văn bản 12/2012/QH13 đã hết hiệu lực, thay bằng Luật 50/2024/QH15 (nguồn “A2”).
  24:11 hint long-sentence: Câu dài 66 tiếng, quá 60.
  26:5 hint abbreviation: Chữ tắt “TTND” chưa được giải thích.
  28:1 error legacy-font: Dòng này còn mã phông cũ (TCVN3 hoặc VNI).
modules/loi/lessons/03-khong-khai-bao.md
  1:1 error no-front-matter: Thiếu phần khai báo đầu tệp.
modules/loi/lessons/04-trung.md
  2:5 error duplicate-id: Mã bài “tot” dùng hai lần.
modules/loi/lessons/05-trong.md
  6:1 error empty: Phần nội dung còn trống.
modules/loi/lessons/06-yaml.md
  3:11 error yaml: Không đọc được phần khai báo.
modules/loi/lessons/08-to-hop.md
  3:9 warning not-nfc: Chữ có dấu đang ở dạng Unicode tổ hợp.
  6:2 warning not-nfc: Chữ có dấu đang ở dạng Unicode tổ hợp.
modules/loi/lessons/09-rac.md
  6:1 error too-costly: Đoạn từ dòng 6 quá dài hoặc quá nhiều ký hiệu. Hãy tách đoạn.
modules/loi/lessons/10-Hai.md
  1:1 error bad-name: Tên tệp “10-Hai.md” chưa đúng.
modules/loi/lessons/10-hai.md
  1:1 error twin-name: Tên tệp chỉ khác “10-Hai.md” ở chữ hoa hoặc dạng Unicode.
modules/loi/lessons/11-dai.md
  1:1 error too-large: Tệp lớn hơn 500 KB.
modules/loi/lessons/12-latin.md
  3:14 error encoding: Tệp không phải UTF-8.
modules/loi/lessons/bay.md
  1:1 error bad-name: Tên tệp “bay.md” chưa đúng.
  2:5 error wrong-type: “id”: mã “Bảy” chưa đúng.
  5:1 error duplicate-key: Khóa “minutes” viết hai lần.
modules/loi/module.md
  2:1 error missing-key: Thiếu khóa “summary”.
  2:7 error changed-id: Chuyên đề “LOI00” đã đổi mã thành “LOI01”, nên không xuất bản được.
  3:8 error wrong-type: “title”: phải là một dòng chữ.
  4:1 error unknown-key: Không có khóa “tac_gia”.
  6:5 error wrong-type: “objectives”: mục này phải là một dòng chữ.
  7:13 error wrong-type: “valid_from”: “21/11/2026” không phải ngày.
  9:19 warning expired-fact: Nguồn “X1” hết hiệu lực sau ngày 30/06/2025, được thay bằng nguồn “A2”.
  9:23 warning future-fact: Nguồn “F1” đến ngày 01/01/2027 mới có hiệu lực.
  9:27 error unverified-fact: Nguồn “G1” chưa kiểm chứng (G).
  9:31 warning unused-source: Nguồn “U1” không được dẫn ở đâu.
  9:39 error unknown-source: Nguồn “Z9” không có trong sources.yaml.
modules/loi/questions/01-lech.md
  1:1 warning key-position: Phương án đúng là a) ở 9 trên 9 câu: người học đoán được.
  1:1 warning longest-key: Phương án đúng dài nhất ở 8 trên 9 câu: người học đoán được.
modules/loi/questions/02-loi.md
  1:1 error stray-text: Dòng này không thuộc câu hỏi nào.
  3:4 warning changed-id: Câu “cau-cu” đã đổi mã thành “cau-tot”: kết quả theo mã cũ sẽ mất.
  17:1 error bad-options: Câu một đáp án cần đúng một dấu [x], đang có 0.
  29:1 error bad-options: Câu một đáp án cần đúng một dấu [x], đang có 2.
  50:5 error merged-option: Phương án bị thụt lề nên dính vào phần phía trên.
  52:13 error merged-option: Hai phương án nằm trên một dòng.
  64:10 error same-option: Hai phương án giống hệt nhau.
  74:20 warning repealed-document: Văn bản 12/2012/QH13 đã hết hiệu lực, thay bằng Luật 50/2024/QH15 (nguồn “A2”).
  78:10 warning all-of-the-above: Phương án gộp các phương án khác, mà thứ tự phương án được xáo cho từng lượt làm.
  81:4 error bad-id: Mã câu “cau khong hop le” chưa đúng.
  82:7 error unknown-kind: “kind: tu_luan” không có.
  83:9 error unknown-lesson: “lesson: khong-co” không có.
  84:10 error unknown-source: Nguồn “Z9” không có trong chuyên đề.
  85:1 error unknown-key: Không có khai báo “level”.
  86:1 error duplicate-key: Khai báo “kind” viết hai lần.
  90:1 error no-explanation: Phương án a) chưa có lời giải thích.
  91:1 error bad-image: Ảnh không dùng được trong phương án và lời giải thích.
  91:7 error duplicate-id: Mã phương án a) dùng hai lần.
  93:1 error bad-option: Dòng này không phải phương án đúng mẫu.
  95:4 error duplicate-id: Mã câu “cau-tot” đã dùng ở modules/loi/questions/02-loi.md:3.
  99:10 error unknown-passage: Bài không có mục “muc-khong-co”.
  108:1 error missing-key: Câu “cau-thieu” chưa ghi nguồn.
  108:1 error missing-key: Câu “cau-thieu” thiếu “kind”.
  108:1 error missing-key: Câu “cau-thieu” thiếu “lesson”.
  108:1 error no-stem: Câu hỏi chưa có lời dẫn.
  109:1 error stray-text: Dòng này không phải khai báo “khóa: giá trị”.
modules/loi/quiz.md
  2:12 error too-few-questions: Bài kiểm tra rút 150 câu nhưng ngân hàng chỉ có 10 câu dùng được.
  4:15 error wrong-type: “pass_percent”: “101” phải là số nguyên từ 1 đến 100.
  7:19 error dead-link: Ở đây không dẫn đến bài học được.
modules/loi/reflection.md
  5:16 error word-limits: min_words lớn hơn max_words.
  7:9 error duplicate-id: Mã “tam-dac” dùng hai lần.
  11:9 error no-prompt: Câu hỏi thu hoạch “khong-co-loi” chưa có lời văn.
  16:3 error weights: Tổng trọng số của các tiêu chí là 90, phải bằng 100.
  16:9 warning changed-id: Tiêu chí “nam-noi-dung” đã đổi mã thành “noi-dung”: kết quả theo mã cũ sẽ mất.
  20:7 error levels: Các mức phải xếp từ điểm cao xuống thấp và mức cuối bắt đầu từ 0.
  26:9 error duplicate-id: Mã tiêu chí “noi-dung” dùng hai lần.
  30:15 error wrong-type: “from”: “11” phải là điểm từ 0 đến 10.
  34:1 error stray-text: Dòng này không thuộc câu hỏi nào.
  40:4 error duplicate-id: Mục “tam-dac” viết hai lần.
  44:4 error unknown-prompt: Mục “khong-khai-bao” không có trong “prompts”.
modules/loi/sources.yaml
  1:1 error duplicate-id: Mã nguồn “A1” đã có trong content/sources.yaml.
  6:50 error bad-term: “2023-28” không phải một khoảng năm.
  9:1 warning unused-source: Nguồn riêng “R2” chưa có trong “sources” của module.md.
modules/trung-ma/lessons/01-bai-dau.md
  1:1 error missing-file: Thiếu tệp này.
modules/trung-ma/module.md
  2:7 error duplicate-id: Mã “LOI01” đã dùng ở chuyên đề “loi”.
sources.yaml
  35:1 error bad-id: Mã nguồn “thường” chưa đúng.
  38:15 error wrong-type: Độ tin cậy “cao” không có.
  40:3 error missing-key: Thiếu khóa “reference”.
  42:14 error wrong-type: “issued_on”: “20/06/2012” không phải ngày.
  44:13 error dates: valid_to sớm hơn valid_from.
  45:18 error unknown-source: “superseded_by”: không có nguồn “KHONG-CO” nào khác.
  46:3 error unknown-key: Không có khóa “page”.
  47:1 error duplicate-id: Mã nguồn “U1” dùng hai lần.
  47:5 error wrong-type: Chỗ này phải là các dòng “khóa: giá trị”.
"""


def test_every_fault_is_told_at_its_place():
    told = []
    for file, faults in groupby(report().faults, key=lambda fault: fault.file):
        told.append(file)
        told += [f"  {one.line}:{one.column} {one.severity} {one.code}: {one.message}" for one in faults]

    assert told == GOLDEN.splitlines()


def test_no_code_of_the_checker_is_missing_here():
    package = Path(checker.__file__).parent
    names = ("banks", "checker", "earlier", "frontmatter", "glossary", "prose", "questions", "reader", "sources")
    calls = re.compile(r'fault(?:_at)?\([^"]*?(?:"\w*", )?f?"([a-z]+(?:-[a-z]+)*)", ')
    written = {code for name in names for code in calls.findall((package / f"{name}.py").read_text("utf-8"))}

    assert len(written) > 30
    assert written - {"unknown-"} <= {fault.code for fault in report().faults}


def test_every_fault_shows_its_line_and_a_cure():
    lines = {path: data.decode("utf-8", "replace").split("\n") for path, data in files().items()}
    for fault in report().faults:
        line = unicodedata.normalize("NFC", lines[fault.file][fault.line - 1]) if fault.file in lines else ""
        assert fault.excerpt.strip("…") in line
        assert len(fault.excerpt) <= 82
        assert fault.cure


def test_a_fault_stays_with_its_item():
    shown = report().previews["loi"]

    assert report().modules == {}
    assert [lesson.id for lesson in shown.lessons] == ["tot", "loi", "to-hop", "hoa", "thuong"]
    assert [question.id for question in shown.questions] == [f"lech-{n:02}" for n in range(1, 9)] + [
        "cau-tot",
        "cau-tat-ca",
    ]
    assert [prompt.id for prompt in shown.prompts] == ["tam-dac"]
    assert (shown.quiz, shown.rubric) == (None, ())
    assert [picture.name for picture in shown.pictures] == ["so-do.png"]


def test_a_lesson_shows_its_picture_and_says_what_an_abbreviation_stands_for():
    [picture] = report().previews["loi"].pictures

    html = report().previews["loi"].lessons[0].html

    assert f'<img alt="Sơ đồ ba cấp công đoàn" height="3" loading="lazy" src="{picture.address}" width="4">' in html
    assert '<abbr>CĐCS</abbr> <small class="gloss">(công đoàn cơ sở)</small> nào cũng' in html


def test_tools_get_the_same_as_json():
    answer = CliRunner().invoke(main, ["content", "check", "--folder", str(FAULTY), "--format", "json"])

    told = json.loads(answer.stdout)
    assert answer.exit_code == 1
    assert len(told) > 80
    assert {tuple(fault) for fault in told} == {
        ("file", "line", "column", "code", "severity", "message", "cure", "excerpt")
    }
    assert {fault["severity"] for fault in told} == {"error", "warning", "hint"}


def test_without_an_earlier_version_no_id_has_changed():
    codes = {fault.code for fault in check(files(), kinds=CHECKS, on=TODAY).faults}

    assert {fault.code for fault in report().faults} - codes == {"changed-id"}


def test_a_fact_becomes_valid_and_lapses_with_the_day():
    def told(day: date) -> set[str]:
        faults = check(files(), kinds=CHECKS, on=day).faults
        return {fault.message[:10] for fault in faults if fault.code in ("future-fact", "expired-fact")}

    assert told(date(2025, 6, 30)) == {"Nguồn “A2”", "Nguồn “F1”"}
    assert told(date(2025, 7, 1)) == {"Nguồn “X1”", "Nguồn “F1”"}
    assert told(date(2027, 1, 1)) == {"Nguồn “X1”"}


@pytest.mark.parametrize(
    "text",
    [
        "Tất cả các phương án trên",
        "Tất cả đều đúng.",
        "Cả ba phương án trên đều đúng",
        "Cả A, B, C đều đúng",
        "Cả a và b",
        "Không có đáp án nào đúng",
        "Tất cả các ý trên",
        "All of the above",
    ],
)
def test_an_option_about_the_others_is_named(text):
    assert ALL_OF_THEM.match(fold(text).rstrip(" ."))


@pytest.mark.parametrize(
    "text",
    [
        "Tất cả đoàn viên đều được bầu",
        "Cả hai bên cùng ký",
        "Ban Chấp hành",
        "Không có quy định",
        "Ca đêm và ca ngày",
        "Cả năm",
    ],
)
def test_an_option_of_its_own_is_not(text):
    assert not ALL_OF_THEM.match(fold(text).rstrip(" ."))


@pytest.mark.parametrize(("least", "of", "chance"), [(0, 3, 1), (3, 3, 1 / 64), (2, 2, 1 / 16), (2, 3, 10 / 64)])
def test_the_chance_of_a_pattern_is_exact(least, of, chance):
    assert chance_of(least, [1 / 4] * of) == pytest.approx(chance)


PATHS = ["sources.yaml", "glossary.yaml"]
PATHS += [f"modules/a/{name}" for name in ("module.md", "sources.yaml", "lessons/01-a.md", "questions/a.md", "quiz.md")]
PATHS += ["modules/a/reflection.md", "modules/a/images/a.png", "modules/a/images/Á.PNG", "modules/a/x", "x"]


@given(some.dictionaries(some.sampled_from(PATHS), some.binary(max_size=60)))
@settings(max_examples=60, deadline=None)
def test_the_checker_has_an_answer_to_any_bytes(content):
    found = check(content, kinds=CHECKS, on=TODAY)

    assert all(fault.line >= 1 and fault.column >= 1 for fault in found.faults)
