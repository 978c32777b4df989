"""Ctrl-C in the middle of a handshake, where the ssl module would lose it."""

from __future__ import annotations

import signal

import pytest

from spip.probe import handshake


class Silent:
    """A stream on which nothing ever comes."""

    heard = b""

    def send(self, data: bytes) -> None:
        """Lose it."""

    def receive(self) -> bytes:
        """Fail as at the deadline."""
        raise TimeoutError


def interrupt(*_: object) -> None:
    signal.raise_signal(signal.SIGINT)


def test_ctrl_c_while_openssl_calls_back_is_not_lost() -> None:
    """It was chained to the error that only says that more bytes are wanted, and so ignored."""
    context = handshake.relaxed()
    context._msg_callback = interrupt  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        handshake.Secure(Silent(), context, "localhost").handshake()
