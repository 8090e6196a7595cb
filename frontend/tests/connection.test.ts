import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { FeedConnection, type Listener } from "../src/feed/connection.ts";

class Socket {
  static all: Socket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  said: string[] = [];
  closed = false;
  constructor(readonly url: string) {
    Socket.all.push(this);
  }
  send(text: string): void {
    this.said.push(text);
  }
  close(): void {
    this.closed = true;
  }
}

function listener(greeting: () => object | null) {
  return { greeting, opened: vi.fn<() => void>(), frame: vi.fn<() => void>(), lost: vi.fn<() => void>() } satisfies Listener;
}

beforeEach(() => {
  Socket.all = [];
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a first connection says nothing, a later one says first where the picture stands", () => {
  let place: object | null = null;
  new FeedConnection("ws://feed", listener(() => place)).start();
  Socket.all[0]?.onopen?.();
  expect(Socket.all[0]?.said).toEqual([]);

  place = { type: "feed.resume.v1", positions: [] };
  Socket.all[0]?.onclose?.();
  vi.advanceTimersByTime(250);
  Socket.all[1]?.onopen?.();
  expect(Socket.all[1]?.said).toEqual([JSON.stringify(place)]);
});

test("an open socket that says nothing for 5 s is given up and opened anew", () => {
  const told = listener(() => null);
  new FeedConnection("ws://feed", told).start();
  Socket.all[0]?.onopen?.();
  vi.advanceTimersByTime(5000);
  expect([Socket.all[0]?.closed, told.lost.mock.calls.length]).toEqual([true, 1]);
  vi.advanceTimersByTime(250);
  expect(Socket.all.length).toBe(2);
});

test("a stopped connection opens nothing again", () => {
  const connection = new FeedConnection("ws://feed", listener(() => null));
  connection.start();
  connection.stop();
  vi.advanceTimersByTime(60_000);
  expect(Socket.all.length).toBe(1);
});
