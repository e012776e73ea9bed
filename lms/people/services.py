"""What is done to people: registering, posts, codes and passwords, signing in, roles."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from lms import access, audit, vietnamese
from lms.access import GRANTABLE, Action, Role
from lms.db import FOREVER, db, transaction, upsert
from lms.errors import NotAllowed, NotFound, Refused
from lms.people import queries, rules
from lms.people.models import Absence, Account, Person, Post, RoleGrant, SignIn, SignInFailure
from lms.people.rules import Position, TextSize
from lms.people.viewer import SignedIn, token_hash
from lms.units.models import Unit

HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
"""Argon2id with the least cost that the OWASP password storage sheet names: a phone's sign-in costs one core ~25 ms."""

NOBODY = HASHER.hash(secrets.token_hex(16))
"""Checked for unknown user names, so that the answer takes as long and says nothing."""


def register_person(
    *,
    code: str,
    full_name: str,
    birth_year: int | None = None,
    birth_date: date | None = None,
    phone: str | None = None,
    email: str | None = None,
    username: str | None = None,
) -> Person:
    """A new person, with an account when a user name is given."""
    with transaction() as session:
        person = Person(code=code)
        describe_person(person, full_name, birth_year, birth_date, phone, email)
        session.add(person)
        session.flush()
        if username:
            session.add(Account(person_id=person.id, username=username))
            session.flush()
        return person


def describe_person(
    person: Person,
    full_name: str,
    birth_year: int | None,
    birth_date: date | None,
    phone: str | None,
    email: str | None,
) -> None:
    """Set what is said about a person, with the columns that searching and sorting use."""
    person.full_name = full_name
    person.folded_name = vietnamese.fold(full_name)
    person.sort_key = vietnamese.name_key(full_name)
    person.birth_year, person.birth_date = birth_year, birth_date
    person.phone, person.email = phone, email


def appoint(
    person: Person,
    unit: Unit,
    position: Position,
    *,
    on: date,
    full_time: bool = False,
    is_main: bool = True,
    managing_unit: Unit | None = None,
) -> Post:
    """From this day the person holds the post. A new main post makes the earlier main one a side post."""
    with transaction() as session:
        if is_main:
            session.execute(
                update(Post)
                .where(Post.person_id == person.id, Post.is_main, Post.valid_to == FOREVER)
                .values(is_main=False)
            )
        post = Post(
            person_id=person.id,
            unit_id=unit.id,
            position=position,
            full_time=full_time,
            is_main=is_main,
            managing_unit_id=managing_unit.id if managing_unit else None,
            valid_from=on,
        )
        session.add(post)
        session.flush()
        return post


def end_post(post: Post, *, last_day: date) -> None:
    with transaction():
        post.valid_to = max(last_day, post.valid_from)


def issue_code(person: Person, *, by: SignedIn | None, at: datetime, days: int) -> str:
    """Give the person a one-time code, good for some days; the one before is void. Shown once, kept only as a hash.

    Whoever holds the code is that person: so it is issued only by who could have given them every role they hold.
    """
    if person.account is None:
        raise Refused(_("Người này chưa có tên đăng nhập. Hãy thêm tên đăng nhập trong danh sách rồi nhập lại."))
    if by is not None and person.id == by.person_id:
        raise Refused(_("Đồng chí không tự cấp mã cho mình. Hãy đổi mật khẩu ở trang tài khoản."))
    if by is not None and not all(_may_grant(by, grant.role, grant.unit_id) for grant in queries.grants_of(person.id)):
        raise NotAllowed(
            _("Người này giữ vai trò ngoài thẩm quyền của đồng chí. Hãy đề nghị quản trị hệ thống cấp mã.")
        )
    code = rules.new_code()
    with transaction():
        person.account.code_hash = _hashed(rules.plain_code(code))
        person.account.code_expires_at = at + timedelta(days=days)
        audit.record("issue_code", "person", person.id, by=by.person_id if by else None, at=at)
    return code


def set_password(account: Account, password: str, *, at: datetime, keep: int | None = None) -> None:
    """Choose a password: codes become void and every other device is signed out."""
    if refusal := rules.refusal_of_password(password, account.username):
        raise Refused(refusal)
    with transaction() as session:
        account.password_hash = _hashed(password)
        account.code_hash = account.code_expires_at = None
        others = update(SignIn).where(SignIn.account_id == account.id, SignIn.ended_at.is_(None))
        session.execute(others.where(SignIn.id != keep).values(ended_at=at))
        session.execute(update(SignIn).where(SignIn.id == keep).values(by_code=False))
        audit.record("set_password", "person", account.person_id, by=account.person_id, at=at)


def change_password(account: Account, current: str, password: str, *, at: datetime, keep: int) -> None:
    """As `set_password`, after the current password was given."""
    if not _matches(account.password_hash, current):
        raise Refused(_("Mật khẩu hiện tại chưa đúng."))
    set_password(account, password, at=at, keep=keep)


@dataclass(frozen=True)
class Try:
    """An attempt to sign in: what was typed and where it came from. `device` is a device known to the account."""

    username: str
    secret: str
    address: str
    browser: str
    device: str | None


@dataclass(frozen=True)
class Opened:
    token: str
    account: Account


def sign_in(attempt: Try, *, at: datetime) -> Opened:
    """Open a sign-in with a password or a one-time code; Refused with one sentence for every kind of mismatch.

    Failures are counted before the secret is looked at, so that parallel guesses count too. A device that once signed
    in to the account has its own counter: guessing from elsewhere never locks its owner out (OWASP device cookies).
    """
    username = vietnamese.squeeze(attempt.username).lower()
    own_key = f"device:{username}:{attempt.device}" if attempt.device else f"account:{username}"
    count_try(own_key, rules.FREE_TRIES, at)
    count_try(f"address:{attempt.address}", FREE_TRIES_OF_ADDRESS, at)
    account = db.session.scalars(select(Account).where(Account.username == username, Account.is_open)).one_or_none()
    by_password = _matches((account and account.password_hash) or NOBODY, attempt.secret)
    by_code = not by_password and _code_matches(account, attempt.secret, at)
    if account is None or not (by_password or by_code):
        raise Refused(
            _("Tên đăng nhập, mật khẩu hoặc mã chưa đúng. Đồng chí xem lại giấy cấp mã, hoặc xin mã mới ở đơn vị.")
        )
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        session.execute(delete(SignInFailure).where(SignInFailure.key.in_([own_key, f"address:{attempt.address}"])))
        session.add(
            SignIn(
                account_id=account.id,
                token_hash=token_hash(token),
                started_at=at,
                seen_at=at,
                device=attempt.browser[:200],
                by_code=by_code,
            )
        )
        audit.record("sign_in", "person", account.person_id, by=account.person_id, at=at)
    return Opened(token, account)


FREE_TRIES_OF_ADDRESS = 60
"""An office or a conference hall shares one address; single accounts are slowed long before."""


def count_try(key: str, free: int, at: datetime) -> None:
    """Note a try under the key; Refused with the seconds to wait when it comes too early.

    The row is written before it is read, so that tries at the same moment stand in line, the very first ones too.
    """
    with transaction() as session:
        note = upsert(SignInFailure).values(key=key, failures=0, last_at=at)
        held = note.on_conflict_do_update(index_elements=["key"], set_={"key": note.excluded.key})
        noted, last_at = session.execute(held.returning(SignInFailure.failures, SignInFailure.last_at)).one()
        failures = noted if at - last_at < rules.FORGOTTEN_AFTER else 0
        wait = rules.seconds_to_wait(max(0, failures - (free - rules.FREE_TRIES)), last_at, at)
        if not wait:
            row = update(SignInFailure).where(SignInFailure.key == key)
            session.execute(row.values(failures=failures + 1, last_at=at))
    if wait:
        raise Refused(_("Đã thử sai nhiều lần. Xin chờ %(n)s giây rồi thử lại.", n=wait), wait=wait)


def take_back_try(key: str) -> None:
    """The try just counted was no failure; those before it still count."""
    with transaction() as session:
        row = update(SignInFailure).where(SignInFailure.key == key, SignInFailure.failures > 0)
        session.execute(row.values(failures=SignInFailure.failures - 1))


def _hashed(secret: str) -> str:
    return HASHER.hash(vietnamese.nfc(secret))


def _matches(stored: str | None, secret: str) -> bool:
    """Compare as Vietnamese is compared: keyboards differ in how they write the same letter (V1)."""
    try:
        return stored is not None and HASHER.verify(stored, vietnamese.nfc(secret))
    except (VerifyMismatchError, InvalidHashError):
        return False


def _code_matches(account: Account | None, secret: str, at: datetime) -> bool:
    """As slow without an account or a code as with one, so that the time of the answer names nobody."""
    is_good = account is not None and account.code_expires_at is not None and account.code_expires_at >= at
    return _matches(account.code_hash if account and is_good else NOBODY, rules.plain_code(secret)) and is_good


def forget_failures(*, at: datetime) -> int:
    """Delete failures so old that they slow nobody any more; return how many."""
    with transaction() as session:
        old = delete(SignInFailure).where(SignInFailure.last_at < at - rules.FORGOTTEN_AFTER)
        return len(session.scalars(old.returning(SignInFailure.key)).all())


def sign_out(viewer: SignedIn, *, at: datetime) -> None:
    with transaction() as session:
        session.execute(update(SignIn).where(SignIn.id == viewer.sign_in_id).values(ended_at=at))


def note_seen(viewer: SignedIn, *, at: datetime) -> None:
    with transaction() as session:
        session.execute(update(SignIn).where(SignIn.id == viewer.sign_in_id).values(seen_at=at))


def choose_display(viewer: SignedIn, text_size: TextSize, *, high_contrast: bool) -> None:
    """How pages look for this person from now on, on every device and on paper."""
    with transaction() as session:
        row = update(Account).where(Account.id == viewer.account_id)
        session.execute(row.values(text_size=text_size, high_contrast=high_contrast))


def grant_role(person: Person, role: Role, unit: Unit, *, by: SignedIn | None, on: date, until: date = FOREVER) -> None:
    """Give a role over a unit and all under it. `by` None is the system at its first start."""
    if by is not None:
        _require_may_grant(by, role, unit.id)
    with transaction() as session:
        held = session.scalars(
            select(RoleGrant).where(
                RoleGrant.person_id == person.id,
                RoleGrant.role == role,
                RoleGrant.unit_id == unit.id,
                RoleGrant.valid_to >= on,
            )
        ).first()
        if held is not None:
            raise Refused(_("Người này đã có vai trò đó tại đơn vị này."))
        session.add(RoleGrant(person_id=person.id, role=role, unit_id=unit.id, valid_from=on, valid_to=until))
        facts = {"role": role.value, "unit_id": unit.id, "until": until.isoformat()}
        audit.record("grant_role", "person", person.id, by=by.person_id if by else None, after=facts)


def end_role(grant: RoleGrant, *, by: SignedIn, on: date) -> None:
    """The role ends with the day before; what was done with it stays. One granted today is taken back whole."""
    _require_may_grant(by, grant.role, grant.unit_id)
    if grant.valid_to < on:
        raise Refused(_("Vai trò này đã kết thúc từ trước."))
    with transaction() as session:
        audit.record(
            "end_role",
            "person",
            grant.person_id,
            by=by.person_id,
            before={"role": grant.role.value, "unit_id": grant.unit_id, "from": grant.valid_from.isoformat()},
        )
        if grant.valid_from >= on:
            session.delete(grant)
        else:
            grant.valid_to = on - timedelta(days=1)


def _require_may_grant(by: SignedIn, role: Role, unit_id: int) -> None:
    if not _may_grant(by, role, unit_id):
        raise NotAllowed(_("Đồng chí không cấp được vai trò này. Hãy đề nghị quản trị hệ thống."))


def _may_grant(by: SignedIn, role: Role, unit_id: int) -> bool:
    grantors = [grantor for grantor, grantable in GRANTABLE.items() if role in grantable]
    return access.may(by, Action.GRANT_ROLES, unit_id) and by.holds(grantors, unit_id)


def note_absence(person: Person, first: date, last: date, reason: str, *, by: SignedIn, at: datetime) -> Absence:
    """The person is away on these days. They say so themselves, or whoever administers them; twice is once."""
    reason = vietnamese.squeeze(reason)
    _require_self_or_admin(person, by)
    if refusal := rules.refusal_of_absence(first, last, reason, vietnamese.day_of(at)):
        raise Refused(refusal)
    same = select(Absence).where(
        Absence.person_id == person.id,
        Absence.first_day == first,
        Absence.last_day == last,
        Absence.withdrawn_at.is_(None),
    )
    with transaction() as session:
        if known := session.scalars(same).first():
            return known
        row = Absence(person_id=person.id, first_day=first, last_day=last, reason=reason, entered_at=at)
        session.add(row)
        session.flush()
        facts = {"person": person.id, "first": first.isoformat(), "last": last.isoformat()}
        audit.record("note_absence", "absence", row.id, by=by.person_id, at=at, after=facts, reason=reason)
        return row


def withdraw_absence(person: Person, absence_id: int, *, by: SignedIn, at: datetime) -> None:
    """The person is there after all. The row stays, with the moment."""
    _require_self_or_admin(person, by)
    with transaction() as session:
        row = session.get(Absence, absence_id, with_for_update=True, populate_existing=True)
        if row is None or row.person_id != person.id:
            raise NotFound()
        if row.withdrawn_at is None:
            row.withdrawn_at = at
            audit.record("withdraw_absence", "absence", row.id, by=by.person_id, at=at)


def _require_self_or_admin(person: Person, by: SignedIn) -> None:
    if person.id != by.person_id:
        queries.person_for(by, person.id)
