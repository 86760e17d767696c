"""A database that was put back doubles nothing and loses nothing of what people did: counted in the stand."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from poruchik.cli.main import main
from poruchik.errors import StoreError
from poruchik.model.delivery import OutboxState
from poruchik.model.standing import StoredOrder
from poruchik.resources import rules_folder
from poruchik.store.database import Store
from poruchik.store.layout import LAYOUT
from poruchik_exchange.client import ExchangeConnector
from poruchik_stand.trouble import Trouble
from support import child
from support.pages import Browser, pages, text_of
from support.processes import Process
from support.world import World, appeal, world

pytestmark = pytest.mark.both_databases
LEAD = "Лаптев О. Д."
REPORT = {"answerChannel": "почта", "answeredOn": "2026-11-24", "outcome": "разъяснено"}


CONFIG = """
database = "{database}"
[[systems]]
name = "sed"
kind = "СЭД"
url = "{sed}"
[[systems]]
name = "sog"
kind = "СОГ"
url = "{sog}"
"""


@pytest.fixture(params=[True, False], ids=["deduplicates", "doubles"])
def here(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.chdir(tmp_path)
    with world(tmp_path, deduplicates=request.param) as played:
        urls = {name: played.stand.url(name) for name in ("sed", "sog")}
        text = CONFIG.format(database=played.settings.database, **urls)
        (tmp_path / "poruchik.toml").write_text(text, encoding="utf-8")
        yield played


def stopped(here: World) -> None:
    """End the plugin as a machine that is switched off would."""
    here.running.__exit__(None, None, None)
    del here.__dict__["running"]


def copied(to: Path) -> Path:
    """Make a copy while the plugin works."""
    assert main(["backup", str(to)]) == 0
    assert main(["verify", str(to)]) == 0
    return to


def put_back(here: World, copy: Path) -> None:
    stopped(here)
    assert main(["restore", str(copy)]) == 0


def orders(here: World) -> dict[str, StoredOrder]:
    with here.running.store.reading() as reading:
        return {one.title: one for one in reading.orders.every()}


def test_twice_put_back_ten_orders_stay_ten(here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    here.register(*(appeal(f"О-{number}") for number in range(10)))
    here.live_until("2026-11-24T12:00")
    here.act("О-1", "accepted", LEAD)
    here.act("О-2", "reported", LEAD, report=REPORT)
    here.act("О-3", "released", "Кузьмина Е. В.")
    here.act("О-4", "extended", "Соколова М. Г.", dueAt="2027-01-15T18:00:00+05:00")
    here.act("О-5", "reassigned", "Лаптев О. Д.", lead={"name": "Карпова Е. Е."})
    here.live_until("2026-11-24T13:00")
    before, in_the_stand = orders(here), here.orders_by_external_id()
    for _ in range(2):
        put_back(here, copy)
        here.running.worker.run_until_idle()
        assert here.orders_by_external_id() == in_the_stand and set(in_the_stand.values()) == {1}
        after = orders(here)
        seen = [
            {title: (one.key, one.state, one.lead, one.due_at, one.internal_id) for title, one in found.items()}
            for found in (before, after)
        ]
        assert seen[0] == seen[1]
        with here.running.store.reading() as reading:
            assert reading.epochs.open() == {} and OutboxState.DEAD not in reading.outbox.counts()
        assert "Расходится с системами: 0" in said(capsys, "orders", "differ")[1]


def test_with_another_set_in_force_and_a_stale_log_they_stay_the_same(here: World, tmp_path: Path) -> None:
    """One changed comment is another version of the policy; a log of another database lies beside ours."""
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    here.register(*(appeal(f"О-{number}") for number in range(3)))
    here.live_until("2026-11-24T12:00")
    here.act("О-1", "released", "Кузьмина Е. В.")
    made, version = here.orders_by_external_id(), here.running.rulebook.policy.version
    stopped(here)
    for name in ("poruchik.db-wal", "poruchik-dbos.db", "poruchik-dbos.db-wal"):
        (tmp_path / name).write_bytes(b"stale" * 1000)
    assert main(["restore", str(copy)]) == 0
    shutil.copytree(rules_folder(), tmp_path / "rules")
    with (tmp_path / "rules" / "zakony" / "sroki.yaml").open("a", encoding="utf-8") as file:
        file.write("# уточнено\n")
    assert main(["rules", "publish", str(tmp_path / "rules"), "--from", "2026-11-24", "--by", "Юрист", "--yes"]) == 0
    here.live_until("2026-11-24T14:00")
    assert here.running.rulebook.policy.version != version
    assert here.orders_by_external_id() == made and set(made.values()) == {1}
    assert [one.state for one in orders(here).values()] == ["new", "released", "new"]


def test_stopped_after_every_round_it_goes_on_where_it_was(here: World, tmp_path: Path) -> None:
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    here.register(*(appeal(f"О-{number}") for number in range(3)))
    here.live_until("2026-11-24T12:00")
    here.act("О-1", "released", "Кузьмина Е. В.")
    here.live_until("2026-11-24T13:00")
    put_back(here, copy)
    stages = []
    while True:
        here.running.worker.round()
        if stages and stages[-1] == "following":  # orders are compared across two readings of the journal
            here.running.worker.round()
        with here.running.store.reading() as reading:
            epoch = reading.epochs.open().get("sog")
        stages.append(str(epoch.stage) if epoch else "closed")
        stopped(here)
        if stages[-1] == "closed" or len(stages) > 20:
            break
    assert list(dict.fromkeys(stages)) == ["deciding", "following", "closed"], stages
    here.running.worker.run_until_idle()
    assert set(here.orders_by_external_id().values()) == {1}
    assert [orders(here)[f"О-{number}"].state for number in range(3)] == ["new", "released", "new"]


def test_nobody_is_told_before_it_is_known_what_people_did(here: World, tmp_path: Path) -> None:
    """The copy is of the morning; by the day of the term everything has been reported, and the system is down at first."""
    here.register(*(appeal(f"О-{number}") for number in range(5)))
    here.live_until("2026-11-24T12:00")
    copy = copied(tmp_path / "copy.zip")
    for number in range(5):
        here.act(f"О-{number}", "reported", LEAD, report=REPORT)
    here.live_until("2026-12-25T10:00")
    told = len(here.notices())
    here.stand.troubles.set("sog", Trouble("down", "GetDocuments"))
    put_back(here, copy)
    here.live_until("2026-12-25T12:00")
    assert len(here.notices()) == told, "nothing is told while the system is not read"
    with here.running.store.reading() as reading:
        assert set(reading.epochs.open()) == {"sog"}, "the other system is not held"
    with pages(here) as server:
        browser = Browser(server.url)
        browser.log_in("ctl")
        assert "База догоняет систему" in text_of(browser.submit(browser.get("/orders/1/cancel"), comment="Не нужно."))
        browser.log_in("adm")
        assert "База догоняет систему sog" in text_of(browser.get("/system"))
    here.stand.troubles.clear()
    here.live_until("2026-12-25T13:00")
    assert [one.state for one in orders(here).values()] == ["reported"] * 5
    assert len(here.notices()) == told


def test_messages_of_the_time_between_are_one_for_each_person(here: World, tmp_path: Path) -> None:
    here.register(*(appeal(f"О-{number}") for number in range(4)))
    here.live_until("2026-11-24T12:00")
    copy = copied(tmp_path / "copy.zip")
    for number in range(4):
        here.act(f"О-{number}", "extended", "Соколова М. Г.", dueAt="2027-01-15T18:00:00+05:00")
    here.live_until("2026-11-24T13:00")
    told = len(here.notices())
    put_back(here, copy)
    here.live_until("2026-11-24T14:00")
    new = here.notices()[told:]
    assert [(kind, to, subject) for _, kind, to, subject in new] == [
        ("answer", LEAD, "После восстановления программы: сообщений 4")
    ]
    assert "Часть этих сообщений вы могли уже получить" in here.texts()[-1]


# --- noticed without a word -----------------------------------------------------------------------


def by_hand(here: World, copy: Path) -> None:
    """Put a copy back as somebody would who says nothing: the epoch of the copy's way is taken out again."""
    put_back(here, copy)
    with here.running.store.writing() as writing:
        writing._connection.exec_driver_sql("DELETE FROM epochs")
    stopped(here)


def test_an_old_database_is_noticed_and_nothing_is_sent(here: World, tmp_path: Path) -> None:
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    here.register(*(appeal(f"О-{number}") for number in range(3)))
    here.live_until("2026-11-24T12:00")
    here.act("О-1", "reported", LEAD, report=REPORT)
    here.live_until("2026-11-24T13:00")
    told, made = len(here.notices()), here.orders_by_external_id()
    by_hand(here, copy)
    here.live_until("2026-12-30T12:00")
    assert len(here.notices()) == told and here.orders_by_external_id() == made
    with here.running.store.reading() as reading:
        epoch = reading.epochs.open()["sog"]
    assert epoch.stage == "asked" and "в системе есть поручения, которых нет в базе: sog:О-0/" in epoch.cause
    with pages(here) as server:
        browser = Browser(server.url)
        browser.log_in("adm")
        seen = text_of(browser.get("/system"))
        assert "База старше системы sog" in seen and "poruchik restore --confirm" in seen
    assert main(["restore", "--confirm"]) == 0
    here.running.worker.run_until_idle()
    assert here.orders_by_external_id() == made
    assert [orders(here)[f"О-{number}"].state for number in range(3)] == ["new", "reported", "new"]
    with here.running.store.reading() as reading:
        assert reading.epochs.open() == {} and reading.strays.count() == 0


def test_an_old_database_is_noticed_by_what_the_system_knows_already(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that lists no orders shows it when the first of them is made again, if it knows ids; else nothing does."""
    knows_ids = here.stand.exchange._deduplicates
    monkeypatch.delattr(ExchangeConnector, "list_orders")
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    by_hand(here, copy)
    here.live_until("2026-11-24T13:00")
    with here.running.store.reading() as reading:
        epochs = reading.epochs.open()
    assert bool(epochs) is knows_ids
    if knows_ids:
        assert "система уже знает поручение" in epochs["sog"].cause
        here.register(appeal("О-2"))
        here.live_until("2026-11-24T14:00")
        assert sum(here.orders_by_external_id().values()) == 1, "nothing more is sent"


@pytest.mark.parametrize("how", ["closed", "taken"])
def test_what_a_person_gave_after_the_copy_goes_to_a_person(here: World, tmp_path: Path, how: str) -> None:
    here.register(appeal("О-1", тема="клады"))
    here.live_until("2026-11-24T12:00")
    copy = copied(tmp_path / "copy.zip")
    with pages(here) as server:
        browser = Browser(server.url)
        browser.log_in("ctl")
        wanted = {"lead": "Карпова Е. Е.", "due": "2026-12-10", "text": "Рассмотреть."}
        preview = browser.submit(browser.get("/documents/1/assign"), "Показать", **wanted)
        browser.submit(preview, "Поручить")
    here.live_until("2026-11-24T13:00")
    told = len(here.notices())
    put_back(here, copy)
    here.live_until("2026-11-24T14:00")
    with here.running.store.reading() as reading:
        assert reading.epochs.open() == {} and reading.strays.count() == 1
    with pages(here) as server:
        browser = Browser(server.url)
        browser.log_in("ctl")
        page = browser.get("/documents/1")
        assert "В системе уже есть поручение по этому документу, которого нет в базе: Карпова Е. Е." in text_of(page)
        if how == "closed":
            browser.submit(page, "Закрыть", comment="Поручено до восстановления.")
        else:
            form = browser.follow(page, "Принять под контроль")
            asked = browser.submit(form, "Показать", text="Рассмотреть.")
            assert "уже есть, № " in text_of(asked) and "второе не создаётся" in text_of(asked)
            browser.submit(asked, "Принять под контроль")
    here.act("О-1", "accepted", "Карпова Е. Е.")
    here.live_until("2026-12-20T16:00")
    assert sum(here.orders_by_external_id().values()) == 1
    with here.running.store.reading() as reading:
        assert reading.strays.count() == 0 and reading.epochs.open() == {}, "it is not noticed a second time"
    if how == "taken":
        assert [(one.state, one.lead) for one in orders(here).values()] == [("accepted", "Карпова Е. Е.")]
        after = {(kind, to) for _, kind, to, _ in here.notices()[told:]}
        assert {("reminder", "Карпова Е. Е."), ("escalation", "Соколова М. Г.")} <= after, after


# --- orders known by other ids --------------------------------------------------------------------


def renamed(here: World, pattern: str) -> list[str]:
    """Give the orders of the stand other ids, as a program of before, or with other rules, would have made them."""
    database = here.stand.store._db
    ids = []
    for known in (one.external_id for one in here.stand.store.orders("sog")):
        head, _, number = known.rpartition("/")
        ids.append(f"{head}{pattern}/{number}")
        database.execute('UPDATE "order" SET external_id = ? WHERE external_id = ?', (ids[-1], known))
        database.execute("UPDATE message SET id = replace(id, ?, ?)", (known, ids[-1]))
        told = "UPDATE change SET xml = CAST(replace(CAST(xml AS TEXT), ?, ?) AS BLOB)"
        database.execute(told, (f'"{known}"', f'"{ids[-1]}"'))
    return ids


@pytest.mark.parametrize("pattern", ["/0123456789ab", "-renamed"])
def test_an_order_of_another_program_or_another_rule_is_the_same_order(
    here: World, tmp_path: Path, pattern: str
) -> None:
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    here.register(*(appeal(f"О-{number}") for number in range(3)))
    here.live_until("2026-11-24T12:00")
    ids = renamed(here, pattern)
    here.act("О-1", "released", "Кузьмина Е. В.")
    put_back(here, copy)
    here.live_until("2026-11-24T14:00")
    assert here.orders_by_external_id() == dict.fromkeys(ids, 1)
    assert {one.key: one.state for one in orders(here).values()} == dict(
        zip(ids, ["new", "released", "new"], strict=True)
    )
    with here.running.store.reading() as reading:
        assert reading.strays.count() == 0 and reading.epochs.open() == {}


@pytest.mark.parametrize("how", ["beside", "taken"])
def test_an_order_that_fits_no_rule_makes_no_second_without_a_person(here: World, tmp_path: Path, how: str) -> None:
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    here.act("О-1", "reassigned", "Соколова М. Г.", lead={"name": "Карпова Е. Е."})
    (strange,) = renamed(here, "-renamed")
    put_back(here, copy)
    here.live_until("2026-11-24T14:00")
    assert orders(here) == {} and set(here.orders_by_external_id()) == {strange}
    with pages(here) as server:
        browser = Browser(server.url)
        browser.log_in("ctl")
        page = browser.get("/documents/1")
        if how == "beside":
            browser.submit(page, "Создать поручение рядом")
        else:
            asked = browser.submit(browser.follow(page, "Принять под контроль"), "Показать", text="Рассмотреть.")
            browser.submit(asked, "Принять под контроль")
    here.live_until("2026-11-24T15:00")
    assert len(here.orders_by_external_id()) == (2 if how == "beside" else 1)
    assert [one.lead for one in orders(here).values()] == [LEAD if how == "beside" else "Карпова Е. Е."]


def test_a_system_that_lists_no_orders_is_caught_up_with_all_the_same(
    here: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(ExchangeConnector, "list_orders")
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    put_back(here, copy)
    here.live_until("2026-11-24T13:00")
    with here.running.store.reading() as reading:
        assert reading.epochs.open() == {}
    assert set(here.orders_by_external_id().values()) == {1}


# --- the copy itself ------------------------------------------------------------------------------


def said(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    code = main([str(one) for one in arguments])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_nothing_is_put_back_while_something_works(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    copy = copied(tmp_path / "copy.zip")
    with here.running.store.reading() as reading:  # somebody looks just now
        reading.orders.keys()
        code, told = said(capsys, "restore", copy)
    assert code == 1 and "с базой кто-то работает" in told and "остановите службу" in told
    assert set(orders(here)) == {"О-1"}


def test_a_document_after_the_restore_gets_numbers_of_its_own(here: World, tmp_path: Path) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    copy = copied(tmp_path / "copy.zip")
    put_back(here, copy)
    here.register(appeal("О-2"))
    here.live_until("2026-11-24T13:00")
    assert set(orders(here)) == {"О-1", "О-2"} and set(here.orders_by_external_id().values()) == {1}


@pytest.mark.parametrize("how", ["cut", "bent", "empty", "foreign", "newer", "absent", "folder"])
def test_a_copy_that_is_no_copy_is_one_line(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    copy = copied(tmp_path / "copy.zip")
    whole = copy.read_bytes()
    if how == "cut":
        copy.write_bytes(whole[: len(whole) // 2])
    elif how == "bent":
        middle = len(whole) // 3
        copy.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0x55]) + whole[middle + 1 :])
    elif how == "empty":
        copy.write_bytes(b"")
    elif how == "foreign":
        with zipfile.ZipFile(copy, "w") as other:
            other.writestr("readme.txt", "не то")
    elif how == "newer":
        with zipfile.ZipFile(copy) as read:
            entries = {name: read.read(name) for name in read.namelist()}
        manifest = json.loads(entries["manifest.json"]) | {"layout": "9999"}
        with zipfile.ZipFile(copy, "w") as other:
            for name, content in entries.items():
                other.writestr(name, json.dumps(manifest) if name == "manifest.json" else content)
    elif how == "folder":
        copy.unlink()
        copy.mkdir()
    else:
        copy.unlink()
    capsys.readouterr()
    for command in ("verify", "restore"):
        stopped(here) if command == "restore" else None
        code, told = said(capsys, command, copy)
        assert code == 1 and told.startswith("Ошибка: ") and told.count("\n") == 1 and "Traceback" not in told, told
    assert set(orders(here)) == {"О-1"}, "the database is as it was"


def test_a_copy_is_for_its_owner_and_a_failed_one_leaves_the_old(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    assert copy.stat().st_mode & 0o777 == 0o600
    code, told = said(capsys, "backup", tmp_path / "нет" / "copy.zip")
    assert code == 1 and "копия не записалась" in told
    assert main(["verify", str(copy)]) == 0 and not list(tmp_path.glob("*.part"))
    assert "[хорошо] копия базы: последняя от " in said(capsys, "doctor")[1]
    code, told = said(capsys, "restore")
    assert code == 1 and "не сказано, что вернуть" in told


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_without_room_everything_stays_as_it_was(here: World, tmp_path: Path, command: str) -> None:
    if here.settings.database.startswith("postgresql") and command == "restore":
        return  # its files are the server's, and so is their room
    here.register(*(appeal(f"О-{number}") for number in range(30)))
    here.live_until("2026-11-24T12:00")
    copy = copied(tmp_path / "copy.zip")
    whole = copy.read_bytes()
    stopped(here)
    running = Process(child.with_little_room, str(tmp_path), [command, str(copy)], log=tmp_path / "log")
    assert running.wait(60) == 1
    told = (tmp_path / "log").read_text()
    assert "не записалась: " in told and "проверьте место на диске" in told and "Traceback" not in told
    assert copy.read_bytes() == whole and not list(tmp_path.glob("*.part*"))
    assert len(orders(here)) == 30


def test_what_holds_letters_is_for_its_owner_and_a_password_is_not_in_the_copy(
    here: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here.running.worker.run_until_idle()
    copy = copied(tmp_path / "copy.zip")
    with zipfile.ZipFile(copy) as read:
        about = json.loads(read.read("manifest.json"))
    assert about["settings"]["systems"][0] == {"name": "sed", "kind": "СЭД", "connector": "exchange"}
    assert about["python"] and about["layout"] == LAYOUT
    (tmp_path / "empty.db").touch()
    for name in ("new.db", "empty.db"):
        with Store.open(f"sqlite:///{tmp_path / name}") as store, store.writing() as writing:
            assert writing.orders.keys() == [], "an empty file is set up, too"
    assert main(["init", str(tmp_path / "office")]) == 0
    for path in [*tmp_path.glob("new.db*"), copy, tmp_path / "office" / "poruchik.toml"]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_program_that_finds_a_newer_layout_while_it_runs_stops_writing(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    with here.running.store.writing() as writing:
        writing._connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    here.register(appeal("О-2"))
    with pytest.raises(StoreError, match="новее программы: её версия 9999"):
        here.running.worker.run_until_idle()
    with here.running.store.reading() as reading:
        assert [one.title for one in reading.orders.every()] == ["О-1"]


def test_a_database_put_back_by_hand_is_confirmed(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    assert main(["restore", "--confirm"]) == 0
    here.running.worker.run_until_idle()
    with here.running.store.reading() as reading:
        assert reading.epochs.open() == {}
        told = [entry.what for entry in reading.audit.about("sog")]
    assert told == ["база данных восстановлена из копии", "база данных догнала систему"]


def test_an_order_of_a_period_that_has_not_begun_holds_nothing_up(here: World) -> None:
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    with here.running.store.writing() as writing:
        (create,) = (
            one for one in writing.outbox.about([orders(here)["О-1"].key]) if one.command.operation == "create"
        )
        later = {create.command.order_key: here.clock.now() + timedelta(days=120)}
        another = replace(create.command, message_id=f"{create.message_id}-later")
        writing.outbox.add([("sog", another)], here.clock.now(), later=later)
    assert main(["restore", "--confirm"]) == 0
    here.running.worker.run_until_idle()
    with here.running.store.reading() as reading:
        assert reading.epochs.open() == {}


def test_a_system_whose_list_fails_is_followed_all_the_same(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.stand.troubles.set("sog", Trouble("fault", "GetOrders"))
    here.register(appeal("О-1"))
    here.live_until("2026-11-24T12:00")
    here.act("О-1", "released", "Кузьмина Е. В.")
    here.live_until("2026-11-24T13:00")
    assert orders(here)["О-1"].state == "released"
    assert "Список поручений системы sog не читается: " in said(capsys, "orders", "differ")[1]
    here.stand.troubles.clear()
    here.live_until("2026-11-24T15:00")
    assert "не читается" not in said(capsys, "orders", "differ")[1]
