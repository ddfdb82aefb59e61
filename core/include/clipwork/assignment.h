#pragma once
// Assignment of rows to columns.

#include <cstdint>
#include <span>
#include <vector>

namespace at {
class Tensor;
}

namespace clipwork {

/// Pairs of a row and a column, in ascending order of rows; every row and every column at most
/// once, min(rows, columns) pairs in all.
struct Assignment {
  std::vector<int64_t> rows, columns;
};

/// The assignment of least total cost for a cost matrix [R, C] (any float type, on any device).
/// Shortest augmenting paths in the form of Crouse (On implementing 2D rectangular assignment
/// algorithms, 2016), in the same order of operations as SciPy's `linear_sum_assignment`: among
/// assignments of equal cost it takes the one that SciPy takes. Throws Error where a cost is NaN or
/// infinite, naming the entry.
Assignment assign_least_cost(const at::Tensor& cost);
/// The same for costs in row-major order, `columns` a row.
Assignment assign_least_cost(std::span<const double> cost, int64_t rows, int64_t columns);

/// Again and again the cheapest pair of a row and a column that are both free; of equal costs the
/// first in row-major order. Throws Error where a cost is NaN or infinite.
Assignment assign_greedily(const at::Tensor& cost);

/// The algorithm that is used.
enum class AssignmentRule { least_cost, greedy };
Assignment assign(const at::Tensor& cost, AssignmentRule rule);

}  // namespace clipwork
