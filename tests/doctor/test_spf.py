"""SPF as servers understand it (RFC 7208), against a name server."""

import pytest

from newsletter.doctor.spf import BadRecord, Result, check_host, parse, survey
from tests.doctor.zone import name_server

OURS, THEIRS, SIX = "192.0.2.10", "198.51.100.7", "2001:db8::10"


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 ip4:192.0.2.10 -all", OURS, Result.PASS),
        ("v=spf1 ip4:192.0.2.0/24 -all", OURS, Result.PASS),
        ("v=spf1 ip4:192.0.2.0/24 -all", f"::ffff:{OURS}", Result.PASS),
        ("v=spf1 ip4:192.0.2.0/24 ~all", THEIRS, Result.SOFTFAIL),
        ("v=spf1 ip6:2001:db8::/32 -all", SIX, Result.PASS),
        ("v=spf1 a -all", OURS, Result.PASS),
        ("v=spf1 a//64 -all", "2001:db8::99", Result.PASS),
        ("v=spf1 a:mail.example.org/24 -all", "192.0.2.99", Result.PASS),
        ("v=spf1 mx -all", OURS, Result.PASS),
        ("v=spf1 mx -all", THEIRS, Result.FAIL),
        ("v=spf1 include:relay.example.com -all", THEIRS, Result.PASS),
        ("v=spf1 include:relay.example.com -all", OURS, Result.FAIL),
        ("v=spf1 redirect=relay.example.com", THEIRS, Result.PASS),
        ("v=spf1 exists:%{ir}.%{v}._spf.%{d} -all", OURS, Result.PASS),
        ("v=spf1 exists:%{l1r-}.%{o}._users.%{d2} -all", OURS, Result.PASS),
        ("v=spf1 ptr:example.org -all", OURS, Result.PASS),
        ("v=spf1 ?all", THEIRS, Result.NEUTRAL),
        ("v=spf1", THEIRS, Result.NEUTRAL),
        ("v=spf1 exp=why.example.org unknown=%{i} -all", THEIRS, Result.FAIL),
        ("v=spf2 -all", THEIRS, Result.NONE),
        ("v=spf1 include:nobody.example.org -all", OURS, Result.PERMERROR),
        ("v=spf1 redirect=nobody.example.org", OURS, Result.PERMERROR),
        ("v=spf1 include:loop.example.org -all", OURS, Result.PERMERROR),
        ("v=spf1 a:n1.example.org a:n2.example.org a:n3.example.org -all", OURS, Result.PERMERROR),
        ("v=spf1 mx:crowded.example.org -all", OURS, Result.PERMERROR),
    ],
)
def test_an_address_may_send_or_not(record: str, address: str, result: Result) -> None:
    crowd = "\n".join(f"crowded.example.org. MX 10 m{n}.example.org." for n in range(11))
    zone = f"""
example.org. TXT "{record}"
example.org. A {OURS}
example.org. AAAA {SIX}
example.org. MX 10 mail.example.org.
mail.example.org. A {OURS}
relay.example.com. TXT "v=spf1 ip4:{THEIRS} -all"
loop.example.org. TXT "v=spf1 include:loop.example.org -all"
10.2.0.192.in-addr._spf.example.org. A 127.0.0.2
bounces.example.org._users.example.org. A 127.0.0.2
10.2.0.192.in-addr.arpa. PTR mail.example.org.
{crowd}
"""
    with name_server(zone) as server:
        assert check_host(server.names(), address, "example.org", "bounces-t@example.org") is result


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("v=spf1 all:example.org", "nothing may follow all"),
        ("v=spf1 ip4:192.0.2.300", "names no network"),
        ("v=spf1 ip4:192.0.2.1/032", "names no network"),
        ("v=spf1 ip6:192.0.2.1", "names no network"),
        ("v=spf1 a/33", "more bits"),
        ("v=spf1 include:", "names no domain"),
        ("v=spf1 include:museum", "names no domain"),
        ("v=spf1 a:example.org:25", "names no domain"),
        ("v=spf1 exists:%{x}.example.org", "names no domain"),
        ("v=spf1 redirect=a.example redirect=b.example", "may stand there once"),
        ("v=spf1 x=%abc -all", "percent sign"),
        ("v=spf1 a,mx -all", "nothing that SPF knows"),
        ("v=spf1 include:пример.рф -all", "must not stand there"),
    ],
)
def test_what_nobody_can_follow_is_said(record: str, words: str) -> None:
    with pytest.raises(BadRecord, match=words):
        parse(record)


def test_a_survey_counts_all_that_may_be_looked_up() -> None:
    zone = "\n".join(
        [
            'example.org. TXT "v=spf1 a mx include:one.example.com include:two.example.com -all"',
            "example.org. A 192.0.2.1",
            "example.org. MX 10 example.org.",
            'one.example.com. TXT "v=spf1 a:gone.example.com -all"',
            'two.example.com. TXT "v=spf1 redirect=one.example.com"',
        ]
    )
    with name_server(zone) as server:
        tally = survey(server.names(), "example.org")
    assert (tally.lookups, tally.void) == (7, 2)
