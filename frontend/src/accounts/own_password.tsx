import { useEffect, useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { change } from "../api.ts";
import { said } from "../desk/story.tsx";
import { uuid7 } from "../ids.ts";

export const SHORTEST = 12;

/** A password that only this person knows. All their sessions end with the old one. */
export function OwnPassword({ shut, ended }: { shut: () => void; ended: () => void }): ReactNode {
  const { t } = useTranslation();
  const [fault, setFault] = useState<string | null>(null);
  const sheet = useRef<HTMLDialogElement>(null);
  useEffect(() => sheet.current?.showModal(), []);
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    const [old, fresh] = [String(typed.get("old")), String(typed.get("new"))];
    if (old === "" || fresh.length < SHORTEST) return setFault(t("account.hints.password", { n: SHORTEST }));
    change("PUT", "/api/me/password", { old, new: fresh }, uuid7(Date.now()))
      .then(ended)
      .catch((error: Error) => setFault(said(error)));
  };
  return (
    <dialog ref={sheet} className="sheet" aria-label={t("account.own")} onClose={shut}>
      <h2>{t("account.own")}</h2>
      <form className="adopt" onSubmit={submit} noValidate>
        {fault !== null && (
          <p className="fault" role="alert">
            {fault}
          </p>
        )}
        <label className="adopt">
          {t("account.old")}
          <input name="old" type="password" autoComplete="current-password" autoFocus />
        </label>
        <label className="adopt">
          {t("account.fresh", { n: SHORTEST })}
          <input name="new" type="password" autoComplete="new-password" />
        </label>
        <div className="buttons">
          <button type="submit" className="btn">
            {t("reg.save")} <kbd>↵</kbd>
          </button>
          <button type="button" className="btn quiet" onClick={shut}>
            {t("act.cancel")} <kbd>Esc</kbd>
          </button>
        </div>
      </form>
    </dialog>
  );
}
