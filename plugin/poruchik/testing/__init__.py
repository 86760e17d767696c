"""Suites that an integration's own tests put it through."""
