"""A program with an interaction of a pipeline that does not exist, or with a key that opens nothing: it goes on,
and the SDK warns its user."""
import sys
import time

import gentrace
from gentrace import interaction
from gentrace.lib import pipeline_validation as validation

from judge.checks import Tally


def main():
    """Calls an interaction of the pipeline that is named by the argument."""
    pipeline = sys.argv[1]
    tally = Tally()
    gentrace.init()

    @interaction(pipeline_id=pipeline)
    def answer(text):
        return text.upper()

    tally.equal("the program goes on", [answer("x"), answer("y")], ["X", "Y"])
    end = time.monotonic() + 30
    while time.monotonic() < end and pipeline not in validation._pipeline_warning_issued:
        time.sleep(0.05)
    # The warning is noted just before it is printed.
    time.sleep(1)
    print(tally.json())


if __name__ == "__main__":
    main()
