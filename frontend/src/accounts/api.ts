import { asked, change } from "../api.ts";
import type { Role } from "../generated/contracts.ts";

/** Somebody's account. `password`: only in the answer that made it. */
export interface Account {
  id: string;
  username: string;
  display_name: string;
  roles: readonly Role[];
  provider: string | null;
  bureau: string | null;
  active: boolean;
  password?: string | null;
}

export async function accounts(): Promise<readonly Account[]> {
  return (await asked<{ items: readonly Account[] }>("/api/accounts")).items;
}

export async function freshPassword(account: string, id: string): Promise<string> {
  return (await change<{ password: string }>("POST", `/api/accounts/${encodeURIComponent(account)}/password`, {}, id)).password;
}
