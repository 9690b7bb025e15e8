"""TOML texts: read within bounds, validated table by table, with the line of every key, and past what is broken.

Nothing here knows of settings, writes a file or decides about a truce: what a table means is for its reader to say.
"""
