"""What running cases gave, as JUnit XML: what continuous integration shows beside a change."""

from __future__ import annotations

from lxml import etree

from poruchik.authoring.cases import Results
from poruchik.policy.problems import Problems
from poruchik.xml import xml_text


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
        etree.SubElement(suite, "testcase", classname=position.file, name=xml_text(name))
    for failure in results.failures:
        case = etree.SubElement(suite, "testcase", classname=failure.position.file, name=xml_text(failure.name))
        told = etree.SubElement(case, "failure", message=xml_text("; ".join(failure.differences)))
        told.text = xml_text("\n".join(failure.lines()))
    for problem in broken:
        case = etree.SubElement(suite, "testcase", classname=problem.position.file, name=problem.code)
        etree.SubElement(case, "error", message=xml_text(problem.what)).text = xml_text(str(problem))
    return etree.tostring(suite, xml_declaration=True, encoding="utf-8", pretty_print=True)
