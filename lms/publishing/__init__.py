"""From a checked draft to a version that learners see: a second person's approval, the impact, publishing, going back.

Pages: proposals, what publishing would change, the versions of a module, and facts that no longer hold.
"""
