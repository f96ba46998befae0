"""The faults that `test_planted.py` plants: each a broken copy of the sample, and who must find it.

In `file` the text `old` becomes `new` (and likewise for `more` changes). Then `rule` must find it
on every line that holds one of `at`, or else the first line of `new`; `at_file` is another file to
look in, `line` an exact line. `also` are rules that rightly speak of the same change. A new rule
gets a row here.
"""

from dataclasses import dataclass, field
from pathlib import Path

from tests.workspace import edit

SLUG = "2015-1"
ISSUE = "issues/2015-1/issue.yaml"
ITEMS = "issues/items/2015/"
ARCTIC = f"{ITEMS}2015-03-17-arctic-school.yaml"
SURVEY = f"{ITEMS}2015-03-24-readers-survey.yaml"
VACANCY = f"{ITEMS}2015-03-26-vacancy-translator.yaml"
GEORGIA = f"{ITEMS}2015-02-02-georgia-labour-relations.yaml"
EVENT = f"{ITEMS}2015-03-16-event-osh-training.yaml"
SETTINGS = "newsletter.yaml"
THEME = "templates/ilo-moscow/"
PARTS = f"{THEME}parts/"
PAGE = f"{THEME}issue.mjml.j2"
TEXT = f"{THEME}issue.txt.j2"
FRAME = f"{PARTS}_frame.mjml.j2"
MASTHEAD = f"{PARTS}_masthead.mjml.j2"
FOOTER = f"{PARTS}_footer.mjml.j2"
PIECES = f"{PARTS}_pieces.mjml.j2"
CALENDAR = f"{PARTS}calendar.mjml.j2"
HEAD = f"{THEME}head.css"
REASON = "<p>{{ edition.publisher.reason }}</p>"
PREHEADER_EN = (
    "Young trade unionists in the Arctic, a new project in Georgia, women leaders of Central Asia"
)
PREHEADER_RU = (
    "Молодые профсоюзные активисты в Арктике, новый проект в Грузии, "
    "женщины-лидеры Центральной Азии"
)
ALT = (
    "Drawing: young people on the quay of an Arctic harbour look at the northern lights "
    "above the hills"
)
SURVEY_EN = "https://www.example.org/en/announcements/survey"
SURVEY_RU = "https://www.example.org/ru/announcements/survey"

Change = tuple[str, str, str]
"""A file, and what becomes what in it."""


@dataclass(frozen=True, kw_only=True)
class Plant:
    """One fault."""

    rule: str
    file: str
    old: str
    new: str
    more: tuple[Change, ...] = ()
    at: tuple[str, ...] = ()
    at_file: str = ""
    line: int = 0
    also: tuple[str, ...] = field(default=())

    def changes(self) -> tuple[Change, ...]:
        return ((self.file, self.old, self.new), *self.more)

    def sow(self, office: Path) -> dict[str, str]:
        """Break the copy; return what its files held."""
        kept = {file: (office / file).read_text(encoding="utf-8") for file, _, _ in self.changes()}
        for file, old, new in self.changes():
            edit(office, file, old, new)
        return kept

    def lines(self, office: Path) -> set[tuple[str, int]]:
        """Return file and line of each place at which the fault must be found."""
        if self.line:
            return {(self.file, self.line)}
        wanted = self.at or (self.new.split("\n")[0],)
        file = self.at_file or self.file
        lines = (office / file).read_text(encoding="utf-8").split("\n")
        found = {
            (file, number)
            for number, line in enumerate(lines, start=1)
            if any(each in line for each in wanted)
        }
        assert found, f"{file} does not hold {wanted}"
        return found


def _plant(rule: str, file: str, old: str, new: str, *more: Change, **other: object) -> Plant:
    return Plant(rule=rule, file=file, old=old, new=new, more=more, **other)  # type: ignore[arg-type]


_ISSUE = (
    _plant(
        "numbering", SETTINGS, "serial: 60 }", "serial: 61 }", at=("serial: 60",), at_file=ISSUE
    ),
    _plant("numbering-date", ISSUE, "date: 2015-03-31", "date: 2015-04-20"),
    _plant(
        "numbering-words",
        ISSUE,
        "Newsletter No. 1 (60)",
        "Newsletter No. 1 (59)",
        (ISSUE, "МОТ № 1 (60)", "МОТ № 1 (59)"),
        at=("(59)",),
    ),
    _plant(
        "empty-section",
        ISSUE,
        "pick: { kind: publication, from: 2015-01-01, to: 2015-03-31,",
        "pick: { kind: publication, from: 2016-01-01, to: 2016-03-31,",
    ),
    _plant(
        "repeated-item",
        ISSUE,
        "items: [2015-02-27-voice-union-seminar]",
        "items: [2015-02-27-voice-union-seminar, 2015-03-17-arctic-school]",
    ),
    _plant(
        "same-title",
        SURVEY,
        "title: Five questions for our readers",
        "title: Translator and editor (English and Russian), part-time",
    ),
    _plant("past-deadline", SURVEY, "deadline: 2015-04-30", "deadline: 2015-03-28"),
    _plant(
        "project-dates",
        GEORGIA,
        "date: 2015-02-02",
        "date: 2015-02-02\nstarts: 2015-06-01\nends: 2015-05-01",
        at=("ends:",),
    ),
)
_DAYS = (
    _plant(
        "weekday",
        ARCTIC,
        "From 17 to 20 March young",
        "From Monday, 17 March to Friday, 20 March young",
    ),
    _plant("weekday", ARCTIC, "С 17 по 20 марта в", "С 17 по среду, 20 марта, в"),
    _plant(
        "impossible-date",
        VACANCY,
        "is an advantage.",
        "is an advantage. We meet on 31 April.",
        (VACANCY, "приветствуется.", "приветствуется. Встреча — 31 апреля."),
        at=("31 April", "31 апреля"),
    ),
    _plant(
        "impossible-date",
        SURVEY,
        "The survey takes",
        "Since 30.02.2015 the survey takes",
        (SURVEY, "Опрос займёт", "С 30.02.2015 опрос займёт"),
        at=("30.02.2015",),
    ),
    _plant(
        "past-event",
        EVENT,
        "starts: 2015-05-12",
        "starts: 2015-04-12",
        (ISSUE, "date: 2015-03-31", "date: 2015-04-13"),
        also=("numbering-date",),
    ),
)
_INBOX = (
    _plant(
        "subject-length",
        ISSUE,
        ": Arctic school in Murmansk",
        ": Arctic school of young trade unionists in Murmansk and more",
    ),
    _plant("subject-shouts", ISSUE, "Arctic school in Murmansk", "Arctic school in Murmansk!!!"),
    _plant(
        "subject-number",
        ISSUE,
        '"ILO Moscow Newsletter No. 1 (60): Arctic school in Murmansk"',
        "Newsletter",
        (ISSUE, '"Бюллетень МОТ № 1 (60): Арктическая школа в Мурманске"', "Бюллетень"),
        at=("subject: Newsletter", "subject: Бюллетень"),
    ),
    _plant(
        "subject-front", ISSUE, "ILO Moscow Newsletter No.", "Newsletter of the ILO in Moscow No."
    ),
    _plant(
        "preheader",
        ISSUE,
        "the Arctic, a new project in Georgia, women leaders of Central Asia",
        "the Arctic",
        at=("preheader: Young",),
    ),
    _plant(
        "preheader-repeats",
        ISSUE,
        f"preheader: {PREHEADER_EN}",
        'preheader: "ILO Moscow Newsletter No. 1 (60): Arctic school in Murmansk"',
        (
            ISSUE,
            f"preheader: {PREHEADER_RU}",
            'preheader: "Бюллетень МОТ № 1 (60): Арктическая школа в Мурманске"',
        ),
        at=("preheader: ",),
    ),
    _plant(
        "preheader-missing",
        FRAME,
        "{{ line }}",
        "{{ strings.masthead }} ",
        at=("<mjml",),
        at_file=PAGE,
    ),
    _plant("preheader-padding", FRAME, "* 50", "* 3"),
)
_WORDS = (
    _plant("mixed-letters", ARCTIC, "Школу провели", "Шкoлу провели"),
    _plant("direction", SURVEY, "What do you read first", "What do you \u202eread first"),
    _plant("markup", SURVEY, "What do you read", "What do <b>you</b> read"),
    _plant("composed-letters", ARCTIC, "Мурманский областной", "Мурмански\u0438\u0306 областной"),
    _plant("mojibake", SURVEY, "Что вы читаете", "Р§С‚Рѕ РІС‹ читаете"),
    _plant("mojibake", SURVEY, "Опрос займёт", "????? займёт"),
    _plant(
        "broken-letters", f"{PARTS}_contents.mjml.j2", "<h2", "<p>\u0085</p><h2", at=("\u0085",)
    ),
    _plant("tokens", SURVEY, "What do you read first", "{{name}}, what do you read first"),
    _plant("tokens", FOOTER, REASON, f"{REASON}<p>Hello [[name]]</p>"),
    _plant("escapes", SURVEY, "What do you read first", r"What do you\u00a0read first"),
    _plant("escapes", SURVEY, "Что вы читаете", "Что вы&nbsp;читаете", also=("spacing",)),
    _plant(
        "escapes",
        ARCTIC,
        f'image_alt: "{ALT}"',
        f"image_alt: '{ALT.replace(' the quay', chr(92) + 'u{a0}the quay')}'",
    ),
    _plant("escapes", FOOTER, REASON, REASON.replace("<p>", r'<p title="Read\nThis">')),
    _plant(
        "escapes",
        PAGE,
        "<mj-title>{{ edition.subject }}</mj-title>",
        r"<mj-title>{{ edition.subject }}\u{2026}</mj-title>",
        at=("<mj-title>", "<mj-body"),  # MJML writes it into aria-label too
    ),
    _plant("escapes", TEXT, "{{ slots.greeting }}", r"{{ slots.greeting }}\n", at=("{#",)),
    _plant("quotation-marks", ARCTIC, "Слово «Арктическая»", "Слово “Арктическая”"),
    _plant("dashes", ARCTIC, "названии — не только", "названии--не только"),
    _plant("spacing", ARCTIC, "and the North\n", "and the North ,\n"),
    _plant("doubled-word", ARCTIC, "Its four days were", "Its four days were were"),
    _plant(
        "number-sign",
        SURVEY,
        "Опрос займёт",
        "Опрос N 3 займёт",
        (SURVEY, "The survey", "Survey No. 3"),
    ),
    _plant(
        "title-length",
        SURVEY,
        "Five questions for our readers",
        f"Five questions for our readers {'about what they read first, ' * 3}and so on",
    ),
    _plant(
        "title-form", SURVEY, "Five questions for our readers", "Five questions for our readers."
    ),
    _plant(
        "text-length",
        ISSUE,
        "heading: News by country",
        "heading: News by country from ten countries of the region",
    ),
)
_ALIKE = (
    _plant(
        "item-shown",
        f"{PARTS}announcements.mjml.j2",
        "{% for item in section.items %}",
        '{% for item in section.items if item.kind != "vacancy" %}',
        at=("  title: ",),
        at_file=VACANCY,
    ),
    _plant(
        "same-order",
        f"{PARTS}brief.mjml.j2",
        "{% for item in section.items %}",
        "{% for item in section.items | sort(attribute='id', reverse=edition.language == 'en') %}",
        at=("<mjml",),
        at_file=PAGE,
    ),
    _plant(
        "same-pictures",
        f"{PARTS}lead.mjml.j2",
        "{% if item.image %}",
        '{% if item.image and edition.language == "en" %}',
        at=("<mjml",),
        at_file=PAGE,
    ),
    _plant(
        "untranslated",
        SURVEY,
        "title: Пять вопросов к нашим читателям",
        "title: Five questions for the dear readers",
        also=("part-language",),
    ),
)
_LINKS = (
    _plant(
        "links",
        SURVEY,
        SURVEY_EN,
        "https://survey.local/",
        (SURVEY, SURVEY_RU, "https://survey.local/"),
    ),
    _plant("link-http", VACANCY, "https://www.example.org/en/", "http://www.example.org/en/"),
    _plant(
        "link-vague",
        VACANCY,
        "label: Terms of reference for the translator",
        "label: Read more",
    ),
    _plant(
        "link-vague", VACANCY, "label: Круг обязанностей переводчика-редактора", "label: Подробнее"
    ),
    _plant(
        "link-shortened",
        SURVEY,
        SURVEY_EN,
        "https://bit.ly/x1",
        (SURVEY, SURVEY_RU, "https://bit.ly/x1"),
    ),
    _plant("link-edition", SURVEY, SURVEY_RU, f"{SURVEY_EN}/", also=("translation-mismatch",)),
    _plant(
        "link-disguised",
        VACANCY,
        "label: Terms of reference for the translator",
        "label: www.example.com",
        (VACANCY, "label: Круг обязанностей переводчика-редактора", "label: www.example.com"),
    ),
    _plant(
        "link-same-words",
        SURVEY,
        "label: Open the readers’ survey",
        "label: Terms of reference for the translator",
    ),
    _plant("link-telephone", SETTINGS, '"+7 (495) 933 08 10"', '"(495) 933 08 10"'),
    _plant(
        "link-line",
        FOOTER,
        '<a href="{{ slots.preferences_url }}"',
        '<a style="text-decoration:none" href="{{ slots.preferences_url }}"',
    ),
    _plant(
        "link-empty", FOOTER, "{{ strings.preferences }}</a>", "</a>", at=("slots.preferences_url",)
    ),
)
_PICTURES = (
    _plant(
        "alt-text",
        ARCTIC,
        f'image_alt: "{ALT}"',
        "image_alt: arctic-school.png",
    ),
    _plant(
        "alt-length",
        ARCTIC,
        "above the hills",
        "above the hills, and a fishing boat comes home late",
    ),
    _plant("alt-idle", ARCTIC, '"Drawing: young people', '"Picture of young people'),
    _plant("img-alt", PIECES, ' alt="{{ image.alt }}"', "", at=("<img ",)),
    _plant("img-address", PIECES, 'src="{{ file.src }}"', 'src="a.png"', at=("<img ",)),
    _plant("img-width", PIECES, ' width="{{ [width, file.width] | min }}"', "", at=("<img ",)),
    _plant(
        "picture-credit",
        ARCTIC,
        "  image_credit: Drawing made for this newsletter\n",
        "",
        (ARCTIC, "  image_credit: Рисунок подготовлен для бюллетеня\n", ""),
        at=("image:",),
    ),
    _plant("picture-rights", ARCTIC, "  rights: Own work of the office\n", "", at=("image:",)),
)
_PAGE = (
    _plant("page-language", PAGE, 'lang="{{ edition.language }}"', 'lang="fr"'),
    _plant("page-direction", PAGE, 'dir="{{ edition.direction }}"', 'dir="rtl"'),
    _plant(
        "part-language",
        FOOTER,
        REASON,
        f"{REASON}<p>Вы сами просили присылать письма</p><p>You asked for this mail yourself</p>",
    ),
    _plant("link-language", MASTHEAD, ' lang="{{ other.language }}"', "", at=("hreflang=",)),
    _plant(
        "page-title", PAGE, "<mj-title>{{ edition.subject }}</mj-title>", "<mj-title></mj-title>"
    ),
    _plant(
        "heading-first",
        MASTHEAD,
        "<h1>{{ strings.masthead }}</h1>",
        "<p>{{ strings.masthead }}</p>",
        at=("{{ strings.in_this_issue }}",),
        at_file=f"{PARTS}_contents.mjml.j2",
    ),
    _plant(
        "heading-levels",
        CALENDAR,
        '{{ pieces.headline(item, 3 if section.heading else 2, "event-title") }}',
        "<h5>{{ item.title }}</h5>",
    ),
    _plant("heading-empty", FOOTER, REASON, f"{REASON}<h2></h2>"),
    _plant(
        "table-role", PIECES, '<table role="presentation" class="beside"', '<table class="beside"'
    ),
    _plant("table-heads", CALENDAR, '<th scope="col" class="columns">', '<th class="columns">'),
    _plant(
        "page-zoom",
        f"{PARTS}_head.mjml.j2",
        '<meta name="color-scheme"',
        '<meta name="viewport" content="user-scalable=no" /><meta name="color-scheme"',
        at=('name="color-scheme"',),
    ),
)
_MARKUP = (
    _plant(
        "style-url",
        FOOTER,
        REASON,
        REASON.replace("<p>", '<p style="background-image:url(https://www.example.org/a.png)">'),
        also=("contrast-unknown", "client-support"),
    ),
    _plant(
        "style-nested",
        HEAD,
        "  :root {",
        "  @media screen { @media print { p { margin: 0; } } }\n  :root {",
        line=2,
    ),
    _plant("style-broken", HEAD, "  :root {", "  } :root {", line=2),
    _plant("style-broken", HEAD, "{ font-size: 20px !important; }", "{ font-size 20px; }", line=2),
    _plant(
        "style-size",
        HEAD,
        "  :root {",
        "  p { margin: 0; }\n" * 1000 + "  :root {",
        line=2,
        also=("html-size-near",),
    ),
    _plant("active-content", FOOTER, REASON, REASON.replace("<p>", '<p onclick="go()">')),
    _plant(
        "active-content",
        FOOTER,
        REASON,
        f'{REASON}<form action="https://www.example.org/"></form>',
        also=("client-support",),
    ),
    _plant(
        "loads-from-elsewhere",
        HEAD,
        "  :root {",
        '  @import "https://www.example.org/a.css";\n  :root {',
        line=2,
        also=("client-support",),
    ),
    _plant(
        "hidden-text",
        FOOTER,
        REASON,
        f'{REASON}<p style="display:none">Cheap watches and loans for all</p>',
    ),
    _plant("tiny-text", FOOTER, REASON, REASON.replace("<p>", '<p style="font-size:6px">')),
    _plant("link-target-size", MASTHEAD, "muted targets", "muted", at=("<a ",)),
)
_FOOTER = (
    _plant(
        "unsubscribe",
        FOOTER,
        '<a href="{{ slots.unsubscribe_url }}">{{ strings.unsubscribe }}</a>',
        "{{ strings.unsubscribe }}",
        at=("<mjml",),
        at_file=PAGE,
    ),
    _plant(
        "unsubscribe-header",
        SETTINGS,
        "public_url: https://",
        "public_url: http://",
        also=("link-http",),
    ),
    _plant(
        "postal-address",
        FOOTER,
        '{{ edition.publisher.address | join(", ") }}',
        "",
        (f"{PARTS}contacts.mjml.j2", '<p>{{ publisher.address | join("<br />" | safe) }}</p>', ""),
        at=("<mjml",),
        at_file=PAGE,
    ),
    _plant("reason-named", FOOTER, REASON, "", at=("<mjml",), at_file=PAGE),
    _plant(
        "view-online",
        TEXT,
        "{{ edition.view_url }}",
        "",
        at=("{#",),
        also=("text-links",),
    ),
    _plant(
        "slots-alike", TEXT, "{{ slots.greeting }}", "{{ strings.greeting_anonymous }}", at=("{#",)
    ),
)
_WHOLE = (
    _plant(
        "text-links",
        f"{PARTS}_pieces.txt.j2",
        "{{ link.url }}",
        '{% if item.kind != "vacancy" %}{{ link.url }}{% endif %}',
        at=("      url: ",),
        at_file=VACANCY,
    ),
    _plant(
        "text-lines",
        TEXT,
        "{{ edition.publisher.reason | wrap }}",
        "{{ edition.publisher.reason }}",
        at=("{#",),
    ),
    _plant(
        "html-size-near",
        FOOTER,
        REASON,
        f'{REASON}<p>{{{{ "- " * 9000 }}}}</p>',
        at=("sections:",),
        at_file=ISSUE,
    ),
)

SURVEY_LEAD = """\
  lead: >-
    Что вы читаете в первую очередь, что пропускаете и чего вам не хватает? Опрос займёт три минуты, а ответы помогут
    нам готовить следующие номера.
"""  # noqa: E501 (as it stands in the file)
_TRANSLATED = (
    _plant("translation-mismatch", SURVEY, "takes three", "takes 5", line=16),
    _plant("translation-mismatch", ARCTIC, "С 17 по 20 марта", "С 17 по 21 марта", line=32),
    _plant("translation-mismatch", GEORGIA, "title: Georgia and", "title: Armenia and", line=26),
    _plant("translation-blocked", SURVEY, SURVEY_LEAD, "", line=14),
)

STYLED = '<p style="{}">{{{{ edition.publisher.reason }}}}</p>'
_COLOURS = (
    _plant(  # too pale on the page, and where the page is made dark by force
        "contrast", FOOTER, REASON, STYLED.format("color:#8a94a0"), also=("contrast-forced-dark",)
    ),
    _plant("contrast", FOOTER, REASON, STYLED.format("background:#ffffff")),  # in dark colours
    _plant(
        "contrast-forced-dark", FOOTER, REASON, STYLED.format("background:#8c8c8c;color:#000000")
    ),
    _plant(
        "contrast-unknown",
        FOOTER,
        REASON,
        STYLED.format("color:var(--ink)"),
        also=("client-support",),
    ),
    _plant(
        "client-support",
        f"{THEME}inline.css",
        ".place { margin",
        ".place { opacity: 1; margin",
    ),
    _plant(
        "client-names",
        SETTINGS,
        "time_zone:",
        "checks:\n  clients: [outlok]\ntime_zone:",
        at=("outlok",),
    ),
)

PLANTED = (
    *_ISSUE,
    *_DAYS,
    *_INBOX,
    *_WORDS,
    *_ALIKE,
    *_LINKS,
    *_PICTURES,
    *_PAGE,
    *_MARKUP,
    *_FOOTER,
    *_WHOLE,
    *_TRANSLATED,
    *_COLOURS,
)
