"""Root sees every file; the daemon does not. Commands that judge files look at them as the daemon's user does."""

import os
import pwd
from contextlib import suppress

from alertd.cli.context import Context
from alertd.errors import Code, ConfigError, Level, Problem
from alertd.settings import FILE


def become_daemon(context: Context) -> None:
    """Go on with the rights of the daemon's user, who owns the state folder, if root asks.

    The settings are read before: systemd hands the daemon credentials that root alone may read.
    """
    if os.geteuid() != 0:
        return
    try:
        owner = context.settings.state_dir.stat()
    except (ConfigError, OSError):  # told as a problem of the settings, or never run: nobody is known yet
        return
    if owner.st_uid == 0:
        return
    groups = [owner.st_gid]
    with suppress(KeyError):  # a user without a name has no other groups
        person = pwd.getpwuid(owner.st_uid)
        groups = os.getgrouplist(person.pw_name, person.pw_gid)
    os.setgroups(groups)
    os.setresgid(owner.st_gid, owner.st_gid, owner.st_gid)
    os.setresuid(owner.st_uid, owner.st_uid, owner.st_uid)


def unreadable(context: Context) -> list[Problem]:
    """The settings, and the secrets in files that they name, as far as whoever asks now may not read them."""
    paths = [context.config / FILE]
    with suppress(ConfigError):
        paths += context.settings.secret_files
    return [
        Problem(
            file=FILE,
            line=1,
            truce=None,
            level=Level.ERROR,
            code=Code.MISSING,
            message=f"the daemon's user may not read {path.name}: chgrp alertd {path.name}; chmod 640 {path.name}",
        )
        for path in paths
        if path.exists() and not os.access(path, os.R_OK)
    ]
