"""Policy sets: checked, kept, put into force from a day, taken up by a plugin that runs, rolled back."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from poruchik.cli import main
from poruchik.lanes import runtime
from poruchik.model.inbox import InboxState
from poruchik.policy.load import load_policy
from poruchik.publishing.bundle import bundle, unpack
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.store.publications import Publication, in_force_on
from poruchik.watch.lights import lights
from poruchik.workcalendar.calendar import WorkCalendar
from support.databases import empty_url, kind
from support.policies import write_policy
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases

TV = "если: {отвечает отдел по теме: да, тема: телевидение}\n    то:\n      ответственный: {подразделение: отдел телерадиовещания}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A plugin with a copy of the shipped policies as its folder; of their cases those of one file."""
    monkeypatch.chdir(tmp_path)
    policies = shutil.copytree(rules_folder(), tmp_path / "rules")
    for path in policies.rglob("*.test.yaml"):
        if path.name != "pismennye.test.yaml":
            path.unlink()
    with world(tmp_path, policies=policies) as made:
        config(tmp_path, made)
        yield made


def config(folder: Path, made: World, more: str = "") -> None:
    (folder / "poruchik.toml").write_text(
        f'database = "{made.settings.database}"\npolicies = "rules"\n{more}\n'
        f'[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "{made.stand.url("sog")}"\n',
        encoding="utf-8",
    )


def changed(folder: Path, old: str, new: str, name: str = "prikaz-269/pismennye.yaml") -> Path:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def moved() -> Path:
    """Give television to another unit, in the rule and in the cases."""
    for path in Path("rules").rglob("*.test.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("{подразделение: отдел телерадиовещания}", "{подразделение: отдел связи}"), "utf-8"
        )
    return changed(Path("rules"), TV, TV.replace("отдел телерадиовещания", "отдел связи"))


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = main(["rules", *(str(one) for one in arguments)])
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    return code, told.out + told.err


def leads(here: World) -> dict[str, str]:
    with here.running.store.reading() as reading:
        return {
            number: reading.orders.find(number)[0].lead
            for number in ("О-1", "О-2", "О-3")
            if reading.orders.find(number)
        }


def test_a_running_plugin_takes_up_a_set_from_its_day(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.register(appeal("О-1"))
    here.running.worker.run_until_idle()
    first = here.running.rulebook.policy.version
    folder = moved()
    code, told = run(capsys, "publish", folder, "--from", "2026-11-24", "--by", "Юрист", "--yes")
    assert code == 0, told
    here.register(appeal("О-2", at="2026-11-24T09:30:00+05:00"), appeal("О-3", at="2026-11-23T18:00:00+05:00"))
    here.running.worker.run_until_idle()
    found = leads(here)
    assert found["О-1"] == found["О-3"] == "Лаптев О. Д."  # registered before the day: by the rules of that day
    assert found["О-2"] != "Лаптев О. Д."
    assert here.running.rulebook.policy.version != first
    with here.running.store.reading() as reading:
        versions = {
            number: reading.decisions.of_document(f"sog:{number}")[-1].policy_version
            for number in ("О-1", "О-2", "О-3")
        }
    assert versions["О-1"] == versions["О-3"] == first
    assert versions["О-2"] == here.running.rulebook.policy.version

    assert run(capsys, "rollback", "--by", "Юрист")[0] == 0
    here.running.worker.round()
    assert here.running.rulebook.policy.version == first


def test_a_set_of_the_future_begins_on_its_day(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.running.worker.round()
    first = here.running.rulebook.policy.version
    folder = moved()
    assert run(capsys, "publish", folder, "--from", "2026-12-01", "--by", "Юрист")[0] == 0
    here.running.worker.round()
    assert here.running.rulebook.policy.version == first
    here.clock.move_to(datetime.fromisoformat("2026-12-01T00:05:00+05:00"))
    here.running.worker.round()
    assert here.running.rulebook.policy.version != first


def test_the_law_is_of_the_day_and_the_office_of_now(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.running.worker.round()
    folder = changed(Path("rules"), "начальник: Лаптев О. Д.", "начальник: Карпова Е. Е.", "organizaciya.yaml")
    assert run(capsys, "publish", folder, "--from", "2026-11-24", "--by", "Юрист", "--yes")[0] == 0
    here.register(appeal("О-3", at="2026-11-23T18:00:00+05:00"))
    here.running.worker.run_until_idle()
    assert leads(here) == {"О-3": "Карпова Е. Е."}


def test_the_folder_is_the_first_set_once(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    first = here.running.rulebook.policy.version
    changed(Path("rules"), TV, TV.replace("отдел телерадиовещания", "отдел связи"))
    with here.application() as again:  # the folder changed, nothing was published
        assert again.rulebook.policy.version == first
    main(["doctor"])
    assert "в ней изменения, которые не действуют — poruchik rules publish" in capsys.readouterr().out
    code, told = run(capsys, "list", "--format", "json")
    assert code == 0
    (only,) = json.loads(told)
    assert (only["version"], only["since"], only["today"]) == (first, None, True)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("тема: телевидение}", "тема: телевиденье}", "значения «телевиденье» нет в словаре"),
        ("отдел телерадиовещания}", "отдел связи}", "не сошлось"),
        ("вместо: ", "вместо: нет-такого, ", "неизвестное-правило"),
    ],
)
def test_a_set_that_does_not_pass_changes_nothing(
    old: str, new: str, words: str, here: World, capsys: pytest.CaptureFixture[str]
) -> None:
    here.running.worker.round()
    name = next(
        path.relative_to("rules").as_posix() for path in Path("rules").rglob("*.yaml")
        if old in path.read_text("utf-8") and ".test." not in path.name
    )  # fmt: skip
    text = Path("rules", name).read_text("utf-8")
    Path("rules", name).write_text(text.replace(old, new, 1), "utf-8")
    if words == "не сошлось":
        cases = Path("rules/prikaz-269/pismennye.test.yaml")
        cases.write_text(cases.read_text("utf-8").replace("отдел телерадиовещания", "юридический отдел"), "utf-8")
    code, told = run(capsys, "publish", "rules", "--by", "Юрист")
    assert code == 1
    assert words in told
    assert "ничего не изменилось" in told
    with here.running.store.reading() as reading:
        assert len(reading.publications.all()) == 1


def test_a_second_person_approves(here: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    here.running.worker.round()
    first = here.running.rulebook.policy.version
    config(tmp_path, here, 'approvers = ["Юрист", "Начальник"]')
    folder = moved()
    assert "«Прохожий» не может вводить правила в действие" in run(capsys, "publish", folder, "--by", "Прохожий")[1]
    code, told = run(capsys, "publish", folder, "--from", "2026-11-24", "--by", "Юрист", "--yes")
    assert (code, "ждёт утверждения (Начальник)" in told) == (0, True)
    here.running.worker.round()
    assert here.running.rulebook.policy.version == first
    assert "свою публикацию утверждает другой" in run(capsys, "approve", 1, "--by", "Юрист")[1]
    assert run(capsys, "approve", 7, "--by", "Начальник")[0] == 1
    assert run(capsys, "approve", 1, "--by", "Начальник")[0] == 0
    assert "не ждёт утверждения" in run(capsys, "approve", 1, "--by", "Начальник")[1]
    here.running.worker.round()
    assert here.running.rulebook.policy.version != first
    told = json.loads(run(capsys, "list", "--format", "json")[1])
    assert (told[0]["published_by"], told[0]["approved_by"]) == ("Юрист", "Начальник")
    assert "утвердил(а) Начальник" in " ".join(run(capsys, "list")[1].split())


def test_what_was_stored_can_be_had_back(here: World, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    version = here.running.rulebook.policy.version
    code, told = run(capsys, "extract", version[7:19], "--to", tmp_path / "back")
    assert code == 0
    folder = Path(told.strip().rpartition(" записан в ")[2])
    assert load_policy(folder).policy.version == version  # type: ignore[union-attr]
    assert run(capsys, "extract", version[7:19], "--to", tmp_path / "back")[0] == 1
    assert "такого набора нет" in run(capsys, "extract", "ffff", "--to", tmp_path / "other")[1]


def test_rolling_back_the_first_is_refused(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.running.worker.round()
    code, told = run(capsys, "rollback", "--by", "Юрист")
    assert (code, "отменять нечего" in told) == (1, True)
    assert (
        "на 24.11.2026 уже действует"
        in run(capsys, "publish", "rules", "--from", "2026-11-24", "--by", "Юрист", "--yes")[1]
    )
    assert "не сказано, кто" in run(capsys, "publish", "rules", "--by", " ")[1]
    assert "не дата" in run(capsys, "publish", "rules", "--from", "завтра", "--by", "Юрист")[1]


def test_documents_of_a_set_that_cannot_be_used_wait(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.running.worker.round()
    first = here.running.rulebook.policy.version
    with here.running.store.reading() as reading:
        stored = reading.publications.content(first)
    assert stored
    spoiled = replace(stored, version="sha256:" + "0" * 64, content=b"not a zip")
    with here.running.store.writing() as writing:
        writing.publications.publish(spoiled, date(2026, 11, 24), "Кто-то", here.clock.now(), approved=True)
    here.register(appeal("О-1"), appeal("О-2", at="2026-11-24T09:30:00+05:00"))
    here.running.worker.run_until_idle()
    assert here.running.rulebook.policy.version == first  # control goes on by it
    assert leads(here) == {"О-1": "Лаптев О. Д."}  # of the day before, decided as ever
    with here.running.store.reading() as reading:
        (waiting,) = reading.inbox.find("О-2")
    assert waiting.state is InboxState.FAILED
    assert "набор правил 000000000000 нельзя применить" in waiting.cause
    main(["doctor"])
    assert "[плохо] набор правил" in capsys.readouterr().out
    assert run(capsys, "rollback", "--by", "Юрист")[0] == 0
    assert main(["inbox", "replay", str(waiting.id)]) == 0
    here.running.worker.run_until_idle()
    assert set(leads(here)) == {"О-1", "О-2"}


def test_a_calendar_that_a_page_has_noticed_is_counted_by_all_the_same(
    here: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[WorkCalendar] = []

    class Counting:
        done = True

        def __init__(self, _store: object, calendar: WorkCalendar, *_told: object, **_more: object) -> None:
            counted.append(calendar)

        def run(self, **_: object) -> None:
            pass

    monkeypatch.setattr(runtime, "Recount", Counting)
    here.running.worker.round()
    folder = changed(Path("rules"), "начальник: Лаптев О. Д.", "начальник: Карпова Е. Е.", "organizaciya.yaml")
    assert run(capsys, "publish", folder, "--from", "2026-11-24", "--by", "Юрист", "--yes")[0] == 0
    here.running.rulebook.refresh()  # as a page does, before the worker's round
    here.running.worker.round()
    here.running.worker.round()
    assert len(counted) == 2
    assert counted[1] is here.running.rulebook.calendar


def test_the_version_is_of_paths_and_contents(tmp_path: Path) -> None:
    rules = "правила: []"
    made = {name: write_policy(tmp_path / name / "pack", rules) for name in ("a", "b", "c", "d")}
    (made["b"] / "pravila.yaml").write_text("правила: [] ", "utf-8")
    (made["c"] / "pravila.yaml").rename(made["c"] / "drugie.yaml")
    (made["d"] / "kalendar").mkdir()
    (made["d"] / "kalendar" / "2026.yaml").write_text("год: 2026\n", "utf-8")
    versions = [load_policy(folder).policy.version for folder in made.values()]  # type: ignore[union-attr]
    assert len(set(versions)) == 4
    moved = shutil.copytree(tmp_path / "a", tmp_path / "moved")
    assert load_policy(moved / "pack").policy.version == versions[0]  # type: ignore[union-attr]


def test_a_bundle_is_the_same_each_time(tmp_path: Path) -> None:
    one, other = (bundle(load_policy(rules_folder())) for _ in range(2))
    assert one == other
    assert load_policy(unpack(one, tmp_path)).policy.version == one.version  # type: ignore[union-attr]
    pack = bundle(load_policy(rules_folder() / "prikaz-269"))  # with the pack it builds on and what is shared
    assert load_policy(unpack(pack, tmp_path)).policy.version == pack.version  # type: ignore[union-attr]


NOW = datetime.fromisoformat("2026-11-24T10:00:00+05:00")


def published(number: int, since: str | None, *, approved: bool = True, withdrawn: bool = False) -> Publication:
    day = date.fromisoformat(since) if since else None
    return Publication(
        number, f"v{number}", day, NOW, "", NOW if approved else None, "", NOW if withdrawn else None, "", 1
    )


@pytest.mark.parametrize(("day", "version"), [("2020-01-01", "v1"), ("2026-03-01", "v3"), ("2026-05-31", "v3"), ("2026-06-01", "v4"), ("2027-01-01", "v4")])  # fmt: skip
def test_which_set_decides_a_day(day: str, version: str) -> None:
    found = [
        published(1, None), published(2, "2026-03-01"), published(3, "2026-03-01"), published(4, "2026-06-01"),
        published(5, "2026-06-01", approved=False), published(6, "2026-07-01", withdrawn=True),
    ]  # fmt: skip
    assert in_force_on(found, date.fromisoformat(day)).version == version


def test_two_that_start_at_once_store_one_first_set(tmp_path: Path) -> None:
    with world(tmp_path) as made, made.application(), made.application() as other, other.store.reading() as reading:
        assert len(reading.publications.all()) == 1


# --- nothing goes without a word ------------------------------------------------------------------


def without(rule: str) -> Path:
    """Take a rule, and the cases of its file, out of the folder."""
    path = Path("rules/prikaz-269/socseti.yaml")
    head, *rules = path.read_text("utf-8").split("  - правило: ")
    kept = [one for one in rules if not one.startswith(f"{rule}\n")]
    assert len(kept) == len(rules) - 1
    path.write_text("  - правило: ".join([head, *kept]), "utf-8")
    return Path("rules")


def test_a_rule_less_is_asked_about(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.running.worker.round()
    name = next(one.id for one in here.running.rulebook.policy.rules if one.position.file.endswith("socseti.yaml"))
    folder = without(name)
    code, told = run(capsys, "check", folder)
    assert f"нет: «{name}»" in told, "check says it, too"
    code, told = run(capsys, "publish", folder, "--by", "Юрист")
    assert code == 1 and f"набор не опубликован: нет прежнего: правила «{name}»" in told and "--yes" in told
    with here.running.store.reading() as reading:
        assert len(reading.publications.all()) == 1
    code, told = run(capsys, "publish", folder, "--by", "Юрист", "--yes")
    assert code == 0 and re.search(r"правила: (\d+), в действующем наборе (\d+)", told)
    with here.running.store.reading() as reading:
        (entry,) = reading.audit.about("наборы правил")
    assert entry.who == "Юрист" and name in entry.details


def test_a_day_that_has_passed_is_asked_about(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.running.worker.round()
    code, told = run(capsys, "publish", moved(), "--from", "2025-01-01", "--by", "Юрист")
    assert code == 1 and "01.01.2025 уже прошло" in told


def test_the_first_publication_of_an_empty_base_works(
    here: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = empty_url() if kind.get() == "postgresql" else f"sqlite:///{tmp_path / 'new.db'}"
    text = Path("poruchik.toml").read_text("utf-8").replace(here.settings.database, url)
    Path("poruchik.toml").write_text(text, "utf-8")
    code, told = run(capsys, "publish", "rules", "--by", "Юрист")
    assert code == 0 and "первый в этой базе" in told
    with Store.to_read(url) as store, store.reading() as reading:
        (one,) = reading.publications.all()
        assert (one.published_by, one.since, one.in_force) == ("Юрист", None, True)
        assert reading.audit.about("наборы правил")[0].who == "Юрист"
    assert run(capsys, "publish", moved(), "--by", "Юрист")[0] == 0


# --- what was put into force by an earlier program --------------------------------------------------


def test_a_stored_set_with_what_is_an_error_now_decides_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clause that Excel keeps as a number, and a sheet that earlier programs did not see: both are said aloud."""
    monkeypatch.chdir(tmp_path)
    folder = write_policy(tmp_path / "rules", "правила: []")
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    person, term = "то: ответственный: сотрудник", "то: срок: длительность"
    page.append(["правило", "основание: акт", "основание: пункт", "суть", "если: вид", person, term])
    page.append(["один", "акт", 8.1, "Ответить.", "обращение", "Петров П. П.", "10 дней"])
    second = book.create_sheet("Ещё")
    second.append(["Правила отдела"])
    second.append(["правило", "основание", "суть", "если: вид", "то: приоритет"])
    second.append(["два", "акт, п. 2", "Срочно.", "обращение", "1"])
    book.save(folder / "t.xlsx")
    made = replace(bundle(load_policy(folder, stored=True)), rules=1)
    with world(tmp_path, policies=folder) as here:
        config(tmp_path, here)
        with Store.open(here.settings.database) as store, store.writing() as writing:
            writing.publications.store_first(made, here.clock.now())
        here.register(replace(appeal("О-1"), attributes={"тип": "входящий", "вид": "обращение", "канал": "почта"}))
        here.live_until("2026-11-24T12:00")
        with here.running.store.reading() as reading:
            (order,) = reading.orders.every()
            shown = lights(
                reading.backlog(here.clock.now()), here.running.rulebook.calendar, here.settings, here.clock.now()
            )
        assert (order.lead, order.clause) == ("Петров П. П.", "8.1")
        said = f"набор {made.version[7:19]}: опубликовано правил 1, читается 2: опубликуйте заново"
        assert said in [one.text for one in shown]
        assert said in run(capsys, "list")[1]
        main(["doctor"])
        assert said in capsys.readouterr().out
        code, told = run(capsys, "publish", folder, "--by", "Юрист")
        assert code == 1 and "t.xlsx!Sheet!C2: не-текст" in told
