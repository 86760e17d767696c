"""What helps an author: cases and their reports, differences, coverage, templates, schemas, the lexicon measured."""
