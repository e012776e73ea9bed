"""A reflection that somebody enters on its author's behalf, with the paper attached; a second person approves it, and
every page that shows it says so.
"""
