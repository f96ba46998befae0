"""Every fault of the matrix has a test by its mark: F1 to F40, in the name or the id of a test.

So has bad input from B11 on. F33, a database server that is restarted or replaced, comes with the
first such server.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent
NAME, ID = re.compile(r"test_([fb]\d+)_"), re.compile(r"([FB]\d+) ")
FAULTS = {f"F{number}" for number in range(1, 41)} - {"F33"}
BAD_INPUT = {f"B{number}" for number in range(11, 23)}


def marks(source: str) -> Iterator[str]:
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
            yield found[1].upper()


def test_every_fault_has_a_test_by_its_mark() -> None:
    sources = [path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py")]
    found = {mark for source in sources for mark in marks(source)}
    assert (FAULTS | BAD_INPUT) - found == set()
