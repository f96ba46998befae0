"""Mail goes out, several messages in flight, and what the relay says becomes an Outcome.

    relay.py       which relay, and how: the address `smtp://user:secret@host:port?tls=...`
    transport.py   opens a connection: greeting, TLS, login; or says why there is none
    dialect.py     what a relay understands, and the commands as they are written to it
    exchange.py    what is under way on one connection: messages, commands, replies; no socket
    window.py      how many messages may be in flight
    connection.py  the bytes of an open connection and its clock, around an exchange
    replies.py     what a reply means: whom it is about, and what becomes of the Delivery
    answers.py     what known words ask for: a pause, another day, a person (answertable.py)
    visit.py       a look at a relay, for `newsletter doctor`
    sink.py        a local SMTP server that files what it gets, for the demo and for practice

aiosmtplib opens, secures and logs in; it raises the same error for a connection lost before and
after the final dot, so from then on the transport is driven here (RFC 5321 3.3 and 4.5.3.2).
"""
