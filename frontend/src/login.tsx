import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { signIn, type Me } from "./api.ts";
import { faultOf, type Fault } from "./login_fault.ts";
import { Switches } from "./parts/shell.tsx";

/** `ended`: the person was here and their session is over. */
export function Login({ ended, onSignedIn }: { ended: boolean; onSignedIn: (me: Me) => void }): ReactNode {
  const { t } = useTranslation();
  const [fault, setFault] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [username, password] = [String(fields.get("username")).trim(), String(fields.get("password"))];
    if (username === "" || password === "") {
      setFault({ word: "empty" });
      focus(form.current, username === "" ? "username" : "password");
      return;
    }
    setBusy(true);
    try {
      onSignedIn(await signIn(username, password));
    } catch (error) {
      setFault(faultOf(error));
      setBusy(false);
      focus(form.current, "password");
    }
  };

  const wrong = fault !== null && "word" in fault && fault.word === "wrong";
  return (
    <main className="login" id="content">
      <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
        <h1>
          <b>{t("product")}</b> <span className="dim">{t("login.title")}</span>
        </h1>
        {ended && fault === null && (
          <p className="note" role="status">
            {t("login.ended")}
          </p>
        )}
        {fault !== null && (
          <p className="fault" role="alert" id="fault">
            <FaultText fault={fault} />
          </p>
        )}
        <label>
          {t("login.username")}
          <input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus aria-invalid={wrong} />
        </label>
        <label>
          {t("login.password")}
          <input name="password" type="password" autoComplete="current-password" aria-invalid={wrong} />
        </label>
        <button type="submit" className="btn main" disabled={busy}>
          {busy ? t("login.sending") : t("login.submit")}
        </button>
        <p className="switches">
          <Switches />
        </p>
      </form>
    </main>
  );
}

function focus(form: HTMLFormElement | null, name: string): void {
  form?.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.focus();
}

function FaultText({ fault }: { fault: Fault }): ReactNode {
  const { t } = useTranslation();
  const [said, toDo] = "said" in fault ? [fault.said, fault.toDo] : [t(`login.${fault.word}`), fault.word === "empty" ? "" : t(`login.${fault.word}Do`)];
  return (
    <>
      <b>{said}</b> {toDo}
    </>
  );
}
