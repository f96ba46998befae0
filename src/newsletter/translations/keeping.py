"""Keep the record of translations up to date, without ever asking an editor to think of it.

A translation that is seen for the first time counts as made from the source beside it. It is noted
when an issue is built, when a translator's work comes in, and when somebody accepts it; a check
only looks. A stale one is noted only when somebody says that it still holds.
"""

from collections.abc import Iterable
from pathlib import Path

from newsletter.model.translating import FieldState, State
from newsletter.translations.record import is_recordable, read_record, write_record


def record_new(root: Path, states: Iterable[FieldState]) -> int:
    """Note the translations that are seen for the first time; return how many they are."""
    new = [state for state in states if is_recordable(state)]
    if new:
        write_record(root, read_record(root).with_made(new))
    return len(new)


def record_accepted(root: Path, states: Iterable[FieldState], whole: Iterable[FieldState]) -> int:
    """Note that these translations hold for the sources as they stand; return how many are new.

    `whole` are the fields of the whole workspace: what the record has of texts that stand nowhere
    any more is dropped, and what moved gets its new name.
    """
    accepted = [
        state
        for state in states
        if state.target and state.source and not state.recorded and state.state is not State.MISSING
    ]
    record = read_record(root).with_made(accepted).pruned([*whole, *accepted])
    write_record(root, record)
    return len(accepted)
