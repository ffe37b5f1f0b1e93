"""What a machine lacks is skipped with the reason, and is a failure where CI is set: nothing is skipped
there unseen."""

import os
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """Skip the test for `reason`; fail instead where CI is set."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and nothing is skipped where CI is set", pytrace=False)
    pytest.skip(reason)
