// Suggests the name in addresses while the title is typed; whoever types a name of their own keeps it.
const form = document.querySelector("[data-slug]");
const { title, slug } = form.elements;
let suggested = slug.value;

function asSlug(words) {
  const plain = words.toLowerCase().normalize("NFD").replace(/\p{Mn}/gu, "").replace(/[đð]/g, "d");
  return plain.replace(/[^a-z0-9]+/g, "-").slice(0, 60).replace(/^-|-$/g, "");
}

title.addEventListener("input", () => {
  if (slug.value !== suggested) return;
  suggested = slug.value = asSlug(title.value);
});
