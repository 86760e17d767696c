"""A printed policy as a DOCX document: A4, one font, Russian, heads of tables repeated, pages numbered."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from poruchik.printing.content import Printed, PrintedAct, PrintedRule, PrintedTable
from poruchik.xml import xml_text

_FONT = "Times New Roman"
_GREY = RGBColor(0x55, 0x55, 0x55)


def to_docx(printed: Printed) -> bytes:
    """Return the document."""
    made = docx.Document()
    _page(made)
    title = made.add_heading(xml_text(printed.title), 0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    if printed.facts:
        _plain_table(made, printed.facts)
    for act in printed.acts:
        _act(made, act)
    for table in (printed.terms, *printed.tables):
        if table.rows:
            _table(made, table)
    _signatures(made, printed.signatures)
    data = io.BytesIO()
    made.save(data)
    return data.getvalue()


def _page(made: Any) -> None:
    section = made.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(2.5), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    for name, size in (("Normal", 12), ("Title", 18), ("Heading 1", 14), ("Heading 2", 12)):
        style = made.styles[name]
        style.font.name, style.font.size = _FONT, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for which in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(which), _FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "ru-RU")
    made.styles["Normal"].element.get_or_add_rPr().append(language)
    made.styles["Normal"].paragraph_format.space_after = Pt(3)
    _number_of_page(section.footer.paragraphs[0])


def _number_of_page(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)


def _act(made: Any, act: PrintedAct) -> None:
    made.add_heading(xml_text(act.title), 1)
    for clause in act.clauses:
        made.add_heading(xml_text(clause.citation + (f". {clause.gist}" if clause.gist else "")), 2)
        for rule in clause.rules:
            _rule(made, rule)


def _rule(made: Any, rule: PrintedRule) -> None:
    head = made.add_paragraph()
    head.paragraph_format.keep_with_next = True
    head.add_run(xml_text(rule.gist)).bold = True
    name = head.add_run(xml_text(f"  правило «{rule.name}»"))
    name.font.size, name.font.color.rgb = Pt(9), _GREY
    when = made.add_paragraph()
    when.paragraph_format.keep_with_next = True
    when.add_run(xml_text(f"Если {'; '.join(rule.when)}, то:"))
    _plain_table(made, rule.then)
    end = made.add_paragraph()
    end.paragraph_format.space_after = Pt(10)
    end.add_run(xml_text(" ".join(rule.notes))).italic = True


def _plain_table(made: Any, pairs: tuple[tuple[str, str], ...]) -> None:
    table = made.add_table(rows=0, cols=2)
    for pair in pairs:
        row = table.add_row()
        _unbroken(row)
        for cell, text in zip(row.cells, pair, strict=True):
            cell.paragraphs[0].paragraph_format.space_after = Pt(1)
            cell.paragraphs[0].add_run(xml_text(text)).font.size = Pt(11)
        row.cells[0].paragraphs[0].runs[0].font.color.rgb = _GREY
    _widths(table, (3.6, 13.4))


def _widths(table: Any, widths: Sequence[float]) -> None:
    """Set the widths of columns, cm: of the grid for some readers, of each cell for others."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)


def _table(made: Any, printed: PrintedTable) -> None:
    made.add_heading(xml_text(printed.title), 1)
    table = made.add_table(rows=1, cols=len(printed.columns), style="Table Grid")
    head = table.rows[0]
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    head._tr.get_or_add_trPr().append(repeat)
    for cell, text in zip(head.cells, printed.columns, strict=True):
        cell.paragraphs[0].add_run(xml_text(text)).bold = True
    for values in printed.rows:
        row = table.add_row()
        _unbroken(row)
        for cell, text in zip(row.cells, values, strict=False):
            cell.paragraphs[0].add_run(xml_text(text))
    for row in table.rows:
        for cell in row.cells:
            cell.paragraphs[0].paragraph_format.space_after = Pt(0)
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(9)
    if printed.widths:
        _widths(table, printed.widths)


def _unbroken(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _signatures(made: Any, who: tuple[str, ...]) -> None:
    made.add_paragraph()
    table = made.add_table(rows=0, cols=2)
    for one in who:
        row = table.add_row()
        _unbroken(row)
        words = (f"{one}:", "_" * 14 + "  " + "_" * 10 + "  " + "_" * 14)
        for cell, text in zip(row.cells, words, strict=True):
            cell.paragraphs[0].paragraph_format.space_before = Pt(18)
            cell.paragraphs[0].add_run(xml_text(text))
        small = row.cells[1].add_paragraph().add_run("должность, подпись, дата, фамилия и инициалы")
        small.font.size, small.font.color.rgb = Pt(8), _GREY
    _widths(table, (6.5, 10.5))
