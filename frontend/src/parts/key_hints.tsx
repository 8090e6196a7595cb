import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** Keys and what they do. `rare`: left out where the bar is narrow. */
export interface Hint {
  keys: readonly string[];
  word: string;
  rare?: boolean;
}

/** The right end of the command bar: the keys that are used most, and the way to all of them. */
export function KeyHints({ hints, onHelp }: { hints: readonly Hint[]; onHelp: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <span className="push" />
      <span className="keys">
        {hints.map(({ keys, word, rare = false }) => (
          <span key={word} className={rare ? "rare" : ""}>
            {keys.map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}{" "}
            {word}
          </span>
        ))}
        <button type="button" className="btn quiet" onClick={onHelp}>
          <kbd>?</kbd> {t("nav.keys")}
        </button>
      </span>
    </>
  );
}
