const nameOf = (field: HTMLInputElement): string | null | undefined =>
  field.getAttribute("aria-label") ?? field.labels?.[0]?.textContent;

function follow({ target }: MutationRecord): void {
  if (!(target instanceof HTMLInputElement) || target.role !== "combobox") return;
  const list = document.getElementById(target.getAttribute("aria-controls") ?? "");
  const name = nameOf(target);
  if (!list || !name) return;
  list.setAttribute("aria-label", name);
  const at = target.getAttribute("aria-activedescendant");
  const only = list.querySelector('[role="option"]:not([id])');
  if (at && only) only.id = at;
}

/** antd's selects name the field, and not the list that opens below it: it gets the field's name, and where nothing is found, what says so is at hand. Called once. */
export function nameLists(): void {
  // The list of what is found and the one where nothing is are two: what is at hand changes with them.
  const attributeFilter = ["aria-controls", "aria-activedescendant"];
  new MutationObserver((changes) => changes.forEach(follow)).observe(document.body, { subtree: true, attributeFilter });
}
