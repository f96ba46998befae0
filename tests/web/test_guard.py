"""What holds for every answer: headers, methods, sizes, and no trust in what a request says."""

from pathlib import Path

import pytest

from tests.web.served import Front, served
from tests.workspace import small_office

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PATHS = ["/unsubscribe/x", "/nowhere", "/healthy", "/ready", "/metrics", "/unsubscribe/"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
def test_every_answer_has_the_headers_and_no_cookie(front: Front, path: str, method: str) -> None:
    answer = front.ask(method, path)
    assert {name: answer.headers[name] for name in SECURITY} == SECURITY
    assert "Set-Cookie" not in answer.headers
    assert "charset=utf-8" in answer.headers["Content-Type"]
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert "Server" not in answer.headers
    assert answer.status < 500


@pytest.mark.parametrize(
    "forged",
    [
        {"Host": "evil.example.net"},
        {"X-Forwarded-Host": "evil.example.net"},
        {"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1"},
        {"Forwarded": "host=evil.example.net;proto=http"},
        {"X-Original-URL": "/evil", "X-Forwarded-Prefix": "/evil"},
    ],
)
def test_b21_forged_headers_change_no_page(front: Front, forged: dict[str, str]) -> None:
    path = front.subscribe("anna@example.org")
    plain, spoiled = front.get(path), front.get(path, forged)
    assert spoiled.body == plain.body
    assert "evil" not in spoiled.text


def test_a_body_that_is_too_large_is_refused_and_changes_nothing(front: Front) -> None:
    path = front.subscribe("anna@example.org")
    story = front.story("anna@example.org")
    assert front.post(path, "x" * 20_000).status == 413
    chunked = {"Transfer-Encoding": "chunked"}
    body = b"4e20\r\n" + b"x" * 20_000 + b"\r\n0\r\n\r\n"
    assert front.ask("POST", path, body, chunked).status in (400, 413)
    assert front.story("anna@example.org") == story


def test_metrics_count_without_telling_of_whom(front: Front) -> None:
    path = front.subscribe("anna@example.org")
    front.post(path, "List-Unsubscribe=One-Click")
    text = front.get("/metrics").text
    wanted = 'newsletter_requests_total{method="POST",page="unsubscribe",status="200"} 1'
    assert wanted in text
    assert 'newsletter_leaves_total{kept_in="database"} 1' in text
    assert "newsletter_database_ready 1" in text
    assert path.rpartition("/")[2] not in text
    assert "anna" not in text


def test_metrics_are_for_this_computer_alone(front: Front) -> None:
    assert front.get("/metrics", {"X-Forwarded-For": "192.0.2.1"}).status == 404
    assert front.get("/metrics").status == 200


def test_the_style_is_served_and_may_be_kept(front: Front) -> None:
    answer = front.get("/_pages/style.css")
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "--band: #123c69" in answer.text
    assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/subscribe/", "//evil.example.net/..%2fsubscribe/"])
def test_b21_a_redirect_names_no_host(front: Front, path: str) -> None:
    answer = front.get(path, {"Host": "evil.example.net"})
    where = answer.headers.get("Location", "/")
    assert where.startswith("/")
    assert not where.startswith("//")


def test_b21_a_folder_of_the_archive_leads_to_no_forged_host(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    (archive / "2015-1").mkdir(parents=True)
    (archive / "2015-1" / "index.html").write_text("the issue")
    with served(small_office(tmp_path / "office"), archive=archive) as front:
        for path in ("/2015-1", "//2015-1", "//evil.example.net/%2e%2e/2015-1"):
            answer = front.get(path, {"Host": "evil.example.net"})
            assert (answer.status, answer.headers["Location"][:2]) in ((307, "/2"), (307, "/e"))
