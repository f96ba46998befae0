"""Draws the pictures of the sample issues: each SVG of this folder becomes a PNG in issues/images/.

Order: Chromium draws the SVG at its own size (twice the size shown in a mail), Pillow reduces it
to as many colours as fit into the budget of bytes. A drawing that does not fit even with the
fewest colours, or a Chromium that is missing or fails, ends the run with one line.

    python tools/drawings/draw.py               all pictures
    python tools/drawings/draw.py school scales      some of them
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image

HERE = Path(__file__).resolve().parent
IMAGES = HERE.parents[1] / "issues" / "images"
BUDGET = 40 * 1024
"""Bytes for one picture: nine of them in a message are a third of a megabyte at most."""
PALETTES = (256, 192, 160, 128, 112, 96, 80, 64, 48)
ATTEMPTS = 4
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--default-background-color=00000000",
)


def browser() -> str:
    """Return the path of a Chromium."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    sys.exit(f"draw.py: no Chromium found (looked for {', '.join(BROWSERS)}); install one")


def size_of(drawing: Path) -> tuple[int, int]:
    """Return the width and height that a drawing states of itself."""
    root = ElementTree.parse(drawing).getroot()  # noqa: S314 - our own files
    return int(root.attrib["width"]), int(root.attrib["height"])


def screenshot(drawing: Path, chromium: str) -> Image.Image:
    """Let Chromium draw an SVG, until two shots agree: one alone may lack a part of the surface."""
    before = shot(drawing, chromium)
    for _ in range(ATTEMPTS):
        again = shot(drawing, chromium)
        if again.tobytes() == before.tobytes():
            return again
        before = again
    sys.exit(f"draw.py: {drawing.name} came out differently {ATTEMPTS + 1} times")


def shot(drawing: Path, chromium: str) -> Image.Image:
    """Take one screenshot of an SVG."""
    width, height = size_of(drawing)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "shot.png"
        command = [chromium, *QUIET, f"--user-data-dir={folder}/profile"]
        command += [f"--window-size={width},{height}", f"--screenshot={target}", drawing.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode or not target.exists():
            sys.exit(f"draw.py: Chromium did not draw {drawing.name}: {done.stderr.strip()[-400:]}")
        with Image.open(target) as picture:
            return picture.convert("RGB")


def palette_of(picture: Image.Image, colours: int) -> Image.Image:
    """Choose the colours: half are the commonest, so that flat areas keep theirs exactly.

    The other half are spread over all that occur: edges are smooth, and small things keep a
    colour of their own.
    """
    pixels = picture.tobytes()
    counted = Counter(zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True))
    common = sorted(counted, key=lambda colour: (-counted[colour], colour))[: colours // 2]
    spread = picture.quantize(colours - len(common), Image.Quantize.MAXCOVERAGE, kmeans=4)
    palette = Image.new("P", (1, 1))
    palette.putpalette([*chain.from_iterable(common), *(spread.getpalette() or ())])
    return palette


def reduced(picture: Image.Image) -> tuple[bytes, int] | None:
    """Return the picture as a palette PNG within the budget, and its number of colours."""
    for colours in PALETTES:
        palette = palette_of(picture, colours)
        flat = picture.quantize(palette=palette, dither=Image.Dither.NONE)
        written = io.BytesIO()
        flat.save(written, "PNG", optimize=True)
        if written.tell() <= BUDGET:
            return written.getvalue(), colours
    return None


def main() -> None:
    """Draw the pictures that were asked for."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the sample issues.")
    parser.add_argument("names", nargs="*", help="drawings, without .svg; all when left out")
    names = parser.parse_args().names or sorted(path.stem for path in HERE.glob("*.svg"))
    chromium = browser()
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in names:
        drawing = HERE / f"{name}.svg"
        if not drawing.exists():
            sys.exit(f"draw.py: there is no drawing {drawing.name} in {HERE.name}/")
        result = reduced(screenshot(drawing, chromium))
        if result is None:
            sys.exit(f"draw.py: {drawing.name} has too much detail for {BUDGET // 1024} KB")
        data, colours = result
        (IMAGES / f"{name}.png").write_bytes(data)
        print(f"{name}.png  {len(data) / 1024:.1f} KB  {colours} colours")


if __name__ == "__main__":
    main()
