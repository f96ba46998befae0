"""The press: it fetches nothing, says what is wrong at the template's place, and what it lacks."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from newsletter.errors import InputRefused, NewsletterError
from newsletter.model.finding import Finding, Severity
from newsletter.publish import paperpress
from newsletter.publish.paper import print_issue
from newsletter.publish.paperpress import Source, hyphenates, lay_out
from tests.publish.papers import opened, print_in
from tests.workspace import edit, small_office, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PAGE = """\
<html lang="{{ edition.language }}">
<head><title>{{ edition.subject }}</title></head>
<body>
<h1>{{ edition.subject }}</h1>
{% for item in edition.sections | map(attribute="items") | sum(start=()) %}
<h2>{{ item.title }}</h2>
<p>{{ item.lead }}</p>
{% endfor %}
</body>
</html>
"""
STYLES = """\
@page { size: A4; margin: 20mm }
body { font-family: "Noto Serif" }
"""
THEME = "templates/plain/print"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    office = small_office(tmp_path / "office")
    write(office, f"{THEME}/issue.html.j2", PAGE)
    write(office, f"{THEME}/print.css", STYLES)
    return office


def refusal(office: Path) -> tuple[Finding, ...]:
    with pytest.raises(InputRefused) as refused:
        print_in(office, "spring")
    return refused.value.findings


def test_a_theme_needs_two_files_to_print(office: Path) -> None:
    paper = print_in(office, "spring")
    assert paper.paper.pages == 1
    assert paper.paper.doubts == ()
    assert "Fortyyoungpeoplemet" in paper.spoken


def test_a_theme_without_print_templates_says_so(tmp_path: Path) -> None:
    (finding,) = refusal(small_office(tmp_path / "bare"))
    assert finding.place.file == "templates/plain"
    assert "it has no print/issue.html.j2" in finding.message
    assert "--pdf" in finding.remedy


def test_a_property_that_does_not_exist_is_found_at_its_line(office: Path) -> None:
    write(office, f"{THEME}/print.css", STYLES + "p {\n  colour: red;\n}\n")
    (finding,) = refusal(office)
    assert str(finding.place) == f"{THEME}/print.css:4:3"
    assert "colour" in finding.message


@pytest.mark.parametrize(
    "address",
    [
        "https://www.example.org/picture.png",
        "file:///etc/hostname",
        "data:image/png;base64,iVBORw0KGgo=",
        "picture.png",
    ],
)
def test_nothing_is_fetched(office: Path, address: str) -> None:
    edit(office, f"{THEME}/issue.html.j2", "</h1>", f'</h1><img src="{address}" alt="A picture">')
    findings = refusal(office)
    assert {finding.place.file for finding in findings} == {f"{THEME}/issue.html.j2"}
    assert address in findings[0].message
    assert (
        "pictures of items only" in findings[0].remedy or "relative" in findings[0].message.lower()
    )


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("print.css", "@page", '@import url("https://www.example.org/a.css");\n@page'),
        ("print.css", "body {", 'body { background: url("https://www.example.org/a.png");'),
        (
            "print.css",
            "body",
            '@font-face { font-family: Own; src: url("file:///tmp/a.ttf") }\nbody',
        ),
        ("issue.html.j2", "<head>", '<head><link rel="stylesheet" href="file:///etc/hosts" />'),
    ],
)
def test_styles_and_fonts_are_not_fetched_either(
    office: Path, file: str, old: str, new: str
) -> None:
    edit(office, f"{THEME}/{file}", old, new)
    (finding,) = refusal(office)
    assert "nothing is fetched" in finding.message or "cannot be loaded" in finding.message
    assert finding.place.file == f"{THEME}/{file}"


def test_a_character_that_no_font_has_is_an_error_and_not_a_box(office: Path) -> None:
    edit(office, "issues/items/school.yaml", "Forty young people met", "Forty \U00013ff0 met")
    (finding,) = refusal(office)
    assert "U+13FF0" in finding.message
    assert finding.severity is Severity.ERROR
    assert "fonts-noto-core" in finding.remedy


def test_a_font_that_is_not_there_is_told_with_the_one_that_took_its_place(office: Path) -> None:
    edit(office, f"{THEME}/print.css", '"Noto Serif"', '"No Such Font"')
    (doubt,) = print_in(office, "spring").paper.doubts
    assert doubt.severity is Severity.WARNING
    assert "which the theme does not name" in doubt.message
    assert doubt.place.file == f"{THEME}/print.css"


def test_a_picture_without_alternative_text_is_refused(office: Path) -> None:
    source = Source('<html lang="en"><img src="cid:a">', "", "page", "sheet")
    assert lay_out(source, {}).said


def test_a_page_without_language_is_refused(office: Path) -> None:
    edit(office, f"{THEME}/issue.html.j2", ' lang="{{ edition.language }}"', "")
    assert any("lang" in finding.message for finding in refusal(office))


def test_the_faults_of_all_languages_come_together(office: Path) -> None:
    edit(office, f"{THEME}/issue.html.j2", "<h1>", "<h1>{{ edition.nowhere }}")
    edit(office, f"{THEME}/print.css", "body", "{{ edition.elsewhere }} body")
    from newsletter.compose.workspace import Folder

    with pytest.raises(InputRefused) as refused:
        print_issue(Folder(office), opened(office, "spring")[1])
    assert [str(finding.place) for finding in refused.value.findings] == [
        f"{THEME}/issue.html.j2:4:1"
    ]


def test_a_page_that_never_comes_to_rest_is_refused(office: Path) -> None:
    edit(
        office,
        f"{THEME}/issue.html.j2",
        "<h1>",
        '<div id="masthead" style="height: {{ front.top }}mm"></div><h1>',
    )
    (finding,) = refusal(office)
    assert "looks different each time" in finding.message


def test_formatted_words_in_a_link_are_one_link(office: Path) -> None:
    edit(
        office,
        f"{THEME}/issue.html.j2",
        "</h1>",
        '</h1><p><a href="https://www.example.org/"><b>Bold</b> and <i>thin</i></a></p>',
    )
    assert len(print_in(office, "spring").links) == 1


def test_languages_that_can_be_divided_are_known() -> None:
    assert hyphenates("en")
    assert hyphenates("ru")
    assert hyphenates("pt-BR")
    assert not hyphenates("kk")
    assert not hyphenates("uz-Cyrl")


def test_without_weasyprint_the_command_to_install_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(NewsletterError) as lacking:
        paperpress.hyphenates("en")
    assert "WeasyPrint" in lacking.value.message
    assert lacking.value.remedy == 'pip install "newsletter[pdf]"'


def test_without_pango_the_packages_are_told(tmp_path: Path) -> None:
    write(
        tmp_path,
        "weasyprint.py",
        "print('WeasyPrint could not import some external libraries')\n"
        "raise OSError(\"cannot load library 'libpango-1.0-0': no such file\\nmore\")\n",
    )
    code = """
        from newsletter.errors import NewsletterError
        from newsletter.publish.paperpress import hyphenates
        try:
            hyphenates("en")
        except NewsletterError as lacking:
            print(lacking)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in done.stdout
    assert "brew install pango" in done.stdout
    assert "could not import some external" not in done.stdout
    assert done.stdout.count("\n") == 1
