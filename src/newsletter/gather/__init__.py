"""Items from elsewhere: feeds, web pages and pasted lists of news become drafts in the pool.

    origin.py      the bytes of a source: an address, a file, or what is piped in
    reading.py     which of the readers below understands them
    feeds.py       RSS and Atom
    jsonfeed.py    JSON Feed
    pages.py       a web page: schema.org, OpenGraph, and what HTML itself says
    pasted.py      a list that somebody copied from a page: title, date, summary
    days.py        days as people write them
    markup.py      HTML of others as Markdown of ours
    story.py       what the readers give: stories, and what they refuse
    guessing.py    language, countries and topics, from the words
    known.py       which stories the pool has, or had
    importing.py   the whole way: plan, then write

Everything that comes in was written by strangers. Nothing of it is obeyed: no scripts, no entities,
no file names, and addresses are only fetched by `fetch/`.
"""
