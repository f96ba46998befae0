"""Guarded HTTP: the only way by which the program takes anything from the web.

    http.py      one fetch: the request, redirects, what is given back
    guard.py     which addresses may be called at all
    wire.py      connections that go to a checked address and end in time
    body.py      bodies that are unpacked and measured as they come
    refusal.py   what is raised when nothing came

Whoever writes an address into a feed, a page or an item decides where this computer connects to.
So every name is resolved once, every address it has must be a public one, and the connection goes
to the very address that was checked (the name may point elsewhere a second later). Each redirect
is checked anew. Nothing of the office goes out: no cookies, no login, no Referer, and no proxy
that the environment names, for behind one nobody could check what is connected to.
"""

from newsletter.fetch.guard import Guard
from newsletter.fetch.http import Fetched, FetchLimits, Redirect, fetch
from newsletter.fetch.refusal import FetchFailed, FetchRefused

__all__ = ["FetchFailed", "FetchLimits", "FetchRefused", "Fetched", "Guard", "Redirect", "fetch"]
