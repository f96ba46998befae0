"""From the files that editors write to an Issue and its Editions.

`yamlfile` reads, `schema` checks the form, `references` the names, `picks` chooses, `editions`
puts an Issue into words of one language. Every problem of every file is found before any of them
is reported.
"""
