"""Files that no mail can show as a picture: told by their first bytes, refused in clear words."""

from dataclasses import dataclass

READABLE = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif")
"""Endings of the files that are taken; what is inside decides, whatever the name says."""

_SAVE = "open it in a picture program and save it as JPEG (photographs) or PNG (drawings)"
_HEAD = 4096


class PictureRefused(ValueError):
    """A file that cannot be used as a picture: `message` says why, `remedy` how to mend it."""

    def __init__(self, message: str, remedy: str = _SAVE) -> None:
        """Take what follows “the picture … ” in a Finding, and the way out."""
        super().__init__(message)
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class _Foreign:
    """A format that is refused: how people call it, and what to do about it."""

    name: str
    remedy: str = _SAVE


_SVG = _Foreign(
    "a drawing in SVG, which mail programs do not show",
    "export it as PNG, 1200 pixels wide (in Inkscape: File, Export)",
)
_HEIC = _Foreign(
    "an HEIC picture, as an iPhone takes it, which mail programs do not show",
    "export it as JPEG (on a Mac: Preview, File, Export; on Windows: Photos, Save as; "
    "on the phone: Settings, Camera, Formats, Most Compatible)",
)
_TIFF = _Foreign("a TIFF picture")
_PDF = _Foreign("a PDF document", "save its page or its picture as PNG or JPEG")
_RAW = _Foreign("a raw file of a camera", "develop it and save it as JPEG")
_PAGE = _Foreign(
    "a web page and not a picture: most likely the page around it was saved",
    "open the picture itself in the browser, and save that",
)
_VIDEO = _Foreign("a video", "take a still picture from it and save that as JPEG")
_OFFICE = _Foreign(
    "an archive or an office document",
    "save the picture inside it as PNG or JPEG (in Word: right click, Save as Picture)",
)
_POINTER = _Foreign(
    "only the stand-in of a file that Git keeps elsewhere", "fetch the file with: git lfs pull"
)
_JXL = _Foreign("a JPEG XL picture, which mail programs do not show")
_JP2 = _Foreign("a JPEG 2000 picture, which mail programs do not show")

_BY_START: tuple[tuple[bytes, _Foreign], ...] = (
    (b"II*\0", _TIFF),
    (b"MM\0*", _TIFF),
    (b"BM", _Foreign("a BMP picture")),
    (b"%PDF", _PDF),
    (b"%!PS", _Foreign("a PostScript document", _PDF.remedy)),
    (b"8BPS", _Foreign("a Photoshop document")),
    (b"\0\0\1\0", _Foreign("an icon")),
    (b"\xff\x0a", _JXL),
    (b"\0\0\0\x0cJXL ", _JXL),
    (b"\0\0\0\x0cjP  ", _JP2),
    (b"FUJIFILM", _RAW),
    (b"PK\3\4", _OFFICE),
    (b"\xd0\xcf\x11\xe0", _OFFICE),
    (b"version https://git-lfs", _POINTER),
)
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_BY_ENDING: dict[str, _Foreign] = {
    ".svg": _SVG,
    ".svgz": _SVG,
    ".heic": _HEIC,
    ".heif": _HEIC,
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".bmp": _Foreign("a BMP picture"),
    ".pdf": _PDF,
    ".psd": _Foreign("a Photoshop document"),
    ".jxl": _JXL,
    ".jp2": _JP2,
    ".dng": _RAW,
    ".cr2": _RAW,
    ".cr3": _RAW,
    ".nef": _RAW,
    ".arw": _RAW,
    ".mp4": _VIDEO,
    ".mov": _VIDEO,
    ".doc": _OFFICE,
    ".docx": _OFFICE,
    ".zip": _OFFICE,
}


def foreign_ending(ending: str) -> PictureRefused | None:
    """Return how a file with such a name is refused; none when its content has to tell."""
    if ending in READABLE:
        return None
    if found := _BY_ENDING.get(ending):
        return PictureRefused(f"is {found.name}", found.remedy)
    return PictureRefused("is not a PNG, JPEG, GIF, WebP or AVIF picture")


def foreign_content(data: bytes) -> PictureRefused:
    """Return how a file that Pillow cannot open is refused."""
    if not data:
        return PictureRefused("is an empty file", "copy it here once more")
    if _is_readable(data):
        return damaged("only its beginning can be read")
    if found := _foreign(data[:_HEAD]):
        return PictureRefused(f"is {found.name}", found.remedy)
    return PictureRefused("is not a PNG, JPEG, GIF, WebP or AVIF picture, whatever its name says")


def damaged(fault: object) -> PictureRefused:
    """Return how a picture is refused that cannot be read to its end."""
    return PictureRefused(
        f"is damaged or cut off ({fault})", "copy or export it once more from the original"
    )


def _is_readable(data: bytes) -> bool:
    """Whether `data` begins like a picture of a kind that is taken."""
    if data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8")):
        return True
    return data[8:12] == b"WEBP" or data[4:12] in (b"ftypavif", b"ftypavis")


def _foreign(head: bytes) -> _Foreign | None:
    for start, found in _BY_START:
        if head.startswith(start):
            return found
    if head[4:8] == b"ftyp":  # ISO/IEC 14496-12 4.3: size, `ftyp`, major brand
        return _HEIC if head[8:12] in _HEIC_BRANDS else _VIDEO
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return _PAGE
    return _SVG if text.startswith(b"<") and b"<svg" in text else None
