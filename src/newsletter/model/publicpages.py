"""What an office decides about its public pages, in `newsletter.yaml` below `web`."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field

from newsletter.model.written import HttpUrl, Line, Slug, Written, refuse


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise refuse(
            f"“{text[:60]}” is not the address of a computer or a network",
            "write it as 127.0.0.1 or 10.0.0.0/8",
        ) from None


Network = Annotated[str, AfterValidator(_network), Field(max_length=50)]
"""The address of a computer, or of a network."""


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
    privacy: HttpUrl | None = Field(
        None, description="Page that says how the office treats personal data; linked at sign-up."
    )
    trusted_proxies: tuple[Network, ...] = Field(
        ("127.0.0.1/32", "::1/128"),
        description="Proxies whose X-Forwarded-For is believed, by address or network; by default "
        "those on this computer.",
    )
