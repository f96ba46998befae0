"""What editors write: Items of the pool and Issues that pick them, in every language at once.

Facts (dates, countries, pictures) stand once; words stand in one block per language. These
models are the formats of the YAML files: the JSON Schemas that `newsletter schema` writes are
made from them, and so is the reference in `docs/`.
"""

import datetime
from typing import Annotated, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from newsletter.model.focus import CENTRE, Focus
from newsletter.model.written import (
    HttpUrl,
    Line,
    NumberInYear,
    Prose,
    Serial,
    Slug,
    Translated,
    Url,
    Whole,
    Written,
    refuse,
)

Kind = Literal["news", "announcement", "event", "publication", "project", "vacancy", "interview"]


class Link(Written):
    """A link below an item."""

    label: Line = Field(description="What the reader sees, for example “Programme of the school”.")
    url: Url = Field(description="Where the link leads, with https://.")


class ItemText(Written):
    """The words of an item in one language."""

    title: Line = Field(description="The headline: at most 90 characters reads best.")
    lead: Line | None = Field(None, description="One or two sentences below the headline.")
    text: Prose | None = Field(None, description="The story itself, in Markdown.")
    image_alt: Line | None = Field(
        None, description="What the picture shows, for readers who do not see it."
    )
    image_credit: Line | None = Field(
        None, description="Credit of the picture in this language, instead of `image: credit`."
    )
    links: tuple[Link, ...] = Field((), description="Links below the story.")
    footnote: Line | None = Field(None, description="A note below the story, in Markdown.")
    verbatim: tuple[str, ...] = Field(
        (), description="Fields that the typographer must leave as they were typed."
    )


class EventText(ItemText):
    """The words of an event."""

    place: Line = Field(description="Town and country, or “online”.")


class PublicationText(ItemText):
    """The words of a publication."""

    publisher: Line | None = Field(None, description="Who published it.")


class VacancyText(ItemText):
    """The words of a vacancy."""

    place: Line = Field(description="Duty station.")


class ProjectText(ItemText):
    """The words of a project."""

    partners: Line | None = Field(None, description="Who takes part or pays.")


class InterviewText(ItemText):
    """The words of an interview or a quotation."""

    quote: Line = Field(description="The words quoted, without quotation marks.")
    person: Line = Field(description="Who said it.")
    position: Line = Field(description="Title and organisation of that person.")


class ImageFile(Written):
    """A picture: the file, who made it, and what allows us to print it."""

    file: Line = Field(description="Path below `issues/`, for example images/school.png.")
    credit: Line | None = Field(
        None, description="Who made the picture, the same in all languages."
    )
    rights: Line | None = Field(
        None,
        description="What allows us to print it: a licence (CC BY 4.0), “own work”, “consent of "
        "the persons shown is on file”. Readers do not see it.",
    )
    focus: Focus = Field(
        CENTRE,
        description="What a crop must keep, in fractions from the left and the top: [0.4, 0.3]; "
        "or in words: top, bottom left …",
    )


class ItemSource(Written):
    """Where an item was taken from; `newsletter items import` writes it."""

    name: Line | None = Field(None, description="The website, feed or file.")
    url: HttpUrl | None = Field(None, description="The page of the story.")
    id: Line | None = Field(None, description="How the feed calls the entry.")
    taken: datetime.date | None = Field(None, description="The day it was taken.")


class ItemBase(Translated):
    """The facts every item has."""

    date: datetime.date = Field(description="The day of the news, as 2015-03-17.")
    countries: tuple[str, ...] = Field((), description="Codes of countries in newsletter.yaml.")
    topics: tuple[str, ...] = Field((), description="Topics in newsletter.yaml.")
    image: ImageFile | None = Field(None, description="The picture that goes with the item.")
    written_in: Line | None = Field(
        None, description="Language in which it was written first, if not that of the office."
    )
    draft: bool = Field(
        False, description="True until it is ready: no rule takes it, no issue may name it."
    )
    source: ItemSource | None = Field(None, description="Where it was taken from.")
    sample: bool = Field(False, description="True for a text made up for the sample workspace.")


class News(ItemBase):
    """Something that happened."""

    kind: Literal["news"]
    texts: dict[str, ItemText]


class Announcement(ItemBase):
    """Something readers are asked to note or to do."""

    kind: Literal["announcement"]
    deadline: datetime.date | None = Field(None, description="The last day to respond.")
    texts: dict[str, ItemText]


class Event(ItemBase):
    """Something that will take place: it goes into calendars."""

    kind: Literal["event"]
    starts: datetime.date = Field(description="First day.")
    ends: datetime.date | None = Field(None, description="Last day, when there are several.")
    texts: dict[str, EventText]

    @field_validator("ends")
    @classmethod
    def _ends_after_it_starts(
        cls, ends: datetime.date | None, info: ValidationInfo
    ) -> datetime.date | None:
        starts = info.data.get("starts")
        if ends and starts and ends < starts:
            raise refuse("is before `starts`", "check the two dates")
        return ends


class Publication(ItemBase):
    """Something to read."""

    kind: Literal["publication"]
    pages: Annotated[Whole, Field(gt=0)] | None = Field(None, description="Number of pages.")
    texts: dict[str, PublicationText]


class Project(ItemBase):
    """A project of the office."""

    kind: Literal["project"]
    starts: datetime.date | None = Field(None, description="First day.")
    ends: datetime.date | None = Field(None, description="Last day.")
    texts: dict[str, ProjectText]


class Vacancy(ItemBase):
    """A post to fill."""

    kind: Literal["vacancy"]
    deadline: datetime.date = Field(description="The last day to apply.")
    texts: dict[str, VacancyText]


class Interview(ItemBase):
    """Somebody's own words: an interview or a pull quote."""

    kind: Literal["interview"]
    texts: dict[str, InterviewText]


Item = News | Announcement | Event | Publication | Project | Vacancy | Interview
"""One entry of the pool, of one of seven kinds."""

KINDS: dict[str, type[Item]] = {
    "news": News,
    "announcement": Announcement,
    "event": Event,
    "publication": Publication,
    "project": Project,
    "vacancy": Vacancy,
    "interview": Interview,
}
"""The model of each kind."""


class EditorialText(Written):
    """The editorial of an issue in one language."""

    title: Line = Field(description="Headline of the editorial.")
    text: Prose = Field(description="The editorial, in Markdown.")
    signed: Line | None = Field(None, description="Who signs it.")


class IssueText(Written):
    """The words of an issue in one language."""

    subject: Line = Field(description="Subject of the mail: at most 70 characters.")
    preheader: Line = Field(description="The line that inboxes show after the subject.")
    editorial: EditorialText | None = Field(None, description="The editorial.")
    verbatim: tuple[str, ...] = Field(
        (), description="Fields that the typographer must leave as they were typed."
    )


class SectionText(Written):
    """The words of a section in one language."""

    heading: Line = Field(description="Heading of the section.")


def _one_or_many(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Pick(Written):
    """A rule that takes items from the pool; an item taken by an earlier section is left out."""

    kind: Annotated[
        tuple[Kind, ...],
        BeforeValidator(_one_or_many, json_schema_input_type=Kind | tuple[Kind, ...]),
    ] = Field((), description="Kinds of item to take, one or a list; all when left out.")
    countries: tuple[str, ...] = Field((), description="Only items about one of these countries.")
    topics: tuple[str, ...] = Field((), description="Only items on one of these topics.")
    since: datetime.date | None = Field(None, alias="from", description="First day of the items.")
    until: datetime.date | None = Field(None, alias="to", description="Last day of the items.")
    limit: Annotated[Whole, Field(gt=0, le=500)] | None = Field(
        None, description="At most so many."
    )
    order: Literal["newest", "oldest"] = Field("newest", description="Which come first.")
    leave_out: tuple[str, ...] = Field((), alias="except", description="Ids of items not to take.")
    group_by: Literal["country"] | None = Field(
        None, description="Group the items under the names of their countries."
    )

    @field_validator("until")
    @classmethod
    def _until_after_since(
        cls, until: datetime.date | None, info: ValidationInfo
    ) -> datetime.date | None:
        since = info.data.get("since")
        if until and since and until < since:
            raise refuse("is before `from`", "check the two dates")
        return until


_ITEMS_OR_PICK = "keep one of the two, `items` or `pick`"


class Section(Translated):
    """An ordered group of items with a heading, drawn by one layout of the theme."""

    model_config = ConfigDict(
        json_schema_extra={  # what `_items_or_pick` says, for editors
            "if": {"required": ["items"], "properties": {"items": {"minItems": 1}}},
            "then": {"properties": {"pick": {"type": "null", "errorMessage": _ITEMS_OR_PICK}}},
        }
    )

    layout: Slug = Field(description="A layout of the theme: a file in its folder parts/.")
    only_for: Slug | None = Field(
        None,
        description="A segment of subscribers/segments.yaml: only readers in it get the section. "
        "The web archive and the print edition do without it.",
    )
    items: tuple[str, ...] = Field((), description="Ids of items, in the order they appear.")
    pick: Pick | None = Field(None, description="A rule that takes items from the pool.")
    texts: dict[str, SectionText] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _items_or_pick(self) -> "Section":
        if self.items and self.pick:
            raise refuse("has both `items` and `pick`", _ITEMS_OR_PICK)
        return self


class Stacked(Written):
    """What a mail in all languages has of its own."""

    stories: Literal["full", "short"] = Field(
        "full",
        description="How much of each story: all of it; or headline, day and lead, the headline "
        "leading to the whole story in the archive, and only the first picture of the issue.",
    )
    subject: Line | None = Field(
        None,
        description="Subject of the mail; when left out, those of all languages if they fit "
        "into 70 characters, else that of the first.",
    )
    preheader: Line | None = Field(
        None,
        description="The line after it; when left out, those of all languages if they fit, or the "
        "subjects of the other languages.",
    )


class Issue(Translated):
    """One numbered, dated instalment of the newsletter, in every language at once."""

    number: NumberInYear = Field(description="Number within the year.")
    serial: Serial = Field(description="Running number since the first issue.")
    date: datetime.date = Field(description="Date of the issue; the masthead shows month and year.")
    theme: Slug = Field(description="Folder below templates/.")
    languages: tuple[str, ...] = Field(min_length=1, description="Languages of the editions.")
    written_in: Line | None = Field(
        None, description="Language in which it was written first, if not that of the office."
    )
    editions: Literal["by-language", "stacked"] = Field(
        "by-language",
        description="Each reader gets the edition in one language, or everybody one mail with all "
        "languages below one another.",
    )
    stacked: Stacked | None = Field(
        None, description="What the mail with `editions: stacked` has of its own."
    )
    lists: tuple[str, ...] = Field(min_length=1, description="Lists it goes to.")
    sections: tuple[Section, ...] = Field(min_length=1, description="What stands in it, in order.")
    texts: dict[str, IssueText]

    @field_validator("editions")
    @classmethod
    def _several_to_stack(cls, editions: str, info: ValidationInfo) -> str:
        languages = info.data.get("languages")
        if editions == "stacked" and languages and len(languages) == 1:
            raise refuse("stacks one language only", "name a second one under `languages`")
        return editions

    @field_validator("stacked")
    @classmethod
    def _only_for_a_stack(cls, stacked: Stacked | None, info: ValidationInfo) -> object:
        if stacked and info.data.get("editions") == "by-language":
            raise refuse("is of no use", "write `editions: stacked`, or remove it")
        return stacked
