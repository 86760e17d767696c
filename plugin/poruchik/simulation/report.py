"""A tally as data and as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from poruchik.simulation.tally import ASPECTS, TERM, Counted, Tally
from poruchik.texts.labels import CAUSES
from poruchik.workcalendar.duration import plural

_NO_ORDER = "no-order"


class Sheet(NamedTuple):
    """One table of the report: the first column is a name, the others are numbers or words."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def tally_json(tally: Tally, names: Sequence[str]) -> dict[str, Any]:
    """Return everything that was counted; `names` are what the policies are called."""
    told: dict[str, Any] = {
        "documents": tally.documents,
        "unread": tally.unread,
        "causes": [{"what": what, **asdict(unread)} for what, unread in tally.causes.items()],
        "policies": [
            {
                "policy": name,
                "orders": counted.orders,
                "manual": dict(counted.manual.most_common()),
                "by_kind": {kind: dict(of_kind) for kind, of_kind in counted.by_kind.items()},
                "by_unit": dict(counted.by_unit.most_common()),
            }
            for name, counted in zip(names, tally.counted, strict=True)
        ],
    }
    if tally.policies == 2:
        told["changed"] = {
            "documents": tally.changed,
            "by_aspect": dict(tally.by_aspect.most_common()),
            "by_kind": {kind: dict(counter) for kind, counter in tally.changed_of_kind.items()},
            "by_unit": {unit: dict(counter) for unit, counter in tally.changed_of_unit.items()},
            "deadlines": dict(tally.moved),
            "samples": {aspect: [asdict(one) for one in samples] for aspect, samples in tally.samples.items()},
        }
    return told


def headline(tally: Tally, noun: str) -> Iterator[str]:
    """Yield what was read, and which documents could not be."""
    words = plural(tally.documents, "Прочитан", "Прочитано", "Прочитано")
    yield f"{words} {_count(tally.documents)}."
    if tally.unread:
        yield f"Пропущено {_count(tally.unread)}:"
    for what, unread in tally.causes.items():
        several = unread.documents > len(unread.lines)
        lines = ", ".join(map(str, unread.lines)) + (f" … (всего {_number(unread.documents)})" if several else "")
        yield f"  {noun} {lines}: {what}"
    rest = tally.unread - sum(unread.documents for unread in tally.causes.values())
    if rest:
        yield f"  … и ещё {_number(rest)} по другим причинам"


def sheets(tally: Tally, names: Sequence[str], noun: str) -> Iterator[Sheet]:
    """Yield the tables: what each policy gives, or what changes between two."""
    if tally.policies == 1:
        yield from _of_one(tally.counted[0])
        return
    before, after = tally.counted
    rows = [
        ("поручений", _number(before.orders), _number(after.orders)),
        ("на ручной разбор", _number(_manual(before)), _number(_manual(after))),
    ]
    yield Sheet("Было и станет", ("", *names), rows)
    yield from _changes(tally, noun)


def _of_one(counted: Counted) -> Iterator[Sheet]:
    kinds = sorted(counted.by_kind.items(), key=lambda item: -item[1]["documents"])
    rows = [(kind, *(_number(of_kind[name]) for name in ("documents", "orders", "manual"))) for kind, of_kind in kinds]
    yield Sheet("По видам", ("вид", "документов", "поручений", "на ручной разбор"), rows)
    units = [(unit, _number(count)) for unit, count in counted.by_unit.most_common()]
    yield Sheet("Кому поручается", ("подразделение", "документов"), units)
    causes = [(_cause(code), _number(count)) for code, count in counted.manual.most_common()]
    if causes:
        yield Sheet("Почему на ручной разбор", ("причина", "документов"), causes)


def _changes(tally: Tally, noun: str) -> Iterator[Sheet]:
    share = f", {tally.changed / tally.documents:.1%}".replace(".", ",") if tally.documents else ""
    rows = []
    for aspect, count in tally.by_aspect.most_common():
        moved = ", ".join(f"{way} {_number(many)}" for way, many in tally.moved.most_common()) if aspect == TERM else ""
        rows.append((aspect, _number(count), moved))
    yield Sheet(
        f"{plural(tally.changed, 'Изменится', 'Изменятся', 'Изменится')} {_count(tally.changed)}{share}"
        if tally.changed
        else "Ничего не изменится",
        ("что", "документов", ""),
        rows,
    )
    seen = [aspect for aspect in ASPECTS if tally.by_aspect[aspect]]
    for title, name, counters in (
        ("По видам", "вид", tally.changed_of_kind),
        ("По подразделениям", "подразделение", tally.changed_of_unit),
    ):
        ordered = sorted(counters.items(), key=lambda item: -item[1]["documents"])
        yield Sheet(
            title,
            (name, "документов", *seen),
            [
                (of, _number(counter["documents"]), *(_number(counter[one]) for one in seen))
                for of, counter in ordered
            ],
        )  # fmt: skip
    examples = [
        (f"{one.number or f'{noun} {one.line}'}, {one.kind}", aspect, f"{one.before} → {one.after}")
        for aspect in seen
        for one in tally.samples.get(aspect, ())
    ]
    yield Sheet("Примеры", ("документ", "что", "было → станет"), examples)


def _manual(counted: Counted) -> int:
    return sum(of_kind["manual"] for of_kind in counted.by_kind.values())


def _cause(code: str) -> str:
    return "нет поручения" if code == _NO_ORDER else CAUSES[code]


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def _count(count: int) -> str:
    return f"{_number(count)} {plural(count, 'документ', 'документа', 'документов')}"
