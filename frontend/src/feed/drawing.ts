export const BETWEEN_MS = 100;

/** Draws the newest that there is: at once when nothing was drawn of late, and in a burst ten times a second, whatever comes in. */
export class Drawing<T> {
  private drawnAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly newest: () => T,
    private readonly draw: (what: T) => void,
  ) {}

  /** There is something new. */
  wanted(): void {
    if (this.timer !== undefined) return;
    const left = this.drawnAt + BETWEEN_MS - performance.now();
    if (left > 0) this.timer = setTimeout(() => this.now(), left);
    else this.now();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private now(): void {
    this.timer = undefined;
    this.drawnAt = performance.now();
    this.draw(this.newest());
  }
}
