import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api.ts";
import { useKeys } from "../keys.ts";
import { Help } from "../parts/help.tsx";
import { Shell } from "../parts/shell.tsx";
import { go, inside, usePath } from "../route.ts";
import { ProviderEntry } from "./provider.tsx";
import { Search } from "./search.tsx";
import { SiteEntry } from "./site.tsx";

const KEYS = [
  ["/", "search"],
  ["J K", "move"],
  ["Enter", "openRow"],
  ["Esc", "up"],
  ["?", "help"],
] as const;

/** Search everything that is kept; the whole past of an alarm, a site, a provider; the desk at any second. */
export function RegulatorPage({ me, onSignOut }: { me: Me; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  const [help, setHelp] = useState(false);
  const [, , kind, id] = usePath().split("/").map(decoded);
  const toSearch = (): void => document.querySelector<HTMLInputElement>("input[name=q]")?.focus();
  useKeys({ j: () => move(1), k: () => move(-1), "/": toSearch, Escape: () => (kind === undefined ? leaveField() : go("/regulator")), "?": () => setHelp(true) });
  const entry = kind === "sites" || kind === "providers" ? (id ?? "") : "";
  return (
    <Shell me={me} page="regulator" layout="records" onSignOut={onSignOut}>
      <main className="pane regulator" id="content">
        {entry !== "" && (
          <nav className="filter" aria-label={t("regulator.where")}>
            <a className="btn quiet" {...inside("/regulator")}>
              {t("regulator.back")} <kbd>Esc</kbd>
            </a>
          </nav>
        )}
        {entry === "" ? <Search me={me} /> : kind === "sites" ? <SiteEntry key={entry} me={me} id={entry} /> : <ProviderEntry key={entry} me={me} id={entry} />}
      </main>
      {help && <Help shut={() => setHelp(false)} rows={KEYS.map(([keys, word]) => [keys, t(`keys.${word}`)] as const)} />}
    </Shell>
  );
}

/** The focus goes to the next row's first link, or to the one before. */
function move(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>(".regulator tbody tr td:first-child a")];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  links[at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + by))]?.focus();
}

function leaveField(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
