"""WSDL, XSD and JSON Schema: data, no code."""
