"""The results as a picture: bars for messages a second, one panel for each way; SVG by hand.

It stands on a ground of its own and has colours for light and dark, chosen by the reader's system.
Each panel has its own scale that begins at 0. The figures are also told in words, for those who
cannot see it.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from benchmarks.send.measure import Measured
from benchmarks.send.report import Findings
from benchmarks.send.rows import OURS, Row

PLACE = Path(__file__).parents[2] / "docs" / "pictures" / "sending.svg"

_WIDTH, _EDGE = 760, 24
_NAMES = 230  # where bars begin
_FULL = 300  # the longest bar
_BAR, _STEP = 18, 27
_TOP, _HEAD, _GAP, _FOOT = 62, 46, 20, 44

_PANELS = {
    "near": ("On one machine", "smtp-sink"),
    "far": ("20 ms away, PIPELINING only", "smtp-sink"),
    "chunking": ("20 ms away, CHUNKING, 8 messages in flight", "a sink with CHUNKING"),
}
_STYLE = """\
svg { --ground: #ffffff; --ink: #1f2328; --quiet: #59636e; --ours: #0b62b4; --theirs: #a9b3be; }
@media (prefers-color-scheme: dark) {
  svg { --ground: #0d1117; --ink: #f0f6fc; --quiet: #9aa5b1; --ours: #58a6ff; --theirs: #566270; }
}
text { font: 14px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink);
  font-variant-numeric: tabular-nums; }
.title { font-size: 19px; font-weight: 600; }
.panel { font-size: 15px; font-weight: 600; }
.quiet { fill: var(--quiet); }
.small { font-size: 12.5px; }
.us { font-weight: 600; }
.ours { fill: var(--ours); }
.theirs { fill: var(--theirs); }
"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One sender's messages a second; `times` is how many times that ours is."""

    name: str
    rate: float
    times: float

    @property
    def is_ours(self) -> bool:
        """Whether it is our own."""
        return self.name == OURS

    @property
    def words(self) -> str:
        """The figures of the bar."""
        rate = f"{self.rate:,.0f}"
        places = 0 if self.times >= 10 else 1 if self.times >= 1 else 2
        times = f"{self.times:.{places}f}"
        return f"{rate} a second" if self.is_ours else f"{rate}; ours is {times} times as fast"


def missing_rows(found: Findings) -> list[str]:
    """Return the rows that the picture shows and a run has not measured."""
    measured = {each.row.key for each in found.rows}
    return [key for key in _PANELS if key not in measured]


def draw(found: Findings) -> str:
    """Return the picture of a run, as SVG."""
    rows = [each for each in found.rows if each.row.key in _PANELS]
    panels, height = [], _TOP
    for each in rows:
        bars = _bars(each)
        panels.append("\n".join(_panel(each.row, bars, height)))
        height += _HEAD + len(bars) * _STEP + _GAP
    facts = found.machine
    foot = (
        f"Mails of 40 KB over 10 connections, median of {found.plan.rounds} rounds. "
        f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}."
    )
    return _TEMPLATE.format(
        width=_WIDTH,
        height=height + _FOOT,
        description=escape(" ".join(_in_words(rows))),
        style=_STYLE,
        edge=_EDGE,
        panels="\n".join(panels),
        foot_at=height + 14,
        foot=escape(foot),
    )


_TEMPLATE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" \
height="{height}" role="img" aria-labelledby="title description">
<title id="title">Messages a second</title>
<desc id="description">{description}</desc>
<style>
{style}</style>
<rect width="100%" height="100%" fill="var(--ground)"/>
<text x="{edge}" y="38" class="title">Messages a second; longer is better</text>
{panels}
<text x="{edge}" y="{foot_at}" class="quiet small">{foot}</text>
</svg>
"""


def _bars(measured: Measured) -> list[Bar]:
    """Return the bars of a row, the longest first."""
    rates = {
        name: statistics.median(each.rate for each in samples)
        for name, samples in measured.samples.items()
    }
    bars = [Bar(name, rate, rates[OURS] / rate) for name, rate in rates.items()]
    return sorted(bars, key=lambda bar: bar.rate, reverse=True)


def _panel(row: Row, bars: Sequence[Bar], top: int) -> Iterator[str]:
    heading, server = _PANELS[row.key]
    yield (
        f'<text x="{_EDGE}" y="{top + 22}" class="panel">{escape(heading)}'
        f'<tspan class="quiet small" dx="8" font-weight="400">to {escape(server)}</tspan></text>'
    )
    longest = max(bar.rate for bar in bars)
    for number, bar in enumerate(bars):
        y = top + _HEAD - 8 + number * _STEP
        width = max(2.0, bar.rate / longest * _FULL)
        label, colour = ("us", "ours") if bar.is_ours else ("", "theirs")
        baseline = y + 14
        yield (
            f'<text x="{_NAMES - 12}" y="{baseline}" text-anchor="end" class="{label}">'
            f"{escape(bar.name)}</text>"
            f'<rect x="{_NAMES}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2" '
            f'class="{colour}"/>'
            f'<text x="{_NAMES + width + 8:.1f}" y="{baseline}" class="{label or "quiet"}">'
            f"{escape(bar.words)}</text>"
        )


def _in_words(rows: Sequence[Measured]) -> Iterator[str]:
    for each in rows:
        bars = ", ".join(f"{bar.name} {bar.rate:,.0f}" for bar in _bars(each))
        yield f"{_PANELS[each.row.key][0]}: {bars}."
