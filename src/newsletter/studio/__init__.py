"""The editor's local pages: an issue in all its editions, made anew whenever a file is saved."""
