"""What an office decides about its public pages, in `newsletter.yaml` below `web`."""

from pydantic import Field

from newsletter.model.written import Line, Slug, Written


class WebSettings(Written):
    """The pages that `newsletter serve` shows to readers."""

    theme: Slug | None = Field(
        None,
        description="Theme whose colours the pages have; by default that of the newest issue.",
    )
    archive: Line | None = Field(
        None,
        description="Folder that `newsletter archive build` has filled; it is served beside the "
        "pages.",
    )
