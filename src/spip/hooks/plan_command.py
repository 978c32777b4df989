"""Print the plan for a run of pip that did not start as spip, for the hook of one Python."""

from __future__ import annotations

import json
import os
import sys

from spip import handover
from spip.standalone import helper_process, shipped_files


def print_plan() -> None:
    """Print the plan as JSON; `shells/_spip_pip.py` asks for it.

    The last argument is how spip is spelt there.
    """
    if os.environ.get("SPIP_DEBUG"):
        sys.stderr.write("spip: target is the Python that runs pip (spip hook install --python)\n")
    plan = {
        **handover.plan(os.environ),
        "spip": sys.argv[-1],
        "names": shipped_files.names(),
        "home": helper_process.command("spip.trust.resolve:main"),
    }
    sys.stdout.write(json.dumps(plan))
