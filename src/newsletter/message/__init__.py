"""A Rendering and a recipient become the exact bytes of a mail; nothing here does any I/O.

    headers.py    one function for each kind of header: encoded words, addresses, lists, ids, dates
    encode.py     text as quoted-printable or base64, in pieces that take values between them
    slots.py      a part of the body, encoded once, into which each recipient's values are spliced
    compile.py    the whole mail, compiled once for each Rendering, built once for each recipient
    head.py       the headers that everybody on one List shares, from the settings of the office
    recipient.py  tokens, links, return path and Message-ID of one recipient
    dkim.py       signatures of the office over all that, if it signs
    dkimkeys.py   the keys for them

All raise ValueError for values that cannot stand in a mail. The header writer is our own because
that of the standard library turns a long List-Unsubscribe into encoded words, and writes an
address with Cyrillic letters as something that is not an address.
"""
