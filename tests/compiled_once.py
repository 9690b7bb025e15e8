"""Each module is compiled once and kept, as Python does by default, even where the environment forbids it.

Images of containers often do. Then each of the hundreds of processes that the tests start compiles all of alertd anew,
and pytest all tests and Hypothesis.
"""

import os
import sys

sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
