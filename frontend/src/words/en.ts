import { enAccounts } from "./en_accounts.ts";
import { enFrame } from "./en_frame.ts";
import { enOversight } from "./en_oversight.ts";
import { enInterruptions } from "./en_interruptions.ts";
import { enRecord } from "./en_record.ts";
import { enRegistry } from "./en_registry.ts";
import { enWork } from "./en_work.ts";
import type { Words } from "./zh.ts";

export const en: Words = { ...enFrame, ...enAccounts, ...enWork, ...enRecord, ...enOversight, ...enInterruptions, ...enRegistry };
