"""The format of `subscribers/segments.yaml`: conditions in words, a closed language."""

import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from newsletter.languages import is_tag
from newsletter.model.written import Line, Slug, Translated, Written, refuse

_YEARS = range(1900, 2200)


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


Words = Annotated[
    tuple[Line, ...],
    Field(min_length=1, max_length=500),
    BeforeValidator(_one_or_many, json_schema_input_type=Line | tuple[Line, ...]),
]
"""One word or a list of them: one of them is enough."""


def _of_our_time(day: datetime.date) -> datetime.date:
    if day.year not in _YEARS:
        raise refuse(f"cannot be in the year {day.year}", "check the date")
    return day


Day = Annotated[datetime.date, AfterValidator(_of_our_time)]


class Condition(Written):
    """What is asked of a reader; where several keys stand side by side, all of them must hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    country: Words | None = Field(None, description="Country: a code or a name; one of several.")
    language: Words | None = Field(None, description="Language: a tag or a name; one of several.")
    organisation_type: Words | None = Field(
        None, description="Type of organisation, as it was imported; one of several."
    )
    organisation: Words | None = Field(
        None, description="A part of the name of the organisation; one of several."
    )
    topics: Words | None = Field(
        None, description="Topics that the reader wants, by name; one of them is enough."
    )
    source: Words | None = Field(
        None,
        description="A part of where a subscription comes from: the name of a file, `staff`.",
    )
    list_: Words | None = Field(
        None, alias="list", description="Lists with a subscription in force; one of several."
    )
    joined_before: Day | None = Field(None, description="Known to the office before this day.")
    joined_after: Day | None = Field(None, description="Known to the office after this day.")
    all_: Annotated[tuple["Condition", ...], Field(min_length=1)] | None = Field(
        None, alias="all", description="Conditions that must all hold."
    )
    any_: Annotated[tuple["Condition", ...], Field(min_length=1)] | None = Field(
        None, alias="any", description="Conditions one of which must hold."
    )
    not_: "Condition | None" = Field(
        None, alias="not", description="A condition that must not hold."
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise refuse("asks nothing", "write a condition, for example `country: kz`")
        return self


class SegmentSettings(Translated):
    """One segment: its names by language, and whom it takes."""

    where: Condition = Field(description="Whom it takes.")
    texts: dict[str, Line] = Field(
        default_factory=dict, description="What it is called in this language."
    )

    @classmethod
    def _is_block(cls, key: str, value: object) -> bool:  # noqa: ARG003 (a block is one line)
        return key not in cls.model_fields and is_tag(key)


class Segments(Written):
    """`subscribers/segments.yaml`: readers picked by what the office knows of them."""

    segments: dict[Slug, SegmentSettings] = Field(
        default_factory=dict, max_length=200, description="Segments by name."
    )
