"""Mail goes out, one SMTP transaction at a time, and what the relay says becomes an Outcome.

    relay.py       which relay, and how: the address `smtp://user:secret@host:port?tls=...`
    transport.py   opens a connection: greeting, TLS, login; or says why there is none
    connection.py  one transaction, stage by stage: what is lost before the final dot was not sent
    wire.py        bytes of an open connection: replies in, commands out, each with its time limit
    replies.py     what a reply means: whom it is about, and what becomes of the Delivery
    sink.py        a local SMTP server that files what it gets, for the demo and for rehearsals

aiosmtplib opens, secures and logs in; it raises the same error for a connection lost before and
after the final dot, so from then on the transport is driven here (RFC 5321 3.3 and 4.5.3.2).
"""
