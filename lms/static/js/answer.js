// What a question's fieldset holds as an answer, and how an answer is put back into it.
// A choice counts when it is chosen. Any other field counts when it is filled; with `data-part` its answer is "part=value".

function fields(fieldset) {
  return [...fieldset.querySelectorAll("input[name^=answer-], select[name^=answer-], textarea[name^=answer-]")];
}

function isChoice(field) {
  return field.type === "radio" || field.type === "checkbox";
}

/** The answer in a fieldset as a list of texts, the way the server keeps it; an empty list is no answer. */
export function answerOf(fieldset) {
  return fields(fieldset)
    .filter((field) => (isChoice(field) ? field.checked : field.value.trim()))
    .map((field) => ("part" in field.dataset ? `${field.dataset.part}=${field.value}` : field.value));
}

/** Put an answer into a fieldset; whatever the answer does not name is emptied. */
export function showAnswer(fieldset, chosen) {
  for (const field of fields(fieldset)) {
    if (isChoice(field)) {
      field.checked = chosen.includes(field.value);
    } else if ("part" in field.dataset) {
      const start = `${field.dataset.part}=`;
      field.value = chosen.find((entry) => entry.startsWith(start))?.slice(start.length) ?? "";
    } else {
      field.value = chosen[0] ?? "";
    }
  }
}
