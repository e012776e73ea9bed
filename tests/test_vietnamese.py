"""Vietnamese text against the facts V1–V13, and against slow second implementations that are easy to believe."""

import json
import shutil
import subprocess
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lms import vietnamese as vi

ORDER = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONED = [
    "aàảãáạ",
    "ăằẳẵắặ",
    "âầẩẫấậ",
    "eèẻẽéẹ",
    "êềểễếệ",
    "iìỉĩíị",
    "oòỏõóọ",
    "ôồổỗốộ",
    "ơờởỡớợ",
    "uùủũúụ",
    "ưừửữứự",
    "yỳỷỹýỵ",
]
SMALL = "".join(TONED) + "bcdđghklmnpqrstvx"
WHITE_SPACE = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
)
ZERO_WIDTH = "\u200b\u2060\ufeff"

vietnamese = st.text(SMALL + SMALL.upper() + "  -\n", max_size=30)
anything = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from(SMALL + "ÐÐ \xa0" + ZERO_WIDTH)))
wide = st.text(ORDER + SMALL + SMALL.upper() + "FJWZ0123456789  -.ßжЖ", max_size=12)
narrow = st.text("aAàảădđnz 012-ßж", max_size=6)
pairs = st.tuples(wide, wide) | st.tuples(narrow, narrow)
names = st.text("aAàâdđn  ", max_size=8)


def refusal(function, *args) -> str:
    with pytest.raises(ValueError) as refused:
        function(*args)
    return str(refused.value)


# --- Text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pasted", "stored"),
    [
        ("e\u0323\u0302", "ệ"),
        ("Ðoàn viên QÐ-TLÐ, HÐND, ÐẢNG", "Đoàn viên QĐ-TLĐ, HĐND, ĐẢNG"),
        ("GUÐJÓN kÐm", "GUÐJÓN kÐm"),
        ("\ufeffCông\u200b đo\u2060àn\xa0cơ sở\r\n\n Hà  Nội ", "Công đoàn cơ sở\r\n\n Hà  Nội "),
        ("o\u200b\u031b", "ơ"),
        ("👩\u200d🏭", "👩\u200d🏭"),
    ],
)
def test_text_is_stored_in_one_form(pasted, stored):
    assert vi.nfc(pasted) == stored


def test_a_name_is_stored_on_one_line_with_single_spaces():
    assert vi.squeeze(" Nguyễn\xa0 Văn\t\r\nHu\u0300ng\ufeff ") == "Nguyễn Văn Hùng"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đoàn viên ưu tú", "doan vien uu tu"),
        ("Ðà Nẵng, ðồng chí Guðjón", "da nang, dong chi gudjon"),
        ("  HỘI  NGHỊ\nĐẶC BIỆT ", "hoi nghi dac biet"),
        (unicodedata.normalize("NFD", "Quyết định số 4290/QĐ-TLĐ"), "quyet dinh so 4290/qd-tld"),
        ("ăâêôơư", "aaeoou"),
    ],
)
def test_search_ignores_diacritics(text, folded):
    assert vi.fold(text) == folded


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("hòa", "hoà"),
        ("THÚY", "THUÝ"),
        ("khỏe", "khoẻ"),
        ("qúy", "quý"),
        ("Hòa Bình, Khóa XIII, lũy tre", "Hoà Bình, Khoá XIII, luỹ tre"),
        ("ho\u0323a si\u0303", "hoạ sĩ"),
    ],
)
def test_both_places_of_the_tone_are_one_spelling_for_duplicates(old, new):
    assert vi.fold_tone_position(old) == vi.fold_tone_position(new) == new


@pytest.mark.parametrize("text", ["của mùa lúa", "hoàn toàn", "thoải mái", "khuỷu", "hoặc", "huệ", "bò ăn", "òâ"])
def test_other_syllables_keep_their_tone_where_it_is(text):
    assert vi.fold_tone_position(text) == vi.nfc(text)


@given(anything)
def test_text_functions_do_not_change_their_own_result(text):
    for function in (vi.nfc, vi.squeeze, vi.fold, vi.fold_tone_position):
        assert function(function(text)) == function(text)
        assert vi.is_nfc(function(text))


@given(anything, st.sampled_from(["NFC", "NFD"]))
def test_the_form_of_the_input_never_matters(text, form):
    same = unicodedata.normalize(form, text)

    for function in (vi.nfc, vi.squeeze, vi.fold, vi.fold_tone_position, vi.count_words, vi.collation_key, vi.name_key):
        assert function(same) == function(text)


@given(vietnamese)
def test_search_finds_the_text_typed_without_diacritics(text):
    bare = "".join(next((row[0] for row in TONED if c in row), c) for c in text.lower())
    bare = bare.translate(str.maketrans("ăâđêôơư", "aadeoou"))

    assert vi.fold(text) == vi.fold(bare) == " ".join(bare.split())


def test_is_nfc():
    assert vi.is_nfc("Việt")
    assert not vi.is_nfc(unicodedata.normalize("NFD", "Việt"))


# --- Words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Công đoàn Việt Nam", 4),
        ("Nghị quyết 02-NQ/TW – năm 2021 …", 5),
        ("a\u3000b\xa0c\u2028d\u202fe\x85f", 6),
        ("đoàn\u200bviên", 1),
        ("\ufeff đoàn\ufeffviên \u2060", 1),
        ("\u200b _ — 🙂 !", 0),
        ("a\x1cb", 1),
        ("½ x² Ⅻ 五", 4),
        ("«chào»(anh)", 1),
    ],
)
def test_words_are_counted_by_the_published_rule(text, words):
    assert vi.count_words(text) == words


assigned = st.characters(exclude_categories=["Cs", "Cn", "Co"]).filter(
    # An older engine may not know the newest characters; those of Unicode 3.2 are the same everywhere.
    lambda c: unicodedata.ucd_3_2_0.category(c) != "Cn"
)
often = st.sampled_from(WHITE_SPACE + ZERO_WIDTH + "\x1c\x1f\u180e\u200d\u0301\u0323_-.·½²🙂" + SMALL)


@given(st.text(st.one_of(assigned, often)))
def test_words_are_counted_as_the_rule_reads(text):
    pieces = "".join(" " if c in WHITE_SPACE else c for c in unicodedata.normalize("NFC", text)).split(" ")

    assert vi.count_words(text) == sum(any(unicodedata.category(c)[0] in "LN" for c in piece) for piece in pieces)


def generated_texts() -> list[str]:
    texts = ["", *(f"{c}a{c}" for c in map(chr, range(0x3100)) if unicodedata.ucd_3_2_0.category(c) != "Cn")]

    @settings(max_examples=1000, database=None, deadline=None, phases=[Phase.generate])
    @given(st.text(st.one_of(assigned, often)))
    def gather(text):
        texts.append(text)

    gather()
    return texts


def counted_by_the_page(texts: list[str]) -> list[int]:
    """Count with words.js itself, in Node or else in Chromium, in one call."""
    source = Path(vi.__file__).parent.joinpath("static/js/words.js").read_text(encoding="utf-8")
    module = f"import('data:text/javascript,' + encodeURIComponent({json.dumps(source)}))"
    count = f"{module}.then(({{countWords}}) => {json.dumps(texts)}.map(countWords))"
    if node := shutil.which("node"):
        script = f"{count}.then(counts => console.log(JSON.stringify(counts)))"
        run = subprocess.run([node, "-"], input=script, capture_output=True, encoding="utf-8", check=True, timeout=60)
        return json.loads(run.stdout)
    playwright = pytest.importorskip("playwright.sync_api").sync_playwright
    with playwright() as browsers:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = browsers.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        counts = browser.new_page().evaluate(count)
        browser.close()
        return counts


def test_the_page_and_the_server_count_the_same_words():
    texts = generated_texts()

    by_page = counted_by_the_page(texts)

    assert len(texts) > 1000
    assert [(t, n) for t, n in zip(texts, by_page, strict=True) if n != vi.count_words(t)] == []


# --- Old fonts --------------------------------------------------------------------------------------------------------

TCVN3 = dict(
    zip(
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\xadõö÷øùúûüýþ¡¢£¤¥¦§",
        strict=True,
    )
)
VNI = dict(zip("ìỉĩíịỵđơư", "ìæóíòîñôö", strict=True))
for base, row in zip(["a", None, None, "e", None, None, "o", None, "ô", "u", "ö", "y"], TONED, strict=True):
    VNI |= {c: base + mark for c, mark in zip(row[1:], "øûõùï", strict=True)} if base else {}
for base, rows in {"a": "âầẩẫấậ", "e": "êềểễếệ", "o": "ôồổỗốộ"}.items():
    VNI |= {c: base + mark for c, mark in zip(rows, "âàåãáä", strict=True)}
VNI |= {c: "a" + mark for c, mark in zip("ăằẳẵắặ", "êèúüéë", strict=True)}
VNI |= {small.upper(): mojibake.upper() for small, mojibake in VNI.items()}

SENTENCES = [
    "Công đoàn Việt Nam",
    "Nguyễn Văn Hùng",
    "Lê Thị Hương",
    "Tổng Liên đoàn Lao động",
    "Nghị quyết Đại hội đại biểu toàn quốc",
    "Công tác tuyên truyền, giáo dục người lao động trong tình hình mới được các cấp đặc biệt quan tâm.",
    "Ban Chấp hành đã họp và thông qua nghị quyết về phát triển đoàn viên, thành lập công đoàn cơ sở.",
]


@pytest.mark.parametrize("table", [TCVN3, VNI], ids=["TCVN3", "VNI"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_text_for_an_old_font_is_noticed(table, sentence):
    old = "".join(table.get(c, c) for c in sentence)

    assert vi.looks_like_legacy_font(old)
    assert vi.looks_like_legacy_font(f"Báo cáo của công đoàn cơ sở năm 2024\n{old}\nTrân trọng.")
    assert not vi.looks_like_legacy_font(sentence)


@pytest.mark.parametrize("text", ["C«ng ®oµn", "Coâng ñoaøn", "COÂNG ÑOAØN", "Ñôn xin"])
def test_the_best_known_old_spellings_are_noticed(text):
    assert vi.looks_like_legacy_font(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hoà bình, hoãn, hoá chất, thuở, khoẻ, quý, xoèn xoẹt, khoét, ngoằn ngoèo, xe goòng, rơ moóc, toòng teng",
        "ĐẢNG CỘNG SẢN VIỆT NAM – QĐ-TLĐ “Dân vận khéo” © 2024 Windows® §5 10µm 1ª ½ 3×4 x²",
        "Où êtes-vous ? Noël, goût, naïf, aéroport, île, boîte, âgé, ambiguïté, Gaël, capharnaüm, jeûne, polyèdre.",
        "Il mangeât, songeâmes ; œuvre, ça, «bonjour», Israël, haïr, douceâtre, mañana, tétraèdre, ÉCOLE, ÊTRE, l'État",
        "Naïve café façade résumé: the coöperation of Zoë's fiancé, Brontë, São, piñata, jalapeño",
        "Trade unions¹ met² in the field® of work™, at 25 °C ± 2 and paid 30 £ or 50 ¢",
    ],
)
def test_ordinary_text_raises_no_false_alarm(text):
    assert not any(vi.looks_like_legacy_font(piece) for piece in [text, *text.split()])
    assert not vi.looks_like_legacy_font(text.upper())


ONSETS = "|b|c|ch|d|đ|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|p|ph|q|r|s|t|th|tr|v|x"
RHYMES = (  # the stroke follows the letter that bears the tone, in both styles of placing it
    "a'|ă'|â'|e'|ê'|i'|o'|ô'|ơ'|u'|ư'|y'|a'i|a'o|a'u|a'y|â'u|â'y|e'o|ê'u|i'a|iê'|iê'u|i'u|o'a|oa'|oă'|oa'i|oa'y|oe'|o'e"
    "|o'i|ô'i|ơ'i|u'a|uâ'|uâ'y|uê'|u'i|uô'|uô'i|uơ'|u'y|uy'|uy'a|uyê'|uy'u|ư'a|ư'i|ươ'|ươ'i|ươ'u|ư'u|yê'|yê'u"
)
CODAS = "|c|ch|m|n|ng|nh|p|t"


def every_syllable() -> list[str]:
    tones = ["", *"\u0300\u0309\u0303\u0301\u0323"]
    rhymes = [rhyme.replace("'", tone) for rhyme in RHYMES.split("|") for tone in tones]
    parts = product(ONSETS.split("|"), rhymes, CODAS.split("|"))
    return [unicodedata.normalize("NFC", "".join(syllable)) for syllable in parts]


def test_no_vietnamese_syllable_raises_a_false_alarm():
    syllables = every_syllable()

    assert len(syllables) > 80_000
    assert [s for s in syllables if vi.looks_like_legacy_font(s) or vi.looks_like_legacy_font(s.upper())] == []


# --- Order ------------------------------------------------------------------------------------------------------------


def shuffled(items):
    return Random(5).sample(items, len(items))


def slow_order(text: str) -> tuple:
    """Read the rule aloud: a list of syllables, each with its letters and then its tone; letter case at the end."""
    places = {c: (ORDER.index(row[0]), tone) for row in TONED for tone, c in enumerate(row)}
    syllables: list[tuple] = []
    case, before = [], ""
    for c in text:
        small = c.lower()
        if c.isdigit() and before.isdigit():
            syllables[-1] = (0, [syllables[-1][1][0] * 10 + int(c)], 0)
        elif c.isdigit():
            syllables.append((0, [int(c)], 0))
        elif c.isalpha():
            rank, tone = places.get(small) or (ORDER.index(c.lower()) if small in ORDER else 99 + ord(small), 0)
            _, letters, first_tone = syllables.pop() if before.isalpha() else (1, [], 0)
            syllables.append((1, [*letters, rank], first_tone or tone))
            case.append(c != small)
        before = c
    return syllables, case


IN_ORDER = (
    "2|007|10|99|100|an|An|án|Áo|ăn|ấm|bà|cà|dân|Dũng|đá|Đức|em|ếch|Hà Nam|Hà Nội|Hà Tĩnh|hả|hã|há|Hạ Long|Hải|Ho Sen"
    "|Hoa|Lê|Ở|phà|tổ|Tổ 2|Tổ 10|Tổ 10A|ưu|Vũ|Xa|Ý|Yên|Zalo|ß|Жук"
)


def test_lists_stand_in_vietnamese_order():
    expected = IN_ORDER.split("|")

    assert sorted(shuffled(expected), key=vi.collation_key) == expected


def test_tones_follow_the_order_of_cldr():
    assert sorted("aáạàãả", key=vi.collation_key) == list("aàảãáạ")


def test_letters_follow_the_alphabet():
    assert sorted(shuffled(ORDER), key=vi.collation_key) == list(ORDER)


def test_a_key_can_be_read():
    assert vi.collation_key("Đường 30/4") == "DsUhOhNG1" + "1230" + "114" + " 1"


@settings(max_examples=1000)
@given(pairs)
def test_the_key_orders_any_two_texts_as_the_rule_reads(pair):
    one, other = pair
    keys, slow = (vi.collation_key(one), vi.collation_key(other)), (slow_order(one), slow_order(other))

    assert (keys[0] < keys[1], keys[0] == keys[1]) == (slow[0] < slow[1], slow[0] == slow[1])


@given(anything)
def test_a_key_sorts_the_same_in_every_database(text):
    key = vi.collation_key(text)

    assert key.isascii()
    assert key.isprintable()
    assert key == key.strip()


# --- Names ------------------------------------------------------------------------------------------------------------


def test_the_given_name_is_the_last_syllable():
    assert [vi.given_name(name) for name in ("Nguyễn Văn  An ", "Hùng", "")] == ["An", "Hùng", ""]


def test_people_are_listed_by_given_name_then_family_then_middle():
    expected = ["Lê Thị An", "Nguyễn An", "Nguyễn Thị An", "Nguyễn Văn An", "Trần An", "Bùi Ánh", "Đỗ Bình", "Ngô Hà"]

    assert sorted(shuffled(expected), key=vi.name_key) == expected


def test_a_compound_given_name_counts_whole():
    expected = [("Vũ Thị Hương", None), ("Lê Thanh", "Thanh"), ("An Thanh Hương", "thanh hương"), ("Cao Văn", "Thoa")]

    assert sorted(shuffled(expected), key=lambda person: vi.name_key(*person)) == expected
    assert vi.name_key("Lê Thanh Hương", " Thanh  Hương") == vi.name_key("Lê Thanh Hương", "THANH HƯƠNG")


@settings(max_examples=1000)
@given(names, names)
def test_names_are_ordered_as_the_rule_reads(one, other):
    def slow(name: str) -> tuple:
        words = name.split()
        parts = [slow_order(" ".join(part)) for part in (words[-1:], words[:-1][:1], words[1:-1])]
        return [syllables for syllables, _ in parts], [capital for _, case in parts for capital in case]

    keys, expected = (vi.name_key(one), vi.name_key(other)), (slow(one), slow(other))

    assert (keys[0] < keys[1], keys[0] == keys[1]) == (expected[0] < expected[1], expected[0] == expected[1])


# --- Numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (1234567.5, None, "1.234.567,5"),
        (1500000, None, "1.500.000"),
        (Decimal("7.50"), None, "7,5"),
        (Decimal("7.5"), 2, "7,50"),
        (2.675, 2, "2,68"),
        (Decimal("0.25"), 1, "0,3"),
        (-1234, 0, "-1.234"),
        (-0.04, 1, "0,0"),
        (Decimal("1E+5"), None, "100.000"),
    ],
)
def test_numbers_are_written_the_vietnamese_way(value, decimals, shown):
    assert vi.format_number(value, decimals) == shown


def test_what_is_not_a_number_is_not_written():
    assert "không phải là số" in refusal(vi.format_number, float("nan"))
    assert "không phải là số" in refusal(vi.format_percent, float("inf"), 3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("7.5", "7.5"), ("7,5", "7.5"), (" 10 ", "10"), ("-0,25", "-0.25"), ("−3", "-3"), ("0.125", "0.125")],
        *[("1.234.567,5", "1234567.5"), ("1.234,5", "1234.5"), ("1,234.5", "1234.5"), ("1,234,567", "1234567")],
        *[("1,234", "1.234"), ("1234.567", "1234.567"), ("1.234.567", "1234567"), ("1234", "1234")],
    ],
)
def test_numbers_are_read_with_a_comma_or_a_dot(text, value):
    assert vi.parse_number(text) == Decimal(value)


def test_a_dot_before_three_digits_needs_a_decision():
    assert refusal(vi.parse_number, "1.234") == "Số “1.234” có thể hiểu theo hai cách; hãy viết 1234 hoặc 1,234."
    assert vi.parse_number("1.234", thousands=True) == 1234
    assert vi.parse_number("7.5", thousands=True) == Decimal("7.5")


@pytest.mark.parametrize(
    "text", ["", "abc", "7.", ",5", "1.23.456", "1,2,3", "1 234", "1e3", "٣", "NaN", "1.234.56", "9" * 200 + "x"]
)
def test_other_text_is_not_a_number(text):
    message = refusal(vi.parse_number, text)

    assert message.startswith("Không đọc được số “")
    assert len(message) < 120


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12))
def test_a_written_number_reads_back(value):
    assert vi.parse_number(vi.format_number(value), thousands=True) == value
    assert vi.parse_number(vi.format_number(value, 4)) == value


def test_shares():
    assert [vi.format_percent(1, 8), vi.format_percent(2, 2), vi.format_percent(0, 5)] == ["12,5%", "100,0%", "0,0%"]
    assert [vi.format_percent(2, 3), vi.format_percent(3, 0)] == ["66,7%", "–"]


# --- Dates ------------------------------------------------------------------------------------------------------------

LATE = datetime(2020, 3, 4, 18, 5, tzinfo=UTC)


def test_dates_and_times_are_written_for_viet_nam():
    assert vi.format_date(date(2020, 3, 5)) == vi.format_date(LATE) == "05/03/2020"
    assert vi.format_datetime(datetime(2017, 12, 18, 0, 25, tzinfo=UTC)) == "18/12/2017 07:25"
    assert vi.format_time(datetime(2017, 12, 18, 7, 5, tzinfo=UTC)) == "14:05"
    assert vi.long_date(date(2020, 3, 5)) == vi.long_date(LATE) == "ngày 05 tháng 3 năm 2020"
    assert [vi.long_date(date(2021, m, 30)) for m in (1, 10)] == [
        "ngày 30 tháng 01 năm 2021",
        "ngày 30 tháng 10 năm 2021",
    ]


@pytest.mark.parametrize("function", [vi.format_date, vi.format_time, vi.format_datetime, vi.long_date, vi.end_of_day])
def test_a_moment_without_a_time_zone_is_refused(function):
    assert "múi giờ" in refusal(function, LATE.replace(tzinfo=None))


@pytest.mark.parametrize("text", ["30/4/1975", "30-04-1975", "30.4.1975", "1975-04-30", " 30/04/1975\n"])
def test_dates_are_read_in_the_usual_spellings(text):
    assert vi.parse_date(text) == date(1975, 4, 30)


@pytest.mark.parametrize(
    "text", ["", "1975", "30/4/75", "30/4-1975", "1975/04/30", "4 tháng 3", "30/4/1975 10:00", "٣/4/1975"]
)
def test_other_text_is_not_a_date(text):
    assert refusal(vi.parse_date, text).startswith("Không đọc được ngày")


@pytest.mark.parametrize("text", ["31/2/2020", "29/02/2021", "12/13/2020", "2020-00-10", "01/01/0000"])
def test_a_day_that_never_was_is_refused(text):
    assert "không có trong lịch" in refusal(vi.parse_date, text)


@given(st.dates())
def test_a_written_date_reads_back(day):
    assert vi.parse_date(vi.format_date(day)) == vi.parse_date(day.isoformat()) == day


@given(st.dates())
def test_the_last_second_belongs_to_the_day(day):
    end = vi.end_of_day(day)

    assert end.tzinfo is UTC
    assert f"{end.astimezone(vi.VIETNAM):%H:%M:%S}" == "23:59:59"
    assert vi.format_date(end) == vi.format_date(day)


def test_a_day_ends_at_one_minute_to_midnight_and_59_seconds():
    assert vi.end_of_day(date(2024, 5, 1)) == vi.end_of_day(datetime(2024, 4, 30, 17, tzinfo=UTC))
    assert vi.end_of_day(date(2024, 5, 1)) == datetime(2024, 5, 1, 16, 59, 59, tzinfo=UTC)


# --- Telephone numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored", "shown"),
    [
        ("0912.345.678", "+84912345678", "0912 345 678"),
        ("+84 (0)35-234 5678", "+84352345678", "0352 345 678"),
        ("84912345678", "+84912345678", "0912 345 678"),
        ("(024) 3942 1234", "+842439421234", "024 3942 1234"),
        ("0203 382 5678", "+842033825678", "0203 382 5678"),
        ("0203 825 678", "+84203825678", "0203 82 5678"),
    ],
)
def test_telephone_numbers_have_one_stored_form(typed, stored, shown):
    assert (vi.normalise_phone(typed), vi.format_phone(stored)) == (stored, shown)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("912 345 678", "thiếu số 0 ở đầu; nếu đúng, hãy nhập lại là 0912345678."),
        ("0168 912 3456", "đầu số cũ"),
        *[
            (typed, "không đúng; hãy nhập")
            for typed in ("", "0412345678", "091234567", "09123456789", "+1 202 555 0100")
        ],
        *[
            (typed, "không đúng; hãy nhập")
            for typed in ("02 123 4567", "0912345678 / 0987654321", "1900 1234", "số mới")
        ],
    ],
)
def test_other_telephone_numbers_are_refused(typed, hint):
    assert hint in refusal(vi.normalise_phone, typed)


@given(st.from_regex(r"0(?:[35789][0-9]{8}|2[0-9]{8,9})", fullmatch=True))
def test_a_shown_telephone_number_reads_back(number):
    stored = vi.normalise_phone(number)

    assert stored == "+84" + number[1:]
    assert vi.normalise_phone(stored) == vi.normalise_phone(vi.format_phone(stored)) == stored
