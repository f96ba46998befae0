"""What an office wants of the checks: `checks:` in newsletter.yaml."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, FiniteFloat

from newsletter.model.written import Line, Slug, Written

Strictness = Literal["off", "note", "warning", "error"]
"""How grave a rule is taken in one office; `off` asks it no more."""


class RuleSetting(Written):
    """What is different about one rule."""

    severity: Strictness | None = Field(None, description="How grave it is; `off` for not at all.")
    limits: dict[str, FiniteFloat] = Field(
        default_factory=dict, description="Limits of the rule by their names."
    )


def _word(value: Any) -> Any:
    return {"severity": value} if isinstance(value, str) else value


Setting = Annotated[
    RuleSetting, BeforeValidator(_word, json_schema_input_type=Strictness | RuleSetting)
]
"""A word, or a word and limits."""


class Ignore(Written):
    """Findings that the office has seen and accepts, with the reason."""

    rule: Slug = Field(description="Id of the rule.")
    where: Line = Field(
        description="The file (`*` stands for anything), `file:line`, or a part of the message."
    )
    reason: Line = Field(description="Why it may stay so, for whoever asks later.")


class Checking(Written):
    """How strict the checks are."""

    rules: dict[Slug, Setting] = Field(
        default_factory=dict,
        description="By the id of a rule: `off`, `note`, `warning` or `error`, or "
        "`{ severity: …, limits: { … } }`.",
    )
    ignore: tuple[Ignore, ...] = Field((), description="Findings that are accepted.")
    clients: tuple[Slug, ...] = Field(
        (), description="Mail programs that count, by their names at caniemail.com; else the usual."
    )
