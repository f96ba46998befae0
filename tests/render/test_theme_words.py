"""The sources of the theme and both forms of what it makes, without a browser."""

import re
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from newsletter.compose.pool import FileCache
from newsletter.model.edition import EditionItem
from newsletter.render.render import render
from newsletter.render.theme import read_theme
from tests.render.theme_pages import EDITIONS, THEME, drawn, items, section, theme, with_sections

SOURCES = sorted(path for path in THEME.rglob("*") if path.suffix in (".j2", ".css"))
PARTS = sorted((THEME / "parts").glob("[!_]*.mjml.j2"))
LAYOUTS = [path.name.removesuffix(".mjml.j2") for path in PARTS]
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?!;)")
KINDS = ("news", "announcement", "event", "publication", "project", "vacancy", "interview")


class _Reader(HTMLParser):
    """Collects text, links and headings of a page, but not what is hidden."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.links: list[str] = []
        self.levels: list[int] = []
        self._skipping = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("style", "title") or "display:none" in (given.get("style") or ""):
            self._skipping = tag
        if tag == "a":
            self.links.append(given["href"] or "")
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._skipping:
            self._skipping = ""

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.text.append(data)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.casefold()))


def _items_of_all_kinds() -> list[EditionItem]:
    pool = items("2015-1", "en") + items("2015-2", "en")
    return [next(item for item in pool if item.kind == kind) for kind in KINDS]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(THEME).as_posix())
def test_a_template_names_no_language_and_no_colour(path: Path) -> None:
    source = re.sub(r"\{#.*?#\}|/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not re.search(r"language\s*(==|!=|in)|[А-Яа-яЁё]", source)
    assert not COLOUR.findall(source)


def test_inlined_styles_leave_the_last_word_to_dark_mode() -> None:
    styles = (THEME / "inline.css").read_text(encoding="utf-8")
    rules = re.sub(r"/\*.*?\*/", "", styles, flags=re.DOTALL)
    assert "{" in rules
    assert "!important" not in rules


def test_every_word_of_the_theme_is_used_and_every_used_word_is_there() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = set(re.findall(r"\bstrings\.(\w+)", sources)) | {"greeting", "greeting_anonymous"}
    assert used == set(theme().file.value.strings)


def test_every_colour_of_the_theme_is_used() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    used = set(re.findall(r"\b(?:theme\.colours|c)\.(\w+)", sources))
    assert used == set(theme().file.value.colours)


def test_every_layout_has_a_text_form() -> None:
    texts = {path.name.removesuffix(".txt.j2") for path in (THEME / "parts").glob("[!_]*.txt.j2")}
    assert len(LAYOUTS) == 9
    assert texts == set(LAYOUTS)


@pytest.mark.parametrize(("issue", "language"), EDITIONS)
def test_a_full_issue_is_not_clipped(issue: str, language: str) -> None:
    size = len(drawn(issue, language).rendering.html.encode())
    assert 40_000 < size < 82_000  # Gmail clips at about 102 KB


@pytest.mark.parametrize(("issue", "language"), EDITIONS)
def test_in_outlook_the_columns_of_a_row_are_as_wide_as_the_room_for_them(
    issue: str, language: str
) -> None:
    rows = drawn(issue, language).rendering.html.split("max-width:640px")[1:]
    assert len(rows) >= 12
    for row in rows:
        side = re.search(r"padding:\d+px (\d+)px", row)
        columns = [int(width) for width in re.findall(r'<td style="[^"]*;width:(\d+)px;">', row)]
        assert side
        assert sum(columns) == 640 - 2 * int(side[1])


@pytest.mark.parametrize(("issue", "language"), EDITIONS)
def test_the_text_says_what_the_page_says(issue: str, language: str) -> None:
    page = drawn(issue, language)
    reader = _Reader(page.rendering.html)
    text = page.rendering.text
    dialled = re.sub(r"[^+\d]", "", text)
    for link in reader.links:
        known = dialled if link.startswith("tel:") else text
        assert link.removeprefix("mailto:").removeprefix("tel:") in known
    in_page, in_text = (
        _words(" ".join(reader.text)),
        _words(re.sub(r"\S+://\S+|\[\[.*?\]\]", "", text)),
    )
    assert len(in_page & in_text) / len(in_page) > 0.95
    one_line = re.sub(r"\s+", " ", text)
    for item in items(issue, language):
        assert re.sub(r"\s+", " ", item.title) in one_line


@pytest.mark.parametrize(("issue", "language"), EDITIONS)
def test_lines_of_the_text_are_short(issue: str, language: str) -> None:
    lines = drawn(issue, language).rendering.text.splitlines()
    assert [line for line in lines if len(line) > 76 and "://" not in line] == []
    assert all(" " not in line for line in lines if len(line) > 76), "an address stands alone"


@pytest.mark.parametrize(("issue", "language"), EDITIONS)
def test_both_forms_hold_every_slot(issue: str, language: str) -> None:
    rendering = drawn(issue, language).rendering
    for slot in ("greeting", "unsubscribe_url", "preferences_url"):
        assert f"[[{slot}]]" in rendering.html
        assert f"[[{slot}]]" in rendering.text


def test_the_switch_to_the_other_language_is_marked_as_that_language() -> None:
    html = drawn("2015-1", "en").rendering.html
    assert re.search(r'<html[^>]* lang="en"[^>]* dir="ltr"', html)
    assert re.search(r'<a [^>]*lang="ru" hreflang="ru"[^>]*>Русский</a>', html)


def test_words_keep_their_distance() -> None:
    text = "".join(_Reader(drawn("2015-1", "en").rendering.html).text)
    assert f"Email: {drawn('2015-1', 'en').edition.publisher.email}" in text


@pytest.mark.parametrize(
    ("issue", "language", "words"),
    [
        ("2015-1", "en", "Closing date"),
        ("2015-1", "ru", "Крайний срок"),
        ("2015-2", "kk", "Соңғы мерзімі"),
    ],
)
def test_the_last_day_is_called_so_for_a_job_a_survey_and_a_call_alike(
    issue: str, language: str, words: str
) -> None:
    text = "".join(_Reader(drawn(issue, language).rendering.html).text)
    deadlines = [item.deadline_text for item in items(issue, language) if item.deadline_text]
    assert deadlines
    assert all(f"{words}: {deadline}" in text for deadline in deadlines)


def test_another_language_needs_only_its_words(tmp_path: Path) -> None:
    shutil.copytree(THEME, tmp_path / "templates" / "ours")
    words = tmp_path / "templates" / "ours" / "theme.yaml"
    source = words.read_text(encoding="utf-8")
    words.write_text(
        re.sub(r"^    en: (.*)$", r"    en: \1\n    fr: \1", source, flags=re.MULTILINE)
    )
    third = read_theme(tmp_path, "ours", ("en", "ru", "fr"), FileCache())
    edition = replace(drawn("2015-1", "en").edition, language="fr")
    rendering = render(third, edition, {})
    assert '<html lang="fr"' in rendering.html
    assert rendering.text == drawn("2015-1", "en").rendering.text


@pytest.mark.parametrize("heading", ["", "A heading"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_takes_items_of_every_kind(layout: str, heading: str) -> None:
    page = drawn("2015-1", "en")
    entries = _items_of_all_kinds()
    edition = with_sections(page.edition, section(layout, *entries, heading=heading))
    reader = _Reader(render(theme(), edition, page.pictures).html)
    text = " ".join(reader.text)
    if layout not in ("editorial", "contacts"):
        assert all(item.title in text for item in entries)
        assert all(link.url in reader.links for item in entries for link in item.links)
    levels = reader.levels
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_takes_an_item_with_nothing_but_a_title(layout: str) -> None:
    page = drawn("2015-1", "en")
    item = items("2015-1", "en")[0]
    bare = EditionItem(
        id="bare", kind="news", date=item.date, date_text=item.date_text,
        countries=(), topics=(), title="Only a title",
    )  # fmt: skip
    publisher = replace(
        page.edition.publisher, about="", phone="", fax="", website="", copyright=""
    )
    edition = replace(page.edition, editorial=None, others=(), publisher=publisher)
    rendering = render(theme(), with_sections(edition, section(layout, bare)), {})
    expected = layout not in ("editorial", "contacts")
    assert ("Only a title" in rendering.text) is expected
    assert "None" not in rendering.html + rendering.text


@pytest.mark.parametrize("layout", sorted(set(LAYOUTS) - {"editorial", "contacts"}))
def test_a_section_without_items_is_not_shown(layout: str) -> None:
    page = drawn("2015-1", "en")
    edition = with_sections(page.edition, section(layout, heading="Nothing to say"))
    rendering = render(theme(), edition, {})
    assert "nothing to say" not in (rendering.html + rendering.text).casefold()
