/* participa: what pages gain where a script runs. Every page works whole without it. */
(() => {
  "use strict";
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const part = (id) => document.getElementById(id)?.content.firstElementChild.cloneNode(true);

  /* ---- device drafts: form[data-draft="key"], cleared by [data-draft-clear="key"] ---- */
  const DRAFT = "participa:draft:";
  const MINUTE = 60 * 1000;
  const me = document.body.dataset.account || "";
  // Others sit down at a shared device. What a visitor typed goes on through their own signing in.
  const isMine = (saved, age) => (saved.who || "") === me ? age < (me ? 30 : 1) * 24 * 60 * MINUTE : !saved.who && age < 30 * MINUTE;
  const store = {
    get(key) {
      try {
        const saved = JSON.parse(localStorage.getItem(DRAFT + key));
        return saved && isMine(saved, Date.now() - saved.at) ? saved.fields : null;
      } catch { return null; }
    },
    set(key, fields) { try { localStorage.setItem(DRAFT + key, JSON.stringify({ at: Date.now(), who: me, fields })); } catch { /* full or forbidden: the server still keeps what is sent */ } },
    drop(key) { try { localStorage.removeItem(DRAFT + key); } catch { /* nothing kept */ } },
  };
  const draftable = (form) => [...form.elements].filter((el) => el.name && !el.disabled && !/^(password|hidden|file|submit|button|reset|fieldset)$/.test(el.type) && el.autocomplete !== "one-time-code");
  const isTick = (el) => el.type === "checkbox" || el.type === "radio";
  const untouched = (el) => isTick(el) ? el.checked === el.defaultChecked : el.tagName === "SELECT" ? true : el.value === "";
  const snapshot = (form) => draftable(form).map((el) => isTick(el) ? [el.name, el.value, el.checked] : [el.name, el.value]);

  function startDraft(form) {
    const key = form.dataset.draft;
    const fresh = JSON.stringify(snapshot(form));
    const saved = store.get(key);
    // After an error the server sends back what was typed: that is newer than the device's copy.
    const answered = form.querySelector("[aria-invalid]") || document.querySelector("[data-error-summary]");
    if (saved && !answered) {
      let changed = false;
      for (const el of draftable(form)) {
        const row = saved.find((item) => item[0] === el.name && (!isTick(el) || item[1] === el.value));
        if (!row || !untouched(el)) continue;
        if (isTick(el)) { changed ||= el.checked !== row[2]; el.checked = row[2]; }
        else if (el.value !== row[1]) {
          const before = el.value;
          el.value = row[1];
          if (el.tagName === "SELECT" && el.selectedIndex < 0) el.value = before;
          else changed = true;
        }
        el.dispatchEvent(new Event("input", { bubbles: true }));
      }
      if (changed) {
        const note = part("ui-draft");
        note?.querySelector("button").addEventListener("click", () => { store.drop(key); form.reset(); note.remove(); $$("[data-maxlength-counter]", form).forEach(count); });
        if (note) form.prepend(note);
      }
    }
    let timer;
    const save = () => { clearTimeout(timer); const now = snapshot(form); if (JSON.stringify(now) !== fresh) store.set(key, now); };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 400); });
    form.addEventListener("submit", save);
    addEventListener("pagehide", () => { if (timer) save(); });
  }

  /* ---- counters ---- */
  function count(area) {
    const out = document.getElementById(area.id + "-counter");
    if (!out) return;
    // The server counts line ends as one character and code points, not UTF-16 halves.
    const left = Number(area.dataset.maxlengthCounter) - [...area.value].length;
    out.textContent = (left < 0 ? out.dataset.over : out.dataset.left).replace("{n}", Math.abs(left));
    out.classList.toggle("is-over", left < 0);
  }

  /* ---- light Markdown buttons ---- */
  function markdown(area, action) {
    const { selectionStart: from, selectionEnd: to, value } = area;
    const picked = value.slice(from, to);
    const lines = (mark) => (picked || "").split("\n").map((line) => mark + line).join("\n");
    const text = { bold: `**${picked}**`, italic: `*${picked}*`, list: lines("- "), quote: lines("> "), link: `[${picked}](https://)` }[action];
    area.focus();
    area.setRangeText(text, from, to, "end");
    if (!picked) {
      const back = { bold: 2, italic: 1, link: 11 }[action] || 0;
      area.setSelectionRange(area.selectionEnd - back, area.selectionEnd - back);
    }
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /* ---- confirmation: data-confirm on a form or on its button ---- */
  const dialog = document.getElementById("ui-confirm");
  function ask(source, then) {
    const ok = dialog.querySelector("[value=ok]");
    dialog.querySelector("h2").textContent = source.dataset.confirm;
    ok.textContent = source.dataset.confirmOk || ok.dataset.default;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => { if (dialog.returnValue === "ok") then(); }, { once: true });
    dialog.showModal();
  }
  const agreed = new WeakSet();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const source = event.submitter?.dataset.confirm ? event.submitter : form.dataset.confirm ? form : null;
    if (source && dialog?.showModal && !agreed.has(form)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      ask(source, () => {
        agreed.add(form);
        const yes = Object.assign(document.createElement("input"), { type: "hidden", name: "confirmado", value: "1" });
        form.append(yes);
        form.requestSubmit(submitter || undefined);
        yes.remove();
        agreed.delete(form);
      });
    }
  }, true);

  /* ---- a form is sent once ---- */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.target) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    // A download or a slow answer leaves the page open: let people try again.
    setTimeout(() => { delete form.dataset.sent; }, 8000);
    $$("button:not([type=button])", form).forEach((el) => el.classList.add("is-busy"));
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => { delete form.dataset.sent; $$(".is-busy", form).forEach((el) => el.classList.remove("is-busy")); }));

  document.addEventListener("click", (event) => {
    const el = event.target.closest("[aria-disabled=true], [data-md], [data-menu-toggle], [data-print], .error-summary a");
    if (!el) { $$(".fold[open]").forEach((fold) => fold.contains(event.target) || fold.removeAttribute("open")); return; }
    if (el.getAttribute("aria-disabled") === "true") event.preventDefault();
    else if (el.dataset.md) markdown(document.getElementById(el.parentElement.getAttribute("aria-controls")), el.dataset.md);
    else if (el.dataset.menuToggle) {
      event.preventDefault();
      const open = document.getElementById(el.dataset.menuToggle).classList.toggle("is-open");
      el.setAttribute("aria-expanded", String(open));
    } else if ("print" in el.dataset) print();
    else {
      const target = document.getElementById(el.hash.slice(1));
      if (target) { event.preventDefault(); target.focus(); target.scrollIntoView({ block: "center" }); }
    }
  });
  document.addEventListener("keydown", (event) => {
    // A link that is told as a button answers to the space bar, as buttons do.
    if (event.key === " " && event.target.matches("a[role=button]")) { event.preventDefault(); event.target.click(); }
    if (event.key !== "Escape") return;
    const fold = document.activeElement?.closest(".fold[open]");
    if (fold) { fold.removeAttribute("open"); fold.querySelector("summary").focus(); }
  });
  document.addEventListener("input", (event) => { if (event.target.dataset?.maxlengthCounter) count(event.target); });

  function enhance(root) {
    $$("[data-maxlength-counter]", root).forEach(count);
    $$(".md-tools[hidden]", root).forEach((bar) => { bar.hidden = false; });
  }
  $$("[data-draft-clear]").forEach((el) => el.dataset.draftClear.split(/\s+/).forEach((key) => store.drop(key)));
  $$("form[data-draft]").forEach(startDraft);
  $$("[data-menu-toggle]").forEach((el) => { el.setAttribute("role", "button"); el.setAttribute("aria-expanded", "false"); el.setAttribute("aria-controls", el.dataset.menuToggle); });
  // The staff's strip of pages may be wider than a phone: begin where one is.
  $$(".admin-nav [aria-current]").forEach((el) => { const strip = el.closest("ul"); strip.scrollLeft = el.offsetLeft - strip.offsetLeft - (strip.clientWidth - el.offsetWidth) / 2; });
  enhance(document);
  document.querySelector("[data-error-summary]")?.focus();

  /* ---- htmx: whatever is not a plain success becomes a whole page ---- */
  document.addEventListener("htmx:before:response", (event) => {
    const { ctx } = event.detail;
    const raw = ctx.response.raw;
    const form = ctx.sourceElement;
    if (raw.redirected && new URL(raw.url).pathname !== location.pathname) { event.preventDefault(); location.assign(raw.url); }
    else if (raw.status >= 400 && form.tagName === "FORM") { event.preventDefault(); HTMLFormElement.prototype.submit.call(form); }
  });
  document.addEventListener("htmx:error", () => {
    const note = part("ui-offline");
    if (!note) return;
    document.body.append(note);
    setTimeout(() => note.remove(), 12000);
  });
  document.addEventListener("htmx:after:swap", (event) => enhance(event.target));
})();
