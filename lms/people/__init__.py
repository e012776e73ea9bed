"""Persons, the posts they hold in units, how they sign in, and the roles they hold within a subtree.

Pages: sign-in, first password, my account; for administrators the list of people with codes and roles.
"""
