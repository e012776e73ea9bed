"""Attempts at a module's quiz: started, saved answer by answer, handed in, marked and explained.

Pages: the quiz's start, the questions, the result with explanations; for organisers, who is given more time, another
attempt or a later end. The server's clock alone decides.
"""
