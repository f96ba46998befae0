"""`newsletter build ISSUE --pdf`: files, manifest, words on the terminal."""

import hashlib
import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.cli.program import run, run_json
from tests.docs.test_json import documented, keys
from tests.workspace import ROOT, edit, small_office, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_each_language_gets_a_pdf_that_the_manifest_knows(tmp_path: Path) -> None:
    said = run(ROOT, "build", "2015-1", "--pdf", "-o", str(tmp_path)).stdout
    manifest = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    for language in ("en", "ru"):
        file = tmp_path / language / "newsletter.pdf"
        paper = manifest["paper"][language]
        assert paper["file"] == f"{language}/newsletter.pdf"
        assert paper["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert paper["pages"] == len(PdfReader(file).pages)
        assert f"{file}  {paper['sha256'][:12]}, {paper['pages']} pages" in said


def test_without_the_option_there_is_none(tmp_path: Path) -> None:
    office = small_office(tmp_path / "office")
    assert "paper" not in run_json(office, "build", "spring")
    assert not list(office.glob("build/**/*.pdf"))


def test_a_build_without_the_option_removes_an_older_pdf_and_says_so(office: Path) -> None:
    run(office, "build", "spring", "--pdf")
    said = run(office, "build", "spring").stdout
    for language in ("en", "ru"):
        pdf = office / "build/spring" / language / "newsletter.pdf"
        assert f"{pdf}  removed:" in said
        assert not pdf.exists()


@pytest.fixture
def office(tmp_path: Path) -> Path:
    office = small_office(tmp_path / "office")
    page = '<html lang="{{ edition.language }}"><title>News</title><h1>{{ edition.subject }}</h1>'
    write(office, "templates/plain/print/issue.html.j2", page)
    write(office, "templates/plain/print/print.css", 'body { font-family: "Noto Serif" }')
    return office


def test_the_json_has_the_keys_that_the_page_names(office: Path) -> None:
    found = set(keys(run_json(office, "build", "spring", "--pdf")))
    assert found == documented("newsletter build") | documented("newsletter build --pdf")


def test_a_fault_of_the_print_template_writes_nothing(office: Path) -> None:
    edit(office, "templates/plain/print/print.css", "font-family", "fount-family")
    done = run(office, "build", "spring", "--pdf", code=1)
    assert "templates/plain/print/print.css:1:8: Ignored `fount-family" in done.stderr
    assert not (office / "build").exists()


def test_without_weasyprint_the_command_says_what_to_install(office: Path, tmp_path: Path) -> None:
    missing = "raise ImportError(\"No module named 'weasyprint'\")"
    write(tmp_path, "lacking/weasyprint.py", missing)
    done = run(office, "build", "spring", "--pdf", code=1, PYTHONPATH=str(tmp_path / "lacking"))
    assert 'pip install "newsletter[pdf]"' in done.stderr
    assert not (office / "build").exists()
    run(office, "build", "spring", PYTHONPATH=str(tmp_path / "lacking"))
