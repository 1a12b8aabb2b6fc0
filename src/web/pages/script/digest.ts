// SHA-256 of a paper that is chosen beside the field, computed here. The file is not sent anywhere: the field of the form has no name.

function part<T extends HTMLElement>(id: string, kind: new () => T): T | null {
  const found = document.getElementById(id);
  return found instanceof kind ? found : null;
}

const block = part("digest", HTMLElement);
const paper = part("paper", HTMLInputElement);
const field = part("document_sha256", HTMLInputElement);
const said = part("paper-said", HTMLElement);

async function fill(file: File, target: HTMLInputElement): Promise<void> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  target.value = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

if (block && paper && field && said) {
  block.hidden = false;
  paper.addEventListener("change", () => {
    const file = paper.files?.[0];
    if (!file) {
      return;
    }
    fill(file, field).then(
      () => { said.textContent = "Filled in above."; },
      () => { said.textContent = "The file cannot be read. Type the digits instead."; },
    );
  });
}

export {};
