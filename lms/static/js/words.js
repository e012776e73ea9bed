// The published word rule, the same as count_words in lms/vietnamese.py: after NFC the text is cut at Unicode
// White_Space characters, and a piece is one word when it holds a letter or a digit. The set is written out because
// \s also cuts at U+FEFF; zero-width characters neither cut a word nor make one.
const WORD =
  /[\p{L}\p{N}][^\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]*/gu;

export function countWords(text) {
  return (text.normalize("NFC").match(WORD) ?? []).length;
}
