"""Openers with mistakes in them."""

from alertd.channels import Opening, Target


def open_and_stumble(opening: Opening) -> list[Target]:
    raise KeyError(opening.urls[0].get_secret_value())


def open_nothing(_opening: Opening) -> list[Target]:
    return []
