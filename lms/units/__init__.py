"""The organisation: a dated tree of units, with kinds, tiers and categories as data.

Pages: the administrator's list of units. Everything that follows asks here who stands under whom on a day.
"""
