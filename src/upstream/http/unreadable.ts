/**
 * An answer that is not HTTP, of which it is not clear where it ends, or that has more of something than is read. It will
 * not be better the next time. The message holds at most twelve characters of the answer.
 */
export class UnreadableAnswerError extends Error {
  override readonly name = 'UnreadableAnswerError';
}
