"""Bounces, complaints, automatic replies: what they say, and what to do about them."""
