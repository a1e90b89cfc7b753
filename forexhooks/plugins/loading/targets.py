"""What is to be loaded from a path, and what came of it: values that cross into a child process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection


class Target(NamedTuple):
    """A plugin in a staged copy: its name, the module it is in, and the attribute, if it is one.

    `is_extension`: its distribution declares it as one.
    """

    name: str
    module: str
    attribute: str
    is_extension: bool = False


class Staged(NamedTuple):
    """A private copy.

    - `path`: what it is a copy of
    - `home`: the folder of the copy, to be removed by whoever has this
    - `digest`: the SHA-256 of all files in it, in hexadecimal
    - `targets`: the plugins in it
    - `files`: the files in it, relative to `home`
    - `version`: that of the distribution, where it is one
    - `offered`: the names of the extensions in it that were not chosen
    """

    path: Path
    home: Path
    digest: str
    targets: tuple[Target, ...]
    files: tuple[str, ...]
    version: str | None
    offered: tuple[str, ...] = ()

    def as_reply(self) -> dict[str, Any]:
        """What a child process says of it, for JSON."""
        return {
            "digest": self.digest,
            "targets": self.targets,
            "files": self.files,
            "version": self.version,
            "offered": self.offered,
        }

    @classmethod
    def from_reply(cls, said: dict[str, Any], path: Path, home: Path) -> Staged:
        """The copy of `path` in `home`, of which a child process said this."""
        targets = tuple(Target(*each) for each in said["targets"])
        files, offered = tuple(said["files"]), tuple(said["offered"])
        return cls(path, home, said["digest"], targets, files, said["version"], offered)

    def chosen(self, extensions: Collection[str], blocked: Collection[str]) -> Staged:
        """The same with its drivers, and of its extensions those that are named.

        Where it has no drivers, to name its path was to name them. What a distribution calls by a
        name that is blocked is left out.
        """
        has_drivers = not all(each.is_extension for each in self.targets)
        wanted = [
            each
            for each in self.targets
            if not (has_drivers and each.is_extension and each.name not in extensions)
        ]
        return self._replace(
            targets=tuple(
                each for each in wanted if self.version is None or each.name not in blocked
            ),
            offered=tuple(each.name for each in self.targets if each not in wanted),
        )


class Order(NamedTuple):
    """What is to be loaded: all that a child process must know to stage it.

    - `path`: what is loaded; of a `distribution` that is installed its name and version
    - `name`: the alias it is to have; `sha256`: the digest; `root`: what no link may lead out of
    - `serving`: path, digest and name of each that was loaded and serves
    - `extensions`: those to be taken of a wheel with drivers; `blocked`: the names left out
    """

    path: Path
    distribution: str | None = None
    name: str | None = None
    sha256: str | None = None
    root: Path | None = None
    serving: tuple[tuple[str, str, str], ...] = ()
    extensions: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
