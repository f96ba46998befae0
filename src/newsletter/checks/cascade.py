"""What each element of a mail looks like: the cascade of CSS, reckoned without a browser.

    the browser's own rules < old attributes < style sheets < style attribute < !important of both

Selectors are matched once for a page; each way of looking at it (a Look) only picks among the
rules that fit and follows inheritance. Layout is not reckoned: a text is taken to stand on the
ground of the elements around it. Tests hold the result against Chromium, text by text.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from xml.etree.ElementTree import Element

from newsletter.checks.defaults import OWN, from_attributes
from newsletter.checks.media import Screen, applies
from newsletter.checks.page import Page, read_page
from newsletter.checks.sheets import SheetRule, matched_rules
from newsletter.checks.styles import Block, Images, Size, Value, Word, read_style
from newsletter.render.colours import BLACK, WHITE, Colour, attribute_colour
from newsletter.render.forced_dark import Manner

CLEAR = Colour(0, 0, 0, 0)
_DARK_CANVAS = Colour(18 / 255, 18 / 255, 18 / 255)
_LINKS = {False: Colour(0, 0, 238 / 255), True: Colour(158 / 255, 158 / 255, 1)}
_MEDIUM = 16.0
_NO_IMAGES = Images()
_SCREEN = Screen()


@dataclass(frozen=True, slots=True)
class Look:
    """A way of looking at a mail.

    `outlook`: the mail is darkened by Outlook, which wakes rules for `[data-ogsc]`. `manner`: a
    program makes it dark by itself.
    """

    name: str
    screen: Screen = _SCREEN
    outlook: bool = False
    manner: Manner | None = None


@dataclass(frozen=True, slots=True)
class Style:
    """How an element looks.

    `colour` is None when nothing but a browser can tell. `grounds` are the opaque colours that a
    text in it may stand on: several on a gradient, none when nobody can tell; `picture` says that
    a picture lies over them. `hidden` says why nobody sees the element; empty when it is seen.
    """

    colour: Colour | None = BLACK
    background: Colour = CLEAR
    grounds: tuple[Colour, ...] = (WHITE,)
    picture: bool = False
    size: float = _MEDIUM
    weight: float = 400.0
    opacity: float = 1.0
    visible: bool = True
    hidden: str = ""
    dark: bool = False

    @property
    def large(self) -> bool:
        """Whether letters are large: 18 points, or 14 in bold (WCAG 2.2, large scale)."""
        return self.size >= 24 or (self.size >= 14 * 96 / 72 and self.weight >= 700)


@dataclass(frozen=True, slots=True, eq=False)
class _Recipe:
    """All that is set for an element, the weakest first; shared by elements that have the same."""

    own: Block
    attributes: Block
    rules: tuple[SheetRule, ...]
    inline: Block


class Cascade:
    """The styles of one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._schemes = _schemes_said(page)
        self._recipes = list(_recipes(page))

    def styles(self, look: Look) -> Mapping[Element, Style]:
        """Return how each element looks."""
        return _Resolver(look, self._schemes).run(self.page, self._recipes)

    def has_rules_for_outlook(self) -> bool:
        """Whether a rule asks for the marks that Outlook puts on what it darkens."""
        return any(rule.outlook for _, recipe in self._recipes for rule in recipe.rules)


@lru_cache(maxsize=6)
def cascade_of(html: str) -> Cascade:
    """Return the cascade of a page; the last few are remembered."""
    return Cascade(read_page(html))


def _recipes(page: Page) -> Iterable[tuple[Element, _Recipe]]:
    matched = matched_rules(page)
    link = next((attribute_colour(each.get("link", "")) for each in page.all("body")), None)
    known: dict[tuple[str, Block, tuple[SheetRule, ...], str], _Recipe] = {}
    for element in page.elements:
        tag = element.tag
        key = (
            tag if tag in OWN else "",
            from_attributes(element, link) if element.attrib else (),
            matched.get(element, ()),
            element.get("style", ""),
        )
        recipe = known.get(key)
        if recipe is None:
            recipe = _Recipe(OWN.get(tag, ()), key[1], key[2], read_style(key[3]))
            known[key] = recipe
        yield element, recipe


def _schemes_said(page: Page) -> str:
    """Return what the page's own <meta name="color-scheme"> says."""
    for meta in page.all("meta"):
        if meta.get("name", "").strip().lower() == "color-scheme":
            return meta.get("content", "").lower()
    return ""


class _Resolver:
    """Resolves the styles of one page for one Look; equal cases are resolved once."""

    def __init__(self, look: Look, schemes: str) -> None:
        self._look = look
        self._schemes = schemes
        self._root_size = _MEDIUM
        self._winners: dict[_Recipe, dict[str, Value]] = {}
        self._done: dict[tuple[_Recipe, int], Style] = {}
        self._same: dict[Style, Style] = {}  # equal styles are one object, so `id` may be a key

    def run(
        self, page: Page, recipes: Iterable[tuple[Element, _Recipe]]
    ) -> Mapping[Element, Style]:
        styles: dict[Element, Style] = {}
        canvas: Style | None = None
        parents = page.parents
        for element, recipe in recipes:
            if canvas is None:
                canvas = self._canvas(recipe if element is page.root else None)
            parent = styles.get(parents[element]) if element in parents else None
            key = (recipe, id(parent or canvas))
            style = self._done.get(key)
            if style is None:
                style = self._style(self._winning(recipe), parent or canvas)
                style = self._done[key] = self._same.setdefault(style, style)
                if element is page.root:
                    self._root_size = style.size
            styles[element] = style
        return styles

    def _canvas(self, root: _Recipe | None) -> Style:
        """Return what lies under the whole page: light, or dark if the page may be."""
        said = self._winning(root).get("color-scheme", self._schemes) if root else self._schemes
        schemes = said.split() if isinstance(said, str) else []
        can_be_light = "light" in schemes or "dark" not in schemes
        dark = self._look.manner is not None or (
            "dark" in schemes and (self._look.screen.dark is True or not can_be_light)
        )
        if not dark:
            return Style()
        return Style(colour=WHITE, grounds=(_DARK_CANVAS,), dark=True)

    def _winning(self, recipe: _Recipe) -> dict[str, Value]:
        """Return the values that win among all that are set for an element."""
        known = self._winners.get(recipe)
        if known is not None:
            return known
        look = self._look
        fitting = [
            rule.block
            for rule in recipe.rules
            if (look.outlook or not rule.outlook)
            and all(applies(query, look.screen) for query in rule.media)
        ]
        values = {name: value for name, value, _ in recipe.own}
        values |= {name: self._painted(name, value) for name, value, _ in recipe.attributes}
        for wanted in (False, True):
            for block in (*fitting, recipe.inline):
                for name, value, important in block:
                    if important is wanted:
                        values[name] = self._painted(name, value)
        self._winners[recipe] = values
        return values

    def _painted(self, name: str, value: Value) -> Value:
        """Return a value as a program that makes mails dark turns it."""
        manner = self._look.manner
        if manner is None:
            return value
        if isinstance(value, Colour):
            return manner.text(value) if name == "color" else manner.ground(value)
        if isinstance(value, Images):
            return Images(value.picture, tuple(manner.ground(stop) for stop in value.stops))
        return value

    def _style(self, values: Mapping[str, Value], parent: Style) -> Style:
        """Return the style of an element with these winning values, inside `parent`."""
        if not values:  # most cells and rows of a layout set nothing at all
            return parent if parent.background == CLEAR else replace(parent, background=CLEAR)
        colour = self._colour(values.get("color"), parent)
        opacity = parent.opacity * _number(values.get("opacity"), 1.0)
        visible = values.get("visibility", "visible" if parent.visible else "hidden") == "visible"
        size = self._size(values.get("font-size"), parent)
        background = self._background(values.get("background-color"), colour, parent)
        images = values.get("background-image", _NO_IMAGES)
        images = images if isinstance(images, Images) else Images(picture=True)
        grounds, picture = _grounds(background, images, opacity, parent)
        return Style(
            colour=colour,
            background=background or CLEAR,
            grounds=grounds,
            picture=picture,
            size=size,
            weight=_weight(values.get("font-weight"), parent.weight),
            opacity=opacity,
            visible=visible,
            hidden=parent.hidden or _hidden(values, opacity),
            dark=parent.dark,
        )

    def _colour(self, value: Value | None, parent: Style) -> Colour | None:
        if isinstance(value, Colour):
            return value
        if value is Word.LINK:
            return _LINKS[parent.dark]
        if value is Word.INITIAL:
            return WHITE if parent.dark else BLACK
        return None if value is Word.UNKNOWN else parent.colour

    def _background(
        self, value: Value | None, colour: Colour | None, parent: Style
    ) -> Colour | None:
        """Return the colour of an element's own ground; None when nobody can tell."""
        if isinstance(value, Colour):
            return value
        if value is Word.CURRENT:
            return colour
        if value is Word.INHERIT:
            return parent.background
        return None if value is Word.UNKNOWN else CLEAR

    def _size(self, value: Value | None, parent: Style) -> float:
        if isinstance(value, Size):
            base = {"em": parent.size, "rem": self._root_size, "vw": self._look.screen.width / 100}
            return value.number * base.get(value.unit, 1.0)
        return _MEDIUM if value is Word.INITIAL else parent.size


def _number(value: Value | None, otherwise: float) -> float:
    return value if isinstance(value, float) else otherwise


def _weight(value: Value | None, parent: float) -> float:
    """Return the weight of letters; the steps of bolder and lighter are those of CSS Fonts 4."""
    if value == "bolder":
        return 400.0 if parent < 350 else 700.0 if parent < 550 else max(parent, 900.0)
    if value == "lighter":
        return 100.0 if parent < 550 else 400.0 if parent < 750 else 700.0
    return 400.0 if value is Word.INITIAL else _number(value, parent)


def _grounds(
    background: Colour | None, images: Images, opacity: float, parent: Style
) -> tuple[tuple[Colour, ...], bool]:
    """Return the grounds inside an element, and whether a picture lies over them."""
    if background is None:
        return (), parent.picture or images.picture
    grounds, picture = parent.grounds, parent.picture
    if background.alpha > 0:
        layer = background.faded(opacity)
        if layer.alpha >= 1:
            grounds, picture = (layer,), False
        else:
            grounds = tuple(dict.fromkeys(layer.over(ground) for ground in grounds))
    if images.stops:
        stops = [stop.faded(opacity) for stop in images.stops]
        grounds = tuple(dict.fromkeys(stop.over(under) for stop in stops for under in grounds))
    return grounds, picture or images.picture


def _hidden(values: Mapping[str, Value], opacity: float) -> str:
    """Return why an element and all in it are not seen; empty when they are."""
    if values.get("display") == "none":
        return "display: none"
    if opacity == 0:
        return "opacity: 0"
    if str(values.get("overflow", "")).startswith(("hidden", "clip")):
        for name in ("max-height", "height", "max-width", "width"):
            if values.get(name) is True:
                return f"{name}: 0"
    return ""
