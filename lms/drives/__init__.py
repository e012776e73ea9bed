"""A study drive: which modules, for whom, from when to when, and what counts as done.

Pages: for organisers the list of drives, a drive's plan, its summons list and attendance.
"""
