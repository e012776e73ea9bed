// A phone's photo of a page as a small, upright, level JPEG, so that a weak network carries it.
const LONGEST = 1600;
const MOST_BYTES = 320_000;
const QUALITIES = [0.78, 0.68, 0.58, 0.48, 0.38];
const SHARPEST_TURN = 8;
const SAMPLE = 320;

/** The photo made small; the file itself where the browser cannot open it, for the server has the words for that. */
export async function shrunk(file) {
  let photo;
  try {
    photo = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  let page = drawn(photo, LONGEST, 0);
  photo.close(); // an old phone has little memory
  const angle = lean(page);
  if (angle) page = drawn(page, LONGEST, angle);
  for (;;) {
    for (const quality of QUALITIES) {
      const blob = await new Promise((done) => page.toBlob(done, "image/jpeg", quality));
      if (!blob) return file;
      if (blob.size <= MOST_BYTES) return blob;
    }
    page = drawn(page, Math.max(page.width, page.height) * 0.75, 0);
  }
}

function drawn(photo, longest, degrees) {
  const scale = Math.min(1, longest / Math.max(photo.width, photo.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(photo.width * scale);
  canvas.height = Math.round(photo.height * scale);
  const context = canvas.getContext("2d", { willReadFrequently: longest === SAMPLE });
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = longest === LONGEST ? "high" : "medium";
  context.translate(canvas.width / 2, canvas.height / 2);
  context.rotate((degrees * Math.PI) / 180);
  context.drawImage(photo, -canvas.width / 2, -canvas.height / 2, canvas.width, canvas.height);
  return canvas;
}

// Level lines make the average brightness of each row change most from row to row, as the server's `lean` sees it.
function lean(photo) {
  const small = drawn(photo, SAMPLE, 0);
  const level = unevenness(small, 0);
  let best = 0;
  let most = level;
  for (let angle = -SHARPEST_TURN; angle <= SHARPEST_TURN; angle += 1) {
    const found = unevenness(small, angle);
    if (found > most) [best, most] = [angle, found];
  }
  return Math.abs(best) < SHARPEST_TURN && most > 1.15 * level ? best : 0;
}

function unevenness(photo, degrees) {
  const { width, height, data } = pixels(photo, degrees);
  const edge = Math.floor(Math.min(width, height) / 8);
  const rows = [];
  for (let y = edge; y < height - edge; y += 1) {
    let sum = 0;
    for (let x = edge; x < width - edge; x += 1) sum += data[(y * width + x) * 4 + 1];
    rows.push(sum / (width - 2 * edge));
  }
  const mean = rows.reduce((all, one) => all + one, 0) / rows.length;
  return rows.reduce((all, one) => all + (one - mean) ** 2, 0) / rows.length;
}

function pixels(photo, degrees) {
  const canvas = drawn(photo, SAMPLE, degrees);
  return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
}
