"""Rules about single words and letters."""

from html import escape
from pathlib import Path

import pytest

from newsletter.checks import words
from newsletter.model.finding import Severity
from tests.checks.samples import PAGE_FILE, SCHOOL, SPRING, TEXT_FILE, found, found_in, lines
from tests.workspace import edit

MIXED = {
    "Шкoла": "Latin o",
    "Mосква": "Latin M",
    "schоol": "Cyrillic о",
    "СOVID": "Cyrillic С",
    "Аəзер": "Latin ə",
}


@pytest.mark.parametrize("word", MIXED)
def test_a_word_of_two_alphabets_is_told_with_the_odd_letters(small: Path, word: str) -> None:
    edit(small, SCHOOL, "title: Школа для молодых", f"title: Вот {word}, да")
    (finding,) = found(words.mixed_letters, small)
    assert finding.severity is Severity.WARNING
    assert str(finding) == (
        f"{SCHOOL}:13:3: the word “{word}” mixes two alphabets: {MIXED[word]} - "
        "type the word anew in one alphabet"
    )


WELCOME = ["IT-компания", "ВИЧ/AIDS", "Іле", "Əliyev Rəşad", "Ңұр Ӣ Ғ", "COVID-19 и МОТ"]
WELCOME += ["https://example.org/путь", "почта@example.org", "2015г", "PDF(2 МБ)"]


@pytest.mark.parametrize("text", WELCOME)
def test_words_of_one_alphabet_side_by_side_are_welcome(small: Path, text: str) -> None:
    edit(small, SCHOOL, "title: Школа для молодых", f'title: "{text}"')
    assert lines(words.mixed_letters, small) == []


def test_a_letter_that_turns_the_text_is_told(small: Path) -> None:
    edit(small, SPRING, "subject: News", "subject: \u202eNews")
    (finding,) = found(words.direction, small)
    assert finding.severity is Severity.WARNING
    assert str(finding).startswith(
        f"{SPRING}:8:3: an invisible character turns the text around (U+202E)"
    )


MARKUP = {
    "title": [
        "<b>bold</b>",
        "a **bold** word",
        "[site](https://example.org)",
        "<mj-raw>",
        "</mj-text>",
    ],
    "text": [
        "<b>bold</b>",
        "# heading",
        "![a](https://example.org/a.png)",
        "<script src='x'>",
        "a<br/>b",
        "~~gone~~",
        "| a | b |",
        "Title\n    =====",
        "[run](javascript:alert(1))",
        "[file](https://example.org/my file.pdf)",
        "[site] (https://example.org)",
        "[site][1]",
        "- [ ] to do",
        "a **bold word",
    ],
}


@pytest.mark.parametrize(("key", "text"), [(key, text) for key in MARKUP for text in MARKUP[key]])
def test_what_would_be_printed_as_it_was_typed_is_told(small: Path, key: str, text: str) -> None:
    line = {"title": "title: A school for the young", "text": "text: They spoke about"}[key]
    edit(small, SCHOOL, line, f"{key}: |-\n    {text}\n  footnote: They spoke about")
    (finding,) = found(words.markup, small)
    assert finding.severity is Severity.WARNING
    assert f"as it stands in `{key}` - write plain words" in str(finding)


@pytest.mark.parametrize(
    "text",
    [
        "*a* **b** [c](https://example.org)",
        "<https://example.org>",
        "a < b > c",
        "- one\n    - two",
        "\\[run\\](javascript:a) \\~~gone\\~~ \\# 1",
        "Hurrah! [c](https://example.org)",
        "`**` and [sic] (as it stands) or 2 ** 3 ~ 4 | 5",
        "No. #1",
    ],
)
def test_markdown_in_a_text_is_welcome(small: Path, text: str) -> None:
    edit(
        small,
        SCHOOL,
        "text: They spoke about",
        f"text: |-\n    {text}\n  footnote: They spoke about",
    )
    assert lines(words.markup, small) == []


LEFT_OVER = {
    "{{name}}": "“{{name}}” would be sent to readers as it stands (en)",
    "{{ 7 * 7 }}": "“{{ 7 * 7 }}” would be sent",
    "{% if x %}": "“{% if x %}” would be sent",
    "*|FNAME|*": "“*|FNAME|*” would be sent",
    "[[frist_name]]": "“[[frist_name]]” would be sent",
    "[[Имя]]": "“[[Имя]]” would be sent",
}


@pytest.mark.parametrize("token", LEFT_OVER)
def test_what_was_not_filled_in_is_an_error_where_it_was_written(small: Path, token: str) -> None:
    edit(small, SCHOOL, "title: A school for the young", f"title: 'Dear {token}, hello'")
    (finding,) = found(words.tokens, small)
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{SCHOOL}:6:3: {LEFT_OVER[token]}")
    assert "[[unsubscribe_url]], [[preferences_url]]" in finding.remedy


def test_the_slots_themselves_are_welcome(small: Path) -> None:
    assert lines(words.tokens, small) == []


@pytest.mark.parametrize("token", ["[[unsubscribe]]", "%7B%7Burl%7D%7D", "{{ slots.x }}", "*|"])
def test_what_the_theme_left_over_is_told_at_its_template(token: str) -> None:
    (finding,) = found_in(words.tokens, html=("", f'<a href="{token}">x</a>'))
    assert str(finding).startswith(f"{PAGE_FILE}: “{token}” would be sent")
    if "%" not in token:
        (finding,) = found_in(words.tokens, text=("", token))
        assert str(finding).startswith(f"{TEXT_FILE}:1:1: “{token}” would be sent")


@pytest.mark.parametrize("letter", ["\x85", "\x92", "\ufffd"])
def test_a_broken_letter_of_the_theme_is_an_error(letter: str) -> None:
    (finding,) = found_in(words.broken_letters, html=("", letter))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(
        f"{PAGE_FILE}: a broken character (U+{ord(letter):04X}) in the en"
    )
    (finding,) = found_in(words.broken_letters, text=("", letter))
    assert str(finding.place) == f"{TEXT_FILE}:1:1"


def test_a_letter_lost_before_it_was_written_is_told_in_its_file(small: Path) -> None:
    edit(small, SCHOOL, "title: A school", "title: A sch\ufffd\ufffdl")
    assert [str(finding.place) for finding in found(words.broken_letters, small)] == [
        f"{SCHOOL}:6:3",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [("неполна\u0438\u0306", True), ("неполный", False), ("cafe\u0301", True), ("café", False)],
)
def test_letters_with_loose_marks_are_told(small: Path, text: str, told: bool) -> None:
    edit(small, SCHOOL, "title: Школа для молодых", f"title: Вот {text}")
    findings = found(words.composed_letters, small)
    assert [str(each.place) for each in findings] == ([f"{SCHOOL}:13:3"] if told else [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Ð¨ÐºÐ¾Ð»Ð° Ð´Ð»Ñ\u008f", True),
        ("РЁРєРѕР»Р° РґР»СЏ", True),
        ("donâ€™t", True),
        ("cafÃ© and naÃ¯ve", True),
        ("????? ?? ????", True),
        ("Школа? Да!", False),
        ("What??", False),
        ("Café «Россия» — naïve", False),
        ("РОСТ, СССР и РСФСР", False),
        ("Ølberg", False),
    ],
)
def test_a_text_in_a_wrong_encoding_is_an_error(small: Path, text: str, told: bool) -> None:
    edit(small, SCHOOL, "title: A school for the young", f'title: "{text}"'.replace("\x8f", ""))
    findings = found(words.mojibake, small)
    assert [str(each.place) for each in findings] == ([f"{SCHOOL}:6:3"] if told else [])
    assert all(each.severity is Severity.ERROR for each in findings)


ESCAPES = [
    r"No.\u{a0}1",
    r"No.\u00a01",
    r"Москва\u2014Мурманск",
    r"\u041f\u0440",
    r"\ud83d\ude00",
    r"\U0001F600",
    r"one\xa0two",
    r"\xd0\xbf",
    r"First.\nSecond",
    r"Moscow\nRussia",
    r"одна\nдругая",
    r"the end\n",
    r"\tA table",
    r"one\r\ntwo",
    r"say \"no\"",
    r"don\'t",
    r"https:\/\/news.example.org",
    "one&nbsp;two",
    "AT&amp;T",
    "&#160;",
    "&#xa0;",
    "&laquo;one&raquo;",
]
WINDOWS = [
    r"C:\new",
    r"the folder C:\Новая\u0412 and D:\n",
    r"“C:\Program Files\”",
    r"\\server\new\table",
    r"%APPDATA%\news",
    r"HKEY_CURRENT_USER\Software\Name\"",
    r"docs\new\tables\readme",
    r"ILO\nikitina",
    r"ILO\Nikitina",
    r"ILO\u2015",
    r"and\or",
    r"\nu and \rho",
    r"¯\_(ツ)_/¯",
    "R&D; Q&A; AT&T;",
    "fish & chips; peas",
    "https://example.org/?a=1&amp;b=2",
    "a 5% share, 100 000 ₽",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_a_sign_that_was_meant_for_a_program_is_an_error(text: str) -> None:
    (finding,) = found_in(words.escapes, html=("", f"<p>{escape(text)}</p>"))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{PAGE_FILE}: readers meet “")
    assert found_in(words.escapes, text=("", text))


@pytest.mark.parametrize("text", WINDOWS)
def test_what_may_be_a_path_a_login_or_plain_words_is_welcome(text: str) -> None:
    assert found_in(words.escapes, html=("", f'<p title="{escape(text)}">{escape(text)}</p>')) == []
    assert found_in(words.escapes, text=("", text)) == []


@pytest.mark.parametrize("name", ["alt", "title", "aria-label"])
def test_a_sign_in_what_is_read_out_or_shown_on_demand_is_told_with_its_attribute(
    name: str,
) -> None:
    img = f'<img {name}="News No.\\u{{a0}}1 of spring" src="a.png">'
    (finding,) = found_in(words.escapes, html=("", img))
    assert finding.message == rf"readers meet “No.\u{{a0}}1” as it stands in `{name}`"
    assert finding.spot is not None


def test_a_sign_in_the_title_of_the_page_is_told() -> None:
    way = ("<title>News of the spring", r"<title>News\u{a0}of the spring")
    (finding,) = found_in(words.escapes, html=way)
    assert r"“News\u{a0}of”" in finding.message


def test_signs_are_welcome_in_code_and_in_what_nobody_reads() -> None:
    sign = r"a\u00a0b &amp;nbsp; \n"
    shown = (
        f'<code>{sign}</code><pre><b>{sign}</b></pre><style>p::before{{content:"{sign}"}}</style>'
    )
    shown += f'<a href="https://example.org/{sign}" data-x="{sign}">address</a><!-- {sign} -->'
    assert found_in(words.escapes, html=("", shown)) == []


def test_a_sign_that_an_editor_typed_is_told_in_its_line(small: Path) -> None:
    edit(small, SCHOOL, "title: A school for the young", r"title: A school\u00a0for the young")
    (said,) = {str(each) for each in found(words.escapes, small)}
    assert said.startswith(
        rf"{SCHOOL}:6:3: readers meet “school\u00a0for” as it stands - write the"
    )
    assert said.endswith("in a text, put what is to be shown so between backticks")


def test_a_sign_in_the_subject_is_told(small: Path) -> None:
    edit(small, SPRING, "subject: News", r"subject: The\u00a0News")
    assert {str(each.place) for each in found(words.escapes, small)} == {f"{SPRING}:8:3"}


def test_code_that_an_editor_marks_as_such_is_welcome(small: Path) -> None:
    text = r"text: Write `\u00a0` between them. They spoke about"
    edit(small, SCHOOL, "text: They spoke about", text)
    assert lines(words.escapes, small) == []
