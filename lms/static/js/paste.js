// What is pasted from Word becomes clean paragraphs: no bullets out of symbol fonts, no line broken where a page was.
const FROM_WORD = /class="?Mso|urn:schemas-microsoft-com|mso-/i;

/** The paragraphs of a Word page as plain text, or "" where it holds none. */
export function paragraphsOf(html) {
  const unstyled = html.replace(/<style[^]*?<\/style>/gi, "").replace(/\sstyle=/gi, " data-style="); // our pages take no styles
  const page = new DOMParser().parseFromString(unstyled, "text/html");
  page.querySelectorAll("script, del").forEach((element) => element.remove());
  page.querySelectorAll("[data-style*='mso-list:Ignore' i]").forEach((mark) => mark.replaceWith("- "));
  page.querySelectorAll("br").forEach((line) => line.replaceWith("\u2028"));
  const blocks = [...page.querySelectorAll("p, li, h1, h2, h3, h4, h5, h6")].filter((block) => !block.querySelector("p, li"));
  return blocks.map(plain).filter(Boolean).join("\n\n");
}

function plain(block) {
  const text = block.textContent.normalize("NFC").replace(/[^\S\u2028]+/g, " ");
  return text.split("\u2028").map((line) => line.trim()).filter(Boolean).join("\n");
}

/** Let a text area take what comes from Word cleanly; anything else is pasted as the browser does. */
export function pasteCleanly(area) {
  area.addEventListener("paste", (event) => {
    const html = event.clipboardData?.getData("text/html") ?? "";
    const text = FROM_WORD.test(html) ? paragraphsOf(html) : "";
    if (text && document.execCommand("insertText", false, text)) event.preventDefault();
  });
}
