"""The layout that readers compare with is that of the migrations."""

from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory

from poruchik.store import migrations
from poruchik.store.layout import LAYOUT


def test_it_is_the_last_migration_and_they_can_be_compared_as_texts() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    revisions = [one.revision for one in script.walk_revisions()]
    assert revisions[0] == LAYOUT
    assert revisions == sorted(revisions, reverse=True)
    assert {len(one) for one in revisions} == {4}
