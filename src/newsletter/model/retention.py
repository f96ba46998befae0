"""How long an office keeps what it knows: `retention:` in newsletter.yaml."""

from typing import Annotated

from pydantic import Field

from newsletter.model.written import Whole, Written

Days = Annotated[Whole, Field(ge=1, le=36_500)]
Months = Annotated[Whole, Field(ge=1, le=1200)]


class Retention(Written):
    """How long what is known of readers is kept; `null` keeps it for ever.

    `newsletter retention run` carries it out.
    """

    never_confirmed_days: Days | None = Field(
        7, description="Days for which somebody who asked for mail may confirm it; then they go."
    )
    answers_months: Months | None = Field(
        6, description="Months for which the words of mail servers are kept; codes and states stay."
    )
    facts_months: Months | None = Field(
        12,
        description="Months after the last subscription ended for which name, country, "
        "organisation and topics are kept; the address stays, for nobody may add it again.",
    )
    imports_months: Months | None = Field(
        3,
        description="Months for which facts that an import changed are kept as they were, so that "
        "`subscribers undo` can bring them back.",
    )
    mails_months: Months | None = Field(
        36,
        description="Months for which is kept whom a mail went to; states and sums stay.",
    )
