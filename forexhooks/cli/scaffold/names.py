"""The names that follow from a driver's name, checked before anything is written."""

from __future__ import annotations

import keyword
import re
from importlib.util import find_spec
from typing import NamedTuple

from forexhooks.errors import PluginConflictError, PluginError
from forexhooks.plugins.discovery import installed_drivers, installed_extensions

_NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*", re.ASCII)
_LONGEST = 30
_LONG_TITLE = 40
# Names that the templates or Python use for something else.
_OTHER_CLASSES = (
    {"Any", "Iterator", "Profile", "Row"}
    | {"DriverTests", "ForexServer", "HttpDriver", "Path"}
    | {"True", "False", "None"}
)


class Names(NamedTuple):
    """A driver's name, the title of its provider, and the names in its package."""

    driver: str
    title: str

    @classmethod
    def of(cls, name: str, title: str | None) -> Names:
        """Check a name and a title, which defaults to the name. Raises `PluginError`."""
        if not _NAME.fullmatch(name) or len(name) > _LONGEST:
            raise PluginError(
                f"{name!r} cannot name a driver and its package: write at most {_LONGEST} small "
                f"letters and digits, a letter first, with hyphens between words{_instead(name)}"
            )
        words = re.split("[-_]", name)
        if words[0] == "forexhooks":
            raise PluginError(
                f"{name!r}: give the driver's name alone{_instead('-'.join(words[1:]))}: the "
                "package's name is made of it"
            )
        shown = " ".join(map(str.capitalize, words)) if title is None else title.strip()
        if not (shown.isprintable() and 0 < len(shown) <= _LONG_TITLE) or {*shown} & {*'"\\'}:
            raise PluginError(
                f"{title!r} cannot be a title: write one line of at most {_LONG_TITLE} characters "
                'without " and \\'
            )
        return cls(name, shown)

    @property
    def word(self) -> str:
        """The name as a Python identifier: acme_bank."""
        return self.driver.replace("-", "_")

    @property
    def kind(self) -> str:
        """The driver's class: AcmeBank."""
        return "".join(map(str.capitalize, self.word.split("_")))

    @property
    def module(self) -> str:
        """The package to import: forexhooks_acme_bank."""
        return f"forexhooks_{self.word}"

    @property
    def distribution(self) -> str:
        """The package to install: forexhooks-acme-bank."""
        return self.module.replace("_", "-")

    @property
    def variable(self) -> str:
        """The prefix of its settings in the environment: FOREXHOOKS_ACME_BANK."""
        return self.module.upper()

    def values(self) -> dict[str, str]:
        """All of these, for the templates."""
        each = ("driver", "title", "word", "kind", "module", "distribution", "variable")
        return {name: getattr(self, name) for name in each}

    def check_class(self) -> None:
        """Check the name of the class. Raises `PluginError`."""
        if self.kind in _OTHER_CLASSES or self.kind.startswith("Test"):
            raise PluginError(
                f"{self.driver!r} would need a class {self.kind}, a name with another meaning: "
                "choose another name"
            )

    def check_command(self) -> None:
        """Check the name of the command. Raises `PluginConflictError`."""
        from forexhooks.cli import COMMANDS

        if self.driver in COMMANDS:
            raise PluginConflictError(
                f"`forexhooks {self.driver}` is already a command: choose another name"
            )

    def check_free(self, module: str) -> None:
        """Check that no driver or extension, and no module, has the name.

        Raises `PluginConflictError`; `PluginError` for a keyword of Python.
        """
        for kind, installed in (
            ("a driver", installed_drivers()),
            ("an extension", installed_extensions()),
        ):
            for found in installed:
                if found.name.replace("-", "_") == self.word:
                    raise PluginConflictError(
                        f"there is {kind} {found.name!r} already ({found.origin}): choose another "
                        "name"
                    )
        if keyword.iskeyword(module):
            raise PluginError(
                f"{module!r} is a keyword of Python, not a name for a module: choose another name"
            )
        found_module = find_spec(module)
        if found_module is not None and found_module.origin is not None:
            raise PluginConflictError(
                f"there is a module {module!r} already ({found_module.origin}): one of yours "
                "would hide it, or be hidden; choose another name"
            )


def _instead(name: str) -> str:
    """Part of a message about a name: a suggestion, or nothing."""
    better = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-").removeprefix("forexhooks-")
    return f", like {better}" if _NAME.fullmatch(better) and len(better) <= _LONGEST else ""
