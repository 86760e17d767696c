"""From folders of files to one policy: headers, dictionary, organisation, the packs built on, the rules.

A folder with `politika.yaml` is a pack; a folder of such folders is a collection, and all its packs count. The
dictionary and the organisation lie in the pack or, shared, in the folder above it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from poruchik.model.ladder import EscalationStep
from poruchik.policy.attributes import BUILT_IN, parse_dictionary
from poruchik.policy.check import Entry, check_record
from poruchik.policy.classifier import Classifier, read_classifier
from poruchik.policy.conditions import ConditionReader
from poruchik.policy.inventory import (
    CLASSIFIER_NAME,
    CLAUSES_NAME,
    DICTIONARY_NAME,
    REFUSED_TABLES,
    TEXTS_NAME,
    Inventory,
    companion,
    entries,
    files_of_pack,
    folder_named,
    is_calendar,
    is_cases,
    is_rules,
    is_table,
)
from poruchik.policy.lint import lint
from poruchik.policy.model import NOWHERE, Attribute, Impossible, Operator
from poruchik.policy.office import Packs, calendar_folder, raise_first
from poruchik.policy.operators import BUILT_IN as BUILT_IN_OPERATORS
from poruchik.policy.parse import RuleParser, parse_parameters, parse_period
from poruchik.policy.people import read_person
from poruchik.policy.problems import Problems, suggest
from poruchik.policy.spreadsheet import refuse_table
from poruchik.policy.table import read_table
from poruchik.policy.vocabulary import (
    CLASSIFIER_FILE,
    CLAUSES_FILE,
    DICTIONARY_FILE,
    RULES_FILE,
)
from poruchik.policy.whole import Act, Clause, Pack, Policy, PriorityStep, Review, Subitem, Triage
from poruchik.policy.words import Status
from poruchik.workcalendar.duration import Roll


@dataclass(slots=True)
class Loaded:
    """What reading a folder gave. `policy` is None when its headers or dictionary could not be used at all.

    With errors among the problems the policy holds only what could be read, and must not decide anything.
    """

    folder: Path
    problems: Problems
    policy: Policy | None = None
    files: list[Path] = field(default_factory=list)
    pack_folders: list[Path] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)
    """What the acts of the packs consist of, as far as `punkty.yaml` lists it."""

    def usable(self) -> Policy:
        """Return the policy; raise PolicyError when it has an error."""
        raise_first(self.problems, self.folder)
        assert self.policy is not None  # without headers there is an error
        return self.policy

    def set_root(self) -> Path:
        """Return the folder that all files of the policy lie in: its own, or one above it."""
        above = [self.folder, *self.folder.parents]
        paths = self._set_paths()
        return next((place for place in above if all(place in path.parents for path in paths)), self.folder)

    def set_files(self) -> dict[str, Path]:
        """Return every file that the policy consists of, by its name below `set_root`, in the order of the names."""
        root = self.set_root()
        named = {path.relative_to(root).as_posix(): path for path in self._set_paths() if root in path.parents}
        return dict(sorted(named.items()))

    def _set_paths(self) -> list[Path]:
        """Return the files that were read, the cases, the calendar and the texts that belong to them."""
        calendar = calendar_folder(self.folder)
        texts = [folder_named(place, TEXTS_NAME) for place in (self.folder, self.folder.parent)]
        beside = [
            *(path for path in (entries(calendar) if calendar else ()) if is_calendar(path)),
            *(path for place in texts for path in place.glob("*.txt")),
        ]
        found = dict.fromkeys([*self.files, *self.case_files(), *beside])
        return [path for path in found if path.is_file()]

    def case_files(self) -> list[Path]:
        """Return the files of cases beside the rules."""
        return sorted(path for place in self.pack_folders for path in files_of_pack(place) if is_cases(path))


def load_policy(folder: Path, operators: Mapping[str, Operator] | None = None, *, stored: bool = False) -> Loaded:
    """Read a folder of policies, collecting all problems. `operators` adds to the built-in ones.

    Of a `stored` set what only later programs call an error is a warning: it goes on deciding as it did.
    """
    loaded = Loaded(Path(os.path.normpath(folder)), Problems(stored=stored))
    _Loader(loaded, {**BUILT_IN_OPERATORS, **(operators or {})}).load()
    return loaded


def require_policy(folder: Path, operators: Mapping[str, Operator] | None = None, *, stored: bool = False) -> Policy:
    """Read a folder of policies; raise PolicyError when it has an error."""
    return load_policy(folder, operators, stored=stored).usable()


class _Loader:
    def __init__(self, loaded: Loaded, operators: Mapping[str, Operator]) -> None:
        self.loaded = loaded
        self.problems = loaded.problems
        self.operators = operators
        self.packs = Packs(loaded.folder, loaded.problems)
        self.not_rules: set[Path] = set()
        """Tables of something else."""

    def load(self) -> None:
        packs = self.packs
        self.loaded.files, self.loaded.pack_folders, headers = packs.files, packs.folders, packs.headers
        self._look_through(packs)
        if not headers:
            return
        zone = packs.zone()
        dictionary = packs.shared(DICTIONARY_NAME, DICTIONARY_FILE)
        attributes = dict(BUILT_IN)
        if dictionary:
            attributes = parse_dictionary(dictionary.fields.get("attributes", ()), self.problems)
        organization = packs.organization(zone)
        made = {place: _pack(header, self.problems) for place, header in headers}
        reader = ConditionReader(attributes, self.operators, self.problems)
        classifier = self._classifier(headers, attributes, reader)
        entries = [(made[place], entry) for place, _ in headers for entry in self._rule_files(place, attributes)]
        parameters = parse_parameters(
            [one for _, entry in entries for one in entry.fields.get("parameters", ())], self.problems
        )
        rules = RuleParser(reader, attributes, parameters, self.problems).parse(
            (pack, rule) for pack, entry in entries for rule in entry.fields.get("rules", ())
        )
        of = [entry.fields["default_escalations"] for _, entry in headers if "default_escalations" in entry.fields]
        said = of[-1] if of else ()  # an office's own come after what it builds on
        self.loaded.policy = Policy(
            packs=tuple(made.values()),
            version=self._version(),
            zone=zone,
            rules=tuple(rules),
            impossible=tuple(_impossible(dictionary, reader)),
            attributes=attributes,
            parameters=parameters,
            organization=organization,
            acts=_acts(entry for _, entry in headers),
            classifier=classifier,
            priorities=_priorities(entry for _, entry in headers),
            triage=_triage((entry for _, entry in headers), self.problems),
            review=_review(entry for _, entry in headers),
            default_escalations=_default_escalations(said, self.problems),
            defaults_at=said[0].position if said else NOWHERE,
        )
        lint(self.loaded.policy, self.problems)
        self.loaded.clauses = [clause for place, header in headers for clause in self._clauses(place, header)]

    def _look_through(self, packs: Packs) -> None:
        """Note every file of the folder that nothing reads."""
        folder, inventory = self.loaded.folder, Inventory(self.problems)
        if folder not in packs.folders:
            inventory.collection(folder, packs.folders)
        for place in packs.folders:
            inventory.pack(place, own=place == folder)

    # --- files ------------------------------------------------------------------------------------

    def _clauses(self, place: Path, header: Entry) -> Iterator[Clause]:
        """Yield the clauses that a pack lists; the act is its first one, unless the file names another."""
        path = companion(place, CLAUSES_NAME)
        entry = self.packs.read(path, CLAUSES_FILE) if path else None
        if entry is None:
            return
        acts = [act.value("id") for act in header.fields.get("acts", ())]
        act = entry.value("act", acts[0] if acts else "")
        if act not in acts:
            self.problems.error(
                entry.at("act"), "неизвестный-акт", f"акта «{act}» нет в «акты» пакета", remedy=suggest(act, acts)
            )
        seen: set[str] = set()
        for one in entry.fields.get("clauses", ()):
            if not one.complete:
                continue
            name = one.value("clause")
            if name in seen:
                self.problems.error(
                    one.at("clause"), "повтор-пункта", f"пункт «{name}» уже есть", remedy="уберите повтор"
                )
            seen.add(name)
            items = tuple(
                Subitem(item.value("clause"), item.value("gist"), item.value("case", ""), item.value("reason", ""))
                for item in one.fields.get("items", ())
                if item.complete
            )
            yield Clause(act, name, one.value("gist"), one.value("reason", ""), items, one.position)

    def _classifier(
        self, headers: list[tuple[Path, Entry]], attributes: Mapping[str, Attribute], reader: ConditionReader
    ) -> Classifier | None:
        """Read the classifier of the last pack that has one; its tables are no tables of rules."""
        own = [(place, path) for place, _ in headers if (path := companion(place, CLASSIFIER_NAME))]
        place, path = own[-1] if own else (self.loaded.folder, None)
        entry = self.packs.read(path, CLASSIFIER_FILE) if path else None
        if entry is None or not entry.complete:
            return None
        named = [place / entry.value(key) for key in ("words", "codes", "foreign") if entry.value(key)]
        self.not_rules.update(named)
        classifier = read_classifier(entry, place, attributes, reader, self.problems)
        self.loaded.files += named if classifier else []
        return classifier

    def _rule_files(self, folder: Path, attributes: Collection[str]) -> list[Entry]:
        paths = sorted(files_of_pack(folder))
        read = [self.packs.read(path, RULES_FILE) for path in paths if is_rules(path)]
        read += [self._table(path, attributes) for path in paths if is_table(path) and path not in self.not_rules]
        return [entry for entry in read if entry]

    def _table(self, path: Path, attributes: Collection[str]) -> Entry | None:
        place = Path(os.path.normpath(path))
        self.loaded.files.append(place)
        if place.suffix.lower() in REFUSED_TABLES:
            refuse_table(place, self.problems)
            return None
        node = read_table(place, attributes, self.problems)
        return check_record(node, RULES_FILE, self.problems) if node else None

    def _version(self) -> str:
        """Return a hash of the paths and contents of the whole set: the same files always give the same version."""
        digest = hashlib.sha256()
        for name, path in self.loaded.set_files().items():
            content = path.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode())
            digest.update(content)
        return f"sha256:{digest.hexdigest()}"


def _pack(header: Entry, problems: Problems) -> Pack:
    return Pack(
        id=header.value("id", ""),
        title=header.value("title", ""),
        period=parse_period(header.fields.get("period"), problems),
        status=header.value("status", Status.IN_FORCE),
        roll=header.value("roll", Roll.PREVIOUS),
    )


def _priorities(headers: Iterable[Entry]) -> tuple[PriorityStep, ...]:
    """Return the scale of the last pack that has one: an office's own comes after what it builds on."""
    scales = [header.fields["priorities"] for header in headers if "priorities" in header.fields]
    steps = [PriorityStep(one.value("points"), one.value("priority")) for one in (scales or [()])[-1] if one.complete]
    return tuple(sorted(steps, key=lambda step: -step.points))


def _triage(headers: Iterable[Entry], problems: Problems) -> Triage:
    """Return what the last pack that speaks of it says: an office's own comes after what it builds on."""
    entry = next((one.fields["triage"] for one in reversed(list(headers)) if "triage" in one.fields), None)
    if entry is None or not entry.complete:
        return Triage()
    said: dict[str, Any] = {key: entry.value(key) for key in ("term", "further") if key in entry.fields}
    for key in ("to", "above", "administrator"):
        if key in entry.fields and (ref := read_person(entry.fields[key], problems)):
            said[key] = ref
            if ref.kind.is_relative and key != "above":
                problems.error(
                    entry.at(key),
                    "человек",
                    f"«{ref}» зависит от поручения, а у документа, который ждёт человека, его ещё нет",
                    remedy="назовите роль, подразделение или сотрудника",
                )
    return Triage(**said, position=entry.position)


def _review(headers: Iterable[Entry]) -> Review:
    """Return what the last pack that speaks of it says."""
    entry = next((one.fields["review"] for one in reversed(list(headers)) if "review" in one.fields), None)
    if entry is None or not entry.complete:
        return Review()
    return Review(**{key: entry.value(key) for key in ("term", "further") if key in entry.fields})


def _default_escalations(said: Sequence[Entry], problems: Problems) -> tuple[EscalationStep, ...]:
    steps = []
    for entry in said:
        ref = read_person(entry.fields["to"], problems) if entry.complete else None
        if ref:
            steps.append(EscalationStep(entry.value("when"), ref))
    return tuple(steps)


def _impossible(dictionary: Entry | None, reader: ConditionReader) -> Iterator[Impossible]:
    for entry in dictionary.fields.get("impossible", ()) if dictionary else ():
        condition = reader.read(entry.fields["condition"]) if entry.complete else None
        if condition is not None:
            yield Impossible(condition, entry.value("why"), entry.position)


def _acts(headers: Iterable[Entry]) -> dict[str, Act]:
    return {
        act.value("id"): Act(act.value("id"), act.value("title"))
        for header in headers
        for act in header.fields.get("acts", ())
        if act.complete
    }
