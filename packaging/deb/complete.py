"""Fails where a folder of installed packages lacks one that another needs under a version of Python.

pip chooses wheels for the Python that it is told, but reads conditions such as `python_version >= "3.13"` as its own
Python does. So what only another version needs would be missing without a word. Usage: complete.py FOLDER PYTHON.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import distributions

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name


def missing(folder: str, python: str) -> Iterator[str]:
    """Each requirement of what is installed in the folder that nothing in it meets."""
    installed = list(distributions(path=[folder]))
    names = {canonicalize_name(package.metadata["Name"]) for package in installed}
    environment = {"python_version": python, "python_full_version": f"{python}.0", "extra": ""}
    for package in installed:
        for line in package.requires or ():
            wanted = Requirement(line)
            needed = wanted.marker is None or wanted.marker.evaluate(environment)
            if needed and canonicalize_name(wanted.name) not in names:
                yield f"{package.metadata['Name']} needs {line}"


if __name__ == "__main__":
    sys.exit("\n".join(missing(*sys.argv[1:])) or None)
