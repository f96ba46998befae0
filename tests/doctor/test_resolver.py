"""The DNS as the doctor asks it: over UDP, of a server that is there or not."""

import pytest

from newsletter.doctor.ports import DnsSilent, Names
from tests.doctor.zone import name_server

ZONE = """
example.org. MX 20 second.example.org.
example.org. MX 10 First.example.org.
example.org. TXT "one " "text"
example.org. TXT "another"
first.example.org. A 192.0.2.1
first.example.org. AAAA 2001:db8::1
alias.example.org. CNAME first.example.org.
1.2.0.192.in-addr.arpa. PTR first.example.org.
null.example.org. MX 0 .
"""


def test_records_are_told_as_people_write_them() -> None:
    with name_server(ZONE) as server:
        names: Names = server.names()
        assert names.mail_hosts("example.org") == ("first.example.org", "second.example.org")
        assert sorted(names.texts("example.org")) == ["another", "one text"]
        assert names.addresses("first.example.org") == ("192.0.2.1", "2001:db8::1")
        assert names.addresses("alias.example.org") == ("192.0.2.1", "2001:db8::1")
        assert names.pointers("192.0.2.1") == ("first.example.org",)
        assert names.mail_hosts("null.example.org") == ("",)


def test_what_is_not_there_is_empty() -> None:
    with name_server(ZONE) as server:
        names = server.names()
        assert names.texts("nobody.example.org") == ()
        assert names.mail_hosts("first.example.org") == ()
        assert names.pointers("192.0.2.99") == ()


def test_what_was_asked_is_remembered() -> None:
    with name_server(ZONE) as server:
        names = server.names()
        assert names.texts("example.org") == names.texts("example.org")
        assert server.asked == ["example.org. TXT"]


def test_a_server_that_fails_is_not_the_same_as_nothing() -> None:
    with name_server(ZONE) as server, pytest.raises(DnsSilent, match=r"about broken\.example\.org"):
        server.names(seconds=1).texts("broken.example.org")


def test_a_silent_server_is_not_asked_for_ever() -> None:
    with name_server(ZONE) as server:
        server.deaf = True
        names = server.names(seconds=0.2)
        for name in ("a.example.org", "b.example.org"):
            with pytest.raises(DnsSilent, match="gave no answer about"):
                names.texts(name)
        asked = len(server.asked)
        with pytest.raises(DnsSilent, match="no answer before"):
            names.texts("c.example.org")
        assert len(server.asked) == asked


def test_a_name_that_cannot_be_asked_for_is_no_crash() -> None:
    with name_server(ZONE) as server, pytest.raises(DnsSilent, match="cannot be asked for"):
        server.names().texts(f"{'x' * 64}.example.org")
