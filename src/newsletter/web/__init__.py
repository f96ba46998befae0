"""The public pages: what readers meet on the web. `newsletter serve` serves them.

server.py      the socket, and what goes on beside requests
app.py         addresses and methods
guard.py       headers of every answer, limits of every request
leaving.py     many who leave at once share one transaction
reception.py   what the pages know of the office, and how they are drawn
catalogues.py  their words by language (gettext)
metrics.py     how often what happened, and nothing about whom
"""
