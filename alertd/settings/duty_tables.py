"""`[[duty]]`: the tables of duty lists."""

from pydantic import BaseModel, SecretStr

from alertd.domain.duty import DutyList
from alertd.settings.values import ChannelName
from alertd.toml.validation import STRICT


class DutyTable(BaseModel):
    """`[[duty]]`: a duty list, which says who is on duty when."""

    model_config = STRICT

    name: ChannelName = ""
    """The name by which steps call the list. Needed."""
    source: str | SecretStr = ""
    """The calendar: a file in the config folder such as `"duty.ics"`, or a secret that is an https address. Needed."""
    people: dict[str, str] = {}
    """The channel of each person, by the title that the events of their duty have. Needed."""
    zone: str = "UTC"
    """The zone of events that name none, and of whole days."""

    @property
    def duty_list(self) -> DutyList:
        """The list as the rest of alertd knows it."""
        return DutyList(name=self.name, people=self.people, zone=self.zone)
