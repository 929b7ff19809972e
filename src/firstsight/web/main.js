// The page: which of its two views is shown, and what the bench holds. The fragment of the page's URL is its state:
// `#` is all images, `#coffee.png/300x200.webp` an image and a spec.

import { bytes, find, make } from "./elements.js";
import * as compare from "./compare.js";
import * as form from "./form.js";
import * as gallery from "./gallery.js";
import * as original from "./original.js";
import * as result from "./result.js";
import { picture } from "./snippet.js";
import { encodeKey, fragment, path, read, readFragment, write } from "./spec.js";

// How long it must have been quiet before an image is asked for, in milliseconds.
const QUIET = 200;

const language = await (await fetch("/-/tokens.json")).json();
const bench = find("bench");
const specInput = find("spec");
const state = { key: "", text: "400x300.webp", source: null, info: null, shown: null };
let timer = 0;
let asking = new AbortController();

const grid = gallery.build(language);
const fields = form.build(find("form"), language, (spec) => edit(write(spec, language)));
const picked = original.build(find("original"), language, (slot, token) => {
  const spec = read(state.text, language);
  if (token === null) spec.tokens.delete(slot);
  else spec.tokens.set(slot, token);
  edit(write(spec, language));
});

// Takes a spec into all that shows it, and asks for the image once it has been quiet for a while.
function edit(text, { typed = false, at_once = false } = {}) {
  state.text = text;
  if (!typed) specInput.value = text;
  const spec = read(text, language);
  fields.show(spec);
  picked.show(state.key, spec);
  clearTimeout(timer);
  asking.abort();
  bench.dataset.state = "waiting";
  timer = setTimeout(request, at_once ? 0 : QUIET);
}

async function request() {
  asking = new AbortController();
  const { signal } = asking;
  const { key, text } = state;
  history.replaceState(null, "", fragment(key, text));
  bench.dataset.state = "asking";
  try {
    const answer = await result.ask(path(key, text, language), signal);
    if (answer.problem) trouble(answer.problem);
    else await show(answer, read(text, language), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function trouble(problem) {
  find("trouble").replaceChildren(make("strong", {}, problem.detail ?? problem.title), " ", make("span", {}, problem.remedy ?? ""));
  find("trouble").hidden = false;
  find("notice").hidden = true;
  specInput.setAttribute("aria-invalid", "true");
  bench.dataset.state = "wrong";
}

async function show(answer, spec, signal) {
  const image = answer.blob.type.startsWith("image/") ? make("img", { alt: "Result" }) : null;
  if (image) {
    image.src = URL.createObjectURL(answer.blob);
    await image.decode().catch(() => {}); // one the browser cannot show still has bytes and a URL
  }
  const text = image ? "" : JSON.stringify(JSON.parse(await answer.blob.text()), null, 2);
  if (signal.aborted) return;
  if (state.shown?.image) URL.revokeObjectURL(state.shown.image.src);
  const ratio = Number(spec.tokens.get("dpr")?.slice(3)) || 1;
  if (image) {
    image.width = Math.round(image.naturalWidth / ratio);
    image.height = Math.round(image.naturalHeight / ratio);
  }
  state.shown = { answer, spec, image, text };
  find("trouble").hidden = true;
  specInput.removeAttribute("aria-invalid");
  find("url").value = answer.url;
  find("open").href = answer.url;
  find("copied").textContent = "";
  find("facts").replaceChildren(...result.facts(answer, image, state.source));
  find("result-facts").textContent = image ? `${image.naturalWidth} × ${image.naturalHeight}` : "";
  notice(spec, answer);
  draw();
  bench.dataset.state = "shown";
}

// The canonical URL says what of the spec has no effect.
function notice(spec, answer) {
  const canonical = read(decodeURIComponent(new URL(answer.url).pathname.split("/").pop()), language);
  const idle = result.leftOut(spec, canonical, language);
  const said = [
    idle.length ? `Left out of the URL, as it changes nothing here: ${idle.join(", ")}.` : "",
    answer.still ? `Too large to keep moving: ${answer.still}.` : "",
  ].filter(Boolean);
  find("notice").textContent = said.join(" ");
  find("notice").hidden = said.length === 0;
}

function draw() {
  const { image, text, spec } = state.shown;
  const two = find("compare").checked && image;
  find("result").replaceChildren(two ? compare.build(state.key, spec, language, image) : image ?? make("pre", {}, text));
  find("result-hint").textContent = two ? "Which is clearer, one or two? One is the same cut, without loss." : "";
}

async function open({ key, text }) {
  const other = key !== state.key;
  state.key = key;
  view("bench");
  document.title = `${key} · Firstsight`;
  if (other) {
    Object.assign(state, { source: null, info: null, shown: null });
    find("key").textContent = key;
    for (const id of ["result", "facts"]) find(id).replaceChildren();
    for (const id of ["original-facts", "result-facts", "result-hint", "copied"]) find(id).textContent = "";
    find("url").value = "";
    find("open").removeAttribute("href");
    find("key").focus({ preventScroll: true });
    scrollTo(0, 0);
    describe(key);
  }
  edit(text, { at_once: true });
}

// The original's size in pixels and in bytes.
async function describe(key) {
  const told = async (address) => {
    const response = await fetch(address).catch(() => null);
    return response?.ok ? response.json() : null;
  };
  const [info, list] = await Promise.all([
    told(`/${encodeKey(key)}/info.json`),
    told(`/-/sources.json?${new URLSearchParams({ find: key, limit: 500 })}`),
  ]);
  if (key !== state.key) return;
  state.info = info;
  state.source = list?.images.find((image) => image.key === key)?.bytes ?? null;
  if (list) find("store").textContent = list.store;
  if (info) {
    fields.measure(info);
    picked.measure(info);
  }
  const said = [info && `${info.width} × ${info.height}`, state.source && bytes(state.source), info?.format];
  find("original-facts").textContent = said.filter(Boolean).join(" · ");
  if (state.shown) find("facts").replaceChildren(...result.facts(state.shown.answer, state.shown.image, state.source));
}

function view(name) {
  find("gallery").hidden = name !== "gallery";
  bench.hidden = name !== "bench";
}

async function route() {
  const asked = readFragment(location.hash);
  if (asked) return open(asked);
  const left = state.key;
  state.key = "";
  clearTimeout(timer);
  asking.abort();
  view("gallery");
  document.title = "Firstsight";
  await grid.show(state.text);
  if (left) [...document.querySelectorAll("#tiles a")].find((link) => link.dataset.key === left)?.focus();
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    find("copied").textContent = `${what} copied.`;
  } catch {
    // no clipboard here (a page over plain HTTP from another machine): leave it selected for the keyboard
    find("url").value = text;
    find("url").select();
    find("copied").textContent = "Press Ctrl+C to copy.";
  }
}

specInput.addEventListener("input", () => edit(specInput.value.trim(), { typed: true }));
find("compare").addEventListener("change", () => state.shown && draw());
find("copy-url").addEventListener("click", () => state.shown && copy(state.shown.answer.url, "URL"));
find("copy-picture").addEventListener("click", () => {
  if (!state.shown) return;
  const { spec, image } = state.shown;
  if (!image) {
    find("copied").textContent = "A description is no picture: choose a format with pixels.";
    return;
  }
  // its attributes, for its properties are the size that it has on this screen
  const [width, height] = ["width", "height"].map((side) => image.getAttribute(side));
  copy(picture(state.key, spec, language, state.info, { width, height }), "<picture>");
});
addEventListener("hashchange", route);
await route();
