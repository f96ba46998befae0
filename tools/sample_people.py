"""Writes the invented readers of the sample workspace: subscribers/sample.csv and sample-media.csv.

Nobody here exists: names are put together from common ones, every address stands below
example.org, example.com or example.net (RFC 2606 3). There is no chance in it: the same files come
out each time, so that tests may rely on them.

Order: people country by country from the tables below, then rows that an import has to cope with
(other alphabets in addresses, doubles, mistakes) spread among them; last the file of the press,
which is written the way a Russian Excel does it.

    python tools/sample_people.py
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path

SUBSCRIBERS = Path(__file__).resolve().parents[1] / "subscribers"
MEDIA_HEADER = ("Почта", "Имя", "Язык", "Страна", "Организация", "Тип организации")


@dataclass(frozen=True, slots=True)
class Reader:
    """One row of sample.csv; the names of the fields are its header."""

    email: str
    name: str
    language: str
    country: str
    organisation: str
    organisation_type: str


@dataclass(frozen=True, slots=True)
class Names:
    """How people of a country are called, and how many of them read the newsletter.

    A surname is written once when women and men bear it alike, else as “his her”. Names are never
    of two alphabets, so a country that writes in two stands in the table twice.
    """

    readers: int
    women: str
    men: str
    surnames: str


NAMES = {
    "am": Names(
        23,
        "Անի Լուսինե Մարիամ Գայանե Նարե Արփինե",
        "Տիգրան Դավիթ Վահե Հայկ Նարեկ Գոռ",
        "Գրիգորյան,Հակոբյան,Մարտիրոսյան,Ավետիսյան,Ղազարյան,Բաղդասարյան,Մելքոնյան",
    ),
    "az": Names(
        24,
        "Aygün Çinarə Günel Səbinə Ülviyyə Nərgiz",
        "Əli Elçin Rəşad Tuğrul Vüqar İsmayıl",
        "Məmmədov Məmmədova,Hüseynov Hüseynova,Cəfərov Cəfərova,Quliyev Quliyeva,"
        "Əhmədov Əhmədova,Şirinov Şirinova,İbrahimli",
    ),
    "by": Names(
        27,
        "Алеся Вольга Ганна Кацярына Марыя Ірына",
        "Алесь Мікола Андрэй Яўген Сяргей Дзмітрый",
        "Кавалёў Кавалёва,Жук,Новік,Зайцаў Зайцава,Мельнік,Бондар,Сямашка",
    ),
    "ge": Names(
        22,
        "ნინო თამარი ქეთევანი მაია ეკა სალომე",
        "გიორგი დავითი ლევანი ირაკლი ზურაბი ვახტანგი",
        "ბერიძე,კაპანაძე,გელაშვილი,მაისურაძე,ლომიძე,წიკლაური,ჯაფარიძე",
    ),
    "kz": Names(
        33,
        "Айгүл Әсел Гүлмира Жанар Қарлығаш Меруерт",
        "Нұрлан Ерлан Өмірзақ Қайрат Дәурен Бауыржан",
        "Ахметов Ахметова,Қожахметов Қожахметова,Сүлейменов Сүлейменова,Тілеубаев Тілеубаева,"
        "Жұмабеков Жұмабекова,Әбенов Әбенова,Оспанов Оспанова",
    ),
    "kg": Names(
        25,
        "Айнура Бермет Гүлзат Жылдыз Мээрим Чынара",
        "Азамат Бакыт Өмүрбек Нурлан Таалай Эрмек",
        "Төлөгөнов Төлөгөнова,Асанов Асанова,Жээнбаев Жээнбаева,Мамытов Мамытова,"
        "Сыдыков Сыдыкова,Үсөнов Үсөнова,Осмонов Осмонова",
    ),
    "ru": Names(
        58,
        "Анна Ольга Екатерина Наталья Пелагея Софья Татьяна Юлия",
        "Алексей Семён Дмитрий Артём Михаил Олег Пётр Фёдор",
        "Соловьёв Соловьёва,Крылов Крылова,Щербаков Щербакова,Лапин Лапина,Ерёмин Ерёмина,"
        "Журавлёв Журавлёва,Галкин Галкина,Юдин Юдина,Рябинин Рябинина,"
        "Цветков Цветкова,Чехонин Чехонина",
    ),
    "tj": Names(
        23,
        "Гулчеҳра Манижа Нилуфар Ситора Шаҳноза Фарзона",
        "Ҷамшед Фаррух Рустам Сӯҳроб Ӯктам Ғайрат",
        "Раҳимов Раҳимова,Қосимов Қосимова,Шарифзода,Назаров Назарова,"
        "Юсуфӣ,Ҳакимов Ҳакимова,Одиназода",
    ),
    "tm": Names(
        14,
        "Maýsa Ogulgerek Aýjemal Jeren Läle Enejan",
        "Döwlet Kakajan Baýram Serdar Ýusup Merdan",
        "Gurbanow Gurbanowa,Ataýew Ataýewa,Nuryýew Nuryýewa,Çaryýew Çaryýewa,"
        "Orazow Orazowa,Hojaýew Hojaýewa,Saparow Saparowa",
    ),
    "uz-Latn": Names(
        18,
        "Gulnora Shahnoza Zulfiya Dilfuza Oʻgʻiloy Munira",
        "Oʻktam Jasur Sherzod Ulugʻbek Bahodir Farhod",
        "Toʻraqulov Toʻraqulova,Gʻaniyev Gʻaniyeva,Qodirov Qodirova,Yoʻldoshev Yoʻldosheva,"
        "Rashidov Rashidova,Hamidov Hamidova,Sobirov Sobirova",
    ),
    "uz-Cyrl": Names(
        12,
        "Муҳаббат Шоира Хуршида Ойгул Зебо Нигора",
        "Ўткир Фарҳод Шуҳрат Ғулом Қаҳрамон Дониёр",
        "Тўхтаев Тўхтаева,Ҳасанов Ҳасанова,Ғофуров Ғофурова,Қўчқоров Қўчқорова,"
        "Эшонқулов Эшонқулова,Холматов Холматова,Умиров Умирова",
    ),
}


# Each line: type, host of its mail, name in Russian, name in English.
PLACES = """
government | labour.{}.example.org | Министерство труда, занятости и соцзащиты | Ministry of Labour
workers | unions.{}.example.net | Федерация профсоюзов | Federation of Trade Unions
employers | employers.{}.example.com | Союз работодателей | Confederation of Employers
government | inspection.{}.example.org | Инспекция труда | Labour Inspectorate
media | press.{}.example.com | Газета «Труд и жизнь» | Newspaper “Work and Life”
workers | metal.{}.example.net | Профсоюз металлургов, охрана труда | Metalworkers’ Union, Safety
un | un.{}.example.org | Представительство ООН | United Nations Office
research | institute.{}.example.net | Институт труда, отдел занятости | Labour Institute, Employment
employers | chamber.{}.example.com | Торгово-промышленная палата | Chamber of Commerce
other | women.{}.example.org | Ассоциация деловых женщин | Association of Business Women
"""

# Each line: address, name, language, country, organisation, type.
OTHER_ALPHABETS = """
почта@пример.example.org | Пелагея Ёлкина | ru | ru | Музей труда | other
айгуль@бюро.example.net | Айгуль Сейтказина | ru | kz | Бюро переводов | other
sabina@еңбек.example.org | Сабина Әлиева | ru | kz | Еңбек орталығы | government
aygun@əmək.example.net | Aygün Səfərova | en | az | Əmək Mərkəzi | government
nino@შრომა.example.org | ნინო წიკლაური | en | ge | შრომის ცენტრი | research
ani@աշխատանք.example.com | Անի Սահակյան | en | am | Աշխատանքի կենտրոն | other
гулнора@unions.uz.example.net | Гулнора Эргашева | ru | uz | Федерация профсоюзов | workers
олег.ветров@press.by.example.com | Олег Ветров | ru | by | Газета «Смена» | media
"""
ODD_NAMES = """
n.ohara@un.ge.example.org | Nora O'Hara | en | ge | United Nations Office | un
r.saidov@labour.tj.example.org | Саидов; Рустам | ru | tj | Агентство труда; кадры | government
f.adair@un.am.example.org | Fiona "Mc Quote" Adair | en | am | "Decent Work", a project | un
"""
MISTAKES = """
saidov.example.org | Фирӯз Саидов | ru | tj | Федерация профсоюзов | workers
marat@@press.kz.example.com | Марат Исаев | ru | kz | Газета «Труд и жизнь» | media
 | Вера Безадресная | ru | ru | Институт экономики труда | research
lola rahimova@unions.uz.example.net | Lola Rahimova | en | uz | Federation of Trade Unions | workers
n.poghosyan@press.am.example.com. | Նարեկ Պողոսյան | en | am | Newspaper “Work and Life” | media
"""

JOURNALISTS = """
ru Марина Облакова; ru Глеб Тихомиров; ru Инна Верещагина; ru Борис Калитин; ru Яна Полянская
ru Егор Снежков; ru Кира Заречная; by Алесь Рудкоўскі; by Ніна Вярба; by Павел Лазовік
kz Айгерим Досова; kz Тимур Бекенов; kz Жанна Ким; kg Чолпон Усупова; kg Эмиль Токтоев
uz Нигора Салимова; uz Бахром Умаров; uz Лола Азизова; tj Зарина Холова; tj Далер Мирзоев
tm Айна Бердыева; tm Мерет Оразов; az Лейла Гасанова; az Фуад Талыбов; am Арпине Степанян
am Ваган Галстян; ge Нана Джапаридзе; ge Лаша Кикнадзе
"""
NEWSROOMS = (
    ("radio.{}.example.net", "Радио «Новый день»"),
    ("agency.{}.example.com", 'Агентство "Вести"; отдел экономики'),
    ("weekly.{}.example.org", "Еженедельник «Человек труда», редакция"),
    ("tv.{}.example.net", "Телеканал «Горизонт»"),
)
_COUNTRY_NAMES = (
    "am Армения; az Азербайджан; by Беларусь; ge Грузия; kz Казахстан; kg Кыргызстан; ru Россия; "
    "tj Таджикистан; tm Туркменистан; uz Узбекистан"
)
COUNTRIES_IN_RUSSIAN = dict(entry.split() for entry in _COUNTRY_NAMES.split("; "))

CYRILLIC = (
    "а a б b в v г g д d е e ё yo ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f "
    "х kh ц ts ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya і i ў u ә a ғ g қ q ң ng ө o ұ u ү u "
    "һ h ҳ h ҷ j ӣ i ӯ u"
)
GEORGIAN = (
    "ა a ბ b გ g დ d ე e ვ v ზ z თ t ი i კ k ლ l მ m ნ n ო o პ p ჟ zh რ r ს s ტ t უ u ფ p ქ k "
    "ღ gh ყ q შ sh ჩ ch ც ts ძ dz წ ts ჭ ch ხ kh ჯ j ჰ h"
)
ARMENIAN = (
    "ա a բ b գ g դ d ե e զ z է e ը y թ t ժ zh ի i լ l խ kh ծ ts կ k հ h ձ dz ղ gh ճ ch մ m "
    "յ y ն n շ sh ո o չ ch պ p ջ j ռ r ս s վ v տ t ր r ց ts ւ v փ p ք k օ o ֆ f և ev"
)
LATIN = "ə a ı i ʻ - ’ -"
_pairs = " ".join((CYRILLIC, GEORGIAN, ARMENIAN, LATIN)).split()
LETTERS = {
    ord(letter): "" if latin == "-" else latin
    for letter, latin in zip(_pairs[::2], _pairs[1::2], strict=True)
}


def in_ascii(name: str) -> str:
    """Return a name as people spell it in a mail address."""
    letters = unicodedata.normalize("NFC", name.lower()).replace(
        "ու", "u"
    )  # one sound, two letters
    spelt = letters.translate(LETTERS).replace(" ", ".")
    plain = unicodedata.normalize("NFKD", spelt)
    return "".join(letter for letter in plain if letter.isascii())


def full_name(names: Names, number: int) -> str:
    """Return the name of a country's reader: women and men in turn, no name twice."""
    pair, woman = divmod(number, 2)
    firsts = (names.women if woman else names.men).split()
    surnames = [surname.split() for surname in names.surnames.split(",")]
    surname = surnames[pair % len(surnames)]
    return f"{firsts[pair % len(firsts)]} {surname[-1 if woman else 0]}"


def language_of(kind: str, country: str, number: int) -> str:
    """Return the language a reader asked for; a few never said."""
    if number % 29 == 23:
        return ""
    abroad = country in ("am", "az", "ge") and number % 3 != 1
    return "en" if abroad or (kind in ("un", "research") and number % 2) else "ru"


def readers_of(key: str) -> list[Reader]:
    """Return the ordinary readers of one country, by its key in NAMES."""
    names, country = NAMES[key], key[:2]
    places = cells_of(PLACES)
    readers = []
    for number in range(names.readers):
        kind, host, ru, en = places[(number * 3 + number // 10) % len(places)]
        name = full_name(names, number)
        language = language_of(kind, country, number)
        address = f"{in_ascii(name)}@{host.format(country)}"
        readers.append(
            Reader(address, name, language, country, en if language == "en" else ru, kind)
        )
    return readers


def cells_of(text: str) -> list[list[str]]:
    """Return the cells of the lines that `text` spells out."""
    return [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if line]


def rows_of(text: str) -> list[Reader]:
    """Return the rows that `text` spells out."""
    return [Reader(*cells) for cells in cells_of(text)]


def doubles_of(readers: Sequence[Reader]) -> tuple[Reader, ...]:
    """Return rows whose address stands above already, in another guise."""
    first, second, third = readers[12], readers[96], readers[181]
    cyrillic, _, _, _, georgian, *_ = rows_of(OTHER_ALPHABETS)
    local, _, domain = second.email.partition("@")
    return (
        replace(first, email=first.email.upper()),
        replace(second, email=f"{local.title()}@{domain}", organisation=""),
        replace(third, organisation_type="other"),
        replace(cyrillic, email=with_a_labels(cyrillic.email)),
        replace(georgian, email=with_a_labels(georgian.email)),
    )


def with_a_labels(address: str) -> str:
    """Return an address with its domain as it travels (xn--…, RFC 5890 2.3.2.1)."""
    local, _, domain = address.partition("@")
    labels = (
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}"
        for label in domain.split(".")
    )
    return f"{local}@{'.'.join(labels)}"


def all_readers() -> list[Reader]:
    """Return the rows of sample.csv; unusual ones stand among the others, doubles after theirs."""
    readers = [reader for key in NAMES for reader in readers_of(key)]
    given = rows_of(OTHER_ALPHABETS + ODD_NAMES + MISTAKES)
    unusual = (*given, *doubles_of(readers))
    for number, reader in enumerate(unusual):
        readers.insert(9 + 14 * number, reader)
    return readers


def press(readers: Iterable[Reader]) -> list[tuple[str, ...]]:
    """Return the rows of sample-media.csv: some who are in sample.csv too, and journalists."""
    both = [reader for reader in readers if reader.organisation_type == "media"]
    mistakes = rows_of(MISTAKES)
    known = [reader for reader in both if fits_cp1251(reader) and reader not in mistakes][:12]
    known[3] = replace(known[3], email=known[3].email.upper())
    people = [entry.split(" ", 1) for entry in JOURNALISTS.replace("\n", "; ").split("; ") if entry]
    for number, (country, name) in enumerate(people):
        host, newsroom = NEWSROOMS[number % len(NEWSROOMS)]
        address = f"{in_ascii(name)}@{host.format(country)}"
        language = "en" if number % 9 == 5 else "ru"
        known.append(Reader(address, name, language, country, newsroom, "media"))
    return [media_row(reader) for reader in known]


def media_row(reader: Reader) -> tuple[str, ...]:
    """Return a row as a Russian office would type it: words instead of codes."""
    language = {"ru": "русский", "en": "английский"}.get(reader.language, "")
    country = COUNTRIES_IN_RUSSIAN[reader.country]
    office = (reader.organisation, reader.organisation_type)
    return (reader.email, reader.name, language, country, *office)


def fits_cp1251(reader: Reader) -> bool:
    """Whether the row can be written in the code page of a Russian Windows."""
    try:
        " ".join(astuple(reader)).encode("cp1251")
    except UnicodeEncodeError:
        return False
    return True


def table(rows: Iterable[Sequence[str]], *, separator: str, line_end: str) -> str:
    """Return rows as CSV."""
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator=line_end).writerows(rows)
    return written.getvalue()


def main() -> None:
    """Write both files."""
    readers = all_readers()
    header = tuple(field.name for field in fields(Reader))
    rows = [header, *(astuple(reader) for reader in readers)]
    sample = table(rows, separator=",", line_end="\n").encode()
    media_rows = [MEDIA_HEADER, *press(readers)]
    media = table(media_rows, separator=";", line_end="\r\n").encode("cp1251")
    (SUBSCRIBERS / "sample.csv").write_bytes(sample)
    (SUBSCRIBERS / "sample-media.csv").write_bytes(media)
    print(f"sample.csv: {len(rows) - 1} rows, sample-media.csv: {len(media_rows) - 1} rows")


if __name__ == "__main__":
    main()
