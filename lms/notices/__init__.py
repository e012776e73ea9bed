"""What the program tells a person of its own accord: a mark that changed, a text that came back.

It stands before `people`, since it knows of a person no more than the number, so that every step can tell something and
every page can say how much is unread.
Pages: all notices of the one who asks, and marking them as read.
"""
