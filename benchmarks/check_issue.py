"""Check: how long all rules take over an issue of thirty items in two languages.

The sample workspace gets a third issue that picks thirty of its items. Measured in this process,
after start-up: a whole `newsletter check` that reads every file anew (pictures come from the cache,
as on every day but the first), the same again while only one item was saved, and the rules alone.

The yardstick is to render both editions: what `check` does anyway before it can look.
"""

import re
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from newsletter.checks.check import check
from newsletter.checks.proof import proof
from newsletter.compose.compose import Composition, compose
from newsletter.compose.pictures import PictureShelf
from newsletter.compose.workspace import Folder
from newsletter.model.rendering import Rendering
from newsletter.render.render import draw
from newsletter.render.theme import Theme, read_theme
from newsletter.render.trace import Trace
from newsletter.starter import make_workspace

ISSUE = "2015-3"
ITEMS = 30
RUNS = 20
WHOLE, AGAIN, RULES = 1.0, 0.3, 0.12
"""Targets: a whole check, one after a save, and what the rules may take of the preview's time."""

_YARDSTICK = "render both editions"
_SAVED = "issues/items/2015/2015-03-17-arctic-school.yaml"
_SECTIONS = f"""\
sections:
  - layout: brief
    en: {{ heading: All news }}
    ru: {{ heading: Все новости }}
    pick: {{ from: 2015-01-01, to: 2015-12-31, limit: {ITEMS} }}
"""


def measure() -> list[Figure]:
    """Return the figures."""
    with tempfile.TemporaryDirectory() as parent:
        root = Path(parent) / "office"
        make_workspace(root, sample=True)
        _add_issue(root)
        cache = Path(parent) / "pictures"
        folder = Folder(root, pictures=PictureShelf(cache))
        composition = compose(folder, ISSUE)
        count = sum(map(len, composition.chosen))
        if count != ITEMS:
            raise LookupError(f"the issue has {count} items, not {ITEMS}")
        whole = [_timed_check(Folder(root, pictures=PictureShelf(cache))) for _ in range(5)]
        again = [_saved_and_checked(folder, f"Draft{run}x") for run in range(RUNS)]
        rendered, rules = _rules_alone(folder, composition)
    yardstick = statistics.median(rendered)
    return [
        Figure(
            name=f"check {ITEMS} items × 2, {what}",
            times=tuple(times),
            target=target,
            held="median",
            yardstick=_YARDSTICK,
            yardstick_time=yardstick,
        )
        for what, times, target in (
            ("all files read", whole, WHOLE),
            ("one saved", again, AGAIN),
            ("rules alone", rules, RULES),
        )
    ]


def _add_issue(root: Path) -> None:
    text = (root / "issues/2015-1/issue.yaml").read_text(encoding="utf-8")
    head = text[: text.index("sections:")]
    path = root / "issues" / ISSUE / "issue.yaml"
    path.parent.mkdir()
    path.write_text(head + _SECTIONS, encoding="utf-8")


def _timed_check(folder: Folder) -> float:
    began = time.perf_counter()
    proof(folder, ISSUE)
    return time.perf_counter() - began


def _saved_and_checked(folder: Folder, word: str) -> float:
    """Put `word` before the title of an item and check; return how long the check took."""
    path = folder.root / _SAVED
    text = re.sub(r"Draft\d+x ", "", path.read_text(encoding="utf-8"))
    text = re.sub(r"^( +title: )", rf"\g<1>{word} ", text, count=1, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    return _timed_check(folder)


def _rules_alone(folder: Folder, composition: Composition) -> tuple[list[float], list[float]]:
    """Return how long rendering and the rules took, each time on pages never seen before."""
    issue = composition.issue
    theme = read_theme(folder.root, issue.theme, issue.languages, folder.cache)
    rendered: list[float] = []
    checked: list[float] = []
    for run in range(RUNS):
        began = time.perf_counter()
        renderings, traces = _draw(theme, composition)
        rendered.append(time.perf_counter() - began)
        fresh = {key: _touched(each, run) for key, each in renderings.items()}
        began = time.perf_counter()
        check(composition, fresh, theme, traces)
        checked.append(time.perf_counter() - began)
    return rendered, checked


def _draw(theme: Theme, composition: Composition) -> tuple[dict[str, Rendering], dict[str, Trace]]:
    drawn = {
        key: draw(theme, each, composition.pictures) for key, each in composition.drawn.items()
    }
    return (
        {key: rendering for key, (rendering, _) in drawn.items()},
        {key: trace for key, (_, trace) in drawn.items()},
    )


def _touched(rendering: Rendering, run: int) -> Rendering:
    """Return a page that no cache has seen."""
    html = rendering.html.replace("</body>", f"<!-- {run} --></body>")
    return Rendering(**{**vars(rendering), "html": html})
