"""Translations: how far they are, what was made from what, and the way to a translator and back."""
