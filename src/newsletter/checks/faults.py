"""What is found while files are read, before any rule can run: the other names of findings.

A Finding of a reader has one of these as its `rule`. They cannot be turned off: without the file
there is nothing to look at.
"""

FAULTS: dict[str, str] = {
    "yaml": "The file is not YAML that can be read: encoding, size, syntax, a key twice, a tag.",
    "settings": "`newsletter.yaml` is not as the reference of settings says.",
    "lists": "`subscribers/lists.yaml` is not as the reference of settings says.",
    "segments": "`subscribers/segments.yaml` is not as the reference says, or holds a word "
    "that nobody knows.",
    "item": "An item is not as its kind says, or two items have one name.",
    "issue": "`issue.yaml` is not as the reference of issues says, or there is none.",
    "reference": "A country, topic, item, list, theme or layout that does not exist, or stands "
    "twice where it may stand once.",
    "draft": "An issue names an item that is still a draft.",
    "language": "A block in a language that the newsletter has not.",
    "translation": "A block in one of the languages of the issue is missing.",
    "image": "A picture is missing, lies outside `issues/`, or cannot be read.",
    "notice": "A file below `notices/` of a theme is not as the reference of settings says.",
    "theme": "`theme.yaml` is not as the reference of settings says, or lacks words.",
    "template": "A template asks for a name that does not exist, or cannot be read.",
    "mjml": "A template gives MJML that MJML does not know.",
    "styles": "`inline.css` of a theme holds what cannot be written onto an element.",
    "translations": "`issues/translations.lock` cannot be read.",
    "exchange": "A file that a translator sent back cannot be taken in as it is.",
    "archive": "The web archive cannot be built as it is asked for.",
    "print": "What the print edition cannot show, or shows badly.",
    "html-file": "A file from elsewhere (`--html`) cannot be read as a mail.",
    "ignore-unused": "Something below `checks: ignore:` matches nothing any more.",
    "import": "An entry of a feed, page or list cannot become an item.",
    "people-file": "A table of people cannot be read as a whole.",
    "people-row": "A row of a table of people cannot be used, or is doubtful.",
}
"""What each of them means."""
