import type { FeedFrame } from "../generated/contracts.ts";

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;
const SILENCE_MS = 5000; // an open socket that says nothing so long is given up and opened anew

export interface Listener {
  /** What to say first on this connection: where the picture stands, or null for a new snapshot. */
  greeting(): object | null;
  opened(): void;
  frame(frame: FeedFrame): void;
  lost(): void;
}

/** One websocket to the feed, opened again for ever until `stop`. The session cookie says who listens. */
export class FeedConnection {
  private socket: WebSocket | null = null;
  private wait = FIRST_WAIT_MS;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = false;

  constructor(
    private readonly url: string,
    private readonly listener: Listener,
  ) {}

  start(): void {
    this.stopped = false;
    this.open();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.drop();
  }

  /** Give this connection up and open another. */
  restart(): void {
    this.drop();
    this.later();
  }

  private open(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    this.watch();
    socket.onopen = (): void => {
      const greeting = this.listener.greeting();
      if (greeting !== null) socket.send(JSON.stringify(greeting));
      this.listener.opened();
      this.watch();
    };
    socket.onmessage = (message: MessageEvent): void => {
      this.wait = FIRST_WAIT_MS;
      this.watch();
      this.listener.frame(JSON.parse(String(message.data)) as FeedFrame);
    };
    socket.onclose = (): void => {
      this.drop();
      this.later();
    };
  }

  private watch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.restart(), SILENCE_MS);
  }

  private drop(): void {
    const socket = this.socket;
    if (socket === null) return;
    this.socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    this.listener.lost();
  }

  private later(): void {
    clearTimeout(this.timer);
    if (this.stopped) return;
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS);
  }
}
