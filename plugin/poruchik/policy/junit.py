"""What running cases gave, as JUnit XML: what continuous integration shows beside a change."""

from __future__ import annotations

import re

from lxml import etree

from poruchik.policy.cases import Results
from poruchik.policy.problems import Problems

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def junit_xml(results: Results, problems: Problems) -> bytes:
    """Return one test suite: the cases that passed, those that failed, and the files that could not be read."""
    failed, broken = len(results.failures), problems.errors
    suite = etree.Element(
        "testsuite",
        name="poruchik",
        tests=str(len(results.passed) + failed + len(broken)),
        failures=str(failed),
        errors=str(len(broken)),
    )
    for position, name in results.passed:
        etree.SubElement(suite, "testcase", classname=position.file, name=_text(name))
    for failure in results.failures:
        case = etree.SubElement(suite, "testcase", classname=failure.position.file, name=_text(failure.name))
        told = etree.SubElement(case, "failure", message=_text("; ".join(failure.differences)))
        told.text = _text("\n".join(failure.lines()))
    for problem in broken:
        case = etree.SubElement(suite, "testcase", classname=problem.position.file, name=problem.code)
        etree.SubElement(case, "error", message=_text(problem.what)).text = _text(str(problem))
    return etree.tostring(suite, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _text(text: str) -> str:
    """Return a text without what XML cannot hold."""
    return _NOT_IN_XML.sub("", text)
