"""`newsletter archive build`, as people run it."""

from pathlib import Path

import pytest

from tests.cli.program import import_sample, run, run_json, sink
from tests.docs.test_json import documented, keys
from tests.workspace import edit

pytestmark = pytest.mark.slow

STACKED = "languages: [en, ru, kk]\neditions: stacked"


def test_the_sample_becomes_a_site_and_says_how_large_it_is(office: Path) -> None:
    done = run(office, "archive", "build", "site")
    assert "site/index.html" in done.stdout
    assert "2 issues in en, ru, kk: 80 pages" in done.stdout
    assert (office / "site/issues/2015-1/ru/index.html").is_file()
    assert max(map(len, done.stdout.splitlines()[-1:])) < 110


def test_the_sum_is_told_to_scripts(office: Path) -> None:
    first = run_json(office, "archive", "build", "site")
    files = [path for path in (office / "site").rglob("*") if path.is_file()]
    assert first["issues"] == ["2015-2", "2015-1"]
    assert first["languages"] == ["en", "ru", "kk"]
    assert first["files"] == first["written"] == len(files) - 1  # and the manifest
    assert first["bytes"] == sum(
        path.stat().st_size for path in files if path.name != "archive.json"
    )
    assert (first["skipped"], first["removed"]) == ([], 0)
    again = run_json(office, "archive", "build", "site")
    assert (again["written"], again["removed"]) == (0, 0)


def postpone(office: Path) -> None:
    """Date the second issue a hundred years later, and number it so."""
    edit(office, "issues/2015-2/issue.yaml", "date: 2015-06-30", "date: 2115-06-30")
    edit(office, "issues/2015-2/issue.yaml", "serial: 61", "serial: 461")


def test_an_issue_of_a_later_day_is_left_out_until_its_day(office: Path) -> None:
    postpone(office)
    done = run(office, "archive", "build", "site")
    assert "2015-2  left out: it is dated 2115-06-30, after 20" in done.stdout
    assert not (office / "site/issues/2015-2").exists()
    run(office, "archive", "build", "site", "--until", "2115-06-30")
    assert (office / "site/issues/2015-2/en/index.html").is_file()


def test_an_issue_that_is_named_is_published_whatever_its_day(office: Path) -> None:
    postpone(office)
    told = run_json(office, "archive", "build", "site", "--issue", "2015-2")
    assert told["issues"] == ["2015-2"]


def test_the_keys_of_the_sum_are_documented(office: Path) -> None:
    told = run_json(office, "archive", "build", "site", "--until", "2015-05-01")
    assert set(keys(told)) == documented("newsletter archive build")


def test_a_withdrawn_issue_goes_with_its_pages(office: Path) -> None:
    run(office, "archive", "build", "site")
    told = run_json(office, "archive", "build", "site", "--until", "2015-05-01")
    assert told["skipped"] == [
        {"issue": "2015-2", "reason": "it is dated 2015-06-30, after 2015-05-01"}
    ]
    assert told["removed"] > 20
    assert not (office / "site/issues/2015-2").exists()
    assert not (office / "site/kk").exists()


def test_errors_of_all_issues_are_told_and_nothing_is_written(office: Path) -> None:
    run(office, "archive", "build", "site", "--issue", "2015-1")
    before = {path: path.stat().st_mtime_ns for path in (office / "site").rglob("*")}
    edit(office, "issues/2015-1/issue.yaml", "theme: ilo-moscow", "theme: none-such")
    edit(office, "issues/2015-2/issue.yaml", "number: 2", "number: 0")
    done = run(office, "archive", "build", "site", code=1)
    assert "issues/2015-1/issue.yaml:7:1" in done.stderr
    assert "issues/2015-2/issue.yaml:" in done.stderr
    assert {path: path.stat().st_mtime_ns for path in (office / "site").rglob("*")} == before


def test_a_mail_that_gmail_would_cut_is_no_worse_on_the_web(office: Path) -> None:
    edit(office, "issues/2015-2/issue.yaml", "languages: [en, ru, kk]", STACKED)
    assert "Gmail cuts it after 102 KB" in run(office, "build", "2015-2", code=1).stderr
    done = run(office, "archive", "build", "site")
    assert "issues/2015-2/issue.yaml:" in done.stdout
    assert "warning: the mul edition has" in done.stdout
    for language in ("en", "ru", "kk"):
        assert (office / f"site/issues/2015-2/{language}/index.html").is_file()


def test_an_error_in_what_the_web_shows_stops_it_beside_one_of_the_mail(office: Path) -> None:
    edit(office, "issues/2015-2/issue.yaml", "languages: [en, ru, kk]", STACKED)
    edit(office, "issues/2015-2/issue.yaml", "serial: 61", "serial: 62")
    said = run(office, "archive", "build", "site", code=1).stderr
    assert "issues/2015-2/issue.yaml:4:1: No. 2 of 2015 has the running number 61, not 62" in said
    assert "Gmail" not in said
    assert not (office / "site").exists()


def test_a_folder_of_something_else_is_refused(office: Path) -> None:
    done = run(office, "archive", "build", "issues", code=2)
    assert "issues holds files that are not an archive of this program" in done.stderr
    assert not (office / "issues/index.html").exists()


def test_only_sent_issues_when_asked_and_no_database_is_made_to_find_out(office: Path) -> None:
    done = run(office, "archive", "build", "site", "--sent", code=2)
    assert "2015-1: it has not been sent; 2015-2: it has not been sent" in done.stderr
    assert not (office / ".newsletter" / "state.db").exists()
    import_sample(office)
    with sink(office / "mails") as witness:
        run(office, "send", "2015-1", "--list", "media", "--yes", NEWSLETTER_RELAY=witness.relay)
    told = run_json(office, "archive", "build", "site", "--sent")
    assert told["issues"] == ["2015-1"]
    assert told["skipped"] == [{"issue": "2015-2", "reason": "it has not been sent"}]


def test_no_address_of_a_reader_gets_into_the_archive(office: Path) -> None:
    import_sample(office)
    run(office, "archive", "build", "site")
    readers = run(office, "subscribers", "export").stdout
    addresses = [word for line in readers.splitlines() for word in line.split(",") if "@" in word]
    assert len(addresses) > 250
    written = b"".join(path.read_bytes() for path in (office / "site").rglob("*.*ml"))
    written += b"".join(path.read_bytes() for path in (office / "site").rglob("*.json"))
    assert not [address for address in addresses if address.encode() in written]


def test_a_name_that_no_issue_has_is_wrong_usage(office: Path) -> None:
    done = run(office, "archive", "build", "site", "--issue", "2015-11", code=2)
    assert "there is no issue 2015-11" in done.stderr
    assert not (office / "site").exists()
