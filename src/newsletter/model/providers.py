"""Which provider of mailboxes is behind a domain.

A provider has many domains that share one set of servers and one patience: mail.ru, bk.ru and
inbox.ru are one.
"""

_GROUPS = (
    ("mail.ru", "bk.ru", "inbox.ru", "list.ru", "internet.ru", "xmail.ru"),
    (
        *("yandex.ru", "ya.ru", "narod.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.uz"),
        *("yandex.az", "yandex.com.am", "yandex.com.ge", "yandex.kg", "yandex.tj", "yandex.tm"),
        *("yandex.ee", "yandex.fr", "yandex.lt", "yandex.lv", "yandex.md", "yandex.co.il"),
    ),
    ("rambler.ru", "lenta.ru", "autorambler.ru", "myrambler.ru", "ro.ru", "rambler.ua"),
    ("gmail.com", "googlemail.com"),
    (
        *("outlook.com", "hotmail.com", "live.com", "msn.com", "hotmail.co.uk", "hotmail.fr"),
        *("hotmail.de", "live.ru", "outlook.de", "outlook.fr", "live.co.uk", "live.fr"),
    ),
    (
        *("yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.de", "yahoo.fr"),
        *("aol.com", "aim.com", "verizon.net"),
    ),
    ("icloud.com", "me.com", "mac.com"),
)
"""Domains that are known to lead to the same mailboxes or servers; the first names the group."""

_PROVIDER = {domain: group[0] for group in _GROUPS for domain in group}


def provider_of(domain: str) -> str:
    """Return the name of the provider behind `domain` (in ASCII): its main domain, or itself."""
    return _PROVIDER.get(domain, domain)
