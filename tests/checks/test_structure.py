"""Rules about the HTML of the page: language, title, headings, tables."""

import pytest

from newsletter.checks import structure
from newsletter.checks.rule import Rule
from newsletter.model.finding import Severity
from tests.checks.mails import mail_of
from tests.checks.samples import PAGE_FILE, found_in


def told(rule: Rule, html: str) -> list[str]:
    """Return what `rule` says of a page, in English, with places in the HTML."""
    return [f"{each.place.line}:{each.place.column} {each.message}" for each in rule(mail_of(html))]


def page(body: str, *, html: str = 'lang="en" dir="ltr"', head: str = "") -> str:
    return f"<html {html}><head>{head}</head>\n<body>{body}</body></html>"


SILENT = "the page does not say what language it is in"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('lang="ru"', "the en edition says that its language is “ru”"),
        ('lang=""', SILENT),
        ("", SILENT),
    ],
)
def test_a_page_in_the_wrong_voice_is_an_error(given: str, said: str) -> None:
    (finding,) = found_in(structure.page_language, html=('lang="en"', given))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{PAGE_FILE}: {said} - write <mjml lang=")


@pytest.mark.parametrize("title", ["<title></title>", "<title>  </title>", ""])
def test_a_page_without_title_is_an_error(title: str) -> None:
    (finding,) = found_in(structure.page_title, html=("<title>News of the spring</title>", title))
    assert finding.severity is Severity.ERROR
    assert str(finding).startswith(f"{PAGE_FILE}: the page has no title - write <mj-title>")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<div lang="en">Words</div>', []),
        ("<div>Words</div>", ["2:7 the element <div> around the page names no language"]),
        ('<div style="display:none">Line</div><div lang="en">Words</div>', []),
        ("", []),
    ],
)
def test_webmail_keeps_the_language(body: str, said: list[str]) -> None:
    assert told(structure.wrapper_language, page(body)) == said


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('lang="en" dir="ltr"', []),
        ('lang="en" dir="auto"', []),
        ('lang="ar" dir="rtl"', []),
        ('lang="en"', ["1:1 the page has the direction “”; it must be ltr"]),
        ('lang="ar" dir="ltr"', ["1:1 the page has the direction “ltr”; it must be rtl"]),
    ],
)
def test_a_page_says_its_direction(html: str, said: list[str]) -> None:
    assert told(structure.page_direction, page("", html=html)) == said


RUSSIAN = "Вы получили это письмо потому что"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (f"<p>{RUSSIAN}</p>", 1),
        (f'<p lang="ru">{RUSSIAN}</p>', 0),
        (f'<div lang="ru"><p>{RUSSIAN}</p></div>', 0),
        (f'<p><span lang="ru">{RUSSIAN}</span></p>', 0),
        (f"<p>In Russian: {RUSSIAN}</p>", 0),
        ("<p>Труд и занятость</p>", 0),
        (f'<p style="display:none">{RUSSIAN}</p>', 0),
        (f"<div><p>{RUSSIAN}</p><p>English words</p></div>", 1),
    ],
)
def test_a_text_in_another_alphabet_says_its_language(body: str, count: int) -> None:
    said = told(structure.part_language, page(body))
    assert len(said) == count
    assert all("stands in a text in the language en" in each for each in said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="a" hreflang="ru" lang="ru">Русский</a>', []),
        ('<a href="a" hreflang="ru"><span lang="ru">Русский</span></a>', []),
        ('<a href="a" hreflang="en">English</a>', []),
        (
            '<a href="a" hreflang="ru">Русский</a>',
            ["2:7 “Русский” leads to a page in ru and has no lang"],
        ),
    ],
)
def test_a_link_to_another_edition_says_its_language(body: str, said: list[str]) -> None:
    assert told(structure.link_language, page(body)) == said


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('<meta charset="utf-8">', []),
        ('<meta http-equiv="Content-Type" content="text/html; charset=UTF-8">', []),
        ('<meta charset="windows-1251">', ["1:33 the page says that it is in windows-1251"]),
        ("", ["0:0 the page does not say what encoding it has"]),
        (
            '<meta name="description" content="charset=utf-8">',
            ["0:0 the page does not say what encoding it has"],
        ),
    ],
)
def test_a_page_says_its_encoding(head: str, said: list[str]) -> None:
    assert told(structure.page_charset, page("", head=head)) == said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("width=device-width, initial-scale=1", ""),
        ("width=device-width, maximum-scale=10", ""),
        ("width=device-width, user-scalable=no", "user-scalable=no"),
        ("width=device-width, maximum-scale=1.0", "maximum-scale=1.0"),
    ],
)
def test_readers_may_enlarge_the_page(content: str, said: str) -> None:
    findings = told(
        structure.page_zoom, page("", head=f'<meta name="viewport" content="{content}">')
    )
    assert findings == ([f"1:33 “{said}” forbids readers to enlarge the page"] if said else [])


def test_a_page_without_viewport_is_told() -> None:
    assert told(structure.page_zoom, page("")) == ["0:0 the page has no <meta name=viewport>"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<h1>A</h1><h2>B</h2>", []),
        ("<h2>B</h2><h1>A</h1>", ["2:7 the first heading, “B”, is an h2"]),
        ("<h1>A</h1><h1>B</h1>", ["2:17 “B” is a second h1"]),
        ("<p>A</p>", ["0:0 the page has no heading"]),
        ('<div style="display:none"><h3>x</h3></div><h1>A</h1>', []),
    ],
)
def test_a_page_has_one_first_heading(body: str, said: list[str]) -> None:
    assert told(structure.heading_first, page(body)) == said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<h1>A</h1><h2>B</h2><h3>C</h3><h2>D</h2>", []),
        ("<h1>A</h1><h3>C</h3>", ["2:17 “C” is an h3 after an h1"]),
        ("<h2>A</h2><h4>C</h4><h4>D</h4>", ["2:17 “C” is an h4 after an h2"]),
    ],
)
def test_no_level_of_headings_is_skipped(body: str, said: list[str]) -> None:
    assert told(structure.heading_levels, page(body)) == said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<h2> </h2>", ["2:7 an h2 has no words"]),
        ('<h2><img src="a" alt="News"></h2>', []),
        ("<h2>News</h2>", []),
    ],
)
def test_a_heading_has_words(body: str, said: list[str]) -> None:
    assert told(structure.heading_empty, page(body)) == said


DATA = '<table><tr><th scope="col">When</th></tr><tr><td>1</td></tr></table>'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<table role="presentation"><tr><td>A</td></tr></table>', []),
        (DATA, []),
        (f'<table role="none"><tr><td>{DATA}</td></tr></table>', []),
        (
            "<table><tr><td>A</td></tr></table>",
            ["2:7 a table neither has headings nor role=presentation"],
        ),
        (
            f"<table><tr><td>{DATA}</td></tr></table>",
            ["2:7 a table neither has headings nor role=presentation"],
        ),
        (
            DATA.replace("<table>", '<table role="presentation">'),
            ["2:7 a table of data says role=presentation: its headings are lost"],
        ),
    ],
)
def test_tables_say_whether_they_only_arrange(body: str, said: list[str]) -> None:
    assert told(structure.table_role, page(body)) == said


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('<th scope="row">', []),
        ("<th>", ["2:18 the heading “When” has no scope"]),
        ('<th scope="both">', ["2:18 the heading “When” has no scope"]),
    ],
)
def test_headings_of_tables_say_for_what(head: str, said: list[str]) -> None:
    body = f"<table><tr>{head}When</th></tr></table>"
    assert told(structure.table_heads, page(body)) == said
