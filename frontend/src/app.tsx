import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { AccountsPage } from "./accounts/page.tsx";
import { AccountingPage } from "./accounting/page.tsx";
import { AlarmPage } from "./alarms/alarm.tsx";
import { AlarmsPage } from "./alarms/list.tsx";
import { signOut, Unreachable, whoAmI, type Me } from "./api.ts";
import { DeskPage } from "./desk/desk.tsx";
import { LiveFeed } from "./feed/live.tsx";
import { HistoryPage } from "./history/page.tsx";
import { InterruptionPage } from "./interruptions/detail.tsx";
import { InterruptionsPage } from "./interruptions/list.tsx";
import { WindowsPage } from "./interruptions/windows.tsx";
import { Login } from "./login.tsx";
import { pagesOf, type PageName } from "./pages.ts";
import { PolicePage } from "./police/police.tsx";
import { RegulatorPage } from "./regulator/page.tsx";
import { RegistryPage } from "./registry/page.tsx";
import { go, inside, usePath } from "./route.ts";
import { SoundProvider } from "./sound/sound.tsx";

type Session = { state: "asking" } | { state: "stranger"; ended: boolean } | { state: "here"; me: Me };

const ASK_AGAIN_MS = 2000;

export function App(): ReactNode {
  const [session, setSession] = useState<Session>({ state: "asking" });
  const path = usePath();
  const queries = useQueryClient();

  useEffect(() => {
    if (session.state !== "asking") return;
    return askWhoAmI(setSession);
  }, [session.state]);

  if (session.state === "asking") return null;
  if (session.state === "stranger") {
    return <Login ended={session.ended} onSignedIn={(me) => (setSession({ state: "here", me }), atHome(path, me))} />;
  }
  const leave = (ended: boolean): void => {
    queries.clear();
    setSession({ state: "stranger", ended });
    if (!ended) go("/login");
  };
  const out = (): void => void signOut().finally(() => leave(false));
  return (
    <LiveFeed me={session.me} onEnded={() => leave(true)}>
      <SoundProvider>
        <Route me={session.me} path={path} onSignOut={out} />
      </SoundProvider>
    </LiveFeed>
  );
}

/** Ask until somebody answers: a server that is starting is not a stranger's session. */
function askWhoAmI(set: (session: Session) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async (): Promise<void> => {
    try {
      const me = await whoAmI();
      set(me === null ? { state: "stranger", ended: false } : { state: "here", me });
    } catch (error) {
      if (!(error instanceof Unreachable)) set({ state: "stranger", ended: false });
      else timer = setTimeout(() => void ask(), ASK_AGAIN_MS);
    }
  };
  void ask();
  return () => clearTimeout(timer);
}

function atHome(path: string, me: Me): void {
  if (path === "/login" || path === "/") go(homeOf(me), { replace: true });
}

function homeOf(me: Me): string {
  const first = pagesOf(me.roles)[0];
  return first === undefined ? "/" : `/${first}`;
}

interface RouteProps {
  me: Me;
  path: string;
  onSignOut: () => void;
}

function Route({ me, path, onSignOut }: RouteProps): ReactNode {
  const [, name, id] = path.split("/");
  const pages = pagesOf(me.roles);
  const at: string = name === "" || name === undefined || name === "login" ? (pages[0] ?? "") : name;
  if (!pages.includes(at as PageName)) return <Nowhere none={pages.length === 0} home={homeOf(me)} onSignOut={onSignOut} />;
  if (at === "desk") return <DeskPage me={me} onSignOut={onSignOut} />;
  if (at === "police") return <PolicePage me={me} onSignOut={onSignOut} />;
  if (at === "accounting") return <AccountingPage me={me} onSignOut={onSignOut} />;
  if (at === "accounts") return <AccountsPage me={me} onSignOut={onSignOut} />;
  if (at === "interruptions") return <Interruptions me={me} id={id ?? ""} onSignOut={onSignOut} />;
  if (at === "regulator") return <RegulatorPage me={me} onSignOut={onSignOut} />;
  if (at === "registry") return <RegistryPage me={me} path={path} onSignOut={onSignOut} />;
  if (at === "history") return <HistoryPage me={me} id={id === undefined || id === "" ? null : decodeURIComponent(id)} onSignOut={onSignOut} />;
  if (id !== undefined && id !== "") return <AlarmPage me={me} id={decodeURIComponent(id)} onSignOut={onSignOut} />;
  return <AlarmsPage me={me} onSignOut={onSignOut} />;
}

function Interruptions({ me, id, onSignOut }: { me: Me; id: string; onSignOut: () => void }): ReactNode {
  if (id === "windows") return <WindowsPage me={me} onSignOut={onSignOut} />;
  return id === "" ? <InterruptionsPage me={me} onSignOut={onSignOut} /> : <InterruptionPage me={me} id={decodeURIComponent(id)} onSignOut={onSignOut} />;
}

function Nowhere({ none, home, onSignOut }: { none: boolean; home: string; onSignOut: () => void }): ReactNode {
  const { t } = useTranslation();
  return (
    <main className="nothing" id="content">
      <h1>{none ? t("nowhere.title") : t("nowhere.lost")}</h1>
      {none ? <p>{t("nowhere.detail")}</p> : <p><a className="btn" {...inside(home)}>{t("nowhere.home")}</a></p>}
      <button type="button" className="btn" onClick={onSignOut}>
        {t("nav.signOut")}
      </button>
    </main>
  );
}
