import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { SHORTEST } from "./accounts/own_password.tsx";
import { choosePassword, signIn, type Me } from "./api.ts";
import { faultOf, isGiven, isWhole, type Fault } from "./login_fault.ts";
import { Switches } from "./parts/shell.tsx";

interface Typed {
  username: string;
  password: string;
}

/** `ended`: the person was here and their session is over. */
export function Login({ ended, onSignedIn }: { ended: boolean; onSignedIn: (me: Me) => void }): ReactNode {
  const [given, setGiven] = useState<Typed | null>(null);
  return (
    <main className="login" id="content">
      {given === null ? <Door ended={ended} onSignedIn={onSignedIn} onGiven={setGiven} /> : <OwnPassword given={given} onSignedIn={onSignedIn} back={() => setGiven(null)} />}
    </main>
  );
}

function Door({ ended, onSignedIn, onGiven }: { ended: boolean; onSignedIn: (me: Me) => void; onGiven: (typed: Typed) => void }): ReactNode {
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
      if (isGiven(error)) return onGiven({ username, password });
      setFault(faultOf(error));
      setBusy(false);
      focus(form.current, "password");
    }
  };

  const wrong = fault !== null && "word" in fault && fault.word === "wrong";
  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <Heading title={t("login.title")} />
      {ended && fault === null && (
        <p className="note" role="status">
          {t("login.ended")}
        </p>
      )}
      <FaultText fault={fault} />
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
  );
}

/** Whoever gave the password knows it: the person chooses their own, and is signed in with it. */
function OwnPassword({ given, onSignedIn, back }: { given: Typed; onSignedIn: (me: Me) => void; back: () => void }): ReactNode {
  const { t } = useTranslation();
  const [fault, setFault] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const [fresh, again] = [String(fields.get("new")), String(fields.get("again"))];
    const word = fresh.length < SHORTEST ? "short" : fresh === given.password ? "same" : fresh !== again ? "differs" : null;
    if (word !== null) {
      setFault({ word });
      focus(form.current, word === "differs" ? "again" : "new");
      return;
    }
    setBusy(true);
    try {
      await choosePassword(given.username, given.password, fresh);
    } catch (error) {
      setFault(faultOf(error));
      setBusy(false);
      focus(form.current, "new");
      return;
    }
    await signIn(given.username, fresh).then(onSignedIn, back);
  };

  return (
    <form ref={form} onSubmit={(event) => void submit(event)} noValidate>
      <Heading title={t("login.own")} />
      {fault === null && (
        <p className="note" role="status">
          {t("login.given")}
        </p>
      )}
      <FaultText fault={fault} />
      <input name="username" type="hidden" autoComplete="username" value={given.username} readOnly />
      <label>
        {t("login.fresh", { n: SHORTEST })}
        <input name="new" type="password" autoComplete="new-password" autoFocus />
      </label>
      <label>
        {t("login.again")}
        <input name="again" type="password" autoComplete="new-password" />
      </label>
      <button type="submit" className="btn main" disabled={busy}>
        {busy ? t("login.sending") : t("login.keep")}
      </button>
      <p className="switches">
        <button type="button" className="btn quiet" onClick={back}>
          {t("act.cancel")}
        </button>
        <Switches />
      </p>
    </form>
  );
}

function Heading({ title }: { title: string }): ReactNode {
  const { t } = useTranslation();
  return (
    <h1>
      <b>{t("product")}</b> <span className="dim">{title}</span>
    </h1>
  );
}

function focus(form: HTMLFormElement | null, name: string): void {
  form?.querySelector<HTMLInputElement>(`input[name="${name}"]`)?.focus();
}

function FaultText({ fault }: { fault: Fault | null }): ReactNode {
  const { t } = useTranslation();
  if (fault === null) return null;
  const [said, toDo] = "said" in fault ? [fault.said, fault.toDo] : [t(`login.${fault.word}`, { n: SHORTEST }), isWhole(fault.word) ? "" : t(`login.${fault.word}Do`)];
  return (
    <p className="fault" role="alert">
      <b>{said}</b> {toDo}
    </p>
  );
}
