import { useEffect, useRef, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

/** All keys of a page. Esc closes it; focus goes back where it was. */
export function Help({ rows, shut }: { rows: readonly (readonly [string, string])[]; shut: () => void }): ReactNode {
  const { t } = useTranslation();
  const sheet = useRef<HTMLDialogElement>(null);
  useEffect(() => sheet.current?.showModal(), []);
  return (
    <dialog ref={sheet} className="sheet" aria-label={t("keys.title")} onClose={shut}>
      <h2>
        {t("keys.title")}
        <span className="push" />
        <button type="button" className="btn quiet" onClick={shut}>
          {t("keys.shut")} <kbd>Esc</kbd>
        </button>
      </h2>
      <dl>
        {rows.map(([key, word]) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{word}</dd>
          </div>
        ))}
      </dl>
      <p className="dim small">{t("keys.off")}</p>
    </dialog>
  );
}
