"""Every state of a text in little room: whole now and then, and between as what changed since the state before.

Half a thousand saves of one essay take a few times the essay's size. Pure functions over bytes; what was packed can
always be unpacked to the very same text, and `digest` proves it.
"""

import hashlib
import json
import zlib
from collections.abc import Mapping

LONGEST_CHAIN = 50
"""After so many changes a state is kept whole again, so that reading any one stays quick."""


def to_bytes(texts: Mapping[str, str]) -> bytes:
    """The texts by prompt id in one spelling: what is packed, and what the fingerprint is taken of."""
    return json.dumps(dict(texts), ensure_ascii=False, sort_keys=True).encode()


def to_texts(whole: bytes) -> dict[str, str]:
    texts: dict[str, str] = json.loads(whole)
    return texts


def digest(whole: bytes) -> str:
    return hashlib.sha256(whole).hexdigest()


def pack_whole(whole: bytes) -> bytes:
    return zlib.compress(whole, 6)


def unpack_whole(packed: bytes) -> bytes:
    return zlib.decompress(packed)


def pack_change(before: bytes, after: bytes) -> bytes:
    """What turns one state into the next: how much stays at both ends, and what stands between, deflated."""
    start = _common(before, after, from_end=False)
    end = _common(before[start:], after[start:], from_end=True)
    between = after[start : len(after) - end]
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15, zdict=before[-32_768:])
    return b"%d %d " % (start, end) + deflate.compress(between) + deflate.flush()


def unpack_change(before: bytes, packed: bytes) -> bytes:
    start, end, deflated = packed.split(b" ", 2)
    between = zlib.decompressobj(-15, zdict=before[-32_768:]).decompress(deflated)
    return before[: int(start)] + between + before[len(before) - int(end) :]


def _common(one: bytes, other: bytes, *, from_end: bool) -> int:
    """How many bytes two texts share at the start or at the end: halving, so that a long text costs few comparisons."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        same = one[-middle:] == other[-middle:] if from_end else one[:middle] == other[:middle]
        least, most = (middle, most) if same else (least, middle - 1)
    return least
