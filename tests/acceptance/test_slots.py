"""What a rule sets arrives: every plain slot of the table goes the whole way, and one line more is one slot more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from poruchik.app import build_connectors
from poruchik.errors import SettingsError
from poruchik.plugins import Plugins
from poruchik.policy.slot_table import SLOTS
from support.slot_walk import ADDED, policy_text, value_of, walk
from support.world import appeal, world

TESTS = Path(__file__).parents[1]


def test_every_slot_goes_the_whole_way(tmp_path: Path) -> None:
    assert walk(tmp_path) == {slot.ru: value_of(slot) for slot in SLOTS}


@pytest.mark.long
def test_a_line_more_in_the_table_is_a_slot_more(tmp_path: Path) -> None:
    path = os.pathsep.join([str(TESTS), *filter(None, sys.path)])
    child = subprocess.run(
        [sys.executable, "-m", "support.slot_walk", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-3000:]
    assert json.loads(child.stdout.splitlines()[-1]) == {slot.ru: value_of(slot) for slot in (*SLOTS, ADDED)}


@pytest.mark.both_databases
def test_a_system_that_takes_none_is_sent_none_and_the_order_says_them_all_the_same(tmp_path: Path) -> None:
    from support.policies import DICTIONARY, write_policy

    dictionary = DICTIONARY.replace("атрибуты:", "атрибуты:\n  - {атрибут: тема, тип: строка, суть: тема}")
    with world(tmp_path, policies=write_policy(tmp_path / "п", policy_text(), atributy=dictionary)) as played:
        played.register(appeal("О-1"))
        played.running.worker.run_until_idle()
        (made,) = played.stand_client.GetOrders(cursor="", limit=10).order
    assert made.slot == []
    assert all(f"{slot.ru.capitalize()}: {value_of(slot)}" in made.explanation for slot in SLOTS)


def test_slots_for_a_connector_that_carries_none_are_an_error_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(tmp_path) as played:
        (system, *_) = played.settings.systems
        plugins = Plugins()
        connector = plugins.connectors()["exchange"]
        monkeypatch.setattr(connector, "capabilities", replace(connector.capabilities, slots=False))  # type: ignore[attr-defined]
        with pytest.raises(SettingsError, match="slots = true, а соединитель «exchange» их не передаёт"):
            build_connectors([replace(system, slots=True)], plugins)
