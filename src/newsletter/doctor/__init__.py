"""Whether everything outside and around the program is well: the relay, the domain, this computer.

    verdict.py     what an examination comes to
    ports.py       what the doctor asks: names in the DNS, the web
    resolver.py    the DNS itself; the only module that knows dnspython
    relay.py       connection, TLS, login, what the relay offers
    sender.py      MX, SPF, DKIM and DMARC of the domains that mail comes from
    spf.py         RFC 7208: may this address send for that domain?
    spfrecord.py   the grammar of an SPF record
    dmarc.py       RFC 9989: which record holds, and where an organisation ends
    web.py         the addresses in the mail, and the clock of the website
    clock.py       our clock beside that of a server
    office.py      disk, keys, database
    examine.py     all of it, in order

Each examination is one small function that looks and returns a Verdict: in plain words, with what
to do. Nothing is changed anywhere, and no mail is sent. What cannot be told from here, such as
whether a mailbox is read, is said to be so.
"""
