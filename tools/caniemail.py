"""Renew what the checks know of mail programs: caniemail.com as the npm package has it.

    .venv/bin/python tools/caniemail.py                         # npm pack, in a folder of its own
    .venv/bin/python tools/caniemail.py caniemail-2.0.2.tgz     # a package that is there already
    .venv/bin/python tools/caniemail.py node_modules/caniemail

Writes src/newsletter/checks/data/caniemail.json and the licence beside it. Of each feature only
what its latest test found is kept, and only where it is not fully supported.
"""

import argparse
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "src" / "newsletter" / "checks" / "data"
PACKAGE = "caniemail"
CATEGORIES = ("css", "html", "image")
UPSTREAM = """\
caniemail.json is made from the data of https://www.caniemail.com/
(https://github.com/hteumeuleu/caniemail), by way of the npm package {package} {version}.
tools/caniemail.py leaves out what the checks do not need. Both are under the MIT License:

Copyright (c) 2019 HTeuMeuLeu

The licence of the npm package:

{licence}"""


def read_package(given: Path | None) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return data, package.json and licence of a folder, of a tarball, or of what npm packs."""
    if given is None:
        with tempfile.TemporaryDirectory() as folder:
            command = ["npm", "pack", f"{PACKAGE}@latest", "--silent"]
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
            return read_package(next(Path(folder).glob("*.tgz")))
    if given.is_dir():
        texts = {path: (given / path).read_text("utf-8") for path in _FILES}
    else:
        with tarfile.open(given) as archive:
            texts = {path: _member(archive, f"package/{path}") for path in _FILES}
    data, package, licence = (texts[path] for path in _FILES)
    return json.loads(data), json.loads(package), licence


_FILES = ("data/caniemail.json", "package.json", "LICENSE")


def _member(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(name)
    if file is None:
        raise SystemExit(f"{name} is not in the package")
    return file.read().decode("utf-8")


def trimmed(data: dict[str, Any], version: str) -> dict[str, Any]:
    """Return what the checks need: by feature, the programs that lack it or have only part."""
    features = {}
    families = {family for feature in data["data"] for family in feature["stats"]}
    for feature in data["data"]:
        if feature["category"] not in CATEGORIES:
            continue
        latest = {
            f"{family}.{platform}": _latest(versions)
            for family, platforms in sorted(feature["stats"].items())
            for platform, versions in sorted(platforms.items())
        }
        features[feature["slug"]] = {
            "title": feature["title"].strip(),
            "tested": feature["last_test_date"],
            "lacking": " ".join(name for name, support in latest.items() if support == "n"),
            "partly": " ".join(name for name, support in latest.items() if support == "a"),
        }
    return {
        "source": "https://www.caniemail.com/",
        "package": f"{PACKAGE} {version}",
        "updated": data["last_update_date"][:10],
        "families": {
            name: words
            for name, words in sorted(data["nicenames"]["family"].items())
            if name in families
        },
        "platforms": dict(sorted(data["nicenames"]["platform"].items())),
        "features": dict(sorted(features.items())),
    }


def _written(kept: dict[str, Any]) -> str:
    """Return the data as JSON with a line for each feature, so that changes can be read."""
    features = ",\n".join(
        f"  {json.dumps(slug)}: {json.dumps(feature, ensure_ascii=False)}"
        for slug, feature in kept["features"].items()
    )
    head = ",\n".join(
        f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"
        for key, value in kept.items()
        if key != "features"
    )
    return f'{{\n{head},\n "features": {{\n{features}\n }}\n}}\n'


def _latest(versions: dict[str, str]) -> str:
    """Return the first letter of what was found in the latest version that was tested."""
    version = max(versions, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])
    return versions[version][0]


def main(arguments: list[str]) -> None:
    """Write the files and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Raw)
    parser.add_argument("package", nargs="?", type=Path, help="a tarball or a folder")
    data, package, licence = read_package(parser.parse_args(arguments).package)
    kept = trimmed(data, package["version"])
    file = DATA / "caniemail.json"
    if file.exists() and json.loads(file.read_text("utf-8"))["updated"] > kept["updated"]:
        raise SystemExit(f"{kept['package']} has older data ({kept['updated']}) than is here")
    DATA.mkdir(exist_ok=True)
    file.write_text(_written(kept), encoding="utf-8")
    terms = UPSTREAM.format(package=PACKAGE, version=package["version"], licence=licence.strip())
    (DATA / "LICENSE-caniemail").write_text(terms + "\n", encoding="utf-8")
    print(f"{len(kept['features'])} features, {kept['package']}, data of {kept['updated']}")


_Raw = argparse.RawDescriptionHelpFormatter

if __name__ == "__main__":
    main(sys.argv[1:])
