"""The contract is plain: valid XSD and WSDL, every element documented, usable by other SOAP stacks."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from poruchik.resources import schemas_folder
from support.world import appeal, world

XS = "{http://www.w3.org/2001/XMLSchema}"
SCHEMAS = sorted(schemas_folder().rglob("*.xsd"))
WSDLS = sorted(schemas_folder().rglob("*.wsdl"))
_ENUMERATIONS_THAT_SPEAK = {"ChangeKind"}  # their words are explained where they are used


@pytest.mark.parametrize("path", SCHEMAS, ids=[path.name for path in SCHEMAS])
def test_every_element_and_type_is_documented(path: Path) -> None:
    root = etree.parse(str(path)).getroot()
    bare = [
        f"line {node.sourceline}: {node.get('name')}"
        for node in root.iter(f"{XS}element", f"{XS}simpleType", f"{XS}complexType")
        if node.get("name") and node.find(f"{XS}annotation/{XS}documentation") is None
    ]
    assert bare == []


@pytest.mark.parametrize("path", WSDLS, ids=[path.name for path in WSDLS])
def test_document_literal_in_both_versions(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert 'style="rpc"' not in text
    assert 'use="encoded"' not in text
    root = etree.fromstring(text.encode())
    bindings = root.findall("{http://schemas.xmlsoap.org/wsdl/}binding")
    assert len(bindings) == 2
    operations = [len(binding.findall("{http://schemas.xmlsoap.org/wsdl/}operation")) for binding in bindings]
    assert operations[0] == operations[1] > 0


def test_xmllint_takes_what_the_stand_sends(tmp_path: Path) -> None:
    xmllint = shutil.which("xmllint")
    if xmllint is None:
        pytest.skip("xmllint is not installed; .ci/run installs it")
    import requests

    envelope = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<GetDocuments xmlns="urn:poruchik:exchange:1"><cursor/><limit>10</limit></GetDocuments></s:Body></s:Envelope>'
    )
    with world(tmp_path) as here:
        here.register(appeal("О-1", листов=2), appeal("О-2"))
        answer = requests.post(here.stand.url("sog"), data=envelope.encode(), timeout=10)
    body = etree.fromstring(answer.content)[0][0]
    page = tmp_path / "page.xml"
    page.write_bytes(etree.tostring(body))
    schema = schemas_folder() / "exchange" / "exchange.xsd"
    done = subprocess.run(
        [xmllint, "--nonet", "--noout", "--schema", str(schema), str(page)],
        capture_output=True,
        check=False,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr


PHP = r"""<?php
$client = new SoapClient($argv[1] . "?wsdl", ["soap_version" => constant($argv[2]), "exceptions" => true, "cache_wsdl" => 0]);
$page = $client->GetDocuments(["cursor" => "", "limit" => 10]);
$order = ["messageId" => "m-1", "externalId" => "e-1", "documentId" => $page->document[0]->id, "text" => "Сделать",
  "lead" => ["name" => "Иванов И. И."], "act" => "акт", "clause" => "1", "explanation" => "Потому"];
$first = $client->CreateOrders(["order" => [$order]]);
$second = $client->CreateOrders(["order" => [$order]]);
try { $client->GetDocument(["id" => "нет"]); $fault = "none"; }
catch (SoapFault $e) { $fault = $e->detail->ExchangeFault->code; }
echo json_encode([$page->hasMore, $first->receipt->status, $second->receipt->status, $fault]);
"""


@pytest.mark.parametrize("version", ["SOAP_1_1", "SOAP_1_2"])
def test_php_talks_to_the_stand(tmp_path: Path, version: str) -> None:
    php = shutil.which("php")
    if php is None or b"soap" not in subprocess.run([php, "-m"], check=False, capture_output=True, timeout=30).stdout:
        pytest.skip("php with its soap extension is not installed; .ci/run installs it")
    script = tmp_path / "client.php"
    script.write_text(PHP, encoding="utf-8")
    with world(tmp_path) as here:
        here.register(appeal("О-1"), appeal("О-2"))
        done = subprocess.run(
            [php, str(script), here.stand.url("sog"), version], check=False, capture_output=True, text=True, timeout=60
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == [False, "accepted", "duplicate", "notFound"]
