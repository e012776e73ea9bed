"""Attempts at a module's quiz: started, saved answer by answer, handed in, marked and explained.

Pages: the quiz's start, the questions, the result with explanations. The server's clock alone decides.
"""
