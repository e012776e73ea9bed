// What a question's fieldset holds as an answer, and how an answer is put back into it.
// A choice counts when it is chosen, any other field when it is filled; the entries of a list are “option=value”, those
// of a text with gaps “gap=value”. Hidden fields are for forms without script.

function fields(fieldset) {
  const all = "input[name^=answer-]:not([type=hidden]), select[name^=answer-], textarea[name^=answer-]";
  return [...fieldset.querySelectorAll(all)];
}

function isChoice(field) {
  return field.type === "radio" || field.type === "checkbox";
}

/** The answer in a fieldset as a list of texts, the way the server keeps it; an empty list is no answer. */
export function answerOf(fieldset) {
  return fields(fieldset)
    .filter((field) => (isChoice(field) ? field.checked : field.value.trim()))
    .map((field) => (field.dataset.gap ? `${field.dataset.gap}=${field.value}` : field.value));
}

/** Put an answer into a fieldset; whatever the answer does not name is emptied. */
export function showAnswer(fieldset, chosen) {
  for (const field of fields(fieldset)) {
    if (field.dataset.gap) {
      const gap = `${field.dataset.gap}=`;
      field.value = chosen.find((entry) => entry.startsWith(gap))?.slice(gap.length) ?? "";
    } else if (isChoice(field)) {
      field.checked = chosen.includes(field.value);
    } else if (field.localName === "select") {
      field.value = chosen.find((entry) => [...field.options].some((one) => one.value === entry)) ?? "";
    } else {
      field.value = chosen[0] ?? "";
    }
  }
}
