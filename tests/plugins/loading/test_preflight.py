"""Preflight: what a plugin does in its child process stays there, within bounds."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from forexhooks import ForexManager, PluginLoadError
from patience import CHILD_LIMIT
from plugins_on_disk import folder, left_behind, manager, raw, write

__all__ = ["folder", "manager"]

resource = pytest.importorskip("resource", reason="bounded as POSIX does it")

linux = pytest.mark.skipif(sys.platform != "linux", reason="bounded on Linux")


def refused(manager: ForexManager, path: Path, why: str, within: float = 10) -> None:
    with pytest.raises(PluginLoadError, match=why) as raised:
        manager.load(path, preflight=within)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)
    del raised
    assert (manager.generations(), left_behind()) == ([], [])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("lines", [True, False])
def test_a_plugin_that_prints_without_end(
    stream: str, lines: bool, folder: Path, manager: ForexManager
) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    text = "'x' * 65536 + chr(10)" if lines else "'x' * 65536"
    path = write(folder / "acme.py", f"import sys\nwhile True: sys.{stream}.write({text})\n")
    refused(manager, path, "printed more than 16,777,216 bytes in preflight")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 128 * 1024  # of KiB


def is_alive(process: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


@linux
@pytest.mark.parametrize("then", ["", "import os; os._exit(3)", "import time; time.sleep(60)"])
def test_what_a_plugin_started_ends_with_its_preflight(
    then: str, folder: Path, manager: ForexManager
) -> None:
    mark = folder / "mark"
    started = (
        "import sys, subprocess\n"
        "process = subprocess.Popen(['sleep', '60'])\n"
        f"open({str(mark)!r}, 'w').write(str(process.pid))\n"
        f"{then}\n"
    )
    path = write(folder / "acme.py", started + "1/0\n")
    with pytest.raises(PluginLoadError):
        manager.load(path, preflight=3)
    process = int(mark.read_text())
    deadline = time.monotonic() + 10
    while is_alive(process):
        assert time.monotonic() < deadline, "it goes on"
        time.sleep(0.01)


@linux
def test_the_memory_of_a_plugin_is_bounded(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", "content = bytearray(9 * 1024**3)\n")
    refused(manager, path, "MemoryError")


@linux
def test_the_files_of_a_plugin_are_bounded(folder: Path, manager: ForexManager) -> None:
    path = write(
        folder / "acme.py",
        f"with open({str(folder / 'large')!r}, 'wb') as file:\n"
        "    while True: file.write(bytes(1 << 20))\n",
    )
    refused(manager, path, "File too large")


def test_what_controls_a_terminal_is_written_out(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", r"raise RuntimeError('\x1b]0;owned\x07\x9b31m\u202e')" + "\n")
    with pytest.raises(PluginLoadError) as raised:
        manager.load(path)
    assert r"RuntimeError: \x1b]0;owned\x07\x9b31m\u202e" in str(raised.value)
    assert str(raised.value).isprintable()


@pytest.mark.parametrize("module", ["pip", "json", "pickle", "forexhooks"])
def test_no_child_runs_what_is_in_the_folder_it_starts_in(
    module: str, folder: Path, tmp_path: Path
) -> None:
    mark, plugin = tmp_path / "ran", write(folder / "acme.py", raw(1))
    write(tmp_path / "work" / f"{module}.py", f"import os; os.mkdir({str(mark)!r})\n")
    load = f"import forexhooks; print(forexhooks.ForexManager().load({str(plugin)!r}))"
    for command in (
        ["-c", load],
        ["-m", "forexhooks", "install", "no-such-plugin", "--pip-args=--no-index"],
    ):
        subprocess.run(
            [sys.executable, "-P", *command],
            cwd=tmp_path / "work",
            check=False,
            capture_output=True,
            timeout=CHILD_LIMIT,
        )
        assert not mark.exists()
