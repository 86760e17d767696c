"""Replaying an archive of documents against one policy or two: who would get what by when, and what would change."""
