"""Ctrl-C ends a run at once, but only where that is safe.

Python raises KeyboardInterrupt wherever the interpreter happens to be (signal, "Execution of Python signal
handlers"): in a finalizer it is lost, and in the middle of pytest's own machinery it ends as an internal error,
without a report. So it is held back while tests are collected, the server is identified and a requirement is
asked: what waits for the server is cancelled, and the interrupt is raised afterwards. A second Ctrl-C is raised
at once, as Python would.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import trio


class Interruption:
    """Whether Ctrl-C was pressed while it was held back; there is one for the process, as of the signal."""

    def __init__(self) -> None:
        self._is_asked = False
        self._cancel: Callable[[], None] | None = None

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Raise KeyboardInterrupt at the end, or in `raise_if_asked`, instead of anywhere in between.

        Has no effect in another thread than the first, or where somebody else handles the signal.
        """
        before = signal.getsignal(signal.SIGINT)
        if (
            threading.current_thread() is not threading.main_thread()
            or before is not signal.default_int_handler
        ):
            yield
            return
        signal.signal(signal.SIGINT, self._ask)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
            is_asked, self._is_asked = self._is_asked, False
            if is_asked:
                raise KeyboardInterrupt

    @contextmanager
    def cancelling(self, scope: trio.CancelScope) -> Iterator[None]:
        """Have Ctrl-C cancel `scope`, in which the running task is, if it is held back."""
        token = trio.lowlevel.current_trio_token()
        self._cancel = lambda: token.run_sync_soon(scope.cancel)
        try:
            yield
        finally:
            self._cancel = None

    def raise_if_asked(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was pressed."""
        if self._is_asked:
            raise KeyboardInterrupt

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._is_asked:
            signal.default_int_handler(number, frame)
        self._is_asked = True
        if self._cancel:
            self._cancel()


INTERRUPTION = Interruption()
