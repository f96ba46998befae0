"""The places where mail comes back: taking it, putting it away, never deleting it."""
