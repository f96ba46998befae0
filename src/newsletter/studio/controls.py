"""The switches of an issue's page: a form, so that they work by keyboard and without a script."""

from collections.abc import Mapping, Sequence

from newsletter.languages import SEVERAL
from newsletter.model.edition import Html
from newsletter.model.finding import Severity
from newsletter.studio.choice import LINES, PICTURES, USES, VIEWS, WIDTHS, Choice
from newsletter.studio.findings import count_of
from newsletter.studio.live import Look
from newsletter.studio.markup import el
from newsletter.studio.readers import Reader, sample_readers

SCHEME_NAMES = {
    "light": "Light",
    "dark": "Dark",
    "partial": "Forced, in part",
    "full": "Forced, in full",
}
_HINTS = {
    "partial": "What Outlook.com, Outlook on phones and Gmail on Android make of a light mail",
    "full": "What Gmail on iPhones and Outlook on Windows make of a light mail",
}


def controls(
    look: Look, choice: Choice, found: Sequence[Reader] = (), *, people: bool, still: bool = False
) -> Html:
    """Return the switches; `found` are the subscribers that were searched for.

    A `still` page has all views in it and no readers to choose from; its script needs every switch.
    """
    editions = {key: edition.name for key, edition in look.shown.editions.items()}
    every = {"": "Both" if len(editions) == 2 else "All", **editions}
    groups = {
        "view": (VIEWS, choice.view, "View"),
        "edition": (every if len(editions) > 1 else {}, choice.edition, "Edition"),
        "width": (
            {name: f"{name.capitalize()} {pixels}" for name, pixels in WIDTHS.items()},
            choice.width,
            "Width",
        ),
        "scheme": (SCHEME_NAMES, choice.scheme, "Colours"),
        "pictures": (PICTURES, choice.pictures, "Pictures"),
        "lines": (LINES, choice.lines, "Lines"),
    }
    used = {"view", "edition"} | USES[choice.view]
    return el(
        "form",
        *(
            _radios(name, options, (chosen, title))
            if still or name in used
            else el("input", type="hidden", name=name, value=chosen)
            for name, (options, chosen, title) in groups.items()
            if options
        ),
        *([] if still else [_readers(look, choice, found, people=people)]),
        "" if still else el("noscript", el("button", "Show")),
        _error_badge(look),
        id="controls",
        class_="bar",
        aria_label="How to show the mail",
    )


def _radios(name: str, options: Mapping[str, str], said: tuple[str, str]) -> Html:
    chosen, title = said
    choices = (
        el(
            "label",
            el("input", type="radio", name=name, value=value, checked=value == chosen),
            el("span", words, lang=_language(name, value)),
            title=_HINTS.get(value, False),
        )
        for value, words in options.items()
    )
    return el(
        "fieldset",
        el("legend", title),
        el("div", *choices, class_="switch"),
        id=f"choose-{name}",
        data_views=" ".join(view for view in VIEWS if name in USES[view] | {"view", "edition"}),
    )


def _language(name: str, value: str) -> str:
    return value if name == "edition" and value not in ("", SEVERAL) else "en"


def _readers(look: Look, choice: Choice, found: Sequence[Reader], *, people: bool) -> Html:
    """Return the choice of the reader, hidden where it changes nothing."""
    if "reader" not in USES[choice.view]:
        return el("input", type="hidden", name="reader", value=choice.reader.key)
    samples = sample_readers(look.shown.languages)
    known = {each.key for each in (*samples, *found)}
    others = list(found) if choice.reader.key in known else [choice.reader, *found]
    return el(
        "div",
        el("label", "Reader", for_="reader"),
        el(
            "select",
            _options("Invented", samples, choice.reader),
            _options("Subscribers", others, choice.reader) if others else "",
            name="reader",
            id="reader",
        ),
        el(
            "input",
            type="search",
            name="who",
            value=choice.who,
            placeholder="Find a subscriber",
            aria_label="Find a subscriber by name or address",
            autocomplete="off",
        )
        if people
        else "",
        el("span", _found_words(choice, found), class_="muted", role="status") if people else "",
        class_="reader",
        id="choose-reader",
    )


def _options(label: str, readers: Sequence[Reader], chosen: Reader) -> Html:
    options = (
        el("option", each.label, value=each.key, selected=each.key == chosen.key)
        for each in readers
    )
    return el("optgroup", *options, label=label)


def _found_words(choice: Choice, found: Sequence[Reader]) -> str:
    if not choice.who:
        return ""
    return f"{len(found)} found" if found else "nobody found"


def _error_badge(look: Look) -> Html:
    """Return the number of errors for the bar, which stays in sight."""
    count = len(look.draft.of(Severity.ERROR))
    if not count:
        return Html()
    return el("a", count_of(Severity.ERROR, count), href="#findings", class_="badge error")
