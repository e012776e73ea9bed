"""Reading, and remembering what was read.

Pages: a module's contents within a drive, and each lesson.
"""
