"""The archive of the sample office, page by page, without a browser."""

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest

from newsletter.compose.workspace import Folder
from newsletter.errors import InputRefused
from newsletter.publish.archive import draw_archive
from newsletter.publish.contents import Published
from tests.publish.archive_site import (
    ISSUES,
    SITE,
    WebPage,
    page,
    pages,
    publish,
    sample,
    sample_issues,
    target_of,
)
from tests.workspace import ROOT, edit

PAGES = sorted(pages())
EDITIONS = [(issue.slug, language) for issue in sample_issues() for language in issue.editions]
WHOLE = "404.html"
"""The one page that may be shown at any address, and so calls everything by whole addresses."""

each_page = pytest.mark.parametrize("path", PAGES)
each_edition = pytest.mark.parametrize(("slug", "language"), EDITIONS)


def edition(slug: str, language: str) -> WebPage:
    return page(f"issues/{slug}/{language}/index.html")


def issue(slug: str) -> Published:
    return next(each for each in sample_issues() if each.slug == slug)


@each_edition
def test_an_edition_stands_where_view_in_browser_leads(slug: str, language: str) -> None:
    view_url = issue(slug).composition.editions[language].view_url
    assert f"{view_url.removeprefix(SITE)}index.html"[1:] in pages()
    assert edition(slug, language).all("link", rel="canonical")[0]["href"] == view_url


@each_edition
def test_an_edition_says_what_the_mail_says(slug: str, language: str) -> None:
    shown = issue(slug).composition.editions[language]
    words = [shown.number_text, shown.preheader, shown.publisher.name, shown.publisher.phone]
    words += [section.heading for section in shown.sections]
    words += [shown.editorial.title, shown.editorial.signed] if shown.editorial else []
    for item in (item for section in shown.sections for item in section.items):
        words += [item.title, item.lead, item.quote, item.person, item.position, item.deadline_text]
        words += [item.place, item.period_text, item.partners, item.publisher, item.fallback_note]
        words += [link.label for link in item.links]
        words += [item.image.credit] if item.image else []
        words += [item.text.plain.split("\n")[0].split(" (http")[0]] if item.text else []
    text = edition(slug, language).text
    assert [each for each in words if " ".join(each.split()) not in text] == []


@each_edition
def test_every_item_has_an_anchor_of_its_own(slug: str, language: str) -> None:
    found = edition(slug, language)
    assert len(set(found.ids)) == len(found.ids)
    items = [
        item.id
        for section in issue(slug).composition.editions[language].sections
        for item in section.items
    ]
    assert len(items) > 15
    assert set(items) <= set(found.ids)


@each_edition
def test_another_language_keeps_the_place(slug: str, language: str) -> None:
    found = edition(slug, language)
    for other, theirs in issue(slug).editions.items():
        for item in (item for section in theirs.sections for item in section.items):
            ways = found.all("a", href=f"../{other}/index.html#{item.id}")
            written = other != language and "title" not in item.fallback_fields
            assert [(way["hreflang"], way["lang"]) for way in ways] == [(other, other)] * written


@pytest.mark.slow
@pytest.mark.parametrize("slug", ISSUES)
def test_mails_with_hosted_pictures_find_them_in_the_archive(office: Path, slug: str) -> None:
    edit(office, "newsletter.yaml", "pictures: inline", "pictures: hosted")
    drawn = publish(office, [slug])
    composition = drawn_issue(office, slug).composition
    assert len(composition.pictures) > 5
    for src, picture in composition.pictures.items():
        assert src.startswith(f"{SITE}/issues/{slug}/images/")
        assert drawn.files[src.removeprefix(f"{SITE}/")] == picture.data


def drawn_issue(office: Path, slug: str) -> Published:
    from tests.publish.archive_site import published

    return published(Folder(office), slug)


@each_page
def test_no_link_and_no_anchor_is_broken(path: str) -> None:
    found = page(path)
    own = [link for link in found.links() if not urlsplit(link).scheme]
    assert own
    for link in own:
        file, anchor = target_of(path, link)
        assert file in sample().files, link
        if anchor:
            assert anchor in page(file).ids, link
    if path != WHOLE:
        assert all(target_of(path, file)[0] in sample().files for file in found.files())


def test_the_page_for_missing_addresses_leads_to_what_is_there() -> None:
    whole = [link for link in page(WHOLE).links() if link.startswith(SITE)]
    assert len(whole) > 8
    for link in whole:
        path = link.removeprefix(f"{SITE}/")
        assert (f"{path}index.html" if path.endswith("/") or not path else path) in sample().files
    assert page(WHOLE).files() == []
    assert page(WHOLE).all("meta", name="robots")[0]["content"] == "noindex"


@each_page
def test_a_page_calls_others_from_where_it_stands(path: str) -> None:
    found = page(path)
    if path != WHOLE:
        assert not [link for link in found.links() + found.files() if link.startswith((SITE, "/"))]


@each_page
def test_a_page_needs_no_script_and_nothing_from_elsewhere(path: str) -> None:
    found = page(path)
    assert not found.all("script")
    assert not found.all("iframe") + found.all("form") + found.all("object")
    for tag in found.tags:
        assert not [name for name in tag.attributes if name.startswith("on") or name == "style"]
    assert not [file for file in found.files() if urlsplit(file).scheme]
    [policy] = found.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert "default-src 'none'" in policy["content"]
    assert "script" not in policy["content"]


@each_page
def test_a_page_knows_no_reader(path: str) -> None:
    html = page(path).html
    assert "[[" not in html
    assert "unsubscribe" not in html.casefold()
    assert re.findall(r"[\w.+-]+@[\w.-]+", html) == re.findall(r"newsletter@ilo-moscow[\w.]+", html)
    assert "Dear reader" not in html
    assert "Здравствуйте" not in html


@each_page
def test_a_page_is_light(path: str) -> None:
    found = page(path)
    styles = [file for file in found.files() if file.endswith(".css")]
    size = len(found.html.encode())
    size += sum(len(sample().files[target_of(path, file)[0]]) for file in styles)
    assert size < 100_000


@each_page
def test_languages_of_a_page_name_one_another(path: str) -> None:
    found = page(path)
    alternates = {
        tag["hreflang"]: tag["href"]
        for tag in found.all("link", rel="alternate")
        if tag["hreflang"]
    }
    default = alternates.pop("x-default", None)
    if not alternates:
        assert default is None
        return
    assert default in (*alternates.values(), f"{SITE}/")
    language = found.all("html")[0]["lang"]
    own = found.all("link", rel="canonical")[0]["href"]
    if path != "index.html":
        assert alternates[language] == own
    for url in alternates.values():
        other = page(f"{url.removeprefix(SITE)[1:]}index.html")
        theirs = {tag["hreflang"]: tag["href"] for tag in other.all("link", rel="alternate")}
        assert alternates.items() <= theirs.items()


@each_page
def test_headings_have_no_gap_and_one_is_the_first(path: str) -> None:
    levels = [int(tag.name[1]) for tag in page(path).tags if re.fullmatch("h[1-6]", tag.name)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@each_page
def test_pictures_have_words_and_a_size(path: str) -> None:
    for tag in page(path).all("img"):
        assert tag["alt"]
        assert int(tag["width"]) > 0
        assert int(tag["height"]) > 0


@each_page
def test_a_page_says_what_social_networks_show(path: str) -> None:
    if path == WHOLE:
        return
    told = {tag["property"] or tag["name"]: tag["content"] for tag in page(path).all("meta")}
    assert told["og:title"]
    assert told["og:description"]
    assert told["og:url"] == page(path).all("link", rel="canonical")[0]["href"]
    assert told["og:image:alt"] == told["twitter:image:alt"] != ""
    card = sample().files[told["og:image"].removeprefix(f"{SITE}/")]
    assert card.startswith(b"\xff\xd8")


def test_only_the_calendar_is_a_table() -> None:
    tables = [(path, tag) for path in PAGES for tag in page(path).all("table")]
    assert len(tables) == len(EDITIONS)
    assert all(path.startswith("issues/") for path, _ in tables)


def test_a_country_lists_its_items_and_no_others() -> None:
    told = {
        target_of("en/countries/kz/index.html", link)[1]
        for link in page("en/countries/kz/index.html").links()
    }
    expected = {
        entry.id
        for each in sample_issues()
        for section in each.composition.chosen
        for entry in section
        if "kz" in entry.item.countries
    }
    assert len(expected) > 2
    assert told - {"", "page_main"} == expected


@pytest.mark.slow
def test_a_country_without_items_has_no_page(office: Path) -> None:
    edit(office, "newsletter.yaml", "  am:", "  zz: { en: Zembla, ru: Зембла, kk: Зембла }\n  am:")
    assert not [name for name in publish(office, ["2015-1"]).files if "/zz/" in name]


def test_an_index_lists_every_issue_and_says_what_is_in_another_language() -> None:
    spoken = {each.slug: set(each.editions) for each in sample_issues()}
    missing = [slug for slug, languages in spoken.items() if "kk" not in languages]
    assert missing == ["2015-1"]
    found = page("kk/index.html")
    link = found.all("a", href="../issues/2015-1/en/index.html", hreflang="en")[0]
    assert link["lang"] == "en"
    assert found.all("a", href="../issues/2015-1/ru/index.html", hreflang="ru")
    assert "Бұл нөмір қазақ тілінде шыққан жоқ." in found.text
    assert "did not appear" not in page("en/index.html").text


@pytest.mark.slow
def test_issues_stand_by_year_and_name_their_neighbours(office: Path) -> None:
    edit(office, "issues/2015-1/issue.yaml", "date: 2015-03-31", "date: 2014-12-31")
    drawn = publish(office, ISSUES)
    index = WebPage("en/index.html", drawn.files["en/index.html"].decode())
    assert [id_ for id_ in index.ids if id_.startswith("page_2")] == ["page_2015", "page_2014"]
    first = WebPage("", drawn.files["issues/2015-1/en/index.html"].decode())
    assert first.all("a", rel="next")[0]["href"] == "../../2015-2/en/index.html"
    assert not first.all("a", rel="prev")


@pytest.mark.slow
def test_an_item_of_two_issues_is_listed_where_it_appeared_first(office: Path) -> None:
    item = "2015-03-17-arctic-school"
    edit(
        office,
        "issues/2015-2/issue.yaml",
        "  - layout: contacts",
        LEAD_AGAIN + "  - layout: contacts",
    )
    folder = Folder(office)
    issues = [drawn_issue(office, slug) for slug in ("2015-2", "2015-1")]
    files = draw_archive(folder, issues).files
    listed = WebPage("en/topics/skills/index.html", files["en/countries/ru/index.html"].decode())
    ways = [link for link in listed.links() if item in link]
    assert ways == [f"../../../issues/2015-1/en/index.html#{item}"]


LEAD_AGAIN = """\
  - layout: lead
    items: [2015-03-17-arctic-school]
    en: { heading: Once more }
    ru: { heading: Ещё раз }
    kk: { heading: Тағы бір рет }

"""


@pytest.mark.slow
def test_an_item_that_stands_twice_has_two_anchors(office: Path) -> None:
    edit(
        office,
        "issues/2015-1/issue.yaml",
        "  - layout: contacts",
        LEAD_AGAIN + "  - layout: contacts",
    )
    html = publish(office, ["2015-1"]).files["issues/2015-1/en/index.html"].decode()
    found = WebPage("issues/2015-1/en/index.html", html)
    assert len(set(found.ids)) == len(found.ids)
    assert {"2015-03-17-arctic-school", "2015-03-17-arctic-school_2"} <= set(found.ids)


def test_the_sitemap_has_every_page_and_its_languages() -> None:
    space = {
        "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
        "x": "http://www.w3.org/1999/xhtml",
    }
    root = ET.fromstring(sample().files["sitemap.xml"])
    told = {node.findtext("s:loc", "", space): node for node in root.findall("s:url", space)}
    canonical = {
        page(path).all("link", rel="canonical")[0]["href"] for path in PAGES if path != WHOLE
    }
    assert set(told) == canonical
    for path in PAGES:
        if path in (WHOLE, "index.html"):
            continue
        tags = page(path).all("link", rel="alternate")
        said = {tag["href"] for tag in tags if tag["hreflang"] not in ("", "x-default")}
        node = told[page(path).all("link", rel="canonical")[0]["href"]]
        assert {link.get("href") for link in node.findall("x:link", space)} == said
    assert (
        b"Sitemap: https://newsletter.ilo-moscow.example.org/sitemap.xml"
        in (sample().files["robots.txt"])
    )


@pytest.mark.slow
def test_the_same_workspace_gives_the_same_bytes(office: Path) -> None:
    assert publish(office, ISSUES).files == sample().files
    assert publish(office, reversed(ISSUES)).files == sample().files


def test_files_that_change_their_content_change_their_name() -> None:
    named = [name for name in sample().files if name.startswith("assets/") or "/card-" in name]
    assert len(named) == 2 + len(EDITIONS)
    assert all(re.search(r"-[0-9a-f]{8}\.\w+$", name) for name in named)


def test_pictures_that_sent_mails_may_show_stay_with_their_issue() -> None:
    drawn = sample()
    assert drawn.still_needs("issues/2015-1/images/school-00000000.png")
    assert not drawn.still_needs("issues/2014-4/images/school-00000000.png")
    assert not drawn.still_needs("issues/2015-1/en/card-00000000.jpg")


@pytest.mark.slow
def test_an_address_with_a_path_is_kept(office: Path) -> None:
    edit(office, "newsletter.yaml", f"public_url: {SITE}", "public_url: https://example.org/news")
    files = publish(office, ["2015-1"]).files
    found = WebPage("", files["issues/2015-1/en/index.html"].decode())
    assert found.all("link", rel="canonical")[0]["href"] == (
        "https://example.org/news/issues/2015-1/en/"
    )
    assert not [link for link in found.links() if link.startswith("/")]


def test_facts_that_stand_in_beside_words_of_the_page_are_marked_alone() -> None:
    vacancy = "2015-06-24-vacancy-project-assistant"
    html = page("issues/2015-2/kk/index.html").html
    assert vacancy in html
    assert ':</span> <span lang="ru" dir="ltr">Душанбе,' in html.replace("\u00a0", " ")


def test_words_that_stand_in_for_missing_ones_are_marked() -> None:
    found = page("issues/2015-2/kk/index.html")
    strange = [
        item
        for section in issue("2015-2").editions["kk"].sections
        for item in section.items
        if item.fallback_fields
    ]
    assert strange
    marked = [tag for tag in found.tags if tag["lang"] == "ru" and tag.name in ("h2", "h3", "h4")]
    assert len(marked) == len([item for item in strange if "title" in item.fallback_fields])
    assert found.text.count(strange[0].fallback_note) == len(strange)


def test_a_theme_without_web_templates_is_told_what_it_lacks(small: Path) -> None:
    with pytest.raises(InputRefused) as refused:
        publish(small, ["spring"])
    said = str(refused.value)
    assert "templates/plain/web/issue.html.j2: the theme has no such template" in said
    assert "templates/plain/theme.yaml:3:1: the words `feed_items`" in said


def test_a_fault_in_a_template_is_told_at_its_line(office: Path) -> None:
    name = "templates/ilo-moscow/web/parts/lead.html.j2"
    edit(office, name, "{% for item in section.items %}", "{% for item in section.itmes %}")
    with pytest.raises(InputRefused, match=rf"{name}:5:1: EditionSection has no `itmes`"):
        publish(office, ["2015-1"])


def test_a_fault_in_the_name_of_a_variable_of_the_archive_is_told(office: Path) -> None:
    edit(office, "templates/ilo-moscow/web/base.html.j2", "{{ page.policy }}", "{{ page.polcy }}")
    with pytest.raises(InputRefused, match=r"base.html.j2:11:1: ArchivePage has no `polcy`"):
        publish(office, ["2015-1"])


def test_a_page_that_names_a_reader_is_refused(office: Path) -> None:
    name = "templates/ilo-moscow/web/issue.html.j2"
    edit(office, name, "<h1>", "<p>[[greeting]]</p><h1>")
    with pytest.raises(InputRefused, match=r"the page holds \[\[greeting\]\]"):
        publish(office, ["2015-1"])


def test_a_template_that_asks_for_slots_is_refused(office: Path) -> None:
    edit(office, "templates/ilo-moscow/web/issue.html.j2", "<h1>", "{{ slots.greeting }}<h1>")
    with pytest.raises(InputRefused, match="'slots' is undefined"):
        publish(office, ["2015-1"])


@pytest.mark.slow
def test_a_plain_office_has_an_archive_too(tmp_path: Path) -> None:
    from newsletter.starter import make_workspace

    make_workspace(tmp_path / "mine", sample=False)
    drawn = publish(tmp_path / "mine", ["2026-1"])
    assert f"issues/2026-1/{drawn.languages[0]}/index.html" in drawn.files


def test_every_layout_of_the_theme_has_a_form_for_the_web() -> None:
    theme = ROOT / "templates" / "ilo-moscow"
    mail = {path.name.split(".")[0] for path in (theme / "parts").glob("[!_]*.mjml.j2")}
    web = {path.name.split(".")[0] for path in (theme / "web/parts").glob("[!_]*.html.j2")}
    assert mail == web


@pytest.mark.slow
def test_a_stacked_issue_has_a_page_for_each_language_all_the_same(office: Path) -> None:
    edit(office, "issues/2015-1/issue.yaml", "number: 1\n", "number: 1\neditions: stacked\n")
    files = publish(office, ["2015-1"]).files
    pages_of_it = {name for name in files if name.startswith("issues/") and name.endswith(".html")}
    assert pages_of_it == {f"issues/2015-1/{language}/index.html" for language in ("en", "ru")}
