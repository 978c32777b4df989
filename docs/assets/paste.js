// A pasted error text becomes the names of the causes that it fits: an error has brackets, colons
// and addresses, which mean something else to the search. `spip explain` ranks in the same way; the
// table, ERRORS, is made from the pages of causes when the site is built.
"use strict";

function errorCauses(text) {
  const plain = text.toLowerCase().replace(/[a-z]+:\/\/\S+/g, " ");
  const said = new Set(plain.match(/[a-z0-9_]+/g) || []);
  const weight = (words) => words.reduce((sum, word) => sum + (ERRORS.weights[word] ?? ERRORS.unknown), 0);
  const all = weight([...said]);
  const score = ([phrase, counts]) => {
    const words = phrase.split(" ");
    const common = weight(words.filter((word) => said.has(word)));
    const total = weight(words);
    const share = common / Math.max(Math.min(total, all), ERRORS.little);
    if (share < ERRORS.least || common < ERRORS.little) return 0;
    return common * Math.max(common / total, share * ERRORS.part) * counts;
  };
  return Object.entries(ERRORS.phrases)
    .map(([name, phrases]) => [name, Math.round(Math.max(...phrases.map(score)) * 1e6)])
    .filter(([, best]) => best > 0)
    .sort(([, one], [, other]) => other - one)
    .slice(0, 3)
    .map(([name]) => name.replaceAll("-", "_"));  // as the pages are tagged
}

document.addEventListener("paste", (event) => {
  const field = event.target;
  if (!field.matches || !field.matches("input.md-search__input")) return;
  const causes = errorCauses(event.clipboardData.getData("text"));
  if (!causes.length) return;
  event.preventDefault();
  field.value = causes.join(" ");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
}, true);
