"""Numbered changes of a gallery's tables, run by themselves when a gallery is opened.

To add one: copy the last file of `versions/`, give it the next number (file name, `revision`, `down_revision`), write
`upgrade`, and set `HEAD` in `pipeline/catalogue/schema.py`. A test compares the outcome with the models.
"""
