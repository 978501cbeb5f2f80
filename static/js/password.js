// While one chooses a password: the rules that are met, and how strong it is. It advises; the service decides.
"use strict";

const KINDS = [
  [/[a-zà-ÿ]/, 26],
  [/[A-ZÀ-Þ]/, 26],
  [/[0-9]/, 10],
  [/[^a-zà-ÿA-ZÀ-Þ0-9]/, 33],
];

const MEETS = {
  length: (text, least) => text.length >= least,
  capital: (text) => /\p{Lu}/u.test(text),
  digit: (text) => /\p{Nd}/u.test(text),
  special: (text) => /[^\p{L}\p{N}\s]/u.test(text),
};

// Bits as the CNIL counts them, of what does not repeat what stands before it (« aaaa », « 1234 »).
const strength = (text) => {
  const letters = [...text];
  const fresh = letters.filter((letter, i) => {
    const step = i ? letter.codePointAt(0) - letters[i - 1].codePointAt(0) : 9;
    return Math.abs(step) > 1;
  }).length;
  const alphabet = KINDS.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0);
  return fresh * Math.log2(alphabet || 1);
};

for (const block of document.querySelectorAll("[data-ent-strength]")) {
  const field = block.querySelector("input[name=password]");
  const meter = block.querySelector("[data-ent-meter]");
  const says = block.querySelector("[data-ent-meter-says]");
  const words = says.dataset.words.split("|");
  const rules = [...block.querySelectorAll("[data-ent-rule]")];
  const show = () => {
    const text = field.value;
    const met = rules.map((rule) => MEETS[rule.dataset.entRule](text, Number(rule.dataset.least)));
    rules.forEach((rule, i) => {
      rule.classList.toggle("is-ok", met[i]);
      const state = rule.querySelector("[data-ent-rule-state]");
      state.textContent = met[i] ? state.dataset.done : state.dataset.todo;
    });
    const bits = strength(text);
    let level = bits < 40 ? 1 : bits < 55 ? 2 : bits < 75 ? 3 : 4;
    if (met.includes(false)) level = Math.min(level, 2);
    meter.hidden = !text;
    meter.querySelectorAll("rect").forEach((bar, i) => bar.classList.toggle("on", i < level));
    meter.className = `ent-meter ent-meter--${level}`;
    if (says.textContent !== words[level - 1]) says.textContent = words[level - 1];
  };
  field.addEventListener("input", show);
  if (field.value) show();
}
