"""Messages in files: one alone, or several one behind the other (mbox, RFC 4155)."""

import re
from collections.abc import Iterator

_BEGINNING = re.compile(rb"(?:^|(?<=\n\n)|(?<=\r\n\r\n))From [^\r\n]{1,300}\r?\n")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)


def messages_in(data: bytes) -> Iterator[bytes]:
    """Yield the messages in the content of a file, without the lines that an mbox puts before."""
    if not data.startswith(b"From "):
        yield data
        return
    places = list(_BEGINNING.finditer(data))
    for index, place in enumerate(places):
        end = places[index + 1].start() if index + 1 < len(places) else len(data)
        yield _QUOTED.sub(rb"\1", data[place.end() : end])
