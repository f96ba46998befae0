"""Support by mail programs: what the theme writes is found where it is written, and named once."""

import io
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checks.checked import Checked
from newsletter.checks.clients import (
    USUAL,
    client_names,
    client_support,
    features_of_theme,
    lacking_in,
    support,
)
from newsletter.checks.features import features_of_css, features_of_style, picture_feature
from newsletter.checks.rule import Rule
from newsletter.model.finding import Finding, Severity
from tests.checks.mails import mail_of, page_of
from tests.workspace import ROOT, edit, small_office, take_the_way, write

KNOWN = support().features


def found(rule: Rule, office: Path) -> list[Finding]:
    way = take_the_way(office)
    return list(rule(Checked(way.composition, way.renderings, way.theme)))


def lines(office: Path) -> list[str]:
    return [str(finding) for finding in found(client_support, office)]


def of_css(css: str) -> dict[str, tuple[int, int]]:
    return features_of_css(css, KNOWN)


def test_data_and_licence_are_there_with_their_date() -> None:
    table = support()
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", table.updated)
    assert len(table.features) > 250
    licence = ROOT / "src/newsletter/checks/data/LICENSE-caniemail"
    assert table.package in licence.read_text("utf-8")
    assert "MIT License" in licence.read_text("utf-8")


def test_the_usual_programs_are_known() -> None:
    assert set(USUAL) <= set(support().names)
    assert len(support().chosen(())) >= 14


def test_what_css_uses_is_known_by_line_and_column() -> None:
    css = "p { opacity: .5 }\n\n.a > b,\n.c:hover { display: flex; color: rgba(0,0,0,.1) }\n"
    spots = of_css(css)
    assert spots["css-opacity"] == (1, 5)
    assert spots["css-selector-child"] == (3, 4)
    assert spots["css-pseudo-class-hover"] == (4, 4)
    assert spots["css-display-flex"] == (4, 12)
    assert spots["css-rgba"] == (4, 27)


@pytest.mark.parametrize(
    ("css", "feature"),
    [
        ("@media (prefers-color-scheme: dark) { a { top: 0 } }", "css-left-right-top-bottom"),
        ("@media (prefers-color-scheme: dark) { }", "css-at-media-prefers-color-scheme"),
        ("@font-face { font-family: x }", "css-at-font-face"),
        ("@import 'x.css';", "css-at-import"),
        ("a::before { content: 'x' }", "css-pseudo-element-before"),
        ("a b { width: 1px }", "css-selector-descendant"),
        ("a ~ b { width: 1px }", "css-selector-general-sibling"),
        ("#a { width: 1px }", "css-selector-id"),
        ("[title] { width: 1px }", "css-selector-attribute"),
        ("a { --x: 1 }", "css-variables"),
        ("a { width: calc(1px + var(--x)) }", "css-variables"),
        ("a { width: calc(1px + 2em) }", "css-unit-em"),
        ("a { margin-left: 1rem }", "css-margin"),
        ("a { color: red !important }", "css-important"),
        ("a { & b { color: red } }", "css-nesting"),
        ("a { gap: 1px }", "css-gap"),
        ("/* x */", "css-comments"),
    ],
)
def test_each_kind_of_feature_is_seen(css: str, feature: str) -> None:
    assert feature in of_css(css)


def test_outlooks_own_marks_are_no_attribute_selector_to_worry_about() -> None:
    assert "css-selector-attribute" not in of_css("[data-ogsc] .a { color: red }")


def test_selectors_do_not_count_where_rules_are_written_onto_the_elements() -> None:
    spots = features_of_css("a > b:hover { opacity: 1 }", KNOWN, inlined=True)
    assert set(spots) == {"css-opacity"}


@pytest.mark.parametrize(
    ("kind", "feature"),
    [
        ("image/jpeg", "image-jpg"),
        ("image/svg+xml", "image-svg"),
        ("https://example.org/a.WEBP?x=1", "image-webp"),
        ("data:image/png;base64,AAAA", "image-base64"),
        ("cid:abc@example", ""),
    ],
)
def test_formats_of_pictures_are_known(kind: str, feature: str) -> None:
    assert picture_feature(kind) == feature


def test_a_feature_is_named_at_its_line_in_the_theme_with_the_programs_without_it(
    tmp_path: Path,
) -> None:
    office = small_office(tmp_path)
    assert lines(office) == []
    write(office, "templates/plain/inline.css", "h2 { font-size: 20px; }\nh2 { opacity: .8; }\n")
    (line,) = lines(office)
    assert line.startswith(
        "templates/plain/inline.css:2:6: Mail.ru, Outlook (Windows): no opacity - "
    )


def test_styles_and_tags_of_templates_count_and_those_of_mjml_do_not(tmp_path: Path) -> None:
    office = small_office(tmp_path)
    edit(
        office,
        "templates/plain/parts/brief.mjml.j2",
        "  <p>{{ item.lead }}</p>",
        '  <p style="border-radius: {{ 3 }}px; max-height: 1em">{{ item.lead }}</p><video></video>',
    )
    spots = {line.partition(" ")[0] for line in lines(office)}
    assert "templates/plain/parts/brief.mjml.j2:7:3:" in spots
    assert "html-video" in features_of_theme(take_the_way(office).theme)


def test_an_office_chooses_the_programs_that_count(tmp_path: Path) -> None:
    office = small_office(tmp_path)
    write(office, "templates/plain/inline.css", "h2 { opacity: .8; }\n")
    with (office / "newsletter.yaml").open("a") as settings:
        settings.write("checks:\n  clients: [gmail-ios, apple-mail]\n")
    assert lines(office) == []


def test_a_program_that_nobody_knows_is_an_error_at_its_line(tmp_path: Path) -> None:
    office = small_office(tmp_path)
    with (office / "newsletter.yaml").open("a") as settings:
        settings.write("checks:\n  clients: [gmail, outlok]\n")
    (finding,) = found(client_names, office)
    assert finding.severity is Severity.ERROR
    assert finding.place.file == "newsletter.yaml"
    assert "outlok" in finding.message
    assert "outlook" in finding.remedy


def test_in_a_foreign_mail_everything_counts_and_is_grouped_by_programs() -> None:
    html = page_of('<p style="opacity:.5">x</p><video></video>', "a > b { color: red }")
    messages = [each.message for each in lacking_in(mail_of(html), ("outlook-windows",))]
    (only,) = messages
    assert only.startswith("Outlook: no ")
    for title in ("opacity", "Child combinator", "<video> element"):
        assert title in only


@given(st.text(alphabet="ab{}:;()[]#.,>+~@!*\"'&-/ 01%emdiacalc\n", max_size=150))
def test_any_css_is_looked_through(css: str) -> None:
    of_css(css)
    features_of_style(css, KNOWN)


def upstream(updated: str) -> dict[str, object]:
    stats = {"gmail": {"ios": {"2019-01": "n", "2024-11": "y"}}, "outlook": {"windows": {"9": "n"}}}
    feature = {
        "slug": "css-x",
        "title": "x ",
        "category": "css",
        "last_test_date": "2020-01-01",
        "stats": stats,
    }
    names = {"family": {"gmail": "Gmail", "outlook": "Outlook", "none": "None"}, "platform": {}}
    return {"last_update_date": f"{updated} 10:00", "nicenames": names, "data": [feature]}


def package(folder: Path, updated: str) -> Path:
    """Write an npm package with one feature."""
    path = folder / "caniemail.tgz"
    contents = {
        "data/caniemail.json": json.dumps(upstream(updated)),
        "package.json": '{"version": "9.9.9"}',
        "LICENSE": "MIT License",
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in contents.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def renew(copy: Path, given: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(copy / "tools" / "caniemail.py"), str(given)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_tool_keeps_the_latest_test_of_each_feature(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "src/newsletter/checks").mkdir(parents=True)
    source = ROOT / "tools" / "caniemail.py"
    (tmp_path / "tools" / "caniemail.py").write_bytes(source.read_bytes())
    done = renew(tmp_path, package(tmp_path, "2026-05-13"))
    assert done.stdout == "1 features, caniemail 9.9.9, data of 2026-05-13\n", done.stderr
    data = tmp_path / "src/newsletter/checks/data"
    kept = json.loads((data / "caniemail.json").read_text("utf-8"))
    assert kept["features"]["css-x"]["lacking"] == "outlook.windows"
    assert list(kept["families"]) == ["gmail", "outlook"]
    assert "MIT License" in (data / "LICENSE-caniemail").read_text("utf-8")
    older = renew(tmp_path, package(tmp_path, "2025-01-01"))
    assert older.returncode == 1
    assert "older data" in older.stderr
