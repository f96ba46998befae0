"""What can be had of a picture: for the mail and the archive, for cards, for print.

What was made once is kept, in this process and, given a folder, on disk: asking again costs
next to nothing.
"""

from collections import OrderedDict
from dataclasses import astuple, dataclass
from pathlib import Path

from PIL import Image

from newsletter.compose.pictures.cache import entry_name, read_entry, write_entry
from newsletter.compose.pictures.drawing import Written, is_drawing, write
from newsletter.compose.pictures.opening import open_picture
from newsletter.compose.pictures.refuse import PictureRefused
from newsletter.model.focus import CENTRE
from newsletter.model.rendering import Picture

WIDTHS = (300, 600, 1200)
"""Once and twice the width of a card (300) and of the widest picture in a mail (600)."""

CARD_SIZE = (1200, 630)
"""What social networks show beside a link."""

_NEAR = 0.8  # a file nearly as wide as the next one is not worth its place
_ENDINGS = {"image/png": "png", "image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class FittedPicture:
    """A picture as it will travel, with its size in pixels."""

    picture: Picture
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PictureSet:
    """One picture at several widths, the narrowest first.

    `moving` says that the editor's file holds more than the one frame that is shown.
    """

    files: tuple[FittedPicture, ...]
    moving: bool

    @property
    def widest(self) -> FittedPicture:
        """The largest of the files."""
        return self.files[-1]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to make of a picture.

    `shape` is width to height of a crop around `focus`; without one the whole picture is taken.
    """

    widths: tuple[int, ...]
    budget: int | None = None
    shape: tuple[int, int] | None = None
    focus: tuple[float, float] = CENTRE


_Made = tuple[bool, tuple[Written, ...]]
_recent: OrderedDict[tuple[Path, int, int, Recipe], _Made] = OrderedDict()
_RECENT = 400


@dataclass(frozen=True, slots=True)
class PictureShelf:
    """Makes pictures, and keeps them below `folder` if it has one.

    Each of its ways raises PictureRefused when the file cannot be used.
    """

    folder: Path | None = None

    def fit(self, path: Path, budget: int) -> PictureSet:
        """Return the picture in `path` at every one of WIDTHS, each in `budget` bytes at most."""
        moving, files = self._make(path, Recipe(WIDTHS, budget))
        return PictureSet(tuple(_fitted(path, file) for file in files), moving)

    def sized(self, path: Path, width: int) -> FittedPicture:
        """Return the whole picture at most `width` wide, for print."""
        return _fitted(path, self._make(path, Recipe((width,)))[1][0])

    def crop(self, path: Path, focus: tuple[float, float], size: tuple[int, int]) -> FittedPicture:
        """Return the part around `focus` in the proportions of `size`, and at most as large.

        `focus` is in fractions of the picture from its left and its top.
        """
        recipe = Recipe((size[0],), shape=size, focus=focus)
        return _fitted(path, self._make(path, recipe)[1][0])

    def _make(self, path: Path, recipe: Recipe) -> _Made:
        try:
            status = path.stat()
            key = (path, status.st_mtime_ns, status.st_size, recipe)
            made = _recent.pop(key, None) or self._from_disk(path.read_bytes(), recipe)
        except OSError as fault:
            message = f"cannot be read: {fault.strerror}"
            raise PictureRefused(message, "see who may read the file") from None
        _recent[key] = made  # the last to be forgotten
        if len(_recent) > _RECENT:
            _recent.popitem(last=False)
        return made

    def _from_disk(self, data: bytes, recipe: Recipe) -> _Made:
        name = entry_name(data, repr(astuple(recipe))) if self.folder else ""
        if self.folder and (kept := read_entry(self.folder, name)):
            return kept
        made = make(data, recipe)
        if self.folder:
            write_entry(self.folder, name, *made)
        return made


def make(data: bytes, recipe: Recipe) -> _Made:
    """Return what `recipe` makes of the picture in `data`; raises PictureRefused."""
    opened = open_picture(data)
    image = _cropped(opened.image, recipe.shape, recipe.focus) if recipe.shape else opened.image
    scaled = [_scaled(image, width) for width in _widths(image.width, recipe.widths)]
    drawing = is_drawing(scaled[-1])
    return opened.moving, tuple(
        write(each, drawing=drawing, budget=recipe.budget) for each in scaled
    )


def _widths(width: int, wanted: tuple[int, ...]) -> list[int]:
    """Return the widths of the files: none is wider than the picture, no two nearly the same."""
    widest = min(width, max(wanted))
    return [*(each for each in wanted if each < _NEAR * widest), widest]


def _scaled(image: Image.Image, width: int) -> Image.Image:
    if image.width == width:
        return image.copy()
    height = max(round(image.height * width / image.width), 1)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _cropped(image: Image.Image, shape: tuple[int, int], focus: tuple[float, float]) -> Image.Image:
    """Return the largest part in the proportions of `shape` that has `focus` near its middle."""
    scale = min(image.width / shape[0], image.height / shape[1])
    width, height = max(round(shape[0] * scale), 1), max(round(shape[1] * scale), 1)
    left = min(max(round(focus[0] * image.width - width / 2), 0), image.width - width)
    top = min(max(round(focus[1] * image.height - height / 2), 0), image.height - height)
    return image.crop((left, top, left + width, top + height))


def _fitted(path: Path, file: Written) -> FittedPicture:
    name = f"{path.stem}.{_ENDINGS[file.content_type]}"
    picture = Picture(name=name, content_type=file.content_type, data=file.data)
    return FittedPicture(picture, file.width, file.height)
