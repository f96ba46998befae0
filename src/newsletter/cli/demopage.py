"""The page that `newsletter demo` leaves: both editions side by side, desktop and phone."""

import html
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.languages import own_name
from newsletter.render.build import write_file

if TYPE_CHECKING:
    from newsletter.checks.proof import Proof

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 2rem; background: #eef1f5; color: #1f2a37;
  font: 16px/1.5 system-ui, sans-serif; }}
h1 {{ font-size: 1.25rem; margin: 0 0 1.5rem; }}
main {{ display: flex; flex-wrap: wrap; gap: 2rem; align-items: flex-start; }}
figure {{ margin: 0; }}
figcaption {{ margin-bottom: .5rem; }}
iframe {{ border: 1px solid #c3ccd6; border-radius: 6px; background: #fff; height: 80vh; }}
</style>
</head>
<body>
<h1>{title}</h1>
<main>
{frames}
</main>
</body>
</html>
"""
_FRAME = """\
<figure>
<figcaption>{name}, {width} px &middot; <a href="{source}">HTML</a> &middot;
<a href="{text}">text</a></figcaption>
<iframe src="{source}" width="{width}" title="{name}, {width} px"></iframe>
</figure>"""


def write_page(folder: Path, ready: "Proof") -> Path:
    """Write `folder`/index.html and return its path."""
    slug = ready.composition.slug
    frames = [
        _FRAME.format(
            name=html.escape(own_name(language)),
            width=width,
            source=f"build/{slug}/{language}/newsletter.html",
            text=f"build/{slug}/{language}/newsletter.txt",
        )
        for width in (640, 375)
        for language in ready.renderings
    ]
    default = ready.composition.editions[next(iter(ready.renderings))]
    title = html.escape(f"{default.publisher.short_name}: {default.number_text}")
    page = folder / "index.html"
    write_file(page, _PAGE.format(title=title, frames="\n".join(frames)).encode())
    return page
