"""The import of a long list: time and memory, beside what merely reads or merely validates it.

`./run bench import` writes a table of invented people, imports it with the command, confirmation
apart, and imports it again, which must change nothing. In the same run the csv module reads the
same file, and email-validator judges the same addresses.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import email_validator

COMMAND = (sys.executable, "-m", "newsletter")
_NAMES = (
    "Anna",
    "Ivan",
    "Айгерим",
    "Рустам",
    "Нино",
    "Левон",
    "Фарида",
    "Дмитрий",
    "Maria",
    "Anar",
)
_FAMILIES = ("Petrova", "Karimov", "Сидоров", "Назаров", "Саргсян", "Алиев", "Volkov", "Орлова")
_LATIN = ("anna", "ivan", "aigerim", "rustam", "nino", "levon", "farida", "dmitry", "maria", "anar")
_COUNTRIES = ("Russia", "Казахстан", "KG", "TJ", "Uzbekistan", "AM", "AZ", "BY", "TM", "GE")
_SUMS = ("imported", "rows")
_MOST_OF_CSV, _MOST_OF_VALIDATOR = 20, 0.5


def main(arguments: list[str]) -> int:
    """Run the benchmark and print its figures; 1 when a target is missed or a row is lost."""
    parser = argparse.ArgumentParser(prog="./run bench import", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args(arguments).rows
    with tempfile.TemporaryDirectory(prefix="bench-import-") as folder:
        office, table = Path(folder) / "office", Path(folder) / "people.csv"
        subprocess.run(
            [*COMMAND, "init", "--sample", office], check=True, stdout=subprocess.DEVNULL
        )
        write(table, rows)
        reading = timed(lambda: read(table))
        judging = timed(lambda: judge(table))
        first, memory, counts = bring(office, table)
        again, _, counts_again = bring(office, table)
    print(f"{rows:,} rows, {table.name}")
    print(f"  import            {first:6.1f} s   {rows / first:9,.0f} rows a second")
    print(f"  the same again    {again:6.1f} s")
    print(
        f"  csv.reader alone  {reading:6.2f} s   import takes {first / reading:5.1f} times as long"
    )
    print(
        f"  email-validator   {judging:6.1f} s   import takes {first / judging:5.2f} times as long"
    )
    print(f"  peak memory       {memory:6.0f} MB")
    whole = counts == {"new": rows} and counts_again == {"unchanged": rows}
    missed = [
        *([f"more than {_MOST_OF_CSV} times csv.reader"] * (first > _MOST_OF_CSV * reading)),
        *([f"more than {_MOST_OF_VALIDATOR} of email-validator"] * (first > judging / 2)),
        *(["rows are lost, or the second import changed something"] * (not whole)),
    ]
    print(f"MISSED: {'; '.join(missed)}" if missed else "All targets are met.")
    return int(bool(missed))


def write(table: Path, rows: int) -> None:
    """Write a table of invented people."""
    dice = random.Random(60)  # noqa: S311 (nothing is secret)
    domains = [f"org{n}.example.{end}" for n in range(3000) for end in ("org", "com", "net")]
    with table.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["E-mail", "Name", "Language", "Country", "Organisation"])
        for number in range(rows):
            address = f"{dice.choice(_LATIN)}.{number}@{dice.choice(domains)}"
            name = f"{dice.choice(_NAMES)} {dice.choice(_FAMILIES)}"
            where = dice.choice(_COUNTRIES)
            writer.writerow(
                [address, name, dice.choice(("en", "ru")), where, f"Union {dice.randrange(5000)}"]
            )


def read(table: Path) -> None:
    """Do what any program does at least."""
    with table.open(encoding="utf-8", newline="") as stream:
        for _ in csv.reader(stream):
            pass


def judge(table: Path) -> None:
    """Let email-validator look at every address, as it does on its own."""
    with table.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        for row in rows:
            email_validator.validate_email(row[0], check_deliverability=False)


def timed(work: Callable[[], None]) -> float:
    """Return how many seconds `work` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bring(office: Path, table: Path) -> tuple[float, float, dict[str, int]]:
    """Import the table; return seconds, peak memory in MB, and rows by what became of them."""
    command = [*COMMAND, "subscribers", "import", str(table), "--list", "media"]
    command += ["--basis", "form of 2015", "--yes", "--json"]
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=office, stdout=subprocess.PIPE) as process:
        assert process.stdout  # noqa: S101 (it was asked for)
        said = json.loads(process.stdout.read())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"the import ended with {process.returncode}")
    counts = {name: count for name, count in said.items() if count and name not in _SUMS}
    return seconds, usage.ru_maxrss / 1024, counts
