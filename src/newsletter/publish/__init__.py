"""Publish issues for everybody, where a mail is for one reader: the archive on the web, paper.

Both draw the same Editions as the mail does, with templates of their own; neither knows a reader.
"""
