"""Addresses in what came back, as people and programs write them."""

import re

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}"
ADDRESS = re.compile(rf"(?<![\w.@])({_LOCAL}@(?:[\w-]{{1,63}}\.){{1,8}}[\w-]{{2,63}})(?![\w@])")
_QUOTED = re.compile(r'"([^"\n]{1,64})"@((?:[\w-]{1,63}\.){1,8}[\w-]{2,63})')
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_UTF8_XTEXT = re.compile(r"\\x\{([0-9A-F]{2,6})\}")
_BEHIND = 600  # letters


def addresses_in(text: str) -> list[str]:
    """Return the addresses in a text, each once, in the order in which they stand."""
    return list(dict.fromkeys(tidy(found) for found in ADDRESS.findall(text)))


def tidy(address: str) -> str:
    """Return an address without what stands around it; its domain in small letters."""
    local, _, domain = address.strip().strip("<>'\"").strip(".").rpartition("@")
    return f"{local.strip()}@{domain.strip().lower()}" if local else ""


def said_about(address: str, text: str) -> str:
    """Return what a text says behind an address; how it begins where it does not name it."""
    place = text.lower().find(address.lower())
    begun = place + len(address) if place >= 0 else 0
    return text[begun : begun + _BEHIND]


def typed(value: str) -> str:
    """Return the address of a field such as `rfc822; anna@example.org` (RFC 3464 2.1.2)."""
    kind, sign, rest = value.partition(";")
    text = rest.strip() if sign else value.strip()
    if kind.strip().lower() == "utf-8":  # RFC 6533 3
        text = _UTF8_XTEXT.sub(lambda found: _letter(found[1]), text)
    elif "+" in text and not ADDRESS.search(text):
        text = _XTEXT.sub(lambda found: chr(int(found[1], 16)), text)  # RFC 3461 4
    if found := ADDRESS.search(text):
        return tidy(found[1])
    quoted = _QUOTED.search(text)
    return f'"{quoted[1]}"@{quoted[2].lower()}' if quoted else ""


def _letter(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
