#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <clipwork/tap.h>
#include <clipwork/track_book.h>

namespace clipwork {

std::vector<int64_t> match_tracks(const std::vector<int64_t>& ids, int64_t window,
                                  const Tensor& cost, AssignmentRule rule, const Tensor& likeness,
                                  double least) {
  const Assignment pairs = assign(cost, rule);
  tap_made(
      [&] { return at::tensor(ids, at::kLong).index_select(0, at::tensor(pairs.rows, at::kLong)); },
      "match.", window, ".rows");
  tap_made([&] { return at::tensor(pairs.columns, at::kLong); }, "match.", window, ".cols");

  Tensor on_cpu = likeness.to(at::kCPU, at::kDouble);
  auto value = on_cpu.accessor<double, 2>();
  std::vector<int64_t> track_of_row(cost.size(1), -1);
  for (size_t i = 0; i < pairs.rows.size(); ++i) {
    const int64_t track = pairs.rows[i], row = pairs.columns[i];
    if (value[track][row] >= least) track_of_row[row] = track;
  }
  return track_of_row;
}

}  // namespace clipwork
