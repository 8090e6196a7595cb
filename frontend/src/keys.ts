import { useEffect, useRef } from "react";

export type Keys = Readonly<Record<string, () => void>>;

interface Press {
  key: string;
  isComposing: boolean;
  keyCode: number;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const COMPOSING = 229; // keyCode of a key that an input method has taken

/** The single key of this press, or null when it is not ours: a field has the focus, a method composes, a shortcut. */
export function singleKey(press: Press, typing: boolean): string | null {
  if (press.isComposing || press.keyCode === COMPOSING || press.key === "Process") return null;
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (typing && press.key !== "Escape") return null;
  return press.key.length === 1 ? press.key.toLowerCase() : press.key;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** A focused button or link answers Enter and Space by itself. */
function answersItself(target: EventTarget | null, key: string): boolean {
  return (key === "Enter" || key === " ") && target instanceof HTMLElement && /^(BUTTON|A)$/.test(target.tagName);
}

/** Under an open sheet the page's own keys are off; the sheet's Esc is the browser's. */
function isCovered(): boolean {
  return document.querySelector("dialog[open]") !== null;
}

export function useKeys(keys: Keys): void {
  const newest = useRef(keys);
  newest.current = keys;
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const key = singleKey(event, isTyping(event.target));
      if (key === null || event.repeat || isCovered() || answersItself(event.target, key)) return;
      const run = newest.current[key];
      if (run === undefined) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
}
