"""The texts that people receive: Jinja templates an author edits, rendered in a sandbox."""
