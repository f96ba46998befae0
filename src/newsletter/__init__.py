"""A newsletter office in a folder: YAML in, two languages out, every recipient accounted for."""

__version__ = "0.1.0"
