import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Refusal, signIn, Unreachable, type Me } from "./api.ts";
import { Switches } from "./parts/shell.tsx";

type Fault = "empty" | "wrong" | "unreachable" | "failed";

const UNAUTHORISED = new Set([401, 403]);

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
      setFault("empty");
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
            <b>{t(`login.${fault}`)}</b> {fault === "empty" ? "" : t(`login.${fault}Do`)}
          </p>
        )}
        <label>
          {t("login.username")}
          <input name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} autoFocus aria-invalid={fault === "wrong"} />
        </label>
        <label>
          {t("login.password")}
          <input name="password" type="password" autoComplete="current-password" aria-invalid={fault === "wrong"} />
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

function faultOf(error: unknown): Fault {
  if (error instanceof Unreachable) return "unreachable";
  return error instanceof Refusal && UNAUTHORISED.has(error.problem.status) ? "wrong" : "failed";
}
