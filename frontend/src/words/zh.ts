import { zhFrame } from "./zh_frame.ts";
import { zhRecord } from "./zh_record.ts";
import { zhWork } from "./zh_work.ts";

export const zh = { ...zhFrame, ...zhWork, ...zhRecord };

export type Words = typeof zh;
