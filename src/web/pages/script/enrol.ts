// The page of a link: takes the secret from behind the # into its field and out of the address, so that it is in no
// history and in nobody's view. The page of recovery codes: saves them as a file. Both work without this.

const field = document.getElementById("link");
const secret = location.hash.slice(1);
if (field instanceof HTMLInputElement && /^[0-9a-f]{64}$/.test(secret)) {
  field.value = secret;
  field.closest(".field")?.setAttribute("hidden", "");
  history.replaceState(null, "", location.pathname);
  document.getElementById("password")?.focus();
}

const save = document.getElementById("save-codes");
if (save) {
  save.hidden = false;
  save.addEventListener("click", () => {
    const codes = [...document.querySelectorAll("#codes code")].map((code) => code.textContent);
    const text = ["tallystick recovery codes: each is good once, in place of a code.", "", ...codes, ""].join("\r\n");
    const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = "tallystick-recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(address);
  });
}
document.getElementById("print")?.addEventListener("click", () => window.print());
document.getElementById("print")?.removeAttribute("hidden");

export {};
