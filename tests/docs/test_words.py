"""One thing has one name: words that docs/glossary.md does without appear nowhere.

Only those are looked for that have no other sense here; “block”, “sent” or “contact” have.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Page, page, pages

BANNED = re.compile(
    r"campaigns?|e-?blasts?|blasts?|audiences?|blacklist\w*|whitelist\w*|merge[ -]tags?|bounce rate"
    r"|subscriber base|email address book",
    re.IGNORECASE,
)
GLOSSARY = "docs/glossary.md"
_WORD = r"(?<![\w-])(?:{})(?![\w-])"


def found_in(text: str) -> list[str]:
    return re.findall(_WORD.format(BANNED.pattern), text, re.IGNORECASE)


def told(path: Path) -> Iterator[str]:
    """Yield every text in a module that is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    yield from (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def test_the_search_finds_what_it_is_for() -> None:
    assert found_in("Start a campaign, an e-mail blast or a merge tag") == [
        "campaign",
        "blast",
        "merge tag",
    ]
    assert found_in("the sandblasting of scampaigns") == []


@pytest.mark.parametrize("found", pages(), ids=lambda each: each.name)
def test_pages_use_our_words(found: Page) -> None:
    if found.name != GLOSSARY:
        assert found_in(found.text) == []


def test_the_glossary_names_the_words_that_are_looked_for() -> None:
    avoided = page(GLOSSARY).text
    assert {"campaign", "blast", "audience", "blacklist", "merge tag"} <= set(found_in(avoided))


@pytest.mark.parametrize(
    "path", sorted((ROOT / "src").rglob("*.py")), ids=lambda each: each.relative_to(ROOT).as_posix()
)
def test_the_program_uses_our_words(path: Path) -> None:
    assert [word for text in told(path) for word in found_in(text)] == []


def test_settings_and_themes_use_our_words() -> None:
    names = ["newsletter.yaml", "subscribers/lists.yaml"]
    files = [*(ROOT / name for name in names), *(ROOT / "templates").rglob("*.*")]
    for path in [each for each in files if each.suffix != ".ttf"]:
        assert found_in(path.read_text(encoding="utf-8")) == [], path


def test_nothing_is_called_sent_that_is_only_accepted() -> None:
    """A state of a delivery is never “sent” or “delivered”, in tables of pages least of all."""
    for each in pages():
        if each.name != GLOSSARY:
            states = re.findall(r"^\| (?:\*\*)?(sent|delivered|failed)\b", each.text, re.MULTILINE)
            assert states == [], each.name
