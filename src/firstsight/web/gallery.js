// The images of the store as a grid, a page at a time.

import { bytes, find, make } from "./elements.js";
import { fragment, path } from "./spec.js";

const THUMBNAIL = "240x180";

// Gives { show(text) }: shows the grid, whose images open with that spec.
export function build(language) {
  const [tiles, more, note, search] = ["tiles", "more", "gallery-note", "find"].map(find);
  let next = null; // the key after which the next page starts
  let text = "";
  let asking = null;

  async function load(after) {
    asking?.abort();
    asking = new AbortController();
    const query = new URLSearchParams({ after: after ?? "", find: search.value.trim() });
    more.disabled = true;
    let page;
    try {
      const response = await fetch(`/-/sources.json?${query}`, { signal: asking.signal });
      page = await response.json();
      if (!response.ok) throw new Error([page.detail, page.remedy].filter(Boolean).join(" "));
    } catch (error) {
      if (error.name === "AbortError") return;
      note.textContent = error instanceof TypeError ? "The server does not answer." : error.message;
      return;
    } finally {
      more.disabled = false;
    }
    const fresh = page.images.map(tile);
    if (after === null) tiles.replaceChildren(...fresh);
    else tiles.append(...fresh);
    next = page.next;
    more.hidden = next === null;
    tell(page);
  }

  function tell(page) {
    find("store").textContent = page.store;
    find("count").textContent = page.total ? `${page.total}${page.cut_short ? "+" : ""}` : "";
    find("nothing").hidden = page.total > 0;
    find("nothing-text").textContent = search.value
      ? "No image has that in its key. Press Enter to open it as a whole key."
      : "No images here yet. Put some into the store and load this page again.";
    note.textContent = page.cut_short
      ? "Not every key of this store was looked at. Any other image opens by its whole key: type it above and press Enter."
      : "";
  }

  function tile({ key, bytes: size }) {
    const image = make("img", { loading: "lazy", decoding: "async", width: 240, height: 180, alt: "" });
    const address = (spec) => path(key, `${spec}.webp`, language);
    image.addEventListener("error", () => image.parentElement.classList.add("broken"));
    const folder = key.slice(0, key.lastIndexOf("/") + 1);
    const caption = make("span", { class: "name" }, folder ? make("span", { class: "quiet" }, folder) : "", key.slice(folder.length));
    const link = make("a", { href: fragment(key, text), title: key, "data-key": key }, make("span", { class: "thumb" }, image), caption, make("span", { class: "quiet" }, bytes(size)));
    image.srcset = `${address(THUMBNAIL)} 1x, ${address(`${THUMBNAIL}-dpr2`)} 2x`;
    image.src = address(THUMBNAIL);
    return make("li", {}, link);
  }

  more.addEventListener("click", () => next !== null && load(next));
  new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && next !== null && !more.disabled && load(next),
    { rootMargin: "400px" },
  ).observe(more);

  let timer;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => load(null), 200);
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !search.value.trim()) return;
    const links = tiles.querySelectorAll("a");
    location.hash = fragment(links.length === 1 ? links[0].dataset.key : search.value.trim().replace(/^\/+/, ""), text);
  });

  return {
    async show(spec) {
      text = spec;
      if (tiles.childElementCount === 0) await load(null);
      tiles.querySelectorAll("a").forEach((link) => (link.href = fragment(link.dataset.key, text)));
    },
  };
}
