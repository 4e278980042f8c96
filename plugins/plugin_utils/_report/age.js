// SPDX-FileCopyrightText: Copyright (c) 2026, the zequenze.control maintainers
// SPDX-License-Identifier: GPL-3.0-or-later
// Says how old a page is, and marks one that nobody has written anew for long. It writes no markup.
"use strict";
(() => {
  const shown = document.querySelector(".age");
  const written = Date.parse(shown.dataset.written), old = Number(shown.dataset.old);
  if (Number.isNaN(written)) return;
  const words = seconds => {
    if (seconds < 60) return "less than a minute ago";
    for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60]])
      if (seconds >= size) return `${Math.floor(seconds / size)} ${unit} ago`;
  };
  const show = () => {
    const seconds = (Date.now() - written) / 1000;
    const isOld = seconds > old;
    shown.textContent = words(seconds) + (isOld ? ": nothing has been seen since then" : "");
    shown.classList.toggle("s-exceeded", isOld);
    shown.hidden = false;
  };
  show();
  setInterval(show, 15000);
})();
