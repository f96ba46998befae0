"""How an office signs its mails itself (DKIM), as it writes it in `newsletter.yaml`.

Every field has its meaning beside it; the reference in `docs/` is generated from here.
"""

from pydantic import Field

from newsletter.model.written import DomainName, Line, Selector, Written

_KEY_FILE = (
    "(PEM), outside version control, readable by its owner alone; `newsletter dkim new-key` "
    "makes one."
)


class DkimKey(Written):
    """A second key that signs, and the name by which the DNS knows its public half."""

    selector: Selector = Field(description="Its name in the DNS, another than that of the first.")
    key_file: Line = Field(description=f"File with the private Ed25519 key {_KEY_FILE}")


class Dkim(Written):
    """Who vouches for the mails, and with which keys."""

    domain: DomainName | None = Field(
        None,
        description="Domain that vouches for the mails: that of the sender's address (also when "
        "left out), or one above or below it.",
    )
    selector: Selector = Field(
        description="Name of the RSA key in the DNS: SELECTOR._domainkey.DOMAIN."
    )
    key_file: Line = Field(description=f"File with the private RSA key {_KEY_FILE}")
    ed25519: DkimKey | None = Field(
        None, description="A second signature, with an Ed25519 key (RFC 8463)."
    )
