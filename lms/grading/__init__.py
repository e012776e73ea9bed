"""Grading a reflection: the queue of the reviewer's units, marks by criterion, return for rewriting, release.

Pages: the queue, one essay with its rubric, what waits for release; for the author the result.
`views/` has a file for each subject.
"""
