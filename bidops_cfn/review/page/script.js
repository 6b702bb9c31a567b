"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("scripted");

  // Environment: one is shown; the links of the sections follow it.
  const radios = all("#switch input");
  const showEnvironment = (name) => {
    for (const one of all(".environment")) {
      one.classList.toggle("shown", one.dataset.environment === name);
    }
    for (const link of all("nav a[data-section]")) {
      link.hash = `${link.dataset.section}-${name}`;
    }
  };
  for (const radio of radios) {
    radio.addEventListener("change", () => showEnvironment(radio.value));
  }
  const named = radios.filter((radio) => location.hash.endsWith(`-${radio.value}`));
  const wanted = named.sort((one, other) => other.value.length - one.value.length)[0];
  if (wanted) wanted.checked = true;
  const first = radios.find((radio) => radio.checked) || radios[0];
  if (first) showEnvironment(first.value);

  // Theme: as the system has it, dark or light. Nothing is stored.
  const theme = document.getElementById("theme");
  const themes = ["auto", "dark", "light"];
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(root.dataset.theme || "auto") + 1) % themes.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    theme.textContent = `Theme: ${next}`;
  });

  // Filters: long tables get one; a row stays when it has every word.
  const filter = (input, rows, output) => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    const left = rows.filter((row) => !row.hidden).length;
    output.textContent = words.length ? `${left} of ${rows.length}` : `${rows.length} lines`;
  };
  for (const table of all("table")) {
    const rows = all("tbody tr", table);
    if (rows.length < 15) continue;
    const bar = document.createElement("div");
    bar.className = "filterbar";
    bar.innerHTML = '<label>Filter <input type="search" class="filter" autocomplete="off" spellcheck="false"></label><output></output>';
    const [input, output] = [bar.querySelector("input"), bar.querySelector("output")];
    input.addEventListener("input", () => filter(input, rows, output));
    table.closest(".scroll").before(bar);
    filter(input, rows, output);
  }

  // The matrix: a cell shows its permissions, by what is written in the first cell and the column.
  for (const environment of all(".environment")) {
    const input = environment.querySelector('[id^="permissions-"] .filter');
    for (const cell of all('[id^="who-may-do-what-"] td:nth-child(n + 3):not(:empty)', environment)) {
      const words = `${cell.parentElement.cells[0].textContent} ${cell.dataset.label}:`;
      const button = document.createElement("button");
      button.className = `level ${cell.textContent.toLowerCase().split(" ")[0]}`;
      button.textContent = cell.textContent;
      button.title = `Show the permissions: ${words}`;
      button.addEventListener("click", () => {
        input.value = words;
        input.dispatchEvent(new Event("input"));
        input.focus();
      });
      cell.replaceChildren(button);
    }
  }
})();
