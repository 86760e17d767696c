"""Cases as tests of pytest: in a customer's own continuous integration, `pytest ПАПКА` runs `*.test.yaml` of a pack.

Each case is a test; a failure reads as `rules test` prints it. Other files, and folders without a pack, are left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from poruchik.authoring.cases import Case, Failure
    from poruchik.engine.decide import Decider

# Everything of Poruchik is imported when the first case is met: a session without cases must not wait for it.
_SUFFIXES, _HEADER, _DICTIONARY = (".test.yaml", ".test.yml"), "politika.yaml", "atributy.yaml"
_DECIDERS = pytest.StashKey[dict[Path, "Decider"]]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a file of cases that lies in a pack."""
    if not file_path.name.lower().endswith(_SUFFIXES):
        return None
    folder = _policy_folder(file_path)
    return CasesFile.from_parent(parent, path=file_path, folder=folder) if folder else None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Give the deciders back."""
    for decider in config.stash.get(_DECIDERS, {}).values():
        decider.close()


def _policy_folder(cases: Path) -> Path | None:
    """Return the pack of a file, or the folder of packs above it that shares their dictionary."""
    pack = next((place for place in cases.parents if (place / _HEADER).is_file()), None)
    if pack is None:
        return None
    shared = (pack.parent / _DICTIONARY).is_file() and not (pack / _DICTIONARY).is_file()
    return pack.parent if shared else pack


class PolicyUnusable(Exception):
    """A policy or a file of cases with errors; the text lists them."""


class CaseFailed(Exception):
    """A case whose decision is not the expected one."""

    def __init__(self, failure: Failure) -> None:
        super().__init__("; ".join(failure.differences))
        self.failure = failure


class CasesFile(pytest.File):
    """A file of cases."""

    def __init__(self, *, folder: Path, **more: Any) -> None:
        super().__init__(**more)
        self._folder = folder

    def collect(self) -> Iterable[pytest.Item]:
        """Yield the cases; raise what is wrong with the policy or with the file."""
        from poruchik.authoring.cases import read_cases  # noqa: PLC0415
        from poruchik.policy.problems import Problems  # noqa: PLC0415

        decider, problems = self._decider(), Problems()
        items = [self._item(case, decider) for case in read_cases(self.path, decider.policy, problems)]
        if problems.errors:
            raise PolicyUnusable("\n".join(str(problem) for problem in problems.errors))
        return items

    def _item(self, case: Case, decider: Decider) -> CaseItem:
        item: CaseItem = CaseItem.from_parent(self, name=case.name, case=case, decider=decider)
        return item

    def _decider(self) -> Decider:
        from poruchik.engine.decide import Decider  # noqa: PLC0415
        from poruchik.plugins import Plugins  # noqa: PLC0415
        from poruchik.policy.load import load_policy  # noqa: PLC0415
        from poruchik.policy.office import load_calendar  # noqa: PLC0415

        known = self.config.stash.setdefault(_DECIDERS, {})
        if self._folder not in known:
            loaded = load_policy(self._folder, Plugins().operators())
            if loaded.policy is None or loaded.problems.errors:
                raise PolicyUnusable("\n".join(str(problem) for problem in loaded.problems.errors))
            calendar = load_calendar(self._folder, str(loaded.policy.zone))
            known[self._folder] = Decider.build(loaded.policy, calendar)
        return known[self._folder]

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        """Return the problems of a policy without a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, PolicyUnusable) else super().repr_failure(excinfo)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, decider: Decider, **more: Any) -> None:
        super().__init__(**more)
        self._case = case
        self._decider = decider

    def runtest(self) -> None:
        """Decide, and compare."""
        from poruchik.authoring.cases import compare  # noqa: PLC0415
        from poruchik.policy.problems import Problems  # noqa: PLC0415

        decision = self._decider.decide(self._case.document, as_of=self._case.as_of)
        failure = compare(self._case, decision, Problems())
        if failure:
            raise CaseFailed(failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        """Return a failure as a note to a lawyer."""
        if isinstance(excinfo.value, CaseFailed):
            return "\n".join(excinfo.value.failure.lines())
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return where the case is written."""
        return self.path, self._case.position.line - 1, f"проверка «{self.name}»"
