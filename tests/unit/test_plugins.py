"""Plugins: isolated when they fail, refused when they cannot be."""

from __future__ import annotations

import pytest

from poruchik.errors import PluginError
from poruchik.marks import hookimpl
from poruchik.plugins import Plugins
from support.world import appeal


def test_the_installed_plugins() -> None:
    plugins = Plugins()
    assert set(plugins.connectors()) == {"exchange"}
    assert set(plugins.operators()) == {"содержит", "похоже на", "начинается с", "после", "до"}
    assert plugins.failures == {}


def test_two_plugins_with_one_name_are_both_named() -> None:
    class Other:
        @hookimpl
        def poruchik_register_conditions(self) -> dict[str, object]:
            return {"содержит": lambda value, operand: True}

    with pytest.raises(PluginError, match=r"«содержит» есть в двух плагинах: .+ и .+"):
        Plugins(Other()).operators()


def test_a_plugin_that_raises_is_isolated() -> None:
    class Broken:
        @hookimpl
        def poruchik_enrich_document(self, document: object) -> dict[str, str]:
            raise ZeroDivisionError("нечаянно")

    class Sound:
        @hookimpl
        def poruchik_enrich_document(self) -> dict[str, str]:
            return {"подвид": "найден", "тема": "не та"}

    plugins = Plugins(Broken(), Sound())
    assert plugins.enrich(appeal("О-1")) == {"подвид": "найден"}
    assert [text for text in plugins.failures.values() if "ZeroDivisionError" in text]


def test_a_plugin_that_returns_something_else_is_noted() -> None:
    class Odd:
        @hookimpl
        def poruchik_register_connector(self) -> list[str]:
            return ["exchange"]

    plugins = Plugins(Odd())
    assert set(plugins.connectors()) == {"exchange"}
    assert plugins.failures


def test_a_hook_that_does_not_exist_is_refused() -> None:
    class Late:
        @hookimpl
        def poruchik_no_such_hook(self) -> None:
            """Never called."""

    with pytest.raises(PluginError, match="крючок, которого нет"):
        Plugins(Late())


def test_the_paths_that_plugins_knew_before_still_lead_there() -> None:
    from poruchik import connector, hookspecs, marks
    from poruchik.model import points as model
    from poruchik.store import points as store

    assert hookspecs.hookimpl is marks.hookimpl
    assert hookspecs.ConnectorFactory is connector.ConnectorFactory
    assert store.FiredPoint is model.FiredPoint
