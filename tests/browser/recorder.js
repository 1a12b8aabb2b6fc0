// A proxy between a browser and the service: everything the browser sends goes through it, in clear, and it may cut lines.
// Takes connections to the service alone; what is wanted of anybody else is refused and kept as a stray.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect as plain } from "node:net";
import { dirname, join } from "node:path";
import { TLSSocket, connect } from "node:tls";

export class Recorder {
  /** What the browser sent to the service, in clear, while `isKeeping`. */
  sent = [];
  isKeeping = false;
  /** Hosts other than the service that were asked for. */
  strays = [];
  /** Hosts of the tests' own. They stay allowed: Chromium may ask for a page's icon after its server is closed. */
  allowed = new Set();
  /** Bytes from the browser after which its lines are cut, once. */
  cutAfter = Infinity;
  cuts = 0;
  #lines = new Set();
  /** Every connection of the browser, whatever became of it. */
  #sockets = new Set();

  static async start(service) {
    const recorder = new Recorder();
    const { host, hostname, port } = new URL(service.url);
    recorder.host = host;
    const at = { hostname, port };
    const folder = dirname(service.certificate);
    // The proxy speaks for the service with its own certificate, so it must be on the machine that has the key.
    const identity = { cert: readFileSync(service.certificate), key: readFileSync(join(folder, "key.pem")) };
    recorder.server = createServer((request, response) => {
      recorder.strays.push(request.url);
      response.writeHead(403).end();
    });
    recorder.server.on("connection", (socket) => {
      recorder.#sockets.add(socket);
      socket.on("close", () => recorder.#sockets.delete(socket));
    });
    recorder.server.on("connect", (request, socket, head) => recorder.#join(request.url, socket, head, at, identity));
    await new Promise((resolve) => { recorder.server.listen(0, "127.0.0.1", resolve); });
    recorder.url = `http://127.0.0.1:${recorder.server.address().port}`;
    return recorder;
  }

  #join(wanted, socket, head, { hostname, port }, identity) {
    socket.on("error", () => {});
    if (wanted !== this.host) {
      this.#elsewhere(wanted, socket, head);
      return;
    }
    socket.write("HTTP/1.1 200 Connected\r\n\r\n");
    if (head.length > 0) socket.unshift(head);
    // Without HTTP/2, whose compressed heads nobody could search.
    const near = new TLSSocket(socket, { isServer: true, ...identity, ALPNProtocols: ["http/1.1"] });
    const far = connect({ host: hostname, port, ca: identity.cert, ALPNProtocols: ["http/1.1"] });
    this.#lines.add(near);
    near.on("data", (bytes) => this.#keep(bytes));
    near.pipe(far).pipe(near);
    for (const [one, other] of [[near, far], [far, near]]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    near.on("close", () => this.#lines.delete(near));
  }

  /** Another host: only one of the tests' own. */
  #elsewhere(wanted, socket, head) {
    if (!this.allowed.has(wanted)) {
      this.strays.push(wanted);
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      return;
    }
    const [host, port] = wanted.split(":");
    const far = plain({ host, port });
    far.on("error", () => socket.destroy());
    far.on("close", () => socket.destroy());
    socket.write("HTTP/1.1 200 Connected\r\n\r\n");
    far.write(head);
    far.pipe(socket).pipe(far);
  }

  #keep(bytes) {
    if (this.isKeeping) this.sent.push(bytes);
    this.cutAfter -= bytes.length;
    if (this.cutAfter > 0) return;
    this.cutAfter = Infinity;
    this.cuts += 1;
    this.cut();
  }

  /** Cuts every line that there is. */
  cut() {
    for (const line of this.#lines) line.destroy();
  }

  /** Everything that was sent while it was kept, and forgets it. */
  taken() {
    const bytes = Buffer.concat(this.sent);
    this.sent = [];
    return bytes;
  }

  async stop() {
    const closed = new Promise((resolve) => { this.server.close(resolve); });
    this.cut();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
