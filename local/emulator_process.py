"""The emulator's own process: ministack with its gaps closed. ``local.emulator`` starts it and sets its environment.

With ``SUTURE_ENDS_WITH_PARENT`` it ends when whoever started it does, however that ends: its standard input closes.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from ministack.app import main

from local.emulator_gaps import close_gaps
from local.emulator_stand_in import accept_stand_ins


def _stop_when_stdin_closes() -> None:
    sys.stdin.read()
    os.killpg(0, signal.SIGKILL)  # its own group: the emulator and the function's workers


if __name__ == "__main__":
    close_gaps(lambda_python=Path(os.environ["SUTURE_LAMBDA_PYTHON"]))
    accept_stand_ins()
    if "SUTURE_ENDS_WITH_PARENT" in os.environ:
        threading.Thread(target=_stop_when_stdin_closes, daemon=True).start()
    main()
