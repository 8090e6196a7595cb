import type { ReactNode } from "react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";

/** A part of an entry, with the button that opens its form; nobody changes the past. */
export function Part({ name, title, open, children, form }: { name: string; title: string; open: string | null; children: ReactNode; form: (close: () => void) => ReactNode }): ReactNode {
  const [editing, setEditing] = useState(false);
  return (
    <section className="registry" data-part={name}>
      <div className="head">
        <h2>{title}</h2>
        {open !== null && !editing && (
          <button type="button" className="btn quiet" onClick={() => setEditing(true)}>
            {open}
          </button>
        )}
      </div>
      {children}
      {editing && form(() => setEditing(false))}
    </section>
  );
}

/** Whether this person may change it: everything for registrars, parts of their sites for a provider's manager. */
export function may(me: Me, what: "entry" | "parts"): boolean {
  return me.roles.includes("registrar") || (what === "parts" && me.roles.includes("provider_manager"));
}

export function Title({ name, version, children }: { name: string; version: number; children?: ReactNode }): ReactNode {
  const { t } = useTranslation();
  return (
    <header className="entryhead">
      <h1>{name}</h1>
      <span className="dim">{t("reg.version", { n: version })}</span>
      {children}
    </header>
  );
}
