"""What a Theme says about itself in `theme.yaml`: its colours and its words."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from newsletter.model.written import Line, Slug, Written

Colour = Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")]
"""A colour as #rrggbb: mail programs do not all know the shorter form."""

StringId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

Plural = dict[str, Line]
"""A text that depends on a number, by the plural forms of CLDR: one, few, many, other."""


class ThemeFile(Written):
    """`theme.yaml`."""

    name: Line = Field(description="What the theme is called.")
    colours: dict[StringId, Colour] = Field(
        default_factory=dict, description="Colours; templates know them as `theme.colours.NAME`."
    )
    strings: dict[StringId, dict[Slug, Line | Plural]] = Field(
        description="The theme's own words by language; templates know them as `strings.ID`."
    )

    def in_language(self, language: str) -> Mapping[str, str | Plural]:
        """Return the words in one language."""
        return {key: words[language] for key, words in self.strings.items()}
