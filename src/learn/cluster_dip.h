// Does a sample of numbers come from one population? Hartigan's dip test of unimodality.
//
// The dip is the largest difference between the sample's distribution and the nearest unimodal one; the p-value is against
// the uniform distribution, the least favourable unimodal one. J. A. Hartigan and P. M. Hartigan, "The dip test of
// unimodality", Annals of Statistics 1985; the algorithm is AS 217 with Maechler's corrections.
// Ties are modes to the test: spread discrete values before (cluster_space.h's `spread`).
// Threads: pure functions. Cost: sorting.
#pragma once
#include <cstddef>
#include <vector>

namespace furrow::learn {

// In [1/(2n), 1/4]; 0 for fewer than 2 different values.
double dip(std::vector<double> values);
// The chance of a dip this large when one population is the truth, from the limit distribution of sqrt(n) · dip with its
// correction for small n. In [0.0001, 1].
double dip_p_value(double dip, size_t n);

}  // namespace furrow::learn
