"""The plugin manager: the core's own parts and those of other packages, behind the same hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pluggy

from poruchik import hookspecs, own
from poruchik.errors import PluginError
from poruchik.marks import NAMESPACE

if TYPE_CHECKING:
    from poruchik.connector import ConnectorFactory
    from poruchik.model.document import Document, Facts, Value
    from poruchik.policy.model import Operator
    from poruchik.reply.draft import ReplyCheck


PAGES = "poruchik_register_pages"


class Plugins:
    """All plugins of this process. A plugin that raises is isolated and noted in `failures`."""

    def __init__(self, *extra: Any, entry_points: bool = True) -> None:
        self._manager = pluggy.PluginManager(NAMESPACE)
        self._manager.add_hookspecs(hookspecs)
        self.failures: dict[str, str] = {}
        self.unloaded: dict[str, str] = {}
        """Of these, the plugins that are not there at all: no document is decided without them."""
        for plugin in (own, *extra):
            self._manager.register(plugin)
        if entry_points:
            self._load_entry_points()
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(
                f"плагин объявляет крючок, которого нет: {error}", remedy="обновите плагин или удалите его"
            ) from error

    def _load_entry_points(self) -> None:
        for point in entry_points(group=NAMESPACE):
            try:
                self._manager.register(point.load(), name=point.name)
            except Exception as error:  # noqa: BLE001 — the commands that help to mend it must still run
                self.unloaded[point.name] = self.failures[point.name] = f"не загружается: {_told(error)}"

    def names(self) -> list[str]:
        """Return the names of the plugins, in the order in which they were registered."""
        return [name for name, plugin in self._manager.list_name_plugin() if plugin is not None]

    def connectors(self) -> dict[str, ConnectorFactory]:
        """Return the connectors by their name in the configuration file."""
        return self._offers("poruchik_register_connector", "соединитель")

    def operators(self) -> dict[str, Operator]:
        """Return the operators of `если` by their Russian word."""
        return self._offers("poruchik_register_conditions", "проверка")

    def reply_checks(self) -> dict[str, ReplyCheck]:
        """Return the checks of drafts of replies by their Russian name."""
        return self._offers("poruchik_register_reply_checks", "проверка ответа")

    def reports(self) -> dict[str, Callable[..., Any]]:
        """Return the reports by their Russian name."""
        return self._offers("poruchik_register_reports", "отчёт")

    def pages(self) -> list[tuple[str, Any]]:
        """Return the pages that plugins add, each with the name of its plugin; what they are, `refuse_page` judges."""
        found = []
        for owner, offered in self._each(PAGES):
            if isinstance(offered, Iterable) and not isinstance(offered, str | bytes):
                found += [(owner, page) for page in offered]
            else:
                self._note(owner, PAGES, TypeError(f"returned {type(offered).__name__}, not pages"))
        return found

    def refuse_page(self, owner: str, why: str) -> None:
        """Note that a page of a plugin is not shown, and why."""
        self._note(owner, PAGES, ValueError(why))

    def register_commands(self, app: Any, *, check: Callable[[Any], object]) -> None:
        """Let plugins add to the command line; what `check` refuses of a plugin's is taken back."""
        hook = "poruchik_register_commands"
        for implementation in self._implementations(hook):
            before = list(app.registered_commands), list(app.registered_groups)
            try:
                implementation.function(*(app for _ in implementation.argnames))
                check(app)
            except (Exception, SystemExit) as error:  # noqa: BLE001 — the other commands are there all the same
                app.registered_commands[:], app.registered_groups[:] = before
                self.failures[implementation.plugin_name] = f"{hook}: {_told(error)}"

    def enrich(self, document: Document) -> Facts:
        """Return what plugins add to the document; of two plugins the one registered first wins."""
        added: dict[str, Value] = {}
        hook = "poruchik_enrich_document"
        for owner, facts in self._each(hook, document=document):
            added = {**self._mapping(owner, hook, facts), **added}
        return {name: value for name, value in added.items() if name not in document.attributes}

    def notify(self, hook: str, **arguments: Any) -> None:
        """Tell plugins of something that has happened and is stored."""
        self._each(hook, **arguments)

    def _offers(self, hook: str, noun: str) -> dict[str, Any]:
        owners: dict[str, str] = {}
        offers: dict[str, Any] = {}
        for owner, offered in self._each(hook):
            for name, value in self._mapping(owner, hook, offered).items():
                if name in owners:
                    raise PluginError(
                        f"{noun} «{name}» есть в двух плагинах: {owners[name]} и {owner}",
                        remedy="удалите один из них",
                    )
                owners[name], offers[name] = owner, value
        return offers

    def _mapping(self, owner: str, hook: str, offered: Any) -> Mapping[str, Any]:
        if isinstance(offered, Mapping):
            return offered
        self._note(owner, hook, TypeError(f"returned {type(offered).__name__}, not a mapping"))
        return {}

    def _each(self, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
        """Call a hook plugin by plugin, so that one that raises does not silence the others."""
        results = []
        for implementation in self._implementations(hook):
            call: Callable[..., Any] = implementation.function
            given = {name: arguments[name] for name in implementation.argnames}
            try:
                results.append((implementation.plugin_name, call(**given)))
            except Exception as error:  # noqa: BLE001 — a plugin's fault must not stop the lanes
                self._note(implementation.plugin_name, hook, error)
        return results

    def _implementations(self, hook: str) -> list[Any]:
        found: list[Any] = getattr(self._manager.hook, hook).get_hookimpls()
        return found

    def _note(self, plugin: str, hook: str, error: Exception) -> None:
        import structlog  # noqa: PLC0415 — slow to load, and nearly never needed

        self.failures[plugin] = f"{hook}: {_told(error)}"
        structlog.get_logger("poruchik.plugins").error("a plugin failed", plugin=plugin, hook=hook, error=repr(error))


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
