"""The organisation as of any day: founding, renaming, moving, reporting members, and who stands under whom."""

from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lms.completion.queries import child_of_each
from lms.db import db as database
from lms.db import transaction
from lms.units import queries, services
from lms.units.models import PresetParent, Unit, UnitClosure, UnitKind, UnitName, UnitStat, valid_on
from lms.units.rules import FOUR_TIERS, NAMES, THREE_TIERS, refusal_of_parent
from tests.factories import LONG_AGO, a_district, a_unit
from tests.taken_back import taken_back

SPRING, SUMMER = date(2025, 3, 1), date(2025, 7, 1)
DAY = timedelta(days=1)


def named_on(unit: Unit, day: date) -> str | None:
    return database.session.scalar(select(UnitName.name).where(UnitName.unit_id == unit.id, valid_on(UnitName, day)))


def under(unit: Unit, day: date) -> set[int]:
    return set(database.session.scalars(queries.subtree([unit.id], day)))


# --- Presets ----------------------------------------------------------------------------------------------------------


def test_four_tiers_hold_to_the_end_of_june_2025_and_three_from_july(db):
    days = [date(1929, 7, 27), date(1929, 7, 28), date(2025, 6, 30), date(2025, 7, 1), date(2026, 11, 21)]

    presets = [queries.preset_on(day) for day in days]

    assert [preset and preset.code for preset in presets] == [None, "4-cap", "4-cap", "3-cap", "3-cap"]


def test_the_stored_presets_say_what_the_rules_say(db):
    for preset in (FOUR_TIERS, THREE_TIERS):
        stored = queries.preset_on(preset.valid_to)

        assert stored is not None
        assert queries.allowed_parents(stored) == {kind.code: set(kind.parents) for kind in preset.kinds}


def test_installing_the_presets_again_changes_nothing(db):
    services.install_presets()

    assert database.session.scalar(select(func.count()).select_from(UnitKind)) == len(NAMES)
    expected = sum(len(kind.parents) for preset in (FOUR_TIERS, THREE_TIERS) for kind in preset.kinds)
    assert database.session.scalar(select(func.count()).select_from(PresetParent)) == expected


def test_a_district_stands_under_a_province_until_there_are_no_districts_any_more(db):
    before, after = queries.preset_on(SUMMER - DAY), queries.preset_on(SUMMER)
    assert before is not None
    assert after is not None
    four, three = queries.allowed_parents(before), queries.allowed_parents(after)

    assert refusal_of_parent("district_federation", "provincial_federation", four, before.name) is None
    assert refusal_of_parent("district_federation", "provincial_federation", three, after.name) == (
        "Loại “Liên đoàn Lao động huyện, quận, thị xã” không có trong hệ thống 3 cấp (từ 01/07/2025)."
    )
    assert refusal_of_parent("grassroots_union", "commune_union", three, after.name) is None
    assert refusal_of_parent("grassroots_union", "team", three, after.name) == (
        "“Công đoàn cơ sở” không thể trực thuộc “Tổ công đoàn” trong hệ thống 3 cấp (từ 01/07/2025)."
    )
    assert refusal_of_parent("confederation", None, three, after.name) is None


# --- Names, places, members -------------------------------------------------------------------------------------------


def test_a_founded_unit_has_its_name_its_place_and_its_members_from_that_day(db):
    district = a_district()
    unit = services.found_unit(
        code="CĐCS-01", name="Công đoàn Trường Hoa Sen", kind="grassroots_union", on=SPRING, parent=district, members=31
    )
    services.rebuild_closure()

    assert (named_on(unit, SPRING - DAY), named_on(unit, SPRING)) == (None, "Công đoàn Trường Hoa Sen")
    assert (under(district, SPRING - DAY), under(district, SPRING)) == ({district.id}, {district.id, unit.id})
    assert (unit.member_count, unit.folded_name) == (31, "cong doan truong hoa sen")


def test_a_code_names_one_unit_for_ever(db):
    a_unit()
    taken = database.session.scalars(select(Unit.code)).first()

    with pytest.raises(IntegrityError):
        services.found_unit(code=taken or "", name="Công đoàn khác", kind="grassroots_union", on=SPRING)


def test_a_new_name_holds_from_its_day_and_the_old_one_stays_to_be_read(db):
    unit = a_unit("Công đoàn Phòng Giáo dục")

    services.rename_unit(unit, "Công đoàn Phòng Giáo dục và Đào tạo", on=SUMMER)

    assert named_on(unit, SUMMER - DAY) == "Công đoàn Phòng Giáo dục"
    assert named_on(unit, SUMMER) == "Công đoàn Phòng Giáo dục và Đào tạo"
    assert (unit.name, unit.folded_name) == (
        "Công đoàn Phòng Giáo dục và Đào tạo",
        "cong doan phong giao duc va dao tao",
    )


def test_a_second_name_on_one_day_mends_the_first(db):
    unit = a_unit("Công đoàn A")
    services.rename_unit(unit, "Công đoàn Bê", on=SUMMER)

    services.rename_unit(unit, "Công đoàn B", on=SUMMER)

    assert (named_on(unit, SUMMER - DAY), named_on(unit, SUMMER)) == ("Công đoàn A", "Công đoàn B")
    assert database.session.scalar(select(func.count()).select_from(UnitName)) == 2


def test_a_move_holds_from_its_day_and_the_past_stays_as_it_was(db):
    district, ward = a_district(), a_unit("Công đoàn phường", kind="commune_union")
    unit = a_unit(under=district)
    section = a_unit("Công đoàn bộ phận", kind="section", under=unit)

    services.move_unit(unit, ward, on=SUMMER)
    services.rebuild_closure()

    assert under(district, SUMMER - DAY) == {district.id, unit.id, section.id}
    assert under(ward, SUMMER - DAY) == {ward.id}
    assert under(district, SUMMER) == {district.id}
    assert under(ward, SUMMER) == {ward.id, unit.id, section.id}
    assert [one.id for one in queries.unit_path(section.id, SUMMER - DAY)] == [district.id, unit.id, section.id]
    assert [one.id for one in queries.unit_path(section.id, SUMMER)] == [ward.id, unit.id, section.id]
    assert list(database.session.scalars(queries.children(district.id, SUMMER))) == []
    assert [one.id for one in database.session.scalars(queries.children(ward.id, SUMMER))] == [unit.id]


def test_a_second_move_on_one_day_mends_the_first(db):
    first, second = a_unit("Công đoàn phường Một"), a_unit("Công đoàn phường Hai")
    unit = a_unit(under=a_district())
    services.move_unit(unit, first, on=SUMMER)

    services.move_unit(unit, second, on=SUMMER)
    services.rebuild_closure()

    assert (under(first, SUMMER), under(second, SUMMER)) == ({first.id}, {second.id, unit.id})


def test_there_and_back_are_two_times_under_the_same_unit(db):
    home, away = a_district(), a_unit("Công đoàn khối")
    unit = a_unit(under=home)

    services.move_unit(unit, away, on=SPRING)
    services.move_unit(unit, home, on=SUMMER)
    services.rebuild_closure()

    assert [unit.id in under(home, day) for day in (SPRING - DAY, SPRING, SUMMER - DAY, SUMMER)] == [
        True,
        False,
        False,
        True,
    ]


def test_nothing_is_renamed_or_moved_before_what_it_ends_began(db):
    district, ward = a_district(), a_unit("Công đoàn phường")
    unit = a_unit("Công đoàn A", under=district)

    with pytest.raises(IntegrityError):
        services.rename_unit(unit, "Công đoàn B", on=LONG_AGO - DAY)
    with pytest.raises(IntegrityError):
        services.move_unit(unit, ward, on=LONG_AGO - DAY)

    services.rebuild_closure()
    assert (named_on(unit, SUMMER), under(district, SUMMER)) == ("Công đoàn A", {district.id, unit.id})


def test_a_unit_never_stands_under_itself(db):
    district = a_district()
    unit = a_unit(under=district)
    section = a_unit("Công đoàn bộ phận", kind="section", under=unit)
    before = under(district, SUMMER)

    with pytest.raises(IntegrityError):
        services.move_unit(unit, unit, on=SUMMER)
    with pytest.raises(IntegrityError):
        _move_and_rebuild(unit, section)

    services.rebuild_closure()
    assert under(district, SUMMER) == before == {district.id, unit.id, section.id}


def _move_and_rebuild(unit: Unit, parent: Unit) -> None:
    with transaction():
        services.move_unit(unit, parent, on=SUMMER)
        services.rebuild_closure()


def test_the_latest_report_of_members_is_todays_number_whenever_it_comes_in(db):
    unit = a_unit()

    services.report_members(unit, 40, on=date(2025, 1, 1))
    services.report_members(unit, 45, on=date(2026, 1, 1))
    services.report_members(unit, 42, on=date(2025, 7, 1))

    assert unit.member_count == 45
    services.report_members(unit, 46, on=date(2026, 1, 1))
    assert unit.member_count == 46
    stats = database.session.execute(select(UnitStat.as_of, UnitStat.member_count).order_by(UnitStat.as_of))
    assert [tuple(row) for row in stats] == [
        (date(2025, 1, 1), 40),
        (date(2025, 7, 1), 42),
        (date(2026, 1, 1), 46),
    ]


def test_the_84_unions_of_a_district_sum_by_category(db):
    """21 offices, 11 communes, 42 schools and 10 outside the state, with 2.830 members (domain.md, O2)."""
    district = a_district()
    groups = {"phong-ban-nganh": (21, 30), "xa-thi-tran": (11, 20), "truong-hoc": (42, 40), "ngoai-nha-nuoc": (10, 30)}
    with transaction():
        for category, (count, members) in groups.items():
            for number in range(count):
                services.found_unit(
                    code=f"{category}-{number}",
                    name=f"Công đoàn {number}",
                    kind="grassroots_union",
                    on=LONG_AGO,
                    parent=district,
                    category=category,
                    members=members,
                )
        stranger = services.found_unit(
            code="X",
            name="Công đoàn huyện khác",
            kind="grassroots_union",
            on=LONG_AGO,
            category="truong-hoc",
            members=9,
        )
    services.rebuild_closure()

    totals = queries.category_totals([district.id], SUMMER)

    assert totals == [
        ("Cơ quan phòng, ban, ngành", 21, 630),
        ("Xã, thị trấn", 11, 220),
        ("Trường học", 42, 1680),
        ("Ngoài nhà nước", 10, 300),
    ]
    assert (sum(count for _, count, _ in totals), sum(members for *_, members in totals)) == (84, 2830)
    assert queries.category_totals([stranger.id], SUMMER) == [("Trường học", 1, 9)]
    assert queries.category_totals([district.id, stranger.id], SUMMER)[2] == ("Trường học", 43, 1689)
    assert queries.category_totals([], SUMMER) == []


def test_the_list_of_units_is_in_vietnamese_order_and_searched_without_diacritics(db):
    district = a_district("Liên đoàn Lao động huyện Đắk Mil")
    for name in ("Công đoàn Đức An", "Công đoàn Ân Thi", "Công đoàn Dân An", "Công đoàn An Bình"):
        a_unit(name, under=district)
    a_unit("Công đoàn huyện khác")

    def page(words: str = "", after: int = 0, size: int = 10) -> list[str]:
        return [unit.name for unit in queries.units_page([district.id], SUMMER, words=words, after=after, size=size)]

    assert page() == [
        "Công đoàn An Bình",
        "Công đoàn Ân Thi",
        "Công đoàn Dân An",
        "Công đoàn Đức An",
        "Liên đoàn Lao động huyện Đắk Mil",
    ]
    assert page("duc an") == ["Công đoàn Đức An"]
    assert page("ĐĂK") == ["Liên đoàn Lao động huyện Đắk Mil"]
    assert page(after=1, size=2) == ["Công đoàn Ân Thi", "Công đoàn Dân An"]
    assert page("khac") == []
    assert page("%") == page("_") == []


# --- Any history at all -----------------------------------------------------------------------------------------------


class Event(NamedTuple):
    """From this day the unit stands under another unit; its first event founds it."""

    day: date
    unit: int
    parent: int | None


@some.composite
def histories(draw: some.DrawFn) -> list[Event]:
    """Units founded one after the other, then moves; a parent always has a lower number, so there is no circle."""
    days = some.integers(0, 5).map(lambda weeks: LONG_AGO + timedelta(weeks=weeks))
    count = draw(some.integers(2, 7))
    parents = [None, *(draw(some.none() | some.integers(0, unit - 1)) for unit in range(1, count))]
    founded = [Event(day, unit, parents[unit]) for unit, day in enumerate(sorted(draw(days) for _ in range(count)))]
    moves = []
    for day in sorted(draw(some.lists(days, max_size=6))):
        unit = draw(some.integers(1, count - 1))
        parent = draw(some.integers(0, unit - 1))
        moves.append(Event(max(day, founded[unit].day), unit, parent))
    return [*founded, *sorted(moves, key=lambda move: move.day)]


def path_of(history: list[Event], unit: int, day: date) -> list[int]:
    """From the unit up, step by step, as the events of this day and before have left it."""
    path, above = [], unit if any(event.unit == unit and event.day <= day for event in history) else None
    while above is not None:
        path.append(above)
        above = next((event.parent for event in reversed(history) if event.unit == above and event.day <= day), None)
    return path


@given(history=histories(), asked=some.integers(0, 6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_who_stands_under_whom_is_what_walking_up_day_by_day_finds(db, history, asked):
    with taken_back():
        units: list[Unit] = []
        for day, number, parent in history:
            above = units[parent] if parent is not None else None
            if number == len(units):
                name, code = f"Đơn vị {number}", f"H{number}"
                units.append(services.found_unit(code=code, name=name, kind="section", on=day, parent=above))
            elif above is not None:
                services.move_unit(units[number], above, on=day)
        ids, asked = [unit.id for unit in units], asked % len(units)
        services.rebuild_closure()

        for day in {event.day + shift for event in history for shift in (-DAY, timedelta())}:
            paths = {number: path_of(history, number, day) for number in range(len(ids))}
            rows = database.session.execute(
                select(UnitClosure.ancestor_id, UnitClosure.descendant_id, UnitClosure.depth).where(
                    valid_on(UnitClosure, day)
                )
            )
            assert sorted(tuple(row) for row in rows) == sorted(
                (ids[above], ids[unit], depth) for unit, path in paths.items() for depth, above in enumerate(path)
            )

        below = {unit: path for unit, path in paths.items() if asked in path}
        assert set(database.session.scalars(queries.subtree([ids[asked]], day))) == {ids[unit] for unit in below}
        assert [unit.id for unit in queries.unit_path(ids[asked], day)] == [ids[unit] for unit in paths[asked][::-1]]
        children = {unit for unit, path in below.items() if path.index(asked) == 1}
        assert {unit.id for unit in database.session.scalars(queries.children(ids[asked], day))} == {
            ids[unit] for unit in children
        }
        assert child_of_each(ids[asked], day) == {
            ids[unit]: ids[path[path.index(asked) - 1]] for unit, path in below.items() if unit != asked
        }


def test_being_within_is_asked_for_several_units_at_once(db):
    district, other = a_district(), a_district("Liên đoàn Lao động huyện khác")
    unit = a_unit(under=district)

    assert queries.is_within(unit.id, [other.id, district.id], SUMMER)
    assert queries.is_within(district.id, [district.id], SUMMER)
    assert not queries.is_within(unit.id, [other.id], SUMMER)
    assert not queries.is_within(district.id, [unit.id], SUMMER)
    assert not queries.is_within(unit.id, [], SUMMER)
