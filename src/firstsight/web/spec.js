// Specs, both ways, by the language that the server gives: which word a token begins with, and what follows it.
//
// Whether a value is right is the server's to say. What is not understood here is kept as it stands (`strange`), so that
// it is asked for, and the server's sentence about it is seen.

const SIZE = /^(\d+(x\d*)?|x\d+)$/;

// "thumb-q80.webp" -> { preset: "thumb", tokens: Map { quality -> "q80" }, strange: [], format: "webp" }
export function read(text, language) {
  const [body, format] = splitFormat(text);
  const spec = { preset: "", tokens: new Map(), strange: [], format };
  body.split("-").forEach((token, index) => {
    if (token === "" || token === language.full || token === language.info) return;
    if (index === 0 && language.presets.some((preset) => preset.name === token)) {
      spec.preset = token;
      return;
    }
    const row = rowOf(token, language);
    const rest = row && token.slice(row.word.length);
    const wrong = !row || (rest && (row.kind === "choice" || row.kind === "flag")) || spec.tokens.has(row.slot);
    if (wrong) spec.strange.push(token);
    else spec.tokens.set(row.slot, token);
  });
  return spec;
}

export function write(spec, language) {
  const slots = [...new Set(language.tokens.map((row) => row.slot))];
  const order = (slot) => language.tokens.indexOf(rowOf(spec.tokens.get(slot), language));
  const tokens = slots.filter((slot) => spec.tokens.has(slot)).sort((a, b) => order(a) - order(b));
  const parts = [spec.preset, ...tokens.map((slot) => spec.tokens.get(slot)), ...spec.strange].filter(Boolean);
  const nothing = spec.format === "json" ? language.info : language.full;
  return (parts.join("-") || nothing) + (spec.format && `.${spec.format}`);
}

// The row of the language that a token is read by: the longest word it begins with.
export function rowOf(token, language) {
  if (SIZE.test(token)) return language.tokens.find((row) => row.kind === "size");
  const known = language.tokens.filter((row) => row.word && token.startsWith(row.word));
  return known.sort((a, b) => b.word.length - a.word.length)[0];
}

// A token's numbers, as they are spelled: "crop0.1x0x1x1" -> ["0.1", "0", "1", "1"]
export function numbers(token, language) {
  const row = token && rowOf(token, language);
  const rest = row ? token.slice(row.word.length) : "";
  return rest ? rest.split("x") : [];
}

// Four decimals at most, as a spec keeps them.
export const number = (value) => String(Number(Number(value).toFixed(4)));

// A fraction as a crop spells it, with a decimal point.
export const fraction = (value) => (number(value).includes(".") ? number(value) : `${number(value)}.0`);

export const encodeKey = (key) => key.split("/").map(encodeURIComponent).join("/");

export const path = (key, text, language) => `/${encodeKey(key)}/${encodeURIComponent(text || language.full)}`;

// "coffee.png/300x200.webp" <-> a key and a spec, as the page's own fragment holds them.
export const fragment = (key, text) => `#${encodeKey(key)}/${encodeURIComponent(text)}`;

export function readFragment(hash) {
  const cut = hash.lastIndexOf("/");
  if (cut < 2) return null;
  try {
    return { key: decodeURIComponent(hash.slice(1, cut)), text: decodeURIComponent(hash.slice(cut + 1)) };
  } catch {
    return null;
  }
}

// The dot of "sharpen1.5" is a number's.
function splitFormat(text) {
  const dot = text.lastIndexOf(".");
  return dot < 0 || /^\d/.test(text.slice(dot + 1)) ? [text, ""] : [text.slice(0, dot), text.slice(dot + 1)];
}
