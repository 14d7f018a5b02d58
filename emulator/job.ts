/** The two editions of voice cloning. The List action answers for one of them at a time. */
export const jobTypes = ['Basic', 'Standard'] as const;
export type JobType = (typeof jobTypes)[number];

/**
 * One job exactly as the List action puts it on the wire, in the vendor's own spelling and key order.
 * The enumerated fields are plain strings on purpose: a test may store values the vendor never documented.
 *
 * Source: ListCustomizedVoiceJobs, response parameters (ICE 2020-11-09).
 */
export interface JobRow {
  /** 32 lowercase hex digits. */
  readonly JobId: string;
  /** Letters and digits, at most 32. */
  readonly VoiceId: string;
  /** Initialization | AudioDetecting | PreTraining | Training | Success | Fail. */
  readonly Status: string;
  readonly Message: string;
  readonly VoiceName: string;
  readonly VoiceDesc: string;
  /** What the row says of itself; the list it is in is decided by the store. */
  readonly Type: string;
  /** female | male. */
  readonly Gender: string;
  /** story | interaction | navigation, or empty: only Basic jobs are created with one. */
  readonly Scenario: string;
  /** UTC, `yyyy-MM-ddTHH:mm:ssZ`. */
  readonly CreateTime: string;
  /** Same format. The vendor describes it like CreateTime, yet its own sample shows two different values. */
  readonly GmtCreate: string;
}

/** A point in time the way the vendor writes it: UTC without milliseconds. Truncates to the second. */
export function vendorTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
