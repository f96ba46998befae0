"""What older versions of the program left is taken over whole."""

from pathlib import Path

import sqlalchemy as sa

from newsletter.model.mailing import DeliveryState
from newsletter.store import chain
from newsletter.store.ledger import Ledger
from newsletter.store.migrate import upgrade
from tests.store.office import ISSUE, KEYS, NOON, address, opened

AT = "2015-03-31 12:00:00.000000"


def begun_with_0002(file: Path) -> None:
    """Make a database of the second version, in which one mail was accepted and one is under way.

    A third Delivery was deleted since: its id is not given out again.
    """
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        upgrade(connection, "0002")
        for statement in (
            "INSERT INTO lists (id, name) VALUES (1, 'media')",
            (
                "INSERT INTO mailings (id, issue, list_id, candidates, frozen_at) "
                f"VALUES (1, '{ISSUE}', 1, 2, '{AT}')"
            ),
            "INSERT INTO chunks (id, mailing_id, ordinal, owner, fence) VALUES (1, 1, 0, 'x', 1)",
        ):
            connection.exec_driver_sql(statement)
        for number, (local, state) in enumerate(
            (("anna", "accepted"), ("boris", "submitting"), ("vera", "pending")), start=1
        ):
            who = address(local)
            person = (number, who.key, KEYS.digest(who.key), who.local, who.domain, who.shown)
            connection.exec_driver_sql(
                "INSERT INTO subscribers (id, address_key, address_digest, local, domain, shown, "
                "name, language, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, '', 'en', ?, ?)",
                (*person, AT, AT),
            )
            connection.exec_driver_sql(
                "INSERT INTO deliveries (id, address_key, address_digest, local, domain, shown, "
                "mailing_id, chunk_id, subscriber_id, language, state, attempts, changed_at) "
                "VALUES (?, ?, ?, ?, ?, ?, 1, 1, ?, 'en', ?, 1, ?)",
                (*person, number, state, AT),
            )
        connection.exec_driver_sql("DELETE FROM deliveries WHERE id = 3")
        ended = "INSERT INTO attempts (delivery_id, number, started_at, verdict, stage, scope"
        connection.exec_driver_sql(
            f"{ended}, ended_at) VALUES (1, 1, '{AT}', 'accepted', 'final', 'recipient', '{AT}')"
        )
        connection.exec_driver_sql(f"{ended}) VALUES (2, 1, '{AT}', '', '', '')")
    engine.dispose()


def test_a_send_that_was_begun_with_older_tables_is_accounted_for(tmp_path: Path) -> None:
    begun_with_0002(tmp_path / "state.db")
    with opened(tmp_path) as database:
        ledger = Ledger(database)
        assert ledger.recover(NOON) == 1
        (tally,) = ledger.tallies(ISSUE)
        assert tally.by_state == {DeliveryState.ACCEPTED: 1, DeliveryState.UNKNOWN: 1}
        stories = [
            story for each in ("anna", "boris") for story in ledger.stories(address(each).key)
        ]
        verdicts = [
            [each.outcome and each.outcome.verdict for each in story.attempts] for story in stories
        ]
        assert verdicts == [["accepted"], ["unknown"]]


def test_a_subscription_comes_from_where_the_first_consent_for_it_came(tmp_path: Path) -> None:
    begun_with_0002(tmp_path / "state.db")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'state.db'}")
    with engine.begin() as connection:
        upgrade(connection, "0003")
        for who in (1, 2):
            connection.exec_driver_sql(
                "INSERT INTO subscriptions (subscriber_id, list_id, state, created_at) "
                f"VALUES ({who}, 1, 'active', '{AT}')"
            )
        for action, source in (("withdrawn", "one click"), ("given", "a form"), ("given", "staff")):
            connection.exec_driver_sql(
                "INSERT INTO consents (subscriber_id, address_digest, list_id, action, basis, "
                f"source, at) VALUES (1, 'a', 1, '{action}', 'asked', '{source}', '{AT}')"
            )
    engine.dispose()
    with opened(tmp_path) as database, database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT source, paused_until FROM subscriptions ORDER BY subscriber_id"
        ).all()
        assert found == [("a form", None), ("", None)]


def test_ids_that_were_given_out_do_not_come_again_and_references_hold(tmp_path: Path) -> None:
    begun_with_0002(tmp_path / "state.db")
    with opened(tmp_path) as database, database.write() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        copied = "mailing_id, chunk_id, local, domain, shown, language, state, changed_at"
        new = connection.exec_driver_sql(
            f"INSERT INTO deliveries ({copied}, address_key, address_digest) "
            f"SELECT {copied}, 'v@example.org', 'v' FROM deliveries WHERE id = 1 RETURNING id"
        ).scalar_one()
        assert new == 4


def test_consents_of_old_are_chained(tmp_path: Path) -> None:
    begun_with_0002(tmp_path / "state.db")
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'state.db'}")
    with engine.begin() as connection:
        for number in (1, 2, 5):  # an id was left out: places have no gaps
            connection.exec_driver_sql(
                "INSERT INTO consents (id, subscriber_id, address_digest, list_id, action, basis, "
                f"source, language, at) VALUES ({number}, 1, 'ab{number}', 1, 'given', 'анкета', "
                f"'import', 'ru', '{AT}')"
            )
    engine.dispose()
    with opened(tmp_path) as database, database.read() as connection:
        assert [place for place, _ in [chain.newest(connection)]] == [3]
        assert list(chain.breaks(connection)) == []
        kept = connection.exec_driver_sql("SELECT address_digest, basis FROM consents ORDER BY id")
        assert kept.all() == [("ab1", "анкета"), ("ab2", "анкета"), ("ab5", "анкета")]
