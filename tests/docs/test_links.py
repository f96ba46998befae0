"""What a page points at is there: other pages, their headings, files, tests."""

import re

import pytest

from tests.docs.pages import ROOT, Page, page, pages

ROOMS = ROOT / "src" / "newsletter"
_FILE = re.compile(r"(?:[\w.-]+/)*[\w.-]+\.(?:py|md|yaml|toml|txt|csv|png|j2|css)|(?:[\w.-]+/)+")
_TOP = ("src/", "docs/", "tests/", "tools/", "benchmarks/", ".ci/")
_TEST = re.compile(r"(tests/[\w/]+\.py)::(\w+)")

by_page = pytest.mark.parametrize("found", pages(), ids=lambda each: each.name)


@by_page
def test_every_relative_link_leads_somewhere(found: Page) -> None:
    for link in found.links:
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (found.path.parent / path).resolve() if path else found.path
        assert target.exists(), f"{found.name}: {link} leads nowhere"
        if anchor:
            assert anchor in Page(target).anchors, f"{found.name}: {link} names no heading"


@by_page
def test_no_link_leaves_the_repository_by_its_own_path(found: Page) -> None:
    for link in found.links:
        assert not link.startswith(("/", "file:"))
        if "://" not in link and not link.startswith(("mailto:", "#")):
            assert (found.path.parent / link).resolve().is_relative_to(ROOT)


@by_page
def test_every_file_of_the_program_that_is_named_exists(found: Page) -> None:
    named = {code for code in found.inline_code if _FILE.fullmatch(code)}
    rooms = {path.name for path in ROOMS.iterdir() if path.is_dir()}
    for name in named:
        if name.startswith(_TOP):
            assert (ROOT / name).exists(), f"{found.name}: there is no {name}"
        elif name.startswith("web/") and not name.endswith(".py"):
            pass  # a file of a theme: what it has for the web stands in a folder of that name too
        elif name.split("/")[0] in rooms:
            assert (ROOMS / name).exists(), f"{found.name}: there is no {name} in src/newsletter"


@by_page
def test_every_test_that_is_named_exists(found: Page) -> None:
    for path, name in _TEST.findall(found.text):
        source = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"\b(?:def|class) {name}\b", source), f"{path} has no {name}"


def test_every_page_is_on_the_map() -> None:
    maps = [page("docs/index.md"), page("docs/reference/checks.md")]  # the second lists the rules
    known = {
        (each.path.parent / link.split("#")[0]).resolve() for each in maps for link in each.links
    }
    missing = [
        each.name
        for each in pages()
        if each.path.is_relative_to(ROOT / "docs")
        and each.name != "docs/index.md"
        and each.path not in known
    ]
    assert missing == []


def test_the_rooms_are_those_there_are() -> None:
    drawn = next(page("docs/architecture.md").code("text"))
    rooms = {
        path.name for path in ROOMS.iterdir() if path.is_dir() and (path / "__init__.py").exists()
    }
    assert rooms == set(re.findall(r"([a-z]+)/", drawn))
