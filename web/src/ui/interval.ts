// Wilson's 95 % score interval for a share seen in n independent draws (E. B. Wilson, 1927): right for small n and for
// shares near 0 and 1, where the textbook interval is not.
const kZ = 1.959963985;

export function shareInterval(share: number, n: number): { low: number; high: number } {
  if (!(n > 0)) return { low: 0, high: 1 };
  const centre = share + (kZ * kZ) / (2 * n);
  const spread = kZ * Math.sqrt((share * (1 - share)) / n + (kZ * kZ) / (4 * n * n));
  const scale = 1 + (kZ * kZ) / n;
  return { low: Math.max(0, (centre - spread) / scale), high: Math.min(1, (centre + spread) / scale) };
}
