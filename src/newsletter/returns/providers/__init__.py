"""What the providers of mail post about the mails that they took from us.

    shapes.py     JSON of strangers, read so that no shape of it is an error
    telling.py    an event in our words
    ses.py mailgun.py postmark.py sendgrid.py brevo.py
    reading.py    which of them reads what

Each provider has a table for each of its own lists of words; what is in none of them is kept, and
changes nothing.
"""
