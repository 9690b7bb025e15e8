"""The JSON of the board, asked by schemathesis for all that its OpenAPI document allows, and more."""

import asyncio
from pathlib import Path

import pytest
from board.register import CLAIM, GHOUTA, LATAKIA, OPEN, REFUSED, TERMINATION

ASKS = Path(__file__).parents[2] / ".cache" / "schemathesis" / "bin" / "python"


@pytest.mark.counterparts
async def test_schemathesis_finds_no_answer_that_the_document_does_not_say(look, tmp_path):
    assert ASKS.exists(), "run .ci/peers, which installs it"
    async with look(GHOUTA + CLAIM + LATAKIA + TERMINATION + OPEN + REFUSED) as viewer:
        asking = await asyncio.create_subprocess_exec(
            *(ASKS, "-m", "schemathesis.cli", "run", viewer.url("/api/v1/openapi.json")),
            *("--checks", "all", "--seed", "20160504", "--max-examples", "50", "--generation-database", "none"),
            cwd=tmp_path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asking.communicate()
    text = said.decode()
    assert asking.returncode == 0, text
