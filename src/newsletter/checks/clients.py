"""Which mail programs do not know what a mail makes use of, by the data of caniemail.com.

Only what a theme's own files write counts: what MJML adds is meant for old programs and is no
business of ours. In a foreign file everything counts. The data lie in `data/`, with their date and
licence; `tools/caniemail.py` renews them.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from newsletter.checks.checked import Checked
from newsletter.checks.features import (
    features_of_css,
    features_of_page,
    features_of_style,
    picture_feature,
)
from newsletter.checks.mail import Found, Mail
from newsletter.checks.page import read_page
from newsletter.checks.rule import rule
from newsletter.compose.problems import did_you_mean
from newsletter.model.finding import Severity
from newsletter.model.place import Place
from newsletter.render.theme import Theme

USUAL = (
    "gmail-desktop-webmail",
    "gmail-ios",
    "gmail-android",
    "outlook-windows",
    "outlook-outlook-com",
    "outlook-macos",
    "outlook-ios",
    "outlook-android",
    "apple-mail",
    "yahoo",
    "mail-ru",
    "samsung-email",
)
"""The programs that count when an office names none: those of today that many readers have."""
_PAGE = "https://www.caniemail.com/features/"
_INLINED = "inline.css"
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_MJ_TAG = re.compile(r"</?mj[a-z-]*(?:\"[^\"]*\"|'[^']*'|[^\"'>])*>")
_MJ_STYLE = re.compile(r"<mj-style\b.*?</mj-style>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature of CSS or HTML, or a format of pictures, and the programs without it."""

    slug: str
    title: str
    lacking: frozenset[str]


@dataclass(frozen=True, slots=True)
class Support:
    """What mail programs know; programs are named `family.platform`."""

    updated: str
    package: str
    families: Mapping[str, str]
    platforms: Mapping[str, str]
    features: Mapping[str, Feature]
    programs: frozenset[str]

    @property
    def names(self) -> tuple[str, ...]:
        """How an office may call programs: a family, or a family and a platform."""
        exact = sorted(name.replace(".", "-") for name in self.programs)
        return tuple(dict.fromkeys((*self.families, *exact)))

    def chosen(self, names: Sequence[str]) -> frozenset[str]:
        """Return the programs that `names` mean; the usual ones when there are none."""
        wanted = set(names or USUAL)
        return frozenset(
            program
            for program in self.programs
            if program.partition(".")[0] in wanted or program.replace(".", "-") in wanted
        )

    def without(self, feature: Feature, chosen: frozenset[str]) -> str:
        """Return in words which of the `chosen` programs lack a feature, by families."""
        lacking = feature.lacking & chosen
        said: list[str] = []
        for family, words in self.families.items():
            has = sorted(each for each in chosen if each.startswith(f"{family}."))
            lacks = [each for each in has if each in lacking]
            if lacks and len(lacks) == len(has):
                said.append(words)
            elif lacks:
                platforms = (self.platforms[each.partition(".")[2]] for each in lacks)
                said.append(f"{words} ({', '.join(platforms)})")
        return ", ".join(said)


@lru_cache(maxsize=1)
def support() -> Support:
    """Return what is known of mail programs."""
    text = files("newsletter.checks").joinpath("data/caniemail.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    features = {
        slug: Feature(slug, each["title"], frozenset(each["lacking"].split()))
        for slug, each in data["features"].items()
    }
    both = (f"{each['lacking']} {each['partly']}".split() for each in data["features"].values())
    return Support(
        updated=data["updated"],
        package=data["package"],
        families=data["families"],
        platforms=data["platforms"],
        features=features,
        programs=frozenset(name for names in both for name in names),
    )


@rule(
    "client-support",
    Severity.NOTE,
    title="The usual mail programs know what the theme makes use of",
    source="caniemail.com; the date of the data stands in checks/data/caniemail.json",
    mend="see that the mail reads well without it",
    mail_only=True,
)
def client_support(checked: Checked) -> Iterator[Found]:
    """Mail programs know less CSS and HTML than browsers, and each something else.

    The mail should read well where a feature is missing; most are there to make it better where
    it is not. Which programs count is said by `checks: clients:` in newsletter.yaml. Only the
    theme's own CSS and HTML is looked at, and the formats of pictures.
    """
    if checked.theme is None:
        return
    spots = features_of_theme(checked.theme)
    for mail in checked.mails.values():
        for image in mail.page.all("img"):
            picture = mail.pictures.get(image.get("src", ""))
            if picture:
                spots.setdefault(picture_feature(picture.content_type), mail.place(image))
    names = checked.composition.office.settings.checks.clients
    yield from lacking(spots, names)


@rule(
    "client-names",
    Severity.ERROR,
    title="The mail programs named in the settings are known",
    source="caniemail.com",
    mend="write a name from caniemail.com, such as gmail, outlook-windows or mail-ru",
    mail_only=True,
)
def client_names(checked: Checked) -> Iterator[Found]:
    """A name that is wrong would mean that nobody looks at that program."""
    known = support().names
    for number, name in enumerate(checked.composition.office.settings.checks.clients):
        if name not in known:
            place = checked.settings_place("checks", "clients", number)
            yield Found(place, f"there is no mail program “{name}”", did_you_mean(name, known))


def lacking_in(mail: Mail, names: Sequence[str] = ()) -> Iterator[Found]:
    """Yield what programs lack of everything that a foreign mail makes use of."""
    known, page = support().features, mail.page
    spots: dict[str, Place] = {}
    for slug, (line, column) in features_of_page(page, known).items():
        element = next(each for each in page.elements if page.places[each] == (line, column))
        spots[slug] = mail.place(element)
    for element in page.elements:
        css = element.get("style", "")
        used = features_of_style(css, known) if css else frozenset()
        if element.tag == "style":
            used |= set(_of_sheet(element.text or "", inlined=False))
        for slug in sorted(used - spots.keys()):
            spots[slug] = mail.place(element)
    yield from lacking(spots, names)


def lacking(spots: Mapping[str, Place], names: Sequence[str]) -> Iterator[Found]:
    """Yield for each group of programs the features that they lack."""
    table = support()
    chosen = table.chosen(names)
    groups: dict[str, list[tuple[Place, Feature]]] = {}
    for slug in sorted(spots):
        feature = table.features.get(slug)
        if feature and (programs := table.without(feature, chosen)):
            groups.setdefault(programs, []).append((spots[slug], feature))
    for programs, found in groups.items():
        found.sort(key=lambda each: each[0])
        first, others = found[0], found[1:]
        more = ", ".join(f"{each.title} ({_short(place)})" for place, each in others)
        yield Found(
            first[0],
            f"{programs}: no {first[1].title}" + (f"; nor {more}" if more else ""),
            f"see that the mail reads well without; {_PAGE}{first[1].slug}/",
        )


def _short(place: Place) -> str:
    return f"{place.file.rpartition('/')[2]}:{place.line}"


def features_of_theme(theme: Theme) -> dict[str, Place]:
    """Return what the files of a theme make use of, and where first."""
    spots: dict[str, Place] = {}
    for path in sorted(theme.folder.glob("*.css")):
        shown = f"{theme.shown}/{path.name}"
        css = path.read_text("utf-8", errors="replace")
        for slug, at in _of_sheet(css, inlined=path.name == _INLINED).items():
            spots.setdefault(slug, Place(shown, *at))
    for path in sorted(theme.folder.rglob("*.mjml.j2")):
        shown = f"{theme.shown}/{path.relative_to(theme.folder).as_posix()}"
        template = path.read_text("utf-8", errors="replace")
        for slug, at in _of_template(template).items():
            spots.setdefault(slug, Place(shown, *at))
    return spots


@lru_cache(maxsize=64)
def _of_sheet(css: str, *, inlined: bool) -> dict[str, tuple[int, int]]:
    """Return what a style sheet uses; Jinja and MJML in it are blanked, so that places hold."""
    bare = _MJ_TAG.sub(_blank, _JINJA.sub(_blank, css))
    return features_of_css(bare, support().features, inlined=inlined)


@lru_cache(maxsize=128)
def _of_template(template: str) -> dict[str, tuple[int, int]]:
    """Return what the HTML and the styles in a template use; MJML's own tags are not looked at."""
    known = support().features
    bare = _JINJA.sub(_blank, template)
    page = read_page(_MJ_TAG.sub(_blank, _MJ_STYLE.sub(_blank, bare)))
    spots = features_of_page(page, known)
    for element in page.elements:
        if css := element.get("style", ""):
            for slug in features_of_style(css, known):
                spots.setdefault(slug, page.places[element])
    return spots


def _blank(found: re.Match[str]) -> str:
    """Return as much white space as was found, with its line ends."""
    return re.sub(r"[^\n]", " ", found[0])
