"""A target whose channel could not be opened: it takes nothing, says why, and costs itself alone."""

from dataclasses import dataclass

from alertd.channels import Outcome
from alertd.domain.agenda import Verdict
from alertd.message.values import Message


@dataclass(frozen=True, slots=True)
class ClosedTarget:
    """Fails each send, so that the fallback of its channel is told, and a restart tries again what is still due."""

    name: str
    reason: str

    async def send(self, message: Message) -> Outcome:  # noqa: ARG002  none is ever sent
        """Tell why nothing can be sent."""
        return Outcome(Verdict.FAILED, self.reason)

    async def aclose(self) -> None:
        """Nothing is open."""
