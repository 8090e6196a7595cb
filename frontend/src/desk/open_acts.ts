// Acts that were sent and are not known to be decided. The same act again has the same id, whatever was sent between.

export interface OpenAct {
  readonly key: string;
  readonly id: string;
  /** When it was sent for the first and for the last time, in ms of this page. */
  readonly first: number;
  readonly began: number;
}

const KEPT_MS = 180_000; // a command is in time for two minutes; later the same words are another act

export class OpenActs {
  private readonly byKey = new Map<string, OpenAct>();

  /** Send it, perhaps once more. `fresh`: an id for an act that is not open. */
  begin(key: string, fresh: () => string, now: number): OpenAct {
    const known = this.byKey.get(key);
    const { id, first } = known !== undefined && now - known.first < KEPT_MS ? known : { id: fresh(), first: now };
    const act = { key, id, first, began: now };
    this.byKey.set(key, act);
    return act;
  }

  /** Its answer is known. */
  end({ key, id }: OpenAct): void {
    if (this.byKey.get(key)?.id === id) this.byKey.delete(key);
  }

  /** Those whose decisions were read, which are open no more. */
  decided(ids: readonly string[]): readonly OpenAct[] {
    const found = [...this.byKey.values()].filter((act) => ids.includes(act.id));
    for (const act of found) this.end(act);
    return found;
  }
}
