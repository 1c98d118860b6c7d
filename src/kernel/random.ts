/** Fills `bytes` with cryptographically strong randomness and returns it; handed in so that a test can hold it. */
export type Random = <T extends Uint8Array<ArrayBuffer>>(bytes: T) => T

export const systemRandom: Random = bytes => crypto.getRandomValues(bytes)
