"""A module of 500 different questions: `python -m tests.content.large FOLDER` writes it, to measure the checker by."""

import random
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.content.test_checker import GOOD
from tests.content.test_checker import SOURCES as SHARED

QUESTIONS, A_FILE = 500, 50

WHO = ("Ủy ban Kiểm tra", "Ban Chấp hành", "Ban Thường vụ", "tổ công đoàn", "Chủ nhiệm", "đoàn viên", "Đại hội")
DOES = ("bầu", "kiểm tra", "giám sát", "công nhận", "đề nghị", "xem xét", "thông qua", "lưu giữ")
WHAT = ("kế hoạch năm", "báo cáo tài chính", "nghị quyết", "hồ sơ nhân sự", "biên bản", "đơn thư", "sổ quỹ")
WHEN = ("trong quý một", "sau hội nghị", "theo phân cấp", "trong nhiệm kỳ", "hằng năm", "khi có dấu hiệu")


class _Writer:
    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.count = 0

    def words(self) -> str:
        self.count += 1
        pick = self.chance.choice
        return f"{pick(WHO)} {pick(DOES)} {pick(WHAT)} {pick(WHEN)}, việc số {self.count}"

    def options(self, count: int, right: set[int]) -> Iterator[str]:
        for at in range(count):
            yield f"- [{'x' if at in right else ' '}] {'abcde'[at]}) {self.words()}"
            yield f"    > {self.words()}, vì {self.words()}."

    def question(self, number: int) -> str:
        kind = ("single_choice", "several_choices", "true_false", "numeric", "matching")[number % 5]
        lines = [f"## q-{number}", f"kind: {kind}", "lesson: mot", "sources: A1", "", f"{self.words()}?", ""]
        if kind == "single_choice":
            lines += self.options(4, {self.chance.randrange(4)})
        elif kind == "several_choices":
            lines += self.options(5, set(self.chance.sample(range(5), 2)))
        elif kind == "true_false":
            is_true = self.chance.random() < 0.5
            lines += [f"- [{'x' if is_true else ' '}] a) Đúng", f"    > {self.words()}."]
            lines += [f"- [{' ' if is_true else 'x'}] b) Sai", f"    > {self.words()}."]
        elif kind == "numeric":
            lines += [f"- [x] a) {number} ± 0,5 người", f"    > {self.words()}."]
        else:
            for letter in "abcd":
                lines += [f"- [x] {letter}) {self.words()} => {self.words()}", f"    > {self.words()}."]
        return "\n".join(lines)


def write(folder: Path) -> None:
    """The module `mau` of the checker's tests with a bank of these questions besides its own."""
    writer = _Writer()
    files = {path if path == SHARED else f"modules/mau/{path}": text for path, text in GOOD.items()}
    for start in range(0, QUESTIONS, A_FILE):
        text = "\n\n".join(writer.question(number) for number in range(start, start + A_FILE))
        files[f"modules/mau/questions/lon-{start}.md"] = f"{text}\n"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
