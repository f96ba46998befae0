"""The domains that mail comes from: where answers go, and what shows receivers that it is ours."""

import base64
import binascii
import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from newsletter.doctor import dmarc, spf
from newsletter.doctor.ports import DnsSilent, Names
from newsletter.doctor.verdict import Verdict, cannot_tell, doubtful, fine, wrong

_RSA_2048 = 290  # octets of a SubjectPublicKeyInfo with 2048 bits: 294; with 1024 they are 162
_RSA_1024 = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A DKIM signature that mails carry; `record` is the one that has to stand in the DNS."""

    domain: str
    selector: str
    record: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where mail comes from: addresses of the office, and those of its relays."""

    from_address: str
    return_path: str
    relay_addresses: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()

    @property
    def author(self) -> str:
        """The domain that readers see."""
        return self.from_address.rpartition("@")[2]

    @property
    def envelope(self) -> str:
        """The domain of the return path, which SPF is about."""
        return self.return_path.rpartition("@")[2]


def examine_sender(names: Names, origin: Origin) -> Iterator[Verdict]:
    """Yield what the DNS says of the domains; one that it does not answer is passed over."""
    for domain in dict.fromkeys((origin.author, origin.envelope)):
        yield _asked(f"MX of {domain}", partial(takes_mail, names, domain))
    yield _asked("SPF", partial(sender_policy, names, origin.envelope))
    yield _asked("SPF of the relay", partial(authorises, names, origin))
    for signature in origin.signatures:
        title = f"DKIM key {signature.selector}"
        yield _asked(title, partial(signing_key, names, title, signature))
    if not origin.signatures:
        yield cannot_tell(
            "DKIM",
            "the relay signs, if anybody does",
            "find DKIM-Signature in the source of a test mail, and name its s= with --selector",
        )
    yield _asked("DMARC", partial(domain_policy, names, origin.author))
    yield _asked("alignment", partial(alignment, names, origin))


def reminders(origin: Origin) -> Iterator[Verdict]:
    """Yield what only a person can find out."""
    local, _, domain = origin.return_path.partition("@")
    yield cannot_tell(
        "return path",
        f"bounces go to {local}+TOKEN@{domain}",
        f"write to {local}+test@{domain} and see that it comes; no server is asked for that (VRFY)",
    )
    domains = " and ".join(dict.fromkeys((origin.author, origin.envelope)))
    yield cannot_tell(
        "postmaster, abuse",
        f"others write to postmaster@ and abuse@ of {domains} (RFC 2142)",
        "see that both exist and that somebody reads them",
    )


def takes_mail(names: Names, domain: str) -> Verdict:
    """Whether answers and bounces to a domain have somewhere to go."""
    title = f"MX of {domain}"
    hosts = names.mail_hosts(domain)
    remedy = f"add an MX record for {domain}, or use an address of a domain that takes mail"
    if hosts == ("",):  # RFC 7505
        return wrong(title, "says that the domain takes no mail at all", remedy)
    if not hosts:
        if names.addresses(domain):
            return doubtful(title, "there is none; servers may try the domain itself", remedy)
        return wrong(title, "there is none, and the domain has no address either", remedy)
    dead = [host for host in hosts if not names.addresses(host)]
    if len(dead) == len(hosts):
        return wrong(title, f"{', '.join(dead)} cannot be found", remedy)
    if dead:
        return doubtful(
            title, f"{', '.join(dead)} cannot be found", "take it out of the MX records"
        )
    return fine(title, ", ".join(hosts))


def sender_policy(names: Names, domain: str) -> Verdict:
    """Whether the return path's domain has one SPF record that servers can follow (RFC 7208)."""
    found = spf.records_of(names, domain)
    if not found:
        return wrong(
            "SPF",
            f"{domain} has no record",
            f'add a TXT record at {domain}: "v=spf1 include:(what your relay names) -all"',
        )
    if len(found) > 1:
        return wrong(
            "SPF", f"{domain} has {len(found)} records", "make them one: two count as none"
        )
    try:
        tally = spf.survey(names, domain)
    except spf.BadRecord as fault:
        return wrong("SPF", f"{found[0]}: {fault}", "mend the record: as it is, nobody follows it")
    if tally.lookups > spf.MOST_LOOKUPS:
        return wrong(
            "SPF",
            f"takes {tally.lookups} look-ups, and {spf.MOST_LOOKUPS} are allowed",
            "leave out what sends no mail any more, or write addresses (ip4:) instead of names",
        )
    if tally.void > spf.MOST_VOID:
        return wrong(
            "SPF",
            f"names {tally.void} things that are not there, and {spf.MOST_VOID} are allowed",
            "take out what is gone",
        )
    terms = spf.parse(found[0]).terms
    if any(term.name == "all" and term.result is spf.Result.PASS for term in terms):
        return wrong("SPF", f"{found[0]}: lets everybody send for you", "end it with -all or ~all")
    return fine("SPF", f"{found[0]} ({_count(tally.lookups, 'look-up')})")


def authorises(names: Names, origin: Origin) -> Verdict:
    """Whether the record names the relay, as far as its address tells."""
    title = "SPF of the relay"
    public = [each for each in origin.relay_addresses if ipaddress.ip_address(each).is_global]
    if not public:
        return cannot_tell(
            title,
            "the relay is in your own network: it sends to the world from another address",
            "see that the record names the address that mail leaves by",
        )
    left_out = [
        address
        for address in public
        if spf.check_host(names, address, origin.envelope, origin.return_path)
        is not spf.Result.PASS
    ]
    if left_out:
        return doubtful(
            title,
            f"the record does not name {', '.join(left_out)}",
            "relays often send from other addresses: ask its administrator what to include",
        )
    return fine(title, f"names {', '.join(public)}")


def signing_key(names: Names, title: str, signature: Signature) -> Verdict:
    """Whether the public key of a signature stands in the DNS (RFC 6376 3.6)."""
    place = f"{signature.selector}._domainkey.{signature.domain}"
    found = [text for text in names.texts(place) if "p=" in text.replace(" ", "")]
    publish = "publish what `newsletter dkim records` shows"
    if not found:
        remedy = publish if signature.record else "publish the TXT record that your relay gives you"
        return wrong(title, f"{place} has no key", remedy)
    if len(found) > 1:
        return wrong(title, f"{place} has {len(found)} keys", "leave one: which counts is chance")
    tags = _dkim_tags(found[0])
    if not tags.get("p"):
        return wrong(
            title, f"{place} says that the key is withdrawn", "publish a key, or sign anew"
        )
    ours = _dkim_tags(signature.record).get("p")
    if ours and ours != tags["p"]:
        return wrong(title, f"{place} has another key than the one we sign with", publish)
    return _strength(title, place, tags)


def _strength(title: str, place: str, tags: dict[str, str]) -> Verdict:
    kind = tags.get("k", "rsa")
    try:
        octets = len(base64.b64decode(tags["p"], validate=True))
    except (binascii.Error, ValueError):
        return wrong(title, f"{place} has a key that is no base64", "copy the record once more")
    remark = "t=y: receivers are told that this is a test" if "y" in tags.get("t", "") else ""
    if kind == "rsa" and octets < _RSA_1024:
        return wrong(title, f"{place}: RSA with less than 1024 bits", "make a key with 2048")
    if kind == "rsa" and octets < _RSA_2048:
        return doubtful(title, f"{place}: RSA with less than 2048 bits", "make a key with 2048")
    if remark:
        return doubtful(title, f"{place}: {remark}", "take t=y out when all is well")
    return fine(title, f"{place}: {'RSA' if kind == 'rsa' else 'Ed25519'}")


def _dkim_tags(record: str) -> dict[str, str]:
    parts = (part.partition("=") for part in record.split(";"))
    return {name.strip(): "".join(value.split()) for name, sign, value in parts if sign}


def domain_policy(names: Names, domain: str) -> Verdict:
    """Whether a DMARC record holds for the domain that readers see (RFC 9989)."""
    found = dmarc.discover(names, domain)
    if found.crowded:
        where = ", ".join(f"_dmarc.{each}" for each in found.crowded)
        return wrong("DMARC", f"{where} has more than one record", "leave one: two count as none")
    policy = found.policy
    if policy is None:
        return doubtful(
            "DMARC",
            f"{domain} has no record",
            f'add a TXT record at _dmarc.{found.organisation}: "v=DMARC1; p=none; '
            f'rua=mailto:…"; Gmail, Yahoo and Outlook.com want one',
        )
    asks = policy.asks if policy.domain == domain else policy.asks_below()
    where = "" if policy.domain == domain else f", from {policy.domain}"
    if not asks:
        return wrong(
            "DMARC", f"the record at _dmarc.{policy.domain} has no p=", "write p=none to begin with"
        )
    removed = [tag for tag in dmarc.REMOVED if tag in policy.tags]
    remarks = [f"{', '.join(removed)}: without meaning since RFC 9989"] if removed else []
    if asks == "none":
        remarks.append(
            "p=none only watches: when the reports show that all your mail is aligned, go on to "
            "quarantine, then reject"
        )
        if "rua" not in policy.tags:
            remarks[-1] = "p=none without rua= neither protects nor reports: add rua=mailto:…"
    return fine("DMARC", f"p={asks}{where}", "; ".join(remarks))


def alignment(names: Names, origin: Origin) -> Verdict:
    """Whether SPF or DKIM speaks for the domain that readers see (RFC 9989 4.4)."""
    found = dmarc.discover(names, origin.author)
    policy = found.policy

    def aligned(domain: str, kind: str) -> bool:
        strict = bool(policy and policy.is_strict(kind))
        return dmarc.is_aligned(names, origin.author, domain, strict=strict)

    signed = [each.domain for each in origin.signatures if aligned(each.domain, "adkim")]
    if signed:
        return fine("alignment", f"DKIM, d={signed[0]}, speaks for {origin.author}")
    if aligned(origin.envelope, "aspf"):
        remark = "" if origin.signatures else "DKIM with this d= also holds in forwarded mail"
        return fine("alignment", f"SPF of {origin.envelope} speaks for {origin.author}", remark)
    words = f"the return path ({origin.envelope}) does not speak for {origin.author}"
    remedy = f"use a return path at {origin.author}, or sign with d={origin.author}"
    if origin.signatures and policy and policy.asks in ("quarantine", "reject"):
        return wrong("alignment", f"{words}, nor does any signature", remedy)
    return doubtful("alignment", words, remedy)


def _asked(title: str, examine: Callable[[], Verdict]) -> Verdict:
    """Return what `examine` finds, or that the DNS kept silent."""
    try:
        return examine()
    except DnsSilent as fault:
        return cannot_tell(title, str(fault), "try again, or another name server: --nameserver")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
