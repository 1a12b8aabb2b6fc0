// Why something was not done.

/** A stable code, where it is wrong, and what to do. It holds no value of the data. */
export class Refusal extends Error {
  constructor({ code, message, help }) {
    super(message);
    this.name = "Refusal";
    this.code = code;
    this.help = help;
  }
}
