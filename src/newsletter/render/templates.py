"""Fill a theme's Jinja templates with an Edition; the only module that knows Jinja.

Templates are sandboxed and strict: an unknown name is an error at the template's own line, never
an empty place. Data of recipients never comes here; what differs between them is a slot.

Every tag of an MJML template is marked with the place it stands at (`data-at="file:line:column"`),
so that later stages can speak of the template; `render/mjml.py` takes the marks away.
"""

import dataclasses
import re
import textwrap
import traceback
from collections.abc import Callable, Iterator, Mapping, Sized
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

import jinja2
from babel import Locale
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from newsletter.compose.problems import did_you_mean
from newsletter.errors import InputRefused
from newsletter.model import archive
from newsletter.model import edition as variables
from newsletter.model.edition import SLOTS, Edition, EditionStack, Html
from newsletter.model.finding import Finding
from newsletter.model.place import Place
from newsletter.model.theme import Plural
from newsletter.render.mjml import BEGIN_LANGUAGE, END_LANGUAGE
from newsletter.render.theme import Theme

MAX_OUTPUT = 2_000_000
"""Characters one template may write: a loop without end stops here."""

MAX_TURNS = 100_000
"""Turns of loops and calls of macros in one template: a loop that writes nothing stops here."""

_turns: ContextVar[Iterator[int]] = ContextVar("turns")

_JINJA_OR_TAG = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|(?P<tag><[A-Za-z][\w:-]*)(?![\w:-]|\{\{)", re.DOTALL
)


_NO_ATTRIBUTE = re.compile(r"(?P<holder>\w+) object' has no attribute '(?P<name>\w+)'")


@dataclass(frozen=True, slots=True)
class ThemeContext:
    """`theme` in a template: what `theme.yaml` says."""

    name: str
    colours: "Names"


class Names(dict[str, Any]):
    """Words or colours by name, for templates."""


class _MarkTags(Extension):
    """Notes in every tag of an MJML template where it stands."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return `source` with `data-at` in its tags; line numbers do not change."""
        if not name or not (name.endswith(".mjml.j2") or "<mj-" in source):
            return source

        def mark(found: re.Match[str]) -> str:
            if not (tag := found["tag"]):
                return found.group()  # Jinja's own: a tag in there is a piece of data
            line = source.count("\n", 0, found.start()) + 1
            column = found.start() - source.rfind("\n", 0, found.start())
            return f'{tag} data-at="{name}:{line}:{column}"'

        return _JINJA_OR_TAG.sub(mark, source)


class _CountTurns(Extension):
    """Counts the turns of loops and the calls of macros; too many are an error at their place."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield `stream` with a call of the counter where a body begins."""
        before = ""
        repeats = False
        for token in stream:
            yield token
            if before == "block_begin":
                repeats = token.value in ("for", "macro", "block")
            elif repeats and token.type == "block_end":
                repeats = False
                for kind in ("variable_begin", "name", "lparen", "rparen", "variable_end"):
                    yield Token(token.lineno, kind, "count_turn")
            before = token.type


def _count_turn() -> str:
    if next(_turns.get()) > MAX_TURNS:
        raise SecurityError(f"repeats something more than {MAX_TURNS:,} times")
    return ""


def render_template(theme: Theme, template: str, edition: Edition) -> str:
    """Return `template` of `theme` filled with `edition`, slots left open: a part of a mail.

    Raises InputRefused with the place in the template and the lines around it.
    """
    slots = Names({name: f"[[{name}]]" for name in SLOTS})
    return render_page(theme, template, edition.language, {"edition": edition, "slots": slots})


def render_stack(theme: Theme, template: str, stack: EditionStack) -> str:
    """Return `template` of `theme` filled with several editions: a part of one mail.

    `parts` has each edition with the words of the theme in its language and its greeting; a part
    of the theme finds them in `edition` and `strings`, as in a mail of one language.
    """
    parts = [
        (edition, _strings(theme, edition.language), f"[[greeting{'' if number == 1 else number}]]")
        for number, edition in enumerate(stack.editions, start=1)
    ]
    slots = Names({name: f"[[{name}]]" for name in SLOTS if not name.startswith("greeting")})
    context = {"stack": stack, "parts": parts, "slots": slots}
    return render_page(theme, template, stack.language, context)


def render_page(theme: Theme, template: str, language: str, context: Mapping[str, object]) -> str:
    """Return `template` of `theme` filled with `context`; `theme` and `strings` are there too.

    Raises InputRefused with the place in the template and the lines around it.
    """
    words = theme.file.value
    environment = _environment(theme.folder)
    known = {
        "theme": ThemeContext(words.name, Names(words.colours)),
        "strings": _strings(theme, language),
        **context,
    }
    try:
        _turns.set(count())
        pieces: list[str] = []
        length = 0
        for piece in environment.get_template(template).generate(known):
            pieces.append(piece)
            length += len(piece)
            if length > MAX_OUTPUT:
                raise SecurityError(f"writes more than {MAX_OUTPUT:,} characters")
    except jinja2.TemplateError as error:
        raise InputRefused([_finding(theme, template, error)]) from error
    except (
        TypeError,
        ValueError,
        ArithmeticError,
        AttributeError,
        LookupError,
        RuntimeError,
        SyntaxError,  # Python's own limits on nesting
    ) as error:
        raise InputRefused([_finding(theme, template, error)]) from error
    return "".join(pieces)


def fill_page(folder: Path, template: str, context: Mapping[str, object]) -> str:
    """Return a template of the program itself, in `folder`, filled with `context`.

    It is held to the same rules as those of a theme; a fault in it is a fault of the program.
    """
    _turns.set(count())
    return _environment(folder).get_template(template).render(context)


@lru_cache(maxsize=16)
def _environment(folder: Path) -> jinja2.Environment:
    environment = _Box(
        loader=_ConfinedLoader(folder),
        undefined=jinja2.StrictUndefined,
        # select_autoescape does not know the ending .mjml.j2, and would leave escaping off
        autoescape=lambda name: name is None or not name.endswith(".txt.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=[_MarkTags, _CountTurns],
    )
    environment.filters["wrap"] = wrap
    environment.filters["plural"] = plural
    environment.filters["in_language"] = in_language
    environment.globals = {
        name: value for name, value in environment.globals.items() if name in ("range", "namespace")
    }
    environment.globals["count_turn"] = _count_turn
    return environment


class _Box(ImmutableSandboxedEnvironment):
    """A sandbox in which nothing grows without end either."""

    intercepted_binops = frozenset(("*", "**"))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Multiply; refuse what would fill the memory: powers, and long repetitions of a text."""
        for repeated, times in ((left, right), (right, left)):
            if isinstance(repeated, Sized) and isinstance(times, int):
                too_large = len(repeated) * times > MAX_OUTPUT
                break
        else:
            too_large = operator == "**"
        if too_large:
            raise SecurityError(f"`{operator}` makes something too large")
        return super().call_binop(context, operator, left, right)


class _ConfinedLoader(jinja2.FileSystemLoader):
    """Reads templates of one theme and nothing outside its folder, links included."""

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Any]:
        """Return the template; refuse one that lies elsewhere."""
        root = Path(self.searchpath[0]).resolve()
        if not (root / template).resolve().is_relative_to(root):
            raise jinja2.TemplateNotFound(template, f"{template} lies outside the theme")
        try:
            return super().get_source(environment, template)
        except jinja2.TemplateNotFound:
            raise jinja2.TemplateNotFound(template, f"there is no template {template}") from None
        except UnicodeDecodeError as fault:
            raise jinja2.TemplateError(f"{template} is not in UTF-8: {fault.reason}") from fault


def wrap(text: str, width: int = 72, indent: str = "") -> str:
    """Return `text` with every paragraph wrapped at `width` columns and indented.

    Words are never broken, so an address stays whole; a non-breaking space never ends a line.
    """
    wrapped = [
        textwrap.fill(
            line.replace("\u00a0", "\ue000"),
            width=width,
            initial_indent=indent,
            subsequent_indent=indent + ("  " if line.startswith("- ") else ""),
            break_long_words=False,
            break_on_hyphens=False,
        ).replace("\ue000", "\u00a0")
        if line.strip()
        else ""
        for line in str(text).splitlines()
    ]
    return "\n".join(wrapped)


class Forms(dict[str, str]):
    """The plural forms of a text, and the language whose grammar chooses among them."""

    def __init__(self, forms: Plural, language: str) -> None:
        super().__init__(forms)
        self.language = language


def _strings(theme: Theme, language: str) -> Names:
    """Return the words of the theme in `language`, as templates are given them."""
    return Names(
        {
            key: words if isinstance(words, str) else Forms(words, language)
            for key, words in theme.words(language).items()
        }
    )


def plural(forms: Forms | str, number: int) -> str:
    """Return the form of `forms` that goes with `number`, with {n} filled in."""
    if isinstance(forms, str):
        return forms.replace("{n}", str(number))
    chosen = _chooser(forms.language)(number)
    return forms.get(chosen, forms["other"]).replace("{n}", str(number))


@lru_cache(maxsize=16)
def _chooser(language: str) -> Callable[[int], str]:
    return Locale.parse(language, sep="-").plural_form


def in_language(rows: str, edition: Edition) -> Html:
    """Return rows of MJML that are all in the language of `edition`.

    MJML knows no `lang` but that of the page: `render/mjml.py` makes elements of these marks.
    """
    begin = BEGIN_LANGUAGE.format(edition.language, edition.direction)
    return Html(f"\n<mj-raw>{begin}</mj-raw>\n{rows}\n<mj-raw>{END_LANGUAGE}</mj-raw>\n")


def _finding(theme: Theme, template: str, error: Exception) -> Finding:
    name, line = _spot(theme, template, error)
    message, remedy = _words(error)
    return Finding(
        rule="template",
        place=Place(f"{theme.shown}/{name}", line, 1 if line else 0),
        message=f"{message}{_context(theme.folder / name, line)}",
        remedy=remedy,
    )


def _words(error: Exception) -> tuple[str, str]:
    """Return what is wrong and how to mend it; for an unknown name the nearest known one."""
    said = str(error) or type(error).__name__
    found = _NO_ATTRIBUTE.search(said)
    known = (vars(archive) | vars(variables)).get(found["holder"]) if found else None
    if found and dataclasses.is_dataclass(known):
        names = [field.name for field in dataclasses.fields(known)]
        return f"{found['holder']} has no `{found['name']}`", did_you_mean(found["name"], names)
    return said, "correct the template; the reference lists what a template may use"


def _spot(theme: Theme, template: str, error: Exception) -> tuple[str, int]:
    """Return the template and line that `error` speaks of."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.name or template, error.lineno
    folder = str(theme.folder)
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith(folder)
    ]
    if not frames:
        return template, 0
    return Path(frames[-1].filename).relative_to(theme.folder).as_posix(), frames[-1].lineno or 0


def _context(path: Path, line: int) -> str:
    """Return the line and its neighbours, as an editor shows them."""
    if not line or not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    first = max(line - 1, 1)
    shown = [
        f"\n  {'>' if number == line else ' '} {number:4} | {lines[number - 1]}"
        for number in range(first, min(line + 1, len(lines)) + 1)
    ]
    return "".join(shown) + "\n "
