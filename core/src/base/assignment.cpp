#include <ATen/core/Tensor.h>
#include <clipwork/assignment.h>
#include <clipwork/error.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace clipwork {

namespace {

/// A finite cost matrix in double, row-major.
struct Costs {
  int64_t rows = 0, columns = 0;
  std::vector<double> values;
  double at(int64_t row, int64_t column) const { return values[row * columns + column]; }
};

Costs read(std::span<const double> cost, int64_t rows, int64_t columns) {
  for (size_t i = 0; i < cost.size(); ++i) {
    if (!std::isfinite(cost[i])) {
      throw Error(cat("the cost of row ", i / columns, " and column ", i % columns, " is ", cost[i],
                      ", so no assignment can be found"));
    }
  }
  return {rows, columns, {cost.begin(), cost.end()}};
}

Costs read(const at::Tensor& cost) {
  if (!cost.defined() || cost.dim() != 2) throw Error("a cost matrix must be [rows, columns]");
  at::Tensor copy = cost.detach().to(at::kCPU, at::kDouble).contiguous();
  return read({copy.const_data_ptr<double>(), static_cast<size_t>(copy.numel())}, copy.size(0),
              copy.size(1));
}

Costs transposed(const Costs& costs) {
  Costs turned{costs.columns, costs.rows, std::vector<double>(costs.values.size())};
  for (int64_t r = 0; r < costs.rows; ++r) {
    for (int64_t c = 0; c < costs.columns; ++c) {
      turned.values[c * costs.rows + r] = costs.at(r, c);
    }
  }
  return turned;
}

/// Crouse's algorithm for a matrix that is not taller than wide: rows are added one by one, each by
/// the cheapest path of reassignments that ends at a free column.
class Solver {
 public:
  explicit Solver(const Costs& costs)
      : costs_(costs),
        row_price_(costs.rows, 0.0),
        column_price_(costs.columns, 0.0),
        path_cost_(costs.columns),
        came_from_(costs.columns, -1),
        row_of_(costs.columns, -1),
        column_of_(costs.rows, -1) {}

  /// The column of each row.
  std::vector<int64_t> solve() {
    for (int64_t row = 0; row < costs_.rows; ++row) add(row);
    return column_of_;
  }

 private:
  void add(int64_t row) {
    std::fill(path_cost_.begin(), path_cost_.end(), std::numeric_limits<double>::infinity());
    visited_rows_.assign(costs_.rows, false);
    visited_columns_.assign(costs_.columns, false);
    // Backwards, so that a matrix of equal costs is assigned along its diagonal.
    remaining_.resize(costs_.columns);
    std::iota(remaining_.rbegin(), remaining_.rend(), int64_t{0});

    double least = 0;
    int64_t free = -1;
    for (int64_t from = row; free < 0;) {
      visited_rows_[from] = true;
      size_t nearest = step(from, least);
      int64_t column = remaining_[nearest];
      least = path_cost_[column];
      if (row_of_[column] < 0) {
        free = column;
      } else {
        from = row_of_[column];
      }
      visited_columns_[column] = true;
      remaining_[nearest] = remaining_.back();
      remaining_.pop_back();
    }
    update_prices(row, least);
    // Along the path every row moves to the column that the next one gives up.
    for (int64_t column = free, mover = -1; mover != row;) {
      mover = came_from_[column];
      row_of_[column] = mover;
      std::swap(column_of_[mover], column);
    }
  }

  /// Lets paths through row `from`, `least` away, shorten those to the remaining columns; gives the
  /// place of the nearest of these. Among equally near ones a free column is preferred, because the
  /// path can end there, otherwise the first one found.
  size_t step(int64_t from, double least) {
    size_t nearest = 0;
    double lowest = std::numeric_limits<double>::infinity();
    for (size_t place = 0; place < remaining_.size(); ++place) {
      int64_t column = remaining_[place];
      // The order of these terms decides how sums round, and with that which of two ties wins.
      double cost = least + costs_.at(from, column) - row_price_[from] - column_price_[column];
      if (cost < path_cost_[column]) {
        path_cost_[column] = cost;
        came_from_[column] = from;
      }
      if (path_cost_[column] < lowest || (path_cost_[column] == lowest && row_of_[column] < 0)) {
        lowest = path_cost_[column];
        nearest = place;
      }
    }
    return nearest;
  }

  void update_prices(int64_t row, double least) {
    row_price_[row] += least;
    for (int64_t r = 0; r < costs_.rows; ++r) {
      if (visited_rows_[r] && r != row) row_price_[r] += least - path_cost_[column_of_[r]];
    }
    for (int64_t c = 0; c < costs_.columns; ++c) {
      if (visited_columns_[c]) column_price_[c] -= least - path_cost_[c];
    }
  }

  const Costs& costs_;
  std::vector<double> row_price_, column_price_, path_cost_;
  std::vector<int64_t> came_from_, row_of_, column_of_, remaining_;
  std::vector<bool> visited_rows_, visited_columns_;
};

Assignment assign(const Costs& costs) {
  Assignment assignment;
  if (costs.rows <= costs.columns) {
    assignment.columns = Solver(costs).solve();
    assignment.rows.resize(costs.rows);
    std::iota(assignment.rows.begin(), assignment.rows.end(), int64_t{0});
    return assignment;
  }
  // A tall matrix is solved lying down; then its columns are what is listed in full.
  std::vector<int64_t> row_of = Solver(transposed(costs)).solve();
  std::vector<int64_t> column_of(costs.rows, -1);
  for (int64_t c = 0; c < costs.columns; ++c) column_of[row_of[c]] = c;
  for (int64_t r = 0; r < costs.rows; ++r) {
    if (column_of[r] < 0) continue;
    assignment.rows.push_back(r);
    assignment.columns.push_back(column_of[r]);
  }
  return assignment;
}

}  // namespace

Assignment assign_least_cost(const at::Tensor& cost) { return assign(read(cost)); }

Assignment assign_least_cost(std::span<const double> cost, int64_t rows, int64_t columns) {
  return assign(read(cost, rows, columns));
}

Assignment assign_greedily(const at::Tensor& cost) {
  Costs costs = read(cost);
  std::vector<int64_t> order(costs.values.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return costs.values[a] < costs.values[b]; });
  std::vector<int64_t> column_of(costs.rows, -1);
  std::vector<bool> taken(costs.columns, false);
  for (int64_t entry : order) {
    int64_t row = entry / costs.columns, column = entry % costs.columns;
    if (column_of[row] >= 0 || taken[column]) continue;
    column_of[row] = column;
    taken[column] = true;
  }
  Assignment assignment;
  for (int64_t r = 0; r < costs.rows; ++r) {
    if (column_of[r] < 0) continue;
    assignment.rows.push_back(r);
    assignment.columns.push_back(column_of[r]);
  }
  return assignment;
}

Assignment assign(const at::Tensor& cost, AssignmentRule rule) {
  return rule == AssignmentRule::greedy ? assign_greedily(cost) : assign_least_cost(cost);
}

}  // namespace clipwork
