"""What to load from a path, and the result: values that are sent to and from a child process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection


class Target(NamedTuple):
    """A plugin in a staged copy: its name, its module, and the attribute in it, if it is one.

    `is_extension`: its distribution declares it as an extension.
    """

    name: str
    module: str
    attribute: str
    is_extension: bool = False


class Staged(NamedTuple):
    """A private copy.

    - `path`: what it is a copy of
    - `home`: the folder of the copy, which its owner must remove
    - `digest`: the SHA-256 of all files in it, in hexadecimal
    - `targets`: the plugins in it
    - `files`: the files in it, relative to `home`
    - `version`, `distribution`: its version and name, if it is a distribution
    - `offered`: the names of extensions in it that were not chosen
    """

    path: Path
    home: Path
    digest: str
    targets: tuple[Target, ...]
    files: tuple[str, ...]
    version: str | None
    distribution: str | None = None
    offered: tuple[str, ...] = ()

    def as_reply(self) -> dict[str, Any]:
        """Its fields for JSON, as a child process sends them."""
        return {
            "digest": self.digest,
            "targets": self.targets,
            "files": self.files,
            "version": self.version,
            "distribution": self.distribution,
            "offered": self.offered,
        }

    @classmethod
    def from_reply(cls, said: dict[str, Any], path: Path, home: Path) -> Staged:
        """The copy of `path` in `home`, with the fields that a child process sent."""
        targets = tuple(Target(*each) for each in said["targets"])
        files, offered = tuple(said["files"]), tuple(said["offered"])
        version, distribution = said["version"], said["distribution"]
        return cls(path, home, said["digest"], targets, files, version, distribution, offered)

    def chosen(self, extensions: Collection[str], blocked: Collection[str]) -> Staged:
        """The same copy with its drivers and the named ones of its extensions.

        If it has no drivers, all extensions are chosen: naming its path was enough. Blocked names
        are left out.
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
    """What to load: everything that a child process must know to stage it.

    - `path`: what is loaded; for an installed `distribution`, its name and version
    - `name`: another name for the plugin; `sha256`: the digest; `root`: links must not lead out of
      it
    - `serving`: path and digest of each plugin that this load may replace
    - `extensions`: the ones to load from a wheel with drivers; `blocked`: names to leave out
    """

    path: Path
    distribution: str | None = None
    name: str | None = None
    sha256: str | None = None
    root: Path | None = None
    serving: tuple[tuple[str, str], ...] = ()
    extensions: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
