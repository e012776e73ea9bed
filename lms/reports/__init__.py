"""A unit's progress in a drive: four numbers, children that sum, the names behind each, and a list to take away.

Pages: the choice of drive and unit, the unit page, the names, the spreadsheet.
"""
