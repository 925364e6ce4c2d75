const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 1024 * 1024;

/** Keeps the beginning and the end of an output, however long it gets: both tell, and the middle seldom does. */
export class BoundedText {
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;
  #omittedBytes = 0;

  add(chunk: Buffer): void {
    const forHead = chunk.subarray(0, HEAD_BYTES - this.#headBytes);
    if (forHead.length > 0) this.#head.push(forHead);
    this.#headBytes += forHead.length;
    this.#addToTail(chunk.subarray(forHead.length));
  }

  text(): string {
    const gap = this.#omittedBytes > 0 ? `\n[${this.#omittedBytes} bytes left out]\n` : '';
    return Buffer.concat(this.#head).toString('utf8') + gap + Buffer.concat(this.#tail).toString('utf8');
  }

  #addToTail(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    if (this.#tailBytes <= 2 * TAIL_BYTES) return;
    const kept = Buffer.from(Buffer.concat(this.#tail).subarray(this.#tailBytes - TAIL_BYTES));
    this.#omittedBytes += this.#tailBytes - kept.length;
    this.#tail = [kept];
    this.#tailBytes = kept.length;
  }
}
