// From log-odds to a probability.
// Threads: pure.
#pragma once
#include <cmath>

namespace furrow::learn {

// Without overflow at either end.
inline double sigmoid(double margin) { return margin >= 0 ? 1 / (1 + std::exp(-margin)) : std::exp(margin) / (1 + std::exp(margin)); }

}  // namespace furrow::learn
