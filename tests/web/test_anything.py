"""Whatever is sent to the pages: never a fault of ours, and never a change by anything but POST."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.tokens import Purpose, to_url
from newsletter.web.catalogues import choose
from newsletter.web.limits import Buckets, Rate
from newsletter.web.networks import network_of
from tests.web.served import Front, small_front

PLACES = (
    "subscribe",
    "confirm",
    "preferences",
    "change",
    "unsubscribe",
    "resubscribe",
    "returns",
    "_pages",
)
METHODS = ("GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND")
TYPES = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "x")
NAMES = ("address", "list", "language", "agreed", "shown", "topic", "pause", "website", "page")
READABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with small_front(tmp_path_factory.mktemp("any") / "office") as front:
        front.subscribe("anna@example.org")
        yield front


def tokens(front: Front) -> st.SearchStrategy[str]:
    """Return tokens that are whole, for any purpose and with any numbers, and others."""
    small = st.integers(0, 3) | st.integers(0, 2**64 - 1)
    whole = st.builds(
        lambda purpose, numbers: to_url(front.keys.sign(purpose, *numbers)),
        st.sampled_from(list(Purpose)),
        st.lists(small, max_size=4),
    )
    return whole | st.text(max_size=40).map(lambda text: quote(text, safe=""))


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_sent_is_a_fault_of_ours_or_changes_anything_but_by_post(
    standing: Front, data: st.DataObject
) -> None:
    token = data.draw(tokens(standing))
    place = data.draw(st.sampled_from(PLACES))
    tail = data.draw(st.sampled_from(["", f"/{token}", f"/{token}/address", f"/{token}/x", "//"]))
    query = urlencode(data.draw(st.dictionaries(st.sampled_from(["lang", "list"]), READABLE)))
    fields = data.draw(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=30))))
    form = urlencode(fields, errors="replace").encode()
    body = data.draw(st.binary(max_size=300) | st.just(form))
    headers = {
        "Content-Type": data.draw(st.sampled_from(TYPES)),
        "Accept-Language": data.draw(READABLE),
        "X-Forwarded-For": data.draw(READABLE),
        "Host": data.draw(st.sampled_from(["x", "evil.example.net", ""])),
    }
    method = data.draw(st.sampled_from(METHODS))
    before = contents(standing)
    answer = standing.ask(method, f"/{place}{tail}?{query}", body, headers)
    assert answer.status < 500
    assert "Location" not in answer.headers or answer.status == 307  # B16: nothing leads elsewhere
    assert "evil" not in answer.text
    if method != "POST":
        assert contents(standing) == before


def contents(front: Front) -> list[tuple[object, ...]]:
    """Return every row of the database."""
    with front.store.read() as people:
        connection = people._connection
        names = ("subscribers", "subscriptions", "consents", "notices", "suppressions", "lists")
        return [
            tuple(row)
            for name in names
            for row in connection.exec_driver_sql(f"SELECT * FROM {name}").all()
        ]


def test_b16_no_address_in_a_request_is_ever_followed(front: Front) -> None:
    for name in ("url", "next", "redirect", "return_to", "lang"):
        for path in ("/subscribe", front.subscribe("anna@example.org")):
            answer = front.get(f"{path}?{name}=https://evil.example.net/")
            assert answer.status == 200
            assert "evil" not in answer.text
            assert "Location" not in answer.headers


@given(header=st.text(max_size=80))
def test_no_header_for_languages_is_too_odd(header: str) -> None:
    assert choose(("en", "ru"), header) in ("en", "ru")


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("192.0.2.77", "", "192.0.2.0/24"),
        ("192.0.2.77", "198.51.100.1", "192.0.2.0/24"),  # not a proxy of ours: not believed
        ("127.0.0.1", "198.51.100.1", "198.51.100.0/24"),
        ("127.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.0/24"),  # the left one is hearsay
        ("127.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.0/24"),  # 10.0.0.2 is a proxy of ours
        ("127.0.0.1", "[2001:db8:1:2:3::4]:443", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "", "192.0.2.0/24"),
        ("127.0.0.1", "nonsense", "127.0.0.0/24"),
        ("", "198.51.100.1", ""),
    ],
)
def test_where_a_request_came_from(peer: str, forwarded: str, network: str) -> None:
    assert network_of(peer, forwarded, ("127.0.0.1/32", "10.0.0.0/8")) == network


@given(peer=st.text(max_size=40), forwarded=st.text(max_size=80))
def test_no_address_is_too_odd(peer: str, forwarded: str) -> None:
    assert re.fullmatch(r"|[0-9a-f.:]+/(24|64)", network_of(peer, forwarded, ("0.0.0.0/0",)))


@given(waits=st.lists(st.floats(0, 30), min_size=1, max_size=60), most=st.integers(1, 5))
def test_a_bucket_never_gives_more_than_its_rate(waits: list[float], most: int) -> None:
    now = [0.0]
    buckets = Buckets(Rate(most, 60), lambda: now[0], room=2)
    taken: list[float] = []
    for wait in waits:
        now[0] += wait
        if buckets.wait_for("a") == 0:
            buckets.take("a")
            taken.append(now[0])
    for begin in taken:
        within = [each for each in taken if begin <= each < begin + 60]
        assert len(within) <= 2 * most


def test_the_moment_of_a_form_is_of_use_for_nothing_else(front: Front, tmp_path: Path) -> None:
    shown = to_url(front.keys.sign(Purpose.FORM, 1))
    for place in ("confirm", "preferences", "change", "unsubscribe"):
        assert front.get(f"/{place}/{shown}").status == 404


def test_what_a_caller_says_before_a_proxy_of_ours_counts_for_nothing_however_long_it_is() -> None:
    lies = ", ".join(f"10.9.{number % 250}.1" for number in range(500))
    assert network_of("127.0.0.1", f"{lies}, 198.51.100.7", ("127.0.0.1",)) == "198.51.100.0/24"
