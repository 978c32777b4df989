"""Ask several hosts at the same time, with a bound on how many and on how long."""

from __future__ import annotations

import math
import queue
import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Question = TypeVar("Question")
Result = TypeVar("Result")

# How many hosts are asked at once; more would look like a scan to a company's network.
WIDTH = 16


def bound(count: int, patience: float) -> float:
    """Return after how many seconds `count` questions are over, each taking `patience` at most."""
    return math.ceil(count / WIDTH) * patience + 1


def ask_all(
    questions: Sequence[Question],
    ask: Callable[[Question], Result],
    patience: float,
    progress: Callable[[int], None],
) -> list[Result | None]:
    """Return the answers in the order of the questions; None for one that didn't end in time.

    `progress` is called with the number of answers, about four times a second. A thread that hangs
    is left behind: it ends with the process.
    """
    waiting: queue.SimpleQueue[tuple[int, Question]] = queue.SimpleQueue()
    for entry in enumerate(questions):
        waiting.put(entry)
    done: queue.SimpleQueue[tuple[int, Result | Exception]] = queue.SimpleQueue()
    for _ in range(min(WIDTH, len(questions))):
        threading.Thread(target=_work, args=(waiting, ask, done.put), daemon=True).start()
    return _collected(len(questions), done, bound(len(questions), patience), progress)


def _collected(
    count: int,
    done: queue.SimpleQueue[tuple[int, Result | Exception]],
    seconds: float,
    progress: Callable[[int], None],
) -> list[Result | None]:
    answers: list[Result | None] = [None] * count
    end, arrived = time.monotonic() + seconds, 0
    while arrived < count and time.monotonic() < end:
        try:
            number, answer = done.get(timeout=0.25)
        except queue.Empty:
            progress(arrived)
            continue
        if isinstance(answer, Exception):
            raise answer
        answers[number] = answer
        arrived += 1
        progress(arrived)
    return answers


def _work(
    waiting: queue.SimpleQueue[tuple[int, Question]],
    ask: Callable[[Question], Result],
    put: Callable[[tuple[int, Result | Exception]], None],
) -> None:
    while True:
        try:
            number, question = waiting.get_nowait()
        except queue.Empty:
            return
        try:
            put((number, ask(question)))
        except Exception as error:  # noqa: BLE001 - raised again where the answers are collected
            put((number, error))
