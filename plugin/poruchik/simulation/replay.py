"""Replaying an archive on all cores: each worker reads its own slices and matches by the index."""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path

from poruchik.collector import collect_rarely
from poruchik.engine.decide import Decider
from poruchik.errors import PoruchikError
from poruchik.plugins import Plugins
from poruchik.policy.lines import LineReader
from poruchik.policy.load import require_policy
from poruchik.policy.model import Attribute
from poruchik.policy.office import load_calendar
from poruchik.simulation.archive import Archive, Broken, Slice
from poruchik.simulation.tally import Tally

_AHEAD = 3
"""Slices that wait for each worker: enough to keep it busy, few enough to fit in memory."""


class Player:
    """Decides the documents of slices by one policy or two. Each worker has its own."""

    def __init__(self, policies: Sequence[Path], max_samples: int) -> None:
        self._plugins = Plugins()
        self._deciders = [_decider(folder, self._plugins) for folder in policies]
        self._max_samples = max_samples
        dictionary = _joined([decider.policy.attributes for decider in self._deciders])
        self._reader = LineReader(dictionary, self._deciders[0].policy.zone)

    def play(self, part: Slice) -> Tally:
        """Return what is counted over a slice. A document that cannot be read or decided is passed over."""
        tally = Tally(len(self._deciders), self._max_samples)
        for read in part.read(self._reader):
            tally.lines += 1
            if isinstance(read, Broken):
                tally.spoil(read)
            elif read is not None:
                try:
                    added = self._plugins.enrich(read)
                    decisions = [decider.decide(read, added=added) for decider in self._deciders]
                except Exception as error:  # noqa: BLE001 — one document must not stop a million others
                    tally.spoil(Broken(tally.lines, f"решение не получилось: {error}"))
                else:
                    tally.add(read, decisions)
        return tally


def replay(
    archive: Archive,
    policies: Sequence[Path],
    *,
    workers: int = 0,
    max_samples: int = 3,
    progress: Callable[[int], None] = lambda done: None,
) -> Tally:
    """Return what is counted over the whole archive; `progress` hears the size of each slice that is done.

    Without a number of workers it takes all cores.
    """
    player = Player(policies, max_samples)  # also tells, before workers start, of a policy that cannot be used
    total = Tally(len(policies), max_samples)
    slices = archive.slices()
    first = list(islice(slices, 2))
    if len(first) < 2 or workers == 1:  # not worth a process
        played: Iterator[tuple[Slice, Tally]] = ((part, player.play(part)) for part in chain(first, slices))
    else:
        played = _in_parallel(chain(first, slices), policies, workers, max_samples)
    for part, tally in played:
        total.join(tally)
        progress(part.size)
    return total


def _in_parallel(
    slices: Iterable[Slice], policies: Sequence[Path], workers: int, max_samples: int
) -> Iterator[tuple[Slice, Tally]]:
    """Yield each slice with its tally, in the order of the archive."""
    count = workers or len(os.sched_getaffinity(0))
    # durable-rules and fork do not go together, and a fresh process has nothing else of this one either.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, _start, (tuple(policies), max_samples)) as pool:
        waiting: deque[tuple[Slice, Future[Tally]]] = deque()
        try:
            for part in slices:
                waiting.append((part, pool.submit(_play, part)))
                if len(waiting) >= count * _AHEAD:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        except BrokenProcessPool:
            raise PoruchikError(
                "рабочий процесс прервался (кончилась память или его остановили)", remedy="повторите с --workers 1"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


@dataclass(slots=True)
class _Worker:
    """What a worker process keeps."""

    player: Player | None = None


_worker = _Worker()


def _start(policies: Sequence[Path], max_samples: int) -> None:
    _worker.player = Player(policies, max_samples)
    collect_rarely()


def _play(part: Slice) -> Tally:
    assert _worker.player is not None
    return _worker.player.play(part)


def _decider(folder: Path, plugins: Plugins) -> Decider:
    policy = require_policy(folder, plugins.operators())
    return Decider.indexed(policy, load_calendar(folder, str(policy.zone)))


def _joined(dictionaries: Sequence[Mapping[str, Attribute]]) -> dict[str, Attribute]:
    """Return a dictionary in which an archive can be read for all policies: what one of them knows is known."""
    joined: dict[str, Attribute] = {}
    for dictionary in dictionaries:
        for name, attribute in dictionary.items():
            known = joined.get(name)
            if known is None or not attribute.values:
                joined[name] = attribute
            elif known.values and known.type is attribute.type:
                joined[name] = replace(known, values=tuple(dict.fromkeys((*known.values, *attribute.values))))
    return joined
