"""What goes to a translator and comes back: units of one language, whatever the format of the file.

A unit is one field, a story with all its paragraphs included: a translator may set paragraphs as
the language wants them. Lines inside a paragraph are joined on the way out. The source travels with
every unit and comes back with it; that is how a source that changed meanwhile is found out. So does
a label, with the language and a fingerprint of the translation that went out: that is how one that
was corrected here meanwhile is found out, or a file that says another language than its own.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from newsletter.compose.markdown import rich_text
from newsletter.model.translating import FieldState, State, fingerprint

_NEW_LINE = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:\s|$)|\s*$")
_LABEL = re.compile(r"(?P<language>[A-Za-z][\w-]*) (?P<target>[0-9a-f]{16})")
_HARD_BREAK = re.compile(r"(?: {2,}|\\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One field on its way: the words, how far they are, and what the translator should know."""

    id: str
    source: str
    target: str = ""
    state: State = State.MISSING
    place: str = ""
    notes: tuple[str, ...] = ()
    finished: bool = True
    """Of what came back: whether the translator says that it is done."""
    unsure: bool = False
    """Of what came back: whether the translator says not to be sure of it."""
    fault: str = ""
    """Of what came back: why the unit cannot be used."""
    label: str = ""
    """Of what came back: what it said of itself on the way out; empty if that was lost."""

    @property
    def went_out(self) -> str:
        """The fingerprint of the translation that went out; empty when nobody knows."""
        found = _LABEL.fullmatch(self.label)
        return found["target"] if found else ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Units from one language into another."""

    source_language: str
    language: str
    units: tuple[Unit, ...]
    sent: int = 0
    """Of what came back: how many units went out; 0 when the file does not say."""

    @property
    def other_language(self) -> str:
        """The language for which a unit went out, if that is another; empty if all is well."""
        found = (_LABEL.fullmatch(unit.label) for unit in self.units)
        languages = (each["language"] for each in found if each)
        return next((each for each in languages if each != self.language), "")


def label_of(unit: Unit, language: str) -> str:
    """Return what a unit says of itself on its way out."""
    return f"{language} {fingerprint(unit.target)}"


def units_of(states: Iterable[FieldState]) -> tuple[Unit, ...]:
    """Return the units of these fields, as a translator gets them."""
    return tuple(_unit(state) for state in states if state.source)


def _unit(state: FieldState) -> Unit:
    address = state.path[-1] == "url"
    target = state.target or (state.source if address else "")
    return Unit(
        id=state.id,
        source=unwrapped(state.source) if state.prose else state.source,
        target=unwrapped(target) if state.prose else target,
        state=state.state,
        place=str(state.source_place),
        notes=tuple(_notes(state, address=address)),
    )


def _notes(state: FieldState, *, address: bool) -> Iterable[str]:
    yield f"{state.field} of {state.owner}"
    if address:
        yield f"Address of the page in {state.language}; leave it as it is if there is none."
    elif state.prose:
        yield "Markdown: keep **bold**, *italic* and the addresses in [words](address)."
    elif state.path[-1] == "footnote":
        yield "One line of Markdown: keep the addresses in [words](address)."
    if state.state is State.STALE:
        yield "The source was changed after this translation was made."
    for difference in state.differences:
        yield f"To be looked at: {difference}"


def unwrapped(text: str) -> str:
    """Return Markdown with the lines of each paragraph joined, where that changes nothing."""
    lines: list[str] = []
    for line in text.strip().split("\n"):
        starts = not lines or not lines[-1].strip() or _NEW_LINE.match(line)
        if starts or _HARD_BREAK.search(lines[-1]):
            lines.append(line)
        else:
            lines[-1] = f"{lines[-1]} {line.strip()}"
    joined = "\n".join(lines)
    return joined if _looks_the_same(joined, text) else text.strip()


def _looks_the_same(one: str, other: str) -> bool:
    html = [re.sub(r"\s+", " ", rich_text(each, list).html) for each in (one, other)]
    return html[0] == html[1]
