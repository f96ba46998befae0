"""How long the reader of returns takes over the worst: `python -m tests.returns.hostile [COUNT]`.

Prints for each kind of message how many there were, and the mean, the 99th percentile and the
longest time of the processor in milliseconds: the corpus as it is, COUNT (else 5,000) messages of
it that were damaged, messages of fifty megabytes, a thousand parts in each other, and texts that
are made to keep patterns busy.
"""

import random
import sys
import time
from collections.abc import Iterator

from newsletter.returns.reading import read_report
from tests.returns.judging import samples

SERVER = (
    b"Return-Path: <>\nFrom: mailer-daemon@x.example\nSubject: Undelivered mail\n\n"
    b"Your message could not be delivered to the following recipients:\n\n"
)
STATUS = (
    b"From: mailer-daemon@x.example\nSubject: Undelivered mail\n"
    b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
    b"--x\n\nNot delivered.\n--x\nContent-Type: message/delivery-status\n\n"
    b"Reporting-MTA: dns; a\n\n"
)
_GROUP = b"Final-Recipient: rfc822; u%d@example.org\nAction: failed\nStatus: 5.0.0\n\n"
_NEST = b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1000)
)
_UNITS = (
    b"a@ a. -- < \" ' ( [ .a @ x@x. <a@example.org> a@example.org\\n =?utf-8?q? <style> <a "
    b"<br &lt; 550 5.1.1 550- +2B \\303 > * | to:to: rcptto:< xn--"
).split()
_WORDS = (
    b"user is ",
    b"to: ",
    b"the header ",
    b"account recipient mailbox user ",
    b"address is not ",
    b"message could not be ",
    b"host said: ",
    b"(expanded from: <a@example.org>)\n",
    b"<a@example.org>\n",
    b"> ",
    b" \n",
    b"\t",
    b"no such ",
    b"your message was not ",
    b"for to for to ",
    b"connection with domain user ",
)


def big() -> Iterator[tuple[str, bytes]]:
    """Yield messages of fifty megabytes, and the deepest."""
    line = b"<a@example.org>: user unknown\n"
    yield "50 MB of lines", SERVER + line * (50_000_000 // len(line))
    yield "50 MB of recipients", STATUS + b"".join(_GROUP % n for n in range(900_000))
    yield "50 MB in one line", SERVER + b"x" * 50_000_000
    yield "a thousand parts in each other", _NEST
    yield "twenty thousand messages", b"Content-Type: message/rfc822\n\n" * 20_000
    yield "ten thousand recipients", STATUS + b"".join(_GROUP % n for n in range(10_000))
    many = b"".join(b"<u%d@example.org>\n" % n for n in range(10_000))
    yield "ten thousand in a letter", SERVER + many
    yield "as many with reasons", SERVER + many.replace(b">\n", b">: it is as it is, alas\n")
    words = b"".join(b"and to u%d@example.org " % n for n in range(10_000))
    yield "as many in a sentence", SERVER + words
    yield "headers without end", b"X: y\n" * 200_000
    yield "one header without end", b"Subject: " + b"a " * 2_000_000 + b"\n\nx"
    yield "parameters without end", b"Content-Type: a/b; " + b'a="b"; ' * 100_000 + b"\n\nx"
    parts = b"--x\n\n" * 200_000
    yield "boundaries without end", b"Content-Type: multipart/mixed; boundary=x\n\n" + parts
    yield "words in bad base64", b"Subject: " + b"=?utf-8?b?" * 100_000 + b"\n\nx"


def traps() -> Iterator[tuple[str, bytes]]:
    """Yield what keeps patterns busy: a few letters again and again, as text and as a page."""
    page = SERVER.replace(b"\n\nYour", b"\nContent-Type: text/html\n\nYour")
    for unit in (*_UNITS, *_WORDS):
        body = unit * (400_000 // len(unit))
        yield f"{unit!r} repeated", SERVER + body
        yield f"{unit!r} in lines", SERVER + (unit * (120 // len(unit) + 1) + b"\n") * 3_000
        yield f"{unit!r} in a page", page + body
        field = STATUS + b"Final-Recipient: rfc822; a@example.org\nDiagnostic-Code: smtp; "
        yield f"{unit!r} in a field", field + body.replace(b"\n", b" ")


def damaged(count: int, seed: int = 1) -> Iterator[tuple[str, bytes]]:
    """Yield messages of the corpus with pieces changed, lost, doubled and put elsewhere."""
    chance = random.Random(seed)
    whole = [(each.name, each.data) for each in samples()]
    for _ in range(count):
        name, data = chance.choice(whole)
        message = bytearray(data)
        for _ in range(chance.randrange(1, 30)):
            place = chance.randrange(len(message) + 1)
            other = chance.randrange(len(message) + 1)
            piece = bytes(message[other : other + chance.randrange(200)])
            match chance.randrange(5):
                case 0:
                    message[place : place + 1] = chance.randbytes(1)
                case 1:
                    del message[place : place + chance.randrange(50)]
                case 2:
                    message[place:place] = chance.randbytes(chance.randrange(20))
                case 3:
                    message[place:place] = piece
                case _:
                    message[place:place] = chance.choice((*_UNITS, *_WORDS)) * chance.randrange(40)
        yield name, bytes(message)


def _show(kind: str, times: list[tuple[float, str]]) -> None:
    spent = sorted(each for each, _ in times)
    mean, last = sum(spent) / len(spent), spent[min(len(spent) - 1, len(spent) * 99 // 100)]
    figures = f"{len(spent):>7}{mean:>10.2f}{last:>10.2f}{spent[-1]:>10.2f}"
    sys.stdout.write(f"{kind:<10}{figures}  {max(times)[1]}\n")


def main(words: list[str]) -> None:
    """Print how long each kind takes."""
    count = int(words[0]) if words else 5_000
    kinds = {
        "corpus": ((each.name, each.data) for each in samples()),
        "damaged": damaged(count),
        "big": big(),
        "traps": traps(),
    }
    read_report(SERVER)
    sys.stdout.write("ms          count      mean       99%   longest  which\n")
    for kind, messages in kinds.items():
        times = []
        for name, data in messages:
            begun = time.process_time()
            read_report(data)
            times.append(((time.process_time() - begun) * 1000, name))
        _show(kind, times)


if __name__ == "__main__":
    main(sys.argv[1:])
