"""`spip doctor --fix`: verification is made to work, and then what switched it off goes.

First come the roots that are here and unused, then the hacks one by one, then pip's cache, which a
run without verification may have filled, and last the hook that makes `pip` mean spip.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from spip.errors import SpipError
from spip.invocation import command_line, names_python
from spip.repair.relaxation import ADDED, HTTP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spip.doctor.collect import Order
    from spip.environment.target_facts import Pip
    from spip.repair.messages import Answers
    from spip.repair.preconditions import Mend, Ready
    from spip.repair.relaxation import Relaxation


def fix(*, yes: bool, dry_run: bool) -> int:
    """Offer all that can be mended; 0 if nothing is left, else 1. Raises SpipError."""
    from spip.repair import follow_up, messages, preconditions, search
    from spip.repair.messages import answers

    environ = dict(os.environ)
    # An index that is asked over https:// from now on no longer needs its trusted-host.
    hacks = sorted(search.found(_pip(environ), environ), key=lambda each: each.kind != HTTP)
    ready = _ready(hacks, environ)
    first = preconditions.mends(ready, hacks)
    if not hacks and not first:
        return _nothing(ready, environ)
    how = answers(yes=yes, dry_run=dry_run)
    if how.listed:
        return _list(hacks, first, ready, how)
    try:
        code = _mend(hacks, first, ready, environ, how)
    except SpipError as error:
        print(f"{messages.shown(error.message)}; what was done stays done")
        return 1
    follow_up.still_set(environ)
    return code


def _order() -> Order:
    from spip.doctor.collect import Order

    return Order(by_module=names_python(), spip=command_line())


def _pip(environ: Mapping[str, str]) -> Pip | None:
    from spip.doctor.collect import set_up

    return set_up(_order(), environ).facts.pip


def _ready(hacks: Sequence[Relaxation], environ: Mapping[str, str]) -> Ready:
    from spip.doctor.concurrent import progress
    from spip.repair.preconditions import ready

    with progress(sys.stderr) as tell:
        return ready(hacks, environ, _order(), tell)


def _nothing(ready: Ready, environ: Mapping[str, str]) -> int:
    from spip.repair import follow_up

    left = follow_up.still_set(environ)
    if _is_left(ready, "nothing that can be mended from here"):
        return 1
    if not left:
        print("nothing to mend: verification works, and no file switches it off")
    return 1 if left else 0


def _is_left(ready: Ready, what: str) -> bool:
    """Whether pip doesn't work; the first problem is said, with its next step."""
    for problem in ready.found.problems[:1]:
        print(f"{what}; {problem.sentence}")
        print(f"  next: {problem.next_for(ready.found.spip)}")
    return bool(ready.found.problems)


def _list(hacks: Sequence[Relaxation], first: Sequence[Mend], ready: Ready, how: Answers) -> int:
    """Say what would be done. Nothing is changed."""
    from spip.repair import follow_up, removal

    for mend in first:
        print(f"first:  {command_line(*mend.words)}  ({mend.why})")
    wanted = removal.chosen(
        hacks, lambda hack, going: ready.against(hack, going, mended=bool(first)), how
    )
    for words in follow_up.commands(wanted):
        print(f"then:  {command_line(*words)}")
    if how.dry_run:
        print()
        removal.show(wanted)
        return 0
    print(
        "\nnothing was changed, since nobody is here to be asked:  "
        + command_line("doctor", "--fix")
    )
    print(f"without being asked:  {command_line('doctor', '--fix', '--yes')}")
    return 1


def _mend(
    hacks: Sequence[Relaxation],
    first: Sequence[Mend],
    ready: Ready,
    environ: Mapping[str, str],
    how: Answers,
) -> int:
    from spip.repair import backup, follow_up, preconditions, removal

    lock = _lock()
    mended = []
    for mend in first:
        print(f"first: {mend.why}", flush=True)
        mended.append(preconditions.run(mend.words, yes=how.yes))
        if mended[-1]:
            ready = _ready(hacks, environ)
    run = backup.new()
    going = removal.chosen(hacks, lambda hack, some: _against(hack, some, ready), how)
    gone = removal.take_out(going, run, lock)
    try:
        follow_up.offer(gone, how, run)
    finally:
        if gone:
            print(f"\nundo:  {command_line('doctor', '--undo')}")
    if ready.found.problems and gone:
        ready = _ready((), environ)  # a bundle or an address that was wrong may have been why
    is_left = _is_left(ready, "\npip doesn't work here yet")
    return 0 if all(mended) and len(gone) == len(hacks) and not is_left else 1


def _against(hack: Relaxation, going: Sequence[Relaxation], ready: Ready) -> str:
    """Why it has to stay; certificates in a certifi, until something else trusts them."""
    from spip.repair.preconditions import untaken

    names = untaken(hack, ready) if hack.kind == ADDED else ()
    if names:
        return f"nothing else trusts {', '.join(names)}:  {command_line('trust', 'add', hack.path)}"
    return ready.against(hack, going)


def _lock() -> str:
    from spip.hooks import startup_files

    return os.path.join(startup_files.this_user().folder, "lock")
