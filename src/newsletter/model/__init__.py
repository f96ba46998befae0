"""The nouns of the house: no input or output, no clock, no globals."""
