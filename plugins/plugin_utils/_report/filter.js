// SPDX-FileCopyrightText: Copyright (c) 2026, the zequenze.control maintainers
// SPDX-License-Identifier: GPL-3.0-or-later
// Shows those of the entries of a page that are looked for. It reads what is there, and writes no markup.
"use strict";
(() => {
  const form = document.querySelector(".filter");
  const groups = [...document.querySelectorAll("details.group")].map(element => ({
    element, count: element.querySelector(".shown"), open: element.open,
    entries: [...element.querySelectorAll(".entry")].map(entry => ({
      element: entry, action: entry.dataset.action, text: entry.textContent.toLowerCase(),
      fields: new Set([...entry.querySelectorAll(".field")].map(field => field.textContent)),
    })),
  }));
  const names = new Set(groups.flatMap(group => group.entries.flatMap(entry => [...entry.fields])));
  for (const name of [...names].sort()) form.elements.field.add(new Option(name, name));

  const show = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const action = form.elements.action.value, field = form.elements.field.value;
    const everything = !words.length && !action && !field;
    let total = 0;
    const shownIn = new Map();
    for (const group of groups) {
      let shown = 0;
      for (const entry of group.entries) {
        const fits = (!action || entry.action === action) && (!field || entry.fields.has(field))
          && words.every(word => entry.text.includes(word));
        entry.element.hidden = !fits;
        shown += fits;
      }
      group.element.hidden = !shown;
      group.element.open = everything ? group.open : shown > 0;
      group.count.textContent = everything ? "" : `${shown.toLocaleString("en")} shown of `;
      total += shown;
      const section = group.element.closest("section.entries");
      shownIn.set(section, (shownIn.get(section) ?? 0) + shown);
    }
    for (const [section, shown] of shownIn) {
      section.hidden = !shown;
      const heading = section.querySelector("h2"), {title, number} = heading.dataset;
      heading.textContent = `${title} (${everything ? "" : `${shown.toLocaleString("en")} of `}${number})`;
    }
    form.elements.result.value = everything ? "" : `${total.toLocaleString("en")} shown`;
  };

  let waiting = 0;
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 120); });
  form.addEventListener("submit", event => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  form.hidden = false;
})();
