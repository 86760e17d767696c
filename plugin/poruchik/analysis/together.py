"""A quick no: rules that share no card on some dimension cannot match together. Bitsets, no search."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from poruchik.analysis.space import Key, Region, Space


class Together:
    """For each rule, the bits of the rules that may match on one card with it. A superset of the truth."""

    def __init__(self, space: Space, numbers: Mapping[str, int]) -> None:
        self._everything = (1 << len(numbers)) - 1
        self._allowing: dict[Key, list[int]] = {}
        self._constrained: dict[Key, int] = {}
        self._known: dict[tuple[Key, int], int] = {}
        self._projections = {name: projection(space.regions[name]) for name in space.regions}
        self._of_rule: dict[str, int] = {}
        for name, number in numbers.items():
            for key, mask in self._projections[name].items():
                allowing = self._allowing.setdefault(key, [0] * len(space.dimension(key).samples))
                self._constrained[key] = self._constrained.get(key, 0) | 1 << number
                for bit in bits(mask):
                    allowing[bit] |= 1 << number

    def with_rule(self, name: str) -> int:
        """Return the rules that may match together with this one."""
        known = self._of_rule.get(name)
        if known is None:
            known = self._of_rule[name] = self.within(self._projections[name])
        return known

    def within(self, region: Region) -> int:
        """Return the rules that may match in a region."""
        found = self._everything
        for key, mask in region.items():
            found &= self._within(key, mask)
        return found

    def _within(self, key: Key, mask: int) -> int:
        known = self._known.get((key, mask))
        if known is None:
            known = self._everything & ~self._constrained.get(key, 0)
            for bit in bits(mask) if key in self._allowing else ():
                known |= self._allowing[key][bit]
            self._known[key, mask] = known
        return known


def projection(regions: Iterable[Region]) -> Region:
    """Return the samples that some of the regions leave, on the dimensions that all of them constrain."""
    joined: dict[Key, int] | None = None
    for region in regions:
        if joined is None:
            joined = dict(region)
        else:
            joined = {key: mask | region[key] for key, mask in joined.items() if key in region}
    return joined or {}


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
