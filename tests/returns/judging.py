"""How well the reader of returns reads the corpus: `python -m tests.returns.judging [-v] [-r]`.

Three percentages and two tables of confusion; with -v also every message that is read wrongly, with
-r those that are given another reason. A recipient that is not found is wrong in each; one whose
permanence cannot be told counts in none of that column. Names of folders leave the others out.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from newsletter.model.returns import Report, ReportKind
from newsletter.returns.reading import read_report

CORPUS = Path(__file__).with_name("corpus")
KINDS = tuple(str(kind) for kind in ReportKind)


@dataclass(frozen=True, slots=True)
class Sample:
    """A message of the corpus and what is expected of it."""

    name: str
    data: bytes
    kind: str
    recipients: tuple[dict[str, Any], ...]


@dataclass(slots=True)
class Judgement:
    """What became of many messages."""

    messages: int = 0
    exact: int = 0
    permanence: Counter[bool] = field(default_factory=Counter)
    suppress: Counter[tuple[bool, bool]] = field(default_factory=Counter)
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def recipients_right(self) -> float:
        """The share of messages whose recipients are exactly those that are expected."""
        return self.exact / max(1, self.messages)

    @property
    def permanence_right(self) -> float:
        """The share of recipients whose failure is rightly taken for lasting or passing."""
        return self.permanence[True] / max(1, self.permanence.total())

    @property
    def suppress_right(self) -> float:
        """The share of recipients that are rightly written to again, or not."""
        right = self.suppress[True, True] + self.suppress[False, False]
        return right / max(1, self.suppress.total())

    @property
    def recall(self) -> float:
        """Of those that should not be written to again, the share that is found."""
        found = self.suppress[True, True]
        return found / max(1, found + self.suppress[True, False])

    @property
    def precision(self) -> float:
        """Of those that are found, the share that should not be written to again."""
        found = self.suppress[True, True]
        return found / max(1, found + self.suppress[False, True])

    @property
    def false_bounces(self) -> int:
        """Messages that are no report of a failure and are taken for one."""
        quiet = ("other", "auto-reply", "complaint")
        return sum(self.kinds[kind, read] for kind in quiet for read in ("bounce", "delay"))


def samples(folders: Iterable[str] = ()) -> Iterator[Sample]:
    """Yield the messages of the corpus, or of some of its folders, in their order."""
    chosen = set(folders)
    for path in sorted(CORPUS.glob("*/expected.json")):
        if chosen and path.parent.name not in chosen:
            continue
        for name, row in sorted(json.loads(path.read_text(encoding="utf-8")).items()):
            file = path.parent / name
            told = tuple(row["recipients"])
            yield Sample(f"{path.parent.name}/{name}", file.read_bytes(), row["kind"], told)


def judge(messages: Iterable[Sample]) -> Judgement:
    """Read messages, and count what is right and what is not."""
    found = Judgement()
    for sample in messages:
        _count(found, sample, read_report(sample.data))
    return found


def _count(found: Judgement, sample: Sample, report: Report) -> None:
    wanted = {each["address"].lower(): each for each in sample.recipients}
    read = {each.address.lower(): each for each in report.recipients}
    faults = [] if sample.kind == report.kind else [f"{report.kind}, not {sample.kind}"]
    found.messages += 1
    found.exact += wanted.keys() == read.keys()
    found.kinds[sample.kind, str(report.kind)] += 1
    for address in sorted(wanted.keys() | read.keys()):
        want, told = wanted.get(address), read.get(address)
        if want is None or told is None:
            faults.append(f"{'missed' if want else 'invented'} {address}")
        asked = (bool(want and want["suppress"]), bool(told and told.suppress))
        found.suppress[asked] += 1
        if want and want["permanent"] is not None:
            right = told is not None and told.permanent is want["permanent"]
            found.permanence[right] += 1
            if told and not right:
                faults.append(f"{address}: permanent {told.permanent}")
        words = (
            f"{told.reason}, not {want['reason']}: {told.evidence[:90]}" if want and told else ""
        )
        if words and asked[0] is not asked[1]:
            faults.append(f"{address}: {words}")
        elif want and told and str(told.reason) != want["reason"]:
            found.reasons.append(f"{sample.name}: {words}")
    if faults:
        found.wrong.append(f"{sample.name}: {'; '.join(faults)}")


def lines(found: Judgement) -> Iterator[str]:
    """Yield what was found, for people."""
    yield f"messages {found.messages}, recipients {found.suppress.total()}"
    yield f"recipients exactly right {found.recipients_right:.1%}"
    yield f"permanence right {found.permanence_right:.1%}"
    yield f"suppress right {found.suppress_right:.1%}"
    yield f"suppress: recall {found.recall:.1%}, precision {found.precision:.1%}"
    yield f"taken for a bounce or a delay and none: {found.false_bounces}"
    yield ""
    yield "expected \\ read" + "".join(f"{kind:>12}" for kind in KINDS)
    for kind in KINDS:
        yield f"{kind:<15}" + "".join(f"{found.kinds[kind, read]:>12}" for read in KINDS)
    yield ""
    yield "expected \\ read    suppress       leave"
    for asked, name in ((True, "suppress"), (False, "leave")):
        yield f"{name:<15}" + "".join(
            f"{found.suppress[asked, told]:>12}" for told in (True, False)
        )


def main(words: list[str]) -> None:
    """Print what was found."""
    found = judge(samples(word for word in words if word not in ("-v", "-r")))
    shown = [*lines(found)]
    shown += ["", *found.wrong] if "-v" in words else []
    shown += ["", *found.reasons] if "-r" in words else []
    sys.stdout.write("\n".join(shown) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
