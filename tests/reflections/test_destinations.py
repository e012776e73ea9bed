from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lms.people.rules import Position, is_direct
from lms.reflections.destinations import Holder, destination, hindrance, refusal_to_reroute, why_nowhere

HOLDERS = st.lists(
    st.builds(
        lambda depth, name, *flags: Holder(depth, 100 - depth, f"Đơn vị {depth}", name, *flags),
        st.integers(0, 4),
        st.sampled_from("ABC"),
        st.booleans(),
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
)


@given(HOLDERS, st.booleans())
def test_a_text_goes_to_the_nearest_unit_with_somebody_who_can_grade(holders, forbids_direct):
    able = {one.depth for one in holders if hindrance(one, forbids_direct=forbids_direct) is None}

    assert destination(holders, forbids_direct=forbids_direct) == (100 - min(able) if able else None)


@given(HOLDERS, st.data())
def test_somebody_who_leaves_never_brings_a_text_nearer(holders, data):
    before = destination(holders, forbids_direct=True)
    away = [replace(one, is_away=one.is_away or data.draw(st.booleans())) for one in holders]
    after = destination(away, forbids_direct=True)

    assert after is None or (before is not None and before >= after)


def test_why_a_text_is_nowhere_names_what_hinders():
    author = Holder(0, 1, "Tổ", "A", is_author=True, is_away=False, is_direct=False)
    away = replace(author, is_author=False, is_away=True)
    chief = replace(author, is_author=False, is_direct=True)

    nobody = "Từ đơn vị quản lý trở lên chưa có giám khảo nào khác người viết."
    assert why_nowhere([author], forbids_direct=True) == nobody
    assert why_nowhere([author, away], forbids_direct=True) == "Giám khảo ở mọi cấp đều vướng: đang nghỉ."
    assert hindrance(chief, forbids_direct=False) is None
    assert hindrance(chief, forbids_direct=True) == "là cấp trên hoặc cấp dưới trực tiếp của người viết"


@given(st.sampled_from(Position), st.sampled_from(Position), st.booleans(), st.booleans())
def test_superior_of_one_is_subordinate_of_the_other(one, other, same_unit, adjoining):
    place = {"same_unit": same_unit, "adjoining": adjoining}

    assert is_direct(one, other, **place) == is_direct(other, one, **place)
    if is_direct(one, other, **place):
        assert Position.CHAIR in (one, other) or (same_unit and Position.VICE_CHAIR in (one, other))


def test_a_text_moves_by_hand_only_while_it_waits_and_with_a_reason():
    assert refusal_to_reroute(True, "Giám khảo quá tải") is None
    assert refusal_to_reroute(False, "Giám khảo quá tải") == "Bài không còn chờ chấm nên không chuyển được nữa."
    assert refusal_to_reroute(True, "Bận") == "Đồng chí ghi rõ lý do chuyển bài (ít nhất ba từ)."
