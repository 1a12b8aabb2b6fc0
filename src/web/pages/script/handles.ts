// Lets a field be filled from a file of this computer. Without it the field is pasted into; the words of the page are the same.

import { el, id } from "./dom.js";

/** Longest file that a form takes. */
const BYTES_MAX = 60_000;

function offer(field: HTMLTextAreaElement): void {
    const told = el("p", { class: "wrong", id: id("wrong"), role: "alert", hidden: true });
  const chooser = el("input", {
    type: "file",
    "aria-label": "Fill in from a file",
    accept: ".csv,.txt,text/plain,text/csv",
    change: () => void take(),
  });
  const take = async (): Promise<void> => {
    const [file] = chooser.files ?? [];
    if (file === undefined) {
      return;
    }
    const isTooLong = file.size > BYTES_MAX;
    told.hidden = !isTooLong;
    told.textContent = isTooLong ? "The file is too long for one form; give it in parts." : "";
    if (!isTooLong) {
      field.value = await file.text();
    }
  };
  field.before(chooser, told);
}

document.querySelectorAll<HTMLTextAreaElement>("textarea[data-from-file]").forEach(offer);
