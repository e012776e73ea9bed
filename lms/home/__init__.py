"""The learner's desk, and the pages that everyone has.

Pages: the desk with one next step and what is still missing, help.
"""
