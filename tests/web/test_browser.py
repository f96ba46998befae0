"""The whole journey in Chromium, in both languages: with a keyboard alone, and without scripts.

Scripts are off wherever nothing has to be asked of the page by axe-core, and no page may ask for
anything from elsewhere. A mail is fetched from the sink that `newsletter serve` sends to.
"""

import email
import email.policy
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from newsletter.store.engine import open_database
from newsletter.store.people import PeopleStore
from newsletter.tokens import Purpose, load_key_ring, to_url
from tests.accessibility.mails import AXE, RULES
from tests.cli.program import Witness, run, run_json, sink
from tests.cli.serving import Served, serving
from tests.render.theme_pages import started_browser
from tests.workspace import copy_office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE = 60
AXE_READER = "axe@example.org"
WORDS = {
    "en": {
        "subscribe": "Subscribe",
        "asked": "Please look into your mailbox",
        "confirm": "Confirm the subscription",
        "confirmed": "Your subscription has begun",
        "keep": "Keep my choice",
        "kept": "Your choice is kept.",
        "unsubscribe": "Unsubscribe",
        "left": "You have unsubscribed",
        "again": "Subscribe again",
        "back": "You are a reader again",
    },
    "ru": {
        "subscribe": "Подписаться",
        "asked": "Проверьте почту",
        "confirm": "Подтвердить подписку",
        "confirmed": "Подписка оформлена",
        "keep": "Сохранить",
        "kept": "Настройки сохранены.",
        "unsubscribe": "Отписаться",
        "left": "Вы отписались",
        "again": "Подписаться снова",
        "back": "Вы снова с нами",
    },
}


@dataclass(frozen=True)
class House:
    """An office that serves its pages, and the sink its mails go to."""

    office: Path
    served: Served
    witness: Witness

    @property
    def url(self) -> str:
        return self.served.url.rstrip("/")

    def mail_to(self, address: str, count: int) -> email.message.EmailMessage:
        """Wait for the mail to an address that is the `count`-th."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            mine = [each for each in self.witness.log() if each["recipient"] == address]
            if len(mine) >= count:
                octets = self.witness.message(mine[count - 1])
                return email.message_from_bytes(octets, policy=email.policy.default)
            time.sleep(0.1)
        raise AssertionError(f"no mail came to {address}")

    def link_to(self, address: str, count: int) -> str:
        part = self.mail_to(address, count).get_body(("plain",))
        assert part
        (path,) = re.findall(r"https://[^/\s]+example\.org(/\S+)", part.get_content())
        return f"{self.url}{path}"

    def own_pages(self, address: str) -> tuple[str, str]:
        """Return where a reader changes preferences and leaves the list `media`."""
        state = self.office / ".newsletter"
        ring = load_key_ring(state / "keys")
        with (
            open_database(f"sqlite:///{state / 'state.db'}") as database,
            PeopleStore(database, ring).read() as people,
        ):
            reader, list_id = people.roster.find(address), people.find_list("media")
        assert reader
        assert list_id
        number = reader.subscriber_id
        preferences = to_url(ring.sign(Purpose.PREFERENCES, number))
        unsubscribe = to_url(ring.sign(Purpose.UNSUBSCRIBE, number, list_id))
        return f"/preferences/{preferences}", f"/unsubscribe/{unsubscribe}"

    def state(self, address: str) -> dict[str, str]:
        (person,) = run_json(self.office, "subscribers", "list", "--search", address)
        return {each["list"]: each["state"] for each in person["subscriptions"]}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    office = copy_office(folder / "office")
    with (
        sink(folder / "sink") as witness,
        serving(office, NEWSLETTER_RELAY=witness.relay) as served,
    ):
        run(office, "subscribers", "add", AXE_READER, "--list", "media", "--basis", "tests")
        yield House(office, served, witness)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with started_browser() as running:
        yield running


@contextmanager
def tab(
    browser: Browser, *, scripts: bool = False, width: int = 640, scheme: str = "light"
) -> Iterator[Page]:
    """Open a tab that may ask for nothing from elsewhere."""
    context = browser.new_context(
        java_script_enabled=scripts,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=scripts,  # axe-core is a script of ours, and the pages allow none
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    try:
        yield page
        assert all(url.startswith("http://127.0.0.1:") for url in asked), asked
        assert context.cookies() == []
    finally:
        context.close()


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_whole_journey_with_a_keyboard_alone_and_without_scripts(
    house: House, browser: Browser, language: str
) -> None:
    words, address = WORDS[language], f"journey-{language}@example.org"
    with tab(browser) as page:
        page.goto(f"{house.url}/subscribe?lang={language}")
        page.locator("#address").focus()
        page.keyboard.type(address)
        tick(page, "list-media")
        tick(page, "agreed")
        page.wait_for_timeout(2100)  # whoever is faster is taken for a program
        press(page, words["subscribe"])
        expect(page.locator("h1")).to_have_text(words["asked"])

        page.goto(house.link_to(address, 1))
        assert house.state(address) == {"media": "pending"}
        press(page, words["confirm"])
        expect(page.locator("h1")).to_have_text(words["confirmed"])
        assert house.state(address) == {"media": "active"}

        preferences = house.link_to(address, 2)
        page.goto(preferences)
        tick(page, "list-constituents")
        tick(page, "topic-osh")
        press(page, words["keep"])
        expect(page.locator(".note")).to_have_text(words["kept"])
        assert house.state(address) == {"media": "active", "constituents": "active"}

        page.goto(f"{house.url}{house.own_pages(address)[1]}")
        press(page, words["unsubscribe"])
        expect(page.locator("h1")).to_have_text(words["left"])
        assert house.state(address)["media"] == "ended"
        press(page, words["again"])
        expect(page.locator("h1")).to_have_text(words["back"])
        assert house.state(address) == {"media": "active", "constituents": "active"}


def tick(page: Page, name: str) -> None:
    """Go to a box with the tab key and tick it with the space bar."""
    go_to(page, f'[id="{name}"]')
    page.keyboard.press("Space")
    expect(page.locator(f'[id="{name}"]')).to_be_checked()


def press(page: Page, words: str) -> None:
    """Go to a button with the tab key and press Enter on it."""
    go_to(page, f'button:text-is("{words}")')
    page.keyboard.press("Enter")
    page.wait_for_load_state()


def go_to(page: Page, selector: str) -> None:
    wanted = page.locator(f"{selector}:focus")
    for _ in range(60):
        if wanted.count():
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the tab key does not lead to {selector}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [640, 375])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    house: House, browser: Browser, language: str, width: int, scheme: str
) -> None:
    found: dict[str, list[str]] = {}
    with tab(browser, scripts=True, width=width, scheme=scheme) as page:
        for path in ("/subscribe", "/nowhere", *house.own_pages(AXE_READER)):
            page.goto(f"{house.url}{path}?lang={language}")
            found[path.split("/")[1]] = axe_of_a_page(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if path == "/subscribe":
                page.wait_for_timeout(2100)
                page.locator("form button").click()
                assert page.locator(".fault").count() == 3
                found["faults"] = axe_of_a_page(page)
    assert {name: faults for name, faults in found.items() if faults} == {}


def axe_of_a_page(page: Page) -> list[str]:
    """Return what axe-core finds on a page, one line for each element."""
    page.add_script_tag(path=str(AXE))
    options = {
        "runOnly": {"type": "tag", "values": sorted(RULES)},
        "resultTypes": ["violations", "incomplete", "passes"],
    }
    result = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    asked = {rule["id"] for kind in ("passes", "violations") for rule in result[kind]}
    assert {"color-contrast", "html-has-lang", "heading-order", "region", "target-size"} <= asked
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:160]}"
        for kind in ("violations", "incomplete")
        for rule in result[kind]
        for node in rule["nodes"]
    ]


def test_targets_are_large_enough_for_a_finger(house: House, browser: Browser) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 CSS pixels; buttons and fields have more."""
    with tab(browser, width=375) as page:
        page.goto(f"{house.url}/subscribe?lang=ru")
        for kind, least in (
            ("button", 44),
            ("input[type=email]", 44),
            ("input[type=checkbox]", 24),
        ):
            for each in page.locator(kind).all():
                box = each.bounding_box()
                assert box
                assert min(box["height"], box["width"]) >= least
