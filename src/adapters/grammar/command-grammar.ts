/**
 * Reads shell text by a grammar of its own, so that what one grammar misreads is not affirmed on its word alone.
 * Never throws; the same text gives the same answer.
 */
export interface CommandGrammar {
  /**
   * The name of every program the text calls, with quotes removed, in the order they stand. Null: the text is too
   * long, has an error, or a name is more than a word; whoever asks must not take that for agreement.
   */
  programsOf(command: string): readonly string[] | null
}
