"""Backups of an office: made while it works, looked into, and put back on any computer."""
