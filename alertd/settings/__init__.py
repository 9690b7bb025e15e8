"""The settings of the daemon: `alertd.toml`, the environment over it, and the secrets that both point at.

Every problem is found in one pass, with its line. Nothing here opens a channel or the ledger. `last` keeps the settings
that worked, and is imported by those who start on them.
"""

from alertd.settings.load import check_settings, load_settings, no_folder
from alertd.settings.model import CONSOLE, FILE, SMS, WEBHOOK, BoardSettings, ChannelSettings, Secrets, Settings
from alertd.settings.values import LOOPBACK

__all__ = [
    "CONSOLE",
    "FILE",
    "LOOPBACK",
    "SMS",
    "WEBHOOK",
    "BoardSettings",
    "ChannelSettings",
    "Secrets",
    "Settings",
    "check_settings",
    "load_settings",
    "no_folder",
]
