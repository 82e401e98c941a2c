/* participa: single keys for staff who go through a list. Loaded by the pages that list their keys.
   [data-keys-help] details with the list of keys, and in it [data-keys-switch] to turn them off (WCAG 2.1.4)
   [data-keys-row]  a row that j and k (in a row: also the arrows) come by; its [data-key~=Enter] takes the focus
   [data-keys-jump="m:mantener …"]  keys that open the row's link at a place
   [data-key="c"]   pressed by that key: of the row at hand first, else of the page; a details opens
   [data-fills=id]  radios with data-fill write it into the field, as long as nobody typed there
   [data-tick-all]  ticks every box of the rows */
(() => {
  "use strict";
  const OFF = "participa:keys-off";
  const FIELD = "input:not([type=checkbox], [type=submit], [type=button]), textarea, select, [contenteditable]";
  const help = document.querySelector("[data-keys-help]");
  const rows = [...document.querySelectorAll("[data-keys-row]")];
  let last = null;

  const kept = { get: () => { try { return localStorage.getItem(OFF); } catch { return null; } }, set(off) { try { if (off) localStorage.setItem(OFF, "1"); else localStorage.removeItem(OFF); } catch { /* asked again on the next page */ } } };
  const box = help?.querySelector("[data-keys-switch]");
  if (box) { box.checked = !kept.get(); box.addEventListener("change", () => kept.set(!box.checked)); }

  const main = (row) => row.querySelector("[data-key~=Enter]") || row.querySelector("a, input");
  const rowAt = (el) => el?.closest?.("[data-keys-row]") || null;
  document.addEventListener("focusin", (event) => { last = rowAt(event.target) || last; });

  function move(step) {
    const from = rows.indexOf(last);
    const to = rows[from < 0 ? 0 : Math.min(Math.max(from + step, 0), rows.length - 1)];
    main(to)?.focus();
    to.scrollIntoView({ block: "nearest" });
  }
  function open(details) {
    details.open = true;
    const field = details.querySelector("input[type=radio]:checked") || details.querySelector("input:not([type=hidden]), textarea, select, button");
    (field || details.querySelector("summary")).focus();
    details.scrollIntoView({ block: "nearest" });
  }
  function press(el) {
    if (el.tagName === "DETAILS") open(el);
    else if ("keyFocus" in el.dataset) { el.focus(); el.scrollIntoView({ block: "nearest" }); }
    else el.click();
  }
  function find(key) {
    const wanted = `[data-key~="${CSS.escape(key)}"]`;
    return last?.querySelector(wanted) || [...document.querySelectorAll(wanted)].find((el) => !rowAt(el));
  }
  function jump(key) {
    const row = last || rows[0];
    const place = row?.closest("[data-keys-jump]")?.dataset.keysJump.split(" ").find((each) => each.startsWith(`${key}:`));
    const link = place && main(row);
    if (link?.href) location.assign(`${link.href}#${place.slice(2)}`);
    return Boolean(link?.href);
  }

  document.addEventListener("keydown", (event) => {
    if (!help || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]") || event.target.closest?.(FIELD) || (box && !box.checked)) return;
    const { key } = event;
    const step = { j: 1, k: -1 }[key] || (rowAt(event.target) && { ArrowDown: 1, ArrowUp: -1 }[key]);
    if (step && rows.length) move(step);
    else if (event.repeat) return;
    else if (key === "?") { help.open = !help.open; help.querySelector("summary").focus(); }
    else if (key === "Escape" && help.open) { help.open = false; help.querySelector("summary").focus(); }
    else if (key.length === 1 && key !== " ") {
      const el = find(key);
      if (el) press(el);
      else if (!jump(key)) return;
    } else return;
    event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    const { fill } = event.target.dataset || {};
    if (fill !== undefined) {
      const area = document.getElementById(event.target.closest("[data-fills]").dataset.fills);
      // What the server filled in counts as untouched too.
      if (area && (!area.value.trim() || area.value === (area.dataset.filled ?? area.defaultValue))) {
        area.value = area.dataset.filled = fill;
        area.dispatchEvent(new Event("input", { bubbles: true }));
      }
    } else if ("tickAll" in (event.target.dataset || {})) {
      for (const row of rows) for (const each of row.querySelectorAll("input[type=checkbox]")) each.checked = event.target.checked;
    }
  });

  function arrive() {
    const place = location.hash && document.getElementById(location.hash.slice(1));
    if (place?.tagName === "DETAILS") open(place);
  }
  addEventListener("hashchange", arrive);
  arrive();
})();
