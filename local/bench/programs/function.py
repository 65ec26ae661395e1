"""The function, as Lambda's Python runs it: imported once, then given one event for each line of standard input.

Arguments: the asset's folder, and the handler's module. Each answer is one line of JSON.
"""

import importlib
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BEGAN = time.process_time_ns()


@dataclass
class Context:
    """What the handler is told about the invocation."""

    function_name: str = "bench"
    function_version: str = "$LATEST"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111111111111:function:bench"
    aws_request_id: str = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def resident_bytes() -> int:
    """The memory that the process has now; the system tells only the most that it ever had otherwise."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    # Log lines go to standard output, as in Lambda, where nobody reads them here.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)

    def answer(**values: object) -> None:
        answers.write(json.dumps(values) + "\n")
        answers.flush()

    sys.path.insert(0, sys.argv[1])
    handler = importlib.import_module(sys.argv[2]).handler
    answer(cpu_ns=time.process_time_ns() - BEGAN)
    for line in sys.stdin:
        event = json.loads(line)
        before = time.process_time_ns()
        result = handler(event, Context())
        cpu_ns = time.process_time_ns() - before
        answer(cpu_ns=cpu_ns, result=result, resident_bytes=resident_bytes(), modules=len(sys.modules))


main()
