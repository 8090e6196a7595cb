// Pieces of the forms in which an act asks for what it needs. Opened by a key, left by Esc.

import type { FormEvent, KeyboardEvent, ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useKeys } from "../keys.ts";

export interface Sending<Body> {
  send: (body: Body) => void;
  cancel: () => void;
  pending: boolean;
}

interface Numbered<Word extends string> {
  words: readonly Word[];
  label: (word: Word) => string;
  chosen: Word | null;
  choose: (word: Word) => void;
  title: string;
}

/** A choice by number keys: the number stands on the button. */
export function NumberedChoice<Word extends string>({ words, label, chosen, choose, title }: Numbered<Word>): ReactNode {
  useKeys(Object.fromEntries(words.map((word, index) => [String(index + 1), () => choose(word)])));
  return (
    <div className="choice" role="group" aria-label={title}>
      {words.map((word, index) => (
        <button key={word} type="button" className="btn" aria-pressed={word === chosen} onClick={() => choose(word)}>
          <kbd>{index + 1}</kbd> {label(word)}
        </button>
      ))}
    </div>
  );
}

interface TextProps extends Sending<string> {
  act: string;
  label: string;
  hint: string;
  why: string;
}

/** One line of text that must not be empty, sent by Enter. */
export function TextForm({ act, label, hint, why, send, cancel, pending }: TextProps): ReactNode {
  const [text, setText] = useState("");
  const able = text.trim() !== "" && !pending;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (able) send(text.trim());
  };
  return (
    <form className="form" onSubmit={submit} onKeyDown={leave(cancel)} aria-label={act}>
      <label className="grow">
        {label}
        <input name="text" autoFocus value={text} placeholder={hint} autoComplete="off" maxLength={LONGEST} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="buttons">
        <Submit able={able} why={why} />
        <Cancel cancel={cancel} />
      </div>
    </form>
  );
}

export const LONGEST = 4000;

export function Submit({ able, why }: { able: boolean; why: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <button type="submit" className="btn" aria-disabled={!able}>
      {t("act.send")} <kbd>↵</kbd> {!able && <span className="because">{why}</span>}
    </button>
  );
}

export function Cancel({ cancel }: { cancel: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <button type="button" className="btn quiet" onClick={cancel}>
      {t("act.cancel")} <kbd>Esc</kbd>
    </button>
  );
}

/** Esc leaves the form, unless an input method is using it to drop its own words. */
export function leave(cancel: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
    event.stopPropagation();
    event.nativeEvent.stopImmediatePropagation();
    cancel();
  };
}
