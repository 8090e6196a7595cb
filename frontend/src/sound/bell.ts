// The one sound of a desk. A browser plays nothing before a person touched the page: until then it is blocked.

export type Heard = "blocked" | "on";

interface Tone {
  hz: number;
  at: number;
  long: number;
}

const PROOF: readonly Tone[] = [{ hz: 520, at: 0, long: 0.08 }];
const TONES: Readonly<Record<number, readonly Tone[]>> = {
  1: [0, 0.3, 0.6].flatMap((at) => [
    { hz: 880, at, long: 0.14 },
    { hz: 660, at: at + 0.15, long: 0.14 },
  ]),
  2: [
    { hz: 660, at: 0, long: 0.18 },
    { hz: 660, at: 0.25, long: 0.18 },
  ],
  3: [{ hz: 520, at: 0, long: 0.2 }],
  4: [{ hz: 440, at: 0, long: 0.12 }],
};
const LOUD = 0.2;

export class Bell {
  private context: AudioContext | null = null;

  /** Try to sound; "on" is said only when the tone was really played. */
  async unlock(): Promise<Heard> {
    if (!navigator.userActivation.hasBeenActive) return "blocked";
    this.context ??= new AudioContext();
    await this.context.resume();
    if (!this.running()) return "blocked";
    this.play(PROOF);
    return "on";
  }

  running(): boolean {
    return this.context?.state === "running";
  }

  ring(priority: number): void {
    this.play(TONES[Math.min(4, Math.max(1, priority))] ?? PROOF);
  }

  private play(tones: readonly Tone[]): void {
    const { context } = this;
    if (context === null || context.state !== "running") return;
    for (const tone of tones) {
      const [source, loudness] = [context.createOscillator(), context.createGain()];
      source.frequency.value = tone.hz;
      loudness.gain.value = LOUD;
      source.connect(loudness).connect(context.destination);
      source.start(context.currentTime + tone.at);
      source.stop(context.currentTime + tone.at + tone.long);
    }
  }
}
