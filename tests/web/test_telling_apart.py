"""B20: known and unknown addresses are told apart neither by body, nor by status, nor by time.

A thousand of each, in an order of chance, ask for a subscription. The times of both are held
against one another by the test of Mann and Whitney (two-sided, with ties, by the normal
approximation): it asks whether one of them tends to be longer, whatever the shape of both.
p > 0.01 is asked for. Of times that are alike one round in a hundred fails that by chance, so a
round that fails is done again, twice at most: what is really longer fails every time.
"""

import http.client
import itertools
import math
import random
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from newsletter.address import parse_address
from newsletter.model.people import Person
from newsletter.store.people import Evidence
from newsletter.tokens import Purpose, to_url
from newsletter.web.limits import Rate, SignUpLimits, SignUpRates
from tests.web.served import AT, FORM, Front, served
from tests.workspace import small_office

COUNT, ANY = 1000, Rate(10**6, 1)


def mann_whitney(one: list[float], other: list[float]) -> float:
    """Return the probability that two samples of one kind differ as much as these (two-sided)."""
    marked = sorted([(value, True) for value in one] + [(value, False) for value in other])
    ranks, ties, place = 0.0, 0.0, 0
    for _, group in itertools.groupby(marked, key=lambda each: each[0]):
        same = list(group)
        rank = place + (len(same) + 1) / 2
        ranks += rank * sum(mine for _, mine in same)
        ties += len(same) ** 3 - len(same)
        place += len(same)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    total = n + m
    variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    z = (abs(u - n * m / 2) - 0.5) / math.sqrt(variance)
    return math.erfc(z / math.sqrt(2))


def test_the_test_of_mann_and_whitney_finds_what_it_is_for() -> None:
    """Held against published values, and against a shift of a tenth of the spread."""
    assert mann_whitney([1, 2, 3, 4], [5, 6, 7, 8]) == pytest.approx(0.0304, abs=0.0005)
    chance = random.Random(2015)
    one = [chance.gauss(1, 0.2) for _ in range(COUNT)]
    same = [chance.gauss(1, 0.2) for _ in range(COUNT)]
    longer = [chance.gauss(1.05, 0.2) for _ in range(COUNT)]
    assert mann_whitney(one, same) > 0.01
    assert mann_whitney(one, longer) < 0.001


def ask(connection: http.client.HTTPConnection, shown: str, address: str) -> tuple[float, bytes]:
    """Ask for a subscription; return how long the answer took, and all of it but its date."""
    body = urlencode({"shown": shown, "address": address, "list": "media", "agreed": "yes"})
    begun = time.perf_counter()
    connection.request("POST", "/subscribe", body, FORM)
    response = connection.getresponse()
    content = response.read()
    took = time.perf_counter() - begun
    head = sorted((name, value) for name, value in response.headers.items() if name != "date")
    return took, repr((response.status, head)).encode() + content


@pytest.mark.slow
def test_b20_a_thousand_known_and_a_thousand_unknown_addresses_are_not_told_apart(
    tmp_path: Path,
) -> None:
    with served(small_office(tmp_path / "office"), rates=SignUpRates(ANY, ANY, ANY)) as front:
        known = [f"known{number}@example.org" for number in range(COUNT)]
        subscribe_all(front, known)
        found = []
        for seed in range(3):
            times, answers = one_round(front, known, seed)
            assert len(answers) == 1
            found.append(round(mann_whitney(times[True], times[False]), 4))
            if found[-1] > 0.01:
                break
        assert len(front.notices()) == 2 * COUNT * len(found)
    assert found[-1] > 0.01, f"p = {found}"


def one_round(
    front: Front, known: list[str], seed: int
) -> tuple[dict[bool, list[float]], set[bytes]]:
    """Ask for all, in an order of chance; return times by whether they are known, and answers."""
    unknown = [f"other{number}@example.org" for number in range(COUNT)]
    order = [(each, True) for each in known] + [(each, False) for each in unknown]
    random.Random(seed).shuffle(order)
    shown = to_url(front.keys.sign(Purpose.FORM, int(front.clock.now().timestamp()) - 60))
    times: dict[bool, list[float]] = {True: [], False: []}
    answers = set()
    connection = http.client.HTTPConnection("127.0.0.1", front.port, timeout=60)
    for address, is_known in order:
        took, answer = ask(connection, shown, address)
        times[is_known].append(took)
        answers.add(answer)
    connection.close()
    return times, answers


def subscribe_all(front: Front, addresses: list[str]) -> None:
    people = [Person(address=parse_address(each)) for each in addresses]
    given = Evidence(basis="tests", source="tests", at=AT)
    with front.store.write() as books:
        ids = books.add_subscribers(people, AT)
        list_id = books.add_list("media")
        books.subscribe({ids[each.address.key]: each for each in people}, list_id, given)


def test_limits_do_not_know_who_is_known() -> None:
    now = [0.0]
    limits = SignUpLimits(lambda: now[0])
    assert [limits.take("a@example.org", "192.0.2.0/24") for _ in range(6)].count(0) == 5
    wait = limits.take("a@example.org", "192.0.2.0/24")
    assert 0 < wait <= 720
    assert limits.take("b@example.org", "192.0.2.0/24") == 0
    now[0] += wait
    assert limits.take("a@example.org", "198.51.100.0/24") == 0
