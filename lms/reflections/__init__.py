"""The individual reflection (bài thu hoạch): drafting, saving, handing in, the receipt, and where it goes.

Pages: the writing page with its versions, the check before handing in, the receipt and, once released, the result.
"""
