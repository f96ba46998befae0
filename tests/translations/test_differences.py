import pytest

from newsletter.translations.differences import Side, differences
from newsletter.translations.fields import Text
from tests.translations.sides import COUNTRIES, compare

SAME = [
    # numbers as each language writes them
    ("1,200 people", "1200 человек"),
    ("1,200 people", "1\u00a0200 человек"),
    ("1,200 people", "1 200 человек"),
    ("1,250,000 workers", "1 250 000 работников"),
    ("a rate of 1.2 per cent", "уровень 1,2 процента"),
    ("5% of them", "5 % из них"),
    ("5.60 roubles", "5,6 рубля"),
    ("10,000 jobs", "10 тыс. рабочих мест"),
    ("2 million people", "2 млн человек"),
    ("2.5 million people", "2 500 000 человек"),
    ("1.5 billion", "1,5 миллиарда"),
    ("No. 1 (60)", "№ 1 (60)"),
    ("the 21st session, the 2nd day", "21-я сессия, 2-й день"),
    ("in the 1990s", "в 1990-х годах"),
    ("in 2013-2016", "в 2013–2016 гг."),
    ("3,5 or 4", "3,5 или 4"),
    # numbers in words on one side
    ("two countries", "2 страны"),
    ("5 days", "пять дней"),
    ("for 12 workers", "для двенадцати работников"),
    ("forty young people", "40 молодых людей"),
    ("three hundred and sixty-five days", "365 дней"),
    ("25 questions", "двадцать пять вопросов"),
    ("the 21st century", "XXI век"),
    ("two hundred forms", "200 бланков"),
    # dates
    ("on 17 March 2015", "17 марта 2015 г."),
    ("on March 17, 2015", "17 марта 2015 года"),
    ("17–20 March", "с 17 по 20 марта"),
    ("30 March to 2 April", "с 30 марта по 2 апреля"),
    ("on 17 March 2015", "17.03.2015"),
    ("2015-03-17", "17 марта 2015 г."),
    ("in May", "в мае"),
    ("May we ask you in June?", "Можно спросить вас в июне?"),
    ("a march in March", "шествие в марте"),
    ("since January", "с начала года"),
    ("Women’s Day on 8 March", "Женский день 8 Марта"),
    # times
    ("at 10:00", "в 10.00"),
    ("at 10 a.m.", "в 10:00"),
    ("at 2 p.m.", "в 14:00"),
    ("from 9:30 to 18:00", "с 9.30 до 18.00"),
    # links and addresses
    ("[here](https://www.example.org/en/news)", "[тут](https://www.example.org/ru/news)"),
    ("[here](https://www.example.org/news)", "[тут](https://www.example.org/ru/news/)"),
    ("[here](https://example.org/a?lang=en)", "[тут](https://example.org/a?lang=ru)"),
    ("[here](https://example.org/a_en.pdf)", "[тут](https://example.org/a_ru.pdf)"),
    ("[l](https://en.example.org/Labour)", "[т](https://ru.example.org/Труд)"),
    ("[here](http://example.org/a)", "[тут](https://www.example.org/a)"),
    ("see https://example.org/2015/a.", "см. https://example.org/2015/a"),
    ("write to [us](mailto:a1@example.org)", "пишите: a1@example.org"),
    # countries, in whatever case
    ("from Georgia and Armenia", "из Грузии и Армении"),
    ("with Georgia, Georgian partners", "с Грузией, грузинскими партнёрами"),
    ("in the Russian Federation", "в Российской Федерации"),
    ("a course in Russian", "курс на русском языке"),
    ("Kazakh and Armenian unions", "профсоюзы Казахстана и Армении"),
    ("the capital of Kazakhstan", "столица республики"),
    ("no heavy loads", "тяжёлый груз не поднимать"),
]  # fmt: skip


@pytest.mark.parametrize(("english", "russian"), SAME, ids=str)
def test_what_is_only_written_in_another_way_is_no_difference(english: str, russian: str) -> None:
    assert compare(english, russian) == ""
    assert compare(russian, english, "ru", "en") == ""


DIFFERENT = [
    ("40 people", "50 человек", "numbers differ: en 40; ru 50"),
    ("1,200 people", "1 300 человек", "numbers differ: en 1,200; ru 1 300"),
    ("1.2 per cent", "1,3 процента", "numbers differ: en 1.2; ru 1,3"),
    ("No. 1 (60)", "№ 1 (61)", "numbers differ: en 60; ru 61"),
    ("40 people", "много людей", "numbers in en alone: 40"),
    ("many people", "40 человек", "numbers in ru alone: 40"),
    ("2 million", "2 млрд", "numbers differ: en 2 million; ru 2 млрд"),
    ("on 17 March", "18 марта", "dates differ: en 17 March; ru 18 марта"),
    ("on 17 March", "17 апреля", "dates differ: en March; ru апреля"),
    ("in July", "в июне", "dates differ: en July; ru июне"),
    ("2015-03-17", "18.03.2015", "dates differ: en 2015-03-17; ru 18.03.2015"),
    ("in 2015", "в 2016 году", "numbers differ: en 2015; ru 2016"),
    ("at 10:00", "в 11:00", "numbers differ: en 10:00; ru 11:00"),
    (
        "[a](https://example.org/en/one)",
        "[а](https://example.org/ru/two)",
        "links differ: en https://example.org/en/one; ru https://example.org/ru/two",
    ),
    (
        "![a](http://e.com/a.png) <https://a.b/c-d_e>",
        "а",
        "links in en alone: http://e.com/a.png, https://a.b/c-d_e",
    ),
    ("[a](https://example.org/one)", "а", "links in en alone: https://example.org/one"),
    (
        "a@example.org",
        "b@example.org",
        "mail addresses differ: en a@example.org; ru b@example.org",
    ),
    ("in Georgia", "в Армении", "countries differ: en Georgia; ru Армения"),
    (
        "Armenia, Georgia and Kazakhstan",
        "Армения и Казахстан",
        "countries in en alone: Georgia",
    ),
]


@pytest.mark.parametrize(("english", "russian", "said"), DIFFERENT, ids=lambda text: text[:30])
def test_a_difference_is_told_in_the_words_of_both_sides(
    english: str, russian: str, said: str
) -> None:
    assert compare(english, russian) == said


def test_kazakh_is_understood_as_well() -> None:
    assert compare("on 17 March 2015", "2015 жылғы 17 наурызда", other="kk") == ""
    assert compare("in July and August", "шілде мен тамызда", other="kk") == ""
    assert compare("12 questions, ten countries", "он екі сұрақ, 10 ел", other="kk") == ""
    assert compare("in Kazakhstan", "Қазақстанның елордасында", other="kk") == ""
    assert (
        compare("on 8 April", "9 сәуірде", other="kk") == "dates differ: en 8 April; kk 9 сәуірде"
    )


def test_a_language_whose_words_for_numbers_are_unknown_gets_small_numbers_excused() -> None:
    assert compare("3 days", "drei Tage", other="de") == ""
    assert compare("30 days", "dreißig Tage", other="de") == "numbers in en alone: 30"


def test_addresses_of_links_may_differ_in_what_names_the_language_alone() -> None:
    english = "https://www.example.org/en/news/school"
    assert compare(english, "https://www.example.org/ru/news/school", key="url") == ""
    assert "the addresses differ" in compare(
        english, "https://www.example.org/ru/news/court", key="url"
    )


def test_a_number_that_moved_to_another_field_of_the_item_is_excused() -> None:
    english = Text(("en", "title"), "title", "Forum of 1,200")
    russian = Text(("ru", "title"), "title", "Форум")
    one = Side("en", COUNTRIES, ("Forum of 1,200", "It met."))
    other = Side("ru", COUNTRIES, ("Форум", "Собрались 1200 человек."))
    assert differences(english, russian, one, other) == ()
    less = Side("ru", COUNTRIES, ("Форум", "Собрались люди."))
    assert differences(english, russian, one, less) == ("numbers in en alone: 1,200",)
