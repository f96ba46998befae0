"""Readers of the newsletter: who they are, what they asked for, and what keeps mail from them."""
