/** The two editions of voice cloning. The List action returns one of them at a time. */
export const jobTypes = ['Basic', 'Standard'] as const;
export type JobType = (typeof jobTypes)[number];

/**
 * A job exactly as the List action sends it, with the vendor's names and order of fields. Enum fields are strings, so that a
 * test may store values that the vendor does not document.
 *
 * Source: ListCustomizedVoiceJobs, response parameters (ICE 2020-11-09).
 */
export interface JobRow {
  /** 32 lower-case hexadecimal digits. */
  readonly JobId: string;
  /** At most 32 letters and digits. */
  readonly VoiceId: string;
  /** Initialization | AudioDetecting | PreTraining | Training | Success | Fail. */
  readonly Status: string;
  readonly Message: string;
  readonly VoiceName: string;
  readonly VoiceDesc: string;
  /** Type according to the row itself; the store decides in which list it is. */
  readonly Type: string;
  /** female | male. */
  readonly Gender: string;
  /** story | interaction | navigation, or empty: only Basic jobs have one. */
  readonly Scenario: string;
  /** UTC, `yyyy-MM-ddTHH:mm:ssZ`. */
  readonly CreateTime: string;
  /** Same format. The vendor describes it like CreateTime, but its sample shows different values for the two. */
  readonly GmtCreate: string;
}

/** A time in the vendor's format: UTC, truncated to seconds. */
export function vendorTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
