"""Draw the card of an Edition: what social networks show beside a link to it.

The picture of the lead story above, the band of the masthead below with number and headline. The
letters come from the theme's own font; a theme without one has a card without words, for the
fonts of a system differ and the same workspace has to give the same bytes. Title, summary and
the words of the card stand in the page as text in any case.
"""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from PIL import Image, ImageColor, ImageDraw, ImageFont

from newsletter.compose.pictures import CARD_SIZE, PictureShelf
from newsletter.model.edition import EditionImage
from newsletter.render.theme import Theme

_BAND = 258
_MARGIN = 64
_RULE = (64, 6)
_SIZES = (50, 44, 38, 34)
_LARGE_SIZES = (76, 66, 58)
_SMALL_LINE = 34
_GAP = 14
_LINE = 1.22
_PALETTE = {"band": "#222222", "band_text": "#ffffff", "band_muted": "#dddddd", "gold": "#ffffff"}


def draw_card(
    theme: Theme,
    font: Path | None,
    words: tuple[str, str],
    picture: tuple[PictureShelf, Path, EditionImage] | None,
) -> bytes:
    """Return a card as JPEG; `words` are the small line and the headline."""
    colours = _PALETTE | dict(theme.file.value.colours)
    width, height = CARD_SIZE
    card = Image.new("RGB", CARD_SIZE, colours["band"])
    top = 0
    if picture:
        top = height - _BAND
        card.paste(_crop(*picture, (width, top)), (0, 0))
    draw = ImageDraw.Draw(card)
    if font:
        _write(draw, font, words, colours, top)
    else:
        middle = top + (height - top - _RULE[1]) // 2
        _rule(draw, colours["gold"], middle)
    stream = io.BytesIO()
    card.save(stream, "JPEG", quality=86, optimize=True, progressive=True, subsampling=0)
    return stream.getvalue()


def _crop(
    shelf: PictureShelf, path: Path, image: EditionImage, size: tuple[int, int]
) -> Image.Image:
    fitted = shelf.crop(path, image.focus, size)
    with Image.open(io.BytesIO(fitted.picture.data)) as opened:
        upright = opened.convert("RGBA")
    paper = Image.new("RGBA", upright.size, "white")  # what a drawing leaves open is paper
    paper.alpha_composite(upright)
    return paper.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _write(
    draw: ImageDraw.ImageDraw,
    font: Path,
    words: tuple[str, str],
    colours: Mapping[str, str],
    top: int,
) -> None:
    """Write the small line and the headline in the middle of what is below `top`."""
    width, height = CARD_SIZE
    above = _RULE[1] + 2 * _GAP + _SMALL_LINE
    sizes = _SIZES if top else (*_LARGE_SIZES, *_SIZES)
    title, lines = _set(words[1], font, sizes, (width - 2 * _MARGIN, height - top - above - 68))
    step = round(title.size * _LINE)
    y = top + (height - top - above - len(lines) * step) // 2
    _rule(draw, colours["gold"], y)
    y += _RULE[1] + _GAP
    draw.text((_MARGIN, y), words[0], font=_font(font, 28), fill=colours["band_muted"])
    y += _SMALL_LINE + _GAP
    for line in lines:
        draw.text((_MARGIN, y), line, font=title, fill=colours["band_text"])
        y += step


def _set(
    text: str, font: Path, sizes: Iterable[int], room: tuple[int, int]
) -> tuple[ImageFont.FreeTypeFont, list[str]]:
    """Return letters and lines for `text`: as large as they fit into `room`, else shortened."""
    width, height = room
    letters, lines, most = _font(font, min(sizes)), [text], 1
    for size in sizes:
        letters = _font(font, size)
        lines = _lines(text, letters, width)
        most = height // round(size * _LINE)
        if len(lines) <= most:
            return letters, lines
    return letters, _shortened(lines, most, letters, width)


def _rule(draw: ImageDraw.ImageDraw, colour: str, y: int) -> None:
    draw.rectangle(
        (_MARGIN, y, _MARGIN + _RULE[0], y + _RULE[1] - 1), fill=ImageColor.getrgb(colour)
    )


def _font(path: Path, size: int) -> ImageFont.FreeTypeFont:
    # The layout of Raqm depends on what the system has; the basic one is the same everywhere.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def _lines(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Return `text` in lines no wider than `width`; a non-breaking space never ends one."""
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return lines


def _shortened(lines: list[str], most: int, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """Return the first lines, with an ellipsis where the rest is cut."""
    last = lines[most - 1]
    while font.getlength(f"{last}…") > width and " " in last:
        last = last.rpartition(" ")[0]
    return [*lines[: most - 1], f"{last.rstrip(' ,;:–—')}…"]
