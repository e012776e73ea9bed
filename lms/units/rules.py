"""What may stand under what, as data: two presets of tiers, and the categories of a district (domain.md §2)."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Kind:
    code: str
    name: str
    tier: int
    parents: tuple[str, ...]


@dataclass(frozen=True)
class Preset:
    """The tiers in force between two days (both belong to it), top first."""

    code: str
    name: str
    valid_from: date
    valid_to: date
    tiers: tuple[str, ...]
    kinds: tuple[Kind, ...]


UPPER_FOUR = ("provincial_federation", "national_sector_union", "corporation_union")
DIRECT_FOUR = ("district_federation", "local_sector_union", "zone_union", "block_union")
UPPER_THREE = ("provincial_federation", "national_sector_union", "corporation_union", "zone_union", "commune_union")
GRASSROOTS = ("grassroots_union", "occupational_union")

NAMES = {
    "confederation": "Tổng Liên đoàn Lao động Việt Nam",
    "provincial_federation": "Liên đoàn Lao động tỉnh, thành phố",
    "national_sector_union": "Công đoàn ngành Trung ương",
    "corporation_union": "Công đoàn tập đoàn, tổng công ty trực thuộc Tổng Liên đoàn",
    "district_federation": "Liên đoàn Lao động huyện, quận, thị xã",
    "local_sector_union": "Công đoàn ngành địa phương",
    "zone_union": "Công đoàn khu công nghiệp, khu chế xuất",
    "block_union": "Công đoàn khối",
    "commune_union": "Công đoàn xã, phường, đặc khu",
    "grassroots_union": "Công đoàn cơ sở",
    "occupational_union": "Nghiệp đoàn cơ sở",
    "member_union": "Công đoàn cơ sở thành viên",
    "section": "Công đoàn bộ phận",
    "team": "Tổ công đoàn",
}


def _kinds(*rows: tuple[int, tuple[str, ...], tuple[str, ...]]) -> tuple[Kind, ...]:
    return tuple(Kind(code, NAMES[code], tier, parents) for tier, codes, parents in rows for code in codes)


FOUR_TIERS = Preset(
    code="4-cap",
    name="4 cấp (đến 30/06/2025)",
    valid_from=date(1929, 7, 28),
    valid_to=date(2025, 6, 30),
    tiers=("Trung ương", "Tỉnh và ngành Trung ương", "Cấp trên trực tiếp cơ sở", "Cơ sở"),
    kinds=_kinds(
        (1, ("confederation",), ()),
        (2, UPPER_FOUR, ("confederation",)),
        (3, DIRECT_FOUR, UPPER_FOUR),
        (4, GRASSROOTS, (*DIRECT_FOUR, *UPPER_FOUR)),
        (4, ("member_union",), GRASSROOTS),
        (4, ("section", "team"), (*GRASSROOTS, "member_union", "section")),
    ),
)

THREE_TIERS = Preset(
    code="3-cap",
    name="3 cấp (từ 01/07/2025)",
    valid_from=date(2025, 7, 1),
    valid_to=date(9999, 12, 31),
    tiers=("Trung ương", "Cấp trên cơ sở", "Cơ sở"),
    kinds=_kinds(
        (1, ("confederation",), ()),
        (2, ("provincial_federation", "national_sector_union", "corporation_union"), ("confederation",)),
        (2, ("zone_union", "commune_union"), ("provincial_federation",)),
        (3, GRASSROOTS, UPPER_THREE),
        (3, ("member_union",), GRASSROOTS),
        (3, ("section", "team"), (*GRASSROOTS, "member_union", "section")),
    ),
)

PRESETS = (FOUR_TIERS, THREE_TIERS)

CATEGORIES = {
    "phong-ban-nganh": "Cơ quan phòng, ban, ngành",
    "xa-thi-tran": "Xã, thị trấn",
    "truong-hoc": "Trường học",
    "ngoai-nha-nuoc": "Ngoài nhà nước",
}


def refusal_of_parent(kind: str, parent_kind: str | None, allowed: dict[str, set[str]], tiers: str) -> str | None:
    """Say why a unit of `kind` cannot stand under `parent_kind` on the day whose tiers are named; None means it can.

    `allowed` maps each kind in force on that day to the kinds that it may stand under.
    """
    name = NAMES.get(kind, kind)
    if kind not in allowed:
        return f"Loại “{name}” không có trong hệ thống {tiers}."
    if parent_kind is None:
        return None
    if parent_kind not in allowed[kind]:
        return f"“{name}” không thể trực thuộc “{NAMES.get(parent_kind, parent_kind)}” trong hệ thống {tiers}."
    return None
