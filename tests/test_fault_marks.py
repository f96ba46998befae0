"""Every fault of the matrix has a test by its mark: F1 to F40, in the name or the id of a test.

F33, a database server that is restarted or replaced, comes with the first such server.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
NAME, ID = re.compile(r"test_f(\d+)_"), re.compile(r"F(\d+) ")
FAULTS = frozenset(range(1, 41)) - {33}


def marks(source: str) -> Iterator[int]:
    """Yield the marks at the beginning of names of tests and of the words that are their ids."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found = NAME.match(name)
            case ast.Constant(value=str(words)):
                found = ID.match(words)
            case _:
                found = None
        if found:
            yield int(found[1])


def test_every_fault_has_a_test_by_its_mark() -> None:
    sources = [path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py")]
    found = {mark for source in sources for mark in marks(source)}
    assert FAULTS - found == set()
