"""The schemas stand in the repository: an editor completes and checks without a command before."""

from pathlib import Path

from tests.cli.program import run
from tests.workspace import ROOT


def test_the_schemas_in_the_repository_are_those_the_program_writes(tmp_path: Path) -> None:
    run(ROOT, "schema", "--output", str(tmp_path))
    written = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    kept = {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "schemas").iterdir()}
    assert kept == written, "make them anew: .venv/bin/newsletter schema"
