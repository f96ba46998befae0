"""Addresses in what came back, as people and programs write them."""

import re

_LOCAL = r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}"
_DOMAIN = r"(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}"
ADDRESS = re.compile(rf"(?<![\w.@])({_LOCAL}@{_DOMAIN})(?![\w@])")
_QUOTED = re.compile(rf'"([^"\n]{{1,64}})"@({_DOMAIN})')
# Hosts of former days have no dot in their names, and some servers write their numbers.
_LOOSE = re.compile(
    rf"(?<![\w.@])({_LOCAL}@(?:[\w-]{{2,63}}|\[[\da-f.:]{{7,45}}\]))(?![\w@.])", re.IGNORECASE
)
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_ESCAPED = re.compile(r"\+(2B|3D)")  # all that an address has to hide (RFC 3461 4)
_UTF8_XTEXT = re.compile(r"\\x\{([0-9A-F]{2,6})\}")
_LABEL = re.compile(r"(?:to|rcpt|recipient|address|e-?mail|mailto|smtp|user)=", re.IGNORECASE)
_ATOM = re.compile(r"[\w.+=-]+")
_BEHIND = 600  # letters


def addresses_in(text: str) -> list[str]:
    """Return the addresses in a text, each once, in the order in which they stand."""
    found = [tidy(each) for each in ADDRESS.findall(text)]
    return list(dict.fromkeys(each for each in found if each))


def tidy(address: str) -> str:
    """Return an address without what stands around it; its domain in small letters."""
    bare = address.strip().strip("<>'\"`*|").strip(".")
    if labelled := _LABEL.match(bare):
        bare = bare[labelled.end() :]
    local, _, domain = bare.rpartition("@")
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
    elif "+" in text:  # RFC 3461 4
        escapes = _ESCAPED if "@" in text else _XTEXT
        text = escapes.sub(lambda found: chr(int(found[1], 16)), text)
    return loose(text)


def loose(text: str) -> str:
    """Return the first address in a text that is known to hold one; empty when there is none."""
    if quoted := _QUOTED.search(text):
        local = quoted[1] if _ATOM.fullmatch(quoted[1]) else f'"{quoted[1]}"'
        return f"{local}@{quoted[2].lower()}"
    found = ADDRESS.search(text) or _LOOSE.search(text)
    return tidy(found[1]) if found else ""


def _letter(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
