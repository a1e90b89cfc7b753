"""The commands, which are imported by name when they are called."""

from forexhooks.cli import COMMANDS

hiddenimports = [f"forexhooks.cli.{name.replace('-', '_')}" for name in COMMANDS]
