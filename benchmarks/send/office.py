"""An office with as many readers as asked, its issue frozen: what a send begins with.

`python -m benchmarks.send.office people|freeze FOLDER SIZE COUNT` does one of the two steps in a
process of its own, so that the seconds and the memory of freezing are its own, and prints them.
"""

import datetime
import json
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.send import mails
from benchmarks.send.machine import own_peak
from benchmarks.send.processes import module, result_of
from newsletter.model.ledger import Draft
from newsletter.model.people import SubscriptionState
from newsletter.store.engine import open_database
from newsletter.store.ledger import Ledger
from newsletter.store.tables import lists, subscribers, subscriptions

_BATCH = 5_000
_PATIENCE = 900.0


def state_url(folder: Path) -> str:
    """Return the address of an office's database."""
    return f"sqlite:///{folder / 'state.db'}"


def make(folder: Path, size: str, readers: int) -> dict[str, Any]:
    """Make an office and freeze its issue; return the seconds and the memory of freezing."""
    folder.mkdir(parents=True)
    words = (str(folder), size, str(readers))
    result_of(module("office", "people", *words), _PATIENCE)
    return result_of(module("office", "freeze", *words), _PATIENCE)


def copy(template: Path, folder: Path) -> Path:
    """Copy an office that nobody has open; return where it is now."""
    if folder.exists():
        shutil.rmtree(folder)
    return shutil.copytree(template, folder)


def _subscribe(folder: Path, readers: int) -> None:
    with open_database(state_url(folder)) as database, database.write() as connection:
        connection.execute(sa.insert(lists), [{"name": mails.LIST}])
        for batch in _batches(readers):
            connection.execute(sa.insert(subscribers), [_reader(number) for number in batch])
            connection.execute(sa.insert(subscriptions), [_on_the_list(each) for each in batch])


def _batches(count: int) -> Iterator[range]:
    for first in range(1, count + 1, _BATCH):
        yield range(first, min(first + _BATCH, count + 1))


def _reader(number: int) -> dict[str, Any]:
    who = mails.address(number)
    return {
        "address_key": who.key,
        "address_digest": mails.KEYS.digest(who.key),
        "local": who.local,
        "domain": who.domain,
        "shown": who.shown,
        "name": mails.name(number),
        "language": "en",
        "created_at": mails.DATE,
        "updated_at": mails.DATE,
    }


def _on_the_list(number: int) -> dict[str, Any]:
    return {
        "subscriber_id": number,
        "list_id": 1,
        "state": SubscriptionState.ACTIVE,
        "created_at": mails.DATE,
    }


def _freeze(folder: Path, size: str) -> None:
    draft = Draft(list=mails.LIST, letters={"en": mails.letter(size)}, default_language="en")
    with open_database(state_url(folder)) as database:
        Ledger(database).freeze(mails.ISSUE, [draft], datetime.datetime.now(datetime.UTC))


def main() -> None:
    """Do one step and print what it took."""
    step, folder, size, count = sys.argv[1:]
    began = time.perf_counter()
    if step == "people":
        _subscribe(Path(folder), int(count))
    else:
        _freeze(Path(folder), size)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "peak": own_peak()}))


if __name__ == "__main__":
    main()
