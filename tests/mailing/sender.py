"""A process that delivers, to be killed.

`python -m tests.mailing.sender FOLDER PORT hold|resend` prints the report.
"""

import asyncio
import json
import sys
from pathlib import Path

from newsletter.mailing.deliver import DeliverySettings, Route, deliver
from newsletter.store.ledger import Ledger
from tests.mailing.sends import relay_at
from tests.store.office import ISSUE, KEYS, opened


def main(folder: str, port: str, unknown: str) -> int:
    with opened(Path(folder)) as database:
        settings = DeliverySettings(resend_unknown=unknown == "resend")
        routes = [Route(transport=relay_at(int(port)), connections=4)]
        report = asyncio.run(deliver(Ledger(database), routes, KEYS, ISSUE, settings))
    print(json.dumps(report.as_json()))  # noqa: T201 (its starter reads it)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
