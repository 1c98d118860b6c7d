export type Level = 'Critical' | 'High' | 'Medium' | 'Low'

/** Likelihood × impact, each 1 to 10, with its band. */
export interface Risk {
  readonly score: number
  readonly level: Level
}

export function riskOf({ likelihood, impact }: { likelihood: number; impact: number }): Risk {
  const score = likelihood * impact
  return { score, level: levelOf(score) }
}

function levelOf(score: number): Level {
  if (score >= 70) return 'Critical'
  if (score >= 50) return 'High'
  return score >= 30 ? 'Medium' : 'Low'
}
