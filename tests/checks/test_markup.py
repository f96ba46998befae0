"""Rules about styles and about what does not belong into a mail."""

import pytest

from newsletter.checks import markup
from newsletter.checks.rule import Rule
from tests.checks.mails import mail_of, page_of


def told(rule: Rule, html: str) -> list[str]:
    """Return what `rule` says of a page, with places in the HTML."""
    return [f"{each.place.line}:{each.place.column} {each.message}" for each in rule(mail_of(html))]


@pytest.mark.parametrize(("letters", "count"), [(16 * 1024, 0), (16 * 1024 + 1, 1)])
def test_style_sheets_together_have_a_limit(letters: int, count: int) -> None:
    first, second = "a" * 10_000, "b" * (letters - 10_000)
    page = page_of("", head=f"<style>{first}</style>\n<style>{second}</style>")
    said = told(markup.style_size, page)
    assert said == ["3:1 with this <style> there are 16 KB; Gmail takes 16 KB"] * count


@pytest.mark.parametrize(
    ("css", "said"),
    [
        ("@media screen { p { margin: 0 } } @media print { p { margin: 0 } }", ""),
        ("@media screen { @media print { p { margin: 0 } } }", "@media stands inside another"),
        ("@supports (color: red) { @media print { p { margin: 0 } } }", "@media stands inside"),
    ],
)
def test_at_rules_do_not_nest(css: str, said: str) -> None:
    findings = told(markup.style_nested, page_of("", css))
    assert [said in each for each in findings] == ([True] if said else [])


@pytest.mark.parametrize(
    ("css", "broken"),
    [
        ("p { margin: 0; } #outlook a { padding: 0 }", False),
        ("@media screen { p { margin: 0 } }", False),
        ("p { margin 0; }", True),
        ("p { margin: 0; } } a { padding: 0 }", True),
        ("p margin: 0;", True),
        ("@media screen { p { margin 0 } }", True),
    ],
)
def test_a_style_sheet_with_an_error_is_told(css: str, broken: bool) -> None:
    assert bool(told(markup.style_broken, page_of("", css))) is broken


@pytest.mark.parametrize(
    ("style", "said"),
    [
        ("background:URL(a.png)", ["3:7 the style of <p> names a picture with url()"]),
        ("background:#fff", []),
    ],
)
def test_a_style_names_no_picture(style: str, said: list[str]) -> None:
    page = page_of(f'<p style="{style}">a</p>')
    assert [each.replace("2:", "3:", 1) for each in told(markup.style_url, page)] == said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>a</script>", "<script> does not work in mail"),
        ('<form action="https://a.example"></form>', "<form> does not work in mail"),
        ("<iframe src='a'></iframe>", "<iframe> does not work in mail"),
        ('<p onclick="a()">b</p>', "<p onclick=…> is a script"),
        ('<a href=" javascript:a()">b</a>', "a link runs a script: javascript:a()"),
        ('<meta http-equiv="Refresh" content="0;url=a">', "leads readers away by itself"),
        ('<p class="one">b</p>', ""),
        ('<a href="https://a.example" title="one">b</a>', ""),
    ],
)
def test_nothing_runs_or_asks(body: str, said: str) -> None:
    findings = told(markup.active_content, page_of(body))
    assert [said in each for each in findings] == ([True] if said else [])


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ('<link rel="stylesheet" href="https://a.example/a.css">', "is loaded from https://a.ex"),
        ("<style>@import 'a.css';</style>", "@import loads from elsewhere"),
        ("<style>@font-face { src: url(a) }</style>", "@font-face loads from elsewhere"),
        ("<style>p { margin: 0 }</style>", ""),
        ('<link rel="icon" href="a.png">', ""),
    ],
)
def test_nothing_is_loaded_from_elsewhere(head: str, said: str) -> None:
    findings = told(markup.loads_from_elsewhere, page_of("", head=head))
    assert [said in each for each in findings] == ([True] if said else [])
