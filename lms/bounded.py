"""A stranger's bytes as text, as members of a zip or as elements of XML, bounded in every direction."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from lms.refusals import Unreadable

MOST_TEXT = 5_000_000
MOST_BYTES = 20_000_000
MOST_UNPACKED, MOST_RATIO, FREE_OF_RATIO = 100_000_000, 100, 5_000_000
MOST_MEMBERS = 2_000
MOST_ELEMENTS, DEEPEST = 200_000, 100
PIECE = 65_536

SMALLER_CURE = "Chia thành nhiều tệp, bỏ ảnh, rồi nhập từng tệp."


def text_of(data: bytes, most: int = MOST_TEXT) -> str:
    """UTF-8, or UTF-16 with its mark, with plain line ends; everything else is refused with the cure."""
    if len(data) > most:
        raise too_large(len(data), most)
    is_wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = "" if is_wide else f" (dòng {data[: error.start].count(bytes([10])) + 1})"
        raise _not_utf8(line) from None
    if "\x00" in text:
        raise _not_utf8("")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _not_utf8(line: str) -> Unreadable:
    return Unreadable(
        f"Tệp không ghi bằng bảng mã UTF-8{line}, chữ Việt sẽ hỏng.",
        "Mở tệp bằng trình soạn thảo, chọn Lưu thành (Save As), bảng mã UTF-8; phông cũ thì chuyển mã trước.",
    )


def too_large(size: int, most: int) -> Unreadable:
    return Unreadable(
        f"Tệp nặng {size / 1e6:.1f} MB, quá mức {most // 1_000_000} MB.".replace(".", ",", 1), SMALLER_CURE
    )


# --- Zip --------------------------------------------------------------------------------------------------------------


class Archive:
    """A zip whose names stay inside it and whose members are counted while they are unpacked."""

    def __init__(self, data: bytes) -> None:
        if len(data) > MOST_BYTES:
            raise too_large(len(data), MOST_BYTES)
        try:
            self._zip = ZipFile(BytesIO(data))
        except (BadZipFile, ValueError, NotImplementedError, OSError):
            raise damaged() from None
        self._left = MOST_UNPACKED
        self._members: dict[str, ZipInfo] = {}
        infos = self._zip.infolist()
        if len(infos) > MOST_MEMBERS:
            raise Unreadable(f"Tệp nén có {len(infos)} tệp con, quá nhiều.", SMALLER_CURE)
        for info in infos:
            name = info.filename
            if name.startswith(("/", "\\")) or ":" in name or ".." in name.replace("\\", "/").split("/"):
                message = "Tệp nén có tên tệp con trỏ ra ngoài thư mục của nó, nên không mở."
                raise Unreadable(message, "Nén lại các tệp bằng máy của đồng chí rồi nhập.")
            if info.flag_bits & 1:
                raise Unreadable("Tệp có đặt mật khẩu.", "Bỏ mật khẩu của tệp rồi lưu lại.")
            if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or name in self._members:
                raise damaged()
            self._members[name] = info

    @property
    def names(self) -> list[str]:
        return [name for name in self._members if not name.endswith("/")]

    def read(self, name: str) -> bytes:
        """A member, empty where there is none."""
        info = self._members.get(name)
        if info is None:
            return b""
        most = min(self._left, max(FREE_OF_RATIO, MOST_RATIO * info.compress_size))
        parts, size = [], 0
        try:
            with self._zip.open(info) as member:
                while part := member.read(PIECE):
                    size += len(part)
                    if size > most:
                        message = "Tệp nén bung ra lớn bất thường so với kích thước của nó, nên không mở."
                        raise Unreadable(message, "Mở tệp gốc, chép phần chữ sang tệp mới rồi lưu lại.")
                    parts.append(part)
        except Unreadable:
            raise
        except Exception:  # zipfile and zlib raise nearly anything for a broken member
            raise damaged() from None
        self._left -= size
        return b"".join(parts)


def damaged() -> Unreadable:
    return Unreadable("Không đọc được tệp nén: tệp hỏng hoặc tải về chưa trọn.", "Tải hoặc lưu lại tệp rồi nhập lại.")


# --- XML --------------------------------------------------------------------------------------------------------------


@dataclass
class Node:
    """An element: name without its namespace, attributes likewise, and where it began."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list["Node"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def find(self, tag: str) -> "Node | None":
        return next((child for child in self.children if child.tag == tag), None)

    def all(self, tag: str) -> list["Node"]:
        return [child for child in self.children if child.tag == tag]

    def text_at(self, *path: str) -> str:
        """The text of the first descendant on this path; empty where there is none."""
        node: Node | None = self
        for tag in path:
            node = node.find(tag) if node else None
        return node.text if node else ""

    def outermost(self, tag: str) -> Iterator["Node"]:
        """The descendants of this name that lie in no other of it, in reading order."""
        todo = list(reversed(self.children))
        while todo:
            node = todo.pop()
            if node.tag == tag:
                yield node
            else:
                todo.extend(reversed(node.children))


class _Target:
    """Builds the outermost elements of the wanted names and lets go of all others."""

    def __init__(self, wanted: Collection[str], without_text: Collection[str]) -> None:
        self.wanted, self.without_text = wanted, without_text
        self.parser: Any = None
        self.open: list[Node] = []
        self.done: list[Node] = []
        self.root = ""
        self.depth = self.elements = 0

    def start(self, name: str, given: dict[str, str]) -> None:
        tag = local(name)
        self.root = self.root or tag
        self.depth += 1
        if self.depth > DEEPEST:
            raise tangled()
        if not self.open and tag not in self.wanted:
            return
        self.elements = self.elements + 1 if self.open else 1
        if self.elements > MOST_ELEMENTS:
            raise tangled()
        node = Node(tag, {local(key): value for key, value in given.items()}, self.parser.CurrentLineNumber)
        if self.open:
            self.open[-1].children.append(node)
        self.open.append(node)

    def data(self, text: str) -> None:
        if self.open and self.open[-1].tag not in self.without_text:
            self.open[-1].pieces.append(text)

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.open:
            node = self.open.pop()
            if not self.open:
                self.done.append(node)

    def close(self) -> None: ...


def local(name: str) -> str:
    """The name of an element or attribute without its namespace."""
    return name.rpartition("}")[2]


def tangled() -> Unreadable:
    return Unreadable("Tệp XML lồng quá sâu hoặc chứa lượng phần tử bất thường.", SMALLER_CURE)


def elements(xml: str | bytes, wanted: Collection[str], without_text: Collection[str] = ()) -> Iterator[Node]:
    """The outermost elements of these names, one by one as they are read; of `without_text` the words are not kept.

    Broken XML is `Unreadable` with its line, after all that stands before it has been given.
    """
    target = _Target(wanted, without_text)
    for _piece in fed(xml, target):
        yield from target.done
        target.done.clear()


def fed(xml: str | bytes, target: Any) -> Iterator[None]:
    """Feed the XML piece by piece to a target with `start`, `data`, `end`; declarations and faults are `Unreadable`."""
    parser: Any = DefusedXMLParser(target=target, forbid_dtd=True)
    target.parser = parser.parser
    broken = 0
    try:
        for start in range(0, len(xml), PIECE):
            parser.feed(xml[start : start + PIECE])
            yield
        parser.close()
    except DefusedXmlException:
        raise Unreadable(
            "Tệp XML có phần khai báo DOCTYPE hoặc ENTITY, nên không đọc.",
            "Xuất lại tệp từ chương trình đã soạn ra nó.",
        ) from None
    except ParseError as error:
        broken = error.position[0]
    yield
    if broken:
        raise Unreadable(f"Tệp XML viết sai cú pháp ở dòng {broken}.", "Xuất lại tệp, hoặc sửa dòng đó rồi nhập lại.")
