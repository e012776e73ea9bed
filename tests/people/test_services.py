"""Persons, posts, codes, passwords, signing in, and roles."""

import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from lms import create_app
from lms.access import Role
from lms.audit import AuditEntry
from lms.db import FOREVER, transaction
from lms.db import db as database
from lms.errors import NotAllowed, Refused
from lms.people import queries, rules, services
from lms.people.models import Account, Person, RoleGrant, SignIn, SignInFailure
from lms.people.rules import Position
from lms.people.services import Try
from lms.people.viewer import acting_as, signed_in, token_hash
from tests.conftest import SECRET
from tests.factories import LONG_AGO, NOON, PASSWORD, a_district, a_person, a_unit, viewer, with_role

TICK = timedelta(microseconds=1)
WRONG = "sai-mat-khau"
TODAY, YESTERDAY = date(2026, 11, 10), date(2026, 11, 9)


def the_account(of: Person) -> Account:
    assert of.account is not None
    return of.account


def a_try(person: Person, secret: str = PASSWORD, *, device: str | None = None, address: str = "198.51.100.7") -> Try:
    return Try(the_account(person).username, secret, address, "Firefox", device)


def guess(attempt: Try, *, at: datetime = NOON, times: int = 1) -> str:
    """Try to sign in some times; what the last try met: "in", "wrong" or the seconds to wait."""
    met = ""
    for _time in range(times):
        try:
            services.sign_in(attempt, at=at)
            met = "in"
        except Refused as refused:
            met = str(refused.details.get("wait", "wrong"))
    return met


def decisions(action: str) -> int:
    return database.session.scalar(select(func.count()).where(AuditEntry.action == action)) or 0


# --- Persons and posts ------------------------------------------------------------------------------------------------


def test_a_person_is_found_without_diacritics_and_sorted_by_given_name(db):
    unit = a_unit()
    for name in ("Nguyễn Văn Đức", "Nguyễn Thị An"):
        a_person(name, of=unit)
    administrator = viewer(with_role(Role.UNIT_ADMIN, unit, name="Hồ Thanh Sang"))

    everyone = queries.people_page(administrator, words="", after=0, size=9)
    found = queries.people_page(administrator, words="van duc", after=0, size=9)
    nobody = queries.people_page(administrator, words="%", after=0, size=9)

    assert [one.full_name for one in everyone] == ["Nguyễn Thị An", "Nguyễn Văn Đức", "Hồ Thanh Sang"]
    assert [one.full_name for one in found] == ["Nguyễn Văn Đức"]
    assert nobody == []


def test_a_new_main_post_makes_the_earlier_one_a_side_post(db):
    one, other = a_unit(), a_unit("Công đoàn cơ sở Khác")
    person = a_person(of=one)

    services.appoint(person, other, Position.VICE_CHAIR, on=TODAY)

    assert queries.main_post(person.id, YESTERDAY).unit == one
    assert queries.main_post(person.id, TODAY).unit == other


def test_a_post_that_has_ended_is_held_to_its_last_day(db):
    person = a_person(of=a_unit())
    post = queries.main_post(person.id, TODAY)

    services.end_post(post, last_day=TODAY)

    assert queries.main_post(person.id, TODAY) == post
    assert queries.main_post(person.id, TODAY + timedelta(days=1)) is None


# --- Passwords --------------------------------------------------------------------------------------------------------


def test_a_password_is_kept_as_an_argon2id_hash_of_its_own(db):
    one, other = a_person(), a_person()

    for person in (one, other):
        services.set_password(the_account(person), PASSWORD, at=NOON)

    hashes = [the_account(one).password_hash, the_account(other).password_hash]
    assert all(hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for hash in hashes)
    assert hashes[0] != hashes[1]


def test_a_password_opens_a_sign_in_of_which_only_a_hash_is_kept(db):
    person = a_person(password=PASSWORD)

    opened = services.sign_in(a_try(person), at=NOON)

    row = database.session.scalars(select(SignIn)).one()
    assert (row.token_hash, row.device, row.by_code) == (token_hash(opened.token), "Firefox", False)
    assert signed_in(opened.token).person_id == person.id
    assert signed_in(opened.token + "x") is None
    assert decisions("sign_in") == 1


def test_a_password_is_the_same_from_every_vietnamese_keyboard(db):
    person = a_person()
    services.set_password(the_account(person), unicodedata.normalize("NFD", "mật khẩu của tôi"), at=NOON)

    assert guess(a_try(person, unicodedata.normalize("NFC", "mật khẩu của tôi"))) == "in"
    assert guess(a_try(person, unicodedata.normalize("NFD", "mật khẩu của tôi"))) == "in"
    assert guess(a_try(person, "mat khau cua toi")) == "wrong"


def test_a_user_name_is_read_in_any_case_and_with_any_spaces(db):
    attempt = a_try(a_person(password=PASSWORD))

    assert guess(replace(attempt, username=f"  {attempt.username.upper()}\t")) == "in"


@pytest.mark.parametrize("username", ["", "khong-co", "' OR 1=1 --", "a\x00b", "\u0111" * 300])
def test_an_unknown_name_a_wrong_password_and_a_closed_account_meet_one_sentence(db, username):
    person, closed = a_person(password=PASSWORD), a_person(password=PASSWORD)
    with transaction():
        the_account(closed).is_open = False
    sentences = set()

    for attempt in (a_try(person, WRONG), a_try(closed), replace(a_try(person), username=username)):
        with pytest.raises(Refused) as refused:
            services.sign_in(attempt, at=NOON)
        sentences.add(refused.value.sentence)

    assert len(sentences) == 1
    assert guess(a_try(person)) == "in"


def test_a_new_password_signs_every_other_device_out(db):
    person = a_person(password=PASSWORD)
    here, elsewhere = (services.sign_in(a_try(person), at=NOON).token for _device in range(2))
    keep = signed_in(here).sign_in_id

    services.change_password(the_account(person), PASSWORD, "mot-cau-khac", at=NOON, keep=keep)

    assert (signed_in(here) is not None, signed_in(elsewhere)) == (True, None)
    assert (guess(a_try(person)), guess(a_try(person, "mot-cau-khac"))) == ("wrong", "in")


@pytest.mark.parametrize(("current", "chosen"), [(WRONG, "mot-cau-khac"), ("", "mot-cau-khac"), (PASSWORD, "12345678")])
def test_a_password_is_changed_only_by_who_knows_it_and_to_a_good_one(db, current, chosen):
    person = a_person(password=PASSWORD)

    with pytest.raises(Refused):
        services.change_password(the_account(person), current, chosen, at=NOON, keep=0)

    assert guess(a_try(person)) == "in"
    assert decisions("set_password") == 0


def test_signing_out_ends_this_device_only(db):
    person = a_person(password=PASSWORD)
    here, elsewhere = (services.sign_in(a_try(person), at=NOON).token for _device in range(2))

    services.sign_out(signed_in(here), at=NOON)

    assert (signed_in(here), signed_in(elsewhere) is not None) == (None, True)


def test_closing_an_account_ends_what_is_open(db):
    person = a_person(password=PASSWORD)
    token = services.sign_in(a_try(person), at=NOON).token

    with transaction():
        the_account(person).is_open = False

    assert signed_in(token) is None


# --- One-time codes ---------------------------------------------------------------------------------------------------


def a_code(person: Person, *, days: int = 14) -> str:
    return services.issue_code(person, by=None, at=NOON, days=days)


@pytest.mark.parametrize(
    "typed", [str, str.lower, lambda code: f" {code.replace('-', ' ')} ", lambda code: "-".join(code)]
)
def test_a_code_is_good_however_it_is_typed(db, typed):
    person = a_person()
    code = a_code(person)

    opened = services.sign_in(a_try(person, typed(code)), at=NOON)

    assert signed_in(opened.token).must_choose_password


def test_a_code_is_void_once_a_password_is_chosen(db):
    person = a_person()
    code = a_code(person)
    opened = services.sign_in(a_try(person, code), at=NOON)

    services.set_password(the_account(person), PASSWORD, at=NOON, keep=signed_in(opened.token).sign_in_id)

    assert not signed_in(opened.token).must_choose_password
    assert (guess(a_try(person, code)), guess(a_try(person))) == ("wrong", "in")


@pytest.mark.parametrize(("late_by", "met"), [(timedelta(), "in"), (TICK, "wrong")])
def test_a_code_is_good_for_its_days(db, late_by, met):
    person = a_person()

    attempt = a_try(person, a_code(person, days=14))

    assert guess(attempt, at=NOON + timedelta(days=14) + late_by) == met


def test_a_new_code_makes_the_one_before_void(db):
    person = a_person()
    first, second = a_code(person), a_code(person)

    assert (guess(a_try(person, first)), guess(a_try(person, second))) == ("wrong", "in")


def test_a_code_is_another_persons_nothing(db):
    one, other = a_person(), a_person()
    code = a_code(one)
    a_code(other)

    assert (guess(a_try(other, code)), guess(a_try(one, code))) == ("wrong", "in")


def test_a_code_does_not_take_the_password_away(db):
    person = a_person(password=PASSWORD)
    a_code(person)

    assert guess(a_try(person)) == "in"


def test_a_code_is_kept_only_as_a_hash_and_is_in_no_record(db):
    person = a_person()
    code = a_code(person)

    account, entry = the_account(person), database.session.scalars(select(AuditEntry)).all()[-1]
    assert account.code_hash.startswith("$argon2id$")
    assert (entry.action, entry.before, entry.after, entry.reason) == ("issue_code", None, None, None)
    assert rules.plain_code(code) not in account.code_hash


def test_nobody_gives_themselves_a_code_or_one_to_a_person_without_a_user_name(db):
    administrator = with_role(Role.UNIT_ADMIN, a_unit())
    with transaction():
        nameless = services.register_person(code="P-0", full_name="Nguyễn Văn Không Tên")

    for person in (administrator, nameless):
        with pytest.raises(Refused):
            services.issue_code(person, by=viewer(administrator), at=NOON, days=14)

    assert decisions("issue_code") == 0
    services.issue_code(a_person(), by=viewer(administrator), at=NOON, days=14)
    assert decisions("issue_code") == 1


# --- Guessing ---------------------------------------------------------------------------------------------------------


def failures_of(key: str) -> int | None:
    return database.session.scalar(select(SignInFailure.failures).where(SignInFailure.key == key))


def a_slowed(key: str, failures: int) -> None:
    """As if so many tries in a row had failed just now."""
    with transaction() as session:
        session.add(SignInFailure(key=key, failures=failures, last_at=NOON))


def test_five_wrong_tries_are_free_and_the_sixth_waits_even_with_the_right_password(db):
    person = a_person(password=PASSWORD)

    assert guess(a_try(person, WRONG), times=5) == "wrong"
    assert guess(a_try(person)) == "15"
    assert guess(a_try(person), at=NOON + timedelta(seconds=14)) == "1"
    assert guess(a_try(person), at=NOON + timedelta(seconds=15)) == "in"


def test_the_wait_grows_to_a_quarter_of_an_hour_and_no_further(db):
    person, now, waits = a_person(password=PASSWORD), NOON, []
    guess(a_try(person, WRONG), times=5)

    for _round in range(8):
        waits.append(int(guess(a_try(person, WRONG), at=now)))
        now += timedelta(seconds=waits[-1])
        assert guess(a_try(person, WRONG), at=now) == "wrong"

    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]


def test_knocking_while_waiting_neither_counts_nor_prolongs(db):
    person = a_person(password=PASSWORD)
    guess(a_try(person, WRONG), times=5)

    guess(a_try(person), times=20, at=NOON + timedelta(seconds=10))

    assert failures_of(f"account:{the_account(person).username}") == 5
    assert guess(a_try(person), at=NOON + timedelta(seconds=15)) == "in"


def test_a_success_makes_all_tries_free_again(db):
    person = a_person(password=PASSWORD)
    guess(a_try(person, WRONG), times=4)

    assert guess(a_try(person)) == "in"

    assert guess(a_try(person, WRONG), times=5) == "wrong"
    assert database.session.scalar(select(func.count()).select_from(SignInFailure)) == 2


def test_failures_are_forgotten_after_a_day(db):
    person = a_person(password=PASSWORD)
    a_slowed(f"account:{the_account(person).username}", 50)

    assert guess(a_try(person), at=NOON + timedelta(minutes=1)) == "840"
    assert guess(a_try(person, WRONG), at=NOON + timedelta(hours=24), times=5) == "wrong"


def test_guessing_from_a_strange_device_does_not_slow_one_that_is_known(db):
    person = a_person(password=PASSWORD)
    guess(a_try(person, WRONG, address="203.0.113.9"), times=5)

    assert guess(a_try(person, address="203.0.113.9")) == "15"
    assert guess(a_try(person, device="may-cua-toi")) == "in"
    assert guess(a_try(person, address="203.0.113.9")) == "15"


def test_a_known_device_is_slowed_by_its_own_guesses_alone(db):
    person = a_person(password=PASSWORD)
    guess(a_try(person, WRONG, device="may-cua-toi"), times=5)

    assert guess(a_try(person, device="may-cua-toi")) == "15"
    assert guess(a_try(person, device="may-khac")) == "in"
    assert guess(a_try(person)) == "in"


def test_an_address_that_guesses_at_many_accounts_is_slowed_after_sixty(db):
    one, other = a_person(password=PASSWORD), a_person(password=PASSWORD)
    a_slowed("address:203.0.113.9", 59)

    assert guess(a_try(one, WRONG, address="203.0.113.9")) == "wrong"
    assert guess(a_try(other, address="203.0.113.9")) == "15"
    assert guess(a_try(other)) == "in"


def test_guesses_at_the_same_moment_are_all_counted(db):
    person = a_person(password=PASSWORD)
    attempt = a_try(person, WRONG)

    def one_guess(_worker: int) -> str:
        with db.app_context():
            return guess(attempt)

    with ThreadPoolExecutor(4) as workers:
        met = Counter(workers.map(one_guess, range(14)))

    assert met == {"wrong": 5, "15": 9}
    assert failures_of(f"account:{attempt.username}") == 5


def test_counts_hold_over_processes_and_restarts(db, tmp_path, database_url):
    person = a_person(password=PASSWORD)
    attempt = a_try(person)
    guess(replace(attempt, secret=WRONG), times=5)

    another = create_app(tmp_path, SECRET_KEY=SECRET, DATABASE_URL=database_url, TESTING=True, THREADS=1)
    with another.app_context():
        met = guess(attempt)
        database.engine.dispose()

    assert met == "15"


# --- Roles ------------------------------------------------------------------------------------------------------------


def test_a_role_is_held_over_a_unit_and_all_under_it(db):
    district = a_district()
    union, elsewhere = a_unit(under=district), a_unit("Công đoàn cơ sở Khác")
    reviewer = viewer(with_role(Role.REVIEWER, district))

    held = [reviewer.holds([Role.REVIEWER], unit.id) for unit in (district, union, elsewhere)]

    assert held == [True, True, False]
    assert not reviewer.holds([Role.LEADER], district.id)


@pytest.mark.parametrize(
    ("grantor", "role", "may"),
    [
        (Role.UNIT_ADMIN, Role.REVIEWER, True),
        (Role.UNIT_ADMIN, Role.UNIT_ADMIN, True),
        (Role.UNIT_ADMIN, Role.AUDITOR, False),
        (Role.UNIT_ADMIN, Role.SYSTEM_ADMIN, False),
        (Role.SYSTEM_ADMIN, Role.AUDITOR, True),
        (Role.LEADER, Role.REVIEWER, False),
    ],
)
def test_nobody_hands_out_more_than_their_own_office(db, grantor, role, may):
    district = a_district()
    by, person = viewer(with_role(grantor, district)), a_person(of=district)

    if may:
        services.grant_role(person, role, district, by=by, on=TODAY)
    else:
        with pytest.raises(NotAllowed):
            services.grant_role(person, role, district, by=by, on=TODAY)

    assert [grant.role for grant in queries.grants_of(person.id)] == ([role] if may else [])


def test_an_administrator_grants_nothing_outside_their_units(db):
    district, elsewhere = a_district(), a_district("Liên đoàn Lao động huyện Khác")
    by, person = viewer(with_role(Role.UNIT_ADMIN, district)), a_person(of=district)

    with pytest.raises(NotAllowed):
        services.grant_role(person, Role.REVIEWER, elsewhere, by=by, on=TODAY)

    assert acting_as(person).grants == ()


def test_a_role_that_is_held_is_not_granted_twice(db):
    unit, person = a_unit(), a_person()
    services.grant_role(person, Role.REVIEWER, unit, by=None, on=LONG_AGO)

    with pytest.raises(Refused):
        services.grant_role(person, Role.REVIEWER, unit, by=None, on=TODAY)

    assert len(queries.grants_of(person.id)) == 1


def test_a_role_ends_with_the_day_before_and_its_past_stays(db):
    district = a_district()
    by, person = viewer(with_role(Role.UNIT_ADMIN, district)), a_person(of=district)
    services.grant_role(person, Role.REVIEWER, district, by=None, on=LONG_AGO)
    grant = queries.grants_of(person.id)[0]

    services.end_role(grant, by=by, on=TODAY)

    assert (grant.valid_from, grant.valid_to) == (LONG_AGO, YESTERDAY)
    assert decisions("end_role") == 1


def test_a_role_granted_by_mistake_today_is_taken_back_whole_and_can_be_granted_again(db):
    district = a_district()
    by, person = viewer(with_role(Role.UNIT_ADMIN, district)), a_person(of=district)
    services.grant_role(person, Role.REVIEWER, district, by=by, on=TODAY)

    services.end_role(queries.grants_of(person.id)[0], by=by, on=TODAY)
    services.grant_role(person, Role.REVIEWER, district, by=by, on=TODAY)

    rows = database.session.scalars(select(RoleGrant).where(RoleGrant.person_id == person.id)).all()
    assert [(row.valid_from, row.valid_to) for row in rows] == [(TODAY, FOREVER)]


def test_failures_that_slow_nobody_any_more_are_forgotten(db):
    person = a_person(password=PASSWORD)
    for at in (NOON - timedelta(hours=30), NOON - timedelta(hours=1)):
        with pytest.raises(Refused):
            services.sign_in(a_try(person, "sai", address=f"198.51.100.{at.hour}"), at=at)
    before = database.session.scalar(select(func.count()).select_from(SignInFailure))

    forgotten = services.forget_failures(at=NOON)

    assert forgotten == 1
    assert database.session.scalar(select(func.count()).select_from(SignInFailure)) == before - 1
    assert services.forget_failures(at=NOON) == 0
