"""What the doctor says of the domains that mail comes from, by a name server."""

import base64

import pytest

from newsletter.doctor.sender import Origin, Signature, examine_sender, reminders
from newsletter.doctor.verdict import Grade, Verdict
from tests.doctor.zone import name_server

RELAY = "93.184.216.34"


def txt(text: str) -> str:
    """Return a text as a zone file has it, in strings of at most 255 octets."""
    return " ".join(f'"{text[start : start + 200]}"' for start in range(0, len(text), 200))


KEYS = {bits: base64.b64encode(b"x" * size).decode() for bits, size in ((2048, 294), (1024, 162))}
KEYS[512] = base64.b64encode(b"x" * 94).decode()
GOOD = f"""
example.org. MX 10 mail.example.org.
mail.example.org. A {RELAY}
example.org. TXT "v=spf1 ip4:{RELAY} -all"
_dmarc.example.org. TXT "v=DMARC1; p=reject; rua=mailto:d@example.org"
good._domainkey.example.org. TXT {txt(f"v=DKIM1; k=rsa; p={KEYS[2048]}")}
"""
ORIGIN = Origin(
    from_address="news@example.org",
    return_path="bounces@example.org",
    relay_addresses=(RELAY,),
    signatures=(
        Signature(domain="example.org", selector="good", record=f"v=DKIM1; k=rsa; p={KEYS[2048]}"),
    ),
)


def found(zone: str, origin: Origin = ORIGIN) -> dict[str, Verdict]:
    """Return the verdicts by name."""
    with name_server(zone) as server:
        return {each.name: each for each in examine_sender(server.names(), origin)}


def of(author: str, envelope: str, *signatures: Signature) -> Origin:
    return Origin(
        from_address=f"news@{author}",
        return_path=f"bounces@{envelope}",
        relay_addresses=(RELAY,),
        signatures=signatures,
    )


def test_a_domain_in_order_is_fine_throughout() -> None:
    verdicts = found(GOOD)
    assert {each.grade for each in verdicts.values()} == {Grade.FINE}
    assert list(verdicts) == [
        *("MX of example.org", "SPF", "SPF of the relay", "DKIM key good", "DMARC", "alignment")
    ]
    assert verdicts["alignment"].words == "DKIM, d=example.org, speaks for example.org"


@pytest.mark.parametrize(
    ("records", "grade", "words"),
    [
        ("example.org. MX 0 .", Grade.WRONG, "takes no mail at all"),
        ('example.org. TXT "x"', Grade.WRONG, "there is none, and"),
        ("example.org. A 192.0.2.1", Grade.DOUBTFUL, "there is none; servers may try"),
        ("example.org. MX 10 gone.example.org.", Grade.WRONG, "gone.example.org cannot be found"),
        (
            "example.org. MX 1 gone.example.org.\nexample.org. MX 2 b.test.\nb.test. A 1.1.1.1",
            Grade.DOUBTFUL,
            "gone.example.org cannot be found",
        ),
    ],
)
def test_answers_need_somewhere_to_go(records: str, grade: Grade, words: str) -> None:
    verdict = found(records)["MX of example.org"]
    assert verdict.grade is grade
    assert words in verdict.words


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ("", "has no record"),
        ('example.org. TXT "v=spf1 -all"\nexample.org. TXT "v=spf1 a -all"', "has 2 records"),
        ('example.org. TXT "v=spf1 a,mx -all"', "nothing that SPF knows"),
        ('example.org. TXT "v=spf1 +all"', "lets everybody send"),
        (
            f'example.org. TXT "v=spf1 {" ".join(f"a:h{n}.example.org" for n in range(11))} -all"\n'
            + "\n".join(f"h{n}.example.org. A 192.0.2.1" for n in range(11)),
            "takes 11 look-ups, and 10 are allowed",
        ),
        (
            'example.org. TXT "v=spf1 a:x.example.org a:y.example.org a:z.example.org -all"',
            "names 3 things that are not there",
        ),
    ],
)
def test_an_spf_record_that_nobody_can_follow_is_wrong(records: str, words: str) -> None:
    verdict = found(records)["SPF"]
    assert verdict.grade is Grade.WRONG
    assert words in verdict.words
    assert verdict.remedy


@pytest.mark.parametrize(
    ("addresses", "grade", "words"),
    [
        ((RELAY,), Grade.FINE, f"names {RELAY}"),
        ((RELAY, "93.184.216.35"), Grade.DOUBTFUL, "does not name 93.184.216.35"),
        (("127.0.0.1", "10.0.0.5"), Grade.UNKNOWN, "in your own network"),
        ((), Grade.UNKNOWN, "in your own network"),
    ],
)
def test_the_relay_may_send_for_the_domain(
    addresses: tuple[str, ...], grade: Grade, words: str
) -> None:
    origin = Origin(
        from_address="news@example.org",
        return_path="bounces@example.org",
        relay_addresses=addresses,
    )
    verdict = found(GOOD, origin)["SPF of the relay"]
    assert verdict.grade is grade
    assert words in verdict.words


@pytest.mark.parametrize(
    ("record", "grade", "words"),
    [
        ("", Grade.WRONG, "has no key"),
        ('"v=DKIM1; p="', Grade.WRONG, "withdrawn"),
        (txt(f"v=DKIM1; p={KEYS[2048]}"), Grade.WRONG, "another key than the one we sign with"),
        (f'"p={KEYS[1024]}"', Grade.DOUBTFUL, "less than 2048 bits"),
        (f'"k=rsa; p={KEYS[512]}"', Grade.WRONG, "less than 1024 bits"),
        ('"v=DKIM1; p=***"', Grade.WRONG, "no base64"),
        (txt(f"v=DKIM1; t=y; p={KEYS[2048]}"), Grade.DOUBTFUL, "this is a test"),
        (f'"v=DKIM1; k=ed25519; p={base64.b64encode(b"k" * 32).decode()}"', Grade.FINE, "Ed25519"),
    ],
)
def test_a_key_in_the_dns(record: str, grade: Grade, words: str) -> None:
    ours = "v=DKIM1; p=b3RoZXI=" if "another" in words else ""
    zone = f"s._domainkey.example.org. TXT {record}" if record else ""
    signature = Signature(domain="example.org", selector="s", record=ours)
    verdict = found(zone, of("example.org", "example.org", signature))["DKIM key s"]
    assert verdict.grade is grade
    assert words in verdict.words


def test_a_missing_key_of_ours_is_at_hand() -> None:
    assert "newsletter dkim records" in found("")["DKIM key good"].remedy


def test_two_keys_of_one_name_are_wrong() -> None:
    zone = "\n".join(
        f"s._domainkey.example.org. TXT {txt(f'p={KEYS[bits]}')}" for bits in (1024, 2048)
    )
    signature = Signature(domain="example.org", selector="s")
    verdict = found(zone, of("example.org", "example.org", signature))["DKIM key s"]
    assert verdict.grade is Grade.WRONG
    assert "2 keys" in verdict.words


def test_when_the_relay_signs_a_test_mail_tells() -> None:
    verdict = found(GOOD, of("example.org", "example.org"))["DKIM"]
    assert verdict.grade is Grade.UNKNOWN
    assert "--selector" in verdict.remedy


@pytest.mark.parametrize(
    ("records", "author", "grade", "words"),
    [
        ("", "example.org", Grade.DOUBTFUL, "has no record"),
        ('_dmarc.example.org. TXT "v=DMARC1; x=y"', "example.org", Grade.WRONG, "has no p="),
        (
            '_dmarc.example.org. TXT "v=DMARC1; p=none"\n_dmarc.example.org. TXT "v=DMARC1"',
            "example.org",
            Grade.WRONG,
            "more than one record",
        ),
        ('_dmarc.example.org. TXT "v=DMARC1; p=reject"', "example.org", Grade.FINE, "p=reject"),
        (
            '_dmarc.example.org. TXT "v=DMARC1; p=reject; sp=none; rua=mailto:a@example.org"',
            "news.example.org",
            Grade.FINE,
            "p=none, from example.org",
        ),
    ],
)
def test_a_policy_holds(records: str, author: str, grade: Grade, words: str) -> None:
    verdict = found(records, of(author, author))["DMARC"]
    assert verdict.grade is grade
    assert words in verdict.words


@pytest.mark.parametrize(
    ("record", "remark"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@example.org", "p=none only watches"),
        ("v=DMARC1; p=none", "without rua= neither protects nor reports"),
        ("v=DMARC1; p=reject; pct=50; ri=3600", "pct, ri: without meaning since RFC 9989"),
    ],
)
def test_a_policy_that_could_be_better_is_fine_with_a_remark(record: str, remark: str) -> None:
    verdict = found(f'_dmarc.example.org. TXT "{record}"')["DMARC"]
    assert verdict.grade is Grade.FINE
    assert remark in verdict.remedy


@pytest.mark.parametrize(
    ("record", "envelope", "signer", "grade"),
    [
        ("v=DMARC1; p=reject", "bounces.example.org", None, Grade.FINE),
        ("v=DMARC1; p=reject; aspf=s", "bounces.example.org", None, Grade.DOUBTFUL),
        ("v=DMARC1; p=reject; aspf=s", "bounces.example.org", "example.org", Grade.FINE),
        ("v=DMARC1; p=reject", "relay.example.com", None, Grade.DOUBTFUL),
        ("v=DMARC1; p=reject", "relay.example.com", "relay.example.com", Grade.WRONG),
        ("v=DMARC1; p=none", "relay.example.com", "relay.example.com", Grade.DOUBTFUL),
        ("v=DMARC1; p=reject; adkim=s", "relay.example.com", "news.example.org", Grade.WRONG),
    ],
)
def test_something_has_to_speak_for_the_domain_that_readers_see(
    record: str, envelope: str, signer: str | None, grade: Grade
) -> None:
    signatures = [Signature(domain=signer, selector="s")] if signer else []
    zone = f'_dmarc.example.org. TXT "{record}"'
    assert found(zone, of("example.org", envelope, *signatures))["alignment"].grade is grade


def test_a_silent_dns_says_nothing_about_the_domain() -> None:
    with name_server(GOOD) as server:
        server.deaf = True
        verdicts = list(examine_sender(server.names(seconds=0.2), ORIGIN))
    assert {each.grade for each in verdicts} == {Grade.UNKNOWN}
    assert len(verdicts) == 6


def test_what_only_a_person_can_find_out_is_said() -> None:
    told = list(reminders(of("example.org", "bounce.example.org")))
    assert {each.grade for each in told} == {Grade.UNKNOWN}
    assert "bounces+test@bounce.example.org" in told[0].remedy
    assert "example.org and bounce.example.org" in told[1].words
