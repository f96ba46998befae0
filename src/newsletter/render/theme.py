"""Read a Theme: a folder below `templates/` with `theme.yaml` and templates."""

from dataclasses import dataclass
from pathlib import Path

from newsletter.compose.office import missing_blocks
from newsletter.compose.pool import FileCache, Source
from newsletter.compose.schema import validate
from newsletter.compose.typography import set_text
from newsletter.errors import InputRefused
from newsletter.model.finding import Finding
from newsletter.model.theme import Plural, ThemeFile

REQUIRED_STRINGS = ("greeting", "greeting_anonymous")
"""Words that become slots and so must be in every theme."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme on disk: `folder` holds its templates, `shown` is how messages call the folder."""

    folder: Path
    shown: str
    file: Source[ThemeFile]

    def words(self, language: str) -> dict[str, str | Plural]:
        """Return the theme's own words in `language`, as the typographer sets them."""
        return {
            key: set_text(words, language) if isinstance(words, str) else words
            for key, words in self.file.value.in_language(language).items()
        }


def read_theme(root: Path, name: str, languages: tuple[str, ...], cache: FileCache) -> Theme:
    """Return the theme `name`; raises InputRefused when words are missing in one of `languages`."""
    shown = f"templates/{name}"
    folder = root / "templates" / name
    source = cache.read(
        folder / "theme.yaml",
        f"{shown}/theme.yaml",
        lambda file: validate(file, ThemeFile, rule="theme"),
    )
    findings = [
        Finding(
            rule="theme",
            place=source.marks.at("strings"),
            message=f"the words `{key}` are missing",
            remedy=f"add `{key}:` with one line for each language",
        )
        for key in REQUIRED_STRINGS
        if key not in source.value.strings
    ]
    for key, words in source.value.strings.items():
        findings += missing_blocks(words, languages, source.marks, "strings", key)
    if findings:
        raise InputRefused(findings)
    return Theme(folder, shown, source)
