"""What a pip that started as pip asks spip for; shells/_spip_pip.py is who asks."""

from __future__ import annotations

import json
import os
import sys

from spip import handover
from spip.standalone import helper_process, locations


def tell() -> None:
    """Print the plan for a run of pip, as JSON. The last argument: how spip is spelt there."""
    if os.environ.get("SPIP_DEBUG"):
        sys.stderr.write("spip: target is the Python that runs pip (spip hook install --python)\n")
    plan = {
        **handover.plan(os.environ),
        "spip": sys.argv[-1],
        "names": locations.names(),
        "home": helper_process.command("spip.trust.resolve:main"),
    }
    sys.stdout.write(json.dumps(plan))
