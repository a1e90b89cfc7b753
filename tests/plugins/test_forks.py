"""Forks and signals: a child harms no parent and waits for no thread of it; a handler is told."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from patience import CHILD_LIMIT
from plugins_on_disk import raw, write

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")

ACME = """
import os, sys, threading, time, signal, warnings
from datetime import date
from decimal import Decimal
import forexhooks

class Acme:
    entered, let_go = threading.Event(), threading.Event()
    waits = False

    def __init__(self, value=1, name="acme"):
        self.value, self.name = Decimal(value), name

    @forexhooks.hookimpl
    def forex_driver_name(self):
        return self.name

    @forexhooks.hookimpl
    def forex_get_rate(self, driver, base, quote):
        if driver == self.name:
            if self.waits:
                self.entered.set()
                self.let_go.wait(60)
            return forexhooks.Rate(base, quote, self.value, date(2026, 10, 30), self.name)

    @forexhooks.hookimpl
    def forex_close(self):
        who = "child" if os.getpid() != parent else "parent"
        sys.stdout.write(f"closed {self.value} by the {who}\\n")  # at once: threads print too

parent = os.getpid()

def in_a_child(function):
    child = os.fork()
    if not child:
        signal.alarm(20)
        function()
        sys.stdout.flush()
        sys.exit(0)
    return os.waitpid(child, 0)[1]
"""


def run(folder: Path, program: str) -> list[str]:
    """What a program prints, line by line."""
    file = write(folder / "program.py", ACME + textwrap.dedent(program))
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", str(file)],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.splitlines()


def test_a_child_that_ends_leaves_the_parent_its_plugins(tmp_path: Path) -> None:
    package = tmp_path / "plugged"
    write(package / "__init__.py", raw(1, "plugged") + "\ndef later():\n    from . import late\n")
    write(package / "late.py", "")
    program = """
        forexhooks.plugin_manager().register(Acme())
        forexhooks.load("plugged")
        status = in_a_child(lambda: forexhooks.unload("plugged"))
        forexhooks.plugin_manager().get_plugin("plugged").later()
        print(status, forexhooks.open("acme").get_rate("USD", "CAD").value)
    """
    assert run(tmp_path, program) == ["0 1", "closed 1 by the parent"]


def test_a_load_leaves_no_callback_behind(tmp_path: Path) -> None:
    write(tmp_path / "plugged.py", raw(1, "plugged"))
    program = """
        import atexit
        manager = forexhooks.ForexManager()
        def swap():
            manager.load("plugged.py", preflight=None)
            manager.unload("plugged")
        swap()
        before = atexit._ncallbacks()
        for _ in range(5):
            swap()
        print(atexit._ncallbacks() - before)
    """
    assert run(tmp_path, program) == ["0"]


def test_a_child_does_not_wait_for_calls_of_its_parents_threads(tmp_path: Path) -> None:
    program = """
        manager = forexhooks.ForexManager()
        acme = Acme()
        acme.waits = True
        manager.register(acme)
        fx = forexhooks.open("acme", manager=manager)
        caller = threading.Thread(target=fx.get_rate, args=("USD", "CAD"))
        caller.start()
        acme.entered.wait(60)

        def replace():
            warnings.simplefilter("error")
            manager.replace(Acme(2), drain=10)
            print(fx.get_rate("USD", "CAD").value)
            manager.replace(Acme(3), drain=10)

        print(in_a_child(replace))
        acme.let_go.set()
        caller.join()
        print(fx.get_rate("USD", "CAD").value)
    """
    closed = [f"closed {value} by the child" for value in (1, 2)]
    assert run(tmp_path, program) == [closed[0], "2", closed[1], "0", "1"]


def test_a_child_does_not_wait_for_a_change_of_its_parents_threads(tmp_path: Path) -> None:
    program = """
        class Slow(Acme):
            def __eq__(self, other):
                if threading.current_thread() is not threading.main_thread():
                    self.entered.set()
                    self.let_go.wait(60)
                return self is other
            __hash__ = object.__hash__

        manager = forexhooks.ForexManager()
        slow = Slow()
        manager.register(slow)
        changer = threading.Thread(target=manager.register, args=(Acme(5, "other"),))
        changer.start()
        slow.entered.wait(60)
        print(in_a_child(lambda: print(manager.register(Acme(2, "mine")))))
        slow.let_go.set()
        changer.join()
        print(*(name for name, _ in manager.list_name_plugin()))
    """
    assert run(tmp_path, program) == ["mine", "0", "acme other"]


def test_a_signal_handler_that_changes_is_never_stuck(tmp_path: Path) -> None:
    program = """
        manager = forexhooks.ForexManager()
        manager.register(Acme(1))
        manager.register(Acme(1, "other"))
        fx = forexhooks.open("acme", manager=manager)
        Acme.forex_close = forexhooks.hookimpl(lambda self: None)
        done, refused, slowest = 0, set(), 0.0

        def handler(*_):
            global done, slowest
            start = time.monotonic()
            try:
                manager.replace(Acme(1 + done))
                done += 1
            except forexhooks.PluginError as error:
                refused.add(str(error))
            slowest = max(slowest, time.monotonic() - start)

        warnings.simplefilter("ignore")  # that it is in use, by the call that was interrupted
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        end = time.monotonic() + 2
        while time.monotonic() < end:
            for _ in range(20):
                fx.get_rate("USD", "CAD")
            try:
                manager.replace(Acme(1, "other"))
            except forexhooks.PluginError as error:
                refused.add(str(error))
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(done > 20, slowest < 5)
        print(*(each for each in refused if "signal handler" not in each), sep="|")
    """
    assert run(tmp_path, program) == ["True True", ""]


def test_a_change_within_a_call_does_not_wait_for_itself(tmp_path: Path) -> None:
    program = """
        class Reloading(Acme):
            @forexhooks.hookimpl
            def forex_get_rate(self, driver, base, quote):
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    manager.replace(Acme(2))
                print(caught[0].message)
                return super().forex_get_rate(driver, base, quote)

        manager = forexhooks.ForexManager()
        manager.register(Reloading())
        fx = forexhooks.open("acme", manager=manager)
        values = [fx.get_rate("USD", "CAD").value for _ in range(2)]
        time.sleep(2)
        print(*values)
    """
    told = (
        "acme is still in use by the call that made this change: "
        "it will be closed when its last call returns"
    )
    assert sorted(run(tmp_path, program)) == sorted([told, "1 2", "closed 1 by the parent"])
