"""Cases that every mailer is asked: nobody there, no such domain, no answer, several at once."""

from tests.returns.mailers.cases import Case, Wanted


def _one(name: str, address: str, reason: str, permanent: bool | None, made: str) -> Case:
    kinds = ("delay", "bounce") if permanent is False else ("bounce",)
    return Case(name, (Wanted(address, reason, permanent=permanent),), kinds, made=made)


def shared_cases(*, without: frozenset[str] = frozenset()) -> list[Case]:
    """Return the cases, less those that a mailer cannot do."""
    return [each for each in _CASES if each.name not in without]


_GONE = Wanted("no.such.reader@gmail.example", "unknown_user", permanent=True)
_CLOSED = Wanted("closed.account@gmail.example", "disabled", permanent=True)
_CASES = (
    Case(
        "own-several",
        (
            _GONE,
            _CLOSED,
            Wanted("nobody.there@example.org", "unknown_user", permanent=True),
            Wanted("anna@no-such-domain.example", "unknown_host", permanent=True),
        ),
        good=("tamar.g@good.example", "anna@example.org"),
        returns="hdrs",
        made="six recipients at four places; two of them get it",
    ),
    Case(
        "own-several-2",
        (
            Wanted("nobody.there@example.org", "unknown_user", permanent=True),
            Wanted("no.such.one@example.org", "unknown_user", permanent=True),
        ),
        good=("anna@example.org",),
        returns="full",
        made="three recipients at one place; one of them gets it",
    ),
    Case(
        "own-smtputf8",
        (Wanted("нет.такого@example.org", "unknown_user", permanent=True),),
        utf8=True,
        made="an address in Cyrillic letters (RFC 6531), no such account",
    ),
    _one("own-unknown-user", "nobody.there@example.org", "unknown_user", True, "no such account"),
    _one("own-unknown-user-2", "anna.petrowa@example.org", "unknown_user", True, "no such account"),
    _one("own-unknown-host", "anna@no-such-domain.example", "unknown_host", True, "NXDOMAIN"),
    _one("own-unknown-host-2", "b.karimov@gone.example", "unknown_host", True, "NXDOMAIN"),
    _one("own-null-mx", "info@nothing.example", "unknown_host", True, "MX . (RFC 7505)"),
    _one("own-dangling-mx", "info@dangling.example", "unknown_host", True, "MX without address"),
    _one("own-broken-names", "leyla@broken.example", "network", False, "SERVFAIL"),
    _one("own-refused", "office@refused.example", "network", False, "connection refused"),
)
