// What the page of people and accounts says.

import type { zhAccounts } from "./zh_accounts.ts";

export const enAccounts: typeof zhAccounts = {
  account: {
    title: "People and accounts",
    lead: "One account for each person: every act in the record says whose it was. An account that is ended is kept, so that the record still names them.",
    new: "Add a person",
    change: "Change {{who}}",
    renew: "New password",
    active: "may log in",
    ended: "ended",
    everything: "everything",
    password: "Password of {{who}}:",
    once: "Shown only now. Hand it over in person; it must be replaced by their own at the first sign-in.",
    own: "Change your password",
    old: "Old password",
    fresh: "New password (at least {{n}} characters); sign in with it again",
    first: "A new station begins with this:",
    steps: {
      registrar: "Add a registrar; on the page Register they enter providers, bureaus and sites, or import a sheet with jiejing registry import.",
      people: "Add operators, a shift supervisor, and the dispatchers and inspectors of the police.",
      sites: "At each site's lines the registrar enters the account of its panel, the interval of supervision and the key.",
      panel: "A panel that reports with that account to the DC-09 port (10500 unless set) appears on the desk.",
    },
    fields: { username: "User name", display_name: "Name", roles: "Roles", scope: "Sees", state: "State", acts: "Acts", provider: "Sees this provider only", bureau: "Sees this bureau only (empty: all)" },
    hints: {
      username: "letters, digits and . _ -, at most 64",
      display_name: "the real name, at most 100 letters",
      roles: "choose at least one role",
      password: "type the old one; the new one has at least {{n}} characters",
    },
  },
};
