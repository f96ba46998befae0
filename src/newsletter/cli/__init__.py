"""The `newsletter` command: one module for each family of commands.

Only this room prints errors and sets exit codes. Whatever is slow to import is imported inside the
command that needs it, so that `newsletter --help` answers at once.
"""
