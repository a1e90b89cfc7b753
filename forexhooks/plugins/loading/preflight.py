"""Preflight: a plugin is tried in a child process first, so that a crash or a hang is the child's.

The child is asked by a pickle on stdin.
"""

from __future__ import annotations

import os
import pickle
import secrets
import subprocess
import sys
from typing import TYPE_CHECKING

from forexhooks.errors import ForexError, PluginLoadError
from forexhooks.plugins.relay import Relay
from forexhooks.rates.profile import Profile
from forexhooks.rates.question import Question

if TYPE_CHECKING:
    from forexhooks.plugins.loading.staging import Staged
    from forexhooks.plugins.registration import Registration
    from forexhooks.support.settings import Settings

TIME_LIMIT = 10.0
"""Seconds that a preflight may take."""


def preflight(staged: Staged, settings: Settings, name: str | None, time_limit: float) -> None:
    """Import, register and probe a staged copy in a child process, without the network.

    The probe is one rate, where the profile declares an `example`. Raises `PluginLoadError` naming
    the file, for whatever would have gone wrong in this process.
    """
    passed = secrets.token_hex()
    question = pickle.dumps((staged, settings, name, passed))
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        "from forexhooks.plugins.loading.preflight import main; main()"
    )
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, on a copy whose trust was checked
            [sys.executable, "-c", code],
            input=question,
            capture_output=True,
            timeout=time_limit,
            env={**os.environ, "FOREXHOOKS_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PluginLoadError(
            f"{staged.path}: not ready after {time_limit:g} s of preflight: it hangs, or is slow"
        ) from None
    # A plugin may print, and may end the process: only who got to the end knows this word.
    if passed.encode() not in done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        why = said[-1] if said else f"the process ended with {done.returncode}"
        why = why if str(staged.path) in why else f"{staged.path}: {why}"
        raise PluginLoadError(why)


def main() -> None:
    """Answer the question on stdin: print its last part if all is well, else why not."""
    from forexhooks.plugins.loading.generations import registrations_of

    staged, settings, name, passed = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the parent
    try:
        for registration in registrations_of(staged, settings, name):
            _probe(registration)
    except Exception as error:  # noqa: BLE001 - each is a reason, and said in one line
        kind = "" if isinstance(error, ForexError) else f"{type(error).__name__}: "
        sys.stderr.write(f"\n{kind}{' '.join(str(error).split())}\n")
    else:
        sys.stdout.write(f"\n{passed}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads and exit handlers of the plugin are not waited for; its copy is the parent's.
    os._exit(0)


def _probe(registration: Registration) -> None:
    if registration.driver is None:
        return
    relay = Relay(registration, [])
    profile = relay.profile() or Profile(title=registration.driver)
    if profile.example is not None:
        base, quote, on = profile.example
        question = Question(registration.driver, base, quote, on, None)
        question.checked(relay.get_rate(base, quote, on, None), lambda: profile)
