"""The schemas in a real editor's language server: what it offers, what it underlines, what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from poruchik.cli import main
from poruchik.resources import rules_folder
from support.policies import write_policy

SERVER = Path(__file__).parents[2] / ".editor/node_modules/yaml-language-server/bin/yaml-language-server"
"""Where `.ci/run` puts it: `npm install --prefix .editor yaml-language-server`."""
NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None or not SERVER.is_file(), reason="no node or no yaml-language-server")


class Editor:
    """Speaks the language server protocol as an editor does."""

    def __init__(self, settings: dict[str, Any]) -> None:
        assert NODE
        self._settings = settings
        self._server = subprocess.Popen([NODE, str(SERVER), "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._last = 0
        self.ask("initialize", processId=os.getpid(), rootUri=None, capabilities={"workspace": {"configuration": True}})
        self._send(method="initialized", params={})
        self._send(method="workspace/didChangeConfiguration", params={"settings": settings})

    def close(self) -> None:
        self._server.kill()
        self._server.communicate()

    def open(self, path: Path) -> list[str]:
        """Return what is underlined, «line: message»."""
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": path.read_text("utf-8")}
        self._send(method="textDocument/didOpen", params={"textDocument": document})
        told = self._until(
            lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == path.as_uri()
        )
        return [f"{one['range']['start']['line'] + 1}: {one['message']}" for one in told["params"]["diagnostics"]]

    def completions(self, path: Path, line: int, column: int) -> dict[str, str]:
        """Return the offered words with their descriptions; line and column from 1."""
        found = self._at("textDocument/completion", path, line, column)
        return {one["label"]: str(one.get("documentation", "")) for one in found["items"]}

    def hover(self, path: Path, line: int, column: int) -> str:
        return str(self._at("textDocument/hover", path, line, column)["contents"]["value"])

    def _at(self, method: str, path: Path, line: int, column: int) -> Any:
        return self.ask(
            method, textDocument={"uri": path.as_uri()}, position={"line": line - 1, "character": column - 1}
        )

    def ask(self, method: str, **params: Any) -> Any:
        self._last += 1
        number = self._last
        self._send(id=number, method=method, params=params)
        return self._until(lambda m: m.get("id") == number and "method" not in m)["result"]

    def _send(self, **message: Any) -> None:
        assert self._server.stdin
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self._server.stdin.flush()

    def _until(self, wanted: Any) -> Any:
        while True:
            message = self._receive()
            if message.get("method") == "workspace/configuration":
                answer = [self._settings.get(item["section"]) for item in message["params"]["items"]]
                self._send(id=message["id"], result=answer)
            elif "method" in message and "id" in message:
                self._send(id=message["id"], result=None)
            elif wanted(message):
                return message

    def _receive(self) -> Any:
        assert self._server.stdout
        size = 0
        while line := self._server.stdout.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        return json.loads(self._server.stdout.read(size))


@pytest.fixture
def editor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Editor]:
    """An editor set up as `rules schema --to` says."""
    assert main(["rules", "schema", "--to", str(tmp_path / "schemas")]) == 0
    out = capsys.readouterr().out
    told = json.loads(out[out.index("{") :])
    made = Editor({"yaml": {"schemas": told["yaml.schemas"], "validate": True, "completion": True, "hover": True}})
    yield made
    made.close()


RULE = """правила:
  - правило: п
    основание: {акт: приказ-269, пункт: "5"}
    суть: Суть.
    если:
      вид: 
      канал: почта
    то:
      срок: {длительность: 30 дней}
      
"""  # noqa: W291, W293 — an author has just come to these places


def test_what_is_offered_and_told(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "pravila.yaml"
    path.write_text(RULE, encoding="utf-8")
    editor.open(path)
    offered = editor.completions(path, 10, 7)
    assert offered["ответственный"].startswith("Ответственный исполнитель.")
    assert {"контроль", "напоминания", "эскалация", "поручения"} <= set(offered)
    assert "срок" not in offered  # it is there already
    assert {"обращение", "запрос", "поручение"} <= set(editor.completions(path, 6, 12))
    assert "сколько: «30 дней»" in editor.hover(path, 9, 15).lower()


def test_what_is_underlined(editor: Editor, tmp_path: Path) -> None:
    path = tmp_path / "pravila.yaml"
    text = RULE.replace("вид: \n", "вид: обрашение\n").replace("канал:", "кнал:").replace("срок:", "сорк:")
    path.write_text(text, encoding="utf-8")
    told = editor.open(path)
    assert any(one.startswith("6: Value is not accepted") for one in told)
    assert "7: Property кнал is not allowed." in told
    assert "9: Property сорк is not allowed." in told


def test_nothing_is_underlined_in_the_shipped_policies(editor: Editor) -> None:
    others = ("kalendar", "primery")  # no policies; another office's, with a dictionary of its own
    files = [path for path in sorted(rules_folder().rglob("*.yaml")) if not set(others) & set(path.parts)]
    assert len(files) > 10
    assert {path.name: told for path in files if (told := editor.open(path))} == {}


def test_nor_in_what_new_writes(editor: Editor, tmp_path: Path) -> None:
    pack = write_policy(tmp_path / "pack", "правила: []")
    assert main(["rules", "new", str(pack), "моё"]) == 0
    assert main(["rules", "schema", str(pack), "--to", str(tmp_path / "schemas")]) == 0
    assert [editor.open(pack / name) for name in ("моё.yaml", "моё.test.yaml")] == [[], []]
