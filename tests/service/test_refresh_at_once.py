"""Several processes that want a refresh at once: one asks, the others wait, and not for long."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fakes.ecb import Ecb
from faults import SLACK
from patience import CHILD_LIMIT
from providers import Asked, Provider, Reply, reply

SCRIPT = """
import os, sys, warnings, forexhooks, forexhooks.service.refresh
from concurrent.futures import ThreadPoolExecutor
from forexhooks_ecb import ECB
warnings.simplefilter("ignore")
forexhooks.service.refresh.WITHIN = float(sys.argv[2])
manager = forexhooks.ForexManager()
manager.register(ECB(base_url=sys.argv[1], bundle=os.environ.get("FOREXHOOKS_ECB_BUNDLE")))
fx = forexhooks.open("ecb", manager=manager, refresh=True)
with ThreadPoolExecutor(2) as pool:
    for rate in set(pool.map(lambda _: fx.get_rate("EUR", "USD"), range(2))):
        print(rate.on, rate.stale)
"""


def started(provider: Provider, within: float = 3) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, provider.url, str(within)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("is_well", [True, False])
def test_one_asks_for_all(provider: Provider, is_well: bool) -> None:
    well = Ecb(datetime.now(UTC).date())

    def slow(asked: Asked) -> Reply:
        time.sleep(0.5)
        return well.answer(asked) if is_well else reply("", 404)

    provider.answer = slow
    said = {
        each.communicate(timeout=CHILD_LIMIT)[0]
        for each in [started(provider, 30) for _ in range(4)]
    }
    said.add(started(provider, 30).communicate(timeout=CHILD_LIMIT)[0])
    assert len(provider.asked) == 1
    [only] = said
    assert ("up to 2026-10-30" not in only) if is_well else ("answered 404" in only)


def test_the_wait_is_3_seconds_at_most(provider: Provider, tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "forexhooks" / "refreshed"
    folder.mkdir(parents=True)
    code = "import sys, filelock\nwith filelock.FileLock(sys.argv[1]): print(flush=True); input()"
    command = [sys.executable, "-c", code, str(folder / "ecb.json.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        began = time.monotonic()
        said = started(provider).communicate(timeout=CHILD_LIMIT)[0]
        took = time.monotonic() - began
        holder.communicate(b"\n")
    assert "the refresh failed: another process is still refreshing" in said
    assert took < 3 + SLACK
