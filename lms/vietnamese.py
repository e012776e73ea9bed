"""Vietnamese text, names, numbers, dates and telephone numbers (V1–V13): pure functions, standard library only.

A refusal is a ValueError with one Vietnamese sentence that says how to put the matter right.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

# --- Text -------------------------------------------------------------------------------------------------------------

_ZERO_WIDTH = re.compile("[\u200b\u2060\ufeff]")
_LETTERS = re.compile(r"[^\W\d_]+")
_ALPHABET = frozenset("aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵð")


def nfc(text: str) -> str:
    """Give text the one form in which it is stored and compared (V1); lines stay as they are.

    Zero-width characters go (U+200B, U+2060, U+FEFF; joiners stay, emoji need them). A no-break space becomes an
    ordinary one, since it comes with pasted text and hides equal words from each other. A pasted eth becomes Đ (V2) in
    words of Vietnamese letters, unless a small letter stands before it: Ðoàn, HÐND, but not kÐm of an old font.
    """
    text = unicodedata.normalize("NFC", _ZERO_WIDTH.sub("", text)).replace("\u00a0", " ")
    return _LETTERS.sub(_eth_mended, text) if "Ð" in text else text


def _eth_mended(match: re.Match[str]) -> str:
    word = match[0]
    vietnamese = _ALPHABET.issuperset(word.lower()) and word[: word.rfind("Ð") + 1].isupper()
    return word.replace("Ð", "Đ") if vietnamese else word


def is_nfc(text: str) -> bool:
    """Say whether the text already is in NFC (V1)."""
    return unicodedata.is_normalized("NFC", text)


def squeeze(text: str) -> str:
    """Give a name or a one-line field its stored form: nfc, single spaces, none at the ends (V1)."""
    return " ".join(nfc(text).split())


_PLAIN_D = str.maketrans("đð", "dd")


def fold(text: str) -> str:
    """Give the form used for search without diacritics (V2, V3): "Đoàn viên" becomes "doan vien"."""
    letters = unicodedata.normalize("NFD", nfc(text).lower())
    return squeeze("".join(c for c in letters if unicodedata.category(c) != "Mn").translate(_PLAIN_D))


_OLD_TONE_PLACE = re.compile(
    r"(o(?=.[ae])|u(?=.y))([\u0300\u0301\u0303\u0309\u0323])(\w)(?![\w\u0300-\u036f])", re.IGNORECASE
)


def fold_tone_position(text: str) -> str:
    """Write hòa, khỏe, thúy as hoà, khoẻ, thuý (V1), for duplicate checks only; letter case and spaces stay."""
    return nfc(_OLD_TONE_PLACE.sub(r"\1\3\2", unicodedata.normalize("NFD", nfc(text))))


_WHITE_SPACE = r"\u0009-\u000d\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORD = re.compile(rf"[^\W_][^{_WHITE_SPACE}]*+")


def count_words(text: str) -> int:
    """Count words by the published rule, the same as countWords in static/js/words.js.

    After NFC (V1) the text is cut at Unicode White_Space characters; a piece is one word when it holds a letter or a
    digit. Zero-width characters are not white space: they neither cut a word nor make one.
    """
    # From the first letter or digit of a piece to its end: one match for each word, in a single pass.
    return len(_WORD.findall(unicodedata.normalize("NFC", text)))


_GAP = re.compile(rf"[{_WHITE_SPACE}]+")


def single_spaces(line: str) -> str:
    """The line with one plain space wherever the word rule cuts, so that every program that reads it cuts there too."""
    return _GAP.sub(" ", line).strip(" ")


# What ordinary words become in those fonts and Vietnamese, English and French never write. Some pairs are missing
# because of "où", "goût", "naïf", "aérien", "mangeât", "hoà", "hoãn".
_LEGACY = re.compile(
    r"[a-z][ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖØÜÝÞ]|[A-Za-z][µ¸]|[A-Za-z][¶¹¨»¼½¾©ª«¬][a-z]|(?<!\w)[®§][^\d\s][^\W\d_]"
    r"|(?i:[aeouyôö][øõ]|(?<![gc])eâ|[ao]â|[aeo][åä]|[ae][ãà]|aá|aê|[aeuyôö]ù|[uyôö]û|[ôö]ï|öô|ñ[öô])"
)


def looks_like_legacy_font(text: str) -> bool:
    """Say whether a line was typed for a TCVN3 or VNI font ("C«ng ®oµn", "Coâng ñoaøn") and needs conversion (V12).

    Ask before nfc. One tell-tale in ten words is the least, so that a foreign name does not condemn a long line.
    """
    lines = unicodedata.normalize("NFC", text).splitlines()
    return any(0 < count_words(line) <= 10 * len(_LEGACY.findall(line)) for line in lines)


# --- Order ------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"([0-9]+)|((?:[^\W_0-9][\u0300-\u036f]*)+)")
_LETTER = re.compile(r"(.)([\u0300-\u036f]*)")
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_SHAPES = {"a\u0306": "Ab", "a\u0302": "Ac", "e\u0302": "Ec", "o\u0302": "Oc", "o\u031b": "Oh", "u\u031b": "Uh"}


def collation_key(text: str) -> str:
    """Give an ASCII key whose byte order is the Vietnamese order, for a column under BINARY or "C" (V4, V5).

    Syllable by syllable: letters (ă after a, đ after d; f j w z at their Latin places; other scripts last), then tone
    (ngang, huyền, hỏi, ngã, sắc, nặng); letter case, small first, counts when all else is equal. Digits compare as
    numbers and come before letters; punctuation only separates.
    """
    order, case = _order_and_case(text)
    return f"{order} {case.rstrip('0')}".rstrip()


def _order_and_case(text: str) -> tuple[str, str]:
    tokens = _TOKEN.findall(unicodedata.normalize("NFD", nfc(text)))
    order = "".join(_number_key(number) if number else _syllable_key(syllable) for number, syllable in tokens)
    case = "".join(str(int(base != base.lower())) for _, syllable in tokens for base, _ in _LETTER.findall(syllable))
    return order, case


def _number_key(digits: str) -> str:
    """Put the count of digits first, and its own length before it, so that 10 follows 2 at any size."""
    digits = digits.lstrip("0")
    size = str(len(digits))
    return f"{len(size)}{size}{digits}"


def _syllable_key(syllable: str) -> str:
    """Write capitals for letters, a small one after them for hat, horn or stroke, and end with the tone's digit.

    Digit < capital < "_" (other letters) < small letter is what puts "ha" before "han" and "ăn" after "az".
    """
    letters = "".join(_letter_key(base.lower(), marks) for base, marks in _LETTER.findall(syllable))
    return letters + next((_TONES[c] for c in syllable if c in _TONES), "0")


def _letter_key(base: str, marks: str) -> str:
    if base == "đ":
        return "Ds"
    if not base.isascii():
        return f"_{ord(base):06x}"
    return next((_SHAPES[base + mark] for mark in marks if base + mark in _SHAPES), base.upper())


# --- Names ------------------------------------------------------------------------------------------------------------


def given_name(full_name: str) -> str:
    """Give the name a person is addressed by: the last syllable, unless the person says otherwise (V6)."""
    return squeeze(full_name).rpartition(" ")[2]


def name_key(full_name: str, given: str | None = None) -> str:
    """Give the key of a list of people: by tên, then họ, then đệm (V6), each in the order of collation_key.

    A compound given name is passed in; when the full name does not end with it, all of that name counts as the rest.
    """
    words = squeeze(full_name).split()
    tail = squeeze(given or "").split() or words[-1:]
    rest = words
    if [word.lower() for word in words[-len(tail) :]] == [word.lower() for word in tail]:
        rest, tail = words[: -len(tail)], words[-len(tail) :]
    parts = [_order_and_case(" ".join(part)) for part in (tail, rest[:1], rest[1:])]
    order, case = "!".join(order for order, _ in parts), "".join(case for _, case in parts)
    return f"{order} {case.rstrip('0')}".rstrip()


# --- Numbers ----------------------------------------------------------------------------------------------------------

Number = int | float | Decimal

_WIDE = Context(prec=1000, rounding=ROUND_HALF_UP)
_COMMA_FOR_DOT = str.maketrans(",.", ".,")
_VIETNAMESE_NUMBER = re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?")
_ENGLISH_NUMBER = re.compile(r"[+-]?(?:[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")
_THOUSAND_OR_FRACTION = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")


def _shown(text: str) -> str:
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def _decimal(value: Number) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError(f"Giá trị {_shown(str(value))} không phải là số; hãy nhập một số cụ thể.")
    return number


def format_number(value: Number, decimals: int | None = None) -> str:
    """Write 1234567.5 as "1.234.567,5" (V7); halves round away from zero, None shows the digits there are."""
    number = _decimal(value)
    if decimals is not None:
        number = number.quantize(Decimal(1).scaleb(-decimals), context=_WIDE)
    text = f"{number if number else abs(number):,f}"
    if decimals is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.translate(_COMMA_FOR_DOT)


def format_size(bytes_: int) -> str:
    """Write how large a file is: 350 KB, 1,2 MB."""
    return (
        f"{format_number(round(bytes_ / 1e6, 1))} MB" if bytes_ >= 1_000_000 else f"{max(1, round(bytes_ / 1000))} KB"
    )


def parse_number(text: str, *, thousands: bool = False) -> Decimal:
    """Read a number with a comma or a dot: "7,5" and "7.5" are the same (V7).

    A lone dot before three digits, "1.234", could be either and is refused, unless `thousands` says that dots group.
    A lone comma always begins the fraction, as everywhere in Vietnamese.
    """
    text = squeeze(text).replace("−", "-")
    if not thousands and _THOUSAND_OR_FRACTION.fullmatch(text):
        whole, fraction = text.replace(".", ""), text.replace(".", ",")
        raise ValueError(f"Số {_shown(text)} có thể hiểu theo hai cách; hãy viết {whole} hoặc {fraction}.")
    if _VIETNAMESE_NUMBER.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _ENGLISH_NUMBER.fullmatch(text):
        return Decimal(text.replace(",", ""))
    raise ValueError(f"Không đọc được số {_shown(text)}; hãy viết như 7,5 hoặc 1.234.567,5.")


def format_percent(part: Number, whole: Number) -> str:
    """Write a share with one decimal, "12,5%" (V7); a share of nothing is "–"."""
    total = _decimal(whole)
    return f"{format_number(_decimal(part) * 100 / total, 1)}%" if total else "–"


# --- Dates and times --------------------------------------------------------------------------------------------------

_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})(?P<sep>[/.-])(?P<month>[0-9]{1,2})(?P=sep)(?P<year>[0-9]{4})")
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})")


def _local(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("Thời điểm này thiếu múi giờ; hãy dùng thời điểm có múi giờ, ví dụ UTC.")
    return moment.astimezone(VIETNAM)


def _local_day(day: date) -> date:
    """Take the Vietnamese day of a moment: 18:00 UTC already belongs to the next one."""
    return _local(day).date() if isinstance(day, datetime) else day


def format_date(day: date) -> str:
    """Write "05/03/2020" (V8)."""
    day = _local_day(day)
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def format_time(moment: datetime) -> str:
    """Write the local time of an aware moment, "14:05" (V8, V9)."""
    return f"{_local(moment):%H:%M}"


def format_seconds(moment: datetime) -> str:
    """Write the local time of an aware moment to the second, "14:05:09"."""
    return f"{_local(moment):%H:%M:%S}"


def format_datetime(moment: datetime) -> str:
    """Write the local day and time of an aware moment, "18/12/2017 07:25" (V8, V9)."""
    return f"{format_date(moment)} {format_time(moment)}"


def long_date(day: date) -> str:
    """Write a date as documents do, "ngày 05 tháng 3 năm 2020": days to 9 and months 1 and 2 take a zero (V8)."""
    day = _local_day(day)
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02d} tháng {month} năm {day.year}"


def parse_date(text: str) -> date:
    """Read 30/4/1975, 30-04-1975, 30.4.1975 or 1975-04-30 (V8); a year alone or of two digits is not a date."""
    text = squeeze(text)
    parts = _DAY_FIRST.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    if not parts:
        raise ValueError(f"Không đọc được ngày {_shown(text)}; hãy viết đủ ngày, tháng, năm như 30/04/1975.")
    try:
        return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
    except ValueError:
        raise ValueError(f"Ngày {_shown(text)} không có trong lịch; hãy kiểm tra lại ngày và tháng.") from None


def day_of(moment: datetime) -> date:
    """Give the calendar day on which a moment falls in Viet Nam."""
    return moment.astimezone(VIETNAM).date()


def start_of_day(day: date) -> datetime:
    """Give the first moment of a day in Viet Nam, as UTC."""
    return datetime.combine(_local_day(day), time(), VIETNAM).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """Give the last second of a day, "hết ngày", in Viet Nam, as UTC (V9)."""
    return datetime.combine(_local_day(day), time(23, 59, 59), VIETNAM).astimezone(UTC)


# --- Telephone numbers ------------------------------------------------------------------------------------------------

_PHONE_SEPARATORS = re.compile(r"[\s.()–-]")
_PHONE = re.compile(r"(?:\+?840?|0)([35789][0-9]{8}|2[0-9]{8,9})")
_OLD_MOBILE = re.compile(r"(?:\+?840?|0)1[0-9]{9}")
_MOBILE_WITHOUT_ZERO = re.compile(r"[35789][0-9]{8}")


def normalise_phone(text: str) -> str:
    """Give the stored form, E.164, of a mobile or fixed number (V10): "0912.345.678" becomes "+84912345678".

    A number that lost its leading zero in a spreadsheet is refused, not guessed.
    """
    text = squeeze(text)
    digits = _PHONE_SEPARATORS.sub("", text)
    if number := _PHONE.fullmatch(digits):
        return f"+84{number[1]}"
    if _MOBILE_WITHOUT_ZERO.fullmatch(digits):
        raise ValueError(f"Số điện thoại {_shown(text)} thiếu số 0 ở đầu; nếu đúng, hãy nhập lại là 0{digits}.")
    if _OLD_MOBILE.fullmatch(digits):
        raise ValueError(f"Số {_shown(text)} có đầu số cũ, đã đổi từ 15/09/2018; hãy nhập số mới gồm 10 chữ số.")
    raise ValueError(
        f"Số điện thoại {_shown(text)} không đúng; hãy nhập số di động 10 chữ số (03, 05, 07, 08, 09) "
        "hoặc số cố định bắt đầu bằng 02."
    )


def format_phone(phone: str) -> str:
    """Write a number as people read it (V10): "0912 345 678", "024 3942 1234", "0203 382 5678"."""
    number = "0" + normalise_phone(phone).removeprefix("+84")
    if number[1] != "2":
        return f"{number[:4]} {number[4:7]} {number[7:]}"
    area = 3 if number.startswith(("024", "028")) else 4
    return f"{number[:area]} {number[area:-4]} {number[-4:]}"
