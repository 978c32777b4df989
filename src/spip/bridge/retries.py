"""What pip waits for: nothing that can't change, and one line about all the rest.

Imported once a connection failed, never before.
"""

from spip.bridge import failures

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from spip.bridge.watch import Watch

# urllib3 waits no longer than this between two attempts (its own BACKOFF_MAX, in seconds).
_LONGEST_PAUSE = 120


def final(url: "Any", pool: "Any", error: "Any") -> "Any":
    """What urllib3 raises after its last attempt, where another one can't end otherwise."""
    if not failures.is_final(error):
        return None
    from pip._vendor.urllib3.exceptions import MaxRetryError

    return MaxRetryError(pool, url, error)


def tell_wait(watch: "Watch", retry: "Any", pool: "Any") -> None:
    """One line, after the first failure that pip goes on about."""
    host = getattr(pool, "host", None)
    if watch.waits_told or host is None or not isinstance(retry.total, int) or not retry.total:
        return
    watch.waits_told = True
    pauses = sum(_pause(retry.backoff_factor, attempt) for attempt in range(1, retry.total + 1))
    longest = retry.total * watch.timeout + pauses
    watch.run.say(
        "%s does not answer as it should; pip asks %d more times, at most %d s (Ctrl-C ends it)"
        % (host, retry.total, round(longest))
    )


def _pause(factor: float, attempt: int) -> float:
    return float(min(_LONGEST_PAUSE, factor * 2 ** (attempt - 1)))
