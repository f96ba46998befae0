"""Findings about an issue before it is sent: one rule, one function, one test."""
