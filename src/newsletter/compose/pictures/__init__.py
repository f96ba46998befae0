"""Make pictures fit for a mail, the archive and print; the only room that knows Pillow.

    refuse    what cannot be used, told from its first bytes, and in which words it is refused
    opening   any file -> upright, in screen colours, without hidden data
    drawing   picture -> PNG or JPEG, whichever its content asks for, within so many bytes
    shelf     the way through all three, and what was made before: in this process and on disk

The same file gives the same bytes, wherever and whenever it is made.
"""

from newsletter.compose.pictures.refuse import PictureRefused
from newsletter.compose.pictures.shelf import (
    CARD_SIZE,
    WIDTHS,
    FittedPicture,
    PictureSet,
    PictureShelf,
)

__all__ = [
    "CARD_SIZE",
    "WIDTHS",
    "FittedPicture",
    "PictureRefused",
    "PictureSet",
    "PictureShelf",
]
