"""From an Edition to a Rendering: templates, MJML, inlined styles, text, slots, digest."""
