"""Plugins as files, each saying its version, and who looks at them: a manager, a watch."""

from __future__ import annotations

import gc
import json
import queue
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import textwrap
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

import forexhooks
from forexhooks.plugins.loading import importing
from forexhooks.plugins.loading.staging import PREFIX
from patience import CHILD_LIMIT

DAY = date(2026, 10, 30)

_RAW = """\
import sys
from datetime import date
from decimal import Decimal
import forexhooks
{above}
VERSION = {version}
this = sys.modules[__name__]

class Kind: ...

@forexhooks.hookimpl
def forex_driver_name():
    return {name!r}

@forexhooks.hookimpl
def forex_get_rate(driver, base, quote):
    if driver == {name!r}:
        return forexhooks.Rate(base, quote, Decimal(VERSION), date(2026, 10, 30), driver)

{below}
"""

_DRIVER = """\
from datetime import date
from decimal import Decimal
from forexhooks import Driver, Observation, Profile
{above}
class Made(Driver):
    name = {name!r}
    profile = Profile(title="Made", example=("USD", "CAD", date(2026, 10, 30)))

    def __init__(self, *, value="1"):
        self.value = Decimal(value)

    def observations(self, currencies, start, end):
        {first}
        yield Observation(date(2026, 10, 30), "USD", "CAD", self.value)
"""

_EXTENSION = """
#include <Python.h>

static PyObject *version(PyObject *self, PyObject *none) { return PyLong_FromLong(VERSION); }

static PyMethodDef methods[] = {{"version", version, METH_NOARGS, NULL}, {NULL, NULL, 0, NULL}};

static int execute(PyObject *module) {
    PyObject *names = PyModule_GetDict(module);
    PyObject *done = NULL;
    if (PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins()) == 0)
        done = PyRun_String(SOURCE, Py_file_input, names, names);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "acme", .m_methods = methods, .m_slots = slots};

PyMODINIT_FUNC PyInit_acme(void) { return PyModuleDef_Init(&definition); }
"""


def raw(version: object, name: str = "acme", *, above: str = "", below: str = "") -> str:
    """The source of a module whose rates are its version."""
    return _RAW.format(
        version=version, name=name, above=textwrap.dedent(above), below=textwrap.dedent(below)
    )


def driver(name: str = "made", *, above: str = "", first: str = "pass") -> str:
    """The source of a `Driver` with the setting `value`, and an example to be probed with."""
    return _DRIVER.format(name=name, above=textwrap.dedent(above), first=first)


def write(path: Path, text: str) -> Path:
    """Write a file in place, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def package(folder: Path, version: int, name: str = "acme", *, below: str = "") -> Path:
    """Write a package whose version is in a submodule; `late` is for being imported later."""
    write(folder / "core.py", f"VERSION = {version}\n")
    write(folder / "late.py", f"VERSION = {version}\n")
    source = raw("core.VERSION", name, above="from . import core", below=below)
    write(folder / "__init__.py", source)
    return folder


def wheel(
    folder: Path,
    files: Mapping[str, str],
    entries: Mapping[str, str],
    *,
    version: str = "1.0",
    metadata: Sequence[str] = ("Requires-Python: >=3.11",),
    group: str = "forexhooks",
    distribution: str = "acme",
    extensions: Mapping[str, str] | None = None,
) -> Path:
    """Write a wheel that pip would install; `entries` are those of `group`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{distribution}-{version}-py3-none-any.whl"
    info = f"{distribution}-{version}.dist-info"
    head = ["Metadata-Version: 2.1", f"Name: {distribution}", f"Version: {version}", *metadata]
    members = {
        **files,
        f"{info}/METADATA": "\n".join(head) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    lines = []
    for of_group, of in ((group, entries), ("forexhooks.extensions", extensions or {})):
        if of:
            lines += [f"[{of_group}]", *(f"{name} = {target}" for name, target in of.items())]
    if lines:
        members[f"{info}/entry_points.txt"] = "\n".join(lines) + "\n"
    record = [f"{name},," for name in (*members, f"{info}/RECORD")]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr(f"{info}/RECORD", "\n".join(record) + "\n")
    return path


def extension(folder: Path, version: int) -> Path:
    """Compile the extension `acme`, of multi-phase initialization; without a compiler, skip."""
    linker = shlex.split(sysconfig.get_config_var("LDSHARED") or "")
    headers = sysconfig.get_paths()["include"]
    if not (linker and shutil.which(linker[0]) and Path(headers, "Python.h").is_file()):
        pytest.skip("there is no C compiler here, or no Python.h")
    folder.mkdir(parents=True, exist_ok=True)
    built = folder / f"acme{sysconfig.get_config_var('EXT_SUFFIX')}"
    source = json.dumps(raw("version()"))
    with tempfile.TemporaryDirectory() as scratch:
        definitions = f"#define VERSION {version}\n#define SOURCE {source}\n"
        code = write(Path(scratch, "acme.c"), definitions + _EXTENSION)
        command = [*linker, "-fPIC", f"-I{headers}", str(code), "-o", f"{scratch}/acme.so"]
        subprocess.run(command, check=True, capture_output=True, timeout=CHILD_LIMIT)
        # Over what is there, as `cp` does: the worst that can happen to a file that is mapped.
        built.write_bytes(Path(scratch, "acme.so").read_bytes())
    return built


def version_of(manager: forexhooks.ForexManager, name: str = "acme") -> int:
    return int(manager.hook.forex_get_rate(driver=name, base="USD", quote="CAD").value)


def alias_version(manager: forexhooks.ForexManager, name: str) -> int:
    """The version that answers under an alias."""
    return int(forexhooks.open(name, manager=manager).get_rate("USD", "CAD", on=DAY).value)


def _copies() -> set[str]:
    return {each.name for each in Path(tempfile.gettempdir()).glob(f"{PREFIX}*")}


def left_behind() -> list[str]:
    """Staged copies, and modules of private packages."""
    gc.collect()
    deadline = time.monotonic() + 5
    copies = _copies()
    # After a swap a thread removes the old copy.
    while not copies <= {Path(home).name for home in importing._packages}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.005)
        copies = _copies()
    return [*copies] + [name for name in sys.modules if name.startswith("forexhooks_g")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For plugins; bytecode is written, and staged copies go where they are counted."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    staging = tmp_path / "staging"
    staging.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(staging))
    plugins = tmp_path / "plugins"
    plugins.mkdir(mode=0o755)
    return plugins


@pytest.fixture
def manager(folder: Path) -> Iterator[forexhooks.ForexManager]:
    """A manager that leaves nothing behind when it is closed."""
    manager = forexhooks.ForexManager()
    yield manager
    manager.close(drain=10)
    for thread in threading.enumerate():
        if thread.name.startswith("drain ") and thread.is_alive():
            thread.join(60)
    left = left_behind()
    for name in left:
        sys.modules.pop(name, None)  # it is one test's fault, and not to be that of the next
    assert left == [], left


class Watching:
    """A running `forexhooks watch`, line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))

    def expect(self, start: str, seconds: float = CHILD_LIMIT) -> list[str]:
        """The lines up to one that begins so."""
        lines: list[str] = []
        while not (lines and lines[-1].startswith(start)):
            try:
                lines.append(self._lines.get(timeout=seconds))
            except queue.Empty:
                raise AssertionError(f"no {start!r} after {lines}") from None
        return lines

    def expect_all(self, *expected: str) -> None:
        """Read on until each of these was a line, in whatever order; nothing else may be one."""
        missing = set(expected)
        while missing:
            [line] = self.expect("")
            assert line in missing, f"{line!r} in the place of {missing}"
            missing.remove(line)

    def more(self, seconds: float) -> list[str]:
        time.sleep(seconds)
        return [self._lines.get() for _ in range(self._lines.qsize())]

    def ended(self, number: int) -> tuple[int, list[str], str]:
        """Send a signal: the exit code, the remaining lines, and stderr."""
        self.process.send_signal(number)
        code = self.process.wait(CHILD_LIMIT)
        self._reader.join(60)
        assert self.process.stderr is not None
        return code, self.more(0), self.process.stderr.read()
