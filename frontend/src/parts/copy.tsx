import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** One click takes the text along; a browser that forbids it says so, and the text can be marked by hand. */
export function Copy({ text }: { text: string }): ReactNode {
  const { t } = useTranslation();
  const [said, setSaid] = useState<"copy" | "copied" | "copyByHand">("copy");
  const take = (): void => {
    const done = navigator.clipboard === undefined ? Promise.reject(new Error("no clipboard")) : navigator.clipboard.writeText(text);
    done.then(() => setSaid("copied")).catch(() => setSaid("copyByHand"));
  };
  return (
    <button type="button" className="btn" onClick={take}>
      <span aria-live="polite">{t(`nav.${said}`)}</span>
    </button>
  );
}
