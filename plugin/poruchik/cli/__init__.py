"""The command line: `poruchik …`. One module a group of commands; plugins add theirs through a hook."""

from poruchik.cli.main import main

__all__ = ["main"]
