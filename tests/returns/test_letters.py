"""Letters of servers in many shapes, and mail that only looks like them (`letters.toml`)."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from newsletter.returns.reading import read_report

ROWS = tomllib.loads(Path(__file__).with_name("letters.toml").read_text(encoding="utf-8"))["letter"]
ABOVE = ("", "Return-Path: <>", "From MAILER-DAEMON Fri Nov 27 10:00:00 1998")


def letter(row: dict[str, Any], above: str) -> bytes:
    head = f"{above}\n" if above else ""
    head += f"From: {row['from']}\nTo: news-bounces@news.example.org\n"
    head += f"Subject: {row['subject']}\nDate: Fri, 27 Nov 1998 10:00:00 +0000\n"
    return f"{head}\n{row['text']}".encode()


@pytest.mark.parametrize("above", ABOVE)
@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] != "other"])
def test_a_letter_of_a_server_is_read_whatever_its_shape(row: dict[str, Any], above: str) -> None:
    report = read_report(letter(row, above))
    wanted = dict.fromkeys(row.get("gone", ()), True) | dict.fromkeys(row.get("here", ()), False)
    assert report.kind == row["kind"]
    assert {each.address: each.suppress for each in report.recipients} == wanted


@pytest.mark.parametrize("row", [row for row in ROWS if row["kind"] == "other"])
def test_mail_that_only_looks_like_a_report_is_none(row: dict[str, Any]) -> None:
    report = read_report(letter(row, row.get("above", "")))
    assert report.kind in ("other", "auto-reply")
    assert report.recipients == ()
