"""How each language sets its text. `~` stands for a non-breaking space in the tables."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.typography import set_pieces, set_text

RUSSIAN = {
    # quotation marks
    'Проект "Молодёжь" начат': "Проект «Молодёжь» начат",
    'Газета "Вестник "Труд""': "Газета «Вестник „Труд“»",
    'Роль "Ромашки "и" Лютика" ясна': "Роль «Ромашки „и“ Лютика» ясна",
    '"Слово" и "дело"': "«Слово» и~«дело»",
    'Сказал: «Уже», а не "ещё"': "Сказал: «Уже», а~не~«ещё»",
    '("в скобках")': "(«в~скобках»)",
    'школа-"клуб"': "школа-«клуб»",
    # full stops
    'Он сказал: "Приду завтра."': "Он сказал: «Приду завтра».",
    'Она сказала: "Нас три."': "Она сказала: «Нас три».",
    '"С 1959 года и до 2015."': "«С~1959~года и~до~2015».",
    '"Школы, семинары и др."': "«Школы, семинары и~др.»",
    '"Встречи, семинары и т. д."': "«Встречи, семинары и~т.~д.»",
    "Итоги «Круглый стол 2015 г.» и далее": "Итоги «Круглый стол 2015~г.» и~далее",
    # dashes
    "Москва - столица": "Москва~— столица",
    "Москва -- столица": "Москва~— столица",
    "Москва – столица": "Москва~— столица",
    "Москва — столица": "Москва~— столица",
    "- Да, - сказал он": "— Да,~— сказал он",
    "--- Да --- и нет": "— Да~— и~нет",
    "кое-что из-за кого-то": "кое-что из-за кого-то",
    "МОТ-2015": "МОТ-2015",
    # ranges, numbers and dates
    "17-20 марта": "17–20~марта",
    "2013-2016 гг.": "2013–2016~гг.",
    "с 30 марта по 2 апреля 2015 г.": "с~30~марта по~2~апреля 2015~г.",
    "30 марта - 2 апреля": "30~марта~— 2~апреля",
    "10 000 человек": "10~000 человек",
    "1 250 000 руб.": "1~250~000~руб.",
    "в 2015 году": "в~2015~году",
    "в 2015 году и в XX веке": "в~2015~году и~в~XX веке",
    "25 % и 5 млн человек": "25~% и~5~млн человек",
    "+5 °C": "+5~°C",
    "№5 и № 6": "№~5 и~№~6",
    "№ 1 (60), март 2015 г.": "№~1 (60), март 2015~г.",
    "Конвенция № 87": "Конвенция №~87",
    # what is no range
    "тел. +7 (495) 933-08-10": "тел. +7 (495) 933-08-10",
    "тел. 8-800-100-20-30": "тел.~8-800-100-20-30",
    "2015-03-17": "2015-03-17",
    "10:30-11:00": "10:30-11:00",
    "ГОСТ 12.0.230-2007": "ГОСТ 12.0.230-2007",
    "ГОСТ Р 1901-2001": "ГОСТ Р 1901-2001",
    "ГОСТ Р ИСО 45001-2018": "ГОСТ Р ИСО 45001-2018",
    "СНиП 12-03 и СП 12-15": "СНиП 12-03 и~СП 12-15",
    "приказ № 45-17 от 5 мая": "приказ №~45-17 от~5~мая",
    "приказ №45-57": "приказ №~45-57",
    "закон 1998-2001": "закон 1998-2001",
    "форма 0504-1, кабинет 12-3": "форма 0504-1, кабинет 12-3",
    "кабинет 12-13, рейс 100-200": "кабинет 12-13, рейс 100-200",
    "тел. 23-45, телефон 933-08": "тел.~23-45, телефон 933-08",
    "тел. 1990-2000": "тел.~1990-2000",
    "выпуск 2015-2, выпуск 2015-16": "выпуск 2015-2, выпуск 2015-16",
    "2015-12": "2015-12",
    "в 2015 - 20 человек": "в~2015~— 20 человек",
    # what is one
    "1990-91, план на 2015-16 гг.": "1990–91, план на~2015–16~гг.",
    "в 2013 - 2016 гг.": "в~2013–2016~гг.",
    "бюджет (2014 - 2015)": "бюджет (2014–2015)",
    "17 - 20 марта": "17–20~марта",
    "с. 5 - 7, №№ 12-15": "с.~5–7, №№~12–15",
    "10 000-20 000 человек": "10~000–20~000 человек",
    "в 1,5-2 раза, на 10-15 %": "в~1,5–2 раза, на~10–15~%",
    "лица 15-24 лет": "лица 15–24 лет",
    # frost, feet and minutes
    "от -5 градусов до -20 °C": "от~−5 градусов до~−20~°C",
    "5' 10\" и 5'10\"": "5′~10″ и~5′10″",
    # short words do not end a line, particles do not begin one
    "в доме и на улице": "в~доме и~на~улице",
    "И в Москве": "И~в~Москве",
    "о «достойном» труде": "о~«достойном» труде",
    "так же ли это": "так~же~ли это",
    "хотел бы": "хотел~бы",
    "жеребец и либо": "жеребец и~либо",
    # abbreviations and names
    "и т.д., и т. п., т.е. да": "и~т.~д., и~т.~п., т.~е. да",
    "А.С. Пушкин": "А.~С.~Пушкин",
    "А. С. Пушкин": "А.~С.~Пушкин",
    "А.С.Пушкин и Л.Толстой": "А.~С.~Пушкин и~Л.~Толстой",
    "г. Москва, ул. Петровка, д. 15": "г.~Москва, ул.~Петровка, д.~15",
    "см. с. 5-10": "см.~с.~5–10",
    # dots
    "Подождём...": "Подождём…",
    "Что?..": "Что?..",
    # addresses stay
    'см. "https://example.org/a-1-2?q=1-2", и всё': "см.~«https://example.org/a-1-2?q=1-2», и~всё",
    '"office-1-2@example.org" - адрес': "«office-1-2@example.org»~— адрес",
    "на сайте www.example.org/1-2": "на~сайте www.example.org/1-2",
}
ENGLISH = {
    'The "decent work" agenda': "The “decent work” agenda",
    'He said: "the "Arctic" school"': "He said: “the ‘Arctic’ school”",
    '"Work" and "rights"': "“Work” and “rights”",
    "it's the workers' right": "it’s the workers’ right",
    "employers' and workers' organizations": "employers’ and workers’ organizations",
    "the ILO's view": "the ILO’s view",
    "work - and rights": "work~– and rights",
    "work -- and rights": "work~– and rights",
    "work — and rights": "work~– and rights",
    "work – and rights": "work – and rights",
    "north-west": "north-west",
    "17-20 March 2015": "17–20~March 2015",
    "2013-2016": "2013–2016",
    "Covid-19 and F-16": "Covid-19 and F-16",
    "Convention No. 87": "Convention No.~87",
    "Nos. 87 and 98, pp. 5-10": "Nos.~87 and 98, pp.~5–10",
    "Dr Petrova and Mr. Lee": "Dr~Petrova and Mr. Lee",
    "Anna P. Petrova": "Anna P.~Petrova",
    "5 million, 25 per cent, 25 %": "5~million, 25~per cent, 25~%",
    "Wait...": "Wait…",
    "5 - 3": "5 - 3",
    'see "https://example.org/a-1-2"': "see “https://example.org/a-1-2”",
    # what is no range
    "ISO 8859-1, ISO 1901-2001": "ISO 8859-1, ISO 1901-2001",
    "order No. 45-57, ISBN 978-992": "order No.~45-57, ISBN 978-992",
    "call 933-08 or 23-45": "call 933-08 or 23-45",
    "flight SU 100-2, a Boeing 737-800": "flight SU 100-2, a Boeing 737-800",
    "issue 2015-2, issue 2015-16": "issue 2015-2, issue 2015-16",
    "resolution 1998-2001": "resolution 1998-2001",
    "they may 5-10 may": "they may 5-10 may",
    # what is one
    "pages 5 - 7, articles 12-15": "pages 5–7, articles 12–15",
    "March 17-20, 2015": "March 17–20, 2015",
    "1,000-2,000 workers, 1.5-2 million": "1,000–2,000 workers, 1.5–2~million",
    "$5-10, 5-10%": "$5–10, 5–10%",
    "fiscal 2015-16": "fiscal 2015–16",
    # single marks
    "\"the 'new' rule\"": "“the ‘new’ rule”",
    "'yes', and 'the ILO's no'": "‘yes’, and ‘the ILO’s no’",
    "the '90s, rock 'n' roll, 'tis": "the ’90s, rock ’n’ roll, ’tis",
    "of the workers', too, and employers'.": "of the workers’, too, and employers’.",
    "5' 10\" tall": "5′~10″ tall",
    "work --- and rights": "work~– and rights",
    "-5 °C, -5 degrees, 20 -25 °C": "−5~°C, −5 degrees, 20 -25~°C",
}
OTHERS = {
    "kk": {
        '"Еңбек" - №5': "«Еңбек»~— №~5",
        "2013-2016 жж.": "2013–2016 жж.",
        "17-20 маусымда 5-10 адам": "17–20~маусымда 5–10~адам",
        "2015 ж. 30 маусым, 10 000 адам": "2015~ж. 30~маусым, 10~000~адам",
        "үкімет пен халық, ол да, дала": "үкімет~пен халық, ол~да, дала",
        "А. Құнанбайұлы, Ә. С. Досов": "А.~Құнанбайұлы, Ә.~С.~Досов",
    },
    "ky": {'"Эмгек" - бул': "«Эмгек»~— бул"},
    "tg": {'"Меҳнат" - ин': "«Меҳнат»~— ин"},
    "uz-Cyrl": {'"Меҳнат" - бу': "«Меҳнат»~— бу"},
    "be": {'"Праца" - гэта': "«Праца»~— гэта"},
    "uz": {'"Mehnat" 17-20 martda': "“Mehnat” 17–20 martda"},
    "az": {'"Əmək" 17-20 mart, 17-20': "“Əmək” 17–20 mart, 17-20"},
    "hy": {'"Աշխատանք"': "«Աշխատանք»"},
    "ka": {'"შრომა"': "„შრომა“"},
    "pt-BR": {'"Trabalho"...': "“Trabalho”…"},
}
TABLES = [("ru", RUSSIAN), ("en", ENGLISH), *OTHERS.items()]
CASES = [(language, typed) for language, table in TABLES for typed in table]
LANGUAGES = [language for language, _ in TABLES]


def _shown(text: str) -> str:
    return text.replace("\u00a0", "~")


@pytest.mark.parametrize(("language", "typed"), CASES)
def test_a_text_is_set_as_its_language_wants(language: str, typed: str) -> None:
    assert _shown(set_text(typed, language)) == dict(TABLES)[language][typed]


@pytest.mark.parametrize(("language", "typed"), CASES)
def test_a_text_that_is_set_stays_as_it_is(language: str, typed: str) -> None:
    once = set_text(typed, language)
    assert set_text(once, language) == once


def test_quotation_marks_pair_across_tags() -> None:
    pieces = ['Он сказал: "', "да", '" - и ушёл']
    assert [_shown(each) for each in set_pieces(pieces, "ru")] == [
        "Он сказал: «",
        "да",
        "»~— и~ушёл",
    ]


def test_words_in_tags_make_a_range_and_a_name() -> None:
    assert set_pieces(["17-20 ", "марта"], "ru") == ["17–20 ", "марта"]
    assert set_pieces(["тел. ", "1990-2000"], "ru") == ["тел. ", "1990-2000"]


def test_an_apostrophe_after_a_tag_is_one() -> None:
    assert set_pieces(["", '"bold"', "'s, and ", "workers", "' rights"], "en") == [
        "",
        "“bold”",
        "’s, and ",
        "workers",
        "’ rights",
    ]


def test_a_quotation_mark_after_an_address_in_a_tag_closes() -> None:
    assert set_pieces(['"', "https://example.org", '"'], "ru") == ["«", "https://example.org", "»"]


LETTERS = "абвиоскую АБё hTSes 0123456789 \u00a0 \"'«»“”„-–—.…,:№%()[]/@\n"
TEXTS = st.text(st.sampled_from(LETTERS + "әғқңөұүҳқўғəİşӣӯ"), max_size=40)


def _letters(text: str) -> list[str]:
    """Return what a typographer has no business to change: letters and digits, in order."""
    return [each for each in text if unicodedata.category(each)[0] in "LN"]


@given(st.one_of(TEXTS, st.text(max_size=40)), st.sampled_from(LANGUAGES))
def test_letters_and_their_order_never_change(text: str, language: str) -> None:
    assert _letters(set_text(text, language)) == _letters(text)


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_setting_twice_changes_nothing_more(text: str, language: str) -> None:
    once = set_text(text, language)
    assert set_text(once, language) == once


FRAGMENTS = (
    "№ №№ No. Nos. pp. pages с. стр. тел. ГОСТ ISO гг. лет марта March years people человек % адам "
    "мамыр mart 2013 2016 1990 91 17 20 5 05 10 000 1,5 1.5 - -- --- – — ' \" '' 's s' n '90s ( ) "
    ". , -5 °C градусов А. Б. Пушкин » «"
)
WORDS = st.sampled_from(FRAGMENTS.split())
PHRASES = st.lists(st.tuples(WORDS, st.sampled_from(["", "", " ", "\u00a0"])), max_size=12).map(
    lambda pairs: "".join(word + gap for word, gap in pairs)
)


@given(PHRASES, st.sampled_from(LANGUAGES))
def test_setting_numbers_and_marks_twice_changes_nothing_more(text: str, language: str) -> None:
    once = set_text(text, language)
    assert set_text(once, language) == once
    assert _letters(once) == _letters(text)


@given(
    st.sampled_from(["№ ", "№", "No. ", "тел. ", "tel. ", "ГОСТ Р ", "ISO ", "ISBN ", "СНиП "]),
    st.integers(1, 9999),
    st.integers(1, 9999),
    st.sampled_from(["", ".", " от 5 мая", " of 5 May", ", 2015", " people", " %"]),
    st.sampled_from(LANGUAGES),
)
def test_numbers_that_are_names_keep_their_hyphen(
    before: str, first: int, second: int, after: str, language: str
) -> None:
    assert f"{first}-{second}" in set_text(f"{before}{first}-{second}{after}", language)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.sampled_from(LANGUAGES))
def test_pieces_stay_pieces(pieces: list[str], language: str) -> None:
    done = set_pieces(pieces, language)
    assert len(done) == len(pieces)
    assert [_letters(each) for each in done] == [_letters(each) for each in pieces]


PATHS = st.text(st.sampled_from("abц12-._~/?=&%#'"), min_size=1, max_size=15)


@given(PATHS, st.sampled_from(LANGUAGES), st.sampled_from(["см. {}, и", '"{}"', "{} - {}", "({})"]))
def test_addresses_never_change(path: str, language: str, frame: str) -> None:
    for address in (f"https://example.org/{path}", f"{path}@example.org"):
        assert address in set_text(frame.replace("{}", address), language)
