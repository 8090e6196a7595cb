import { zhAccounts } from "./zh_accounts.ts";
import { zhFrame } from "./zh_frame.ts";
import { zhOversight } from "./zh_oversight.ts";
import { zhInterruptions } from "./zh_interruptions.ts";
import { zhRecord } from "./zh_record.ts";
import { zhRegistry } from "./zh_registry.ts";
import { zhWork } from "./zh_work.ts";

export const zh = { ...zhFrame, ...zhAccounts, ...zhWork, ...zhRecord, ...zhOversight, ...zhInterruptions, ...zhRegistry };

export type Words = typeof zh;
