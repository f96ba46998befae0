"""The life of one send: prepare, deliver, resume, resolve, report."""
