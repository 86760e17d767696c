"""`rules simulate`: the same archive in every form, cut anywhere, against one policy or two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from poruchik.cli import main
from poruchik.engine.decide import Decider
from poruchik.model.document import Document
from poruchik.policy.lines import LineReader
from poruchik.simulation import archive as archives
from poruchik.simulation.archive import Broken, open_archive
from poruchik.simulation.replay import replay
from poruchik.simulation.report import tally_json
from support.policies import CALENDAR, load_rules, write_policy
from support.world import appeal, world

pytestmark = pytest.mark.both_databases

RULES = """
    правила:
      - {правило: запрос, основание: {акт: акт, пункт: "1"}, суть: Ответить., если: {вид: запрос},
         то: {ответственный: {подразделение: отдел}, срок: {длительность: ТЕРМИН}, канал ответа: почта}}
      - {правило: обращение, основание: {акт: акт, пункт: "2"}, суть: Рассмотреть., если: {вид: обращение},
         то: {ответственный: {сотрудник: ЧЕЛОВЕК}, срок: {длительность: 10 дней}}}
"""
CARD = {"вид": "запрос", "дата регистрации": "2026-03-02T10:00+05:00"}


def policy(folder: Path, term: str = "30 дней", person: str = "Петров П. П.") -> Path:
    return write_policy(folder, RULES.replace("ТЕРМИН", term).replace("ЧЕЛОВЕК", person))


def lines(path: Path, cards: Sequence[object]) -> Path:
    told = (card if isinstance(card, str) else json.dumps(card, ensure_ascii=False) for card in cards)
    path.write_text("\n".join(told) + "\n", encoding="utf-8")
    return path


def cards(count: int) -> list[dict[str, object]]:
    kinds = ("запрос", "обращение", "письмо")
    return [
        CARD | {"вид": kinds[n % 3], "номер": f"Н-{n}", "листов": n, "срочно": n % 2 == 0, "дата поступления": "2026-03-01"}
        for n in range(count)
    ]  # fmt: skip


def read(path: Path, folder: Path) -> list[Document | Broken | None]:
    loaded = load_rules(folder, RULES.replace("ТЕРМИН", "1 день").replace("ЧЕЛОВЕК", "Петров П. П."))
    assert loaded.policy
    reader = LineReader(loaded.policy.attributes, loaded.policy.zone)
    return [one for part in open_archive(path).slices() for one in part.read(reader)]


@pytest.mark.parametrize("size", [1, 7, 64, 1000, 10**6])
def test_every_line_is_read_once_wherever_the_slices_are_cut(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "SLICE_BYTES", size)
    path = lines(tmp_path / "a.jsonl", cards(30))
    documents = read(path, tmp_path / "policy")
    assert [one.reg_number for one in documents if isinstance(one, Document)] == [f"Н-{n}" for n in range(30)]
    first = documents[0]
    assert isinstance(first, Document)
    assert first.attributes == {"вид": "запрос", "листов": 0, "срочно": True}
    assert first.received_at is not None
    assert f"{first.received_at:%d.%m %H:%M}" == "01.03 09:00"


@pytest.mark.parametrize("size", [9, 100, 10**6])
def test_what_is_broken_is_told_by_line_and_passed_over(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "SLICE_BYTES", size)
    monkeypatch.setattr(archives, "MAX_LINE", 400)
    good = json.dumps(CARD, ensure_ascii=False)
    broken = [
        "{", "[1]", '{"вид": "запрос"}', '{"вид": "запрас", "дата регистрации": "2026-03-02"}', '{"вид": NaN}',
        '{"вид": {"а": 1}, "дата регистрации": "2026-03-02"}', "{" + " " * 500 + "}", "[" * 390,
        '{"дата регистрации": "2026-02-31"}', '{"вид": "запрос", "дата регистрации": "2026-03-02T10:00"}', "\x00",
    ]  # fmt: skip
    text = "\n".join([good, "", *broken, good])
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + text.encode() + b'\n"\xcf\xf0"\n' + good.encode())
    tally = replay(open_archive(path), [policy(tmp_path / "policy")], workers=1)
    assert tally.documents == 3
    told = {line: what for what, unread in tally.causes.items() for line in unread.lines}
    assert sorted(told) == [*range(3, 14), 15]
    assert tally.unread == len(broken) + 1
    assert told[6] == "«вид»: значения «запрас» нет в словаре; возможно, «запрос»"
    assert told[9] == "строка длиннее 0 КБ"
    assert told[15] == "строка не в кодировке UTF-8; сохраните файл как UTF-8"


def test_two_policies_differ_where_decide_says_so(tmp_path: Path) -> None:
    old, new = policy(tmp_path / "old"), policy(tmp_path / "new", "10 дней", "Котова К. К.")
    path = lines(tmp_path / "a.jsonl", cards(300))
    tally = replay(open_archive(path), [old, new], workers=1)
    assert (tally.documents, tally.changed) == (300, 200)
    assert tally.by_aspect == {"срок": 100, "ответственный": 100}
    assert tally.moved == {"раньше": 100}
    assert tally.changed_of_kind == {"запрос": {"documents": 100, "срок": 100}, "обращение": {"documents": 100, "ответственный": 100}}  # fmt: skip
    deciders = [Decider.build(loaded.policy, CALENDAR) for loaded in map(_loaded, (old, new)) if loaded.policy]
    document = next(one for one in read(path, tmp_path / "p") if isinstance(one, Document))
    before, after = (decider.decide(document).orders[0].deadline for decider in deciders)
    sample = tally.samples["срок"][0]
    assert before
    assert after
    assert (sample.before, sample.after) == (f"{before.due_at:%d.%m.%Y %H:%M}", f"{after.due_at:%d.%m.%Y %H:%M}")
    assert (sample.line, sample.number) == (1, "Н-0")


def _loaded(folder: Path):  # type: ignore[no-untyped-def]
    from poruchik.policy.load import load_policy

    return load_policy(folder)


def test_workers_count_as_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "SLICE_BYTES", 5000)
    old, new = policy(tmp_path / "old"), policy(tmp_path / "new", "10 дней")
    path = lines(tmp_path / "a.jsonl", [*cards(200), "{", *cards(50)])
    seen: list[int] = []
    alone = replay(open_archive(path), [old, new], workers=1)
    together = replay(open_archive(path), [old, new], workers=3, progress=seen.append)
    assert tally_json(alone, ["a", "b"]) == tally_json(together, ["a", "b"])
    assert [unread.lines for unread in together.causes.values()] == [[201]]
    assert sum(seen) == path.stat().st_size
    assert len(seen) > 3


def test_one_cause_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = lines(tmp_path / "a.jsonl", [*["{"] * 9, *[CARD | {"вид": f"в{n}"} for n in range(30)]])
    assert main(["rules", "simulate", str(policy(tmp_path / "policy")), "--against", str(path)]) == 1
    out = capsys.readouterr().out
    assert "строка 1, 2, 3, 4, 5 … (всего 9): это не JSON" in out
    assert "… и ещё 11 по другим причинам" in out


def test_a_store_and_its_xml_are_archives_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with world(tmp_path) as here:
        here.register(appeal("О-1"), appeal("О-2"), appeal("О-3", канл="почта"))
        here.running.worker.run_until_idle()
        (tmp_path / "poruchik.toml").write_text(
            f'database = "{here.settings.database}"\n[[systems]]\nname = "sog"\nkind = "СОГ"\nurl = "http://127.0.0.1:1"\n',
            encoding="utf-8",
        )
    assert main(["rules", "simulate", "--against", str(tmp_path / "poruchik.toml"), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["documents"], told["unread"]) == (3, 0)
    assert told["policies"][0]["manual"] == {"unknown-attribute": 1}
    assert told["policies"][0]["by_kind"]["обращение"] == {"documents": 3, "orders": 2, "manual": 1}


CARD_XML = """<documents xmlns="urn:poruchik:exchange:1">{}</documents>"""
ONE_XML = """<document><id>{0}</id><number>{0}</number><registeredAt>2026-03-02T10:00:00+05:00</registeredAt>
<attribute><name>вид</name><type>string</type><value>{1}</value></attribute></document>"""


def test_xml_is_read_card_by_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "SLICE_CARDS", 4)
    folder = tmp_path / "xml"
    folder.mkdir()
    made = [ONE_XML.format(f"Н-{n}", "запрос") for n in range(9)]
    (folder / "a.xml").write_text(CARD_XML.format("".join(made)), encoding="utf-8")
    (folder / "b.xml").write_text(CARD_XML.format(ONE_XML.format("", "запрос")), encoding="utf-8")
    tally = replay(open_archive(folder), [policy(tmp_path / "policy")], workers=1)
    assert (tally.documents, tally.unread) == (9, 1)
    assert [unread.lines for unread in tally.causes.values()] == [[10]]
    assert tally.counted[0].by_unit == {"отдел": 9}


def test_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = policy(tmp_path / "old"), policy(tmp_path / "new", "10 дней")
    path = lines(tmp_path / "a.jsonl", [*cards(9), "{"])
    assert main(["rules", "simulate", str(old), str(new), "--against", str(path)]) == 0
    out = capsys.readouterr().out
    assert "Прочитано 9 документов." in out
    assert "строка 10: это не JSON; одна строка — один документ" in out
    assert "Изменятся 3 документа, 33,3%" in out
    assert "Н-0, запрос" in out
    assert main(["rules", "simulate", str(old), "--against", str(path)]) == 0
    assert "Почему на ручной разбор" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", None, "архив не открывается"),
        ("a.xml", b"<a", "это не XML договора обмена"),
        ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a xmlns="urn:poruchik:exchange:1"><document/></a>', "DOCTYPE"),
        ("a.toml", b"[", "Ошибка"),
        ("a.jsonl", b"", "Прочитано 0 документов"),
        ("a.jsonl", "вид;дата\nзапрос;2026".encode("cp1251"), "Пропущено 2 документа"),
    ],
)
def test_a_hostile_archive_is_told_of(
    name: str, content: bytes | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert main(["rules", "simulate", str(policy(tmp_path / "policy")), "--against", str(path)]) == 1
    printed = capsys.readouterr()
    assert told in printed.out + printed.err
    assert "Traceback" not in printed.out + printed.err
