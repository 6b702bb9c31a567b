"use strict";
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("scripted");

  // Environment: one is shown; the links of the sections follow it.
  const radios = all("#environments input");
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
  const wanted = radios.find((radio) => location.hash.endsWith(`-${radio.value}`));
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

  // Flow graph: an edge opens what is known of it, by mouse or by Enter and Space.
  const choose = (edge) => {
    const section = edge.closest("section");
    for (const one of all(".edge", section)) {
      one.classList.toggle("chosen", one.dataset.flow === edge.dataset.flow);
    }
    for (const detail of all(".rules", section)) {
      detail.hidden = detail.id !== edge.dataset.flow;
    }
    section.querySelector(".hint").hidden = true;
  };
  for (const edge of all(".edge")) {
    edge.addEventListener("click", () => choose(edge));
    edge.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(edge);
      }
    });
  }

  // Filters: a row stays when it has every word.
  const filter = (input) => {
    const rows = all("table.filtered tbody tr", input.closest("section"));
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      left += row.hidden ? 0 : 1;
    }
    const output = input.parentElement.querySelector("output");
    output.textContent = words.length ? `${left} of ${rows.length}` : `${rows.length} lines`;
  };
  for (const input of all("input.filter")) {
    input.addEventListener("input", () => filter(input));
    filter(input);
  }
  for (const cell of all("button[data-filter]")) {
    cell.addEventListener("click", () => {
      const input = cell.closest("section").querySelector("input.filter");
      input.value = cell.dataset.filter;
      filter(input);
      input.focus();
    });
  }
})();
