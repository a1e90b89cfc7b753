"""`forexhooks lock [PAIR…] -o FILE`, and `forexhooks lock -o FILE -- COMMAND…`."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import click

from forexhooks import ForexError, LockError, RateUnavailableError, UnavailableReason
from forexhooks.cli import completion
from forexhooks.cli.options import (
    Day,
    State,
    common_options,
    driver_option,
    max_gap_option,
    opened,
)
from forexhooks.cli.pairs import pairs_of
from forexhooks.cli.printing import echo, echo_json
from forexhooks.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forexhooks import ForexService
    from forexhooks.service.locks.lock import Lock


class WithProgram(click.Command):
    """A command that can be followed by -- and a program with its arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Split off the program."""
        own = args[: args.index("--")] if "--" in args else args
        ctx.meta["program"] = args[len(own) + 1 :]
        return super().parse_args(ctx, own)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Show both forms."""
        formatter.write_usage(ctx.command_path, "[OPTIONS] PAIR... -o FILE")
        formatter.write_usage(ctx.command_path, "[OPTIONS] -o FILE -- COMMAND...", prefix="   or: ")


@click.command("lock", cls=WithProgram)
@click.argument("codes", nargs=-1, metavar="PAIR...", shell_complete=completion.codes)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="FILE",
    shell_complete=completion.files,
    help="The lock to write.",
)
@click.option(
    "--on",
    "days",
    type=Day(),
    metavar="DAY",
    multiple=True,
    help="A day, like 2026-10-30. May be given several times.  [default: the latest]",
)
@click.option("--from", "start", type=Day(), metavar="DAY", help="The first day of a range.")
@click.option("--to", "end", type=Day(), metavar="DAY", help="The last day of the range.")
@max_gap_option
@click.option("--update", is_flag=True, help="Add to an existing lock.")
@click.option(
    "--accept",
    type=click.IntRange(1, 255),
    metavar="CODE",
    multiple=True,
    help="Write the lock also if COMMAND ends with this exit code, like 3 of convert-file. May "
    "be given several times.",
)
@driver_option
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    *,
    codes: tuple[str, ...],
    output: str,
    days: tuple[date, ...],
    start: date | None,
    end: date | None,
    max_gap: int | None,
    update: bool,
    accept: tuple[int, ...],
    drivers: tuple[str, ...],
    as_json: bool,
) -> None:
    """Write rates to a lock, which always gives the same answers to the same questions.

    Give PAIRs, like USD/CAD, or a COMMAND that asks for rates:

        forexhooks lock USD/CAD EUR/USD --from 2026-01-01 --to 2026-03-31 -o rates.lock

        forexhooks lock -o rates.lock -- python report.py

    If COMMAND fails, nothing is written. The exit code is that of COMMAND.
    """
    from forexhooks.service.locks.lock import Lock

    program: list[str] = ctx.meta["program"]
    if bool(program) == bool(codes):
        raise click.UsageError("give either pairs, like USD/CAD, or -- and a command")
    if accept and not program:
        raise click.UsageError("--accept needs a command")
    if program and (days or start or end or drivers or max_gap is not None):
        raise click.UsageError(
            "--on, --from, --to, --max-gap and --driver need pairs: a command chooses for itself"
        )
    if (start is None) != (end is None):
        raise click.UsageError("give both --from and --to, or neither")
    pairs = pairs_of(codes) if codes else []
    os.environ.pop("FOREXHOOKS_LOCK", None)  # ask the drivers, not an old lock
    lock = Lock.to_record(output, update=update)
    before, code = len(lock), 0
    if program:
        code = _record(program, lock, accept)
    else:
        from forexhooks.service.locks.locked import LockedService

        source = opened(ctx, drivers)
        service = LockedService(lock, source=source, manager=State.of(ctx).manager())
        for base, quote in pairs:
            for day in days or ([] if start else [None]):
                service.get_rate(base, quote, day, max_gap=max_gap)
            if start is not None and end is not None:
                _ask_span(service, base, quote, start, end, max_gap)
    if not len(lock):
        raise LockError(f"the command asked for no rate: {output} was not written")
    lock.save()
    many, added, without = len(lock), len(lock) - before, lock.without_rate()
    if as_json:
        said = {"path": output, "answers": many, "added": added, "without_rate": without}
        echo_json({**said, "sha256": lock.sha256})
    else:
        none = f"; {without} without a rate" if without else ""
        echo(f"{output}: {many} answer{'s' * (many != 1)}, {added} of them new{none}")
    ctx.exit(code)


def _ask_span(
    service: ForexService, base: str, quote: str, start: date, end: date, max_gap: int | None
) -> None:
    """Ask for the history, and for each of its days. Raises if no day has a rate."""
    gap = service.profile.max_gap if max_gap is None else max_gap
    first = date.fromordinal(max(1, start.toordinal() - gap))
    days = list(map(date.fromordinal, range(start.toordinal(), end.toordinal() + 1)))
    with progress_bar(f"{base}/{quote}", "days") as progress:
        # If the driver can, this is one request and one refresh for all days.
        list(service.tables_in_turn([base, quote], first, end, progress=progress))
        service.get_history(base, quote, start, end, progress=progress)
        answers = service.answers({(base, quote): days}, max_gap, progress).values()
    errors = [each for each in answers if isinstance(each, ForexError)]
    for error in errors:
        is_of_the_day = isinstance(error, RateUnavailableError) and (
            error.reason is not UnavailableReason.IN_THE_FUTURE
        )
        if len(errors) == len(answers) or not is_of_the_day:
            raise error


def _record(program: Sequence[str], lock: Lock, accepted: Sequence[int]) -> int:
    """Run the program, and add what its processes asked. Returns its exit code."""
    import subprocess
    from signal import Signals
    from tempfile import TemporaryDirectory

    from forexhooks.service.locks.journals import prepare, recorded

    with TemporaryDirectory(prefix="forexhooks-") as folder:
        environment = os.environ | prepare(folder, lock.path)
        try:
            code = subprocess.run(program, env=environment, check=False).returncode  # noqa: S603
        except OSError as error:
            raise LockError(f"cannot run {program[0]}: {error}") from error
        if code not in (0, *accepted):
            how = f"with exit code {code}"
            if code < 0:
                with suppress(ValueError):
                    how = f"by {Signals(-code).name}"
            echo(f"Error: {program[0]} ended {how}: {lock.path} was not written", err=True)
            # As a shell reports a signal.
            raise click.exceptions.Exit(128 - code if code < 0 else code)
        for lines in recorded(folder):
            lock.merge(lines)
    return code
