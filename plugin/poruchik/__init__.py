"""Poruchik: policies in, orders, deadlines and control out, for document management over SOAP/XML."""

__version__ = "0.1.0"
