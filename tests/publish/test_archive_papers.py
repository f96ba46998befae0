"""PDFs in the archive: linked where readers look for them, in feeds, and only when asked for."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import feedparser
import pytest

from newsletter.compose.workspace import Folder
from newsletter.publish.archive import draw_archive
from tests.cli.program import run, run_json
from tests.publish.archive_site import PAPER, SITE, WebPage, page, sample, sample_issues, target_of
from tests.workspace import ROOT, edit, write

EDITIONS = [(issue.slug, language) for issue in sample_issues() for language in issue.editions]
WORDS = {
    "en": "PDF, 6 pages, 1.2 MB",
    "ru": "PDF, 6 страниц, 1,2 МБ",
    "kk": "PDF, 6 бет, 1,2 МБ",
}


def linked(found: WebPage) -> list[str]:
    """Return the PDFs that a page links, seen from the top of the archive."""
    links = [tag["href"] for tag in found.all("a", type="application/pdf")]
    return [target_of(found.path, link)[0] for link in links]


@pytest.mark.parametrize(("slug", "language"), EDITIONS)
def test_the_page_of_an_edition_links_its_pdf_and_says_how_large_it_is(
    slug: str, language: str
) -> None:
    found = page(f"issues/{slug}/{language}/index.html")
    pdf = f"issues/{slug}/{language}/newsletter-{slug}-{language}.pdf"
    assert linked(found) == [pdf]
    assert WORDS[language] in found.text
    assert sample().files[pdf] == PAPER.data
    (machine,) = found.all("link", type="application/pdf")
    assert target_of(found.path, machine["href"])[0] == pdf


@pytest.mark.parametrize("language", WORDS)
def test_lists_of_issues_link_the_pdfs_and_tell_them_apart(language: str) -> None:
    found = page(f"{language}/index.html")
    latest, *listed = linked(found)
    assert latest == listed[0]
    assert len(set(listed)) == len(listed) == 2
    assert f": {WORDS[language]}" in found.text  # after the number, for those who only hear it


def test_an_issue_that_lacks_a_language_is_offered_in_one_it_has() -> None:
    found = page("kk/index.html")
    foreign = found.all("a", type="application/pdf", hreflang="en")
    assert [target_of(found.path, tag["href"])[0] for tag in foreign] == [
        "issues/2015-1/en/newsletter-2015-1-en.pdf"
    ]


@pytest.mark.parametrize("language", WORDS)
def test_feeds_of_issues_carry_them(language: str) -> None:
    newest = f"{SITE}/issues/2015-2/{language}/newsletter-2015-2-{language}.pdf"
    entry = feedparser.parse(sample().files[f"{language}/feed.atom"]).entries[0]
    (enclosure,) = entry.enclosures
    assert (enclosure.href, enclosure.type) == (newest, "application/pdf")
    assert enclosure.length == str(len(PAPER.data))
    item = json.loads(sample().files[f"{language}/feed.json"])["items"][0]
    assert item["attachments"] == [
        {"url": newest, "mime_type": "application/pdf", "size_in_bytes": len(PAPER.data)}
    ]
    assert "attachments" not in json.loads(sample().files[f"{language}/items.json"])["items"][0]


def test_without_pdfs_nothing_speaks_of_them() -> None:
    bare = draw_archive(Folder(ROOT), [replace(issue, papers={}) for issue in sample_issues()])
    assert bare.papers == ()
    for name, data in bare.files.items():
        if name.endswith((".html", ".atom", ".json")):
            assert b"application/pdf" not in data
            assert b"PDF, " not in data


@pytest.fixture
def quick(office: Path) -> Path:
    """The sample office with print templates that take no time."""
    print_ = office / "templates/ilo-moscow/print"
    page = '<html lang="{{ edition.language }}"><title>News</title><h1>{{ edition.subject }}</h1>'
    write(print_, "issue.html.j2", page)
    write(print_, "print.css", 'body { font-family: "Noto Serif" }')
    return office


def pdfs(office: Path) -> list[Path]:
    return sorted((office / "site").rglob("*.pdf"))


def build(office: Path, *options: str) -> dict[str, Any]:
    told: dict[str, Any] = run_json(office, "archive", "build", "site", *options)
    return told


@pytest.mark.slow
def test_pdfs_come_when_asked_for_and_stay_until_they_are_not_wanted(quick: Path) -> None:
    assert build(quick)["papers"] == []
    first = build(quick, "--pdf")
    assert [str(quick / "site" / name) for name in sorted(first["papers"])] == [
        str(path) for path in pdfs(quick)
    ]
    again = build(quick)  # whoever builds the next one need not know
    assert again["papers"] == first["papers"]
    assert (again["written"], again["removed"]) == (0, 0)
    last = build(quick, "--no-pdf")
    assert (last["papers"], last["removed"]) == ([], 5)
    assert pdfs(quick) == []
    assert build(quick)["papers"] == []


@pytest.mark.slow
def test_only_what_changed_is_printed_anew(quick: Path) -> None:
    done = run(quick, "archive", "build", "site", "--pdf")
    assert done.stderr == "2015-1  printed in en, ru\n2015-2  printed in en, ru, kk\n"
    assert "80 pages, 5 PDFs, 178 files" in done.stdout
    edit(quick, "issues/2015-2/issue.yaml", "First All-Russian OSH Week", "The OSH Week")
    done = run(quick, "archive", "build", "site")
    assert done.stderr == "2015-2  printed in en\n"


@pytest.mark.slow
def test_a_fault_of_the_print_template_writes_nothing(quick: Path) -> None:
    edit(quick, "templates/ilo-moscow/print/print.css", "font-family", "fount-family")
    done = run(quick, "archive", "build", "site", "--pdf", code=1)
    assert "templates/ilo-moscow/print/print.css:1:8: Ignored `fount-family" in done.stderr
    assert not (quick / "site").exists()


@pytest.mark.slow
def test_a_font_that_is_missing_is_told(quick: Path) -> None:
    edit(quick, "templates/ilo-moscow/print/print.css", "Noto Serif", "No Such Font")
    said = run(quick, "archive", "build", "site", "--pdf", "--issue", "2015-1").stdout
    assert "warning: some text is set in" in said


@pytest.mark.slow
def test_without_weasyprint_the_command_says_what_to_install(quick: Path, tmp_path: Path) -> None:
    missing = "raise ImportError(\"No module named 'weasyprint'\")"
    write(tmp_path, "lacking/weasyprint.py", missing)
    build(quick, "--pdf")
    lacking = str(tmp_path / "lacking")
    done = run(quick, "archive", "build", "site", code=1, PYTHONPATH=lacking)
    assert 'pip install "newsletter[pdf]"' in done.stderr
    assert len(pdfs(quick)) == 5
    run(quick, "archive", "build", "site", "--no-pdf", PYTHONPATH=lacking)
