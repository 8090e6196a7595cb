import { zhFrame } from "./zh_frame.ts";
import { zhOversight } from "./zh_oversight.ts";
import { zhRecord } from "./zh_record.ts";
import { zhWork } from "./zh_work.ts";

export const zh = { ...zhFrame, ...zhWork, ...zhRecord, ...zhOversight };

export type Words = typeof zh;
