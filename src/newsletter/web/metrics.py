"""How often what happened, in the text format of Prometheus; nothing tells about whom.

https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4). Labels come from
closed sets of words, never from a request.
"""

from collections import Counter
from collections.abc import Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_HELP = {
    "newsletter_requests_total": "Requests answered, by page, method and status.",
    "newsletter_leaves_total": "Readers who left, by how it was kept.",
    "newsletter_wishes_total": "Forms that ask for a mail to an address, by what for.",
    "newsletter_confirmed_total": "Links of such mails that were confirmed.",
    "newsletter_webhooks_total": "Posts of providers, by provider and by what became of them.",
    "newsletter_notices_sent_total": "Attempts to send such mails, by what they came to.",
}
_GAUGES = {
    "newsletter_journal_lines": "Readers who left and wait in the journal for the database.",
    "newsletter_database_ready": "1 when the database can be read.",
    "newsletter_notices": "Mails to single readers, by state.",
}

_Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counters that only grow while the program runs."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, _Labels]] = Counter()

    def count(self, name: str, number: int = 1, **labels: str) -> None:
        """Add to a counter."""
        self._counts[name, tuple(sorted(labels.items()))] += number

    def text(self, gauges: Mapping[str, float]) -> str:
        """Return all counters, and `gauges` as they stand now."""
        lines: list[str] = []
        for name, words in _HELP.items():
            lines += [f"# HELP {name} {words}", f"# TYPE {name} counter"]
            for (found, labels), value in sorted(self._counts.items()):
                if found == name:
                    lines.append(f"{name}{_braced(labels)} {value}")
        for name, words in _GAUGES.items():
            lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
            lines += [
                f"{found} {value:g}"
                for found, value in sorted(gauges.items())
                if found.partition("{")[0] == name
            ]
        return "\n".join(lines) + "\n"


def _braced(labels: _Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels) + "}"
