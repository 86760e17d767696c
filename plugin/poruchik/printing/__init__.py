"""A policy as a document that people read, agree on and sign: HTML and DOCX."""
